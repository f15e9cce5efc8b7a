/** `register` in child processes: a program that never speaks MCP runs as if nothing was there. Runs the build. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
  symlinkSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const REGISTER = join(import.meta.dirname, '..', 'dist', 'register.js');
/** What the package's `register` is, which loads REGISTER. */
const REGISTER_CJS = join(import.meta.dirname, '..', 'register.cjs');
const INDEX = join(import.meta.dirname, '..', 'dist', 'index.js');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logbook register-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function node(
  args: readonly string[],
  env: Record<string, string> = {},
): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      MCP_LOGBOOK_DIR: join(folder, 'logs'),
      ...env,
    },
    timeout: 15_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const PROGRAM = `
  const loaded = Object.keys(require.cache).filter((name) => name.includes('opentelemetry'));
  const timers = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap');
  console.log(JSON.stringify({ loaded, timers, signals: process.listenerCount('SIGTERM') }));
`;
const NOTHING = { code: 0, out: '{"loaded":[],"timers":[],"signals":0}\n', err: '' };

describe.runIf(existsSync(REGISTER))('register', () => {
  test.each([
    ['--require', ['--require', REGISTER]],
    ['--import', ['--import', REGISTER]],
    ['--require and --import', ['--require', REGISTER, '--import', REGISTER]],
    ['--require twice', ['--require', REGISTER, '--require', REGISTER]],
  ])('by %s: no output, no SDK, no timer, no listener, no file without MCP', (_, flags) => {
    expect(node([...flags, '-e', PROGRAM])).toEqual(NOTHING);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('loads no part of Node.js that an empty ES module does not, so that other programs start as fast', () => {
    const loaded = (...flags: readonly string[]): string[] =>
      node([
        ...flags,
        '-e',
        'require("fs").writeSync(1, process.moduleLoadList.join("\\n"))',
      ]).out.split('\n');
    const empty = loaded('--import', 'data:text/javascript,import.meta.url');
    expect(empty.length).toBeGreaterThan(50);
    for (const register of [REGISTER, REGISTER_CJS])
      expect(loaded('--require', register).filter((name) => !empty.includes(name))).toEqual([]);
  });

  test('by NODE_OPTIONS, from a path with a space in quotes', () => {
    const link = join(folder, 'a b');
    mkdirSync(link);
    symlinkSync(join(REGISTER, '..'), join(link, 'dist'), 'dir');
    const flag = `--require "${join(link, 'dist', 'register.js')}"`;
    expect(node(['-e', PROGRAM], { NODE_OPTIONS: flag })).toEqual(NOTHING);
  });

  test('a worker thread of the program runs it too and ends', () => {
    const script = `new (require('worker_threads').Worker)('console.log(1)', { eval: true })`;
    expect(node(['--require', REGISTER, '-e', script])).toEqual({ code: 0, out: '1\n', err: '' });
  });

  test('an exception of the program ends it as it would without us', () => {
    const script = `throw new Error('theirs')`;
    const plain = node(['-e', script]);
    const ours = node(['--require', REGISTER, '-e', script]);
    expect([ours.code, ours.out]).toEqual([plain.code, plain.out]);
    expect(ours.err).toBe(plain.err);
  });

  test.each([
    ['sdk/dist/cjs/shared/protocol.js', 'exports.Protocol = class {};', 'true', 'an MCP SDK was'],
    ['server/dist/src-1.cjs', 'exports.Protocol = class {};', 'true', 'an MCP SDK was loaded from'],
    ['server/dist/src-1.cjs', 'exports.Protocol = class {};', '', ''],
    ['sdk/dist/cjs/types.js', 'exports.Schema = 1;', 'true', ''],
    [
      'sdk/dist/cjs/shared/protocol.js',
      'exports.Protocol = class { constructor() { this._requestHandlerAbortControllers = new Map(); } };',
      'true',
      '',
    ],
  ])(
    'of an SDK in %s that is %s, MCP_LOGBOOK_WARN_UNSEEN=%s says: %s',
    (path, source, on, told) => {
      const file = join(folder, 'node_modules/@modelcontextprotocol', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, source);
      const { code, err } = node(
        ['--require', REGISTER, '-e', `require(${JSON.stringify(file)})`],
        {
          MCP_LOGBOOK_WARN_UNSEEN: on,
        },
      );
      expect(code).toBe(0);
      expect(err.split('\n')).toHaveLength(told === '' ? 1 : 2);
      expect(err).toContain(told);
    },
  );

  test('a loader before us that compiles every file as CommonJS, ours too, keeps neither from running (I8)', () => {
    const loader = join(folder, 'loader.cjs');
    writeFileSync(
      loader,
      `const { _extensions: extensions } = require('module');
       const before = extensions['.js'];
       extensions['.js'] = (module, file) => {
         const compile = module._compile;
         module._compile = (text, ...rest) => compile.call(module, 'require("url");' + text, ...rest);
         before(module, file);
       };`,
    );
    const script = `console.log(globalThis[Symbol.for('mcp-logbook.hook')], require('module')._extensions['.js'].length)`;
    const args = ['--require', loader, '--require', REGISTER_CJS, '-e', script];
    expect(node(args)).toEqual({ code: 0, out: 'true 2\n', err: '' });
  });

  test('a copy that cannot be loaded at all is one line on stderr, and the program runs (I8)', () => {
    const broken = join(folder, 'register.cjs');
    cpSync(REGISTER_CJS, broken);
    const { code, out, err } = node(['--require', broken, '-e', 'console.log(1)']);
    expect([code, out]).toEqual([0, '1\n']);
    expect(err).toMatch(
      /^mcp-logbook: could not be loaded, the program runs unrecorded: [^\n]+\n$/,
    );
  });

  test('stands down under MCP_LOGBOOK_WRAPPED=1', () => {
    const script = `console.log(globalThis[Symbol.for('mcp-logbook.hook')])`;
    expect(node(['--require', REGISTER, '-e', script]).out).toBe('true\n');
    expect(node(['--require', REGISTER, '-e', script], { MCP_LOGBOOK_WRAPPED: '1' }).out).toBe(
      'undefined\n',
    );
  });

  test('a server waits for few files of ours before its first answer, and for nothing of redaction or the log', () => {
    const modules = join(import.meta.dirname, '..', '..', '..', 'node_modules');
    symlinkSync(modules, join(folder, 'node_modules'), 'dir');
    const counter = join(folder, 'counter.cjs');
    writeFileSync(
      counter,
      `globalThis.loaded = [];
       require('node:module').registerHooks({
         load(url, context, next) {
           const [, name] = /\\/packages\\/(.*)/.exec(url) ?? [];
           if (name !== undefined) loaded.push(name);
           return next(url, context);
         },
       });`,
    );
    const script = join(folder, 'server.mjs');
    writeFileSync(
      script,
      `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
       const transport = {
         start: async () => {},
         close: async () => {},
         send: async ({ result }) => console.log(JSON.stringify(result && globalThis.loaded)),
       };
       await new McpServer({ name: 'a', version: '1' }).connect(transport);
       const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'b', version: '1' } };
       transport.onmessage({ jsonrpc: '2.0', id: 1, method: 'initialize', params });`,
    );
    const { out, err } = node(['--require', counter, '--require', REGISTER_CJS, script]);
    expect(err).toBe('');
    const files = JSON.parse(out) as string[];
    expect(files.filter((file) => file.startsWith('instrumentation/')).length).toBeGreaterThan(3);
    expect(files.length).toBeLessThanOrEqual(12);
    expect(files.filter((file) => /^(audit|redaction\/dist\/index)/.test(file))).toEqual([]);
  });

  test('a start that fails is one line on stderr, and the server runs on', () => {
    const broken = join(folder, 'broken');
    cpSync(join(REGISTER, '..'), join(broken, 'dist'), { recursive: true });
    cpSync(join(REGISTER, '..', '..', 'package.json'), join(broken, 'package.json'));
    rmSync(join(broken, 'dist', 'runtime.js'));
    const modules = join(import.meta.dirname, '..', '..', '..', 'node_modules');
    symlinkSync(modules, join(folder, 'node_modules'), 'dir');
    const script = join(folder, 'server.mjs');
    writeFileSync(
      script,
      `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
       import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
       await new McpServer({ name: 'a', version: '1' }).connect(InMemoryTransport.createLinkedPair()[0]);
       console.log('up');`,
    );
    const { code, out, err } = node(['--require', join(broken, 'dist', 'register.js'), script]);
    expect([code, out]).toEqual([0, 'up\n']);
    expect(err).toMatch(/^mcp-logbook: could not start, [^\n]*runtime\.js[^\n]*\n$/);
  });

  test('what records calls and cannot be loaded is one line on stderr, and the server runs on', () => {
    const packages = join(import.meta.dirname, '..', '..');
    const broken = join(folder, 'broken');
    const hooks = join(broken, 'node_modules', '@mcp-logbook', 'instrumentation');
    for (const file of ['dist', 'package.json', 'register.cjs'])
      cpSync(join(packages, 'logbook', file), join(broken, file), { recursive: true });
    for (const file of ['dist', 'package.json'])
      cpSync(join(packages, 'instrumentation', file), join(hooks, file), { recursive: true });
    rmSync(join(hooks, 'dist', 'hook', 'recognised.js'));
    symlinkSync(join(packages, '..', 'node_modules'), join(folder, 'node_modules'), 'dir');
    const script = join(folder, 'server.mjs');
    writeFileSync(
      script,
      `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
       new McpServer({ name: 'a', version: '1' });
       console.log('up');`,
    );
    const { code, out, err } = node(['--require', join(broken, 'register.cjs'), script]);
    expect([code, out]).toEqual([0, 'up\n']);
    expect(err).toMatch(
      /^mcp-logbook: could not start, calls are not recorded: [^\n]*recognised\.js[^\n]*\n$/,
    );
  });

  test('a bad rule file is one line on stderr, the server answers, and good and built-in rules redact (I5, I8)', () => {
    const secret = ['ghp', '_', 'a1B2'.repeat(9)].join('');
    const rules = {
      patterns: [{ id: 'evil', literal: 'aaa', pattern: '(a+)+' }],
      literals: ['Project Nightjar'],
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ redaction: rules }));
    symlinkSync(
      join(import.meta.dirname, '../../../node_modules'),
      join(folder, 'node_modules'),
      'dir',
    );
    const script = join(folder, 'server.mjs');
    writeFileSync(
      script,
      `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
       import { Client } from '@modelcontextprotocol/sdk/client/index.js';
       import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
       const server = new McpServer({ name: 'shop', version: '1' });
       server.registerTool('hello', {}, () => ({ content: [{ type: 'text', text: 'Project Nightjar ${secret}' }] }));
       const [ours, theirs] = InMemoryTransport.createLinkedPair();
       await server.connect(ours);
       const client = new Client({ name: 'a', version: '1' });
       await client.connect(theirs);
       console.log((await client.callTool({ name: 'hello' })).content[0].text.length);`,
    );
    const env = { MCP_LOGBOOK_CONFIG: join(folder, 'config.json') };
    const { code, out, err } = node(['--require', REGISTER, script], env);
    expect([code, out]).toEqual([0, `${17 + secret.length}\n`]);
    expect(err).toMatch(
      /^mcp-logbook: MCP_LOGBOOK_CONFIG, member redaction: patterns\[0\] "evil": pattern [^\n]*built-in rules stay on\n$/,
    );
    const bin = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
    const entries = node([bin, 'query', '--json', '--tool', 'hello']).out;
    expect(entries).toContain('[REDACTED:user-literal] [REDACTED:github-token]');
    expect(entries).toMatch(/"rules":"[\d.]+\+[0-9a-f]{8}\.[0-9a-f]{8}"/);
  });

  test('an own entry of the program is written, redacted, and closed at exit', () => {
    const script = join(folder, 'own.mjs');
    const secret = ['ghp', '_', 'a1B2'.repeat(9)].join('');
    writeFileSync(
      script,
      `import { logbook } from ${JSON.stringify(INDEX)};
       const id = logbook.record({ kind: 'config.changed', target: 'rate', payload: { password: '${secret}' } });
       console.log(typeof id);`,
    );
    expect(node([script], { OTEL_SERVICE_NAME: 'shop' })).toEqual({
      code: 0,
      out: 'string\n',
      err: '',
    });
    const bin = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
    const { out } = node([bin, 'query', '--json', '--kind', 'config.changed']);
    expect(out).toContain('"target":"rate"');
    expect(out).not.toContain(secret);
    expect(node([bin, 'query', '--kind', 'log.stopped']).out).toContain('shop');
  });
});
