/**
 * Rotation of a keyring's master (audit.md 2): every payload stays readable, older copies of the keyring are worthless, and
 * a crash at any step is put right by the next opening.
 */
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { rotateKeys } from '../src/keys-rotate.ts';
import { showKeys } from '../src/keys-report.ts';
import { openLogbook } from '../src/logbook.ts';
import { query } from '../src/query.ts';
import { openReader } from '../src/reader.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';
import { all, call, enter, runRotation, service } from './rotating-log.ts';

afterAll(removeRoots);

const KILLS = all ? Array.from({ length: 60 }, (_, n) => n + 1) : [6, 8, 10, 12, 14, 16, 18];

describe('a rotation of the master', () => {
  it('keeps every payload readable, and makes older copies of the keyring worthless', async () => {
    const root = aRoot();
    const logbook = enter(root, 20);
    const { folder } = logbook;
    logbook.close();
    const reader = openReader(root);
    const before = reader.query({ kind: 'tool.call' });
    const old = join(aRoot(), 'keys.db');
    cpSync(join(folder, 'keys.db'), old);
    const [end] = await rotateKeys({ root, what: 'master', reason: 'a backup was lost' });
    expect(end).toMatchObject({ done: { what: 'master', master: 2 } });
    // A reader that was open all the time, and a new one.
    expect(reader.query({ kind: 'tool.call' })).toEqual(before);
    reader.close();
    expect(query(root, { kind: 'tool.call' })).toEqual(before);
    expect(existsSync(join(root, 'keys', 'master.1'))).toBe(false);
    expect(query(root, { kind: 'key.rotated' })).toMatchObject([
      { leaf: { target: 'master 2' }, payload: { master: 2, reason: 'a backup was lost' } },
    ]);
    enter(root, 3).close();
    expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);
    cpSync(old, join(folder, 'keys.db'));
    expect(() => openLogbook({ root, service })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_MISSING' }),
    );
  });

  it('leaves the masters of other logs alone, and both kinds are done in each log', async () => {
    const root = aRoot();
    enter(root, 3).close();
    openLogbook({ root, service: 'second' }).close();
    const ends = await rotateKeys({ root });
    expect(ends.map((end) => ('done' in end ? end.done.what : end))).toEqual([
      'master',
      'signing',
      'master',
      'signing',
    ]);
    for (const folder of new Set(ends.map((end) => end.folder)))
      expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    expect(showKeys({ root }).logs.map(({ master }) => master)).toEqual([3, 4]);
    expect(readdirSync(join(root, 'keys')).toSorted()).toEqual([
      'master.3',
      'master.4',
      'root.key',
    ]);
  });

  it('is done by a running writer, which goes on sealing', async () => {
    const root = aRoot();
    const logbook = enter(root, 5);
    await rotateKeys({ root, what: 'master' });
    call(logbook, 6);
    logbook.record({ kind: 'tool.call', person: '|new', payload: { n: 7 } });
    logbook.close();
    expect(verifyLog(logbook.folder, { deep: true }).problems).toEqual([]);
    expect(query(root, { user: '|new' })).toMatchObject([{ payload: { n: 7 } }]);
  });

  it.each(KILLS)('killed at file operation %i goes on when the log is opened next', async (at) => {
    const root = aRoot();
    enter(root, 10).close();
    const before = query(root, { kind: 'tool.call' });
    const status = runRotation(root, at, 'SIGKILL', 'rotate-master');
    const folder = join(root, service);
    expect(query(root, { kind: 'tool.call' })).toEqual(before);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    // Whatever command writes next goes on with it.
    await rotateKeys({ root, what: 'signing' });
    const { master = 0 } = showKeys({ root }).logs[0] ?? {};
    const entered = query(root, { kind: 'key.rotated' })
      .map(({ leaf }) => leaf.target)
      .filter((target) => target?.startsWith('master ') === true);
    expect(new Set(entered)).toEqual(new Set(master === 1 ? [] : [`master ${master}`]));
    if (status === 0) expect(entered).toHaveLength(1);
    if (master !== 1) expect(existsSync(join(root, 'keys', 'master.1'))).toBe(false);
    enter(root, 3).close();
    expect(query(root, { kind: 'tool.call' })).toHaveLength(13);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });
});

it('whose last word the disk refuses, though all is written, destroys no key', async () => {
  const root = aRoot();
  enter(root, 10).close();
  const before = query(root, { kind: 'tool.call' });
  const exec: (this: DatabaseSync, sql: string) => void = Reflect.get(
    DatabaseSync.prototype,
    'exec',
  );
  let refused = 0;
  const spy = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function commits(
    this: DatabaseSync,
    sql: string,
  ) {
    exec.call(this, sql);
    // As when the journal is cut off, and cannot be fsynced.
    if (sql === 'COMMIT' && refused === 0) {
      refused += 1;
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
    }
  });
  const ends = await rotateKeys({ root, what: 'master' });
  spy.mockRestore();
  expect([refused, ends]).toMatchObject([1, [{ failed: { code: 'ERR_LOGBOOK_IO' } }]]);
  expect(query(root, { kind: 'tool.call' })).toEqual(before);
  enter(root, 3).close();
  await rotateKeys({ root, what: 'master' });
  expect(verifyLog(join(root, service), { deep: true }).problems).toEqual([]);
});
