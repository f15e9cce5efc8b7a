/**
 * Servers that have no SDK a source gives away, through the built register: tmcp, a bundle of the official SDK with mangled
 * names, a single executable (SEA). Each is seen whole and unchanged. Their packages are installed by `npm run test:taps`,
 * outside the clone; `npm test` runs this only where they are.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { verifyRoot } from '../harness/cli.ts';
import { expectSession } from '../harness/expect-run.ts';
import { REGISTER, spawnCommand, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { full } from '../harness/tried.ts';
import { WireClient } from '../harness/wire-client.ts';
import { installPinned, isInstalled } from '../matrix/pinned.ts';

const TOOLS = fileURLToPath(new URL('tools/taps', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const BY_HAND = fileURLToPath(
  new URL('../../packages/instrumentation/test/fixtures/by-hand.mjs', import.meta.url),
);
const ROOT_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

const modules = full || isInstalled(TOOLS) ? installPinned(TOOLS) : undefined;

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

const STEPS: readonly (readonly [string, object?])[] = [
  ['tools/list'],
  ['tools/call', { name: 'echo', arguments: { text: 'größer 🥊' } }],
  ['tools/call', { name: 'absent', arguments: {} }],
  ['no/such/method'],
];

interface Session {
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly exit: readonly unknown[];
}

async function session(
  command: readonly string[],
  sandbox: Sandbox,
  env: Readonly<Record<string, string>>,
): Promise<Session> {
  const child = spawnCommand(command, { env: { ...sandbox.env, ...env }, wrapped: false });
  const client = new WireClient(child);
  await client.handshake();
  for (const [method, params] of STEPS) await client.request(method, params);
  child.closeStdin();
  const { code, signal } = await child.gone();
  client.assertOnlyMessages();
  return { lines: client.lines, stderr: child.stderr, exit: [code, signal] };
}

async function expectSeen(
  commandIn: (sandbox: Sandbox) => readonly string[],
  flags = `--require ${REGISTER}`,
): Promise<void> {
  const receiver = await Receiver.start();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const alone = aSandbox();
  const plain = await session(commandIn(alone), alone, env);
  expect(receiver.requests).toBe(0);
  const sandbox = aSandbox();
  const flag = { ...env, NODE_OPTIONS: flags };
  const watched = await session(commandIn(sandbox), sandbox, flag);
  await receiver.stop();
  expect(watched).toEqual(plain);
  expect(plain.lines).toHaveLength(STEPS.length + 1);
  expectSession(receiver, sandbox.logs, ['initialize', ...STEPS.map(([method]) => method)], []);
  expect(strictProblems(receiver)).toEqual([]);
  expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
}

test('a server written by hand is seen whole and unchanged, and its log verifies', async () => {
  await expectSeen(() => [process.execPath, BY_HAND]);
});

test('the flag given twice, by two paths, records each request once', async () => {
  const other = REGISTER.replace('register.cjs', 'dist/register.js');
  await expectSeen(() => [process.execPath, BY_HAND], `--require ${REGISTER} --require ${other}`);
});

test('in strict a first call on stdio is refused where it must be, also when our own export thread runs already', async () => {
  const receiver = await Receiver.start();
  const { env, work } = aSandbox();
  const file = join(work, 'a-file');
  writeFileSync(file, '');
  const child = spawnCommand(
    [process.execPath, '--require', REGISTER, join(FIXTURES, 'both-doors.mjs')],
    {
      env: {
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_BSP_SCHEDULE_DELAY: '50',
        MCP_LOGBOOK_MODE: 'strict',
        MCP_LOGBOOK_DIR: join(file, 'logs'),
      },
      wrapped: false,
    },
  );
  const client = new WireClient(child);
  await child.printed('port ');
  const [, port] = /port (\d+)/.exec(child.stderr) ?? [];
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } };
  await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await receiver.until(({ requests }) => requests > 0, 30_000);
  const refused = await client.call('echo', { text: 'never' });
  child.closeStdin();
  await child.gone();
  await receiver.stop();
  expect(refused['error']).toMatchObject({ code: -32603 });
  expect(child.stderr).not.toContain('stdio runs tools/call');
});

describe.skipIf(modules === undefined)(
  'with packages of npm (skipped where they are missing)',
  () => {
    test('a server by tmcp is seen whole and unchanged', async () => {
      await expectSeen((sandbox) => {
        symlinkSync(modules ?? '', join(sandbox.work, 'node_modules'), 'dir');
        const script = join(sandbox.work, 'server.mjs');
        copyFileSync(join(FIXTURES, 'tmcp.mjs'), script);
        return [process.execPath, script];
      });
    });

    test('a bundle of the official SDK whose private names are mangled is seen whole and unchanged', async () => {
      await expectSeen((sandbox) => {
        const script = join(sandbox.work, 'bundle.mjs');
        execFileSync(
          process.execPath,
          [
            join(modules ?? '', 'esbuild/bin/esbuild'),
            join(FIXTURES, 'official.mjs'),
            '--bundle',
            '--minify',
            '--platform=node',
            '--format=esm',
            '--mangle-props=^_(registered|request|server|client|response|stdin|stdout|on)',
            `--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
            `--outfile=${script}`,
          ],
          { stdio: 'pipe', env: { ...process.env, NODE_PATH: ROOT_MODULES } },
        );
        expect(readFileSync(script, 'utf8')).not.toContain('_requestHandlerAbortControllers');
        return [process.execPath, script];
      });
    });

    test('a single executable (SEA) is seen whole and unchanged', async () => {
      await expectSeen((sandbox) => {
        const at = (name: string): string => join(sandbox.work, name);
        const config = {
          main: join(FIXTURES, 'single.cjs'),
          output: at('sea.blob'),
          disableExperimentalSEAWarning: true,
        };
        writeFileSync(at('sea.json'), JSON.stringify(config));
        execFileSync(process.execPath, ['--experimental-sea-config', at('sea.json')], {
          stdio: 'pipe',
        });
        copyFileSync(process.execPath, at('server'));
        execFileSync(
          process.execPath,
          [
            join(modules ?? '', 'postject/dist/cli.js'),
            at('server'),
            'NODE_SEA_BLOB',
            at('sea.blob'),
            '--sentinel-fuse',
            'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
          ],
          { stdio: 'pipe' },
        );
        return [at('server')];
      });
    });
  },
);
