/**
 * What a log does while its disk refuses (audit.md 3): entries are lost for `RETRY_MS` before the next attempt, and a log
 * that cannot be trusted any more, or whose disk failed twice, is read-only until the process ends.
 */
import { asLogbookError, type LogbookError } from './errors.ts';
import type { DropReason, SafeObserver } from './observer.ts';
import type { SegmentWriter } from './segment-writer.ts';
import type { SpaceWatch } from './space.ts';

/** While the disk refuses, `blocking` and `best-effort` try again at most this often. */
const RETRY_MS = 250;

export class LogTrouble {
  readonly #folder: string;
  readonly #file: SegmentWriter;
  readonly #space: SpaceWatch;
  readonly #observer: SafeObserver;
  #retryAtMs = 0;
  #lastFailure: DropReason = 'io';
  #readOnly: LogbookError | undefined;

  constructor(folder: string, file: SegmentWriter, space: SpaceWatch, observer: SafeObserver) {
    this.#folder = folder;
    this.#file = file;
    this.#space = space;
    this.#observer = observer;
  }

  get isReadOnly(): boolean {
    return this.#readOnly !== undefined;
  }

  /** @throws LogbookError why nothing is appended any more */
  refuseIfReadOnly(): void {
    if (this.#readOnly !== undefined) throw this.#readOnly;
  }

  /** Why not to try just now; undefined when an attempt is due. */
  get waitsFor(): DropReason | undefined {
    return this.#retryAtMs > 0 && performance.now() < this.#retryAtMs
      ? this.#lastFailure
      : undefined;
  }

  /** The next attempt is made at once. */
  tryAgain(): void {
    this.#retryAtMs = 0;
  }

  /** Gives up the descriptor after a failed write, cuts off what it wrote, says why the entry is lost. */
  failed(error: unknown): DropReason {
    const problem = asLogbookError(error, `cannot write log folder "${this.#folder}"`);
    this.#retryAtMs = performance.now() + RETRY_MS;
    this.#lastFailure = problem.code === 'ERR_LOGBOOK_DISK_FULL' ? 'disk_full' : 'io';
    this.#file.abandon();
    if (this.#lastFailure === 'disk_full') this.#space.releaseReserve();
    this.#observer.problem(problem);
    return this.#lastFailure;
  }

  /** Something was written: whatever was wrong is over. */
  written(): void {
    if (this.#retryAtMs === 0) return;
    this.#retryAtMs = 0;
    this.#space.keepReserve();
    this.#observer.solved('ERR_LOGBOOK_DISK_FULL');
    this.#observer.solved('ERR_LOGBOOK_IO');
  }

  /** Nothing is appended any more. */
  stop(error: LogbookError): void {
    this.#readOnly = error;
    this.#file.release();
    this.#observer.problem(error);
  }
}
