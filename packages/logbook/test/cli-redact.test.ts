/** `mcp-logbook redact` as a child process: stdin to stdout, notes on stderr, exit codes. Runs the build. */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const BUILT = existsSync(join(import.meta.dirname, '..', 'dist', 'cli', 'main.js'));
const TOKEN = `gh${'p_'}${'aB3xY9'.repeat(6)}`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logbook-redact-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(
  input: string,
  ...args: readonly string[]
): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [BIN, 'redact', ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NODE_OPTIONS: '', MCP_LOGBOOK_CONFIG: '' },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function rules(value: unknown): string {
  const path = join(folder, 'rules.json');
  writeFileSync(path, JSON.stringify(value));
  return path;
}

describe.runIf(BUILT)('mcp-logbook redact', () => {
  test('prints plain text redacted and explains each piece by line, columns and rule, never the piece', () => {
    const input = `first line\nmy token is ${TOKEN}\n  password: hunter22\n`;
    const { code, out, err } = run(input, '--explain');
    expect(out).toBe(
      'first line\nmy token is [REDACTED:github-token]\n  password: [REDACTED:keyed-secret]\n',
    );
    expect(code).toBe(0);
    const [one, two] = err.trimEnd().split('\n');
    expect(one).toMatch(/^2:13-52: github-token: a token of this family/);
    expect(two).toMatch(/^3:13-20: keyed-secret: a value under, or behind, a name/);
    expect(err).not.toMatch(/hunter22|aB3xY9/);
    expect(run(input).err).toBe('');
  });

  test('prints JSON redacted with its shape, and explains by key; JSON Lines line by line', () => {
    const { out, err } = run(
      `{"user":"ada","password":"hunter22"}\n{"n":[1,"${TOKEN}"]}\n`,
      '--explain',
      '--json',
    );
    expect(out).toBe(
      '{"user":"ada","password":"[REDACTED:keyed-secret]"}\n{"n":[1,"[REDACTED:github-token]"]}\n',
    );
    expect(
      err
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { rule: 'keyed-secret', path: 'password', reason: expect.any(String) },
      { rule: 'github-token', path: 'n.1', start: 0, end: 40, reason: expect.any(String) },
    ]);
  });

  test('tries the rules of a file, alone or whole, for the tool it is given', () => {
    const allow = [{ rule: '*email', tool: 'crm_*', path: 'owner' }];
    const input = '{"owner":"ada@example.org","note":"Project Nightjar"}';
    const own = { literals: ['Project Nightjar'], allow };
    for (const file of [own, { MCP_LOGBOOK_MODE: 'off', redaction: own }]) {
      expect(run(input, '--rules', rules(file), '--tool', 'crm_find').out).toBe(
        '{"owner":"ada@example.org","note":"[REDACTED:user-literal]"}',
      );
      expect(run(input, '--rules', rules(file)).out).not.toContain('ada@');
    }
  });

  test('refuses a bad rule with its name and reason: code 2, nothing on stdout', () => {
    const file = rules({
      patterns: [
        { id: 'evil', literal: 'aaa', pattern: '(a+)+' },
        { id: 'bare', pattern: 'x' },
      ],
    });
    const { code, out, err } = run('some text', '--rules', file);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('patterns[0] "evil": pattern can read one text in two ways');
    expect(err).toContain('patterns[1] "bare": has no literal');
    expect(err).toContain('mcp-logbook: hint: ');
    writeFileSync(join(folder, 'broken.json'), '{"literals": ["sesame"');
    const broken = run('some text', '--rules', join(folder, 'broken.json'));
    expect([broken.code, broken.out]).toEqual([2, '']);
    expect(broken.err).not.toContain('sesame');
    expect(run('x', '--sesame').code).toBe(2);
    expect(run('x', '--rules', join(folder, 'none.json')).code).toBe(3);
  });

  test('withholds what a failing hook saw: code 1', () => {
    writeFileSync(join(folder, 'hook.mjs'), 'export default () => { throw new Error("no"); };');
    expect(run('some text', '--rules', rules({ hook: './hook.mjs' }))).toMatchObject({
      code: 1,
      out: '[REDACTION-ERROR]',
    });
  });

  test('gives the HMAC of a value for the allow-list, and only with a key', () => {
    writeFileSync(join(folder, 'fleet.key'), Buffer.alloc(32, 7));
    const file = rules({ pseudonymKeyFile: 'fleet.key' });
    const hmac = createHmac('sha256', Buffer.alloc(32, 7))
      .update('allow\0ada@example.org')
      .digest('hex');
    expect(run('ada@example.org\n', '--hmac', '--rules', file)).toEqual({
      code: 0,
      out: `${hmac}\n`,
      err: '',
    });
    expect(run('ada@example.org', '--hmac').code).toBe(2);
  });

  test('does what docs/redaction.md shows, with the rules it shows', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/redaction.md'), 'utf8');
    const [, input = ''] =
      /printf '%s\\n' '([^']+)' \| mcp-logbook redact --explain/.exec(page) ?? [];
    const [, shown = ''] = /```\n(\{.*\n)arguments/.exec(page) ?? [];
    const [, explained = ''] = /\n(arguments\.password: .*\n)```/.exec(page) ?? [];
    expect(run(`${input}\n`, '--explain')).toEqual({ code: 0, out: shown, err: explained });
    const [, config = ''] = /```json\n([^`]+)```/.exec(page) ?? [];
    expect(run('Project Nightjar', '--rules', rules(JSON.parse(config)))).toEqual({
      code: 0,
      out: '[REDACTED:user-literal]',
      err: '',
    });
  });

  test('takes an input larger than a piece, with a key block across the cut', () => {
    const line = 'nothing to see in this line of an ordinary log\n';
    const filler = line.repeat(Math.floor((4 * 1024 * 1024 - 400) / line.length));
    const body = Array.from(
      { length: 24 },
      (_, n) => `MIIEow${String(n).padStart(58, 'xY7')}`,
    ).join('\n');
    const kind = 'PRIVATE KEY';
    const key = `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;
    const { code, out } = run(`${filler}${key}${filler}token ${TOKEN}\n`);
    expect(code).toBe(0);
    expect(out.length).toBeGreaterThan(8 * 1024 * 1024 - 4_000);
    expect(out).not.toContain('MIIEow');
    expect(out).not.toContain(TOKEN);
    expect(out.endsWith('token [REDACTED:github-token]\n')).toBe(true);
    expect(out.startsWith(filler.slice(0, 10_000))).toBe(true);
  });
});
