/** A cache of immutable byte strings, bounded by their sum; the one longest unused goes first. */
export class ByteCache {
  readonly #limit: number;
  readonly #items = new Map<string, Buffer>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** The kept bytes, or those that `make` gives, which are then kept. */
  get(key: string, make: () => Buffer): Buffer {
    const kept = this.#items.get(key);
    if (kept !== undefined) {
      this.#items.delete(key);
      this.#items.set(key, kept);
      return kept;
    }
    const made = make();
    if (made.length > this.#limit) return made;
    this.#items.set(key, made);
    this.#bytes += made.length;
    for (const [oldest, bytes] of this.#items) {
      if (this.#bytes <= this.#limit) break;
      this.#items.delete(oldest);
      this.#bytes -= bytes.length;
    }
    return made;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
