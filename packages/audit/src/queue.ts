/**
 * Entries that wait to be written, in order, in `best-effort`: bounded by number and by characters (I10), and written a
 * batch each turn of the event loop.
 */
import type { AuditEntry } from './entry.ts';

/** An entry with its producer number. */
export interface Numbered {
  readonly entry: AuditEntry;
  readonly seq: number;
  /** `performance.now()` when it was handed over. */
  readonly startMs: number;
}

/** A leaf of another log, to be entered as it is (central logs). */
export interface Foreign {
  /** The leaf's line, without newline; checked by `parseLeaf`. */
  readonly line: Buffer;
  /** Its RFC 6962 hash. */
  readonly hash: Buffer;
  readonly class: string;
  /** `YYYY-MM` of its time. */
  readonly month: string;
  /** `iss|sub`: whose key it is sealed with; absent = the system subject. */
  readonly person: string | undefined;
  /** salt16 || payload as its producer had them, checked against the leaf; absent = they did not come. */
  readonly plain: Buffer | undefined;
}

const MAX_ENTRIES = 10_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** Entries written in one go: about 1 ms. */
const BATCH = 64;

export class EntryQueue {
  readonly #enter: (batch: readonly Numbered[]) => void;
  readonly #entries: Numbered[] = [];
  #characters = 0;
  /** Unref'd: the program's end is the owner's `drain`. */
  #turn: NodeJS.Immediate | undefined;

  /** @param enter writes a batch, oldest first; never throws */
  constructor(enter: (batch: readonly Numbered[]) => void) {
    this.#enter = enter;
  }

  /** It is written in a later turn of the event loop. @returns false when the queue is full */
  push(numbered: Numbered): boolean {
    const characters = numbered.entry.payload.length;
    if (this.#entries.length >= MAX_ENTRIES || this.#characters + characters > MAX_CHARACTERS) {
      return false;
    }
    this.#entries.push(numbered);
    this.#characters += characters;
    this.#arm();
    return true;
  }

  /** Writes all that waits. */
  drain(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    while (this.#entries.length > 0) this.#enter(this.#take());
  }

  #arm(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#enter(this.#take());
      if (this.#entries.length > 0) this.#arm();
    }).unref();
  }

  #take(): Numbered[] {
    const batch = this.#entries.splice(0, BATCH);
    for (const { entry } of batch) this.#characters -= entry.payload.length;
    return batch;
  }
}
