/**
 * A configuration file read, replaced and put back. A symbolic link stays one: what it leads to is replaced, with its mode
 * and owner. The old bytes are beside it, durably, before anything changes:
 *
 *   <file>.before-mcp-logbook-<first 16 hex digits of the SHA-256 of what was written>
 *
 * so that `restore` knows whether the file is still what was written. A crash leaves the old file or the new one, whole.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../cli/usage.ts';

/** Read into memory several times over. */
const MAX_BYTES = 32 * 2 ** 20;
const BOM = '\uFEFF';

/** A file as it was read. */
export interface ConfigFile {
  /** As it was named. */
  readonly path: string;
  /** What it leads to. */
  readonly real: string;
  readonly bytes: Buffer;
  /** Without a byte order mark. */
  readonly text: string;
}

/**
 * Reads a file.
 * @throws UsageError when it is not UTF-8 text or too large; the system's error when it cannot be read
 */
export function readConfigFile(path: string): ConfigFile {
  const real = realpathSync(path);
  const stat = statSync(real);
  if (!stat.isFile()) throw new UsageError(`"${path}" is not a file`, 'name a file with --file');
  if (stat.size > MAX_BYTES)
    throw new UsageError(`"${path}" has more than ${MAX_BYTES} bytes`, 'is it a configuration?');
  const bytes = readFileSync(real);
  try {
    // A byte order mark is left out by the decoder.
    return { path, real, bytes, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new UsageError(`"${path}" is not UTF-8 text`, 'nothing was changed');
  }
}

/**
 * Replaces the text of a file, after a backup.
 * @returns the backup's path
 * @throws Error when it changed since it was read, or the system's error; the file is then as it was
 */
export function replaceText(file: ConfigFile, text: string): string {
  const bytes = bytesOf(file, text);
  const backup = `${backupStart(file.real)}${digest(bytes)}`;
  writeBeside(file.real, backup, file.bytes);
  try {
    replaceBytes(file, bytes);
  } catch (error) {
    rmSync(backup, { force: true });
    throw error;
  }
  return backup;
}

/** The same without a backup. */
export function replaceTextOnly(file: ConfigFile, text: string): void {
  replaceBytes(file, bytesOf(file, text));
}

/**
 * Puts the backup back under the file's name, byte for byte, when the file is still what was written.
 * @returns whether it was
 */
export function restore({ real, bytes }: ConfigFile): boolean {
  const backup = `${backupStart(real)}${digest(bytes)}`;
  if (!backupsOf(real).includes(backup)) return false;
  renameSync(backup, real);
  syncFolder(dirname(real));
  return true;
}

/** All backups of a file. */
export function backupsOf(real: string): string[] {
  const start = basename(backupStart(real));
  return readdirSync(dirname(real))
    .filter((name) => name.startsWith(start) && /^[\da-f]{16}$/.test(name.slice(start.length)))
    .map((name) => join(dirname(real), name));
}

function backupStart(real: string): string {
  return `${real}.before-mcp-logbook-`;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

function bytesOf(file: ConfigFile, text: string): Buffer {
  const marked = file.bytes.subarray(0, 3).toString('hex') === 'efbbbf';
  return Buffer.from(`${marked ? BOM : ''}${text}`);
}

function replaceBytes({ path, real, bytes: old }: ConfigFile, bytes: Buffer): void {
  const temporary = `${real}.${process.pid}.tmp`;
  try {
    writeBeside(real, temporary, bytes);
    // The host may have written meanwhile: what it wrote must not be lost.
    if (!readFileSync(real).equals(old))
      throw new Error(`"${path}" changed while it was edited; end the host and try again`);
    renameSync(temporary, real);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(real));
}

/** A new file with the mode and the owner of `real`. */
function writeBeside(real: string, path: string, bytes: Buffer): void {
  const { mode, uid, gid } = statSync(real);
  const fd = openSync(path, 'w', 0o600);
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  const made = statSync(path);
  if (made.uid !== uid || made.gid !== gid) chownSync(path, uid, gid);
  chmodSync(path, mode & 0o7777);
}

/** Windows cannot open folders. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
