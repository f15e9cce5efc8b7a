/**
 * stdout of a stdio server belongs to the protocol, whatever is switched on.
 */
import { afterAll, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { deadEndpoint, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { WireClient } from '../harness/wire-client.ts';
import { verifies } from '../requirements.ts';

verifies('M3.6');

const script = fileURLToPath(new URL('../harness/fixtures/stdio-server.mjs', import.meta.url));

const LEVELS = ['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL', 'nonsense'];

const CONSOLE = {
  OTEL_TRACES_EXPORTER: 'console',
  OTEL_LOGS_EXPORTER: 'console',
  OTEL_METRICS_EXPORTER: 'console',
};

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

async function run(
  env: Readonly<Record<string, string>>,
  instrumented: boolean,
): Promise<{ stdout: string; stderr: string }> {
  const child = spawnNode({ script, env: { ...aSandbox().env, ...env }, instrumented });
  const client = new WireClient(child);
  await client.handshake();
  await client.call('echo', { text: 'hello' });
  await client.call('boom', { text: 'failed' });
  child.closeStdin();
  await child.gone();
  client.assertOnlyMessages();
  return { stdout: child.stdout, stderr: child.stderr };
}

test('stdout is the plain run byte for byte at every OTEL_LOG_LEVEL with a receiver', async () => {
  const receiver = await Receiver.start();
  const plain = await run({}, false);
  for (const level of LEVELS) {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_LOG_LEVEL: level };
    expect([level, (await run(env, true)).stdout]).toEqual([level, plain.stdout]);
  }
  expect(receiver.spans.length).toBeGreaterThan(LEVELS.length);
  await receiver.stop();
});

test('stdout is the plain run byte for byte at every OTEL_LOG_LEVEL with nothing listening', async () => {
  const endpoint = await deadEndpoint();
  const plain = await run({}, false);
  for (const level of LEVELS) {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_LOG_LEVEL: level };
    expect([level, (await run(env, true)).stdout]).toEqual([level, plain.stdout]);
  }
});

test('console exporters write JSON lines to stderr and nothing to stdout', async () => {
  const plain = await run({}, false);
  for (const level of ['INFO', 'ALL']) {
    const watched = await run({ ...CONSOLE, OTEL_LOG_LEVEL: level }, true);
    expect(watched.stdout).toBe(plain.stdout);
    const lines = watched.stderr.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(lines.some((line) => line.includes('tools/call'))).toBe(true);
  }
});
