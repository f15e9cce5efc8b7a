/**
 * What time asks of a log (audit.md 6), by the holder of its lock: closed segments older than 30 days go to the archive;
 * with a retention, payloads whose time is over become unreadable for everybody, and segments whose entries are all over
 * are removed (prune.ts), as are those that the central log has had for a while. A running writer does it daily by
 * itself (requests.ts); `retain` does it now, in all logs under a root.
 *
 * A period = the entries of one class and month, sealed with one key of the keyring. It is over when its youngest entry is
 * as old as the retention. A hold on anybody in the log puts off the expiry of all of it, since a key is shared by all.
 * Each step is durable before the next; a crash between any two leaves what the next run does again:
 *   1. `retention.expired` with target `<class> <month>` for each period, signed     entered again
 *   2. the keys destroyed, all others under a new master, in one transaction
 *   3. VACUUM; the old master overwritten and removed: older copies of the keyring are worth nothing
 *   4. the index goes, made again by the next reader (I4)
 * Leaves, commits, proofs and the bytes of the seals stay as they are (I6), until their segment goes.
 */
import { archiveSteps, dueForArchive, type Archived, type ArchiveOps } from './archive.ts';
import type { ControlEntry } from './control.ts';
import { removeIndexes, type ErasureContext } from './erasure.ts';
import type { Keyring, Period } from './keyring.ts';
import {
  dueForPruning,
  NOTHING_PRUNED,
  overAtMs,
  type Pruned,
  pruneSteps,
  type RetentionTime,
} from './prune.ts';

/** What a run did in one log. */
export interface Retained {
  readonly outcome: 'retained';
  readonly archived: readonly Archived[];
  /** Periods whose payloads nobody can read any more. */
  readonly expired: readonly Period[];
  /** Entries that were removed from the left of the log. */
  readonly pruned: Pruned;
  /** Holds that put off what was due; 0 when nothing was. */
  readonly holds: number;
}

/** The open log, and its clock in Unix microseconds. */
export interface RetentionContext extends ErasureContext {
  readonly nowMicros: () => number;
}

/** Periods that are over. */
export function duePeriods(keyring: Keyring, days: number, nowMs: number): Period[] {
  // What is no month is NaN, which is never over.
  return keyring.periods().filter(({ month }) => overAtMs(Date.parse(month), days) <= nowMs);
}

/**
 * Does what is due, in steps: between two of them other entries may be written, and the log must be free when it goes on.
 * @param time without it nothing expires and nothing is removed
 * @throws LogbookError, and what the disk refuses: then the next run goes on
 */
export function* retainSteps(
  context: RetentionContext,
  time: RetentionTime = {},
  ops?: ArchiveOps,
): Generator<undefined, Retained> {
  const { log, keyring, nowMicros } = context;
  const { days } = time;
  // First: a full or read-only archive must not keep payloads readable.
  const { expired, holds } = days === undefined ? NONE : expire(context, days);
  yield undefined;
  const held = keyring.heldActors().size;
  const pruned = held === 0 ? yield* pruneSteps(log, time, nowMicros) : NOTHING_PRUNED;
  log.freed(pruned.bytes);
  const isPutOff =
    holds > 0 ||
    (held > 0 && dueForPruning(log.folder, log.signer.name, time, nowMicros() / 1000).length > 0);
  yield undefined;
  const archived: Archived[] = [];
  for (const segment of dueForArchive(log.folder, nowMicros() / 1000)) {
    const one = yield* archiveSteps(
      log.folder,
      segment,
      (entry) => void log.enterNow([entry]),
      ops,
    );
    log.freed(one.bytes - one.archivedBytes);
    archived.push(one);
    yield undefined;
  }
  return { outcome: 'retained', archived, expired, pruned, holds: isPutOff ? held : 0 };
}

const NONE = { expired: [], holds: 0 };

function expire(
  { log, keyring, nowMicros }: RetentionContext,
  days: number,
): Pick<Retained, 'expired' | 'holds'> {
  const due = duePeriods(keyring, days, nowMicros() / 1000);
  const holds = due.length === 0 ? 0 : keyring.heldActors().size;
  const expired = holds === 0 ? due : [];
  if (expired.length > 0) {
    log.enterNow(
      expired.map(({ class: name, month }): ControlEntry => ({
        kind: 'retention.expired',
        action: 'expire',
        target: `${name} ${month}`,
        payload: { class: name, month, days },
      })),
    );
    keyring.destroyPeriods(expired);
    removeIndexes(log.folder);
  }
  if (keyring.hasRetired) {
    keyring.shred();
    removeIndexes(log.folder);
  }
  return { expired, holds };
}
