/**
 * UUID v7 (RFC 9562 5.7): 48 bits of Unix milliseconds, then 74 random bits. Ids made later sort later.
 */
import { randomBytes } from 'node:crypto';

const MAX_MS = 2 ** 48 - 1;

/** A new UUID v7 for a time. */
export function uuidV7(unixMs: number, random: Uint8Array = randomBytes(10)): string {
  const bytes = Buffer.alloc(16);
  // A clock that is far off must not keep an entry from being made.
  bytes.writeUIntBE(Math.min(MAX_MS, Math.max(0, Math.floor(unixMs) || 0)), 0, 6);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
