/**
 * A new signing key for a log, by the holder of its lock (audit.md 2). key-chain.ts tells how it is verified.
 *
 * What a crash leaves after each step, and what the next opening does (open-log.ts):
 *   1. `signing.key.next` written           the log does not name it: it is destroyed
 *   2. `key.rotated` and the commit that both keys sign, fsynced; of that write only the entry may be left, then the
 *      opening signs it with both           the rotation is in force: steps 3 and 4 are done
 *   3. `log.json` names the new key         the same
 *   4. it takes the place of `signing.key`, whose content is overwritten
 */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { destroyFile, replaceFile, replaceSecret } from './durable.ts';
import { LogbookError } from './errors.ts';
import {
  newestKey,
  NEXT_KEY,
  nextSigner,
  readIdentity,
  writeIdentity,
  type LogKeys,
} from './folder.ts';
import { KEY_ROTATED, rotationTarget } from './key-chain.ts';
import type { Log } from './log.ts';
import { Signer } from './note.ts';
import type { Standing } from './recover-tail.ts';

/** How a rotation ended. */
export interface SigningRotation {
  readonly outcome: 'rotated';
  readonly what: 'signing';
  /** C2SP verifier key. */
  readonly vkey: string;
  /** The one before. */
  readonly was: string;
  /** Id of the `key.rotated` entry. */
  readonly entry: string;
}

/** @throws LogbookError then the log is signed with the old key, or what is left of the rotation is done at the next start */
export function rotateSigning(log: Log, reason: string | undefined): SigningRotation {
  const { folder } = log;
  const was = log.signer.vkey;
  // A rotation whose last steps the disk refused: they must be done before another key is made.
  finishRotation(folder, was);
  const next = nextSigner(folder, log.signer.name) ?? makeNext(folder, log.signer.name);
  const { vkey } = next;
  const target = rotationTarget(vkey);
  const payload = { was, vkey, reason };
  // When this fails the new key stays: what the disk has of the entry is known at the next opening only. It is used then,
  // or the next time.
  const control = { kind: KEY_ROTATED, action: 'rotate', target, payload };
  const [entry = ''] = log.enterNow([control], next);
  finishRotation(folder, vkey);
  return { outcome: 'rotated', what: 'signing', vkey, was, entry };
}

function makeNext(folder: string, name: string): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  replaceFile(join(folder, NEXT_KEY), pem, true);
  return new Signer(name, privateKey);
}

/** Steps 3 and 4, for the key that is in force in the log. Idempotent. */
export function finishRotation(folder: string, vkey: string): void {
  const identity = readIdentity(folder);
  if (identity === undefined)
    throw new LogbookError('ERR_LOGBOOK_INTEGRITY', `"${join(folder, 'log.json')}" is gone`);
  if (newestKey(identity) !== vkey)
    writeIdentity(folder, { ...identity, rotated: [...(identity.rotated ?? []), vkey] });
  if (nextSigner(folder, identity.origin)?.vkey === vkey)
    replaceSecret(join(folder, NEXT_KEY), join(folder, 'signing.key'));
}

/** What a log that was just opened is signed with. */
export interface Settled {
  readonly signer: Signer;
  /** Named by an adopted entry: the next commit brings it in, and `finishRotation` follows. */
  readonly incoming: Signer | undefined;
}

/**
 * Goes on with a rotation that a crash interrupted, or takes it back.
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY` when the log is not signed with the key that `log.json` names
 */
export function settleRotation(
  folder: string,
  { signer, next }: LogKeys,
  { keys, rotating }: Standing,
): Settled {
  const current = keys.at(-1)?.vkey;
  if (next !== undefined && current === next.vkey) {
    finishRotation(folder, next.vkey);
    return { signer: next, incoming: undefined };
  }
  if (current !== signer.vkey) {
    const message = `"${join(folder, 'log.json')}" names a key that the log was never passed to`;
    throw new LogbookError('ERR_LOGBOOK_INTEGRITY', message, {
      hint: 'nothing was appended; restore log.json and signing.key of this log, or its newest segments, from a backup',
    });
  }
  if (rotating !== undefined) return { signer, incoming: next };
  if (next !== undefined) destroyFile(join(folder, NEXT_KEY));
  return { signer, incoming: undefined };
}
