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
import { LogbookError } from '../src/errors.ts';
import { sha256 } from '../src/hash.ts';
import { type IndexEntry, type IndexState, IndexStore } from '../src/index-db.ts';
import { indexEntry } from '../src/log-index.ts';
import { Findings } from '../src/verify-findings.ts';
import { checkIndex } from '../src/verify-index.ts';
import type { VerifyOptions } from '../src/verify.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { removeRoots } from './small-log.ts';
import { type Outcome, Tried, upTo } from '../../../test/harness/tried.ts';
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

/** A change of a database must be found, unless SQLite reads all of it as before. */
function judgeDatabase(path: string, before: string | undefined, verdict: () => Outcome): Outcome {
  return contentOf(path) === before ? 'no effect' : verdict();
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

/** A row of a table. */
interface Row<Table extends string> {
  readonly table: Table;
  readonly row: number;
}

function rowsOf<Table extends string>(path: string, tables: readonly Table[]): Row<Table>[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return tables.flatMap((table) =>
      database
        .prepare(`SELECT rowid AS row FROM ${table} ORDER BY rowid`)
        .all()
        .map(({ row }) => ({ table, row: Number(row) })),
    );
  } finally {
    database.close();
  }
}

function countOf(path: string, table: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  } finally {
    database.close();
  }
}

function removed(path: string, { table, row }: Row<string>, verdict: () => Outcome): Outcome {
  return withSql(path, [`DELETE FROM ${table} WHERE rowid = ${row}`], verdict);
}

/** A column whose values two rows exchange. */
interface Swap {
  readonly table: string;
  readonly column: string;
  readonly pair: readonly [number, number];
}

/** Every column of every two rows of a table in which they differ. */
function swapsOf<Table extends string>(
  path: string,
  rows: readonly Row<Table>[],
  columns: Readonly<Record<Table, readonly string[]>>,
): Swap[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return rows.flatMap(({ table, row: a }) =>
      columns[table].flatMap((column) =>
        rows
          .filter((other) => other.table === table && other.row < a)
          .filter(({ row: b }) => {
            const sql = `SELECT count(DISTINCT ${column}) AS n FROM ${table} WHERE rowid IN (?, ?)`;
            return database.prepare(sql).get(a, b)?.['n'] === 2;
          })
          .map(({ row: b }) => ({ table, column, pair: [a, b] as const })),
      ),
    );
  } finally {
    database.close();
  }
}

/** Also where the column is unique: the first row gets a value in between that no row has. */
function swapSql({ table, column, pair: [a, b] }: Swap): string[] {
  const value = (row: number): string => `(SELECT c FROM temp.old WHERE row = ${row})`;
  const free = `iif(typeof(${column}) = 'blob', x'01', 'a_aaaaaaaaaaaaaaaa')`;
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
        flipped(path(), bytes, at, () =>
          judgeDatabase(path(), before, () => judge({ deep: true })),
        ),
      );
      expect(missed).toEqual([]);
      expectSound({ deep: true });
    },
    LONG_MS,
  );

  test(
    'rows removed, doubled and swapped',
    () => {
      const verdict = (): Outcome => judge({ deep: true });
      const rows = rowsOf(path(), ['meta', 'subject', 'period', 'hold']);
      expect(rows.length).toBeGreaterThan(10);
      const columns = {
        meta: ['value'],
        subject: ['lookup', 'actor', 'wrapped'],
        period: ['month', 'wrapped'],
        hold: ['actor', 'since', 'authority'],
      };
      const others = {
        meta: "'other', value",
        subject: "x'01', 'a_aaaaaaaaaaaaaaaa', wrapped",
        period: "class, '2026-01', wrapped",
        hold: "'a_aaaaaaaaaaaaaaaa', since, authority",
      };
      const missed = [
        ...tried.each(['row of keys.db removed', by], rows, 99, (row) =>
          removed(path(), row, verdict),
        ),
        ...tried.each(
          ['column of two rows of keys.db swapped', by],
          swapsOf(path(), rows, columns),
          99,
          (swap) => withSql(path(), swapSql(swap), verdict),
        ),
        ...tried.each(
          ['row of keys.db doubled under another name', by],
          rows,
          99,
          ({ table, row }) =>
            withSql(
              path(),
              [`INSERT INTO ${table} SELECT ${others[table]} FROM ${table} WHERE rowid = ${row}`],
              verdict,
            ),
        ),
      ];
      expect(missed).toEqual([]);
      expectSound({ deep: true });
    },
    LONG_MS,
  );
});

describe('the index', () => {
  const by = '`verify --index`';
  const path = (): string => join(folder, 'index.db');
  /** What `verify --index` does besides reading the log, which is as it was. */
  const verdict = (): Outcome => {
    const findings = new Findings();
    try {
      checkIndex(folder, origin, {}, findings);
    } catch (error) {
      if (error instanceof LogbookError) return 'found';
      throw error;
    }
    return findings.problems.length > 0 ? 'found' : 'missed';
  };

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
        flipped(path(), bytes, at, () => judgeDatabase(path(), before, verdict)),
      );
      expect(missed).toEqual([]);
      expectSound({ index: true });
    },
    LONG_MS,
  );

  const entryRows = (): Row<'entry'>[] => rowsOf(path(), ['entry']);
  const nameRows = (): Row<'word' | 'person' | 'session' | 'meta'>[] =>
    rowsOf(path(), ['word', 'person', 'session', 'meta']);

  test(
    'rows removed and doubled',
    () => {
      const [entries, names] = [entryRows(), nameRows()];
      const terms = upTo(countOf(path(), 'person_term'));
      expect(entries.length).toBeGreaterThan(ENTRIES);
      expect(terms.length).toBeGreaterThan(4);
      const rest =
        'time, kind, outcome, service, target, actor, person, session, trace, segment, offset, line, leaf_bytes, seal_bytes';
      const others = {
        word: "(text) SELECT text || '.'",
        person: "(terms) SELECT CAST(terms || x'00' AS BLOB)",
        session: "(term) SELECT CAST(term || x'00' AS BLOB)",
        meta: "SELECT name || '.', value",
      };
      const missed = [
        ...tried.each(['row of index.db removed', by], entries, 12, (row) =>
          removed(path(), row, verdict),
        ),
        ...tried.each(['row of index.db doubled', by], entries, 12, ({ row }) =>
          withSql(
            path(),
            [`INSERT INTO entry SELECT 9999, ${rest} FROM entry WHERE idx = ${row}`],
            verdict,
          ),
        ),
        ...tried.each(['name in index.db removed', by], names, 12, (row) =>
          removed(path(), row, verdict),
        ),
        ...tried.each(['term of a person in index.db removed', by], terms, 12, (n) =>
          withSql(
            path(),
            [
              `DELETE FROM person_term WHERE (term, person) IN (SELECT term, person FROM person_term ORDER BY term, person LIMIT 1 OFFSET ${n})`,
            ],
            verdict,
          ),
        ),
        ...tried.each(['name in index.db doubled under another', by], names, 12, ({ table, row }) =>
          withSql(
            path(),
            [`INSERT INTO ${table} ${others[table]} FROM ${table} WHERE rowid = ${row}`],
            verdict,
          ),
        ),
      ];
      expect(missed).toEqual([]);
      expectSound({ index: true });
    },
    LONG_MS,
  );

  test(
    'rows swapped',
    () => {
      const entries = entryRows();
      const columns = { word: ['text'], person: ['terms'], session: ['term'], meta: ['value'] };
      const missed = [
        ...tried.each(
          ['two rows of index.db swapped', by],
          entries.flatMap(({ row: a }, n) =>
            entries.slice(0, n).map(({ row: b }) => [a, b] as const),
          ),
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
        ...tried.each(
          ['two names in index.db swapped', by],
          swapsOf(path(), nameRows(), columns),
          25,
          (swap) => withSql(path(), swapSql(swap), verdict),
        ),
      ];
      expect(missed).toEqual([]);
      expectSound({ index: true });
    },
    LONG_MS,
  );
});
