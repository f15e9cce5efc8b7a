/**
 * The keys of one log, in its `keys.db`: wrapped, one row a person and one a (class, month) (audit.md 2).
 *
 * subject(lookup, actor, wrapped): lookup = HMAC-SHA-256(lookup key, `iss|sub`), so no user id is in the file; actor =
 * `a_` + 16 random base32 characters; destroying the row erases the person. period(class, month, wrapped): destroying
 * it expires the class. hold(actor, since, authority): who must not be erased, and by whose word. erasure(actor, state):
 * erasures that are under way (erasure.ts). meta: the lookup key, wrapped, and `master`, the number of the master
 * that all is wrapped under (keyring-wrapping.ts); retired(master): those that are to be destroyed. meta also has
 * `rotating`, the new master's number, from the moment when a rotation of its own (master-rotation.ts) put it in force
 * until its entry is in the log. A new key is fsynced before `sealingKey` returns it, hence before the entry that uses it
 * is acknowledged. Journal mode TRUNCATE: no side file holds old keys.
 */
import { createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { touchPrivate, isThere } from './durable.ts';
import { LogbookError } from './errors.ts';
import { KeyCache } from './key-cache.ts';
import {
  asKeyringError,
  masterOf,
  prepareTables,
  RESTORE,
  setMeta,
  SYSTEM,
} from './keyring-file.ts';
import { bytes, holdPlace, META_NAMES, SCHEMA, subjectPlace } from './keyring-rows.ts';
import { Wrapping } from './keyring-wrapping.ts';
import { newActor } from './pseudonym.ts';
import { KEY_BYTES, unwrap, type RootKeys } from './root-secret.ts';
import { openDatabase, strangeSchema, type Database } from './sqlite.ts';

/** Longest wait for another connection's transaction, which is one row and its fsync. */
const BUSY_MS = 1000;

/** Why a person must not be erased. */
export interface Hold {
  readonly actor: string;
  /** RFC 3339. */
  readonly since: string;
  /** Whose word it is. */
  readonly authority: string;
}

/** What a period key is for. */
export interface Period {
  /** Retention class. */
  readonly class: string;
  /** `YYYY-MM`. */
  readonly month: string;
}

/** What a keyring holds. */
export interface KeyringSummary {
  /** Number of `keys/master.<n>`. */
  readonly master: number;
  readonly people: number;
  /** Keys of a (class, month). */
  readonly periods: number;
  readonly holds: number;
}

export interface KeyringOptions {
  /** The log's folder. */
  readonly folder: string;
  readonly origin: string;
  readonly keys: RootKeys;
  /** Readers never make keys. */
  readonly readOnly: boolean;
  /** Makes the keyring: of a log that is only beginning. Over an existing log none is ever made. */
  readonly fresh?: boolean;
  /** Name of the file in the folder; default `keys.db`. */
  readonly file?: string;
}

/** Keys of one log. The holder of the log's lock is its one writer. */
export class Keyring {
  readonly #database: Database;
  readonly #origin: string;
  readonly #keys: RootKeys;
  readonly #wrapping: Wrapping;
  readonly #lookup: Buffer;
  readonly #cache = new KeyCache();
  #batching = false;

  private constructor(
    database: Database,
    { origin, keys }: KeyringOptions,
    wrapping: Wrapping,
    lookup: Buffer,
  ) {
    this.#database = database;
    this.#origin = origin;
    this.#keys = keys;
    this.#wrapping = wrapping;
    this.#lookup = lookup;
  }

  /**
   * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING` without `keys.db` when `readOnly`, `ERR_LOGBOOK_KEY_WRONG` when the
   * master does not open it
   */
  static open(options: KeyringOptions): Keyring {
    const path = join(options.folder, options.file ?? 'keys.db');
    if (options.readOnly && !isThere(path)) {
      throw new LogbookError('ERR_LOGBOOK_KEY_MISSING', `keyring "${path}" is missing`, {
        hint: RESTORE,
      });
    }
    let database;
    try {
      if (!options.readOnly) touchPrivate(path);
      database = openDatabase(path, { readOnly: options.readOnly });
      // A shipper or a query reads while the writer adds a key: both are done in a moment, neither may fail by it.
      database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      if (!options.readOnly) {
        database.exec(
          'PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON',
        );
        prepareTables(database, options.keys, path, options.fresh === true);
      }
      const current = masterOf(database, options.keys, path);
      const row = database.prepare('SELECT value FROM meta WHERE name = ?').get('lookup');
      const lookup =
        row === undefined
          ? undefined
          : unwrap(current.wrapping, bytes(row['value']), 'meta lookup');
      if (lookup === undefined) {
        throw new LogbookError(
          'ERR_LOGBOOK_KEY_WRONG',
          `the keyring master does not open "${path}"; restore the keys folder this log was written with`,
        );
      }
      return new Keyring(database, options, new Wrapping(database, options.keys, current), lookup);
    } catch (cause) {
      database?.close();
      throw asKeyringError(cause, path);
    }
  }

  /** The person's pseudonym in this log, if known. @throws LogbookError `ERR_LOGBOOK_KEY_WRONG` when its row was changed */
  findActor(person: string): string | undefined {
    const cached = this.#cache.actorOf(person);
    if (cached !== undefined) return cached;
    const row = this.#database
      .prepare('SELECT * FROM subject WHERE lookup = ?')
      .get(this.#lookupOf(person));
    if (row === undefined) return undefined;
    // Two swapped rows would name the wrong person, whose erasure could not be undone.
    this.#wrapping.unwrap(bytes(row['wrapped']), ...subjectPlace(row)).fill(0);
    const actor = String(row['actor']);
    this.#cache.rememberActor(person, actor);
    return actor;
  }

  /** The person's pseudonym, made and fsynced when new. */
  actorOf(person: string): string {
    const found = this.findActor(person);
    if (found !== undefined) return found;
    const actor = newActor();
    this.#insertSubject(this.#lookupOf(person), actor).fill(0);
    this.#cache.rememberActor(person, actor);
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
      this.#cache.clear();
      throw error;
    } finally {
      this.#batching = false;
    }
  }

  /** Whether there is a key of this pseudonym. */
  hasSubject(actor: string): boolean {
    return this.#database.prepare('SELECT 1 FROM subject WHERE actor = ?').get(actor) !== undefined;
  }

  /** Number of its master, and how many keys and holds it has. */
  summary(): KeyringSummary {
    const count = (table: string): number =>
      Number(this.#database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
    return {
      master: this.#wrapping.master,
      // The system subject is no person.
      people: Math.max(0, count('subject') - 1),
      periods: count('period'),
      holds: count('hold'),
    };
  }

  /** What is wrong with the file as a database: sentences, none of a sound one. */
  fileFaults(): string[] {
    try {
      const strange = strangeSchema(this.#database, SCHEMA);
      const names = this.#database.prepare('SELECT name FROM meta').all();
      return [
        ...(strange === undefined ? [] : [`"${strange}" is none of its tables`]),
        ...names
          .map(({ name }) => String(name))
          .filter((name) => !META_NAMES.includes(name))
          .map((name) => `"${name}" is none of its settings`),
        ...this.#database
          .prepare('PRAGMA integrity_check(10)')
          .all()
          .map((row) => String(row['integrity_check']))
          .filter((said) => said !== 'ok'),
      ];
    } catch (error) {
      return [error instanceof Error ? error.message : 'cannot be read'];
    }
  }

  /** Which rows do not open: sentences. Opens every row (4 us each). */
  rowFaults(): string[] {
    return this.#wrapping.rowFaults();
  }

  // --- backup; keys-backup.ts tells its form

  /** Copies the whole file as it stands, all keys wrapped as they are, without free pages. The file must not exist. */
  copyTo(path: string): void {
    touchPrivate(path);
    this.#database.prepare('VACUUM INTO ?').run(path);
  }

  /** Wraps a further secret of this log under the keyring's master. */
  wrapSecret(secret: Uint8Array, name: string): Buffer {
    return this.#wrapping.wrap(secret, `secret ${name}`);
  }

  /** Inverse of `wrapSecret`. @throws LogbookError `ERR_LOGBOOK_KEY_WRONG` */
  unwrapSecret(wrapped: Uint8Array, name: string): Buffer {
    return this.#wrapping.unwrap(wrapped, `secret ${name}`);
  }

  // --- erasure; its order is in erasure.ts

  /** Erasures under way: pseudonym, and whether the key is destroyed already. */
  erasures(): { readonly actor: string; readonly destroyed: boolean }[] {
    return this.#database
      .prepare('SELECT actor, state FROM erasure ORDER BY actor')
      .all()
      .map((row) => ({ actor: String(row['actor']), destroyed: row['state'] !== 0 }));
  }

  /** Keeps in mind that a person is to be erased. */
  beginErasure(actor: string): void {
    this.#database.prepare('INSERT OR IGNORE INTO erasure VALUES (?, 0)').run(actor);
  }

  /**
   * Destroys a person's key and mapping, and wraps all other keys anew under a new master, in one transaction. What the
   * old master could still open in older copies is gone with `shred`.
   */
  destroySubject(actor: string): void {
    this.#changeMaster(() => {
      this.#database.prepare('DELETE FROM subject WHERE actor = ?').run(actor);
      this.#database.prepare('UPDATE erasure SET state = 1 WHERE actor = ?').run(actor);
    });
  }

  // --- expiry; its order is in retention.ts

  /** Which (class, month) it has a key of. */
  periods(): Period[] {
    return this.#database
      .prepare('SELECT class, month FROM period ORDER BY month, class')
      .all()
      .map((row) => ({ class: String(row['class']), month: String(row['month']) }));
  }

  /** Destroys keys of periods, and wraps all others anew under a new master, in one transaction; `shred` follows. */
  destroyPeriods(periods: readonly Period[]): void {
    this.#changeMaster(() => {
      const remove = this.#database.prepare('DELETE FROM period WHERE class = ? AND month = ?');
      for (const period of periods) remove.run(period.class, period.month);
    });
  }

  /** Whether a master waits for `shred`. */
  get hasRetired(): boolean {
    return this.#database.prepare('SELECT 1 FROM retired').get() !== undefined;
  }

  // --- rotation of the master; its order is in master-rotation.ts

  /** Wraps all keys under a new master, and remembers that its entry is due. What is retired goes with `shred`. */
  changeMaster(): void {
    this.#changeMaster((master) => setMeta(this.#database, 'rotating', master));
  }

  /** The new master whose entry is due. */
  get rotating(): number | undefined {
    const row = this.#database.prepare("SELECT value FROM meta WHERE name = 'rotating'").get();
    return row === undefined ? undefined : Number(Buffer.from(bytes(row['value'])).toString());
  }

  /** The entry is in the log. */
  endRotation(): void {
    this.#database.prepare("DELETE FROM meta WHERE name = 'rotating'").run();
  }

  /** Rewrites the file without its free pages, and destroys the masters that were replaced. Idempotent. */
  shred(): void {
    this.#database.exec('VACUUM');
    for (const row of this.#database.prepare('SELECT master FROM retired').all()) {
      const master = Number(row['master']);
      this.#keys.destroyMaster(master);
      this.#database.prepare('DELETE FROM retired WHERE master = ?').run(master);
    }
  }

  /** Forgets that an erasure was under way. */
  endErasure(actor: string): void {
    this.#database.prepare('DELETE FROM erasure WHERE actor = ?').run(actor);
  }

  // --- holds

  /** Pseudonyms on hold, without opening anything. */
  heldActors(): Set<string> {
    const rows = this.#database.prepare('SELECT actor FROM hold').all();
    return new Set(rows.map((row) => String(row['actor'])));
  }

  hold(actor: string): Hold | undefined {
    return this.holds().find((hold) => hold.actor === actor);
  }

  holds(): Hold[] {
    return this.#database
      .prepare('SELECT actor, since, authority FROM hold ORDER BY actor')
      .all()
      .map((row) => {
        const actor = String(row['actor']);
        const authority = this.#wrapping
          .unwrap(bytes(row['authority']), ...holdPlace(row))
          .toString();
        return { actor, since: String(row['since']), authority };
      });
  }

  setHold({ actor, since, authority }: Hold): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO hold VALUES (?, ?, ?)')
      .run(
        actor,
        since,
        this.#wrapping.wrap(Buffer.from(authority), holdPlace({ actor, since })[0]),
      );
  }

  liftHold(actor: string): void {
    this.#database.prepare('DELETE FROM hold WHERE actor = ?').run(actor);
  }

  #changeMaster(work: (master: number) => void): void {
    this.#wrapping.change(work);
    this.#cache.clear();
  }

  /** Forgets the keys it holds, and overwrites what Node lets it. */
  close(): void {
    this.#lookup.fill(0);
    this.#cache.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #sealingKey(
    actor: string | undefined,
    entryClass: string,
    month: string,
    create: boolean,
  ): KeyObject | undefined {
    const subject = actor === undefined || actor === 'anonymous' ? SYSTEM : actor;
    const keys = this.#cache.period(entryClass, month);
    const cached = keys.get(subject);
    if (cached !== undefined) return cached;
    const subjectKey = this.#subjectKey(subject, create);
    const periodKey = this.#periodKey(entryClass, month, create);
    if (subjectKey === undefined || periodKey === undefined) return undefined;
    const info = `${this.#origin}|${entryClass}|${month}`;
    const key = createSecretKey(
      new Uint8Array(hkdfSync('sha256', subjectKey, periodKey, info, KEY_BYTES)),
    );
    subjectKey.fill(0);
    periodKey.fill(0);
    this.#cache.rememberKey(keys, subject, key);
    return key;
  }

  #subjectKey(actor: string, create: boolean): Buffer | undefined {
    const row = this.#database.prepare('SELECT * FROM subject WHERE actor = ?').get(actor);
    if (row !== undefined)
      return this.#wrapping.unwrap(bytes(row['wrapped']), ...subjectPlace(row));
    // Only the system subject may be made here: a person's row exists since actorOf, or was destroyed.
    return create && actor === SYSTEM ? this.#insertSubject(Buffer.alloc(0), SYSTEM) : undefined;
  }

  #periodKey(entryClass: string, month: string, create: boolean): Buffer | undefined {
    const context = `period ${entryClass} ${month}`;
    const row = this.#database
      .prepare('SELECT wrapped FROM period WHERE class = ? AND month = ?')
      .get(entryClass, month);
    if (row !== undefined) return this.#wrapping.unwrap(bytes(row['wrapped']), context);
    if (!create) return undefined;
    const key = randomBytes(KEY_BYTES);
    this.#beginBatch();
    this.#database
      .prepare('INSERT INTO period (class, month, wrapped) VALUES (?, ?, ?)')
      .run(entryClass, month, this.#wrapping.wrap(key, context));
    return key;
  }

  #insertSubject(lookup: Buffer, actor: string): Buffer {
    const key = randomBytes(KEY_BYTES);
    this.#beginBatch();
    this.#database
      .prepare('INSERT INTO subject (lookup, actor, wrapped) VALUES (?, ?, ?)')
      .run(lookup, actor, this.#wrapping.wrap(key, subjectPlace({ lookup, actor })[0]));
    return key;
  }

  #beginBatch(): void {
    if (this.#batching && !this.#database.isTransaction) this.#database.exec('BEGIN');
  }

  #lookupOf(person: string): Buffer {
    return createHmac('sha256', this.#lookup).update(person).digest();
  }
}
