/** `retain`: what time asks of every log under a root (retention.ts), now. */
import { join } from 'node:path';
import { openKeyringForReading, openKeysForReading } from './access.ts';
import { dueForArchive } from './archive.ts';
import { systemMicros } from './clock.ts';
import { defaultRoot } from './default-root.ts';
import { inEach, logsUnder, type CommandOptions, type LogEnd, type LogPlace } from './in-logs.ts';
import type { Keyring, Period } from './keyring.ts';
import { dueForPruning, type RetentionTime } from './prune.ts';
import { duePeriods, type Retained } from './retention.ts';
import { segmentSize } from './segment-file.ts';

/** What a run would do in one log now. */
export interface RetentionPlan extends LogPlace {
  /** Segments to be archived. */
  readonly archive: readonly { readonly segment: string; readonly bytes: number }[];
  /** Periods whose payloads are to become unreadable. */
  readonly expire: readonly Period[];
  /** Segments to be removed. */
  readonly prune: readonly string[];
  /** Holds that put the last two off. */
  readonly holds: number;
}

export interface RetainOptions extends CommandOptions {
  /** Days that payloads, then entries are kept; without it a running server's own setting counts, else for ever. */
  readonly days?: number | undefined;
  /** Days that entries stay after they were shipped; the same without it. With it nothing goes that was not shipped. */
  readonly shippedDays?: number | undefined;
}

/**
 * Does what is due in every log under the root.
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export async function retain(options: RetainOptions): Promise<LogEnd<Retained>[]> {
  const { root = defaultRoot(), days, shippedDays } = options;
  const places = logsUnder(root);
  openKeysForReading(root, options);
  return await inEach<Retained, LogPlace>(root, options, places, () => ({
    op: 'retain',
    days,
    shippedDays,
  }));
}

/** What `retain` would do now; changes nothing. @throws LogbookError as `retain` */
export function planRetention(options: RetainOptions): RetentionPlan[] {
  const { root = defaultRoot(), now = systemMicros } = options;
  const places = logsUnder(root);
  const keys = openKeysForReading(root, options);
  return places.map((place) => ({
    ...place,
    ...planIn(
      place,
      openKeyringForReading(place.folder, place.origin, keys),
      options,
      now() / 1000,
    ),
    archive: dueForArchive(place.folder, now() / 1000).map((segment) => ({
      segment,
      bytes: segmentSize(join(place.folder, 'segments', segment)) ?? 0,
    })),
  }));
}

function planIn(
  { folder, origin }: LogPlace,
  keyring: Keyring,
  time: RetentionTime,
  nowMs: number,
): Pick<RetentionPlan, 'expire' | 'prune' | 'holds'> {
  try {
    const { days } = time;
    const expire = days === undefined ? [] : duePeriods(keyring, days, nowMs);
    const prune = dueForPruning(folder, origin, time, nowMs);
    const isDue = expire.length + prune.length > 0;
    return { expire, prune, holds: isDue ? keyring.heldActors().size : 0 };
  } finally {
    keyring.close();
  }
}
