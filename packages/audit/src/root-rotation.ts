/**
 * `rotateRoot`: a new root secret for all logs under a root, in place of the old one or from another source (audit.md 2).
 *
 * Nobody may write the logs meanwhile: a writer keeps the old secret in memory. Each step is durable before the next:
 *   1. the new secret is there (in place: `<file>.next`)
 *   2. every master has a line for either secret: both open everything
 *   3. in place: `<file>.next` is put where the old one was, which is overwritten
 *   4. the masters have a line for the new secret only: the old one opens nothing any more
 *   5. indexes, whose HMACs are of the old secret, are removed: the next query builds them anew
 *   6. every log gets a new master (master-rotation.ts), which copies of `keys/` from before do not have: `key.rotated`
 * A crash leaves logs that open with the old secret until 3, then with the new one; the command again does all of it.
 * Recipient and pseudonyms stay as they are (root-secret.ts): other machines know them.
 */
import { join } from 'node:path';
import { keyAccess, openKeysForReading, type KeyAccess } from './access.ts';
import { defaultRoot } from './default-root.ts';
import { replaceSecret } from './durable.ts';
import { removeIndexes } from './erasure.ts';
import { LogbookError } from './errors.ts';
import { logsUnder, type LogEnd, type LogPlace } from './in-logs.ts';
import { rotateKeys, type RotateOptions, type Rotation } from './keys-rotate.ts';
import { tryLock, type FolderLock } from './lock.ts';
import { nextRootKeys } from './root-secret.ts';

export interface RotateRootOptions extends Omit<RotateOptions, 'what'> {
  /** Where the new secret comes from; a key file that is not there is made. Default: made anew in the file of the old one. */
  readonly to?: KeyAccess | undefined;
}

/**
 * Replaces the root secret.
 * @returns what became of the new master in each log
 * @throws LogbookError `ERR_LOGBOOK_LOCKED` when a log is being written, `ERR_LOGBOOK_USAGE` when there is no file to put the
 * new secret into or it is the old one, and as `rotateKeys`
 */
export async function rotateRoot(options: RotateRootOptions): Promise<LogEnd<Rotation>[]> {
  const { root = defaultRoot(), to, reason = 'new root secret' } = options;
  const places = logsUnder(root);
  const old = openKeysForReading(root, options);
  const locks = lockAll(places);
  try {
    const file = to === undefined ? fileOf(root, options) : undefined;
    const next = nextRootKeys({ root, ...(to ?? { keyFile: `${file}.next` }) });
    if (next.isOf(old))
      throw new LogbookError('ERR_LOGBOOK_USAGE', 'the new root secret is the old one', {
        hint: 'name another file, passphrase or command',
      });
    old.handOver(next, false);
    if (file !== undefined) replaceSecret(`${file}.next`, file);
    old.handOver(next, true);
    for (const { folder } of places) removeIndexes(folder);
  } finally {
    for (const lock of locks) lock.release();
  }
  const access = to === undefined ? keyAccess(options) : keyAccess(to);
  return await rotateKeys({ ...options, ...access, what: 'master', reason });
}

function lockAll(places: readonly LogPlace[]): FolderLock[] {
  const locks: FolderLock[] = [];
  for (const { folder } of places) {
    const lock = tryLock(folder);
    if (lock !== undefined) {
      locks.push(lock);
      continue;
    }
    for (const held of locks) held.release();
    throw new LogbookError('ERR_LOGBOOK_LOCKED', `log "${folder}" is being written`, {
      hint: 'end every server and sink that writes under this root, and start none meanwhile',
    });
  }
  return locks;
}

/** The file of the secret in force. */
function fileOf(root: string, { keyFile, passphraseFile, keyCommand }: KeyAccess): string {
  if (passphraseFile === undefined && keyCommand === undefined)
    return keyFile ?? join(root, 'keys', 'root.key');
  throw new LogbookError(
    'ERR_LOGBOOK_USAGE',
    `the root secret comes from a ${keyCommand === undefined ? 'passphrase' : 'command'}: only you can make a new one`,
    { hint: 'name where the new one comes from: a key file, a passphrase file, a command' },
  );
}
