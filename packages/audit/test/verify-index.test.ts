/** `verify --index`: the rows of `index.db` equal the log, both ways; each kind of change in it is found. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openLogbook } from '../src/logbook.ts';
import { query } from '../src/query.ts';
import { verifyLog, type VerifyReport } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

/** Enough bytes for a reader to write an index file: 2 MiB. */
const ENTRIES = 700;
let root = '';
let folder = '';
let path = '';

function write(entries: number): void {
  const logbook = openLogbook({ root, service: 'small' });
  for (let n = 0; n < entries; n += 1)
    logbook.record({
      kind: 'tool.call',
      target: `tool-${n % 3}`,
      outcome: n % 5 === 0 ? 'failure' : 'success',
      person: `https://issuer.example|user-${n % 7}`,
      payload: { session: `s-${n % 4}`, text: 'x'.repeat(3000) },
    });
  logbook.close();
  ({ folder } = logbook);
}

beforeEach(() => {
  root = aRoot();
  write(ENTRIES);
  path = join(folder, 'index.db');
  query(root, { limit: 1 });
  expect(existsSync(path)).toBe(true);
});

function changed(...sql: string[]): VerifyReport {
  const database = new DatabaseSync(path);
  for (const each of sql) expect(database.prepare(each).run().changes).toBeGreaterThan(0);
  database.close();
  return verifyLog(folder, { index: true });
}

describe('an index', () => {
  test('that is the log passes, also when the log went on since', () => {
    const report = verifyLog(folder, { index: true });
    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.counts.indexed).toBe(report.size);
    write(3);
    const later = verifyLog(folder, { index: true });
    expect(later).toMatchObject({ ok: true, counts: { indexed: report.size } });
    expect(later.size).toBeGreaterThan(report.size);
  });

  test.each([
    ['a changed time', 'UPDATE entry SET time = time + 1 WHERE idx = 40'],
    ['a changed outcome', 'UPDATE entry SET outcome = outcome + 1 WHERE idx = 41'],
    [
      'another person',
      'UPDATE entry SET person = (SELECT person FROM entry WHERE idx = 43) WHERE idx = 42',
    ],
    ['no person', 'UPDATE entry SET person = NULL WHERE idx = 42'],
    ['no session', 'UPDATE entry SET session = NULL WHERE idx = 42'],
    ['a changed word', "UPDATE word SET text = 'tool-9' WHERE text = 'tool-1'"],
    ['a time that no number holds', 'UPDATE entry SET time = 9223372036854775807 WHERE idx = 44'],
    ['another place', 'UPDATE entry SET offset = offset + 1 WHERE idx = 44'],
    ['a removed row', 'DELETE FROM entry WHERE idx = 45'],
    ['a removed name', 'DELETE FROM person_term WHERE term = (SELECT min(term) FROM person_term)'],
    ['a moved name', 'UPDATE person_term SET person = 2 WHERE person = 1'],
    ['a word that no entry has', "INSERT INTO word (text) VALUES ('tool-9')"],
    ['a session that no entry has', "INSERT INTO session (term) VALUES (x'01')"],
    ['a person that no entry has', "INSERT INTO person (terms) VALUES (x'')"],
    ['a setting of its own', "INSERT INTO meta VALUES ('other', 1)"],
    [
      'no last entry',
      "UPDATE meta SET value = json_remove(value, '$.lastLeaf') WHERE name = 'state'",
    ],
  ])('with %s is found', (_name, sql) => {
    const report = changed(sql);
    expect(report.ok).toBe(false);
    expect(report.problems.every(({ code }) => code === 'index')).toBe(true);
  });

  test.each(['segment', 'offset', 'line', 'index', 'lastLeaf.digest', 'lastLeaf.place.line'])(
    'that says something else of where it ends is found: %s',
    (name) => {
      const place = name.startsWith('lastLeaf') ? `$.${name}` : `$.cursor.${name}`;
      const database = new DatabaseSync(path, { readOnly: true });
      const [{ value = '' } = {}] = database
        .prepare("SELECT json_extract(value, ?) AS value FROM meta WHERE name = 'state'")
        .all(place);
      database.close();
      const others =
        typeof value === 'number'
          ? [value - 1, value + 1, value + 200]
          : [`${'1'.repeat(12)}.jsonl`];
      for (const other of others) {
        const text = typeof other === 'number' ? String(other) : `'${other}'`;
        const bytes = readFileSync(path);
        const report = changed(
          `UPDATE meta SET value = json_set(value, '${place}', ${text}) WHERE name = 'state'`,
        );
        expect(report.ok, String(other)).toBe(false);
        writeFileSync(path, bytes);
      }
    },
  );

  test('with a table or trigger of its own is found', () => {
    const bytes = readFileSync(path);
    for (const sql of [
      'CREATE TABLE x (y)',
      'CREATE TRIGGER x AFTER DELETE ON word BEGIN SELECT 1; END',
    ]) {
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
      expect(verifyLog(folder, { index: true }).problems[0]?.message).toContain('"x" is none of');
      writeFileSync(path, bytes);
    }
  });

  test('with rows too many is found', () => {
    const copy = (to: number): string =>
      `INSERT INTO entry SELECT ${to}, time, kind, outcome, service, target, actor, person, session, trace, segment, offset, line, leaf_bytes, seal_bytes FROM entry WHERE idx = 9`;
    const report = changed(copy(100_000));
    expect(report.problems[0]?.message).toContain('has a row 100000 that is no entry');
    rmSync(path);
    query(root, { limit: 1 });
    expect(verifyLog(folder, { index: true }).ok).toBe(true);
  });

  test('with a moved row is found at both ends, with the place of the entry', () => {
    const { problems } = changed('UPDATE entry SET idx = 200000 WHERE idx = 50');
    expect(problems).toMatchObject([
      {
        index: 50,
        file: 'segments/000000000000.jsonl',
        message: expect.stringContaining('lacks entry 50'),
      },
      { message: expect.stringContaining('row 200000') },
    ]);
  });

  test('with a damaged page is found, whatever SQLite says of it, and a query says what to do', () => {
    const rows = query(root, { limit: 9999 }).length;
    let refused = 0;
    const bytes = readFileSync(path);
    for (let page = 4096; page < bytes.length; page += 4096) {
      const damaged = Buffer.from(bytes);
      damaged.fill(0xff, page, page + 100);
      writeFileSync(path, damaged);
      const { problems } = verifyLog(folder, { index: true });
      expect(problems.every(({ code }) => code === 'index')).toBe(true);
      expect(problems.length).toBeGreaterThan(0);
      try {
        expect(query(root, { limit: 9999 })).toHaveLength(rows);
      } catch (error) {
        expect(error).toMatchObject({
          code: 'ERR_LOGBOOK_INDEX',
          hint: expect.stringContaining('delete'),
        });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(0);
    rmSync(path);
    expect(query(root, { limit: 9999 })).toHaveLength(rows);
  });

  test('that is no database is found; none is a note', () => {
    writeFileSync(path, 'not a database, not a database');
    expect(verifyLog(folder, { index: true }).problems).toMatchObject([{ code: 'index' }]);
    rmSync(path);
    const report = verifyLog(folder, { index: true });
    expect(report.ok).toBe(true);
    expect(report.notes.join()).toContain('no index.db to compare');
  });
});

test('progress goes from the beginning to near the end, and never back', () => {
  const seen: number[] = [];
  const report = verifyLog(folder, {
    progress: ({ bytes, totalBytes }) => {
      expect(bytes).toBeLessThanOrEqual(totalBytes);
      seen.push(bytes);
    },
  });
  expect(report.ok).toBe(true);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});
