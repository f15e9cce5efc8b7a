/**
 * What time asks of a log (audit.md 6), by the holder of its lock: closed segments older than 30 days go to the archive,
 * and with a retention, payloads whose time is over become unreadable for everybody. A running writer does it daily by
 * itself (requests.ts); `retain` does it now, in all logs under a root.
 *
 * A period = the entries of one class and month, sealed with one key of the keyring. It is over when its youngest entry is
 * as old as the retention. A hold on anybody in the log puts off the expiry of all of it, since a key is shared by all.
 * Each step is durable before the next; a crash between any two leaves what the next run does again:
 *   1. `retention.expired` with target `<class> <month>` for each period, signed     entered again
 *   2. the keys destroyed, all others under a new master, in one transaction
 *   3. VACUUM; the old master overwritten and removed: older copies of the keyring are worth nothing
 *   4. the index goes, made again by the next reader (I4)
 * Leaves, commits, proofs and the bytes of the seals stay as they are (I6).
 */
import { archiveSteps, dueForArchive, type Archived, type ArchiveOps } from './archive.ts';
import type { ControlEntry } from './control.ts';
import { removeIndexes, type ErasureContext } from './erasure.ts';
import type { Keyring, Period } from './keyring.ts';

const DAY_MS = 86_400_000;

/** What a run did in one log. */
export interface Retained {
  readonly outcome: 'retained';
  readonly archived: readonly Archived[];
  /** Periods whose payloads nobody can read any more. */
  readonly expired: readonly Period[];
  /** Holds that put off an expiry that was due; 0 when none was due. */
  readonly holds: number;
}

/** The open log, and its clock in Unix microseconds. */
export interface RetentionContext extends ErasureContext {
  readonly nowMicros: () => number;
}

/** Periods that are over. */
export function duePeriods(keyring: Keyring, days: number, nowMs: number): Period[] {
  return keyring.periods().filter(({ month }) => {
    const [year = NaN, number = NaN] = month.split('-').map(Number);
    // Months count from 0 there, so this is the first moment of the next one. NaN is never over.
    return Date.UTC(year, number) + days * DAY_MS <= nowMs;
  });
}

/**
 * Does what is due, in steps: between two of them other entries may be written, and the log must be free when it goes on.
 * @param days of the retention; without it nothing expires
 * @throws LogbookError, and what the disk refuses: then the next run goes on
 */
export function* retainSteps(
  context: RetentionContext,
  days?: number,
  ops?: ArchiveOps,
): Generator<undefined, Retained> {
  const { log, nowMicros } = context;
  // First: a full or read-only archive must not keep payloads readable.
  const { expired, holds } = days === undefined ? NONE : expire(context, days);
  yield undefined;
  const archived: Archived[] = [];
  for (const segment of dueForArchive(log.folder, nowMicros() / 1000)) {
    archived.push(
      yield* archiveSteps(log.folder, segment, (entry) => void log.enterNow([entry]), ops),
    );
    yield undefined;
  }
  return { outcome: 'retained', archived, expired, holds };
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
