/**
 * A new keyring master for a log, by the holder of its lock (audit.md 2): older copies of `keys.db` are worth nothing then.
 *
 * Each step is durable before the next and can be done again; what a crash leaves goes on when the log is opened next:
 *   1. `keys/master.<n>` written            nothing is wrapped under it: it stays unused, its number is not used again
 *   2. all keys wrapped under it, in one transaction that also remembers the rotation
 *   3. VACUUM; the old master overwritten and removed
 *   4. `key.rotated` with target `master <n>`, signed; the keyring forgets the rotation. A crash in between repeats the
 *      entry, with `resumed`
 */
import type { ErasureContext } from './erasure.ts';
import { KEY_ROTATED } from './key-chain.ts';

/** How a rotation ended. */
export interface MasterRotation {
  readonly outcome: 'rotated';
  readonly what: 'master';
  /** Number of the new master. */
  readonly master: number;
  /** Id of the `key.rotated` entry. */
  readonly entry: string;
}

/**
 * Rotates, or goes on with a rotation that was interrupted.
 * @throws LogbookError, and what the disk refuses: then the next opening goes on
 */
export function rotateMaster(
  { log, keyring }: ErasureContext,
  reason: string | undefined,
): MasterRotation {
  const resumed = keyring.rotating === undefined ? undefined : true;
  if (resumed === undefined) keyring.changeMaster();
  const master = keyring.rotating ?? 0;
  keyring.shred();
  const payload = { master, reason, resumed };
  const target = `master ${master}`;
  const [entry = ''] = log.enterNow([{ kind: KEY_ROTATED, action: 'rotate', target, payload }]);
  keyring.endRotation();
  return { outcome: 'rotated', what: 'master', master, entry };
}
