/** A histogram of durations: 16 buckets for each doubling, so that a quantile is within 3 %, in a few hundred numbers. */

const PER_OCTAVE = 16;

export class Durations {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #max = 0;

  /** @param us whole microseconds, at least 0 */
  add(us: number): void {
    const bucket = us < 1 ? 0 : 1 + Math.floor(Math.log2(us) * PER_OCTAVE);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#max = Math.max(this.#max, us);
  }

  /** Microseconds; empty when nothing was added. */
  summary(): { readonly p50?: number; readonly p95?: number; readonly max?: number } {
    if (this.#count === 0) return {};
    return { p50: this.#quantile(0.5), p95: this.#quantile(0.95), max: this.#max };
  }

  #quantile(part: number): number {
    let left = Math.ceil(part * this.#count);
    for (const [bucket, count] of [...this.#buckets].toSorted(([a], [b]) => a - b)) {
      left -= count;
      // The middle of the bucket, by ratio.
      if (left <= 0)
        return bucket === 0 ? 0 : Math.min(this.#max, 2 ** ((bucket - 0.5) / PER_OCTAVE));
    }
    return this.#max;
  }
}
