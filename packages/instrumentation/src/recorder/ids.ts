/**
 * Trace ids, span ids and UUID v7 from one pool of random hex digits: refilling 8 KiB at a time costs 20 ns an id,
 * `randomBytes` for each 3 us (hotpath.md 2).
 */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8_192;

/** Fills a buffer with randomness; a parameter so that tests are exact. */
export type RandomFill = (bytes: Buffer) => void;

/** Makes ids. */
export interface Ids {
  /** 32 lower-case hex digits, never all zero. */
  traceId(): string;
  /** 16 lower-case hex digits, never all zero. */
  spanId(): string;
  /** UUID v7 (RFC 9562 5.7) of a Unix time. */
  uuidV7(unixMs: number): string;
}

/** Ids from a pool of their own. */
export function createIds(fill: RandomFill = (bytes) => void randomFillSync(bytes)): Ids {
  const bytes = Buffer.allocUnsafe(POOL_BYTES);
  let digits = '';
  let next = 0;
  let millisecond = -1;
  let prefix = '';

  function take(length: number): string {
    if (next + length > digits.length) {
      fill(bytes);
      digits = bytes.toString('hex');
      next = 0;
    }
    next += length;
    return digits.slice(next - length, next);
  }

  function takeNonZero(length: number): string {
    for (let attempt = 0; attempt < 8; attempt++) {
      const id = take(length);
      if (/[^0]/.test(id)) return id;
    }
    return '1'.padStart(length, '0'); // a broken generator must not hang the program
  }

  return {
    traceId: () => takeNonZero(32),
    spanId: () => takeNonZero(16),
    uuidV7(unixMs) {
      if (unixMs !== millisecond) {
        millisecond = unixMs;
        const hex = Math.max(0, Math.floor(unixMs)).toString(16).padStart(12, '0').slice(-12);
        prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
      }
      const random = take(19);
      // The top two bits of the fourth group are 10: one of 8, 9, a, b.
      const variant = '89ab'[Number.parseInt(random.charAt(3), 16) & 3] ?? '8';
      return `${prefix}${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7)}`;
    },
  };
}
