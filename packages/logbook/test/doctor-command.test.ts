/** `doctor -- command`: real commands that are recorded, and real ones that are not, each with its reason. Runs the build. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCommand } from '../src/doctor/command.ts';
import type { Finding } from '../src/doctor/finding.ts';

const BUILT = existsSync(join(import.meta.dirname, '..', 'dist', 'doctor', 'probe.js'));
const MODULES = join(import.meta.dirname, '..', '..', '..', 'node_modules');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logbook-doctor-command-'));
  symlinkSync(MODULES, join(folder, 'node_modules'), 'dir');
  mkdirSync(join(folder, 'bin'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

async function findings(command: string, ...args: readonly string[]): Promise<Finding[]> {
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    NODE_OPTIONS: '',
    MCP_LOGBOOK_MODE: 'off',
  };
  return await checkCommand(command, args, env, 20_000);
}

/** Answers two requests and reads to the end. */
const ANSWERS = [
  '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"by-hand","version":"3"}}}',
  '{"jsonrpc":"2.0","id":2,"result":{"tools":[]}}',
];
const SH_BODY = `read a\nprintf '%s\\n' '${ANSWERS[0]}'\nread b\nread c\nprintf '%s\\n' '${ANSWERS[1]}'\ncat > /dev/null\n`;
const JS_BY_HAND = `let n = 0, lines = 0;
  process.stdin.on('data', (d) => { for (const c of String(d)) if (c === '\\n') { lines++;
    if (lines === 1) console.log(${JSON.stringify(ANSWERS[0])}); if (lines === 3) console.log(${JSON.stringify(ANSWERS[1])}); } });`;
const SDK = (load: string): string => `${load}
  const server = new McpServer({ name: 'mine', version: '7' });
  server.registerTool('a', {}, () => ({ content: [] }));
  server.connect(new StdioServerTransport());`;
const ESM = `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
  import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';`;
const CJS = `const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
  const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');`;

const node = process.execPath;
const nothing = (why: string): unknown => [
  { level: 'ok', text: expect.stringMatching(/^by-hand 3 answers and lists 0 tools$/) },
  {
    check: 'recorded',
    level: 'wrong',
    text: expect.stringContaining(why),
    remedy: expect.stringContaining('mcp-logbook wrap -- '),
  },
];

describe.runIf(BUILT)('a command', () => {
  test.each([
    ['an ES module', 'server.mjs', ESM, 'ES module'],
    ['CommonJS', 'server.cjs', CJS, 'CommonJS'],
  ])('of Node.js with the SDK as %s is recorded', async (_, name, load, form) => {
    expect(await findings(node, file(name, SDK(load)))).toMatchObject([
      { level: 'ok', text: 'mine 7 answers and lists 1 tools' },
      {
        level: 'ok',
        text: expect.stringMatching(
          `^3 entries .* @modelcontextprotocol/sdk [\\d.]+ \\(${form}\\)$`,
        ),
      },
    ]);
  });

  test('with SDK 2 is recorded as well', async () => {
    const load = `import { McpServer } from '@modelcontextprotocol/server';
      import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';`;
    expect(await findings(node, file('v2.mjs', SDK(load)))).toMatchObject([
      { level: 'ok' },
      { level: 'ok', text: expect.stringContaining('@modelcontextprotocol/server 2.') },
    ]);
  });

  test('that is started by npx is recorded: the flag reaches what npx starts', async () => {
    expect(await findings('npx', '--no-install', 'mcp-server-everything')).toMatchObject([
      { level: 'ok' },
      { level: 'ok' },
    ]);
  });

  test.each([
    ['bun', 'Bun runs it'],
    ['bunx', 'Bun runs it'],
    ['deno', 'Deno runs it'],
    ['uvx', 'it is Python'],
    ['docker', 'in a container'],
    ['some-tool', 'a script of sh, not Node.js'],
  ])('that is no Node.js gets its reason and wrap: %s', async (name, why) => {
    file(join('bin', name), `#!/bin/sh\n${SH_BODY}`);
    expect(await findings(name)).toMatchObject(nothing(why) as object[]);
  });

  test('that is wrapped is recorded, whatever it is', async () => {
    const bin = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
    expect(await findings(node, bin, 'wrap', '--', 'sh', file('body.sh', SH_BODY))).toMatchObject([
      { level: 'ok' },
      { level: 'ok', text: expect.stringContaining('seen from outside, by wrap') },
    ]);
  });

  test.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'in Python, by name and by its first line',
    async () => {
      const script = `#!/usr/bin/env python3
import sys
for n, line in enumerate(sys.stdin):
    if n == 0: print('${ANSWERS[0]}', flush=True)
    if n == 2: print('${ANSWERS[1]}', flush=True)
`;
      const path = file('server.py', script);
      expect(await findings('python3', path)).toMatchObject(nothing('it is Python') as object[]);
      expect(await findings(path)).toMatchObject(nothing('a Python program') as object[]);
    },
  );

  test('that is native, alone or behind a launcher of Node.js', async () => {
    const native = join(folder, 'bin', 'native-server');
    copyFileSync('/bin/sh', native);
    chmodSync(native, 0o755);
    const body = file('body.sh', SH_BODY);
    expect(await findings(native, body)).toMatchObject(
      nothing('a native program, not Node.js') as object[],
    );
    const launcher = file(
      'launcher.cjs',
      `require('child_process').spawn('native-server', [${JSON.stringify(body)}], { stdio: 'inherit' })`,
    );
    expect(await findings(node, launcher)).toMatchObject(
      nothing('it starts "native-server", a native program') as object[],
    );
  });

  test('that speaks the protocol by hand is recorded, also where an SDK is loaded beside it', async () => {
    expect(await findings(node, file('by-hand.cjs', JS_BY_HAND))).toMatchObject([
      { level: 'ok' },
      { level: 'ok', text: expect.stringContaining('seen without a recognised SDK') },
    ]);
    const both = `require('@modelcontextprotocol/sdk/server/mcp.js'); ${JS_BY_HAND}`;
    expect(await findings(node, file('unused.cjs', both))).toMatchObject([
      { level: 'ok' },
      { level: 'ok' },
    ]);
  });

  test.each([
    ['past process.stdin', '', 'past process.stdin and process.stdout'],
    [
      'past an SDK that it loads',
      `require('@modelcontextprotocol/sdk/server/mcp.js');`,
      'but nothing connected through it',
    ],
  ])('that reads %s is told so', async (_how, before, why) => {
    const reads = `${before} const fs = require('fs'); const piece = Buffer.alloc(4096); let lines = 0;
      for (let n; (n = fs.readSync(0, piece)) > 0;) for (const byte of piece.subarray(0, n)) if (byte === 10) { lines++;
        if (lines === 1) console.log(${JSON.stringify(ANSWERS[0])}); if (lines === 3) console.log(${JSON.stringify(ANSWERS[1])}); }`;
    expect(await findings(node, file('reads.cjs', reads))).toMatchObject(nothing(why) as object[]);
  });

  test('on an old Node.js gets that as the reason', async () => {
    const gone = file(
      'gone.cjs',
      `delete require('module').registerHooks; Object.defineProperty(process, 'version', { value: 'v20.1.0' });`,
    );
    const env = { ...process.env, NODE_OPTIONS: `--require ${gone}` };
    const byHand = file('by-hand.cjs', JS_BY_HAND);
    const [, recorded] = await checkCommand(node, [byHand], env, 20_000);
    expect(recorded).toMatchObject({
      text: expect.stringContaining('it runs on Node.js 20.1.0, 22.15 is needed'),
      remedy: expect.stringContaining('22.15'),
    });
  });

  test('that prints on stdout beside the protocol is told so', async () => {
    const talks = `console.log('hello'); ${SDK(CJS)}`;
    expect(await findings(node, file('talks.cjs', talks))).toMatchObject([
      { level: 'ok' },
      {
        level: 'wrong',
        text: expect.stringContaining('1 line(s) on stdout that are not JSON-RPC'),
      },
      { level: 'ok' },
    ]);
  });

  test('that is not there, ends, or never answers: with its last words, and no secret of them (I5)', async () => {
    const secret = ['ghp', '_', 'a1B2'.repeat(9)].join('');
    expect(await findings('no-such-command-here')).toMatchObject([
      { level: 'wrong', text: expect.stringContaining('cannot be started (ENOENT)') },
    ]);
    const dies = file('dies.cjs', `console.error('no token: ${secret}'); process.exit(7)`);
    const [finding] = await findings(node, dies);
    expect(finding).toMatchObject({
      level: 'wrong',
      text: expect.stringMatching(/ended with code 7; .*no token: \[REDACTED/),
    });
    expect(finding?.text).not.toContain(secret);
    const silent = file('silent.cjs', 'process.stdin.resume()');
    expect(await checkCommand(node, [silent], process.env, 500)).toMatchObject([
      { level: 'wrong', text: expect.stringContaining('does not answer initialize within 0.5 s') },
    ]);
  });
});
