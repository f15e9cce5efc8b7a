/**
 * What time asks of a log (audit.md 6), by the holder of its lock: closed segments older than 30 days go to the archive.
 * A running writer does it daily by itself (requests.ts); `retain` does it now, in all logs under a root.
 */
import { archiveSteps, dueForArchive, type Archived, type ArchiveOps } from './archive.ts';
import type { ErasureContext } from './erasure.ts';

/** What a run did in one log. */
export interface Retained {
  readonly outcome: 'retained';
  readonly archived: readonly Archived[];
}

/** The open log, and its clock in Unix microseconds. */
export interface RetentionContext extends ErasureContext {
  readonly nowMicros: () => number;
}

/**
 * Does what is due, in steps: between two of them other entries may be written, and the log must be free when it goes on.
 * @throws LogbookError, and what the disk refuses: then the next run goes on
 */
export function* retainSteps(
  { log, nowMicros }: RetentionContext,
  ops?: ArchiveOps,
): Generator<undefined, Retained> {
  const archived: Archived[] = [];
  for (const segment of dueForArchive(log.folder, nowMicros() / 1000)) {
    yield undefined;
    archived.push(
      yield* archiveSteps(log.folder, segment, (entry) => void log.enterNow([entry]), ops),
    );
  }
  return { outcome: 'retained', archived };
}
