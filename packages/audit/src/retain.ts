/** `retain`: what time asks of every log under a root (retention.ts), now. */
import { join } from 'node:path';
import { openKeysForReading } from './access.ts';
import { dueForArchive } from './archive.ts';
import { defaultRoot } from './default-root.ts';
import { inEach, logsUnder, type CommandOptions, type LogEnd, type LogPlace } from './in-logs.ts';
import type { Retained } from './retention.ts';
import { segmentSize } from './segment-file.ts';

/** What a run would do in one log now. */
export interface RetentionPlan extends LogPlace {
  /** Segments to be archived. */
  readonly archive: readonly { readonly segment: string; readonly bytes: number }[];
}

/**
 * Does what is due in every log under the root.
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export async function retain(options: CommandOptions): Promise<LogEnd<Retained>[]> {
  const { root = defaultRoot() } = options;
  const places = logsUnder(root);
  openKeysForReading(root, options);
  return await inEach<Retained, LogPlace>(root, options, places, () => ({ op: 'retain' }));
}

/** What `retain` would do now; changes nothing. @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG` */
export function planRetention(options: CommandOptions): RetentionPlan[] {
  const { root = defaultRoot(), now = () => Date.now() * 1000 } = options;
  return logsUnder(root).map((place) => ({
    ...place,
    archive: dueForArchive(place.folder, now() / 1000).map((segment) => ({
      segment,
      bytes: segmentSize(join(place.folder, 'segments', segment)) ?? 0,
    })),
  }));
}
