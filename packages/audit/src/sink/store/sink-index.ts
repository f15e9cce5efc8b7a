/**
 * `sink.db` and `leaf-hashes` in the central log's folder: what the sink must know of every leaf, on disk and not in
 * memory. Derived (I4): both are made again from the log when they are missing, damaged, or of another log.
 *
 * `leaf-hashes`: the RFC 6962 hash of leaf n, 32 bytes, at offset 32 n: tiles, proofs, "is it the same leaf?".
 * `sink.db`: id -> index of every leaf; places of some leaves, so that any is found by a short scan; the streams of
 * producers, their highest number and pinned key; numbers that are missing; digests of what is no leaf here but must be
 * known when it is sent again (conflicts, quarantined records, checkpoints); producers' checkpoints, which are theirs to
 * compare with (audit.md 7). Nothing personal is in either.
 *
 * One transaction a group: begun when the group is put together, committed when the log has it on disk, so an id that
 * is found was acknowledged or is about to be. After a kill the log is ahead, and its end is read again. WAL and
 * synchronous NORMAL: a power cut loses the newest transactions, never the file; `leaf-hashes` is not fsynced, so after
 * another boot its root is compared with the log's.
 */
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../../boot.ts';
import { FILE_MODE, touchPrivate } from '../../durable.ts';
import { isInLog, LOG_START, type LogCursor } from '../../entries.ts';
import { HASH_BYTES } from '../../hash.ts';
import { openDatabase, type Database } from '../../sqlite.ts';
import { Frontier } from '../../tree.ts';

/** Raised when the tables change: an index of another version is made anew. */
const VERSION = 2;

const TABLES = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TABLE leaf (id BLOB PRIMARY KEY, idx INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE place (idx INTEGER PRIMARY KEY, segment TEXT NOT NULL, offset INTEGER NOT NULL) STRICT;
CREATE TABLE stream (name TEXT PRIMARY KEY, high INTEGER NOT NULL, vkey TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE missing (
  stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  since INTEGER NOT NULL, entered INTEGER NOT NULL, PRIMARY KEY (stream, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX missing_since ON missing (entered, since);
CREATE TABLE seen (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE observed (
  origin TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (origin, size, note)
) STRICT, WITHOUT ROWID;`;

/** SQLite's own cache, KiB: ids of UUID v7 arrive nearly in order, so the pages in use are few. */
const CACHE_KIB = 16 * 1024;
/** Leaves between two places: finding one reads at most a group and this many. */
const PLACE_EVERY = 64;

/** A producer's stream. */
export interface StreamState {
  /** Highest number seen; 0 = none. */
  readonly high: number;
  /** The verifier keys it is pinned to (streams.ts). */
  readonly vkey: string | undefined;
}

/** Missing numbers of a stream. */
export interface MissingRange {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
  readonly sinceMs: number;
}

type Statement = ReturnType<Database['prepare']>;

export class SinkIndex {
  readonly #database: Database;
  readonly #hashes: number;
  readonly #addLeaf: Statement;
  readonly #findLeaf: Statement;
  readonly #addPlace: Statement;
  readonly #findPlace: Statement;
  readonly #getStream: Statement;
  readonly #setStream: Statement;
  readonly #addSeen: Statement;
  readonly #addObserved: Statement;
  readonly #getObserved: Statement;
  readonly #missingBefore: Statement;
  readonly #addMissing: Statement;
  readonly #dropMissing: Statement;
  readonly #setState: Statement;
  #cursor: LogCursor;
  #lastPlace: { readonly segment: string; readonly index: number } | undefined;

  private constructor(folder: string, database: Database, cursor: LogCursor) {
    this.#database = database;
    this.#cursor = cursor;
    this.#hashes = openSync(join(folder, 'leaf-hashes'), 'a+', FILE_MODE);
    const prepare = (sql: string): Statement => database.prepare(sql);
    this.#addLeaf = prepare('INSERT OR IGNORE INTO leaf VALUES (?, ?)');
    this.#findLeaf = prepare('SELECT idx FROM leaf WHERE id = ?');
    this.#addPlace = prepare('INSERT OR REPLACE INTO place VALUES (?, ?, ?)');
    this.#findPlace = prepare(
      'SELECT idx, segment, offset FROM place WHERE idx <= ? ORDER BY idx DESC LIMIT 1',
    );
    this.#getStream = prepare('SELECT high, vkey FROM stream WHERE name = ?');
    this.#setStream = prepare('INSERT OR REPLACE INTO stream VALUES (?, ?, ?)');
    this.#addSeen = prepare('INSERT OR IGNORE INTO seen VALUES (?)');
    this.#addObserved = prepare('INSERT OR IGNORE INTO observed VALUES (?, ?, ?)');
    this.#getObserved = prepare(
      'SELECT note FROM observed WHERE origin = ? ORDER BY size DESC LIMIT ?',
    );
    this.#missingBefore = prepare(
      'SELECT first, last, since, entered FROM missing WHERE stream = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    );
    this.#addMissing = prepare('INSERT OR REPLACE INTO missing VALUES (?, ?, ?, ?, ?)');
    this.#dropMissing = prepare('DELETE FROM missing WHERE stream = ? AND first = ?');
    this.#setState = prepare("INSERT OR REPLACE INTO meta VALUES ('state', ?)");
  }

  /**
   * Opens the index of a log; what it lacks is read by `catchUp`.
   * @param committed the log's right edge: after another boot the hashes are compared with it
   */
  static open(folder: string, origin: string, committed: Frontier): SinkIndex {
    const known = SinkIndex.#openKnown(folder, origin, committed);
    if (known !== undefined) return known;
    for (const name of ['sink.db', 'sink.db-wal', 'sink.db-shm', 'leaf-hashes'])
      rmSync(join(folder, name), { force: true });
    const database = openFile(folder);
    database.exec(`BEGIN; ${TABLES}`);
    const set = database.prepare('INSERT INTO meta VALUES (?, ?)');
    set.run('version', VERSION);
    set.run('origin', origin);
    set.run('state', JSON.stringify({ cursor: LOG_START, boot: bootId() }));
    database.exec('COMMIT');
    return new SinkIndex(folder, database, LOG_START);
  }

  static #openKnown(folder: string, origin: string, committed: Frontier): SinkIndex | undefined {
    let database;
    let index;
    try {
      database = openFile(folder);
      const meta = database.prepare('SELECT value FROM meta WHERE name = ?');
      const { cursor, boot } = parseState(meta.get('state')?.['value']);
      if (
        meta.get('version')?.['value'] === VERSION &&
        meta.get('origin')?.['value'] === origin &&
        cursor.index <= committed.size &&
        isInLog(folder, cursor)
      ) {
        index = new SinkIndex(folder, database, cursor);
        if (index.#cutHashes() && (boot === bootId() || index.#hasRoot(committed))) return index;
      }
    } catch {
      // Not a database of ours, or damaged: as good as none.
    }
    if (index !== undefined) index.close();
    else if (database?.isOpen === true) database.close();
    return undefined;
  }

  /** Number of leaves it knows. */
  get size(): number {
    return this.#cursor.index;
  }

  /** Where in the log it ends. */
  get cursor(): LogCursor {
    return this.#cursor;
  }

  // --- one group

  begin(): void {
    this.#database.exec('BEGIN');
  }

  /** Enters an id. @returns false when it is there already: see `indexOf` */
  add(id: Uint8Array, index: number): boolean {
    return this.#addLeaf.run(id, index).changes === 1;
  }

  /** Takes an id back within its group. */
  remove(id: Uint8Array): void {
    this.#database.prepare('DELETE FROM leaf WHERE id = ?').run(id);
  }

  /**
   * Ends a group that is on disk.
   * @param hashes of the leaves since the last one, in order
   * @param places of leaves among them
   */
  commit(
    hashes: Buffer,
    places: readonly {
      readonly index: number;
      readonly segment: string;
      readonly offset: number;
    }[],
    cursor: LogCursor,
  ): void {
    for (const { index, segment, offset } of places) {
      const last = this.#lastPlace;
      if (last?.segment === segment && index - last.index < PLACE_EVERY) continue;
      this.#addPlace.run(index, segment, offset);
      this.#lastPlace = { segment, index };
    }
    // Before the rows: more hashes than rows are cut off at the next opening.
    for (let at = 0; at < hashes.length;)
      at += writeSync(this.#hashes, hashes, at, hashes.length - at);
    this.#setState.run(JSON.stringify({ cursor, boot: bootId() }));
    this.#database.exec('COMMIT');
    this.#cursor = cursor;
  }

  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#lastPlace = undefined;
    this.#cutHashes();
  }

  // --- reading

  /** Index of an id, also one of the group under way. */
  indexOf(id: Uint8Array): number | undefined {
    const row = this.#findLeaf.get(id);
    return row === undefined ? undefined : Number(row['idx']);
  }

  /** Hashes of leaves, one behind the other; those the index does not know are missing at the end. */
  hashes(first: number, count: number): Buffer {
    const known = Math.max(0, Math.min(count, this.size - first));
    const bytes = Buffer.alloc(known * HASH_BYTES);
    const read = readSync(this.#hashes, bytes, 0, bytes.length, first * HASH_BYTES);
    return bytes.subarray(0, read);
  }

  /** A place at or before a leaf, as a cursor to scan from. */
  placeBefore(index: number): LogCursor {
    const row = this.#findPlace.get(index);
    if (row === undefined) return LOG_START;
    return {
      segment: String(row['segment']),
      offset: Number(row['offset']),
      line: 1,
      index: Number(row['idx']),
    };
  }

  // --- what is no leaf of its own

  /** @returns false when it was seen before */
  addSeen(digest: Uint8Array): boolean {
    return this.#addSeen.run(digest).changes === 1;
  }

  /** Takes a checkpoint of a producer's log, signed by the pinned key. */
  addObserved(origin: string, size: number, note: string): void {
    this.#addObserved.run(origin, size, note);
  }

  /** Those of one log, biggest first. */
  observed(origin: string, limit: number): string[] {
    return this.#getObserved.all(origin, limit).map((row) => String(row['note']));
  }

  // --- streams

  stream(name: string): StreamState {
    const row = this.#getStream.get(name);
    const vkey = row?.['vkey'];
    return {
      high: Number(row?.['high'] ?? 0),
      vkey: typeof vkey === 'string' ? vkey : undefined,
    };
  }

  setStream(name: string, { high, vkey }: StreamState): void {
    this.#setStream.run(name, high, vkey ?? null);
  }

  addMissing(stream: string, first: number, last: number, sinceMs: number): void {
    this.#addMissing.run(stream, first, last, sinceMs, 0);
  }

  /** Takes numbers out of what is missing. @returns how many were */
  fill(stream: string, first: number, last: number): number {
    let filled = 0;
    for (let upTo = last; upTo >= first;) {
      const row = this.#missingBefore.get(stream, upTo);
      const from = Number(row?.['first'] ?? 0);
      const to = Number(row?.['last'] ?? -1);
      if (row === undefined || to < first) break;
      const since = Number(row['since']);
      const entered = Number(row['entered']);
      this.#dropMissing.run(stream, from);
      if (from < first) this.#addMissing.run(stream, from, first - 1, since, entered);
      if (to > upTo) this.#addMissing.run(stream, upTo + 1, to, since, entered);
      filled += Math.min(to, upTo) - Math.max(from, first) + 1;
      upTo = from - 1;
    }
    return filled;
  }

  /** Ranges that are missing since before a time; `entered`: those that an entry names already. */
  missing(entered: boolean, beforeMs: number, limit: number): MissingRange[] {
    return this.#database
      .prepare(
        'SELECT stream, first, last, since FROM missing WHERE entered = ? AND since <= ? ORDER BY since LIMIT ?',
      )
      .all(entered ? 1 : 0, beforeMs, limit)
      .map((row) => ({
        stream: String(row['stream']),
        first: Number(row['first']),
        last: Number(row['last']),
        sinceMs: Number(row['since']),
      }));
  }

  /** Notes that an entry names these numbers. @returns false when none of them is missing */
  setEntered(stream: string, first: number, last: number): boolean {
    return (
      this.#database
        .prepare('UPDATE missing SET entered = 1 WHERE stream = ? AND first >= ? AND last <= ?')
        .run(stream, first, last).changes > 0
    );
  }

  /** Streams with numbers that an entry names as missing, and how many ranges. */
  gapCounts(): Map<string, number> {
    const rows = this.#database
      .prepare('SELECT stream, count(*) AS n FROM missing WHERE entered = 1 GROUP BY stream')
      .all();
    return new Map(rows.map((row) => [String(row['stream']), Number(row['n'])]));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
    closeSync(this.#hashes);
  }

  /** Cuts `leaf-hashes` to what the rows say. @returns false when it is shorter */
  #cutHashes(): boolean {
    const bytes = this.size * HASH_BYTES;
    if (bytes > 0 && readSync(this.#hashes, Buffer.alloc(1), 0, 1, bytes - 1) === 0) return false;
    ftruncateSync(this.#hashes, bytes);
    return true;
  }

  /** Whether the hashes, and those the log has behind them, can be of this tree: about 0.6 us a leaf. */
  #hasRoot(committed: Frontier): boolean {
    // Subtrees of the committed edge that lie within the known leaves must be the same.
    let first = 0;
    for (const [n, expected] of committed.hashes.entries()) {
      const width = widthOf(committed.size, n);
      if (first + width > this.size) break;
      const tree = Frontier.empty();
      for (let at = first; at < first + width; at += 1024) {
        const count = Math.min(1024, first + width - at);
        tree.appendAll(Buffer.concat([Buffer.alloc(1), this.hashes(at, count)]), count);
      }
      if (!tree.root().equals(expected)) return false;
      first += width;
    }
    // What is left is less than half of it, and younger than the last commit of the rows: it is read again.
    return first === this.size;
  }
}

/** Leaves of the nth perfect subtree of a tree, biggest first. */
function widthOf(size: number, n: number): number {
  const bits = size.toString(2);
  let seen = -1;
  for (let at = 0; at < bits.length; at += 1) {
    if (bits[at] === '1' && (seen += 1) === n) return 2 ** (bits.length - 1 - at);
  }
  return 0;
}

function openFile(folder: string): Database {
  const path = join(folder, 'sink.db');
  touchPrivate(path);
  const database = openDatabase(path);
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA locking_mode = EXCLUSIVE`,
  );
  return database;
}

/** Written by `commit` only: checked in the parts that lead to file reads. */
function parseState(text: unknown): { readonly cursor: LogCursor; readonly boot: unknown } {
  const { cursor, boot } = Object(JSON.parse(typeof text === 'string' ? text : '{}'));
  if (
    !/^(?:\d{12}\.jsonl)?$/.test(String(cursor?.segment)) ||
    ![cursor.offset, cursor.line, cursor.index].every((n) => Number.isSafeInteger(n) && n >= 0)
  )
    throw new TypeError('no state');
  return { cursor, boot };
}
