/** `rotateKeys`: new keys for every log under a root, each an entry `key.rotated` of its log (audit.md 2). */
import { openKeysForReading } from './access.ts';
import { defaultRoot } from './default-root.ts';
import { inEach, logsUnder, type CommandOptions, type LogEnd } from './in-logs.ts';
import type { MasterRotation } from './master-rotation.ts';
import type { SigningRotation } from './signing-rotation.ts';

export type Rotation = SigningRotation | MasterRotation;

export interface RotateOptions extends CommandOptions {
  /** Which; default: both, the master first. */
  readonly what?: 'signing' | 'master' | undefined;
  /** Kept in the entries, sealed; at most 1,024 characters. Names no person. */
  readonly reason?: string | undefined;
}

/**
 * Gives every log under the root a new signing key, a new keyring master, or both. A running writer does it on request.
 * A new master makes older backups of keys worthless, a new signing key what is signed with the old one from then on.
 * @returns what became of each in each log
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export async function rotateKeys(options: RotateOptions): Promise<LogEnd<Rotation>[]> {
  const { root = defaultRoot(), reason, what } = options;
  const places = logsUnder(root);
  openKeysForReading(root, options);
  const ends: LogEnd<Rotation>[] = [];
  for (const place of places) {
    const each = what === undefined ? (['master', 'signing'] as const) : [what];
    for (const one of each)
      ends.push(
        ...(await inEach<Rotation, typeof place>(root, options, [place], () => ({
          op: `rotate-${one}`,
          reason,
        }))),
      );
  }
  return ends;
}
