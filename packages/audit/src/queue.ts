/**
 * Entries that wait to be written, in order, in `best-effort`: bounded by number and by characters (I10).
 */
import type { AuditEntry } from './entry.ts';

/** An entry with its producer number. */
export interface Numbered {
  readonly entry: AuditEntry;
  readonly seq: number;
  /** `performance.now()` when it was handed over. */
  readonly startMs: number;
}

const MAX_ENTRIES = 10_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** Entries written in one go: about 1 ms. */
const BATCH = 64;

export class EntryQueue {
  readonly #entries: Numbered[] = [];
  #characters = 0;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** @returns false when it is full */
  push(numbered: Numbered): boolean {
    const characters = numbered.entry.payload.length;
    if (this.#entries.length >= MAX_ENTRIES || this.#characters + characters > MAX_CHARACTERS) {
      return false;
    }
    this.#entries.push(numbered);
    this.#characters += characters;
    return true;
  }

  /** The next batch, oldest first. */
  take(): Numbered[] {
    const batch = this.#entries.splice(0, BATCH);
    for (const { entry } of batch) this.#characters -= entry.payload.length;
    return batch;
  }
}
