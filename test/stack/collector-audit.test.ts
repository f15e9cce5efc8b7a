/**
 * The way of an audit record through the collector: untouched, acknowledged only when it is on disk, never given up.
 * Settings of otel-collector/layers/audit.yaml; `MCP_LOGBOOK_FULL=1` runs each fault longer. That telemetry does not delay
 * it: collector-delay.test.ts.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditStream } from '../harness/audit-stream.ts';
import { type Collector, ownMetric, startCollector, stopCollectors } from '../harness/collector.ts';
import { FakeSink, JSON_TO_SINK } from '../harness/fake-sink.ts';
import { bodyText, FakeStores } from '../harness/fake-stores.ts';
import { logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { missingPrograms } from '../harness/programs.ts';
import { eventually } from '../harness/wait.ts';
import { verifies } from '../requirements.ts';

verifies('M4.2', 'M4.4');

const skipped = missingPrograms('otelcol');
const isFull = process.env['MCP_LOGBOOK_FULL'] === '1';
const seconds = (short: number, long: number): number => (isFull ? long : short) * 1_000;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Retries come soon, or a test would wait for the longest pause. */
const IMPATIENT =
  'exporters: { otlp_http/audit: { timeout: 2s, retry_on_failure: { initial_interval: 100ms, max_interval: 500ms } } }';
const LOKI_IN_JSON = 'exporters: { otlp_http/loki: { encoding: json } }';

describe.skipIf(skipped !== undefined)(`audit path ${skipped ?? ''}`, () => {
  let sink: FakeSink;
  let collector: Collector;
  let sinkToken: string;

  beforeEach(async () => {
    sink = await FakeSink.start((given) => given === sinkToken);
  });

  afterEach(async () => {
    await stopCollectors();
    await sink.stop();
  });

  const start = async (settings: Parameters<typeof startCollector>[0] = {}): Promise<void> => {
    collector = await startCollector({ ...settings, env: { SINK_URL: sink.url, ...settings.env } });
    ({ sinkToken } = collector);
  };
  const allIn = async (stream: AuditStream, timeoutMs = 30_000): Promise<void> => {
    await eventually(
      () => stream.missing(sink.raw).length === 0,
      timeoutMs,
      () =>
        `${stream.missing(sink.raw).length} of ${stream.acknowledged.length} are not in the sink`,
    );
  };

  test('body and both payload attributes reach the sink byte for byte; the copy in Loki has neither (I1, I5)', async () => {
    const stores = await FakeStores.start();
    await start({ env: stores.env, extra: [JSON_TO_SINK, LOKI_IN_JSON] });
    const body =
      '{"v":1,"id":"0199","time":"2026-11-26T06:00:00.000001Z","text":"ä€😀 \\u0000 \\"q\\"","password":"x1"}';
    const attributes = {
      'audit.record.id': '0199d7f2-7c3e-7bb0-9d2a-1f0e6f0a5c11',
      'audit.sequence.number': 9_007_199_254_740_991,
      'enduser.pseudo.id': 'p_k7x2m4q6r8s1t3v5',
      'mcp_logbook.payload': `c2FsdA.{"token":"gh${'p_'}${'a1B2'.repeat(9)}","text":"${'é'.repeat(3_000)}"}`,
      'mcp_logbook.payload.sealed': 'AbC-_'.repeat(2_000),
    };
    const record = { eventName: 'mcp_logbook.audit', body, attributes };
    expect(
      await postOtlp(
        collector.audit,
        'logs',
        logsBody({ service: 'weather' }, [record]),
        collector.intakeToken,
      ),
    ).toBe(200);
    await eventually(
      () => sink.records.length === 1 && stores.logs.length === 1,
      60_000,
      () => 'not arrived',
    );
    expect(sink.records[0]).toMatchObject({ eventName: 'mcp_logbook.audit', body, attributes });
    expect(Object.keys(sink.records[0]?.attributes ?? {}).sort()).toEqual(
      Object.keys(attributes).sort(),
    );
    const copy = stores.logs[0];
    expect(copy?.resource['mcp_logbook.log.class']).toBe('audit');
    expect(copy?.attributes).toMatchObject({
      'audit.record.id': attributes['audit.record.id'],
      'enduser.pseudo.id': attributes['enduser.pseudo.id'],
    });
    expect(stores.bodies.join('')).not.toMatch(/mcp_logbook\.payload/);
    expect(stores.logs.map(bodyText).join()).toContain('"v":1');
    await stores.stop();
  });

  test('the shipped encoding carries the same bytes, and spans on their audit port reach the sink too', async () => {
    await start();
    const leaf = '{"v":1,"text":"ä€😀 \\u0000"}';
    const sealed = 'AbC-_'.repeat(100);
    const record = {
      eventName: 'mcp_logbook.audit',
      body: leaf,
      attributes: { 'mcp_logbook.payload.sealed': sealed },
    };
    await postOtlp(
      collector.audit,
      'logs',
      logsBody({ service: 'weather' }, [record]),
      collector.intakeToken,
    );
    const span = {
      name: 'tools/call x',
      attributes: { 'mcp.method.name': 'tools/call', note: 'span for the sink' },
    };
    await postOtlp(
      collector.auditSpans,
      'traces',
      spansBody({ service: 'python', scope: 'other' }, [span]),
      collector.intakeToken,
    );
    await eventually(
      () => sink.raw.length === 2,
      60_000,
      () => `${sink.raw.length} bodies`,
    );
    const bytes = Buffer.concat(sink.raw);
    expect(bytes.includes(leaf)).toBe(true);
    expect(bytes.includes(sealed)).toBe(true);
    expect(bytes.includes('span for the sink')).toBe(true);
  });

  test('kill -9 in mid-stream, a sink that is busy, away or too late: every acknowledged record arrives (I3)', async () => {
    await start({ extra: [IMPATIENT] });
    const stream = new AuditStream('killed');
    const running = stream.run(collector.audit, collector.intakeToken, 20, 5, seconds(14, 60));
    for (const fault of ['busy', 'away', 'timeout'] as const) {
      await sleep(seconds(1, 6));
      sink.fault = fault;
      await sleep(seconds(1.2, 5));
      await collector.service.kill();
      await sleep(200);
      await collector.service.start(); // the stream goes on sending: it is taken in once the queue is open
      await sleep(seconds(0.8, 3));
      sink.fault = 'none';
    }
    await running;
    await allIn(stream);
    expect(stream.acknowledged.length).toBeGreaterThan(500);
    expect(
      await ownMetric(collector, 'otelcol_exporter_send_failed_log_records_total', {
        exporter: 'otlp_http/audit',
      }),
    ).toBe(0);
  });

  test('an orderly stop with a full queue and a sink away loses nothing either', async () => {
    await start({ extra: [IMPATIENT] });
    sink.fault = 'away';
    const stream = new AuditStream('stopped');
    await stream.run(collector.audit, collector.intakeToken, 50, 5, 2_000);
    expect(
      await ownMetric(collector, 'otelcol_exporter_queue_size', {
        exporter: 'otlp_http/audit',
        data_type: 'logs',
      }),
    ).toBeGreaterThan(10_000);
    await collector.service.stop();
    expect(sink.raw).toEqual([]);
    sink.fault = 'none';
    await collector.service.start();
    await allIn(stream);
  });

  test('what stands in front of the sink and answers 400 makes the collector delete, and the series of the alert tells', async () => {
    await start({ extra: [IMPATIENT] });
    sink.fault = 'refuses';
    const stream = new AuditStream('refused');
    await stream.batch(collector.audit, collector.intakeToken, 30);
    const failed = async (labels: Readonly<Record<string, string>>): Promise<number> =>
      await ownMetric(collector, 'otelcol_exporter_send_failed_log_records_total', labels);
    const deadline = performance.now() + 10_000;
    const lost = { exporter: 'otlp_http/audit', error_permanent: 'true' };
    while ((await failed(lost)) === 0 && performance.now() < deadline) await sleep(50);
    expect(await failed(lost)).toBe(30);
    sink.fault = 'none';
    await sleep(1_500);
    expect(stream.missing(sink.raw)).toHaveLength(30);
  });

  test('a sink token that is wrong delays and loses nothing; the right one in the file is used without a restart', async () => {
    await start({ extra: [IMPATIENT] });
    const right = sinkToken;
    sinkToken = 'another';
    const stream = new AuditStream('rotation');
    await stream.run(collector.audit, collector.intakeToken, 10, 20, 1_000);
    await eventually(
      () => sink.unauthorized > 2,
      60_000,
      () => `${sink.unauthorized} refusals`,
    );
    expect(sink.raw).toEqual([]);
    writeFileSync(collector.sinkTokenFile, 'another', { mode: 0o600 });
    await allIn(stream);
    expect(right).not.toBe(sinkToken);
  });

  test('intake tokens rotate: both are taken while both are in the file, the old one no longer after', async () => {
    await start();
    const body = logsBody({ service: 'weather' }, [
      { eventName: 'mcp_logbook.audit', body: 'rotated' },
    ]);
    const taken = async (token: string): Promise<number> =>
      await postOtlp(collector.audit, 'logs', body, token);
    const until = async (token: string, status: number): Promise<void> => {
      const deadline = performance.now() + 10_000;
      while ((await taken(token)) !== status) {
        if (performance.now() > deadline) throw new Error(`${status} did not come within 10 s`);
        await sleep(50);
      }
    };
    const old = collector.intakeToken;
    expect(await taken('fresh')).toBe(401);
    writeFileSync(collector.intakeTokenFile, `${old} old\nfresh new\n`);
    await until('fresh', 200);
    expect(await taken(old)).toBe(200);
    writeFileSync(collector.intakeTokenFile, 'fresh new\n');
    await until(old, 401);
    expect(await taken('fresh')).toBe(200);
  });

  test('a damaged queue file: what happens at start, and the remedy of the README', async () => {
    await start();
    await collector.service.stop();
    const folder = join(collector.storage, 'audit');
    const file = readdirSync(folder).find((name) => name.includes('logs'));
    expect(file).toBeDefined();
    const path = join(folder, file ?? '');
    writeFileSync(path, Buffer.alloc(statSync(path).size, 7));
    await expect(collector.service.start()).rejects.toThrow(
      /invalid database|file_storage|otlp_http/,
    );
    await collector.service.kill();
    renameSync(path, `${path}.damaged`);
    await collector.service.start();
    const stream = new AuditStream('after');
    await stream.batch(collector.audit, collector.intakeToken, 5);
    await allIn(stream);
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

describe.skipIf(skipped !== undefined || !canMount)(
  `full disk under the queue ${canMount ? '' : '(skipped: mounting a small tmpfs needs root)'}`,
  () => {
    const disk = mkdtempSync(join(tmpdir(), 'mcp-logbook-disk-'));
    /** At most; it takes a second where nothing else runs. */
    const FILLING_MS = 60_000;

    afterAll(async () => {
      await stopCollectors();
      execFileSync('/bin/umount', [disk]);
      rmSync(disk, { recursive: true, force: true });
    });

    test('nothing is acknowledged that is not on disk, and what was is in the sink at the end', async () => {
      execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]);
      let token = '';
      const sink = await FakeSink.start((given) => given === token);
      sink.fault = 'away';
      const collector = await startCollector({
        storage: disk,
        env: { SINK_URL: sink.url },
        extra: [IMPATIENT],
      });
      token = collector.sinkToken;
      const stream = new AuditStream('full-disk');
      const running = stream.run(collector.audit, collector.intakeToken, 50, 1, FILLING_MS);
      const refused = async (): Promise<number> =>
        await ownMetric(collector, 'otelcol_exporter_enqueue_failed_log_records_total', {
          exporter: 'otlp_http/audit',
        });
      const deadline = performance.now() + FILLING_MS;
      while ((await refused()) === 0 && performance.now() < deadline) await sleep(100);
      expect(await refused()).toBeGreaterThan(0);
      stream.stop();
      await running;
      const before = stream.acknowledged.length;
      expect(before).toBeGreaterThan(100);
      sink.fault = 'none';
      await eventually(
        () => stream.missing(sink.raw).length === 0,
        60_000,
        () =>
          `${stream.missing(sink.raw).length} of ${before} missing: ${collector.service.lastLines(3)}`,
      );
      const later = new AuditStream('room-again');
      await later.batch(collector.audit, collector.intakeToken, 5);
      await eventually(
        () => later.missing(sink.raw).length === 0,
        60_000,
        () => 'later ones missing',
      );
      await sink.stop();
    });
  },
);
