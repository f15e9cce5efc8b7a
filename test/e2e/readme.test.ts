/**
 * Every command that the README shows, run as it stands there: the demo, the flag, the queries. `npm ci` and `npm test`
 * are run by the one who runs this, the stack's by its own tests; a command in the README that this file does not know
 * fails.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alerts, DASHBOARDS } from '@mcp-logbook/grafana';
import { mcpLogbook } from '../harness/cli.ts';
import { spawnNode, stopProcesses, testFolder, Watched } from '../harness/process.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { WireClient } from '../harness/wire-client.ts';
import { hasPython, PYTHON_SERVER } from '../harness/wrapped.ts';
import { verifies } from '../requirements.ts';

verifies('M3.1');

const repository = join(testFolder, '..');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');

/** Lines of all shell examples. */
const commands = [...readme.matchAll(/^```sh\n([^`]*)^```/gm)].flatMap(([, block = '']) =>
  block.split('\n').filter((line) => line !== ''),
);

/** Lines of the section "Prove it". */
const PROVE_IT = [
  `VKEY=$(mcp-logbook verify --json | sed 's/.*"vkey":"\\([^"]*\\)".*/\\1/')`,
  `ID=$(mcp-logbook query --limit 1 --json | sed 's/.*"leaf":{"v":1,"id":"\\([^"]*\\)".*/\\1/')`,
  'mcp-logbook anchor --copy kept.jsonl',
  'mcp-logbook verify --key "$VKEY" --anchors kept.jsonl',
  'mcp-logbook prove "$ID" --disclose > entry.tlog-proof',
  'mcp-logbook check entry.tlog-proof --key "$VKEY"',
];

/** Run by packages/logbook/test/cli-redact.test.ts as it stands in docs/redaction.md. */
const REDACT =
  `printf '%s\\n' '{"name":"deploy","arguments":{"host":"db.internal","password":"correct horse 7"}}' | ` +
  'mcp-logbook redact --explain';

const DOCTOR = 'mcp-logbook doctor -- node server.js';
const WRAP = 'mcp-logbook wrap -- python3 server.py';
const INIT = 'mcp-logbook init claude --write';

let sandbox: Sandbox;

beforeAll(() => {
  sandbox = aSandbox();
});
afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

test('the README shows no command that is not run here', () => {
  expect(commands).toEqual([
    'npm ci && npm run demo',
    'npm ci && npm test',
    'node --require mcp-logbook/register server.js',
    INIT,
    WRAP,
    DOCTOR,
    'mcp-logbook query --since 24h --outcome failure',
    'mcp-logbook report --since 24h',
    'mcp-logbook verify',
    REDACT,
    // Run by test/e2e/score.test.ts in a bounded form.
    'npm run score:redaction',
    ...PROVE_IT,
    // Run by test/compose/compose.test.ts (npm run test:compose) and test/stack/start.test.ts.
    'docker compose run --rm init',
    'docker compose up -d',
    'npm run stack',
  ]);
});

test('the example of redaction is the one of docs/redaction.md', () => {
  expect(readFileSync(join(repository, 'docs', 'redaction.md'), 'utf8')).toContain(REDACT);
});

test('the README counts dashboards and alerts as the source does', () => {
  expect(readme).toContain(
    `Grafana: ${DASHBOARDS.length} dashboards, ${alerts('production').length} alerts`,
  );
});

test('npm run demo ends with 0 within a minute, and says that every claim held', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [program, ...args] = (scripts['demo'] ?? '').split(' ');
  expect(program).toBe('node');
  const run = spawnSync(process.execPath, args, {
    cwd: repository,
    env: { ...sandbox.env, NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(run.stdout).not.toContain('NOT TRUE');
  expect(run.stdout).toMatch(/(\d+) of \1 claims held/);
  expect(run.stdout).not.toContain('\u001b[');
  expect(run.status).toBe(0);
});

test.skipIf(!hasPython)('wrap as the README shows it: a Python server is recorded', async () => {
  const own = aSandbox();
  cpSync(PYTHON_SERVER, join(own.work, 'server.py'));
  const bin = join(repository, 'node_modules', '.bin');
  const env = { ...own.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const [program = '', ...args] = WRAP.split(' ');
  const server = new Watched(spawn(program, args, { cwd: own.work, env }));
  const client = new WireClient(server);
  await client.handshake();
  await client.request('tools/list');
  await client.call('echo', { text: 'hello' });
  server.closeStdin();
  expect((await server.gone()).code).toBe(0);
  expect(mcpLogbook(['query'], own.env).stdout).toContain('echo');
});

test('doctor as the README shows it: the server is seen, and nothing is wrong', () => {
  const script = join(testFolder, 'harness', 'fixtures', 'stdio-server.mjs');
  const [, ...args] = DOCTOR.replace('server.js', script).split(' ');
  const run = mcpLogbook(args, aSandbox().env);
  expect([run.code, run.stderr]).toEqual([0, '']);
  expect(run.stdout).toMatch(/fixture 1\.0\.0 answers and lists \d+ tools/);
  expect(run.stdout).toContain('seen by @modelcontextprotocol/sdk');
});

test('init as the README shows it: the servers that the host then starts are recorded', async () => {
  const own = aSandbox();
  const file = join(own.home, '.config', 'Claude', 'claude_desktop_config.json');
  mkdirSync(dirname(file), { recursive: true });
  const script = join(testFolder, 'harness', 'fixtures', 'stdio-server.mjs');
  // The second is to the host no Node.js program: it is wrapped.
  const launcher = join(own.work, 'some-server');
  writeFileSync(launcher, `#!/bin/sh\nexec "${process.execPath}" "${script}"\n`, { mode: 0o755 });
  const before = JSON.stringify({
    mcpServers: {
      shop: { command: process.execPath, args: [script] },
      other: { command: launcher },
    },
  });
  writeFileSync(file, before);
  const [, ...args] = INIT.split(' ');
  expect(mcpLogbook(args, own.env).code).toBe(0);
  const { mcpServers } = JSON.parse(readFileSync(file, 'utf8')) as Config;
  // From another folder than the repository, with nothing of ours in the environment but where the log is.
  const host = { PATH: own.env['PATH'] ?? '', HOME: own.home, MCP_LOGBOOK_DIR: own.logs };
  for (const [name, entry] of Object.entries(mcpServers)) {
    const options = { cwd: own.work, env: { ...host, ...entry.env } };
    const server = new Watched(spawn(entry.command, entry.args, options));
    const client = new WireClient(server);
    await client.handshake();
    await client.request('tools/list');
    await client.request('tools/call', { name: 'echo', arguments: { text: name } });
    server.closeStdin();
    await server.gone();
    expect(server.stderr).toBe('fixture ready\n');
  }
  const entered = mcpLogbook(['query', '--tool', 'echo', '--json'], own.env).stdout;
  expect(entered.trimEnd().split('\n')).toHaveLength(2);
  expect(mcpLogbook(['init', 'claude', '--undo'], own.env).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(before);
});

interface Config {
  readonly mcpServers: Record<
    string,
    { command: string; args: string[]; env?: Record<string, string> }
  >;
}

describe('a server under the flag', () => {
  beforeAll(async () => {
    const server = spawnNode({
      script: join(testFolder, 'harness', 'fixtures', 'stdio-server.mjs'),
      env: sandbox.env,
      instrumented: true,
    });
    const client = new WireClient(server);
    await client.handshake();
    await client.request('tools/call', { name: 'echo', arguments: { text: 'hello' } });
    await client.request('tools/call', { name: 'boom', arguments: { text: 'no' } });
    server.closeStdin();
    await server.gone();
  });

  test('query finds the failure and not the call that went well', () => {
    const run = mcpLogbook(['query', '--since', '24h', '--outcome', 'failure'], sandbox.env);
    expect(run.code).toBe(0);
    expect(run.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(run.stdout).toContain('boom');
  });

  test('report counts both calls and the one that failed', () => {
    const run = mcpLogbook(['report', '--since', '24h'], sandbox.env);
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toContain('2 calls, 1 errors (50.0 %)');
    expect(run.stdout).toMatch(/\/ boom +1 +1 +0 /);
  });

  test('the section "Prove it" runs as it stands, and each of its commands succeeds', () => {
    const bin = join(repository, 'node_modules', '.bin');
    const run = spawnSync('sh', ['-e', '-u', '-c', PROVE_IT.join('\n')], {
      cwd: sandbox.work,
      env: { ...sandbox.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(run.stderr).toMatch(/anchored up to entry (\d+) of \1 by "kept\.jsonl"/);
    expect(run.stdout).toMatch(/^ok {3}entry \d+ of \d+ in log /m);
    expect(run.stdout).toContain('payload, which the entry commits to: {');
    expect(run.status).toBe(0);
  });

  test('verify passes', () => {
    expect(mcpLogbook(['verify'], sandbox.env).code).toBe(0);
  });
});
