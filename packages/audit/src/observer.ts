/**
 * What a log tells the outside: counters, gauges, checkpoints, problems. `guardObserver` makes it safe: no callback can
 * throw into `append`, and each kind of problem is told once until it has been solved.
 */
import type { ControlEntry } from './control.ts';
import type { LogMode } from './entry.ts';
import type { LogbookError, LogbookErrorCode } from './errors.ts';

/** Callbacks of a log; all optional, all synchronous, none may be slow. */
export interface LogbookObserver {
  /** One entry was entered; `seconds` = time `append` took. */
  appended?(kind: string, outcome: string, seconds: number, mode: LogMode): void;
  /** One entry was lost; its number is burned. */
  dropped?(reason: DropReason): void;
  /** A checkpoint was published. */
  checkpoint?(note: string, size: number, origin: string): void;
  /** Entries, bytes of the segments, age of the newest checkpoint. */
  state?(size: number, bytes: number, checkpointAgeSeconds: number): void;
  /** The log entered something about itself on command or by the clock: an erasure, a hold, an expiry. */
  control?(entry: ControlEntry): void;
  /** Something is wrong; at most once for each code until the log works again. */
  problem?(error: LogbookError): void;
}

/** Why an entry was lost. */
export type DropReason = 'disk_full' | 'io' | 'queue_full' | 'closed' | 'read_only';

/** An observer whose methods all exist and never throw. */
export type SafeObserver = Required<LogbookObserver> & {
  /** Forgets a problem, so that the next of its kind is told again. */
  solved(code: LogbookErrorCode): void;
};

export function guardObserver(observer: LogbookObserver | undefined): SafeObserver {
  const told = new Set<string>();
  const safely = (call: () => void): void => {
    try {
      call();
    } catch {
      // An observer's fault is not the log's, and there is nowhere to tell it.
    }
  };
  return {
    appended: (...args) => safely(() => observer?.appended?.(...args)),
    dropped: (...args) => safely(() => observer?.dropped?.(...args)),
    checkpoint: (...args) => safely(() => observer?.checkpoint?.(...args)),
    state: (...args) => safely(() => observer?.state?.(...args)),
    control: (...args) => safely(() => observer?.control?.(...args)),
    problem: (error) => {
      if (told.has(error.code)) return;
      told.add(error.code);
      safely(() => observer?.problem?.(error));
    },
    solved: (code) => {
      told.delete(code);
    },
  };
}
