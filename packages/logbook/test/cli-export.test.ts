/** `export` and damaged logs, as child processes: exit codes, files, pipes that close, full disks. Runs the build. */
import { openLogbook } from '@mcp-logbook/audit';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
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
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const BUILT = existsSync(join(import.meta.dirname, '..', 'dist', 'cli', 'main.js'));

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'logbook-export-'));
  const log = openLogbook({ root, service: 'shop', mode: 'best-effort' });
  for (let n = 0; n < 400; n += 1)
    log.record({ kind: 'tool.call', target: 'buy', person: '|ada', payload: { n } });
  log.close();
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function env(): NodeJS.ProcessEnv {
  return { ...process.env, MCP_LOGBOOK_DIR: root, NODE_OPTIONS: '' };
}

function run(...args: readonly string[]): Ended {
  const done = spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', env: env() });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe.runIf(BUILT)('mcp-logbook export', () => {
  test.each(['jsonl', 'csv', 'ocsf'])('%s goes to stdout, notes to stderr, code 0', (format) => {
    const { code, out, err } = run('export', '--format', format, '--tool', 'buy', '--limit', '3');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(format === 'csv' ? 4 : 3);
    expect(out).not.toContain('|ada');
    expect(err).toMatch(
      /3 entries of 1 logs are in stdout \(payloads: 3 unopened\); sha256 \w{64}/,
    );
    expect(err).toMatch(/shop: entry [0-9a-f-]{36}/);
  });

  test('--payload opens payloads and says what the text then is', () => {
    const { code, out, err } = run('export', '--payload', '--tool', 'buy', '--limit', '1');
    expect([code, JSON.parse(out).payload]).toEqual([0, { person: '|ada', n: 399 }]);
    expect(err).toContain('it names people');
  });

  test('a file is written whole, 0600, and never replaced without --force', () => {
    const file = join(root, 'out.jsonl');
    expect(run('export', '--output', file, '--limit', '2')).toMatchObject({ code: 0, out: '' });
    const first = readFileSync(file, 'utf8');
    expect([first.split('\n').length, statSync(file).mode & 0o777]).toEqual([3, 0o600]);
    const again = run('export', '-o', file);
    expect([again.code, readFileSync(file, 'utf8')]).toEqual([2, first]);
    expect(again.err).toContain('--force');
    expect(run('export', '-o', file, '--force', '--limit', '1').code).toBe(0);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(2);
    expect(readdirSync(root).filter((name) => name.startsWith('out.'))).toEqual(['out.jsonl']);
  });

  test('a folder that is not there is code 3, a place that is no file and wrong usage code 2', () => {
    expect(run('export', '-o', join(root, 'none', 'x')).code).toBe(3);
    for (const args of [
      ['-o', root],
      ['--format', 'xml'],
      ['--json', '--format', 'csv'],
      ['--dir', join(root, 'nowhere')],
      ['--limit', '0'],
    ]) {
      const { code, out, err } = run('export', ...args);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/error: .*\n.*hint: /);
    }
  });

  test('without the keys nothing goes out: an export is an entry. Code 3', () => {
    const own = mkdtempSync(join(tmpdir(), 'logbook-export-'));
    openLogbook({ root: own, service: 'shop' }).close();
    rmSync(join(own, 'keys'), { recursive: true });
    const file = join(own, 'out');
    const { code, out, err } = run('export', '--dir', own, '-o', file);
    expect([code, out, existsSync(file)]).toEqual([3, '', false]);
    expect(err).toContain('root.key');
    rmSync(own, { recursive: true });
  });

  test('a reader that goes away ends it with code 3 and one line', async () => {
    const child = spawn(process.execPath, [BIN, 'export', '--format', 'ocsf'], { env: env() });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect(code).toBe(3);
    expect(err).toMatch(/^mcp-logbook: error: cannot write stdout: its reader has gone.*\n$/);
  });

  test.runIf(existsSync('/dev/full'))('a full disk behind stdout is code 3', () => {
    const command = `"${process.execPath}" "${BIN}" export > /dev/full`;
    const done = spawnSync('sh', ['-c', command], { encoding: 'utf8', env: env() });
    expect(done.status).toBe(3);
    expect(done.stderr).toMatch(/cannot write stdout: ENOSPC, free space/);
  });
});

describe.runIf(BUILT)('a damaged keyring in one of two logs', () => {
  let two = '';
  beforeAll(() => {
    two = mkdtempSync(join(tmpdir(), 'logbook-damaged-'));
    for (const service of ['good', 'bad']) {
      const log = openLogbook({ root: two, service });
      log.record({ kind: 'tool.call', target: `of-${service}`, person: '|ada', payload: { n: 1 } });
      log.close();
    }
    writeFileSync(join(two, 'bad', 'keys.db'), 'no database');
  });
  afterAll(() => {
    rmSync(two, { recursive: true });
  });

  test('query names it, gives the entries of both, the payloads of the other, and is code 3', () => {
    const { code, out, err } = run('query', '--dir', two, '--kind', 'tool.call', '--json');
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ leaf, sealed }) => `${leaf.target} ${sealed}`).toSorted()).toEqual([
      'of-bad no-key',
      'of-good opened',
    ]);
    expect(code).toBe(3);
    expect(err).toContain(join(two, 'bad'));
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  test('report counts both, export gives what can note it; both name it and are code 3', () => {
    const report = run('report', '--dir', two, '--json');
    expect([report.code, JSON.parse(report.out)]).toMatchObject([3, { total: { calls: 2 } }]);
    expect(report.err).toContain(join(two, 'bad'));
    const given = run('export', '--dir', two, '--kind', 'tool.call');
    expect(given.code).toBe(3);
    expect(given.out).toContain('of-good');
    expect(given.out).not.toContain('of-bad');
    expect(given.err).toContain('bad: nothing of it was exported');
  });
});
