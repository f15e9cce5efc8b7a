/**
 * A command that runs its server as a process of its own, which takes over its stdin: the flag on the command's
 * line is enough, each request is recorded once, and the server's environment is the one it would have had.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { verifyRoot } from '../harness/cli.ts';
import { expectSession } from '../harness/expect-run.ts';
import { stdioFixture } from '../harness/fixture-session.ts';
import { REGISTER, spawnNode, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { WireClient } from '../harness/wire-client.ts';

const LAUNCHER = fileURLToPath(new URL('../harness/fixtures/launcher.mjs', import.meta.url));
const BY_HAND = fileURLToPath(
  new URL('../../packages/instrumentation/test/fixtures/by-hand.mjs', import.meta.url),
);
const IN_OPTIONS = { NODE_OPTIONS: `--require ${REGISTER}` };

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

async function session(
  args: readonly string[],
  sandbox: Sandbox,
  env: Readonly<Record<string, string>>,
  receiver?: Receiver,
) {
  const child = spawnNode({
    script: LAUNCHER,
    args,
    env: { ...sandbox.env, ...env },
    instrumented: receiver !== undefined,
  });
  const client = new WireClient(child);
  await client.handshake();
  await client.request('tools/list');
  await client.call('echo', { text: 'hello' });
  await receiver?.until(({ spans }) => spans.length >= 4, 30_000);
  child.closeStdin();
  const { code, signal } = await child.gone();
  client.assertOnlyMessages();
  return { lines: client.lines, stderr: child.stderr, end: [code, signal] };
}

test.each([
  ['with an SDK', 'inherit', stdioFixture, {}],
  ['with an SDK, by descriptors', 'descriptors', stdioFixture, {}],
  ['with an SDK, by streams', 'streams', stdioFixture, {}],
  ['with an SDK, its answers passed on', 'answers', stdioFixture, {}],
  ['with an SDK, by a shell', 'shell', stdioFixture, {}],
  ['with an SDK, by two launchers', 'twice', stdioFixture, {}],
  ['with an SDK, the flag in NODE_OPTIONS too', 'inherit', stdioFixture, IN_OPTIONS],
  ['without an SDK', 'inherit', BY_HAND, {}],
])(
  'a server %s is recorded once where only its launcher has the flag',
  async (_, how, server, env) => {
    const receiver = await Receiver.start();
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
    const plain = await session([how, server], aSandbox(), endpoint);
    const sandbox = aSandbox();
    const watched = await session([how, server], sandbox, { ...endpoint, ...env }, receiver);
    await receiver.stop();
    expect(watched).toEqual(plain);
    expectSession(receiver, sandbox.logs, ['initialize', 'tools/list', 'tools/call'], []);
    expect(strictProblems(receiver)).toEqual([]);
    expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
  },
);

test.each([{}, { NODE_OPTIONS: '' }, { NODE_OPTIONS: '--no-warnings' }])(
  'with %j a program started so has the environment it would have had',
  (own) => {
    const { work, env } = aSandbox();
    const script = join(work, 'print.cjs');
    writeFileSync(script, 'console.log(JSON.stringify([process.env, process.execArgv]))');
    const run = (flags: readonly string[]) =>
      spawnSync(process.execPath, [...flags, LAUNCHER, 'inherit', script], {
        env: { ...env, ...own },
        encoding: 'utf8',
      });
    const [plain, watched] = [run([]), run(['--require', REGISTER])];
    expect(watched.stderr).toBe('');
    expect(plain.stdout).toContain('"A":"b"');
    expect(watched.stdout).toBe(plain.stdout);
  },
);

test('a program whose stdin is another is started as it is', () => {
  const { work, env } = aSandbox();
  const script = join(work, 'start.cjs');
  writeFileSync(
    script,
    `const { spawn } = require('child_process');
     for (const stdio of ['pipe', ['pipe', 'pipe', 'inherit'], ['ignore', 'pipe', 'inherit']])
       spawn('/bin/sh', ['-c', 'env'], { stdio }).stdout.pipe(process.stdout);`,
  );
  const { stdout } = spawnSync(process.execPath, ['--require', REGISTER, script], {
    env,
    encoding: 'utf8',
  });
  expect(stdout.match(/^MCP_LOGBOOK_DIR=/gm)).toHaveLength(3);
  expect(stdout).not.toContain('register');
});
