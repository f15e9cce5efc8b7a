/**
 * The shipped compose files, unchanged, by Docker Compose v5 on a Docker daemon of the test's own, with images made of
 * the cached binaries (test/harness/compose/images.ts): `npm run test:compose`. About ten minutes, most of them for the
 * images, so `npm test` runs it only with MCP_LOGBOOK_COMPOSE=1. The tests build on each other, in this order.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Docker, whyNoDocker } from '../harness/compose/docker.ts';
import { buildImages } from '../harness/compose/images.ts';
import { ComposeProject } from '../harness/compose/project.ts';
import { centralSize, everyFile, listen, status } from '../harness/compose/read.ts';
import { freePorts } from '../harness/free-ports.ts';
import { foundSpans, logSamples, promSamples, until } from '../harness/stack/query.ts';
import { verifies } from '../requirements.ts';

verifies('M4.8');

const asked =
  process.env['MCP_LOGBOOK_COMPOSE'] === '1' ||
  process.env['npm_lifecycle_event'] === 'test:compose';
const why = asked ? whyNoDocker() : 'skipped: ten minutes long (npm run test:compose)';
if (why !== undefined) console.warn(`docker compose: ${why}`);
const DEFAULT = ['volume-owner', 'otelcol', 'otelcol-health', 'sink', 'prometheus', 'loki'];
const RANGE = { fromMs: Date.now() - 60_000, toMs: Date.now() + 3_600_000 };

describe.skipIf(why !== undefined)(`docker compose${why === undefined ? '' : ` (${why})`}`, () => {
  let work: string;
  let docker: Docker;
  let stack: ComposeProject;
  let hardened: ComposeProject;
  let missing: ReadonlyMap<string, string>;
  let services: string[];
  let ports: Record<'grpc' | 'http' | 'sink' | 'audit' | 'auditSpans' | 'grafana', number>;
  const secret = (name: string): string =>
    readFileSync(join(stack.folder, 'secrets', name), 'utf8').trim();
  const lacks = (image: string): boolean => [...missing.keys()].some((tag) => tag.includes(image));
  /** Users, rights, addresses of all containers, and that neither `docker inspect` nor their logs show a secret. */
  const expectAsDeclared = (project: ComposeProject): void => {
    const secrets = everyFile(join(stack.folder, 'secrets'))
      .filter((file) => !file.endsWith('.crt'))
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .filter((line) => line.length > 20 && !/^(#|-----)/.test(line));
    expect(secrets.length).toBeGreaterThan(5);
    for (const container of project.containers()) {
      const { service, user, readOnly, capAdd, capDrop, inspected, published } = container;
      expect(user, service).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/);
      expect(readOnly, service).toBe(true);
      expect([capAdd, capDrop], service).toEqual([[], ['ALL']]);
      for (const address of published) expect(address, service).toBe('127.0.0.1');
      const text = `${inspected}\n${project.run(['logs', '--no-log-prefix', service])}`;
      expect(secrets.filter((value) => text.includes(value)).length, service).toBe(0);
    }
  };
  const store = (service: string, port: number): string =>
    `http://${stack.backend(service)}:${port}`;
  const entries = (scheme = 'http'): Promise<number> =>
    centralSize(`${scheme}://127.0.0.1:${ports.sink}`, secret('servers/reader_token'), {
      folder: join(stack.folder, 'secrets/servers/tls'),
    });

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'mcp-logbook-compose-'));
    docker = await Docker.start(work);
    mkdirSync(join(work, 'images'));
    missing = buildImages(docker, join(work, 'images'));
    for (const [tag, reason] of missing) console.warn(`compose: skipped: ${tag}: ${reason}`);
    const [grpc, http, sink, audit, auditSpans, grafana] = await freePorts(6);
    ports = { grpc, http, sink, audit, auditSpans, grafana };
    stack = new ComposeProject(docker, join(work, 'project'), {
      OTLP_GRPC_PORT: String(grpc),
      OTLP_HTTP_PORT: String(http),
      SINK_PORT: String(sink),
      AUDIT_PORT: String(audit),
      AUDIT_SPANS_PORT: String(auditSpans),
      GRAFANA_PORT: String(grafana),
      DOCKER_LOGS: join(work, 'data', 'containers'),
    });
    stack.lay();
    hardened = stack.with(['docker-compose.hardened.yml']);
    services = [...DEFAULT, ...['tempo', 'grafana'].filter((name) => !lacks(`grafana/${name}`))];
  }, 1_500_000);

  afterAll(async () => {
    try {
      hardened?.run(['--profile', '*', 'down', '-v', '-t', '5']);
    } finally {
      await docker?.stop();
      if (work !== undefined) rmSync(work, { recursive: true, force: true });
    }
  });

  test('without secrets nothing starts, and the message names the folder that is missing', () => {
    expect(() => stack.run(['up', '-d', 'sink'])).toThrow(/secrets\/sink/);
  });

  test('init makes the secrets, each for one container, and never overwrites one', () => {
    stack.run(['run', '--rm', 'init']);
    const root = join(stack.folder, 'secrets');
    const owners = { otelcol: 10001, sink: 10002, demo: 10003, prometheus: 65534, grafana: 472 };
    for (const [folder, uid] of Object.entries(owners)) {
      expect(statSync(join(root, folder)).mode & 0o777, folder).toBe(0o700);
      for (const file of everyFile(join(root, folder))) {
        expect([statSync(file).uid, statSync(file).mode & 0o777], file).toEqual([uid, 0o600]);
      }
    }
    const before = everyFile(root).map((file) => readFileSync(file, 'utf8'));
    stack.run(['run', '--rm', 'init']);
    expect(everyFile(root).map((file) => readFileSync(file, 'utf8'))).toEqual(before);
  });

  test('everything is healthy within 60 s of `up`', () => {
    const started = performance.now();
    stack.run(['up', '-d', '--wait', '--wait-timeout', '60', ...services]);
    expect(performance.now() - started).toBeLessThan(60_000);
    const probed = stack.containers().filter(({ health }) => health !== undefined);
    expect(probed.map(({ service }) => service)).toEqual(
      expect.arrayContaining(['otelcol-health', 'sink', 'prometheus', 'loki']),
    );
    for (const { service, health } of probed) expect(health, service).toBe('healthy');
  });

  test('demo traffic is read back from Loki, Prometheus, Tempo and the central log', async () => {
    const before = await entries();
    stack.run(['--profile', 'demo', 'up', '-d', '--wait', '--wait-timeout', '60', 'demo']);
    await until(
      entries,
      (size) => size > before + 50,
      60_000,
      (size) => `${size} entries`,
    );
    const counts = await until(
      () =>
        logSamples(
          store('loki', 3100),
          'sum by (mcp_logbook_log_class) (count_over_time({service_name=~"demo-.+"}[10m]))',
          Date.now(),
        ),
      (samples) => samples.length >= 3,
      60_000,
      (samples) => JSON.stringify(samples),
    );
    const classes = counts.map(({ labels }) => labels.get('mcp_logbook_log_class'));
    expect(classes).toEqual(expect.arrayContaining(['call', 'audit']));
    const calls = await until(
      () =>
        promSamples(
          store('prometheus', 9090),
          'sum by (service_name) (mcp_server_operation_duration_seconds_count)',
        ),
      (samples) => samples.length >= 5,
      60_000,
      (samples) => JSON.stringify(samples),
    );
    for (const { value } of calls) expect(value).toBeGreaterThan(0);
    const down = await until(
      () => promSamples(store('prometheus', 9090), 'up{job=~"otelcol|sink|loki|prometheus"} == 0'),
      (samples) => samples.length === 0,
      60_000,
      (samples) => `not scraped: ${JSON.stringify(samples)}`,
    );
    expect(down).toEqual([]);
    if (lacks('grafana/tempo')) return;
    const query = '{ resource.service.name =~ "demo-.+" && span.mcp.method.name = "tools/call" }';
    await until(
      () => foundSpans(store('tempo', 3200), query, RANGE, 20),
      (spans) => spans.length > 0,
      60_000,
      () => 'a span in Tempo',
    );
  });

  test('every container is as declared: no root, read-only, no rights, loopback, no secret in sight', async () => {
    expect(stack.containers().length).toBeGreaterThanOrEqual(services.length);
    expectAsDeclared(stack);
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outside) {
      for (const port of Object.values(ports))
        expect(await status(`http://${address}:${port}/`), `${address}:${port}`).toBe(undefined);
    }
  });

  test('without a token nothing is taken in or read, and the stores cannot be reached', async () => {
    const json = { 'content-type': 'application/json' };
    const post = { method: 'POST', headers: json, body: '{}' };
    for (const [port, path] of [
      [ports.http, '/v1/logs'],
      [ports.http, '/v1/traces'],
      [ports.audit, '/v1/logs'],
      [ports.auditSpans, '/v1/traces'],
    ] as const) {
      const url = `http://127.0.0.1:${port}${path}`;
      expect(await status(url, post), url).toBe(401);
      const token = { authorization: `Bearer ${secret('servers/intake_token')}` };
      expect(await status(url, { ...post, headers: { ...json, ...token } }), url).toBe(200);
    }
    const sink = `http://127.0.0.1:${ports.sink}`;
    for (const path of ['/checkpoint', '/metrics', '/entries/1'])
      expect(await status(`${sink}${path}`), path).toBe(401);
    expect(await status(`${sink}/v1/logs`, post)).toBe(503);
    if (!lacks('grafana/grafana')) {
      const grafana = `http://127.0.0.1:${ports.grafana}/api/search`;
      expect(await status(grafana)).toBe(401);
      for (const password of ['admin', secret('grafana/admin_password')]) {
        const basic = Buffer.from(`admin:${password}`).toString('base64');
        const headers = { authorization: `Basic ${basic}` };
        expect(await status(grafana, { headers })).toBe(password === 'admin' ? 401 : 200);
        if (password === 'admin') continue;
        for (const question of [
          'mcp-logbook-loki/loki/api/v1/labels',
          'mcp-logbook-prometheus/api/v1/query?query=up',
          ...(lacks('grafana/tempo') ? [] : ['mcp-logbook-tempo/api/search']),
        ]) {
          const proxy = `http://127.0.0.1:${ports.grafana}/api/datasources/proxy/uid/${question}`;
          expect(await status(proxy, { headers }), question).toBe(200);
        }
      }
    }
    // From a container on the other network: its names are not even known there.
    for (const url of ['http://loki:3100/ready', 'http://prometheus:9090/-/ready']) {
      const script = `fetch('${url}').then(() => console.log('reached'), () => console.log('not'))`;
      expect(stack.run(['exec', '-T', 'demo', 'node', '-e', script]).trim(), url).toBe('not');
    }
  });

  test('`down` and `up` again lose nothing', async () => {
    stack.run(['stop', 'demo']);
    const settled = await until(
      async () => [await entries(), await after(3_000).then(() => entries())],
      ([first, second]) => first === second,
      60_000,
      (sizes) => `the central log still grows: ${String(sizes)}`,
    );
    const [size = 0] = settled;
    const lines = `sum(count_over_time({service_name=~"demo-.+"}[30m]))`;
    const points = 'sum(mcp_server_operation_duration_seconds_count)';
    const until0 = Date.now();
    const before = [
      await logSamples(store('loki', 3100), lines, until0),
      await promSamples(store('prometheus', 9090), points, until0),
    ].map((samples) => samples[0]?.value);
    stack.run(['--profile', 'demo', 'down']);
    stack.run(['up', '-d', '--wait', '--wait-timeout', '60', ...services]);
    expect(await entries()).toBeGreaterThanOrEqual(size);
    const verified = stack.run(['exec', '-T', 'sink', 'mcp-logbook', 'verify']);
    expect(Number(/^ok .*: (\d+) entries/.exec(verified)?.[1])).toBeGreaterThanOrEqual(size);
    const again = [
      await logSamples(store('loki', 3100), lines, until0),
      await promSamples(store('prometheus', 9090), points, until0),
    ].map((samples) => samples[0]?.value);
    expect(again).toEqual(before);
    expect(before[0]).toBeGreaterThan(0);
  });

  test('profile filelogs: what a labelled container prints is in Loki', async () => {
    stack.run(['--profile', 'filelogs', 'up', '-d', '--wait', '--wait-timeout', '60', 'filelogs']);
    docker.run(
      [
        'run --rm --network=none --label mcp-logbook.service=weather',
        '--log-opt labels=mcp-logbook.service --entrypoint sh mcp-logbook/sink:0.1.0',
      ]
        .flatMap((part) => part.split(' '))
        .concat('-c', 'echo rain tomorrow; sleep 8'),
    );
    await until(
      () =>
        logSamples(
          store('loki', 3100),
          'sum(count_over_time({service_name="weather"} |= "rain tomorrow" [10m]))',
          Date.now(),
        ),
      (samples) => samples[0]?.value === 1,
      60_000,
      (samples) => JSON.stringify(samples),
    );
    const { user, capAdd, capDrop, readOnly } = stack.container('filelogs');
    expect([user, readOnly, capDrop]).toEqual(['0:0', true, ['ALL']]);
    expect(capAdd.map((name) => name.replace('CAP_', ''))).toEqual(['DAC_READ_SEARCH']);
    stack.run(['--profile', 'filelogs', 'rm', '-sf', 'filelogs']);
  });

  test('profile alertmanager: an alert reaches the webhook', async ({ skip }) => {
    if (lacks('prom/alertmanager')) return skip('no prometheus-alertmanager (Debian package)');
    const alerting = stack.with([], { PROMETHEUS_ALERTMANAGERS: './alertmanager/prometheus' });
    const template = '{{(index .IPAM.Config 0).Gateway}}';
    const network = ['network', 'inspect', 'mcp-logbook_intake', '--format', template];
    const webhook = await listen(docker.run(network).trim());
    try {
      const file = join(stack.folder, 'secrets/alertmanager/webhook_url');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, webhook.url);
      alerting.run(['run', '--rm', 'init']);
      const up = ['up', '-d', '--wait', '--wait-timeout', '60'];
      alerting.run(['--profile', 'alertmanager', ...up, 'alertmanager', 'prometheus']);
      expectAsDeclared(alerting);
      await until(
        () =>
          promSamples(
            store('prometheus', 9090),
            'prometheus_notifications_alertmanagers_discovered',
          ),
        (samples) => samples[0]?.value === 1,
        60_000,
        (samples) => JSON.stringify(samples),
      );
      const alert = { labels: { alertname: 'ComposeTest', service_name: 'weather' } };
      await status(`${store('alertmanager', 9093)}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([alert]),
      });
      await until(
        () => Promise.resolve(webhook.bodies),
        (bodies) => bodies.some((body) => body.includes('ComposeTest (firing)')),
        90_000,
        (bodies) => `the webhook was told: ${JSON.stringify(bodies)}`,
      );
    } finally {
      webhook.close();
      alerting.run(['--profile', 'alertmanager', 'rm', '-sf', 'alertmanager']);
    }
  });

  test('hardened: a token alone is not enough at the audit port and the sink', async () => {
    const before = await entries();
    hardened.run(['up', '-d', '--wait', '--wait-timeout', '60', ...services, 'otelcol-audit']);
    hardened.run(['--profile', 'demo', 'up', '-d', '--wait', '--wait-timeout', '60', 'demo']);
    const told = (): string =>
      hardened.run(['--profile', 'demo', 'logs', '--tail', '20', 'demo', 'otelcol-audit', 'sink']);
    await until(
      () => entries('https'),
      (size) => size > before + 20,
      120_000,
      (size) => `${size} entries, ${before} before\n${told()}`,
    );
    // The sink is scraped over TLS with a client certificate, and both collectors are. What the collector of the container
    // logs pushed of itself before it went has a service name.
    const scraped = 'up{job=~"otelcol|sink|loki|prometheus",service_name=""} == 1';
    await until(
      () => promSamples(store('prometheus', 9090), scraped),
      (samples) => samples.length === 5,
      60_000,
      (samples) => `scraped: ${JSON.stringify(samples?.map(({ labels }) => [...labels]))}`,
    );
    expectAsDeclared(hardened);
    const token = secret('servers/intake_token');
    const tls = join(stack.folder, 'secrets/servers/tls');
    for (const { port, path, bearer, refusal } of [
      // No connection, so no answer that a sender could take for "refused for good"; the sink asks to try again.
      { port: ports.audit, path: 'logs', bearer: token, refusal: undefined },
      { port: ports.auditSpans, path: 'traces', bearer: token, refusal: undefined },
      { port: ports.sink, path: 'logs', bearer: secret('otelcol/sink_token'), refusal: 503 },
    ]) {
      const url = `https://127.0.0.1:${port}/v1/${path}`;
      const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
      const post = { method: 'POST', headers, body: '{}' };
      expect(await status(url, post), url).toBe(refusal);
      expect(await status(url, { ...post, tls }), url).toBe(200);
    }
    // TLS with the token, but no client certificate, is what telemetry needs.
    const telemetry = `https://127.0.0.1:${ports.http}/v1/logs`;
    const asked = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect(await status(telemetry, asked)).toBe(401);
    const headers = { ...asked.headers, authorization: `Bearer ${token}` };
    expect(await status(telemetry, { ...asked, headers })).toBe(200);
  });
});

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
