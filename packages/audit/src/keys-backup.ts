/**
 * `backupKeys` and `restoreKeys`: the keyrings and signing keys of all logs under a root, in one file that is worth nothing
 * by itself (audit.md 2).
 *
 * JSON Lines, 0600, written whole or not at all:
 *   {"backup":{"v":1,"time":"<RFC 3339>","logs":<count>}}
 *   {"log":{"origin":"...","vkey":"...","master":<n>,"keyring":"<base64url of keys.db>","signing":"<base64url>"}}   one a log
 *   {"end":{"sha256":"<hex, of all bytes before this line>"}}
 * `keyring` is the log's `keys.db`, whose keys are wrapped under `keys/master.<n>`; `signing` its signing key (PKCS#8 PEM),
 * wrapped under the same. Neither a master nor the root secret is in it: keep copies of those in another place. Once an
 * erasure, an expiry or `keys rotate` has destroyed that master, the backup opens nothing any more, and must not.
 * `<root>/keys/backups.jsonl` keeps in mind where backups were written, a line {"backup":{"file":"...","time":"..."}} each,
 * so that an erasure can name the older ones and make a new one.
 */
import { createPrivateKey, hash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { openKeyringForReading, openKeysForReading, type KeyAccess } from './access.ts';
import { defaultRoot } from './default-root.ts';
import { createFile, FILE_MODE, replaceFile, isThere } from './durable.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { newestKey, readIdentity, signerOf } from './folder.ts';
import { logsUnder, type LogPlace } from './in-logs.ts';
import { Keyring } from './keyring.ts';
import { tryLock } from './lock.ts';
import { decodeBase64Url, Signer } from './note.ts';
import type { RootKeys } from './root-secret.ts';

/** Most bytes of a backup that is read: keyrings are some hundred bytes a person. */
const MAX_BYTES = 1024 * 1024 * 1024;

export interface BackupOptions extends KeyAccess {
  /** Root folder; default: `mcp-logbook` in the user's state folder. */
  readonly root?: string | undefined;
  /** The backup. */
  readonly file: string;
}

/** What is in a backup of one log. */
export interface BackedUpLog {
  readonly origin: string;
  readonly vkey: string;
  /** The master without which it opens nothing: `keys/master.<n>`. */
  readonly master: number;
}

/** What became of one log's keys. */
export type RestoredLog =
  | { readonly origin: string; readonly folder: string; readonly restored: readonly string[] }
  /** No log of that name is under the root. */
  | { readonly origin: string; readonly folder?: undefined };

/**
 * Writes a backup. Works beside a running writer.
 * @throws LogbookError `ERR_LOGBOOK_USAGE` when the file exists, `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_KEY_MISSING`,
 * `ERR_LOGBOOK_KEY_WRONG`, `ERR_LOGBOOK_IO`: then there is no backup
 */
export function backupKeys(options: BackupOptions): BackedUpLog[] {
  const { root = defaultRoot(), file, ...access } = options;
  const places = logsUnder(root);
  const keys = openKeysForReading(root, access);
  try {
    const logs = places.map((place) => backUp(place, keys));
    const head = { v: 1, time: new Date().toISOString(), logs: logs.length };
    let text = `${JSON.stringify({ backup: head })}\n`;
    for (const log of logs) text += `${JSON.stringify({ log })}\n`;
    text += `${JSON.stringify({ end: { sha256: hash('sha256', text) } })}\n`;
    if (createFile(file, text)) {
      const note = { file: resolve(file), time: head.time };
      appendFileSync(notesPath(root), `${JSON.stringify({ backup: note })}\n`, { mode: FILE_MODE });
      return logs.map(({ origin, vkey, master }) => ({ origin, vkey, master }));
    }
  } catch (error) {
    throw asLogbookError(error, `cannot write the backup "${file}"`);
  }
  throw new LogbookError('ERR_LOGBOOK_USAGE', `"${file}" exists`, {
    hint: 'a backup never replaces a file: name another',
  });
}

/** A new backup, and those that are worthless now. */
export interface RenewedBackup {
  readonly file: string;
  readonly older: readonly string[];
}

/**
 * After an erasure or a rotation of masters: a new backup beside the newest known one.
 * @returns undefined when no backup is known that is still there
 * @throws LogbookError as `backupKeys`
 */
export function renewBackup(options: Omit<BackupOptions, 'file'>): RenewedBackup | undefined {
  const { root = defaultRoot() } = options;
  const older = knownBackups(root);
  const newest = older.at(-1);
  if (newest === undefined) return undefined;
  const stamp = new Date().toISOString().replace(/[:.]/g, '');
  const file = join(dirname(newest), `logbook-keys.${stamp}.jsonl`);
  backupKeys({ ...options, file });
  return { file, older };
}

/** Backups of these logs that are still where they were written, oldest first. */
function knownBackups(root: string): string[] {
  const path = notesPath(root);
  if (!isThere(path)) return [];
  const files = readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const { file } = Object(Object(JSON.parse(line)).backup);
        return typeof file === 'string' && !file.includes('\0') && existsSync(file) ? [file] : [];
      } catch {
        return [];
      }
    });
  return [...new Set(files)];
}

function notesPath(root: string): string {
  return join(root, 'keys', 'backups.jsonl');
}

/** A log in the file. */
interface WrittenLog extends BackedUpLog {
  readonly keyring: string;
  readonly signing: string;
}

function backUp({ folder, origin }: LogPlace, keys: RootKeys): WrittenLog {
  const identity = readIdentity(folder);
  if (identity === undefined)
    throw new LogbookError('ERR_LOGBOOK_NOT_A_LOG', `"${folder}" is no log any more`);
  signerOf(folder, identity);
  const pem = readFileSync(join(folder, 'signing.key'));
  const keyring = openKeyringForReading(folder, origin, keys);
  const copy = join(folder, `keys.db.${process.pid}.tmp`);
  try {
    keyring.copyTo(copy);
    const { master } = keyring.summary();
    return {
      origin,
      vkey: newestKey(identity),
      master,
      keyring: readFileSync(copy, 'base64url'),
      signing: keyring.wrapSecret(pem, `signing ${origin}`).toString('base64url'),
    };
  } finally {
    keyring.close();
    pem.fill(0);
    rmSync(copy, { force: true });
  }
}

/**
 * Puts back what is missing: `keys.db` and `signing.key` of the logs under the root. What is there is left alone. Needs the
 * root secret and the masters that the backup names.
 * @throws LogbookError `ERR_LOGBOOK_USAGE` when it is no whole backup, `ERR_LOGBOOK_LOCKED` when a log is being written,
 * `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`, `ERR_LOGBOOK_IO`
 */
export function restoreKeys(options: BackupOptions): RestoredLog[] {
  const { root = defaultRoot(), file, ...access } = options;
  const logs = readBackup(file);
  const places = logsUnder(root);
  const keys = openKeysForReading(root, access);
  return logs.map((log) => {
    const place = places.find(({ origin }) => origin === log.origin);
    if (place === undefined) return { origin: log.origin };
    const lock = tryLock(place.folder);
    if (lock === undefined)
      throw new LogbookError('ERR_LOGBOOK_LOCKED', `log "${place.folder}" is being written`, {
        hint: 'end the server that writes it first; what it needs, it has',
      });
    try {
      return { ...place, restored: putBack(place, log, keys) };
    } catch (error) {
      throw asLogbookError(error, `cannot restore the keys of "${place.folder}"`);
    } finally {
      lock.release();
    }
  });
}

/** @returns names of the files that were put back */
function putBack({ folder, origin }: LogPlace, log: WrittenLog, keys: RootKeys): string[] {
  const temporary = `keys.db.${process.pid}.tmp`;
  const copy = join(folder, temporary);
  const bytes = Buffer.from(log.keyring, 'base64url');
  const restored: string[] = [];
  try {
    writeFileSync(copy, bytes, { mode: FILE_MODE });
    // Tried before anything is put back: it opens with the master that is there.
    const keyring = Keyring.open({ folder, origin, keys, readOnly: true, file: temporary });
    let pem;
    try {
      pem = keyring.unwrapSecret(Buffer.from(log.signing, 'base64url'), `signing ${origin}`);
    } finally {
      keyring.close();
    }
    const signing = join(folder, 'signing.key');
    if (!isThere(signing)) {
      const { vkey } = new Signer(origin, createPrivateKey(pem));
      const identity = readIdentity(folder);
      if (identity === undefined || vkey !== newestKey(identity))
        throw new LogbookError(
          'ERR_LOGBOOK_KEY_WRONG',
          `the backup's signing key is not the one that log "${basename(folder)}" is signed with now`,
          { hint: 'take a newer backup' },
        );
      replaceFile(signing, pem, true);
      restored.push('signing.key');
    }
    pem.fill(0);
    if (createFile(join(folder, 'keys.db'), bytes)) restored.push('keys.db');
    return restored;
  } finally {
    rmSync(copy, { force: true });
  }
}

/** Reads a whole backup, strict. */
function readBackup(file: string): WrittenLog[] {
  let text;
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error('too large');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw asLogbookError(error, `cannot read the backup "${file}"`, 'name a file of keys backup');
  }
  const lines = text.split('\n');
  const values = lines.slice(0, -1).map((line): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      return undefined;
    }
  });
  const { v, logs } = Object(Object(values[0]).backup);
  if (Number.isSafeInteger(v) && v > 1)
    throw new LogbookError('ERR_LOGBOOK_FORMAT_VERSION', `backup "${file}" is of form ${v}`, {
      hint: 'use the version of mcp-logbook that wrote it, or a newer one',
    });
  const { sha256 } = Object(Object(values.at(-1)).end);
  const signed = text.slice(0, text.length - (lines.at(-2)?.length ?? 0) - 1);
  const found = values.slice(1, -1).map((value): unknown => Object(value).log);
  const whole = v === 1 && lines.at(-1) === '' && sha256 === hash('sha256', signed);
  if (!whole || logs !== found.length || !found.every(isWrittenLog))
    throw new LogbookError('ERR_LOGBOOK_USAGE', `"${file}" is not a whole backup of keys`, {
      hint: 'it is damaged, cut off or something else: take another copy',
    });
  return found;
}

function isWrittenLog(value: unknown): value is WrittenLog {
  const { origin, vkey, master, keyring, signing } = Object(value);
  return (
    typeof origin === 'string' &&
    typeof vkey === 'string' &&
    Number.isSafeInteger(master) &&
    typeof keyring === 'string' &&
    typeof signing === 'string' &&
    decodeBase64Url(keyring) !== undefined &&
    decodeBase64Url(signing) !== undefined
  );
}
