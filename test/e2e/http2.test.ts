/**
 * A server behind node:http2: its SDK is seen as anywhere. What only node:http tells (the peer's address, refusals before the
 * SDK) is not there, since its channels know nothing of HTTP/2 (docs/compatibility.md).
 */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { query } from '@mcp-logbook/audit';
import { verifyRoot } from '../harness/cli.ts';
import { expectSession } from '../harness/expect-run.ts';
import { asRecord } from '../harness/json.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';

const script = fileURLToPath(new URL('../harness/fixtures/http2-server.mjs', import.meta.url));

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

async function run({ env }: Sandbox, endpoint: string, instrumented: boolean) {
  const child = spawnNode({
    script,
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    instrumented,
  });
  const { code, signal } = await child.gone();
  return { end: [code, signal], stdout: child.stdout, stderr: child.stderr };
}

test('over HTTP/2 a server answers as without us, and each request of its SDK is recorded once (I8)', async () => {
  const receiver = await Receiver.start();
  const plain = await run(aSandbox(), receiver.endpoint, false);
  const sandbox = aSandbox();
  const watched = await run(sandbox, receiver.endpoint, true);
  await receiver.stop();
  expect(plain).toMatchObject({ end: [0, null], stderr: '' });
  expect(plain.stdout.match(/^\d+/gm)).toEqual(['200', '202', '200', '401']);
  expect(watched).toEqual(plain);
  expectSession(receiver, sandbox.logs, ['initialize', 'tools/call'], []);
  expect(strictProblems(receiver)).toEqual([]);
  expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);

  const [entry] = query(sandbox.logs, { kind: 'tool.call', limit: 10 });
  const { client, peer } = asRecord(entry?.payload);
  expect(asRecord(client)['name']).toBe('asker');
  // Over HTTP/1 there would be its address, and an entry of the refusal.
  expect(peer).toEqual({ userAgent: 'http2-agent' });
  const kinds = query(sandbox.logs, { limit: 100 }).map(({ leaf }) => leaf.kind);
  expect(kinds.filter((kind) => kind.startsWith('auth'))).toEqual([]);
});
