/**
 * Gaps in the numbers of producers' streams (audit.md 5): what is open after ten minutes becomes an entry, and the observer
 * hears how many each stream has.
 */
import type { SinkObserver } from '../types.ts';
import type { Item } from './group.ts';
import type { SinkIndex } from './sink-index.ts';

/** A gap is named after this time. */
const GAP_MS = 600_000;
/** Named at once. */
const AT_ONCE = 100;

export interface GapParts {
  readonly index: SinkIndex;
  /** Enters items, and resolves when they are on disk. */
  readonly enter: (items: Item[]) => Promise<unknown>;
  /** Never throws. */
  readonly tell: NonNullable<SinkObserver['gaps']>;
}

export class Gaps {
  readonly #parts: GapParts;
  #naming = false;
  #counts = new Map<string, number>();
  #stopped = false;

  constructor(parts: GapParts) {
    this.#parts = parts;
  }

  /** Names those that are due, then tells how things stand. */
  tick(nowMicros: number): void {
    const { index, enter } = this.#parts;
    const due = this.#naming ? [] : index.missing(false, nowMicros / 1000 - GAP_MS, AT_ONCE);
    if (due.length === 0) {
      this.#tell();
      return;
    }
    this.#naming = true;
    enter(due.map((range): Item => ({ type: 'gap', range })))
      // It stays due: the next tick tries again.
      .catch(() => undefined)
      .finally(() => {
        this.#naming = false;
        this.#tell();
      });
  }

  /** The index is closed. */
  stop(): void {
    this.#stopped = true;
  }

  #tell(): void {
    if (this.#stopped) return;
    const { index, tell } = this.#parts;
    const counts = index.gapCounts();
    for (const stream of this.#counts.keys()) if (!counts.has(stream)) tell(stream, 0);
    for (const [stream, count] of counts) tell(stream, count);
    this.#counts = counts;
  }
}
