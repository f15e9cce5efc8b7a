/**
 * The second pass: removes secrets that a key or a header gave away wherever else they stand in the call.
 *
 * Runs over redacted plain data of our own making, so it may change it in place. Only when the memory holds anything.
 */
import type { SecretMemory } from './memory.ts';
import { marker } from './spans.ts';

/** Where finds are counted. */
interface Tally {
  count(rule: string, found: number): void;
}

const RULE = 'echo';

/** One pass over one redacted value. */
export class EchoPass {
  readonly #needles: readonly string[];
  readonly #tally: Tally;

  constructor(memory: SecretMemory, tally: Tally) {
    this.#needles = memory.needles();
    this.#tally = tally;
  }

  /** Replaces in strings and in keys. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'number')
      return this.#needles.includes(String(value)) ? this.#text(String(value)) : value;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = this.value(value[i]);
      return value;
    }
    if (typeof value !== 'object' || value === null) return value;
    const record = value as Record<string, unknown>; // plain data of the walk
    let hasKey = false;
    for (const key of Object.keys(record)) {
      if (key === '__proto__') {
        Object.defineProperty(record, key, {
          value: this.value(record[key]),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else record[key] = this.value(record[key]);
      if (!hasKey && this.#needles.some((needle) => key.includes(needle))) hasKey = true;
    }
    if (!hasKey) return record;
    return Object.fromEntries(Object.entries(record).map(([key, item]) => [this.#text(key), item]));
  }

  #text(text: string): string {
    let result = text;
    for (const needle of this.#needles) {
      if (!result.includes(needle)) continue;
      const parts = result.split(needle);
      result = parts.join(marker(RULE));
      this.#tally.count(RULE, parts.length - 1);
    }
    return result;
  }
}
