/** `rotateKeys`: new keys for every log under a root, each an entry `key.rotated` of its log (audit.md 2). */
import { openKeysForReading } from './access.ts';
import { defaultRoot } from './default-root.ts';
import { inEach, logsUnder, type CommandOptions, type LogEnd } from './in-logs.ts';
import type { SigningRotation } from './signing-rotation.ts';

export interface RotateOptions extends CommandOptions {
  /** Kept in the entries, sealed; at most 1,024 characters. Names no person. */
  readonly reason?: string | undefined;
}

/**
 * Gives every log under the root a new signing key. A running writer does it on request.
 * @returns what became of it in each log
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export async function rotateKeys(options: RotateOptions): Promise<LogEnd<SigningRotation>[]> {
  const { root = defaultRoot(), reason, keyFile, passphraseFile } = options;
  const places = logsUnder(root);
  openKeysForReading(root, { keyFile, passphraseFile });
  return await inEach(root, options, places, () => ({ op: 'rotate-signing', reason }));
}
