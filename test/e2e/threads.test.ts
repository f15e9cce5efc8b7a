/**
 * A server whose MCP code runs in a worker thread: its main thread sees the same messages on stdin and stdout, each is
 * recorded once, and nothing is lost when the main thread ends and takes the worker with it.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { query } from '@mcp-logbook/audit';
import { verifyRoot } from '../harness/cli.ts';
import { expectSession } from '../harness/expect-run.ts';
import { stdioFixture } from '../harness/fixture-session.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { WireClient } from '../harness/wire-client.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../harness/fixtures/${name}.mjs`, import.meta.url));
const BY_HAND = fileURLToPath(
  new URL('../../packages/instrumentation/test/fixtures/by-hand.mjs', import.meta.url),
);

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

async function session(
  [server, end]: readonly [string, string],
  { env }: Sandbox,
  receiver: Receiver,
  instrumented: boolean,
) {
  const child = spawnNode({
    script: fixture('thread'),
    args: [server, end],
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    instrumented,
  });
  const client = new WireClient(child);
  await client.handshake();
  await client.request('tools/list');
  await client.call('echo', { text: 'hello' });
  // The export has begun: what is left for the end is what only the end knows.
  if (instrumented) await receiver.until(({ spans }) => spans.length >= 4, 30_000);
  if (end === 'SIGTERM') child.kill('SIGTERM');
  else child.closeStdin();
  const { code, signal } = await child.gone();
  client.assertOnlyMessages();
  return { lines: client.lines, stderr: child.stderr, end: [code, signal] };
}

test.each([
  ['of an SDK, that ends by itself', stdioFixture, 'itself'],
  ['of an SDK, whose main thread exits', stdioFixture, 'exit'],
  ['of an SDK, whose process is told to end', stdioFixture, 'SIGTERM'],
  ['of SDK 2', fixture('modern-echo'), 'exit'],
  ['without an SDK', BY_HAND, 'itself'],
])('a server in a thread %s is recorded once, and its end is seen', async (_, server, end) => {
  const receiver = await Receiver.start();
  const plain = await session([server, end], aSandbox(), receiver, false);
  const sandbox = aSandbox();
  const watched = await session([server, end], sandbox, receiver, true);
  await receiver.stop();
  expect(watched).toEqual(plain);
  expectSession(receiver, sandbox.logs, ['initialize', 'tools/list', 'tools/call'], []);
  expect(strictProblems(receiver)).toEqual([]);
  const kinds = query(sandbox.logs, { limit: 100 }).map(({ leaf }) => leaf.kind);
  expect(kinds).toContain('session.closed');
  expect(kinds[0]).toBe('log.stopped');
  expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
});
