/**
 * The root secret and the keyring's master key (audit.md 2).
 *
 * Root secret: 32 bytes from `<root>/keys/root.key` (base64url, 0600, made on first use), from another file, from a
 * command (key-command.ts), or by scrypt from a passphrase file with the salt in `<root>/keys/passphrase.salt`. Master: `keys/master.<n>`, one line
 * of base64url(nonce12 || ciphertext32 || tag16), AES-256-GCM under HKDF(root secret), additional data = file name.
 * Every log has its own, whose number its keyring names: so one log's writer can replace and destroy its master without
 * the others. Numbers are never used twice while their file is there.
 * While the root secret is replaced (root-rotation.ts) a master has two such lines, one for either secret. `keys/carried`
 * holds what other machines know and what outlives the secret it was derived from: base64url of recipient's and
 * pseudonyms' key, wrapped as a master is, a line for each secret in force. Without that file they are derived.
 * A root secret is made only where no log and no master is: a missing or wrong one over existing ones is refused, because
 * a new key would bury what was written before.
 */
import {
  createDecipheriv,
  createCipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  scryptSync,
  type KeyObject,
} from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createFile, destroyFile, makeFolder, replaceSecretBy, isThere } from './durable.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { secretOfCommand } from './key-command.ts';

export const KEY_BYTES = 32;

const CARRIED = 'carried';
const MAX_KEY_FILE_BYTES = 4096;
const MAX_PASSPHRASE_BYTES = 64 * 1024;

/** scrypt cost: 32 MiB and about 80 ms, once a start. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** Where the root secret comes from. */
export interface RootSecretSource {
  /** Root folder of the logs. */
  readonly root: string;
  readonly keyFile?: string | undefined;
  readonly passphraseFile?: string | undefined;
  /** Wins over the passphrase, which wins over the file. */
  readonly keyCommand?: string | undefined;
}

/**
 * The keys of one root folder. Secrets are private fields, so printing it leaks nothing, and `KeyObject`s, whose memory
 * OpenSSL overwrites when it frees them. What was read as text (a key file, a passphrase) Node cannot overwrite.
 */
export class RootKeys {
  /** `<root>/keys`. */
  readonly folder: string;
  readonly #master: KeyObject;
  readonly #index: KeyObject;
  readonly #recipient: KeyObject;
  readonly #pseudonym: KeyObject;

  /** @param secret the root secret; overwritten with zeros */
  constructor(secret: Buffer, folder: string) {
    this.folder = folder;
    this.#master = derive(secret, 'mcp-logbook master wrap v1');
    this.#index = derive(secret, 'mcp-logbook index v1');
    const carried = openLine(this.#master, join(folder, CARRIED), CARRIED);
    this.#recipient =
      carried === undefined
        ? derive(secret, 'mcp-logbook recipient v1')
        : createSecretKey(carried.subarray(0, KEY_BYTES));
    this.#pseudonym =
      carried === undefined
        ? derive(secret, 'pseudonym')
        : createSecretKey(carried.subarray(KEY_BYTES));
    carried?.fill(0);
    secret.fill(0);
  }

  /**
   * Key that wraps what a `keys.db` holds, of the master it names.
   * @returns undefined when there is no such master (destroyed, or not restored)
   * @throws LogbookError `ERR_LOGBOOK_KEY_WRONG` when the root secret does not open it
   */
  wrappingKey(master: number): KeyObject | undefined {
    const name = `master.${master}`;
    const path = join(this.folder, name);
    const key = openLine(this.#master, path, name);
    if (key === undefined) {
      if (!isThere(path)) return undefined;
      throw new LogbookError(
        'ERR_LOGBOOK_KEY_WRONG',
        `the root key does not open "${path}"; give the key these logs were written with, or use another folder`,
        { hint: 'if the key is right the file is damaged: restore it from a backup' },
      );
    }
    const wrapping = derive(key, 'mcp-logbook keyring wrap v1');
    key.fill(0);
    return wrapping;
  }

  /** Makes a master, durable. @returns its number */
  newMaster(): number {
    for (let number = (latestMaster(this.folder) ?? 0) + 1; ; number += 1) {
      const name = `master.${number}`;
      const key = randomBytes(KEY_BYTES);
      const line = lineOf(this.#master, key, name);
      key.fill(0);
      // Another process may take the number at the same moment: then the next.
      if (createFile(join(this.folder, name), line)) return number;
    }
  }

  /**
   * Overwrites and removes a master, and what a crash left of its making. Idempotent; the caller has made sure that nothing
   * needs it.
   */
  destroyMaster(number: number): void {
    const name = `master.${number}`;
    for (const left of readdirSync(this.folder))
      if (left.startsWith(`${name}.`) && left.endsWith('.tmp'))
        destroyFile(join(this.folder, left));
    destroyFile(join(this.folder, name));
  }

  /** Whether both come from the same secret. */
  isOf(other: RootKeys): boolean {
    return this.#master.equals(other.#master);
  }

  /**
   * Wraps every master, and what outlives the root secret, for another secret: beside this one, or with `alone` for that
   * one only; then the old text is overwritten. Idempotent. A file that neither opens is left as it is.
   */
  handOver(to: RootKeys, alone: boolean): void {
    const carried = Buffer.concat([this.#recipient.export(), this.#pseudonym.export()]);
    createFile(join(this.folder, CARRIED), lineOf(this.#master, carried, CARRIED));
    carried.fill(0);
    const masters = mastersIn(this.folder).map((number) => `master.${number}`);
    for (const name of [...masters, CARRIED]) {
      const path = join(this.folder, name);
      const secret = openLine(this.#master, path, name) ?? openLine(to.#master, path, name);
      if (secret === undefined) continue;
      const lines = [...(alone ? [] : [this.#master]), to.#master].map((key) =>
        lineOf(key, secret, name),
      );
      replaceSecretBy(path, lines.join('\n'));
      secret.fill(0);
    }
  }

  /** Key of the HMACs in `index.db`. */
  indexKey(): KeyObject {
    return this.#index;
  }

  /** 32 bytes of the X25519 key that payloads are sealed to on their way to a sink (hpke.ts). */
  recipientSecret(): Buffer {
    return this.#recipient.export();
  }

  /** Key of the fleet pseudonyms when no fleet file is given. */
  pseudonymKey(): KeyObject {
    return this.#pseudonym;
  }
}

/**
 * Reads the keys of a root folder; with `create`, makes them when the folder holds no log and no key yet.
 *
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export function openRootKeys(
  source: RootSecretSource,
  options: { readonly create: boolean },
): RootKeys {
  refuseZeroBytes('root folder', source.root);
  refuseZeroBytes('key file', source.keyFile);
  refuseZeroBytes('passphrase file', source.passphraseFile);
  const folder = join(source.root, 'keys');
  if (options.create) makeFolder(folder);
  const secret = readSecret(source, folder, options.create);
  const keys = new RootKeys(secret, folder);
  if (!opensOne(keys) && (!options.create || hasLogs(source.root))) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MISSING',
      `no keyring master in "${folder}" though there are logs; restore keys/master.* from a backup of this folder`,
    );
  }
  return keys;
}

/** The system takes no such name, and says so of the wrong thing. */
export function refuseZeroBytes(what: string, path: string | undefined): void {
  if (path?.includes('\0') !== true) return;
  throw new LogbookError('ERR_LOGBOOK_USAGE', `the ${what} has a zero byte in its name`, {
    hint: `name another ${what}`,
  });
}

/**
 * Whether there is a master and the secret opens it. Some may be foreign or damaged: each keyring names its own. One that
 * goes while we look was replaced: look again.
 */
function opensOne(keys: RootKeys): boolean {
  for (let tries = 0; tries < 5; tries += 1) {
    const numbers = mastersIn(keys.folder);
    let wrong: LogbookError | undefined;
    for (const number of numbers) {
      try {
        if (keys.wrappingKey(number) !== undefined) return true;
      } catch (error) {
        if (!(error instanceof LogbookError)) throw error;
        wrong ??= error;
      }
    }
    if (wrong !== undefined) throw wrong;
    if (numbers.length === 0) return false;
  }
  return false;
}

/** What one of the lines of a file holds that this key opens; undefined when none does, or there is no file. */
function openLine(key: KeyObject, path: string, name: string): Buffer | undefined {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (!isThere(path)) return undefined;
    throw asLogbookError(cause, `cannot read "${path}"`, 'see that this process may read it');
  }
  for (const line of text.trim().split('\n')) {
    const secret = unwrap(key, Buffer.from(line, 'base64url'), name);
    if (secret !== undefined) return secret;
  }
  return undefined;
}

function lineOf(key: KeyObject, secret: Uint8Array, name: string): string {
  return wrap(key, secret, name).toString('base64url');
}

/** AES-256-GCM of a key: nonce12 || ciphertext || tag16, bound to `context`. */
export function wrap(key: KeyObject, plain: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Inverse of `wrap`; `undefined` when key, bytes or context are not the same. */
export function unwrap(key: KeyObject, wrapped: Uint8Array, context: string): Buffer | undefined {
  if (wrapped.length < 28) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(wrapped.subarray(wrapped.length - 16));
    return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** HKDF-SHA256 without salt: 32 bytes for one purpose. */
export function derive(secret: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', purpose, KEY_BYTES)));
}

/** Reads a key file: base64url or base64 of 32 bytes. */
export function readKeyFile(path: string): Buffer {
  let text;
  try {
    text = readBounded(path, MAX_KEY_FILE_BYTES).trim();
  } catch (cause) {
    throw asKeyError(cause, `cannot read key file "${path}"`);
  }
  const key = Buffer.from(text, 'base64url');
  if (key.length !== KEY_BYTES) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_WRONG',
      `key file "${path}" holds ${key.length} bytes, expected ${KEY_BYTES} in base64url`,
      { hint: 'restore it from a backup, or name the right file' },
    );
  }
  return key;
}

/** @throws what the system throws, `LogbookError` for a larger file */
function readBounded(path: string, maxBytes: number): string {
  const { size } = statSync(path);
  if (size <= maxBytes) return readFileSync(path, 'utf8');
  const message = `"${path}" has ${size} bytes, expected at most ${maxBytes}`;
  throw new LogbookError('ERR_LOGBOOK_KEY_WRONG', message, { hint: 'name the file of the key' });
}

function asKeyError(cause: unknown, what: string): LogbookError {
  if (cause instanceof LogbookError) return cause;
  const code = cause instanceof Error && 'code' in cause ? `: ${String(cause.code)}` : '';
  return new LogbookError('ERR_LOGBOOK_KEY_MISSING', `${what}${code}`, {
    cause,
    hint: 'restore it, or name another; without it nothing that was sealed can be read',
  });
}

/**
 * The keys of another root secret for the same folder, whose logs are not under it yet; a key file or a salt that is not
 * there is made.
 */
export function nextRootKeys(source: RootSecretSource): RootKeys {
  const folder = join(source.root, 'keys');
  const { keyCommand, passphraseFile, keyFile } = source;
  if (passphraseFile !== undefined && keyCommand === undefined) makeSalt(folder);
  else if (keyFile !== undefined && keyCommand === undefined) makeKeyFile(keyFile);
  return new RootKeys(readSecret(source, folder, false), folder);
}

function makeSalt(folder: string): void {
  createFile(saltPathOf(folder), `${randomBytes(KEY_BYTES).toString('base64url')}\n`);
}

function saltPathOf(folder: string): string {
  return join(folder, 'passphrase.salt');
}

function makeKeyFile(path: string): void {
  makeFolder(dirname(path));
  createFile(path, `${randomBytes(KEY_BYTES).toString('base64url')}\n`);
}

function readSecret(source: RootSecretSource, folder: string, create: boolean): Buffer {
  if (source.keyCommand !== undefined) return secretOfCommand(source.keyCommand);
  if (source.passphraseFile !== undefined)
    return fromPassphrase(source.passphraseFile, folder, create);
  if (source.keyFile !== undefined && isThere(source.keyFile)) return readKeyFile(source.keyFile);
  const path = source.keyFile ?? join(folder, 'root.key');
  if (isThere(path)) return readKeyFile(path);
  if (!create || latestMaster(folder) !== undefined || hasLogs(source.root)) {
    // Another process may just have made key and master: look once more before refusing.
    if (isThere(path)) return readKeyFile(path);
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MISSING',
      `root key "${path}" is missing though there are logs in "${source.root}"; restore it from a backup, or use another folder`,
    );
  }
  makeKeyFile(path);
  return readKeyFile(path);
}

function fromPassphrase(file: string, folder: string, create: boolean): Buffer {
  let passphrase;
  try {
    passphrase = readBounded(file, MAX_PASSPHRASE_BYTES).replace(/\r?\n$/, '');
  } catch (cause) {
    throw asKeyError(cause, `cannot read passphrase file "${file}"`);
  }
  if (passphrase === '') {
    throw new LogbookError('ERR_LOGBOOK_KEY_WRONG', `passphrase file "${file}" is empty`);
  }
  const saltPath = saltPathOf(folder);
  if (!isThere(saltPath)) {
    if (!create || latestMaster(folder) !== undefined) {
      throw new LogbookError(
        'ERR_LOGBOOK_KEY_MISSING',
        `"${saltPath}" is missing; restore it from a backup`,
      );
    }
    makeSalt(folder);
  }
  return scryptSync(passphrase.normalize('NFKC'), readKeyFile(saltPath), KEY_BYTES, SCRYPT);
}

function latestMaster(folder: string): number | undefined {
  return mastersIn(folder)[0];
}

/** Numbers of all masters, newest first. */
function mastersIn(folder: string): number[] {
  let names: string[];
  try {
    names = isThere(folder) ? readdirSync(folder) : [];
  } catch (cause) {
    throw asLogbookError(cause, `cannot read "${folder}"`, 'see that this process may read it');
  }
  return names
    .flatMap((name) => {
      const digits = /^master\.([1-9]\d{0,8})$/.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    })
    .toSorted((a, b) => b - a);
}

function hasLogs(root: string): boolean {
  return (
    isThere(root) &&
    readdirSync(root, { withFileTypes: true }).some(
      (entry) => entry.isDirectory() && isThere(join(root, entry.name, 'log.json')),
    )
  );
}
