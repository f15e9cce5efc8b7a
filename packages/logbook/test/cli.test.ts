/** The command as a child process: exit codes, what goes to stdout, what to stderr. Runs the build. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogbook } from '@mcp-logbook/audit';

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const BUILT = existsSync(join(import.meta.dirname, '..', 'dist', 'cli', 'main.js'));

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'logbook-cli-'));
  const log = openLogbook({ root, service: 'shop' });
  log.record({ kind: 'tool.call', target: 'buy', person: '|ada', payload: { n: 1 } });
  log.record({
    kind: 'tool.call',
    target: 'sell\u001B[31m',
    outcome: 'failure',
    payload: { n: 2 },
  });
  log.close();
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  return runWith({}, ...args);
}

function runWith(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
    env: { ...process.env, MCP_LOGBOOK_DIR: root, NODE_OPTIONS: '', ...env },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe.runIf(BUILT)('mcp-logbook', () => {
  test('--version and --help are on stdout, code 0; no command is code 2', () => {
    expect(run('--version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
    expect(run('--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('verify'),
      err: '',
    });
    expect(run('query', '--help').code).toBe(0);
    expect(run().code).toBe(2);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is code 3 and one line', () => {
    const command = `"${process.execPath}" "${BIN}" --help > /dev/full`;
    const done = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect([done.status, done.stderr]).toEqual([
      3,
      'mcp-logbook: error: cannot write stdout: ENOSPC\n',
    ]);
  });

  test('a hold denies an erasure, lifted it is done, then nobody is known; each with its code', () => {
    const own = mkdtempSync(join(tmpdir(), 'logbook-cli-erase-'));
    const user = '|gone';
    const log = openLogbook({ root: own, service: 'shop' });
    log.record({ kind: 'tool.call', target: 'buy', person: user, payload: { n: 3 } });
    log.close();
    const about = ['--dir', own, '--user', user];
    const held = run('hold', 'set', ...about, '--authority', 'court 1/26');
    expect([held.code, held.out]).toEqual([
      0,
      expect.stringMatching(/^shop: held a_[a-z2-7]{16}; entry [0-9a-f-]{36}\n$/),
    ]);
    const denied = run('erase', ...about);
    expect([denied.code, denied.out]).toEqual([1, expect.stringContaining('authority of court')]);
    expect(run('hold', 'lift', ...about, '--authority', 'court 2/26').code).toBe(0);
    const erased = run('erase', ...about, '--reason', 'art. 17', '--json');
    expect(erased.code).toBe(0);
    expect(JSON.parse(erased.out)).toMatchObject({ outcome: 'completed', seals: 1 });
    expect(erased.err).toContain('backups');
    const again = run('erase', ...about);
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toContain('knows this user');
    rmSync(own, { recursive: true });
  }, 60_000);

  test('report is a page for the terminal, JSON, or an HTML file of mode 0600', () => {
    const page = run('report');
    expect([page.code, page.err]).toEqual([0, '']);
    expect(page.out).toContain('2 calls, 1 errors (50.0 %)');
    expect(page.out).toContain('shop / buy');
    expect(page.out).not.toContain('\u001B');
    expect(JSON.parse(run('report', '--json', '--since', '1h').out)).toMatchObject({
      total: { calls: 2, errors: 1 },
    });
    const file = join(root, 'report.html');
    const written = run('report', '--html', file);
    expect([written.code, written.out]).toEqual([0, '']);
    expect(written.err).toContain('report.html');
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    rmSync(file);
    expect(run('report', '--html', join(root, 'none', 'x'))).toMatchObject({ code: 3, out: '' });
    expect(run('report', '--since', '1h', '--until', '2h')).toMatchObject({ code: 2, out: '' });
  }, 60_000);

  test('the root secret is replaced in place, and by a passphrase; a log that is written is code 3', () => {
    const own = mkdtempSync(join(tmpdir(), 'logbook-cli-root-'));
    const log = openLogbook({ root: own, service: 'shop' });
    log.record({ kind: 'tool.call', person: '|ada', payload: { n: 1 } });
    expect(run('keys', 'rotate', '--root', '--dir', own)).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining('is being written'),
    });
    log.close();
    const inPlace = run('keys', 'rotate', '--root', '--dir', own);
    expect([inPlace.code, inPlace.out]).toEqual([
      0,
      expect.stringMatching(/^shop: keyring is under keys\/master\.2 now; entry /),
    ]);
    expect(inPlace.err).toContain('in the same file: back it up');
    const passphrase = join(own, 'passphrase');
    writeFileSync(passphrase, 'correct horse');
    const moved = run('keys', 'rotate', '--root', '--to-passphrase-file', passphrase, '--dir', own);
    expect([moved.code, moved.err]).toEqual([
      0,
      expect.stringContaining(`start servers with MCP_LOGBOOK_PASSPHRASE_FILE=${passphrase}`),
    ]);
    expect(run('keys', 'show', '--dir', own)).toMatchObject({ code: 3 });
    rmSync(own, { recursive: true });
  });

  test('keys are shown, backed up and put back; what is missing is code 3', () => {
    const own = mkdtempSync(join(tmpdir(), 'logbook-cli-keys-'));
    const log = openLogbook({ root: own, service: 'shop' });
    log.close();
    const file = join(own, 'backup.jsonl');
    const shown = run('keys', 'show', '--dir', own);
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toContain(log.vkey);
    expect(shown.out).toContain('master.1: 0 people');
    const rotated = run('keys', 'rotate', '--reason', 'yearly', '--json', '--dir', own);
    expect(rotated.code).toBe(0);
    const [newMaster = '', newKey = ''] = rotated.out.split('\n');
    expect(JSON.parse(newMaster)).toMatchObject({ what: 'master', master: 2 });
    const { vkey, was } = JSON.parse(newKey);
    expect(was).toBe(log.vkey);
    expect(rotated.err).toContain('auditors');
    expect(run('keys', 'show', '--dir', own).out).toMatch(/earlier key .*\n {2}verifier key /);
    for (const key of [was, vkey])
      expect(run('verify', '--key', key, '--dir', own)).toMatchObject({ code: 0 });
    const backup = run('keys', 'backup', file, '--dir', own);
    expect([backup.code, backup.out]).toEqual([0, expect.stringContaining('keys/master.2')]);
    expect(run('keys', 'backup', file, '--dir', own)).toMatchObject({ code: 2, out: '' });
    const again = run('keys', 'rotate', '--master', '--dir', own);
    expect(again.err).toMatch(
      /a new backup of keys is "[^"]*"; destroy the older ones: "[^"]*backup.jsonl"/,
    );
    const newest = /keys is "([^"]*)"/.exec(again.err)?.[1] ?? '';
    rmSync(join(log.folder, 'keys.db'));
    const missing = run('keys', 'show', '--json', '--dir', own);
    expect(missing.code).toBe(3);
    expect(JSON.parse(missing.out)).toMatchObject({
      keys: [was, vkey],
      problems: [{ code: 'ERR_LOGBOOK_KEY_MISSING' }],
    });
    expect(run('keys', 'restore', file, '--dir', own)).toMatchObject({ code: 3, out: '' });
    const restored = run('keys', 'restore', newest, '--dir', own);
    expect([restored.code, restored.out]).toEqual([0, expect.stringContaining('restored keys.db')]);
    expect(run('keys', 'show', '--dir', own).code).toBe(0);
    rmSync(own, { recursive: true });
  }, 60_000);

  test('a key file named by the environment opens what query, verify --deep and prove --disclose show', () => {
    const own = mkdtempSync(join(tmpdir(), 'logbook-cli-key-file-'));
    const keyFile = join(own, 'elsewhere.key');
    const log = openLogbook({ root: join(own, 'logs'), service: 'shop', keyFile });
    const id = log.record({ kind: 'tool.call', person: '|ada', payload: { n: 'kept-4711' } }) ?? '';
    log.close();
    const env = { MCP_LOGBOOK_DIR: join(own, 'logs'), MCP_LOGBOOK_KEY_FILE: keyFile };
    expect(runWith(env, 'query', '--json', '--user', '|ada').out).toContain('kept-4711');
    expect(runWith(env, 'verify', '--deep').code).toBe(0);
    expect(runWith(env, 'prove', id, '--disclose').code).toBe(0);
    rmSync(own, { recursive: true });
  }, 60_000);

  test.each([
    [['keys'], 'what to do'],
    [['keys', 'backup'], 'what to do'],
    [['keys', 'rotate', '--to-key-file', 'x'], 'goes with --root'],
    [['keys', 'rotate', '--root', '--to-key-file', 'x', '--to-key-command', 'y'], 'not several'],
    [['keys', 'show', 'x'], 'what to do'],
    [['keys', 'restore', 'package.json'], 'not a whole backup'],
    [['erase'], '--user'],
    [['erase', '--user', ''], 'no user is named'],
    [['hold', '--user', 'x', '--authority', 'y'], 'set or lift'],
    [['hold', 'set', '--user', 'x'], '--authority'],
    [['hold', 'lift', '--user', '|ada', '--authority', 'y'], 'not on hold'],
  ])('%j is wrong usage: code 2', (args, message) => {
    const { code, out, err } = run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  test('retain says what is due and does it: code 0, one line a log', () => {
    expect(run('retain', '--dry-run')).toMatchObject({
      code: 0,
      out: 'shop: would archive 0 segments, expire 0 months, remove 0 segments\n',
    });
    expect(run('retain')).toMatchObject({
      code: 0,
      out: 'shop: 0 segments archived, expired 0 months, removed 0 segments\n',
      err: '',
    });
    const { code, out } = run('retain', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([0, { outcome: 'retained', archived: [] }]);
    expect(run('retain', '--dir', join(root, 'nowhere')).code).toBe(2);
  });

  test.each([
    ['no such command', ['nonsense']],
    ['an unknown option', ['query', '--colour']],
    ['a time that is none', ['query', '--since', 'yesterday']],
    ['wrap without a command', ['wrap']],
    ['wrap without --', ['wrap', 'python3', 'server.py']],
    ['an option that wrap does not have', ['wrap', '--colour', '--', 'true']],
    ['a limit of zero', ['query', '--limit', '0']],
    ['an outcome that is none', ['query', '--outcome', 'bad']],
  ])('%s is code 2 and one error on stderr', (_, args) => {
    const { code, out, err } = run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^mcp-logbook: error: /);
  });

  test('query prints newest first, and no control character of a name', () => {
    const { code, out } = run('query', '--kind', 'tool.call');
    expect(code).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('failure');
    expect(lines[1]).toContain('|ada');
    expect(out).not.toContain('\u001B');
  });

  test('query --json prints JSON Lines and nothing else', () => {
    const { out, err } = run('query', '--json', '--tool', 'buy', '--since', '1h');
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      sealed: 'opened',
      leaf: { target: 'buy' },
      payload: { n: 1 },
    });
  });

  test('verify is code 0 on a good log and 2 where no log is', () => {
    expect(run('verify')).toMatchObject({ code: 0, out: expect.stringContaining('ok') });
    expect(run('verify', '--dir', join(root, 'none')).code).toBe(2);
  });

  test('tail --since prints what is there and ends with SIGINT, code 0', async () => {
    const child = spawn(
      process.execPath,
      [BIN, 'tail', '--json', '--since', '1h', '--kind', 'tool.call'],
      {
        env: { ...process.env, MCP_LOGBOOK_DIR: root, NODE_OPTIONS: '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let out = '';
    child.stdout.setEncoding('utf8');
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (out.split('\n').length > 2) child.kill('SIGINT');
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { leaf: { target: string } }).leaf.target)[0],
    ).toBe('buy');
  });

  test('verify names file and line of a changed byte: code 1', () => {
    const copy = mkdtempSync(join(tmpdir(), 'logbook-cli-'));
    const log = openLogbook({ root: copy, service: 'shop' });
    log.record({ kind: 'tool.call', target: 'buy' });
    log.close();
    const [name = ''] = readdirSync(join(log.folder, 'segments'));
    const file = join(log.folder, 'segments', name);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"buy"', '"bug"'));
    const { code, out } = run('verify', '--dir', copy);
    expect(code).toBe(1);
    expect(out).toMatch(/segments\/\d+\.jsonl:\d+/);
    rmSync(copy, { recursive: true });
  });
});
