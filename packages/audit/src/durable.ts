/**
 * Files that are there after a power cut: write, append, create and replace, each synced with its directory.
 *
 * Every function says what a crash leaves behind. Files are 0600, directories 0700. The log's own appends go through
 * `FileOps`, so that tests can make each call fail.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { asLogbookError } from './errors.ts';

export const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;

/** The system calls of the append path; replaced in tests. */
export interface FileOps {
  open(path: string, flags: string): number;
  write(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  datasync(fd: number): void;
  datasyncLater(fd: number, done: (error: Error | null) => void): void;
  /** Number of names of the file, and what it is. */
  stat(fd: number): { readonly nlink: number; readonly ino: number; readonly size: number };
  truncate(path: string, length: number): void;
  close(fd: number): void;
}

export const nodeFileOps: FileOps = {
  open: (path, flags) => openSync(path, flags, FILE_MODE),
  write: (fd, bytes, offset, length) => writeSync(fd, bytes, offset, length),
  datasync: fdatasyncSync,
  datasyncLater: fdatasync,
  stat: (fd) => fstatSync(fd),
  truncate: truncateSync,
  close: closeSync,
};

/**
 * Whether something is there under a name. What cannot be looked at is not absent: a wrong "no" would end an erasure early,
 * or begin a new log over an old one.
 * @throws LogbookError `ERR_LOGBOOK_IO`
 */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw asLogbookError(cause, `cannot look at "${path}"`, 'see that this process may read it');
  }
}

/** Writes all of it, looping on short writes. A crash or an error leaves a prefix. */
export function writeAll(
  ops: Pick<FileOps, 'write'>,
  fd: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let at = start;
  while (at < end) at += ops.write(fd, bytes, at, end - at);
}

/** Makes a directory and its parents. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
}

/** Makes the names in a directory durable. Windows cannot open directories: there it does nothing. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Replaces a file: readers see the old or the new, never a part. With `sync`, the new is durable on return. */
export function replaceFile(path: string, data: string | Uint8Array, sync: boolean): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeNew(temporary, data, sync);
  renameSync(temporary, path);
  if (sync) syncFolder(dirname(path));
}

/**
 * Creates a file with its whole content, or not at all: two processes cannot both succeed, none sees half a file.
 * @returns false when it exists already
 */
export function createFile(path: string, data: string | Uint8Array): boolean {
  const temporary = `${path}.${process.pid}.tmp`;
  writeNew(temporary, data, true);
  try {
    linkSync(temporary, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return false;
    // File systems without hard links (exFAT, some container mounts): create-exclusive is the next best.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS')
      throw error;
    if (isThere(path)) return false;
    writeNew(path, data, true, 'wx');
  } finally {
    unlinkSync(temporary);
  }
  syncFolder(dirname(path));
  return true;
}

/**
 * Overwrites a file with zeros, fsyncs, and removes it, durably. Idempotent. What a file system keeps elsewhere (copy on
 * write, snapshots, flash) is out of reach.
 */
export function destroyFile(path: string): void {
  let fd;
  try {
    fd = openSync(path, 'r+');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    writeSync(fd, Buffer.alloc(size), 0, size, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  unlinkSync(path);
  syncFolder(dirname(path));
}

/**
 * Puts a file in another's place, durably, and overwrites what the other held. A crash in between leaves either file whole
 * under the name.
 */
export function replaceSecret(from: string, to: string): void {
  const fd = isThere(to) ? openSync(to, 'r+') : undefined;
  try {
    renameSync(from, to);
    syncFolder(dirname(to));
    if (fd === undefined) return;
    // The file without a name is gone when it is closed: until then it can still be written.
    const { size } = fstatSync(fd);
    writeSync(fd, Buffer.alloc(size), 0, size, 0);
    fsyncSync(fd);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The same with the new content. What a crash leaves of its making is named as the file, with `.tmp` at the end. */
export function replaceSecretBy(path: string, data: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeNew(temporary, data, true);
  replaceSecret(temporary, path);
}

/** Makes an empty 0600 file if there is none: SQLite would make it with the umask's mode. */
export function touchPrivate(path: string): void {
  if (isThere(path)) return;
  closeSync(openSync(path, 'a', FILE_MODE));
}

function writeNew(path: string, data: string | Uint8Array, sync: boolean, flags = 'w'): void {
  const fd = openSync(path, flags, FILE_MODE);
  try {
    writeFileSync(fd, data);
    if (sync) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
