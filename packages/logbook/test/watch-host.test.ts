/** Continuous verification beside a writer: the thread, and what it tells as metrics, a FATAL event and lines. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogbook, type Logbook } from '@mcp-logbook/audit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startIntegrityEvents, type IntegrityEvents } from '../src/serve/integrity-events.ts';
import { startSinkMetrics, type SinkMetrics } from '../src/serve/metrics.ts';
import { startWatch, type WatchHost } from '../src/serve/watch-host.ts';

/** Under load a thread takes seconds to start. */
const WAIT = { timeout: 15_000, interval: 50 };

let root = '';
let logbook: Logbook;
let segment = '';
let metrics: SinkMetrics;
let watch: WatchHost | undefined;
let told: string[] = [];
let events: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'logbook-watch-'));
  logbook = openLogbook({ root, service: 'central' });
  segment = join(logbook.folder, 'segments', '000000000000.jsonl');
  record('first');
  metrics = startSinkMetrics({}, '0.0.0');
  metrics.named(logbook.origin);
  [told, events] = [[], []];
});

afterEach(async () => {
  await watch?.close();
  await metrics.close();
  logbook.close();
  rmSync(root, { recursive: true, force: true });
});

function record(target: string): void {
  logbook.record({ kind: 'tool.call', target, payload: { target } });
  logbook.commit();
}

function start(anchors: readonly string[] = []): WatchHost {
  const { folder, origin, vkey } = logbook;
  const lines = { info: () => undefined, problem: (error: Error) => void told.push(error.message) };
  const sent: IntegrityEvents = {
    failed: (of, { check }) => void events.push(`${of} ${check}`),
    close: async () => undefined,
  };
  const task = { folder, origin, vkey, anchors, tokenFile: undefined };
  watch = startWatch(task, { metrics, events: sent, lines }, 100, 0);
  return watch;
}

/** Value of one series in the text of `/metrics`. */
async function metric(name: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((each) => each.startsWith(`${name}{`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('a sound log that grows is verified again and again; a change behind the writer is found', async () => {
  const first = readFileSync(segment, 'utf8').length;
  const host = start();
  expect(await metric('mcp_logbook_verify_failures_total')).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  record('second');
  await vi.waitFor(
    async () => expect(await metric('mcp_logbook_verify_age_seconds')).toBeLessThan(1),
    WAIT,
  );
  expect([host.failed, told, events]).toEqual([false, [], []]);

  const text = readFileSync(segment, 'utf8');
  // Short of the first commit, which is surely seen: on a slow machine the second one may not be yet.
  writeFileSync(segment, text.slice(0, first - 1));
  await vi.waitFor(() => expect(events).toEqual([`${logbook.origin} shrunk`]), WAIT);
  await vi.waitFor(
    async () => expect(await metric('mcp_logbook_verify_failures_total')).toBeGreaterThan(1),
    WAIT,
  );
  expect(host.failed).toBe(true);
  expect(told[0]).toContain('the log is not what was signed: "segments/000000000000.jsonl" line');
  // The same problem is one event, however often it is seen.
  expect(events).toHaveLength(1);
  writeFileSync(segment, text);
});

test('an anchor that the log keeps tells its age; one that it does not is a failure', async () => {
  const kept = join(root, 'kept.jsonl');
  record('second');
  const last = readFileSync(segment, 'utf8')
    .split('\n')
    .findLast((line) => line.startsWith('{"commit":'));
  const checkpoint = String(JSON.parse(last ?? '{}').commit);
  appendFileSync(kept, `${JSON.stringify({ checkpoint })}\n`);
  start([kept]);
  await vi.waitFor(
    async () => expect(await metric('mcp_logbook_anchor_age_seconds')).toBeLessThan(60),
    WAIT,
  );
  expect(events).toEqual([]);
  await watch?.close();

  appendFileSync(
    kept,
    `${JSON.stringify({ checkpoint: checkpoint.replace(/\n\d+\n/, '\n999\n') })}\n`,
  );
  start([kept]);
  await vi.waitFor(() => expect(events).toEqual([`${logbook.origin} anchor`]), WAIT);
});

test('what cannot be read is told and tried again', async () => {
  start([join(root, 'absent')]);
  await vi.waitFor(() => expect(told.join()).toContain('cannot verify the log: anchors'), WAIT);
  expect(watch?.failed).toBe(false);
});

test('the FATAL event is sent by OTLP at once where an endpoint is set, and nowhere else', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      bodies.push(`${request.url} ${body}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  try {
    const sent = startIntegrityEvents(process.env, '0.0.0');
    const problem = {
      check: 'root',
      message: 'a leaf was changed',
      file: 'segments/0.jsonl',
      line: 3,
    };
    sent.failed('central/01234567', problem);
    await vi.waitFor(() => expect(bodies).toHaveLength(1), WAIT);
    const [path = ''] = bodies;
    expect(path).toMatch(/^\/v1\/logs /);
    const logs = JSON.parse(path.slice('/v1/logs '.length));
    const [logRecord] = logs.resourceLogs[0].scopeLogs[0].logRecords;
    expect(logRecord).toMatchObject({ eventName: 'mcp_logbook.integrity', severityNumber: 21 });
    expect(JSON.stringify(logRecord.attributes)).toContain('"mcp_logbook.integrity.check"');
    await sent.close();
    const silent = startIntegrityEvents({}, '0.0.0');
    silent.failed('central/01234567', problem);
    await silent.close();
    expect(bodies).toHaveLength(1);
  } finally {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  }
});
