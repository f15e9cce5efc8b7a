/** Certificates of erasure: proofs (C2SP tlog-proof) of the entries that end an erasure, for whoever asked for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErasureResult } from './erasure.ts';
import { LogbookError } from './errors.ts';
import type { LogEnd } from './in-logs.ts';
import { prove } from './prove.ts';

/** An entry is signed with its group, in a server's log within a second. */
const SIGNED_MS = 5_000;
const LOOK_MS = 100;

/**
 * The proofs by the entries' ids, those of denials included. One that is not signed in time is left out: `prove` makes
 * it later.
 */
export async function certificatesOf(
  ends: readonly LogEnd<ErasureResult>[],
): Promise<Record<string, string>> {
  const certificates: Record<string, string> = {};
  for (const end of ends) {
    if (!('done' in end)) continue;
    const proof = await proofOf(end.folder, end.done.entry);
    if (proof !== undefined) certificates[end.done.entry] = proof;
  }
  return certificates;
}

async function proofOf(folder: string, entry: string): Promise<string | undefined> {
  const endMs = performance.now() + SIGNED_MS;
  for (;;) {
    try {
      const proof = prove(folder, entry);
      if (proof !== undefined) return proof;
    } catch (error) {
      // Not signed yet, or a damaged log: then the erasure is done all the same.
      if (!(error instanceof LogbookError)) throw error;
    }
    if (performance.now() > endMs) return undefined;
    await sleep(LOOK_MS);
  }
}
