/**
 * The check of a log's own producer numbers (I7): each number from 1 on is a leaf, or an entry names it as burned.
 *
 * Numbers may arrive out of order (a queue in `best-effort`), so missing ranges are kept until they are filled or
 * explained: by `producer.gap` with target `<first>-<last>` (a sink's entry about another stream has `<stream> <first>-<last>`), or by a `log.recovered` right behind them (its quarantined
 * leaves burn theirs). Numbers of other producers are for the sink to judge, which knows what is still on its way.
 */
import type { Leaf } from './leaf.ts';
import { hasBytes } from './scan.ts';

/** Missing numbers, both ends included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** The numbers up to a place in a log. */
export interface SequenceState {
  /** The highest. */
  readonly seq: number;
  /** First and last of ranges below it that are neither there nor explained. */
  readonly missing: readonly (readonly [first: number, last: number])[];
}

const DIGIT_ZERO = 0x30;
/** Most ranges kept: a log with more is reported as it is. */
const MAX_RANGES = 10_000;

export class Sequence {
  readonly #origin: string;
  readonly #pattern: Buffer;
  #fromEnd = 0;
  /** Whether the last line given to `next` was a leaf of this log's own stream. */
  lastWasOwn = false;
  #highest = 0;
  #missing: Range[] = [];
  /** Ranges that were named before they were seen to be missing. */
  #named: Range[] = [];

  /** @param before what it goes on from */
  constructor(origin: string, before?: SequenceState) {
    this.#origin = origin;
    this.#highest = before?.seq ?? 0;
    this.#missing = (before?.missing ?? []).map(([first, last]) => ({ first, last }));
    // In a JSON text this cannot stand inside a string: there the quotes would be escaped.
    this.#pattern = Buffer.from(`,"stream":"${origin}","seq":`);
  }

  /** Takes the number of a leaf line. @returns what is wrong with it */
  next(buffer: Buffer, start: number, end: number): string | undefined {
    const found = this.#find(buffer, start, end);
    this.lastWasOwn = found >= 0;
    if (found < 0) return undefined;
    let seq = 0;
    for (let at = found + this.#pattern.length; at < end; at += 1) {
      const digit = (buffer[at] ?? 0) - DIGIT_ZERO;
      if (digit < 0 || digit > 9) break;
      seq = seq * 10 + digit;
    }
    if (seq === this.#highest + 1) {
      this.#highest = seq;
      return undefined;
    }
    if (seq > this.#highest) {
      if (this.#missing.length < MAX_RANGES)
        this.#missing.push({ first: this.#highest + 1, last: seq - 1 });
      this.#highest = seq;
      return undefined;
    }
    if (this.#missing.some(({ first, last }) => first <= seq && seq <= last)) {
      this.#remove({ first: seq, last: seq });
      return undefined;
    }
    return `number ${seq} was used before`;
  }

  /** Looks first where the last line had it, counted from the end: saves most searches (0.25 us). */
  #find(buffer: Buffer, start: number, end: number): number {
    for (let shift = -1; shift <= 1; shift += 1) {
      const at = end - this.#fromEnd + shift;
      if (at > start && hasBytes(buffer, at, end, this.#pattern)) {
        this.#fromEnd -= shift;
        return at;
      }
    }
    const at = buffer.subarray(start, end).indexOf(this.#pattern);
    if (at < 0) return -1;
    this.#fromEnd = end - start - at;
    return start + at;
  }

  /** Takes what a control entry of this log explains. */
  control(leaf: Leaf): void {
    if (leaf.stream !== this.#origin) return;
    if (leaf.kind === 'producer.gap') {
      const [, first, last] = /^(\d{1,16})-(\d{1,16})$/.exec(leaf.target ?? '') ?? [];
      if (first === undefined || last === undefined) return;
      const range = { first: Number(first), last: Number(last) };
      this.#remove(range);
      if (range.last > this.#highest) this.#named.push(range);
    } else if (leaf.kind === 'log.recovered') {
      const before = this.#missing.find(({ last }) => last === leaf.seq - 1);
      if (before !== undefined) this.#remove(before);
    }
  }

  /** To go on from later; undefined where that cannot be, because an entry explained numbers that are still to come. */
  get state(): SequenceState | undefined {
    if (this.#named.some(({ last }) => last > this.#highest)) return undefined;
    for (const range of this.#named) this.#remove(range);
    return { seq: this.#highest, missing: this.#missing.map(({ first, last }) => [first, last]) };
  }

  /** @returns numbers that are neither there nor explained */
  unexplained(): readonly Range[] {
    for (const range of this.#named) this.#remove(range);
    return this.#missing;
  }

  #remove(gone: Range): void {
    this.#missing = this.#missing.flatMap((range) => {
      if (gone.last < range.first || range.last < gone.first) return [range];
      const before = { first: range.first, last: gone.first - 1 };
      const after = { first: gone.last + 1, last: range.last };
      return [before, after].filter(({ first, last }) => first <= last);
    });
  }
}
