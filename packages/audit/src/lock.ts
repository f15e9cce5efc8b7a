/**
 * One writer a log: `lock.db` held by `BEGIN EXCLUSIVE` (audit.md 1); one shipper a log: `ship.db`, the same way.
 *
 * SQLite's lock is the kernel's: it is free the moment its holder dies, also by SIGKILL, also in a container whose
 * process ids mean nothing outside. The file stays empty.
 * BUG(posix): fcntl locks fall when *any* descriptor of the file is closed in the holder's process, so nothing in
 * this process may open these files but this module. SQLite keeps its own connections from it, in all threads.
 */
import { join } from 'node:path';
import { touchPrivate } from './durable.ts';
import { LogbookError } from './errors.ts';
import { openDatabase } from './sqlite.ts';

/** Held until `release` or the end of the process. */
export interface FolderLock {
  release(): void;
}

/** SQLITE_BUSY, SQLITE_LOCKED. */
const TAKEN = new Set([5, 6]);

/** `lock.db`: the log's writer. `ship.db`: who sends it to the central log (ship/log-shipper.ts). */
export type LockName = 'lock.db' | 'ship.db';

/**
 * Takes one of the log's locks without waiting.
 * @returns `undefined` when another process (or another log in this one) holds it
 * @throws LogbookError `ERR_LOGBOOK_IO` when the lock file cannot be made
 */
export function tryLock(folder: string, name: LockName = 'lock.db'): FolderLock | undefined {
  let database;
  try {
    const path = join(folder, name);
    touchPrivate(path);
    database = openDatabase(path);
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    if (isTaken(cause)) return undefined;
    throw new LogbookError('ERR_LOGBOOK_IO', `cannot lock log folder "${folder}"`, { cause });
  }
  const connection = database;
  held.add(connection);
  return {
    release: () => {
      if (held.delete(connection)) connection.close();
    },
  };
}
/** A connection that is collected as garbage is closed, and its lock falls. */
const held = new Set<ReturnType<typeof openDatabase>>();

function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' && TAKEN.has(code & 0xff);
}
