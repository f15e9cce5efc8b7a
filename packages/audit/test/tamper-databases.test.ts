/**
 * The tamper corpus of the databases beside the segments (audit.md 10.4): bytes and rows of the keyring and of the index
 * changed, swapped, doubled or removed. All of it is found (I1, I2).
 *
 * A change of a database file that no reader would see (free pages, unused bytes) is counted apart: that the rows and
 * their indexes are as before is asked of SQLite. A sample by default, all with MCP_LOGBOOK_FULL=1.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKeyringForReading, openKeysForReading } from '../src/access.ts';
import { LOG_START, scanEntries } from '../src/entries.ts';
import { sha256 } from '../src/hash.ts';
import { type IndexEntry, type IndexState, IndexStore } from '../src/index-db.ts';
import { indexEntry } from '../src/log-index.ts';
import type { VerifyOptions } from '../src/verify.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { removeRoots } from './small-log.ts';
import { drawn, full, type Outcome, Tried, upTo } from '../../../test/harness/tried.ts';
import { aVictim, ENTRIES, expectSoundLog, flipped, judgeLog, LONG_MS } from './tamper-log.ts';

rememberSignatures();

const tried = new Tried('tamper-databases');
let root = '';
let folder = '';
let vkey = '';
let origin = '';

beforeAll(async () => {
  ({ root, folder, vkey, origin } = await aVictim());
});

afterAll(() => {
  tried.report();
  removeRoots();
});

const judge = (options: VerifyOptions): Outcome => judgeLog(folder, { vkey, ...options });
const expectSound = (options: VerifyOptions): void =>
  expectSoundLog(tried, folder, { vkey, ...options });

/** All rows of a database, and whether its indexes fit them; undefined when it cannot be read. */
function contentOf(path: string): string | undefined {
  let database;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const check = database.prepare('PRAGMA integrity_check').all();
    const schema = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all();
    const rows = schema
      // What the planner counted of the tables decides how fast they are read, not what is read.
      .filter(({ type, name }) => type === 'table' && name !== 'sqlite_stat1')
      .map(({ name }) => database?.prepare(`SELECT * FROM "${String(name)}"`).all());
    return JSON.stringify([check, schema, rows], (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    );
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

/** A change of a database that is not found must not have changed what is in it. */
function judgeDatabase(path: string, before: string | undefined, options: VerifyOptions): Outcome {
  const outcome = judge(options);
  if (outcome === 'found') return 'found';
  return contentOf(path) === before ? 'no effect' : 'missed';
}

/** SQL that changes a table, undone by putting the file back. */
function withSql(path: string, statements: readonly string[], verdict: () => Outcome): Outcome {
  const before = readFileSync(path);
  const database = new DatabaseSync(path);
  try {
    for (const sql of statements) {
      const { changes } = database.prepare(sql).run();
      if (!sql.startsWith('CREATE') && Number(changes) === 0)
        throw new Error(`changes nothing: ${sql}`);
    }
    database.close();
    return verdict();
  } finally {
    if (database.isOpen) database.close();
    writeFileSync(path, before);
  }
}

/** Swaps a column of two rows, also where it is unique. */
function swapSql(
  table: string,
  column: string,
  [a, b]: readonly [number, number],
  free: string,
): string[] {
  const value = (row: number): string => `(SELECT c FROM temp.old WHERE row = ${row})`;
  return [
    `CREATE TEMP TABLE old AS SELECT rowid AS row, ${column} AS c FROM ${table}`,
    `UPDATE ${table} SET ${column} = ${free} WHERE rowid = ${a}`,
    `UPDATE ${table} SET ${column} = ${value(a)} WHERE rowid = ${b}`,
    `UPDATE ${table} SET ${column} = ${value(b)} WHERE rowid = ${a}`,
  ];
}

describe('the keyring', () => {
  const by = '`verify --deep`';
  const path = (): string => join(folder, 'keys.db');

  test(
    'a flipped bit in any byte',
    () => {
      expectSound({ deep: true });
      const before = contentOf(path());
      const bytes = readFileSync(path());
      const missed = tried.each(['byte of keys.db flipped', by], upTo(bytes.length), 300, (at) =>
        flipped(path(), bytes, at, () => judgeDatabase(path(), before, { deep: true })),
      );
      expect(missed).toEqual([]);
      expectSound({ deep: true });
    },
    LONG_MS,
  );

  test(
    'rows removed, doubled and swapped',
    () => {
      const database = new DatabaseSync(path(), { readOnly: true });
      const rowsOf = (table: string): number[] =>
        database
          .prepare(`SELECT rowid AS row FROM ${table}`)
          .all()
          .map(({ row }) => Number(row));
      const tables = ['meta', 'subject', 'period', 'hold'];
      const rows = tables.flatMap((table) => rowsOf(table).map((row) => ({ table, row })));
      const columns: readonly (readonly [table: string, column: string, free: string])[] = [
        ['subject', 'lookup', "x'01'"],
        ['subject', 'actor', "'a_aaaaaaaaaaaaaaaa'"],
        ['subject', 'wrapped', "x'01'"],
        ['meta', 'value', "x'01'"],
      ];
      const swaps = columns.flatMap(([table, column, free]) => {
        const of = rowsOf(table);
        return of.flatMap((a) =>
          of.filter((b) => b < a).map((b) => ({ table, column, free, pair: [a, b] as const })),
        );
      });
      const people = rowsOf('subject');
      database.close();
      const verdict = (): Outcome => judge({ deep: true });
      expect(rows.length).toBeGreaterThan(7);
      const missed = tried.each(['row of keys.db removed', by], rows, 99, ({ table, row }) =>
        withSql(path(), [`DELETE FROM ${table} WHERE rowid = ${row}`], verdict),
      );
      missed.push(
        ...tried.each(['column of two rows of keys.db swapped', by], swaps, 99, (swap) =>
          withSql(path(), swapSql(swap.table, swap.column, swap.pair, swap.free), verdict),
        ),
        ...tried.each(['row of keys.db doubled under another name', by], people, 99, (row) =>
          withSql(
            path(),
            [
              `INSERT INTO subject SELECT x'0${row}', 'a_aaaaaaaaaaaaaaaa', wrapped FROM subject WHERE rowid = ${row}`,
            ],
            verdict,
          ),
        ),
      );
      expect(missed).toEqual([]);
      expectSound({ deep: true });
    },
    LONG_MS,
  );
});

describe('the index', () => {
  const by = '`verify --index`';
  const path = (): string => join(folder, 'index.db');

  beforeAll(() => {
    // A reader keeps an index of so few entries in memory: this is the file that it would write.
    const keys = openKeysForReading(root, {});
    const keyring = openKeyringForReading(folder, origin, keys);
    const terms = { index: keys.indexKey(), fleet: keys.pseudonymKey() };
    const store = IndexStore.create(path(), terms.index);
    const entries: IndexEntry[] = [];
    let lastLeaf: IndexState['lastLeaf'];
    const cursor = scanEntries(folder, LOG_START, (place, leaf, seal) => {
      lastLeaf = { place, digest: sha256(leaf).toString('base64') };
      const entry = indexEntry(place, leaf, seal, { keyring, terms });
      if (entry !== undefined) entries.push(entry);
      return true;
    });
    store.append(entries, { cursor, lastLeaf });
    store.finish();
    store.close();
    keyring.close();
  });

  afterAll(() => rmSync(path()));

  test(
    'a flipped bit in any byte',
    () => {
      expectSound({ index: true });
      const before = contentOf(path());
      const bytes = readFileSync(path());
      const missed = tried.each(['byte of index.db flipped', by], upTo(bytes.length), 150, (at) =>
        flipped(path(), bytes, at, () => judgeDatabase(path(), before, { index: true })),
      );
      expect(missed).toEqual([]);
      expectSound({ index: true });
    },
    LONG_MS,
  );

  test(
    'rows removed, doubled and swapped',
    () => {
      const rows = upTo(ENTRIES);
      const verdict = (): Outcome => judge({ index: true });
      const rest =
        'time, kind, outcome, service, target, actor, person, session, trace, segment, offset, line, leaf_bytes, seal_bytes';
      const missed = tried.each(['row of index.db removed', by], rows, 12, (row) =>
        withSql(path(), [`DELETE FROM entry WHERE idx = ${row}`], verdict),
      );
      missed.push(
        ...tried.each(['row of index.db doubled', by], rows, 12, (row) =>
          withSql(
            path(),
            [`INSERT INTO entry SELECT 9999, ${rest} FROM entry WHERE idx = ${row}`],
            verdict,
          ),
        ),
        ...tried.each(
          ['two rows of index.db swapped', by],
          full
            ? rows.flatMap((a) => upTo(Math.min(a, 25)).map((b) => [a, a - b - 1] as const))
            : rows.slice(1).map((a) => [a, drawn(a)] as const),
          25,
          ([a, b]) =>
            withSql(
              path(),
              [
                `UPDATE entry SET idx = 9999 WHERE idx = ${a}`,
                `UPDATE entry SET idx = ${a} WHERE idx = ${b}`,
                `UPDATE entry SET idx = ${b} WHERE idx = 9999`,
              ],
              verdict,
            ),
        ),
      );
      expect(missed).toEqual([]);
      expectSound({ index: true });
    },
    LONG_MS,
  );
});
