/** `init`: what a host's configuration becomes. Files are real; entries are those of the hosts' manuals. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { put, serversOf, take } from '../src/init/document.ts';
import { type Installed, type Plan, planOf, removalOf } from '../src/init/entry.ts';
import { HOSTS } from '../src/init/hosts.ts';
import { requireOption, withoutRegister, withRegister } from '../src/init/node-options.ts';

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const REGISTER = join(import.meta.dirname, '..', 'register.cjs');
const PACKAGE: Installed = {
  register: '/opt/mcp logbook/logbook/dist/register.js',
  bin: '/opt/mcp logbook/logbook/bin/mcp-logbook.js',
  node: '/usr/bin/node',
};

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'logbook init-'));
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const done = spawnSync(process.execPath, [BIN, 'init', ...args], {
    encoding: 'utf8',
    env,
    cwd: home,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function write(path: string, text: string | Buffer): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o640 });
  chmodSync(file, 0o640);
  return file;
}

const none = (): boolean => false;

const plan = (entry: unknown, wrapAll = false): object =>
  planOf(
    entry,
    PACKAGE,
    {
      shebang: (command) => (command === 'own-bin' ? '#!/usr/bin/env node' : ''),
      exists: (path) => path.startsWith('/here/'),
    },
    wrapAll,
  );

describe('one entry', () => {
  test.each([
    { command: 'node', args: ['server.js'] },
    { command: '/opt/n/bin/node' },
    { command: 'C:\\Program Files\\nodejs\\node.exe' },
    { command: 'npx', args: ['-y', 'pkg'], env: { KEY: 'v' } },
    { command: 'npx.cmd' },
    { command: 'cmd', args: ['/c', 'npx', '-y', 'pkg'] },
    { command: '/usr/bin/env', args: ['A=b', 'node', 'x.js'] },
    { command: 'tsx', args: ['x.ts'] },
    { command: 'own-bin' },
  ])('of Node.js gets the option: $command', (entry) => {
    expect(plan(entry)).toMatchObject({
      does: 'node',
      nodeOptions: '--require "/opt/mcp logbook/logbook/dist/register.js"',
    });
  });

  test.each(['uvx', 'python3', 'docker', 'bunx', 'bun', 'deno', 'kubernetes-mcp-server', 'sh'])(
    'of anything else over stdio is wrapped: %s',
    (command) => {
      expect(plan({ command, args: ['a'] })).toEqual({
        does: 'wrap',
        command: PACKAGE.node,
        before: [PACKAGE.bin, 'wrap', '--', command],
      });
    },
  );

  test('is wrapped on request where Node.js would do, and remains what it is when it is ours', () => {
    expect(plan({ command: 'npx', args: ['native'] }, true)).toMatchObject({ does: 'wrap' });
    for (const entry of [
      { command: 'mcp-logbook', args: ['wrap', '--', 'uvx'] },
      { command: 'npx', args: ['-y', 'mcp-logbook@1', 'wrap', '--', 'uvx'] },
      { command: 'node', args: [PACKAGE.bin, 'wrap', '--', 'uvx'] },
    ])
      expect(plan(entry)).toEqual({ does: 'already', by: 'wrap' });
    for (const entry of [
      { command: 'node', args: ['--require', 'mcp-logbook/register', 'x.js'] },
      { command: 'node', args: ['x.js'], env: { NODE_OPTIONS: '-r mcp-logbook/register' } },
    ])
      expect(plan(entry)).toEqual({ does: 'already', by: 'node' });
  });

  test('that a copy of ours elsewhere starts stays so, unless the copy is gone', () => {
    const by = (command: string, bin: string): object =>
      plan({ command, args: [bin, 'wrap', '--', 'uvx', 'x'] });
    const here = '/here/mcp-logbook/bin/mcp-logbook.js';
    expect(by('/here/node', here)).toEqual({ does: 'already', by: 'wrap' });
    for (const gone of [
      ['/gone/node', here],
      ['/here/node', '/gone/mcp-logbook/bin/mcp-logbook.js'],
    ] as const) {
      const step = by(...gone);
      expect(step).toEqual({ does: 'wrap', command: PACKAGE.node, before: [PACKAGE.bin], drop: 1 });
      const text = JSON.stringify({
        a: { command: gone[0], args: [gone[1], 'wrap', '--', 'uvx', 'x'] },
      });
      expect(JSON.parse(put(text, ['a'], step as Plan))).toEqual({
        a: { command: PACKAGE.node, args: [PACKAGE.bin, 'wrap', '--', 'uvx', 'x'] },
      });
    }
    const options = (file: string): object =>
      plan({ command: 'node', env: { NODE_OPTIONS: `--require ${file}` } });
    expect(options('/here/logbook/dist/register.js')).toEqual({ does: 'already', by: 'node' });
    expect(options('/gone/logbook/dist/register.js')).toMatchObject({ does: 'node' });
  });

  test('of a remote server is left alone, as is one that no host could read', () => {
    for (const key of ['url', 'serverUrl', 'httpUrl'])
      expect(plan({ [key]: 'https://x' })).toEqual({ does: 'remote' });
    for (const entry of [
      null,
      'node',
      [],
      {},
      { command: 1 },
      { command: '' },
      { command: 'node', args: 'x' },
      { command: 'node', args: [1] },
      { command: 'node', env: [] },
      { command: 'node', env: { NODE_OPTIONS: 1 } },
      { command: 'node', env: { NODE_OPTIONS: '--require "x' } },
    ])
      expect(plan(entry)).toMatchObject({ does: 'left' });
  });
});

describe('NODE_OPTIONS', () => {
  test('keeps what is there, names ours once, and follows a copy that moved', () => {
    const text = '--max-old-space-size=512  --require "./a b.cjs"';
    const with1 = withRegister(text, PACKAGE.register, none) ?? '';
    expect(with1).toBe(
      '--max-old-space-size=512 --require "./a b.cjs" --require "/opt/mcp logbook/logbook/dist/register.js"',
    );
    expect(withRegister(with1, PACKAGE.register, none)).toBe(with1);
    expect(withRegister(with1, '/new/logbook/dist/register.js', none)).toBe(
      '--max-old-space-size=512 --require "./a b.cjs" --require /new/logbook/dist/register.js',
    );
    expect(withoutRegister(with1)).toBe('--max-old-space-size=512 --require "./a b.cjs"');
    expect(withoutRegister('-r mcp-logbook/register')).toBe('-r mcp-logbook/register');
    expect(withRegister('--title="x', PACKAGE.register, none)).toBeUndefined();
  });

  test('is read by Node.js as it was meant, for any path (I8)', () => {
    const folder = join(home, 'a "b" \\c é', 'logbook', 'dist');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'register.js'), 'console.log("loaded")');
    const done = spawnSync(process.execPath, ['-e', ''], {
      encoding: 'utf8',
      env: { NODE_OPTIONS: `--no-warnings ${requireOption(join(folder, 'register.js'))}` },
    });
    expect([done.stdout, done.stderr]).toEqual(['loaded\n', '']);
  });
});

const VSCODE = `// servers of this folder
{
\t"inputs": [ { "id": "key", "type": "promptString" } ],
\t"servers": {
\t\t/* ours */ "files": {
\t\t\t"type": "stdio",
\t\t\t"command": "npx", // by npm
\t\t\t"args": ["-y", "@modelcontextprotocol/server-filesystem", /* folder */ "."],
\t\t\t"env": { "TOKEN": "s3cret-in-env" },
\t\t},
\t\t"git": {
\t\t\t"command": "uvx",
\t\t\t"args": [
\t\t\t\t"mcp-server-git", // from PyPI
\t\t\t],
\t\t},
\t\t"far": { "type": "http", "url": "https://mcp.example/mcp" },
\t},
}
`;

describe('a document', () => {
  test('keeps its comments, its trailing commas and its indents, and means the same but for ours', () => {
    const changed = edited(VSCODE);
    for (const comment of VSCODE.match(/\/\/.*|\/\*.*?\*\//g) ?? [])
      expect(changed).toContain(comment);
    const [before, after] = [parse(VSCODE), parse(changed)];
    before.servers.files.env.NODE_OPTIONS = requireOption(PACKAGE.register);
    before.servers.git.command = PACKAGE.node;
    before.servers.git.args.unshift(PACKAGE.bin, 'wrap', '--', 'uvx');
    expect(after).toEqual(before);
    expect(changed).toMatch(/^\t\t\t\t"NODE_OPTIONS"/m);
    expect(changed).not.toMatch(/^ /m);
    expect(edited(changed)).toBe(changed);
  });

  test('of any shape: an edit changes ours only, twice is once, and taken out it means what it did', () => {
    const text = fc.stringMatching(/^[\w /\-.]{0,8}$/);
    const entry = fc.record(
      {
        command: fc.constantFrom('node', 'npx', 'uvx', 'docker'),
        args: fc.array(text, { maxLength: 4 }),
        env: fc.dictionary(text, text, { maxKeys: 3 }),
        more: fc.jsonValue({ maxDepth: 2 }),
      },
      { requiredKeys: ['command'] },
    );
    const servers = fc.dictionary(text, entry, { maxKeys: 4 });
    fc.assert(
      fc.property(
        servers,
        fc.constantFrom(0, 2, 4, '\t'),
        fc.jsonValue(),
        (mcpServers, space, other) => {
          const plainText = JSON.stringify({ other, mcpServers, last: other }, null, space);
          const changed = edited(plainText);
          expect(edited(changed)).toBe(changed);
          const back = serversOf(changed, [['mcpServers']]).reduce((now, { path, entry: read }) => {
            const removal = removalOf(read);
            return removal === undefined ? now : take(now, path, removal);
          }, changed);
          expect(withoutEmpty(JSON.parse(back))).toEqual(withoutEmpty(JSON.parse(plainText)));
          const count = Object.keys(mcpServers).length;
          expect(changed.split('register.js').length + changed.split('"wrap"').length - 2).toBe(
            count,
          );
        },
      ),
    );
  });

  test('without servers where they would stand has none', () => {
    for (const text of [
      '{}',
      '{"mcpServers":null}',
      '{"projects":[],"mcpServers":{}}',
      '{"projects":{"a":1}}',
    ])
      expect(serversOf(text, [['mcpServers'], ['projects', '*', 'mcpServers']])).toEqual([]);
  });

  test('with a name twice is refused: the host reads the last, an edit goes to the first', () => {
    for (const text of [
      '{"mcpServers":{"a":{"command":"x"},"a":{"command":"y"}}}',
      '{"mcpServers":{"a":{"command":"x","command":"y"}}}',
      '{"mcpServers":{},"mcpServers":{}}',
      '{"mcpServers":{"a":{"command":"x","env":{"A":"1","A":"2"}}}}',
    ])
      expect(() => serversOf(text, [['mcpServers']])).toThrow('twice at line 1, column');
  });
});

/** An `env` or `args` that came with ours stays, empty. */
function withoutEmpty(document: { mcpServers: Record<string, Record<string, unknown>> }): unknown {
  for (const entry of Object.values(document.mcpServers)) {
    if (Object.keys(Object(entry['env'])).length === 0) delete entry['env'];
    if (Array.isArray(entry['args']) && entry['args'].length === 0) delete entry['args'];
  }
  return document;
}

function edited(text: string): string {
  const places = [['servers'], ['mcpServers']];
  return serversOf(text, places).reduce(
    (now, { path, entry }) =>
      put(now, path, planOf(entry, PACKAGE, { shebang: () => '', exists: none }, false)),
    text,
  );
}

describe('the command', () => {
  test('prints what would change and no value of env, writes with --write, and --undo gives every byte back', () => {
    const text = Buffer.from(`\uFEFF${VSCODE.replaceAll('\n', '\r\n')}`);
    const real = write('dotfiles/mcp.json', text);
    mkdirSync(join(home, '.vscode'));
    const link = join(home, '.vscode', 'mcp.json');
    symlinkSync(real, link);

    const shown = run('vscode');
    expect(shown.code).toBe(0);
    expect(shown.out).toContain(`files: env.NODE_OPTIONS gets --require ${REGISTER}`);
    expect(shown.out).toContain(`mcp-logbook.js wrap -- uvx`);
    expect(shown.out).toContain('far: left alone: it is remote');
    expect(shown.err).toContain('--write');
    expect(readFileSync(real)).toEqual(text);

    const written = run('vscode', '--write');
    expect([written.code, written.out]).toEqual([0, shown.out]);
    const changed = readFileSync(real);
    expect(changed.subarray(0, 3).toString('hex')).toBe('efbbbf');
    expect(changed.toString().replaceAll('\r\n', '')).not.toContain('\n');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    const backups = readdirSync(dirname(real)).filter((name) => name !== 'mcp.json');
    expect(backups).toEqual([expect.stringMatching(/^mcp\.json\.before-mcp-logbook-[\da-f]{16}$/)]);

    const again = run('vscode', '--write', '--json');
    expect(again.code).toBe(0);
    expect(
      again.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { server: 'files', does: 'already', by: 'node', written: false },
      { server: 'git', does: 'already', by: 'wrap' },
      { server: 'far', does: 'remote' },
    ]);
    expect(readFileSync(real)).toEqual(changed);

    const undone = run('vscode', '--undo');
    expect([undone.code, undone.err]).toEqual([0, '']);
    expect(readFileSync(real)).toEqual(text);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readdirSync(dirname(real))).toEqual(['mcp.json']);
    for (const { out, err } of [shown, written, again, undone])
      expect(out + err).not.toContain('s3cret');
  }, 60_000);

  test('--undo keeps what the host wrote since, and takes ours out', () => {
    const file = write(
      '.claude.json',
      '{"mcpServers":{"a":{"command":"node","args":["x"]}},"projects":{"/p":{"mcpServers":{"b":{"command":"uvx","env":{}}}}},"starts":1}',
    );
    expect(run('claude-code', '--write').code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('register.cjs');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"starts": ?1/, '"starts": 2'));
    const undone = run('claude-code', '--undo');
    expect([undone.code, undone.out]).toEqual([0, expect.stringContaining('changed since')]);
    expect(undone.err).toContain('older copy');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      mcpServers: { a: { command: 'node', args: ['x'], env: {} } },
      projects: { '/p': { mcpServers: { b: { command: 'uvx', args: [], env: {} } } } },
      starts: 2,
    });
    expect(run('claude-code', '--undo').out).toContain('nothing of ours');
  }, 60_000);

  test('--server takes some, and an unknown name says which there are', () => {
    const file = write(
      '.codeium/windsurf/mcp_config.json',
      '{\n    "mcpServers": {\n        "a": {"command": "node"},\n        "b": {"command": "node"}\n    }\n}\n',
    );
    expect(run('windsurf', '--server', 'c', '--write')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('there are: a, b'),
    });
    expect(run('windsurf', '--server', 'b', '--write').code).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(file, 'utf8'));
    expect(mcpServers).toEqual({
      a: { command: 'node' },
      b: { command: 'node', env: { NODE_OPTIONS: requireOption(REGISTER) } },
    });
    expect(readFileSync(file, 'utf8')).toMatch(/^ {12}"env"/m);
  }, 60_000);

  test('a malformed file is named with its line, without content, and nothing is changed in any file', () => {
    const good = write('.cursor/mcp.json', '{"mcpServers":{"a":{"command":"node"}}}');
    for (const [text, why] of [
      ['{"mcpServers":{"a":\n{"command" "s3cret"}}}', 'not JSON at line 2, column 12'],
      ['', 'value expected'],
      ['[]', 'not a JSON object'],
      ['{"mcpServers":[]}', 'not an object at line 1'],
      [Buffer.from('{"mcpServers":{"\xff":{}}}', 'latin1'), 'not UTF-8'],
    ] as const) {
      const bad = write('bad.json', text);
      const done = run('cursor', '--write', '--file', bad);
      expect(done).toMatchObject({ code: 2, out: '', err: expect.stringContaining(why) });
      expect(done.err).not.toContain('s3cret');
      expect(readFileSync(bad)).toEqual(Buffer.from(text));
    }
    expect(readFileSync(good, 'utf8')).toBe('{"mcpServers":{"a":{"command":"node"}}}');
    const project = write('.mcp.json', '{"mcpServers":{"a":{"command":"node"}}}');
    write('.claude.json', '{');
    expect(run('claude-code', '--write').code).toBe(2);
    expect(readFileSync(project, 'utf8')).toBe('{"mcpServers":{"a":{"command":"node"}}}');
  }, 60_000);

  test('no host, an unknown one, no file, an unreadable one: each has its code and says what to do', () => {
    expect(run()).toMatchObject({ code: 2, err: expect.stringContaining('init claude|') });
    expect(run('emacs').code).toBe(2);
    expect(run('windsurf', '--undo', '--write').code).toBe(2);
    expect(run('claude')).toMatchObject({ code: 3, err: expect.stringContaining('--file') });
    expect(run('claude', '--file', join(home, 'none'))).toMatchObject({
      code: 3,
      err: expect.stringContaining('ENOENT'),
    });
    expect(run('claude', '--file', home)).toMatchObject({ code: 2 });
    const odd = write(
      'odd.json',
      '{"mcpServers":{"\\u001b[31m":{"command":7},"b":{"command":"node"}}}',
    );
    const done = run('claude', '--file', odd);
    expect([done.code, done.out]).toEqual([3, expect.stringContaining('?[31m: left alone')]);
    expect(done.out).toContain('b: env.NODE_OPTIONS');
  }, 60_000);
});

test('hosts keep their files where their manuals say', () => {
  const at = (host: string, platform: NodeJS.Platform, env = {}): string[] =>
    HOSTS.get(host)?.files({ platform, home: '/h', cwd: '/w', env }) ?? [];
  expect(at('claude', 'darwin')).toEqual([
    '/h/Library/Application Support/Claude/claude_desktop_config.json',
  ]);
  expect(at('claude', 'linux')).toEqual(['/h/.config/Claude/claude_desktop_config.json']);
  expect(at('claude', 'win32', { APPDATA: '/a', LOCALAPPDATA: '/l' })).toEqual([
    '/a/Claude/claude_desktop_config.json',
    expect.stringContaining('/l/Packages/'),
  ]);
  expect(at('claude-code', 'linux')).toEqual(['/w/.mcp.json', '/h/.claude.json']);
  expect(at('vscode', 'linux', { XDG_CONFIG_HOME: '/x' })).toEqual([
    '/w/.vscode/mcp.json',
    '/x/Code/User/mcp.json',
    '/x/Code - Insiders/User/mcp.json',
  ]);
  expect(at('cursor', 'win32')).toEqual(['/w/.cursor/mcp.json', '/h/.cursor/mcp.json']);
  expect(at('windsurf', 'linux')).toEqual(['/h/.codeium/windsurf/mcp_config.json']);
});
