/** The file of a keyring as a whole: how it begins, under which master it is, and what can be wrong with it (keyring.ts). */
import { randomBytes, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { asLogbookError, LogbookError } from './errors.ts';
import { bytes, SCHEMA, subjectPlace } from './keyring-rows.ts';
import { KEY_BYTES, wrap, type RootKeys } from './root-secret.ts';
import type { Database } from './sqlite.ts';

/** Name of the system subject: who entries without a person are sealed for. */
export const SYSTEM = 'system';

/** The master a keyring is wrapped under. */
export interface Master {
  readonly master: number;
  readonly wrapping: KeyObject;
}

/** Looks twice: the writer may replace and destroy a master between the two reads. */
export function masterOf(database: Database, keys: RootKeys, path: string): Master {
  for (let tries = 0; ; tries += 1) {
    const row = database.prepare('SELECT value FROM meta WHERE name = ?').get('master');
    // A keyring from before masters were numbered for each log.
    const master = row === undefined ? 1 : Number(Buffer.from(bytes(row['value'])).toString());
    const wrapping = keys.wrappingKey(master);
    if (wrapping !== undefined) return { master, wrapping };
    if (tries > 0) throw missingMaster(keys, master, path);
  }
}

export const RESTORE =
  'restore it from a backup (mcp-logbook keys restore FILE), or move the folder away to begin a new log';

function emptyKeyring(path: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_KEY_MISSING', `keyring "${path}" is empty`, {
    hint: `move the file away and ${RESTORE}`,
  });
}

/** What SQLite says of the file, with what to do: SQLITE_ERROR (here: no such table), SQLITE_CORRUPT, SQLITE_NOTADB. */
export function asKeyringError(cause: unknown, path: string): LogbookError {
  const code = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
  if (code === 1) return emptyKeyring(path);
  if (code === 11 || code === 26)
    return new LogbookError('ERR_LOGBOOK_KEY_WRONG', `keyring "${path}" is damaged or none`, {
      cause,
      hint: `move the file away and ${RESTORE}`,
    });
  return asLogbookError(cause, `cannot open keyring "${path}"`);
}

export function missingMaster(keys: RootKeys, master: number, path = 'keys.db'): LogbookError {
  return new LogbookError(
    'ERR_LOGBOOK_KEY_MISSING',
    `keyring "${path}" needs "${join(keys.folder, `master.${master}`)}", which is not there`,
    {
      hint: 'restore it from a backup; after an erasure or expiry it was destroyed, and so were copies of the keyring from before',
    },
  );
}

export function setMeta(database: Database, name: 'master' | 'rotating', master: number): void {
  database
    .prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)')
    .run(name, Buffer.from(String(master)));
}

/** One transaction, hence one set of fsyncs, for a new keyring. Safe to repeat after a crash. */
export function prepareTables(
  database: Database,
  keys: RootKeys,
  path: string,
  fresh: boolean,
): void {
  const known = new Set(
    database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map((row) => row['name']),
  );
  if (known.has('retired')) return;
  if (known.has('meta')) {
    database.exec(SCHEMA);
    return;
  }
  if (!fresh) throw emptyKeyring(path);
  const master = keys.newMaster();
  const wrapping = keys.wrappingKey(master);
  if (wrapping === undefined) throw missingMaster(keys, master);
  database.exec('BEGIN');
  database.exec(SCHEMA);
  database
    .prepare('INSERT INTO meta (name, value) VALUES (?, ?)')
    .run('lookup', wrap(wrapping, randomBytes(KEY_BYTES), 'meta lookup'));
  setMeta(database, 'master', master);
  database
    .prepare('INSERT INTO subject (lookup, actor, wrapped) VALUES (?, ?, ?)')
    .run(
      Buffer.alloc(0),
      SYSTEM,
      wrap(
        wrapping,
        randomBytes(KEY_BYTES),
        subjectPlace({ lookup: Buffer.alloc(0), actor: SYSTEM })[0],
      ),
    );
  database.exec('COMMIT');
}
