/**
 * The signed note of a commit: a C2SP checkpoint with the time and the digest of the seals since the last one.
 */
import { createHash } from 'node:crypto';
import { bootId } from './boot.ts';
import { formatCheckpoint, formatCommitExtensions } from './checkpoint.ts';
import { signNote, type Signer } from './note.ts';
import type { Frontier } from './tree.ts';

/**
 * @param signers the log's key, and when it is rotated the new one (key-chain.ts); they bear the log's name
 * @param seals hex of what each seal since the last commit adds (seal.ts), concatenated
 * @param unixMicros time of the commit
 */
export function signCommit(
  signers: readonly Signer[],
  frontier: Frontier,
  seals: string,
  unixMicros: number,
): string {
  const extensions = formatCommitExtensions({
    unixNanos: BigInt(unixMicros) * 1000n,
    monotonicNanos: process.hrtime.bigint(),
    bootId: bootId(),
    seals: createHash('sha256').update(seals, 'hex').digest(),
  });
  const checkpoint = {
    origin: signers[0]?.name ?? '',
    size: frontier.size,
    root: frontier.root(),
    extensions,
  };
  return signNote(formatCheckpoint(checkpoint), signers);
}
