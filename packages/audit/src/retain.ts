/** `retain`: what time asks of every log under a root (retention.ts), now. */
import { join } from 'node:path';
import { openKeyringForReading, openKeysForReading } from './access.ts';
import { dueForArchive } from './archive.ts';
import { defaultRoot } from './default-root.ts';
import { inEach, logsUnder, type CommandOptions, type LogEnd, type LogPlace } from './in-logs.ts';
import type { Keyring, Period } from './keyring.ts';
import { duePeriods, type Retained } from './retention.ts';
import { segmentSize } from './segment-file.ts';

/** What a run would do in one log now. */
export interface RetentionPlan extends LogPlace {
  /** Segments to be archived. */
  readonly archive: readonly { readonly segment: string; readonly bytes: number }[];
  /** Periods whose payloads are to become unreadable. */
  readonly expire: readonly Period[];
  /** Holds that put that off. */
  readonly holds: number;
}

export interface RetainOptions extends CommandOptions {
  /** Days that payloads are kept; without it a running server's own setting counts, else they are kept for ever. */
  readonly days?: number | undefined;
}

/**
 * Does what is due in every log under the root.
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export async function retain(options: RetainOptions): Promise<LogEnd<Retained>[]> {
  const { root = defaultRoot(), days } = options;
  const places = logsUnder(root);
  openKeysForReading(root, options);
  return await inEach<Retained, LogPlace>(root, options, places, () => ({ op: 'retain', days }));
}

/** What `retain` would do now; changes nothing. @throws LogbookError as `retain` */
export function planRetention(options: RetainOptions): RetentionPlan[] {
  const { root = defaultRoot(), now = () => Date.now() * 1000, days } = options;
  const places = logsUnder(root);
  const keys = openKeysForReading(root, options);
  return places.map((place) => ({
    ...place,
    ...expiryIn(openKeyringForReading(place.folder, place.origin, keys), days, now() / 1000),
    archive: dueForArchive(place.folder, now() / 1000).map((segment) => ({
      segment,
      bytes: segmentSize(join(place.folder, 'segments', segment)) ?? 0,
    })),
  }));
}

function expiryIn(
  keyring: Keyring,
  days: number | undefined,
  nowMs: number,
): Pick<RetentionPlan, 'expire' | 'holds'> {
  try {
    const expire = days === undefined ? [] : duePeriods(keyring, days, nowMs);
    return { expire, holds: expire.length === 0 ? 0 : keyring.heldActors().size };
  } finally {
    keyring.close();
  }
}
