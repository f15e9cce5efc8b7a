/**
 * `index.db`: a SQLite projection of one log for queries. Derived (I4): deleting it loses nothing.
 *
 * It holds where each entry is and what it can be found by: time, kind, target, outcome, service, trace, the person's
 * pseudonym in the log, and HMACs of the person's names and of the session; never a name, an argument or a result.
 * Repeated texts are numbers (`word`), people with the same names are one row (`person`), so an entry is about 60 bytes
 * and its indexes 80. `meta` says up to which place of the log it goes: rows and place change in one transaction.
 */
import type { KeyObject } from 'node:crypto';
import type { EntryPlace, LogCursor } from './entries.ts';
import { LOG_START } from './entries.ts';
import { LogbookError } from './errors.ts';
import { indexFaults } from './index-faults.ts';
import { type Database, openDatabase } from './sqlite.ts';
import { termOf } from './terms.ts';

/** Raised when the tables change: an index of another version is thrown away. */
const VERSION = 2;

const TABLES = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE person (id INTEGER PRIMARY KEY, terms BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE person_term (term BLOB NOT NULL, person INTEGER NOT NULL, PRIMARY KEY (term, person)) STRICT, WITHOUT ROWID;
CREATE TABLE session (id INTEGER PRIMARY KEY, term BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE entry (
  idx INTEGER PRIMARY KEY, time INTEGER NOT NULL,
  kind INTEGER NOT NULL, outcome INTEGER NOT NULL, service INTEGER NOT NULL,
  target INTEGER, actor INTEGER, person INTEGER, session INTEGER, trace BLOB,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL,
  leaf_bytes INTEGER NOT NULL, seal_bytes INTEGER NOT NULL
) STRICT;`;

/** Made after a first fill: sorting once is three times cheaper than inserting row by row. */
const INDEXES = `
CREATE INDEX IF NOT EXISTS entry_time ON entry (time);
CREATE INDEX IF NOT EXISTS entry_kind ON entry (kind, time);
CREATE INDEX IF NOT EXISTS entry_outcome ON entry (outcome, time);
CREATE INDEX IF NOT EXISTS entry_target ON entry (target, time) WHERE target IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_actor ON entry (actor, time) WHERE actor IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_person ON entry (person, time) WHERE person IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_session ON entry (session, time) WHERE session IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_trace ON entry (trace, time) WHERE trace IS NOT NULL;
PRAGMA analysis_limit = 1000;
ANALYZE;`;

/**
 * How a file is filled. A crash in the middle loses the file, which nobody has been told of yet. Sorting gets a second
 * thread and room; the page cache is given back with the connection.
 */
const FILLING = `
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -32768; PRAGMA threads = 2;`;

/** One entry as the index takes it. */
export interface IndexEntry {
  readonly place: EntryPlace;
  readonly timeMicros: number;
  readonly kind: string;
  readonly outcome: string;
  readonly service: string;
  readonly target: string | undefined;
  readonly actor: string | undefined;
  readonly trace: string | undefined;
  /** Names of the person (`namesOf`); hashed here. */
  readonly names: readonly string[];
  readonly session: string | undefined;
}

/** What to find; all given conditions must hold. */
export interface IndexFilter {
  /** Names any of which the person has, or the pseudonym in the log. */
  readonly names?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly kind?: string | undefined;
  readonly outcome?: string | undefined;
  readonly service?: string | undefined;
  readonly session?: string | undefined;
  readonly trace?: string | undefined;
  readonly sinceMicros?: number | undefined;
  /** Exclusive. */
  readonly untilMicros?: number | undefined;
}

/** Where a found entry is. */
export interface IndexHit extends EntryPlace {
  readonly timeMicros: number;
}

/** What the index says about itself. */
export interface IndexState {
  readonly cursor: LogCursor;
  /** Digest of the last indexed leaf, to see whether the log is still the same; absent before the first. */
  readonly lastLeaf: { readonly place: EntryPlace; readonly digest: string } | undefined;
}

type Statement = ReturnType<Database['prepare']>;
type SqlRow = ReturnType<Statement['all']>[number];
type Value = string | number | Uint8Array | null;

/** One index: a file, or in memory. */
export class IndexStore {
  readonly #database: Database;
  /** Statements whose rows are being read. */
  readonly #iterating = new Set<Statement>();
  readonly #statements = new Map<string, Statement>();
  readonly #key: KeyObject | undefined;
  readonly #words = new Map<string, number>();
  readonly #wordTexts = new Map<number, string>();
  readonly #people = new Map<string, number>();
  readonly #sessions = new Map<string, number>();
  #state: IndexState = { cursor: LOG_START, lastLeaf: undefined };

  private constructor(database: Database, key: KeyObject | undefined) {
    this.#database = database;
    this.#key = key;
  }

  /** A new, empty index. `key` hashes names; without it people and sessions are left out. */
  static create(path: string, key: KeyObject | undefined): IndexStore {
    const database = openDatabase(path);
    database.exec(FILLING);
    database.exec(`BEGIN; ${TABLES}`);
    const store = new IndexStore(database, key);
    store.#setMeta('version', VERSION);
    store.#setMeta('check', checkOf(key));
    database.exec('COMMIT');
    return store;
  }

  /**
   * Opens an index file for reading.
   * @returns undefined when it is of another version, made with another key, or damaged: then a new one is made
   */
  static open(path: string, key: KeyObject | undefined): IndexStore | undefined {
    let database;
    try {
      database = openDatabase(path, { readOnly: true });
      const store = new IndexStore(database, key);
      const check = store.#meta('check');
      if (
        store.#meta('version') === VERSION &&
        (key === undefined || sameBytes(check, checkOf(key)))
      ) {
        store.#state = parseState(store.#meta('state'));
        return store;
      }
    } catch {
      // Not a database of ours: as good as none.
    }
    if (database?.isOpen === true) database.close();
    return undefined;
  }

  /** Whether it was made with keys, and so holds the HMACs of people and sessions. */
  get isKeyed(): boolean {
    const check = this.#meta('check');
    return check instanceof Uint8Array && check.length > 0;
  }

  get state(): IndexState {
    return this.#state;
  }

  /** Copies the index into a new file, which is then opened for writing. */
  copyTo(path: string): IndexStore {
    this.#database.prepare('VACUUM INTO ?').run(path);
    const database = openDatabase(path);
    database.exec(FILLING);
    const store = new IndexStore(database, this.#key);
    store.#state = this.#state;
    return store;
  }

  /** Adds entries and moves the place, in one transaction. */
  append(entries: readonly IndexEntry[], state: IndexState): void {
    this.#database.exec('BEGIN');
    const insert = this.#prepare('INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)');
    for (const entry of entries) {
      const { place } = entry;
      insert.run(
        place.index,
        entry.timeMicros,
        this.#word(entry.kind),
        this.#word(entry.outcome),
        this.#word(entry.service),
        entry.target === undefined ? null : this.#word(entry.target),
        entry.actor === undefined ? null : this.#word(entry.actor),
        this.#person(entry.names),
        this.#session(entry.session),
        entry.trace === undefined ? null : Buffer.from(entry.trace, 'hex'),
        this.#word(place.segment),
        place.offset,
        place.line,
        place.leafBytes,
        place.sealBytes,
      );
    }
    this.#setMeta('state', JSON.stringify(state));
    this.#database.exec('COMMIT');
    this.#state = state;
  }

  /** Makes the search indexes, once the first fill is done. */
  finish(): void {
    this.#database.exec(INDEXES);
  }

  /** Finds entries, newest first, lazily: stop reading when you have enough. */
  *find(filter: IndexFilter): Generator<IndexHit> {
    const conditions: string[] = [];
    const values: Value[] = [];
    const where = (condition: string, ...given: Value[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    const words = {
      kind: filter.kind,
      outcome: filter.outcome,
      service: filter.service,
      target: filter.target,
    };
    for (const [column, text] of Object.entries(words)) {
      if (text === undefined) continue;
      const id = this.#findId('word', 'text', text);
      if (id === undefined) return;
      where(`${column} = ?`, id);
    }
    if (filter.names !== undefined) {
      const [condition, ids] = this.#findPeople(filter.names);
      if (condition === '') return;
      where(condition, ...ids);
    }
    if (filter.session !== undefined) {
      const term =
        this.#key === undefined ? undefined : termOf(this.#key, 'session', filter.session);
      const id = term === undefined ? undefined : this.#findId('session', 'term', term);
      if (id === undefined) return;
      where('session = ?', id);
    }
    if (filter.trace !== undefined) where('trace = ?', Buffer.from(filter.trace, 'hex'));
    if (filter.sinceMicros !== undefined) where('time >= ?', filter.sinceMicros);
    if (filter.untilMicros !== undefined) where('time < ?', filter.untilMicros);
    const clause = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const statement = this.#database.prepare(
      `SELECT idx, time, segment, offset, line, leaf_bytes, seal_bytes FROM entry ${clause} ORDER BY time DESC, idx DESC`,
    );
    for (const row of this.#rows(statement, values)) {
      yield {
        index: Number(row['idx']),
        timeMicros: Number(row['time']),
        segment: this.#wordText(Number(row['segment'])),
        offset: Number(row['offset']),
        line: Number(row['line']),
        leafBytes: Number(row['leaf_bytes']),
        sealBytes: Number(row['seal_bytes']),
      };
    }
  }

  /** Every row with its numbers resolved, in log order: to compare two indexes of one log. */
  *dump(): Generator<string> {
    const statement = this.#database.prepare(
      `SELECT idx, time, k.text AS k, o.text AS o, s.text AS s, t.text AS t, a.text AS a, hex(p.terms) AS p,
           hex(n.term) AS n, hex(trace) AS trace, g.text AS g,
           offset, line, leaf_bytes, seal_bytes
         FROM entry LEFT JOIN word k ON k.id = kind LEFT JOIN word o ON o.id = outcome LEFT JOIN word s ON s.id = service
           LEFT JOIN word t ON t.id = target LEFT JOIN word a ON a.id = actor LEFT JOIN person p ON p.id = person
           LEFT JOIN session n ON n.id = session LEFT JOIN word g ON g.id = segment
         ORDER BY idx`,
    );
    // Each column has a name of its own: a row is an object.
    for (const row of this.#rows(statement, [])) yield JSON.stringify(Object.values(row));
  }

  /** What its tables and indexes say against each other; undefined when they agree. */
  faults(): string | undefined {
    return indexFaults(this.#database, TABLES + INDEXES);
  }

  /** Rows of a statement. Node 22.15 finalizes one that only its iterator refers to: it is kept until the last row. */
  *#rows(statement: Statement, values: readonly Value[]): Generator<SqlRow> {
    this.#iterating.add(statement);
    try {
      yield* statement.iterate(...values);
    } finally {
      this.#iterating.delete(statement);
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Condition for people with any of the names, by HMAC or by pseudonym in the log; empty = nobody has them. */
  #findPeople(names: readonly string[]): [condition: string, ids: number[]] {
    const people = new Set<number>();
    const actors = new Set<number>();
    for (const name of names) {
      const actor = /^(?:a_[a-z2-7]{16}|anonymous)$/.test(name)
        ? this.#findId('word', 'text', name)
        : undefined;
      if (actor !== undefined) actors.add(actor);
      if (this.#key === undefined) continue;
      const rows = this.#prepare('SELECT person FROM person_term WHERE term = ?').all(
        termOf(this.#key, 'person', name),
      );
      for (const row of rows) people.add(Number(row['person']));
    }
    const marks = (ids: Set<number>): string => Array.from(ids, () => '?').join(',');
    const parts = [
      people.size === 0 ? '' : `person IN (${marks(people)})`,
      actors.size === 0 ? '' : `actor IN (${marks(actors)})`,
    ].filter((part) => part !== '');
    return [
      parts.length > 1 ? `(${parts.join(' OR ')})` : (parts[0] ?? ''),
      [...people, ...actors],
    ];
  }

  #word(text: string): number {
    return this.#idOf(this.#words, text, 'word', 'text', text);
  }

  #wordText(id: number): string {
    const known = this.#wordTexts.get(id);
    if (known !== undefined) return known;
    const text = String(
      this.#database.prepare('SELECT text FROM word WHERE id = ?').get(id)?.['text'],
    );
    this.#wordTexts.set(id, text);
    return text;
  }

  #session(session: string | undefined): number | null {
    if (session === undefined || this.#key === undefined) return null;
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    return this.#idOf(
      this.#sessions,
      session,
      'session',
      'term',
      termOf(this.#key, 'session', session),
    );
  }

  #person(names: readonly string[]): number | null {
    const key = this.#key;
    if (names.length === 0 || key === undefined) return null;
    const joined = JSON.stringify(names);
    const known = this.#people.get(joined);
    if (known !== undefined) return known;
    const terms = names.map((name) => termOf(key, 'person', name));
    const id = this.#idOf(this.#people, joined, 'person', 'terms', Buffer.concat(terms));
    const insert = this.#prepare('INSERT OR IGNORE INTO person_term VALUES (?, ?)');
    for (const term of terms) insert.run(term, id);
    return id;
  }

  /** Number of a value in its table, given one if it has none. */
  #idOf(
    cache: Map<string, number>,
    name: string,
    table: string,
    column: string,
    value: string | Buffer,
  ): number {
    const known = cache.get(name);
    if (known !== undefined) return known;
    let id = this.#findId(table, column, value);
    if (id === undefined) {
      const insert = this.#prepare(`INSERT INTO ${table} (${column}) VALUES (?)`);
      const { lastInsertRowid } = insert.run(value);
      id = Number(lastInsertRowid);
    }
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(name, id);
    return id;
  }

  #findId(table: string, column: string, value: string | Uint8Array): number | undefined {
    const row = this.#prepare(`SELECT id FROM ${table} WHERE ${column} = ?`).get(value);
    return row === undefined ? undefined : Number(row['id']);
  }

  /** A statement that is done with when its call returns, kept for the next one. */
  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #meta(name: string): unknown {
    return this.#database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.['value'];
  }

  #setMeta(name: string, value: Value): void {
    this.#database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
  }
}

/** Numbers of texts kept in memory, each table. */
const MAX_CACHED = 50_000;

/** Tells indexes of different root secrets apart; empty = made without keys. */
function checkOf(key: KeyObject | undefined): Uint8Array {
  return key === undefined ? new Uint8Array() : termOf(key, 'check', 'index');
}

function sameBytes(a: unknown, b: Uint8Array): boolean {
  return a instanceof Uint8Array && Buffer.from(a).equals(b);
}

/** Written by `append` only: a cast behind a check of the parts that lead to file reads. */
function parseState(text: unknown): IndexState {
  const state: unknown = JSON.parse(typeof text === 'string' ? text : '{"cursor":null}');
  const { cursor, lastLeaf } = Object(state);
  if (
    typeof cursor?.segment !== 'string' ||
    !/^(?:\d{12}\.jsonl)?$/.test(cursor.segment) ||
    ![cursor.offset, cursor.line, cursor.index].every((n) => Number.isSafeInteger(n) && n >= 0) ||
    // By its last leaf a reader sees whether the log is still the one that was indexed.
    (lastLeaf === undefined && cursor.index > 0)
  ) {
    throw new LogbookError('ERR_LOGBOOK_INDEX', 'index does not say where it ends');
  }
  return { cursor, lastLeaf };
}
