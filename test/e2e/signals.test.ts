/** Programs that listen to SIGTERM themselves end under the flag as they do alone, and nothing of their calls is lost (I8). */
import { afterAll, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { ATTR_MCP_METHOD_NAME } from '@mcp-logbook/semconv';
import { callLeaves, readLeaves } from '../harness/logbook.ts';
import { type ExitState, spawnNode, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { WireClient } from '../harness/wire-client.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../harness/fixtures/${name}.mjs`, import.meta.url));

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

async function session(
  sandbox: Sandbox,
  instrumented: boolean,
  beforeEnd: () => Promise<unknown>,
  env: Readonly<Record<string, string>>,
): Promise<ExitState> {
  const child = spawnNode({
    script: fixture('raises-again'),
    env: { ...sandbox.env, ...env },
    instrumented,
  });
  const client = new WireClient(child);
  await client.handshake();
  await client.call('echo', { text: 'x' });
  await beforeEnd();
  child.kill('SIGTERM');
  return await child.gone();
}

test('one that raises the signal again where no one else listens dies of it, its log ended and its spans delivered', async () => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '100' };
  const plain = await session(sandbox, false, async () => {}, env);
  // The handshake's span is there: the worker is up, and the second that an end may take is enough for the rest.
  const isUp = async (): Promise<unknown> => await receiver.until(({ spans }) => spans.length > 0);
  const watched = await session(sandbox, true, isUp, env);
  await receiver.stop();
  expect([watched.code, watched.signal]).toEqual([plain.code, plain.signal]);
  expect(plain.signal).toBe('SIGTERM');
  expect(callLeaves(sandbox.logs)).toHaveLength(1);
  expect(readLeaves(sandbox.logs).at(-1)?.leaf['kind']).toBe('log.stopped');
  const methods = receiver.spans.map(({ attributes }) => attributes[ATTR_MCP_METHOD_NAME]);
  expect(methods.filter((method) => method === 'tools/call')).toHaveLength(1);
});

test('one whose exit is held up by a listener of its own dies of SIGTERM there, its log ended and its spans delivered', async () => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const run = async (own: Sandbox, instrumented: boolean): Promise<ExitState> => {
    const env = { ...own.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
    const child = spawnNode({ script: fixture('blocks-at-exit'), env, instrumented });
    const client = new WireClient(child);
    await client.handshake();
    await client.call('echo', { text: 'x' });
    child.closeStdin();
    await child.printed('held up');
    child.kill('SIGTERM');
    return await child.gone(10_000);
  };
  const plain = await run(aSandbox(), false);
  const watched = await run(sandbox, true);
  await receiver.stop();
  expect(plain.signal).toBe('SIGTERM');
  expect([watched.code, watched.signal]).toEqual([plain.code, plain.signal]);
  expect(readLeaves(sandbox.logs).at(-1)?.leaf['kind']).toBe('log.stopped');
  const methods = receiver.spans.map(({ attributes }) => attributes[ATTR_MCP_METHOD_NAME]);
  expect(methods.filter((method) => method === 'tools/call')).toHaveLength(1);
});
