/**
 * Alerts by real events on the real stack, six of them asked for by name: each fires when the thing happens and resolves when it is over. A server
 * under the flag, its shipper, the collector, the sink, Loki and Prometheus are the real ones; rules run in Prometheus
 * itself, LogQL alerts are asked for. Windows are a twentieth as long as in production, expressions and limits the same.
 *
 * The story: somebody guesses tokens; one person's calls fail; a server without redaction sends a secret; something in
 * front of the sink says "never" to the collector, so records are lost; the sink comes back, the numbers have a gap; the
 * server's own log fills it.
 */
import { createServer, type Server } from 'node:http';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alertFiles, alerts, conditionOf } from '@mcp-logbook/grafana';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asArray, asRecord } from '../harness/json.ts';
import { spawnNode, stopProcesses, type Watched } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { logSamples, promSamples, until, type Sample } from '../harness/stack/query.ts';
import { Service } from '../harness/stack/service.ts';
import { missingParts, startStack, type Stack } from '../harness/stack/stack.ts';
import { eventually } from '../harness/wait.ts';
import { verifies } from '../requirements.ts';

verifies('M4.1', 'M4.4', 'M4.5');

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../harness/fixtures/${name}`, import.meta.url));
const COMMAND = join(ROOT, 'packages/logbook/bin/mcp-logbook.js');
const skipped = missingParts('collector', 'loki', 'prometheus', 'sink');
const SERVICE = 'live-alerts';
/** From an event to a firing rule, and from its end to a resolved one: windows of up to 45 s on a busy machine. */
const FIRES_MS = 120_000;
const RESOLVES_MS = 120_000;
const TOKENS = { ann: 'token-of-ann', bob: 'token-of-bob' } as const;

describe.skipIf(skipped !== undefined)(`alerts, ${skipped ?? 'by real events'}`, () => {
  const sandbox = aSandbox();
  let stack: Stack;
  let server: Watched;
  let serverUrl: URL;
  let sink: Service;

  beforeAll(async () => {
    stack = await startStack({
      folder: join(sandbox.root, 'stack'),
      parts: ['prometheus', 'loki', 'sink', 'collector'],
    });
    await quicken(stack);
    sink = stack.service('sink');
    const token = readFileSync(stack.folder.secrets.intake_token, 'utf8').trim();
    const port = await freePort();
    serverUrl = new URL(`http://127.0.0.1:${port}/mcp`);
    server = spawnNode({
      script: fixture('http-server.mjs'),
      env: {
        ...sandbox.env,
        ...stack.senderEnv,
        OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${token}`,
        OTEL_SERVICE_NAME: SERVICE,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_METRIC_EXPORT_TIMEOUT: '900',
        OTEL_BLRP_SCHEDULE_DELAY: '200',
        TOKENS: Object.entries(TOKENS)
          .map((pair) => pair.join('='))
          .join(','),
        PORT: String(port),
      },
      instrumented: true,
    });
    await eventually(
      () => server.stderr.includes('listening'),
      60_000,
      () => server.stderr,
    );
    await call('ann', 'echo', { text: 'hello' });
  });

  afterAll(async () => {
    await stopProcesses();
    await sink?.stop();
    await stack?.stop();
    removeSandboxes();
  });

  async function connected(person: keyof typeof TOKENS): Promise<Client> {
    const client = new Client({ name: 'live', version: '1.0.0' });
    await client.connect(
      new StreamableHTTPClientTransport(serverUrl, {
        requestInit: { headers: { authorization: `Bearer ${TOKENS[person]}` } },
      }),
    );
    return client;
  }

  async function call(
    person: keyof typeof TOKENS,
    tool: string,
    args: Record<string, unknown>,
    times = 1,
  ): Promise<void> {
    const client = await connected(person);
    // An unknown tool is answered by an error or by `isError`, as the SDK's version likes: a failure both ways.
    for (let n = 0; n < times; n += 1)
      await client.callTool({ name: tool, arguments: args }).catch(() => undefined);
    await client.close();
  }

  /** What a person is offered. */
  async function list(person: keyof typeof TOKENS): Promise<void> {
    const client = await connected(person);
    await client.listTools();
    await client.close();
  }

  /** Labels of what fires now, by Prometheus' own rules or by asking Loki. */
  async function firing(name: string): Promise<readonly Sample[]> {
    const alert = alerts('test').find((candidate) => candidate.name === name);
    if (alert === undefined) throw new Error(`no alert ${name}`);
    if (alert.source === 'loki') return logSamples(stack.urls.loki, conditionOf(alert), Date.now());
    const active = await promSamples(
      stack.urls.prometheus,
      `ALERTS{alertname="${name}",alertstate="firing"}`,
    );
    return active;
  }

  const fires = (name: string): Promise<readonly Sample[]> =>
    until(
      () => firing(name),
      (samples) => samples.length > 0,
      FIRES_MS,
      () => `${name} to fire`,
    );
  const resolves = (name: string): Promise<readonly Sample[]> =>
    until(
      () => firing(name),
      (samples) => samples.length === 0,
      RESOLVES_MS,
      () => `${name} to resolve`,
    );

  it('no rule fails to evaluate, and nothing fires while all is well', async () => {
    await until(
      () => promSamples(stack.urls.prometheus, `mcp_logbook_log_size{service_name="${SERVICE}"}`),
      (samples) => samples.length > 0,
      FIRES_MS,
      () => 'metrics of the server',
    );
    const answer = await (await fetch(new URL('/api/v1/rules', stack.urls.prometheus))).json();
    const rules = asArray(asRecord(asRecord(answer)['data'])['groups']).flatMap((group) =>
      asArray(asRecord(group)['rules']).map(asRecord),
    );
    expect(rules).toHaveLength(
      alerts('test').filter(({ source }) => source === 'prometheus').length,
    );
    for (const rule of rules) expect(rule['health'], String(rule['lastError'])).toBe('ok');
    for (const name of SIX_AND_MORE) expect(await firing(name), name).toEqual([]);
  });

  // These do not touch each other, so their windows pass together.
  it.concurrent('a burst of refused tokens: by server in Prometheus, by address in Loki', async () => {
    for (let n = 0; n < 25; n += 1) {
      const { status } = await fetch(serverUrl, {
        method: 'POST',
        headers: { authorization: `Bearer guess-${n}`, 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      });
      expect(status).toBe(401);
    }
    const [byServer, [byAddress]] = await Promise.all([
      fires('RefusedTokensBurst'),
      fires('RefusedTokensOfAddress'),
    ]);
    expect(byServer[0]?.labels.get('service_name')).toBe(SERVICE);
    expect(byAddress?.labels.get('client_address')).toBe('127.0.0.1');
    // All 25 once the last has arrived; the alert may fire before.
    expect(byAddress?.value).toBeGreaterThan(0);
    expect(byAddress?.value).toBeLessThanOrEqual(25);
    await Promise.all([resolves('RefusedTokensBurst'), resolves('RefusedTokensOfAddress')]);
  });

  it.concurrent('failures of one person, who is a pseudonym; not of another who fails less', async () => {
    await call('bob', 'no-such-tool', {}, 5);
    await call('ann', 'no-such-tool', {}, 30);
    const [sample, ...others] = await fires('FailuresOfOnePerson');
    expect(others).toEqual([]);
    expect(sample?.labels.get('enduser_pseudo_id')).toMatch(/^p_[a-z2-7]{16}$/);
    await resolves('FailuresOfOnePerson');
  });

  it.concurrent('a secret that the collector finds: its server is named', async () => {
    await logOf('careless', `deploying with key ${['AKIA', 'IOSFODNN7', 'REALKEY'].join('')}`);
    const [sample] = await fires('SecretFoundByCollector');
    expect(sample?.labels.get('service_name')).toBe('careless');
    await resolves('SecretFoundByCollector');
  });

  it.concurrent('a tool that is offered otherwise than before, by name; not one that is offered again', async () => {
    await list('ann');
    await list('bob');
    expect(await firing('ToolDefinitionChanged')).toEqual([]);
    await call('ann', 'upgrade', {});
    await list('ann');
    const [sample, ...others] = await fires('ToolDefinitionChanged');
    expect(others).toEqual([]);
    expect(sample?.labels.get('mcp_logbook_config_name')).toBe('wipe');
    expect(sample?.labels.get('mcp_logbook_config_change')).toBe('altered');
    await resolves('ToolDefinitionChanged');
  });

  it.concurrent('the first use of a destructive tool by a person', async () => {
    await call('bob', 'wipe', {});
    const [sample] = await fires('DestructiveToolFirstUse');
    expect(sample?.labels.get('gen_ai_tool_name')).toBe('wipe');
    await resolves('DestructiveToolFirstUse');
  });

  it('audit silent and audit lost, while something in the place of the sink says "never"', async () => {
    await sink.stop();
    await fires('AuditSilent');
    const refusing = await refuseAll(stack.ports.sink);
    await call('ann', 'echo', { text: 'lost on the way' }, 3);
    const [lost] = await fires('AuditLost');
    expect(lost?.labels.get('exporter')).toBe('otlp_http/audit');
    await new Promise((resolve) => refusing.close(resolve));
    sink = new Service({
      ...sink.spec,
      args: ['--require', fixture('late-clock.cjs'), ...sink.spec.args],
    });
    await sink.start();
    await Promise.all([resolves('AuditSilent'), resolves('AuditLost')]);
  });

  it('audit gap: the numbers that were lost are missed, and found in the server’s own log', async () => {
    await call('ann', 'echo', { text: 'after the loss' });
    // A gap is named after ten minutes: the sink's clock jumps, once it has seen the hole.
    await until(
      () =>
        promSamples(
          stack.urls.prometheus,
          'mcp_logbook_sink_records_total{mcp_logbook_sink_result="stored"}',
        ),
      (samples) => samples.some(({ value }) => value > 0),
      FIRES_MS,
      () => 'records after the restart',
    );
    if (sink.pid !== undefined) process.kill(sink.pid, 'SIGUSR2');
    const [gap] = await fires('AuditGap');
    expect(gap?.labels.get('mcp_logbook_log_origin')).toMatch(
      new RegExp(`^${SERVICE}/[0-9a-f]{8}$`),
    );
    server.kill('SIGTERM');
    await server.gone();
    const ship = spawnNode({
      script: COMMAND,
      args: ['ship', '--from', '1', '--dir', sandbox.logs],
      env: { ...sandbox.env, ...stack.senderEnv },
      instrumented: false,
    });
    expect((await ship.gone()).code, ship.stderr).toBe(0);
    await resolves('AuditGap');
  });

  /** A log record of a server that nobody redacts, sent to the telemetry port. */
  async function logOf(service: string, body: string): Promise<void> {
    const token = readFileSync(stack.folder.secrets.intake_token, 'utf8').trim();
    const response = await fetch(`${stack.urls.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
            scopeLogs: [
              {
                logRecords: [{ timeUnixNano: `${Date.now()}000000`, body: { stringValue: body } }],
              },
            ],
          },
        ],
      }),
    });
    expect(response.status).toBe(200);
  }
});

const SIX_AND_MORE = [
  'RefusedTokensBurst',
  'RefusedTokensOfAddress',
  'FailuresOfOnePerson',
  'SecretFoundByCollector',
  'AuditLost',
  'AuditSilent',
  'AuditGap',
  'ToolDefinitionChanged',
  'DestructiveToolFirstUse',
] as const;

/** Gives Prometheus the rules at the pace of a test and a scrape every second. */
async function quicken(stack: Stack): Promise<void> {
  const data = stack.folder.data('prometheus');
  const rules = join(data, 'rules');
  rmSync(rules, { recursive: true, force: true });
  mkdirSync(rules);
  for (const { path, text } of alertFiles({ pace: 'test' }))
    if (path.startsWith('rules/prometheus/'))
      writeFileSync(join(rules, path.slice('rules/prometheus/'.length)), text);
  const configuration = join(data, 'prometheus.yml');
  const text = readFileSync(configuration, 'utf8');
  writeFileSync(configuration, text.replace('scrape_interval: 15s', 'scrape_interval: 1s'));
  const { pid } = stack.service('prometheus');
  if (pid === undefined) throw new Error('prometheus does not run');
  process.kill(pid, 'SIGHUP');
  await until(
    () => promSamples(stack.urls.prometheus, 'prometheus_config_last_reload_successful'),
    (samples) => samples[0]?.value === 1,
    60_000,
    () => 'the new configuration',
  );
}

/** Something that answers every request with 400, on a port that was just left. */
async function refuseAll(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
