/**
 * Under Node.js's permission model (`--permission`): no file may be written, so there is no log, and no worker thread may be
 * started, so telemetry is exported on the main thread. The program runs and ends as alone; what is missing is said once.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ATTR_MCP_METHOD_NAME } from '@mcp-logbook/semconv';
import { stdioFixture } from '../harness/fixture-session.ts';
import { textOf } from '../harness/otlp.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { WireClient } from '../harness/wire-client.ts';

const BY_HAND = fileURLToPath(
  new URL('../../packages/instrumentation/test/fixtures/by-hand.mjs', import.meta.url),
);
const ALONE = ['--permission', '--allow-fs-read=*'];
const NO_LOG = /^mcp-logbook: logbook: Node.js has no fsync .*`mcp-logbook wrap -- /;
const NO_WORKER = /^mcp-logbook: no worker thread is permitted: .*--allow-worker/;

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** A short session; ended by a closed stdin, or by a signal. */
async function session(
  script: string,
  nodeArgs: readonly string[],
  receiver: Receiver,
  instrumented: boolean,
  signal?: NodeJS.Signals,
) {
  const child = spawnNode({
    script,
    nodeArgs: [...nodeArgs, ...(netIsGuarded() ? ['--allow-net'] : [])],
    env: { ...aSandbox().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    instrumented,
  });
  const client = new WireClient(child);
  await client.handshake();
  await client.request('tools/list');
  await client.call('echo', { text: 'hello' });
  if (instrumented && receiver.fault === 'none')
    await receiver.until(({ spans }) => spans.length >= 4, 30_000);
  const before = performance.now();
  if (signal === undefined) child.closeStdin();
  else child.kill(signal);
  const exit = await child.gone();
  client.assertOnlyMessages();
  return {
    lines: client.lines,
    stderr: child.stderr.split('\n').filter((line) => line.startsWith('mcp-logbook: ')),
    end: [exit.code, exit.signal],
    endMs: exit.atMs - before,
  };
}

/** From Node.js 25 on a program needs leave for the network, too. */
function netIsGuarded(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--allow-net');
}

describe('under --permission', () => {
  test.each([
    ['an SDK, when its stdin is closed', stdioFixture, ALONE, undefined, [NO_LOG, NO_WORKER]],
    ['an SDK, by a signal', stdioFixture, ALONE, 'SIGTERM', [NO_LOG, NO_WORKER]],
    ['no SDK, when its stdin is closed', BY_HAND, ALONE, undefined, [NO_LOG, NO_WORKER]],
    ['a worker permitted', stdioFixture, [...ALONE, '--allow-worker'], undefined, [NO_LOG]],
  ] as const)('all is exported of a server with %s', async (_, script, args, signal, told) => {
    const receiver = await Receiver.start();
    const plain = await session(script, args, receiver, false, signal);
    const watched = await session(script, args, receiver, true, signal);
    await receiver.stop();
    expect([watched.lines, watched.end]).toEqual([plain.lines, plain.end]);
    expect(watched.stderr).toEqual(told.map((line) => expect.stringMatching(line) as unknown));
    const methods = receiver.spans.map((span) => textOf(span, ATTR_MCP_METHOD_NAME));
    expect(methods.toSorted()).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/call',
      'tools/list',
    ]);
    expect(receiver.logs.filter(({ eventName }) => eventName === 'mcp_logbook.call')).toHaveLength(
      3,
    );
    expect(receiver.points.length).toBeGreaterThan(0);
    expect(strictProblems(receiver)).toEqual([]);
  });

  test('a receiver that never answers does not hold up the end for longer than a last try', async () => {
    const receiver = await Receiver.start();
    receiver.fault = 'hang';
    const watched = await session(stdioFixture, ALONE, receiver, true);
    expect(watched.endMs).toBeLessThan(8_000);
    await receiver.stop();
    expect(watched.end).toEqual([0, null]);
    expect(watched.stderr.at(-1)).toMatch(/telemetry could not be delivered/);
  });
});
