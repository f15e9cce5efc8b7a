/**
 * Sessions of one call that end at once, in every way a process can end: nothing of the call may be lost.
 *
 * RUNS = runs over all four endings with the receiver up, and again with it down: 24 unless told, 100 by
 * `npm run test:exits:full`.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { verifyLog } from '@mcp-logbook/audit';
import { ATTR_MCP_METHOD_NAME, EVENT_MCP_LOGBOOK_CALL } from '@mcp-logbook/semconv';
import { fileURLToPath } from 'node:url';
import { callLeaves, logFolders, readLeaves } from '../harness/logbook.ts';
import { type ExitState, spawnNode, stopProcesses, type Watched } from '../harness/process.ts';
import { deadEndpoint, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { quantile } from '../harness/stack/storm-proxy.ts';
import { parallel } from '../harness/wait.ts';
import { PROTOCOL_VERSION, WireClient } from '../harness/wire-client.ts';
import { verifies } from '../requirements.ts';

verifies('M3.4');

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../harness/fixtures/${name}`, import.meta.url));
const script = fixture('stdio-server.mjs');
const SLOW_WORKER = fixture('slow-worker.cjs');

/** Runs of each ending, so that all endings together make RUNS. */
const ENDINGS = ['stdin closed', 'SIGTERM', 'process.exit', 'uncaught exception'] as const;
const runsEach = Math.ceil(Number(process.env['RUNS'] ?? 24) / ENDINGS.length);

/**
 * Documented cap of the exit drain, what the start of its work may add to it, and what a busy machine may add to a single
 * run: an exit without the cap would wait for the exporters' 10 s.
 */
const DRAIN_CAP_MS = 1_000;
const SLACK_MS = 1_000;
const BUSY_MS = 4_000;

type Ending = (typeof ENDINGS)[number];

interface SessionEnd {
  readonly exit: ExitState;
  /** From what ended the session to the end of the process. */
  readonly tookMs: number;
  readonly stderr: string;
  readonly lines: number;
}

/** One session: handshake, one call, end. */
async function session(
  ending: Ending,
  sandbox: Sandbox,
  env: Readonly<Record<string, string>>,
  instrumented = true,
  nodeArgs: readonly string[] = [],
): Promise<SessionEnd> {
  const child = spawnNode({ script, env: { ...sandbox.env, ...env }, instrumented, nodeArgs });
  const client = new WireClient(child);
  const startMs = await end(ending, child, client);
  const exit = await child.gone();
  client.assertOnlyMessages();
  const lines = client.lines.length;
  return { exit, tookMs: exit.atMs - startMs, stderr: child.stderr, lines };
}

async function end(ending: Ending, child: Watched, client: WireClient): Promise<number> {
  if (ending === 'stdin closed') {
    // Everything in one go: stdin is closed before the server has read its first byte.
    const initialize = {
      protocolVersion: PROTOCOL_VERSION,
      capabilities: {},
      clientInfo: { name: 'hasty', version: '1' },
    };
    client.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize });
    client.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    client.send({
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'x' } },
    });
    const answered = client.next((message) => message['id'] === 2);
    child.closeStdin();
    await answered;
    return performance.now();
  }
  await client.handshake();
  if (ending === 'SIGTERM') {
    await client.call('echo', { text: 'x' });
    const startMs = performance.now();
    child.kill('SIGTERM');
    return startMs;
  }
  const startMs = performance.now();
  client.send({
    jsonrpc: '2.0',
    id: 2,
    method: 'tools/call',
    params:
      ending === 'process.exit'
        ? { name: 'exit', arguments: { code: 7 } }
        : { name: 'crash', arguments: {} },
  });
  return startMs;
}

/** How the log of one session ends: its last entry, and whether all of it is signed and sound. */
function endOfLog(sandbox: Sandbox): unknown {
  const [folder] = logFolders(sandbox.logs);
  if (folder === undefined) return 'no log';
  const { ok, counts } = verifyLog(folder);
  return { last: readLeaves(sandbox.logs).at(-1)?.leaf['kind'], ok, unsigned: counts.uncommitted };
}

const ENDED_WELL = { last: 'log.stopped', ok: true, unsigned: 0 };

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

describe.each(ENDINGS)('a session of one call ended by %s', (ending) => {
  test(`delivers span, record and entry in ${runsEach} of ${runsEach} runs`, async () => {
    const receiver = await Receiver.start();
    const plain = await session(ending, aSandbox(), {}, false);

    // One at a time: the exit has a second for what takes half of one on two cores.
    const runs = await parallel(runsEach, 1, async (index) => {
      const sandbox = aSandbox();
      const run = await session(ending, sandbox, {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_RESOURCE_ATTRIBUTES: `test.run=${index}`,
      });
      // At the end of the process, not some time later.
      const spans = receiver.spans.filter(
        (span) =>
          span.resource['test.run'] === String(index) &&
          span.kind === 'server' &&
          span.attributes[ATTR_MCP_METHOD_NAME] === 'tools/call',
      );
      const records = receiver.logs.filter(
        (log) =>
          log.resource['test.run'] === String(index) &&
          log.eventName === EVENT_MCP_LOGBOOK_CALL &&
          log.spanId === spans[0]?.spanId,
      );
      // A request that makes no entry must not be lost either.
      const handshakes = receiver.spans.filter(
        (span) =>
          span.resource['test.run'] === String(index) &&
          span.attributes[ATTR_MCP_METHOD_NAME] === 'initialize',
      );
      const entries = callLeaves(sandbox.logs);
      const fits = entries.every(({ leaf }) => leaf['span'] === spans[0]?.spanId);
      const delivered = [handshakes.length, spans.length, records.length, entries.length];
      return { run, delivered, fits, ended: endOfLog(sandbox) };
    });
    await receiver.stop();

    expect(runs.map(({ delivered }) => delivered)).toEqual(runs.map(() => [1, 1, 1, 1]));
    for (const { run, fits, ended } of runs) {
      expect(fits).toBe(true);
      expect(ended).toEqual(ENDED_WELL);
      expect([run.exit.code, run.exit.signal, run.lines]).toEqual([
        plain.exit.code,
        plain.exit.signal,
        plain.lines,
      ]);
      expect(run.stderr).toBe(plain.stderr);
    }
  });

  test(`with the receiver down keeps the entry in ${runsEach} of ${runsEach} runs and ends in time`, async () => {
    const endpoint = await deadEndpoint();
    const plain = await session(ending, aSandbox(), {}, false);

    const runs = await parallel(runsEach, 2, async () => {
      const sandbox = aSandbox();
      const run = await session(ending, sandbox, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      return { run, entries: callLeaves(sandbox.logs).length, ended: endOfLog(sandbox) };
    });

    expect(runs.map(({ entries }) => entries)).toEqual(runs.map(() => 1));
    for (const { run, ended } of runs) {
      expect(ended).toEqual(ENDED_WELL);
      expect([run.exit.code, run.exit.signal]).toEqual([plain.exit.code, plain.exit.signal]);
      expect(run.tookMs).toBeLessThan(plain.tookMs + DRAIN_CAP_MS + BUSY_MS);
    }
    const usual = quantile(
      runs.map(({ run }) => run.tookMs),
      0.5,
    );
    expect(usual).toBeLessThan(plain.tookMs + DRAIN_CAP_MS + SLACK_MS);
  });
});

test.each([
  ['is not lost where loading the exporters took longer than the cap', 1_300, 1],
  ['is lost, and the exit goes on, where it takes too long', 20_000, 0],
])('telemetry of a session of one call %s; the entry is there', async (_, slowMs, delivered) => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, SLOW_MS: String(slowMs) };
  const run = await session('process.exit', sandbox, env, true, ['--require', SLOW_WORKER]);
  await receiver.stop();

  expect(run.exit.code).toBe(7);
  expect(run.tookMs).toBeGreaterThan(DRAIN_CAP_MS);
  expect(run.tookMs).toBeLessThan(2 * DRAIN_CAP_MS + BUSY_MS);
  const spans = receiver.spans.filter(
    ({ kind, attributes }) =>
      kind === 'server' && attributes[ATTR_MCP_METHOD_NAME] === 'tools/call',
  );
  expect(spans).toHaveLength(delivered);
  expect(callLeaves(sandbox.logs)).toHaveLength(1);
});

test('a receiver that hangs does not delay the exit beyond the cap, and the entry is there', async () => {
  const receiver = await Receiver.start();
  receiver.fault = 'hang';
  const sandbox = aSandbox();
  const run = await session('SIGTERM', sandbox, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  await receiver.stop();

  expect(run.exit.signal).toBe('SIGTERM');
  expect(run.tookMs).toBeLessThan(DRAIN_CAP_MS + BUSY_MS);
  expect(callLeaves(sandbox.logs)).toHaveLength(1);
});
