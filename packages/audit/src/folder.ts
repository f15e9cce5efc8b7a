/**
 * The folder of one log: which one a process gets, and the files that say what it is (audit.md 1 and 4).
 *
 * `<root>/<slug>`, then `<slug>-2`, `-3` ... for processes that run at once; each takes the first one that is free and
 * goes on with the log in it. `log.json` makes a folder a log: it is written last, so a crash before it leaves a
 * folder that the next process simply takes. `signing.key` is PKCS#8 PEM, 0600; once `log.json` is there only
 * `signing-rotation.ts` replaces it.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, replaceFile, replaceSecret, syncFolder, isThere } from './durable.ts';
import { LogbookError } from './errors.ts';
import { tryLock, type FolderLock } from './lock.ts';
import { originOf, Signer } from './note.ts';
import { listSegments } from './segment.ts';

const FOREIGN =
  'restore it from a backup; if the folder belongs to another program, move it out of the root folder of the logs';

const LOST_SIGNER =
  'restore signing.key from a backup (mcp-logbook keys restore FILE), or move the folder away to begin a new log';

/** More writers of one service at once than this is a mistake. */
const MAX_FOLDERS = 1024;

/** Content of `log.json`. */
export interface LogIdentity {
  readonly format: 1;
  readonly origin: string;
  /** The key it began with. */
  readonly vkey: string;
  /** RFC 3339. */
  readonly created: string;
  /** Keys that came later, oldest first (key-chain.ts); absent when there are none. */
  readonly rotated?: readonly string[];
}

/** A folder this process may write. */
export interface ClaimedFolder {
  readonly folder: string;
  readonly lock: FolderLock;
}

/** Lower-case letters, digits, dots and dashes, at most 64; `service` when nothing is left. */
export function slugOf(service: string): string {
  const slug = service
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 64)
    .replace(/[-.]+$/, '');
  // `keys` is taken, and `-2` at the end would look like the second folder of another service: both are harmless to
  // readers, since a folder's name means nothing.
  return slug === '' || slug === 'keys' ? 'service' : slug;
}

/**
 * Takes the first folder of the service that no other process writes.
 * @throws LogbookError `ERR_LOGBOOK_IO`, `ERR_LOGBOOK_LOCKED` after 1,024 folders
 */
export function claimFolder(root: string, slug: string): ClaimedFolder {
  for (let n = 1; n <= MAX_FOLDERS; n += 1) {
    const claimed = claim(join(root, n === 1 ? slug : `${slug}-${n}`));
    if (claimed !== undefined) return claimed;
  }
  throw new LogbookError(
    'ERR_LOGBOOK_LOCKED',
    `all ${MAX_FOLDERS} folders of "${slug}" are in use`,
  );
}

/**
 * Takes the first folder of the service or none: a central log has one writer.
 * @throws LogbookError `ERR_LOGBOOK_LOCKED` when another process writes it, `ERR_LOGBOOK_IO`
 */
export function claimOnlyFolder(root: string, slug: string): ClaimedFolder {
  const folder = join(root, slug);
  const claimed = claim(folder);
  if (claimed !== undefined) return claimed;
  throw new LogbookError('ERR_LOGBOOK_LOCKED', `log folder "${folder}" has a writer already`, {
    hint: 'stop the other sink, or give this one another service name or root folder',
  });
}

function claim(folder: string): ClaimedFolder | undefined {
  try {
    makeFolder(join(folder, 'segments'));
  } catch (cause) {
    throw new LogbookError('ERR_LOGBOOK_IO', `cannot make log folder "${folder}"`, { cause });
  }
  const lock = tryLock(folder);
  return lock === undefined ? undefined : { folder, lock };
}

/** The identity of an existing log, strict; `undefined` where no log is. */
export function readIdentity(folder: string): LogIdentity | undefined {
  const path = join(folder, 'log.json');
  if (!isThere(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new LogbookError('ERR_LOGBOOK_FORMAT', `"${path}" is not JSON`, { cause, hint: FOREIGN });
  }
  const { format, origin, vkey, created, rotated } = Object(value);
  if (Number.isSafeInteger(format) && format > 1) {
    throw new LogbookError(
      'ERR_LOGBOOK_FORMAT_VERSION',
      `"${path}" is of format ${format}, this version of mcp-logbook knows format 1`,
      { hint: 'use the version that wrote it, or a newer one; nothing was changed' },
    );
  }
  if (
    format !== 1 ||
    typeof origin !== 'string' ||
    typeof vkey !== 'string' ||
    typeof created !== 'string' ||
    (rotated !== undefined && !isTexts(rotated))
  ) {
    throw new LogbookError('ERR_LOGBOOK_FORMAT', `"${path}" is not a log description of format 1`, {
      hint: FOREIGN,
    });
  }
  return { format, origin, vkey, created, ...(rotated !== undefined && { rotated }) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A log's signer and identity; `fresh` when the folder holds no log yet and `writeIdentity` must follow. */
export interface LogKeys {
  readonly signer: Signer;
  readonly identity: LogIdentity;
  readonly fresh: boolean;
  /** A key that was made to be the next one: perhaps the log says so already (signing-rotation.ts). */
  readonly next?: Signer | undefined;
}

/**
 * The signing key of a log: read, or made for a folder that holds no log yet.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`, `ERR_LOGBOOK_INTEGRITY`
 */
export function openSigner(folder: string, slug: string, created: string): LogKeys {
  const keyPath = join(folder, 'signing.key');
  const known = readIdentity(folder);
  if (known !== undefined) {
    const next = nextSigner(folder, known.origin);
    // A crash before the last step of a rotation: the new key is in force, and not yet in its place.
    if (next !== undefined && next.vkey === newestKey(known)) {
      replaceSecret(join(folder, NEXT_KEY), keyPath);
      return { signer: next, identity: known, fresh: false };
    }
    return { signer: signerOf(folder, known), identity: known, fresh: false, next };
  }
  if (listSegments(folder).length > 0 || isThere(join(folder, 'checkpoint'))) {
    throw new LogbookError(
      'ERR_LOGBOOK_INTEGRITY',
      `log folder "${folder}" has entries but no log.json`,
      { hint: 'restore log.json from a backup, or move the folder away to begin a new log' },
    );
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const signer = new Signer(originOf(slug, rawPublicKey(privateKey)), privateKey);
  replaceFile(keyPath, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), true);
  // A crash from here to writeIdentity leaves keys that nothing was written with: the next start makes new ones.
  rmSync(join(folder, 'keys.db'), { force: true });
  const { name: origin, vkey } = signer;
  return { signer, identity: { format: 1, origin, vkey, created }, fresh: true };
}

/**
 * The signer of an existing log.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export function signerOf(folder: string, identity: LogIdentity): Signer {
  const path = join(folder, 'signing.key');
  const signer = new Signer(identity.origin, readSigningKey(path));
  if (signer.vkey === newestKey(identity)) return signer;
  throw new LogbookError('ERR_LOGBOOK_KEY_WRONG', `"${path}" is not the key of this log`, {
    hint: LOST_SIGNER,
  });
}

/** The verifier key of the signing key in force. */
export function newestKey({ vkey, rotated }: LogIdentity): string {
  return rotated?.at(-1) ?? vkey;
}

/** The key that waits to be the next one. */
export const NEXT_KEY = 'signing.key.next';

export function nextSigner(folder: string, origin: string): Signer | undefined {
  try {
    return new Signer(origin, readSigningKey(join(folder, NEXT_KEY)));
  } catch {
    return undefined;
  }
}

/** Makes the folder a log, once its keys are durable. */
export function writeIdentity(folder: string, identity: LogIdentity): void {
  replaceFile(join(folder, 'log.json'), `${JSON.stringify(identity)}\n`, true);
  syncFolder(join(folder, '..'));
}

/** The 32 bytes behind the fixed SPKI head of RFC 8410. */
function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32);
}

function readSigningKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new LogbookError('ERR_LOGBOOK_KEY_MISSING', `cannot read signing key "${path}"`, {
      cause,
      hint: LOST_SIGNER,
    });
  }
}
