/**
 * Collectors at the edge: an agent beside one server, and the reader of container logs. Both send to a gateway, which is
 * a second collector with the default profile, before fake stores.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { letters } from '../harness/canaries.ts';
import { type Collector, startCollector, stopCollectors } from '../harness/collector.ts';
import { FakeSink, JSON_TO_SINK } from '../harness/fake-sink.ts';
import { bodyText, FakeStores, JSON_TO_STORES } from '../harness/fake-stores.ts';
import { counterBody, logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { missingPrograms } from '../harness/programs.ts';
import { eventually } from '../harness/wait.ts';

const skipped = missingPrograms('otelcol');

describe.skipIf(skipped !== undefined)(`at the edge ${skipped ?? ''}`, () => {
  let stores: FakeStores;
  let sink: FakeSink;
  let gateway: Collector;
  const files = mkdtempSync(join(tmpdir(), 'mcp-logbook-containers-'));

  beforeAll(async () => {
    stores = await FakeStores.start();
    sink = await FakeSink.start((given) => given.length > 20);
    gateway = await startCollector({
      env: { ...stores.env, SINK_URL: sink.url },
      extra: [JSON_TO_STORES],
    });
  });

  afterAll(async () => {
    await stopCollectors();
    await stores.stop();
    await sink.stop();
    rmSync(files, { recursive: true, force: true });
  });

  const edge = {
    get env() {
      return { GATEWAY_URL: gateway.otlp, GATEWAY_TOKEN_FILE: gateway.intakeTokenFile };
    },
  };

  test('an agent redacts before anything leaves, the gateway counts it; audit records go straight to the sink, their copies to Loki', async () => {
    const agent = await startCollector({
      profile: 'agent',
      env: { ...edge.env, SINK_URL: sink.url },
      extra: [
        JSON_TO_SINK,
        'receivers: { prometheus/self: { config: { scrape_configs: [{ job_name: otelcol, scrape_interval: 1s, static_configs: [{ targets: ["127.0.0.1:${env:METRICS_PORT}"] }], relabel_configs: [{ target_label: instance, replacement: agent }], metric_relabel_configs: [{ source_labels: [__name__], regex: "otelcol_.*", action: keep }] }] } } }',
      ],
    });
    const secret = `gh${'p_'}${letters(36)}`;
    const from = { service: 'edge' };
    const audit = {
      eventName: 'mcp_logbook.audit',
      body: 'edge leaf',
      attributes: { 'mcp_logbook.payload': 'c2FsdA.{}' },
    };
    await postOtlp(
      agent.otlp,
      'traces',
      spansBody(from, [{ name: `edge span ${secret}` }]),
      agent.intakeToken,
    );
    await postOtlp(
      agent.otlp,
      'logs',
      logsBody(from, [{ eventName: 'mcp_logbook.call', body: 'edge line' }]),
      agent.intakeToken,
    );
    await postOtlp(
      agent.otlp,
      'metrics',
      counterBody(from, 'mcp_logbook.log.entries', 3, { 'gen_ai.tool.name': 'x' }),
      agent.intakeToken,
    );
    expect(await postOtlp(agent.audit, 'logs', logsBody(from, [audit]), agent.intakeToken)).toBe(
      200,
    );
    await eventually(
      () => sink.records.length === 1,
      60_000,
      () => 'not in the sink',
    );
    expect(sink.records[0]).toMatchObject({ body: 'edge leaf', attributes: audit.attributes });
    const copies = () => stores.logs.filter((one) => bodyText(one) === 'edge leaf');
    const counted = () =>
      stores.points.filter(
        ({ metric, resource }) =>
          metric === 'mcp_logbook.collector.secrets' && resource['service.name'] === 'edge',
      );
    await eventually(
      () =>
        copies().length === 1 &&
        counted().length > 0 &&
        stores.points.some(({ metric }) => metric.startsWith('otelcol_exporter_queue_size')),
      60_000,
      () => `${copies().length} copies, ${counted().length} counts`,
    );
    expect(copies()[0]).toMatchObject({
      eventName: 'mcp_logbook.audit',
      resource: { 'mcp_logbook.log.class': 'audit' },
    });
    expect(copies()[0]?.attributes).not.toHaveProperty(['mcp_logbook.payload']);
    expect(
      stores.logs.find((one) => bodyText(one) === 'edge line')?.resource['mcp_logbook.log.class'],
    ).toBe('call');
    expect(stores.points.find(({ metric }) => metric === 'mcp_logbook.log.entries')?.value).toBe(3);
    expect(stores.spans.some(({ name }) => name.startsWith('edge span ****'))).toBe(true);
    expect(stores.bodies.join('')).not.toContain(secret);
    // The gateway has nothing stray: it would send the record to the sink once more, without its payload.
    expect(sink.raw).toEqual([]);
    await agent.service.stop();
  });

  test('container logs: only labelled containers, long lines whole, our console lines with their event, nothing twice or lost over a restart', async () => {
    const weather = containerFile(files, 'aaa');
    const silent = containerFile(files, 'bbb');
    const reader = await startCollector({
      profile: 'filelogs',
      env: { ...edge.env, CONTAINER_LOGS: join(files, '*', '*-json.log') },
    });
    const arrived = () =>
      stores.logs.filter(({ resource }) => resource['service.name'] === 'labelled');
    const lines = () => arrived().map(bodyText);
    const has = (text: string): boolean => lines().includes(text);
    weather('first line\n');
    weather('a warning\n', 'stderr');
    silent('not asked for\n', 'stdout', false);
    const half = 'x'.repeat(16_384);
    weather(half);
    weather('a warning between\n', 'stderr');
    weather(`${half}end\n`);
    weather(
      `${JSON.stringify({ event: 'mcp_logbook.call', time: [1, 2], severity: 9, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: { 'gen_ai.tool.name': 'forecast', n: 1 }, body: 'a call', resource: {} })}\n`,
      'stderr',
    );
    weather('{"some":"other JSON"}\n');
    await eventually(
      () => lines().length === 6,
      60_000,
      () =>
        lines()
          .map((line) => line.slice(0, 40))
          .join(' | '),
    );
    expect(
      has('first line') &&
        has('a warning') &&
        has('a warning between') &&
        has('{"some":"other JSON"}'),
    ).toBe(true);
    expect(has(`${half}${half}end`)).toBe(true);
    expect(arrived().find((one) => bodyText(one) === 'a call')).toMatchObject({
      eventName: 'mcp_logbook.call',
      severityNumber: 9,
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      attributes: { 'gen_ai.tool.name': 'forecast', n: 1, 'log.iostream': 'stderr' },
      resource: { 'mcp_logbook.log.class': 'call' },
    });
    expect(
      arrived().find((one) => bodyText(one) === 'first line')?.resource['mcp_logbook.log.class'],
    ).toBe('app');
    expect(stores.bodies.join('')).not.toContain('not asked for');
    await reader.service.stop();
    weather('while it was away\n');
    await reader.service.start();
    weather('and after\n');
    await eventually(
      () => has('while it was away') && has('and after'),
      60_000,
      () => lines().slice(-3).join(' | '),
    );
    expect(lines()).toHaveLength(8);
  });
});

/** Appends to a json-file of Docker, as a container with or without the label does. */
function containerFile(
  root: string,
  id: string,
): (log: string, stream?: string, labelled?: boolean) => void {
  const folder = join(root, id);
  mkdirSync(folder);
  return (log, stream = 'stdout', labelled = true) => {
    const attrs = labelled ? { attrs: { 'mcp-logbook.service': 'labelled' } } : {};
    appendFileSync(
      join(folder, `${id}-json.log`),
      `${JSON.stringify({ log, stream, ...attrs, time: new Date().toISOString() })}\n`,
    );
  };
}
