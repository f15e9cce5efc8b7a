/** What the central log tells its observer, whose faults are not the log's. */
import { LogbookError } from '../../errors.ts';
import type { SinkObserver } from '../types.ts';

/** A kind of problem is told at most this often. */
const PROBLEM_MS = 10_000;

export class Telling {
  readonly #observer: Partial<SinkObserver>;
  /** When a kind of problem was told, by the monotonic clock. */
  readonly #told = new Map<string, number>();

  constructor(observer: Partial<SinkObserver>) {
    this.#observer = observer;
  }

  /** Calls what is there of an observer. */
  tell(call: (observer: Partial<SinkObserver>) => void): void {
    try {
      call(this.#observer);
    } catch {
      // Its fault is not the log's.
    }
  }

  problem(kind: string, message: string, cause?: unknown): void {
    const last = this.#told.get(kind);
    if (last !== undefined && performance.now() - last < PROBLEM_MS) return;
    this.#told.set(kind, performance.now());
    const error =
      cause instanceof LogbookError
        ? cause
        : new LogbookError('ERR_LOGBOOK_SINK', message, { cause });
    this.tell((observer) => observer.problem?.(error));
  }
}
