/** What was done to one value: finds by rule, and whether anything was cut, unreadable or out of the ordinary. */

const NO_COUNTS: ReadonlyMap<string, number> = new Map();

/** The account of one walk and of all that works for it. */
export class Tally {
  #counts: Map<string, number> | undefined;
  total = 0;
  truncated = false;
  failed = false;
  /** False once something was met that `JSON.stringify` might read differently, or not finish. */
  isPlain = true;

  /** Finds by rule. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts ?? NO_COUNTS;
  }

  /** Counts finds of one rule. */
  count(rule: string, found: number = 1): void {
    this.total += found;
    this.#counts ??= new Map();
    this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + found);
  }

  /** Adds what another walk over the result of this one did. */
  include(other: Tally): void {
    for (const [rule, found] of other.counts) this.count(rule, found);
    this.truncated ||= other.truncated;
    this.failed ||= other.failed;
  }
}
