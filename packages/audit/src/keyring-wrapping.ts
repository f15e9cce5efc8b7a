/**
 * How the values of a log's `keys.db` are wrapped: AES-256-GCM under the wrapping key of one master, with the rest of the
 * row as additional data (keyring-rows.ts), so no column can be changed or swapped with another row's. When the master
 * changes everything is wrapped anew in one transaction, so a copy of an older keyring is worth nothing once the old
 * master is destroyed. Readers follow a change that they meet.
 */
import type { KeyObject } from 'node:crypto';
import { LogbookError } from './errors.ts';
import { masterOf, missingMaster, setMeta, type Master } from './keyring-file.ts';
import { bytes, WRAPPED } from './keyring-rows.ts';
import { unwrap, wrap, type RootKeys } from './root-secret.ts';
import type { Database } from './sqlite.ts';

export class Wrapping {
  readonly #database: Database;
  readonly #keys: RootKeys;
  #master: number;
  #key: KeyObject;

  constructor(database: Database, keys: RootKeys, { master, wrapping }: Master) {
    this.#database = database;
    this.#keys = keys;
    this.#master = master;
    this.#key = wrapping;
  }

  /** Number of `keys/master.<n>`. */
  get master(): number {
    return this.#master;
  }

  wrap(secret: Uint8Array, context: string): Buffer {
    return wrap(this.#key, secret, context);
  }

  /**
   * Inverse of `wrap`.
   * @param older a context that keyrings from before used
   * @throws LogbookError `ERR_LOGBOOK_KEY_WRONG`
   */
  unwrap(wrapped: Uint8Array, context: string, older?: string): Buffer {
    const key =
      this.#tryUnwrap(wrapped, context, older) ??
      // The keyring of a reader got a new master meanwhile.
      (this.#reload() ? this.#tryUnwrap(wrapped, context, older) : undefined);
    if (key === undefined) {
      throw new LogbookError(
        'ERR_LOGBOOK_KEY_WRONG',
        `key "${context}" does not open with the keyring master`,
      );
    }
    return key;
  }

  /** `work` and a new master in one transaction; the old one waits for its destruction in `retired`. */
  change(work: (master: number) => void): void {
    const master = this.#keys.newMaster();
    const fresh = this.#keys.wrappingKey(master);
    if (fresh === undefined) throw missingMaster(this.#keys, master);
    const database = this.#database;
    database.exec('BEGIN IMMEDIATE');
    try {
      work(master);
      for (const { table, column, place } of WRAPPED) {
        const update = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`);
        const rows = database.prepare(`SELECT rowid AS row, * FROM ${table}`).all();
        for (const row of rows) {
          const [name, older] = place(row);
          if (name === undefined) continue;
          const plain = this.unwrap(bytes(row[column]), name, older);
          update.run(wrap(fresh, plain, name), row['row'] ?? null);
          plain.fill(0);
        }
      }
      database.prepare('INSERT OR IGNORE INTO retired VALUES (?)').run(this.#master);
      setMeta(database, 'master', master);
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      this.#keys.destroyMaster(master);
      throw error;
    }
    try {
      database.exec('COMMIT');
    } catch (error) {
      // The disk may refuse when all is written: then the new master alone opens anything. It stays, needed or not.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
    this.#master = master;
    this.#key = fresh;
  }

  /** Which rows do not open: sentences. Opens every row (4 us each). */
  rowFaults(): string[] {
    const found = this.#unopened();
    // All rows are wrapped anew in one transaction: what was read on both sides of it does not open.
    return found.length > 0 && this.#reload() ? this.#unopened() : found;
  }

  #unopened(): string[] {
    return WRAPPED.flatMap(({ table, column, place }) =>
      this.#database
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .flatMap((row) => {
          const [name, older] = place(row);
          const plain =
            name === undefined ? undefined : this.#tryUnwrap(bytes(row[column]), name, older);
          plain?.fill(0);
          return name === undefined || plain !== undefined
            ? []
            : [`the row "${older ?? name}" was changed or is of another keyring`];
        }),
    );
  }

  #tryUnwrap(wrapped: Uint8Array, context: string, older?: string): Buffer | undefined {
    return (
      unwrap(this.#key, wrapped, context) ??
      (older === undefined ? undefined : unwrap(this.#key, wrapped, older))
    );
  }

  #reload(): boolean {
    const { master, wrapping } = masterOf(this.#database, this.#keys, 'keys.db');
    const changed = master !== this.#master;
    this.#master = master;
    this.#key = wrapping;
    return changed;
  }
}
