/** Two bounds on what callers may cost: bytes held at once, and requests a second (I10: the sink refuses, it never drops). */

/** A sum of bytes that may be held at once. */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes `bytes` if they fit; a lone request always fits, so that a small budget cannot refuse for ever. */
  reserve(bytes: number): boolean {
    if (this.#used > 0 && this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  /** Takes `bytes` that are there already, fit or not: what a body became when it was decompressed. */
  charge(bytes: number): void {
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }

  get used(): number {
    return this.#used;
  }
}

/** Lets work of so much weight run at once; the rest waits its turn, in order. A lone one runs whatever its weight. */
export class Turnstile {
  readonly #limit: number;
  #running = 0;
  readonly #waiting: { readonly weight: number; readonly go: () => void }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(weight: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length === 0 && this.#fits(weight)) this.#running += weight;
    else await new Promise<void>((go) => this.#waiting.push({ weight, go }));
    try {
      return await work();
    } finally {
      this.#running -= weight;
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        if (!this.#fits(next.weight)) break;
        this.#waiting.shift();
        this.#running += next.weight;
        next.go();
      }
    }
  }

  #fits(weight: number): boolean {
    return this.#running === 0 || this.#running + weight <= this.#limit;
  }
}

/** Callers remembered at once; beyond it the one longest unseen starts afresh. */
const MAX_CALLERS = 4_096;

/** A token bucket for each caller: `perSecond` sustained, twice that at once. */
export class RateLimit {
  readonly #perSecond: number;
  /** In order of last sight, so the first is the one longest unseen. */
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Whether this caller may go on now. */
  allow(caller: string, nowMs: number = performance.now()): boolean {
    const most = this.#perSecond * 2;
    const bucket = this.#buckets.get(caller) ?? { tokens: most, atMs: nowMs };
    bucket.tokens = Math.min(
      most,
      bucket.tokens + ((nowMs - bucket.atMs) / 1000) * this.#perSecond,
    );
    bucket.atMs = nowMs;
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > MAX_CALLERS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return allowed;
  }
}
