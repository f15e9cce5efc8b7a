/** Where each signal and class ends: the shipped default profile between real senders and fake stores. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Collector,
  collectorProgram,
  startCollector,
  stopCollectors,
} from '../harness/collector.ts';
import { FakeSink, JSON_TO_STRAY_SINK } from '../harness/fake-sink.ts';
import { bodyText, FakeStores, JSON_TO_STORES } from '../harness/fake-stores.ts';
import { counterBody, logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { present } from '../harness/json.ts';
import { textOf } from '../harness/otlp.ts';
import { eventually } from '../harness/wait.ts';

const program = collectorProgram();
const FAST_SPAN_METRICS = `
connectors:
  span_metrics: { metrics_flush_interval: 1s }
`;
const OURS = { service: 'weather', resource: { 'service.namespace': 'fleet' } };

describe.skipIf(program === undefined)(
  `default profile${program === undefined ? ' (skipped: no otelcol binary: npm run programs)' : ''}`,
  () => {
    let stores: FakeStores;
    let sink: FakeSink;
    let collector: Collector;

    beforeAll(async () => {
      stores = await FakeStores.start();
      sink = await FakeSink.start((given) => given === collector.sinkToken);
      collector = await startCollector({
        env: {
          ...stores.env,
          SINK_URL: sink.url,
          OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        },
        extra: [JSON_TO_STORES, JSON_TO_STRAY_SINK, FAST_SPAN_METRICS],
      });
    });

    afterAll(async () => {
      await stopCollectors();
      await stores.stop();
      await sink.stop();
    });

    test('every log record reaches Loki under the class of its event, whatever class it claims', async () => {
      const events = {
        'mcp_logbook.call': 'call',
        'mcp_logbook.auth': 'auth',
        'mcp_logbook.config.changed': 'config',
        'mcp_logbook.session': 'app',
        'mcp_logbook.checkpoint': 'audit',
        'mcp_logbook.integrity': 'audit',
      };
      const records = [
        ...Object.keys(events).map((eventName) => ({ eventName, body: `class of ${eventName}` })),
        { body: 'class of a plain line', attributes: { 'mcp_logbook.log.class': 'audit' } },
      ];
      const sender = { ...OURS, resource: { ...OURS.resource, 'mcp_logbook.log.class': 'audit' } };
      expect(
        await postOtlp(collector.otlp, 'logs', logsBody(sender, records), collector.intakeToken),
      ).toBe(200);
      const arrived = () => stores.logs.filter((one) => bodyText(one).startsWith('class of '));
      await eventually(
        () => arrived().length === records.length,
        60_000,
        () => `${arrived().length} records`,
      );
      for (const record of arrived()) {
        const name = record.eventName ?? '';
        const expected = name in events ? events[name as keyof typeof events] : 'app';
        expect(record.resource, bodyText(record)).toMatchObject({
          'mcp_logbook.log.class': expected,
          'service.name': 'weather',
          'service.namespace': 'fleet',
          'deployment.environment.name': 'test',
        });
        expect(record.attributes).not.toHaveProperty(['mcp_logbook.log.class']);
      }
    });

    test('a span reaches Tempo as it was sent', async () => {
      const span = {
        name: 'tools/call forecast',
        attributes: {
          'mcp.method.name': 'tools/call',
          'gen_ai.tool.name': 'forecast',
          flag: true,
          n: 3,
        },
        statusMessage: 'all well',
        traceState: 'vendor=1',
        events: [{ name: 'progress', attributes: { step: 1 } }],
      };
      expect(
        await postOtlp(collector.otlp, 'traces', spansBody(OURS, [span]), collector.intakeToken),
      ).toBe(200);
      const found = () => stores.spans.find(({ name }) => name === span.name);
      await eventually(
        () => found() !== undefined,
        60_000,
        () => 'no span',
      );
      expect(found()).toMatchObject({
        kind: 'server',
        attributes: span.attributes,
        status: { message: 'all well' },
        resource: { 'service.name': 'weather', 'deployment.environment.name': 'test' },
      });
      expect(Object.keys(found()?.attributes ?? {}).sort()).toEqual(
        Object.keys(span.attributes).sort(),
      );
      expect(stores.bodies.join('\n')).toContain('"traceState":"vendor=1"');
    });

    test('spans of other instrumentations become mcp_spans metrics, ours do not', async () => {
      const span = (tool: string) => ({
        name: `tools/call ${tool}`,
        attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool },
      });
      const other = { service: 'python', scope: 'opentelemetry.instrumentation.mcp' };
      await postOtlp(
        collector.otlp,
        'traces',
        spansBody(OURS, [span('ours')]),
        collector.intakeToken,
      );
      await postOtlp(
        collector.otlp,
        'traces',
        spansBody(other, [span('theirs'), { name: 'GET /' }]),
        collector.intakeToken,
      );
      const calls = () => stores.points.filter(({ metric }) => metric.startsWith('mcp_spans.'));
      const tools = () => new Set(calls().map(({ attributes }) => attributes['gen_ai.tool.name']));
      await eventually(
        () => tools().has('theirs'),
        60_000,
        () => `points of ${tools().size} tools`,
      );
      expect([...tools()]).toEqual(['theirs']);
      const duration = calls().find(({ metric }) => metric === 'mcp_spans.duration');
      expect(duration).toMatchObject({
        unit: 's',
        type: 'histogram',
        cumulative: true,
        resource: { 'service.name': 'python' },
        attributes: { 'mcp.method.name': 'tools/call', 'span.kind': 'SPAN_KIND_SERVER' },
      });
      expect(duration?.attributes).not.toHaveProperty(['span.name']);
      expect(duration?.attributes).not.toHaveProperty(['collector.instance.id']);
    });

    test('a Python server (recorded FastMCP spans) shows in Tempo and as metrics, and its spans reach the sink from the port of audit spans', async () => {
      const recorded = readFileSync(
        new URL('../harness/fixtures/otlp/python-fastmcp-traces.bin', import.meta.url),
      );
      expect(await postOtlp(collector.otlp, 'traces', recorded, collector.intakeToken)).toBe(200);
      expect(await postOtlp(collector.auditSpans, 'traces', recorded, collector.intakeToken)).toBe(
        200,
      );
      const found = () =>
        stores.spans.filter(({ resource }) => resource['service.name'] === 'python-weather');
      await eventually(
        () => found().length === 9,
        60_000,
        () => `${found().length} spans`,
      );
      expect(found().filter(({ name }) => name === 'tools/call forecast')).toHaveLength(3);
      expect(found().find(({ name }) => name === 'tools/call broken')?.status.code).toBe('error');
      const points = () =>
        stores.points.filter(
          ({ metric, resource }) =>
            metric === 'mcp_spans.calls' && resource['service.name'] === 'python-weather',
        );
      const calls = (tool: string) =>
        Math.max(
          0,
          ...points()
            .filter(({ attributes }) => attributes['gen_ai.tool.name'] === tool)
            .map(({ value }) => value),
        );
      await eventually(
        () => calls('forecast') === 3,
        60_000,
        () => `${points().length} points`,
      );
      expect(calls('broken')).toBe(1);
      await eventually(
        () => sink.raw.length > 0,
        60_000,
        () => 'nothing in the sink',
      );
      expect(Buffer.concat(sink.raw).includes('tools/call broken')).toBe(true);
    });

    test('a metric keeps listed labels only', async () => {
      const labels = {
        'gen_ai.tool.name': 'forecast',
        'enduser.id': 'bob',
        'client.address': '10.0.0.1',
      };
      const body = counterBody(
        { ...OURS, resource: { 'process.command_args': 'secret', 'service.instance.id': 'i-1' } },
        'mcp_logbook.log.entries',
        7,
        labels,
      );
      expect(await postOtlp(collector.otlp, 'metrics', body, collector.intakeToken)).toBe(200);
      const point = () => stores.points.find(({ metric }) => metric === 'mcp_logbook.log.entries');
      await eventually(
        () => point() !== undefined,
        60_000,
        () => 'no point',
      );
      expect(point()?.attributes).toEqual({ 'gen_ai.tool.name': 'forecast' });
      expect(point()?.resource).toEqual({
        'service.name': 'weather',
        'service.instance.id': 'i-1',
        'deployment.environment.name': 'test',
      });
      expect(point()?.value).toBe(7);
    });

    test('an audit record on the shared port reaches the sink, is counted, and stays out of the app class', async () => {
      const record = {
        eventName: 'mcp_logbook.audit',
        body: 'stray leaf',
        attributes: {
          'mcp_logbook.payload': 'c2FsdA.{"arguments":{"city":"Ulm"}}',
          'audit.sequence.number': 1,
        },
      };
      const body = logsBody({ ...OURS, service: 'lost' }, [record, { body: 'beside a stray' }]);
      expect(await postOtlp(collector.otlp, 'logs', body, collector.intakeToken)).toBe(200);
      await eventually(
        () => sink.bodies.has('stray leaf'),
        60_000,
        () => 'not in the sink',
      );
      expect(sink.records.find(({ body: text }) => text === 'stray leaf')?.attributes).toEqual(
        record.attributes,
      );
      expect(sink.bodies.has('beside a stray')).toBe(false);
      const copies = () => stores.logs.filter(({ body: text }) => text === 'stray leaf');
      await eventually(
        () => copies().length > 0,
        60_000,
        () => 'no copy',
      );
      expect(copies().map(({ resource }) => resource['mcp_logbook.log.class'])).toEqual(['audit']);
      expect(copies()[0]?.attributes).not.toHaveProperty(['mcp_logbook.payload']);
      const counts = () =>
        stores.points.filter(({ metric }) => metric === 'mcp_logbook.collector.stray_audit');
      await eventually(
        () => counts().length > 0,
        60_000,
        () => 'not counted',
      );
      expect(counts()[0]).toMatchObject({
        value: 1,
        cumulative: true,
        monotonic: true,
        resource: { 'service.name': 'lost' },
      });
    });

    test('what is too long for the stores is cut and marked', async () => {
      const long = 'é'.repeat(3_000);
      await postOtlp(
        collector.otlp,
        'traces',
        spansBody(OURS, [{ name: 'long one', attributes: { long, short: 'as it was' } }]),
        collector.intakeToken,
      );
      await postOtlp(
        collector.otlp,
        'logs',
        logsBody(OURS, [
          {
            eventName: 'mcp_logbook.call',
            body: `long line ${'x'.repeat(100_000)}`,
            attributes: { long },
          },
        ]),
        collector.intakeToken,
      );
      const span = () => stores.spans.find(({ name }) => name === 'long one');
      const log = () => stores.logs.find((one) => bodyText(one).startsWith('long line'));
      await eventually(
        () => span() !== undefined && log() !== undefined,
        60_000,
        () => 'not arrived',
      );
      for (const item of [present(span()), present(log())]) {
        expect(Buffer.byteLength(textOf(item, 'long'))).toBeLessThanOrEqual(2_048);
        expect(Buffer.byteLength(textOf(item, 'long'))).toBeGreaterThan(2_000);
        expect(item.attributes['mcp_logbook.collector.truncated']).toBe(true);
      }
      expect(span()?.attributes['short']).toBe('as it was');
      expect(stores.logs.filter((one) => bodyText(one).length === 65_536)).toHaveLength(1);
      const untouched = stores.spans.filter(({ name }) => name.startsWith('tools/call'));
      expect(
        untouched.some(({ attributes }) => 'mcp_logbook.collector.truncated' in attributes),
      ).toBe(false);
    });

    test('nobody without the token is taken in at any port, and nothing arrives', async () => {
      const body = logsBody(OURS, [{ body: 'uninvited' }]);
      for (const token of [
        undefined,
        'wrong',
        '',
        `${collector.intakeToken}x`,
        collector.sinkToken,
      ]) {
        expect(await postOtlp(collector.otlp, 'logs', body, token)).toBe(401);
        expect(await postOtlp(collector.audit, 'logs', body, token)).toBe(401);
        expect(
          await postOtlp(collector.otlp, 'traces', spansBody(OURS, [{ name: 'uninvited' }]), token),
        ).toBe(401);
      }
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(sink.bodies.has('uninvited')).toBe(false);
      expect(stores.bodies.some((text) => text.includes('uninvited'))).toBe(false);
    });

    test('it starts and works without a warning, and prints no token', () => {
      const lines = collector
        .log()
        .split('\n')
        .filter((line) => /"level":"(?:warn|error)"/.test(line));
      expect(lines).toEqual([]);
      expect(collector.log()).not.toContain(collector.intakeToken);
      expect(collector.log()).not.toContain(collector.sinkToken);
    });
  },
);
