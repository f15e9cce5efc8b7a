/**
 * The keys of one log, in its `keys.db`: wrapped, one row a person and one a (class, month) (audit.md 2).
 *
 * subject(lookup, actor, wrapped): lookup = HMAC-SHA-256(lookup key, `iss|sub`), so no user id is in the file; actor =
 * `a_` + 16 random base32 characters; destroying the row erases the person. period(class, month, wrapped): destroying
 * it expires the class. meta: the lookup key, wrapped. Every wrapped value is AES-256-GCM under the master's wrapping
 * key with its own place as additional data, so rows cannot be swapped. A new key is fsynced before `sealingKey`
 * returns it, hence before the entry that uses it is acknowledged. Journal mode TRUNCATE: no side file holds old keys.
 */
import { createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { touchPrivate } from './durable.ts';
import { LogbookError } from './errors.ts';
import { KEY_BYTES, unwrap, wrap, type RootKeys } from './root-secret.ts';
import { openDatabase, type Database } from './sqlite.ts';

/** Name of the system subject: who entries without a person are sealed for. */
export const SYSTEM = 'system';

/** Most sealing keys and people kept in memory; the oldest go first. */
const CACHE_ENTRIES = 4096;

/** Longest wait for another connection's transaction, which is one row and its fsync. */
const BUSY_MS = 1000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS subject (lookup BLOB PRIMARY KEY, actor TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS period (class TEXT NOT NULL, month TEXT NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (class, month)) STRICT;
`;

export interface KeyringOptions {
  /** The log's folder. */
  readonly folder: string;
  readonly origin: string;
  readonly keys: RootKeys;
  /** Readers never make keys. */
  readonly readOnly: boolean;
}

/** Keys of one log. The holder of the log's lock is its one writer. */
export class Keyring {
  readonly #database: Database;
  readonly #origin: string;
  readonly #wrapping: KeyObject;
  readonly #lookup: Buffer;
  readonly #actors = new Map<string, string>();
  readonly #sealing = new Map<string, KeyObject>();
  #batching = false;

  private constructor(database: Database, origin: string, wrapping: KeyObject, lookup: Buffer) {
    this.#database = database;
    this.#origin = origin;
    this.#wrapping = wrapping;
    this.#lookup = lookup;
  }

  /**
   * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING` without `keys.db` when `readOnly`, `ERR_LOGBOOK_KEY_WRONG` when the
   * master does not open it
   */
  static open(options: KeyringOptions): Keyring {
    const path = join(options.folder, 'keys.db');
    if (options.readOnly && !existsSync(path)) {
      throw new LogbookError('ERR_LOGBOOK_KEY_MISSING', `keyring "${path}" is missing`);
    }
    let database;
    try {
      if (!options.readOnly) touchPrivate(path);
      database = openDatabase(path, { readOnly: options.readOnly });
      // A shipper or a query reads while the writer adds a key: both are done in a moment, neither may fail by it.
      database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      const wrapping = options.keys.wrappingKey();
      if (!options.readOnly) {
        database.exec(
          'PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON',
        );
        prepareTables(database, wrapping);
      }
      const row = database.prepare('SELECT value FROM meta WHERE name = ?').get('lookup');
      const lookup =
        row === undefined ? undefined : unwrap(wrapping, bytes(row['value']), 'meta lookup');
      if (lookup === undefined) {
        throw new LogbookError(
          'ERR_LOGBOOK_KEY_WRONG',
          `the keyring master does not open "${path}"; restore the keys folder this log was written with`,
        );
      }
      return new Keyring(database, options.origin, wrapping, lookup);
    } catch (cause) {
      database?.close();
      if (cause instanceof LogbookError) throw cause;
      throw new LogbookError('ERR_LOGBOOK_IO', `cannot open keyring "${path}"`, { cause });
    }
  }

  /** The person's pseudonym in this log, if the person is in it. */
  findActor(person: string): string | undefined {
    const cached = this.#actors.get(person);
    if (cached !== undefined) return cached;
    const row = this.#database
      .prepare('SELECT actor FROM subject WHERE lookup = ?')
      .get(this.#lookupOf(person));
    if (row === undefined) return undefined;
    const actor = String(row['actor']);
    remember(this.#actors, person, actor);
    return actor;
  }

  /** The person's pseudonym, made and fsynced when new. */
  actorOf(person: string): string {
    const found = this.findActor(person);
    if (found !== undefined) return found;
    const actor = `a_${base32(randomBytes(10))}`;
    this.#insertSubject(this.#lookupOf(person), actor);
    remember(this.#actors, person, actor);
    return actor;
  }

  /**
   * The AES key of (subject, class, month), its subject and period keys made and fsynced when new.
   * @param actor pseudonym from `actorOf`; absent or `anonymous` = the system subject
   * @param month `YYYY-MM` of the entry's time
   */
  sealingKey(actor: string | undefined, entryClass: string, month: string): KeyObject {
    const key = this.#sealingKey(actor, entryClass, month, true);
    if (key === undefined) {
      throw new LogbookError('ERR_LOGBOOK_KEY_MISSING', `no key of subject "${actor ?? SYSTEM}"`);
    }
    return key;
  }

  /** The same for readers: `undefined` when a part of it was destroyed (erased, expired) or never was. */
  findSealingKey(
    actor: string | undefined,
    entryClass: string,
    month: string,
  ): KeyObject | undefined {
    return this.#sealingKey(actor, entryClass, month, false);
  }

  /**
   * Makes the new keys of a batch durable together: one set of fsyncs for all of them, before this returns. When `work`
   * throws, none of them was made.
   */
  batch<T>(work: () => T): T {
    this.#batching = true;
    try {
      const result = work();
      if (this.#database.isTransaction) this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#actors.clear();
      this.#sealing.clear();
      throw error;
    } finally {
      this.#batching = false;
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #sealingKey(
    actor: string | undefined,
    entryClass: string,
    month: string,
    create: boolean,
  ): KeyObject | undefined {
    const subject = actor === undefined || actor === 'anonymous' ? SYSTEM : actor;
    const name = `${subject}|${entryClass}|${month}`;
    const cached = this.#sealing.get(name);
    if (cached !== undefined) return cached;
    const subjectKey = this.#subjectKey(subject, create);
    const periodKey = this.#periodKey(entryClass, month, create);
    if (subjectKey === undefined || periodKey === undefined) return undefined;
    const info = `${this.#origin}|${entryClass}|${month}`;
    const key = createSecretKey(
      new Uint8Array(hkdfSync('sha256', subjectKey, periodKey, info, KEY_BYTES)),
    );
    remember(this.#sealing, name, key);
    return key;
  }

  #subjectKey(actor: string, create: boolean): Buffer | undefined {
    const row = this.#database.prepare('SELECT wrapped FROM subject WHERE actor = ?').get(actor);
    if (row !== undefined) return this.#unwrap(bytes(row['wrapped']), `subject ${actor}`);
    // Only the system subject may be made here: a person's row exists since actorOf, or was destroyed.
    return create && actor === SYSTEM ? this.#insertSubject(Buffer.alloc(0), SYSTEM) : undefined;
  }

  #periodKey(entryClass: string, month: string, create: boolean): Buffer | undefined {
    const context = `period ${entryClass} ${month}`;
    const row = this.#database
      .prepare('SELECT wrapped FROM period WHERE class = ? AND month = ?')
      .get(entryClass, month);
    if (row !== undefined) return this.#unwrap(bytes(row['wrapped']), context);
    if (!create) return undefined;
    const key = randomBytes(KEY_BYTES);
    this.#beginBatch();
    this.#database
      .prepare('INSERT INTO period (class, month, wrapped) VALUES (?, ?, ?)')
      .run(entryClass, month, wrap(this.#wrapping, key, context));
    return key;
  }

  #insertSubject(lookup: Buffer, actor: string): Buffer {
    const key = randomBytes(KEY_BYTES);
    this.#beginBatch();
    this.#database
      .prepare('INSERT INTO subject (lookup, actor, wrapped) VALUES (?, ?, ?)')
      .run(lookup, actor, wrap(this.#wrapping, key, `subject ${actor}`));
    return key;
  }

  #beginBatch(): void {
    if (this.#batching && !this.#database.isTransaction) this.#database.exec('BEGIN');
  }

  #unwrap(wrapped: Uint8Array, context: string): Buffer {
    const key = unwrap(this.#wrapping, wrapped, context);
    if (key === undefined) {
      throw new LogbookError(
        'ERR_LOGBOOK_KEY_WRONG',
        `key "${context}" does not open with the keyring master`,
      );
    }
    return key;
  }

  #lookupOf(person: string): Buffer {
    return createHmac('sha256', this.#lookup).update(person).digest();
  }
}

/** Fleet pseudonym: `p_` + 16 base32 characters of HMAC-SHA-256(fleet key, `iss|sub`). */
export function fleetPseudonym(key: KeyObject, person: string): string {
  return `p_${base32(createHmac('sha256', key).update(person).digest().subarray(0, 10))}`;
}

/** Lower-case RFC 4648 base32, without padding. */
function base32(data: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of data) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return text;
}

/** One transaction, hence one set of fsyncs, for a new keyring. Safe to repeat after a crash. */
function prepareTables(database: Database, wrapping: KeyObject): void {
  const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get();
  if (known !== undefined) return;
  database.exec('BEGIN');
  database.exec(SCHEMA);
  database
    .prepare('INSERT INTO meta (name, value) VALUES (?, ?)')
    .run('lookup', wrap(wrapping, randomBytes(KEY_BYTES), 'meta lookup'));
  database
    .prepare('INSERT INTO subject (lookup, actor, wrapped) VALUES (?, ?, ?)')
    .run(Buffer.alloc(0), SYSTEM, wrap(wrapping, randomBytes(KEY_BYTES), `subject ${SYSTEM}`));
  database.exec('COMMIT');
}

function remember<T>(cache: Map<string, T>, name: string, value: T): void {
  if (cache.size >= CACHE_ENTRIES) {
    const oldest = cache.keys().next();
    if (oldest.done !== true) cache.delete(oldest.value);
  }
  cache.set(name, value);
}

function bytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
