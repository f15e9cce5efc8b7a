/**
 * `openSinkStore`: from options to the central log. One folder, one writer: a second sink on it is refused.
 */
import { keyAccess, type KeyAccess } from '../../access.ts';
import { copyingCheckpoints } from '../../anchor-log.ts';
import { systemMicros } from '../../clock.ts';
import type { ControlEntry } from '../../control.ts';
import { defaultRoot } from '../../default-root.ts';
import { LogbookError } from '../../errors.ts';
import { claimOnlyFolder } from '../../folder.ts';
import { guardObserver } from '../../observer.ts';
import { openLog, type LogSeams } from '../../open-log.ts';
import type { SinkObserver } from '../types.ts';
import { Store } from './store.ts';

export interface SinkStoreOptions extends KeyAccess {
  /** Root folder; default: `mcp-logbook` in the user's state folder. */
  readonly root?: string | undefined;
  /** Name of the central log; default `central`. */
  readonly service?: string | undefined;
  /** Days that payloads are kept; for ever without. */
  readonly retentionDays?: number | undefined;
  /** File elsewhere that gets every published checkpoint as a line, as for `openLogbook`. */
  readonly checkpointCopy?: string | undefined;
  readonly observer?: Partial<SinkObserver> | undefined;
  /** Unix time in microseconds; default: the system's clock. */
  readonly now?: (() => number) | undefined;
}

/** Seams of tests. */
export interface SinkStoreSeams extends LogSeams {
  readonly tickMs?: number;
}

/**
 * Opens (or begins) the central log. What its index lacks is read in the background: until then the store is not ready.
 * @throws LogbookError `ERR_LOGBOOK_LOCKED` when another process writes it, and all that `openLogbook` throws
 */
export function openSinkStore(options: SinkStoreOptions, seams: SinkStoreSeams = {}): Store {
  const { observer = {}, now = systemMicros } = options;
  const published = { note: '', size: 0 };
  const opened = openLog(
    {
      source: { root: options.root ?? defaultRoot(), ...keyAccess(options) },
      service: options.service ?? 'central',
      // Between groups nothing is unsigned, and what the log enters by itself is fsynced.
      mode: 'strict',
      claim: claimOnlyFolder,
      observer: guardObserver(
        copyingCheckpoints(options.checkpointCopy, {
          checkpoint: (note, size) => {
            published.note = note;
            published.size = size;
          },
          problem: (error) => observer.problem?.(error),
          control: (entry) => tellControl(observer, entry),
          state: (size, bytes, ageSeconds) => observer.log?.(size, bytes, ageSeconds),
        }),
      ),
      now,
      retention: { days: options.retentionDays },
      hint: 'give the sink a root folder that it can write',
    },
    seams,
  );
  try {
    return new Store(
      { ...opened, observer, now, published, tickMs: seams.tickMs },
      opened.log.edge,
    );
  } catch (error) {
    opened.log.close();
    opened.keyring.close();
    opened.lock.release();
    throw error instanceof LogbookError
      ? error
      : new LogbookError('ERR_LOGBOOK_SINK', `cannot open the index of "${opened.log.folder}"`, {
          cause: error,
        });
  }
}

/** What the log entered about people's rights, as counters. */
function tellControl(observer: Partial<SinkObserver>, { kind, payload }: ControlEntry): void {
  switch (kind) {
    case 'erasure.requested':
      // Of one that goes on it was told at the start.
      if (payload['resumed'] !== true) observer.erasures?.('requested', 1);
      break;
    case 'erasure.denied':
      observer.erasures?.('denied', 1);
      break;
    case 'erasure.completed':
      observer.erasures?.('completed', 1);
      break;
    case 'retention.expired':
      observer.expired?.(String(payload['class']));
      break;
    default:
  }
}
