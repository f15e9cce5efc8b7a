/**
 * Character sets as 128-entry tables, and the runs that the scanner takes with them.
 *
 * A set is one byte a code unit, so a run is a loop of table reads: linear whatever the text (I5). Code units above
 * 127 belong to no set, which is why a token beside CJK text still ends where it should.
 */

import { randomness } from './bigrams.ts';
import { BEYOND_ASCII, copied, units } from './units.ts';

/** One flag a code unit below 128. */
export type Charset = Uint8Array;

/** Makes a set from ranges (`A-Z`) and single characters; `-` stands last or first to mean itself. Equal ones are one. */
export function charset(spec: string): Charset {
  const known = made.get(spec);
  if (known !== undefined) return known;
  const set = new Uint8Array(128);
  made.set(spec, set);
  for (let i = 0; i < spec.length; i++) {
    const from = spec.charCodeAt(i);
    if (spec[i + 1] === '-' && i + 2 < spec.length) {
      for (let code = from; code <= spec.charCodeAt(i + 2); code++) set[code] = 1;
      i += 2;
    } else set[from] = 1;
  }
  return set;
}

const made = new Map<string, Charset>();

export const BASE62: Charset = charset('A-Za-z0-9');
export const BASE64: Charset = charset('A-Za-z0-9+/=_-');
export const BASE64URL: Charset = charset('A-Za-z0-9_-');
export const WORD: Charset = charset('A-Za-z0-9_');
export const IDENTIFIER: Charset = charset('A-Za-z0-9_.-');
export const DOTTED: Charset = charset('A-Za-z0-9_.-');
/** With the `=` that some issuers' own patterns allow. */
export const DOTTED_PADDED: Charset = charset('A-Za-z0-9_.=-');
export const HEX: Charset = charset('a-fA-F0-9');
export const UPPER_DIGITS: Charset = charset('A-Z0-9');
export const LOWER_DIGITS: Charset = charset('a-z0-9');
export const DIGITS: Charset = charset('0-9');
export const PATH: Charset = charset('A-Za-z0-9_/-');
/** What a bearer token may hold (RFC 6750), with `:` and `%` that real ones have. */
export const BEARER: Charset = charset('A-Za-z0-9._~+/=:%-');

/** True when the code unit at `at` is in the set; false beyond either end. */
export function isIn(set: Charset, text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && set[code] === 1;
}

/** The character before `at`. Not `text[at - 1]`: once the engine saw -1, which is the name of a property, each read costs tenfold. */
export function signBefore(text: string, at: number): string | undefined {
  return at > 0 ? text[at - 1] : undefined;
}

/** Index after the run of `set` that starts at `from`, at most `limit` long. */
export function runEnd(set: Charset, text: string, from: number, limit: number): number {
  const last = Math.min(text.length, from + limit);
  let at = from;
  if (text === copied) {
    const codes = units;
    for (; at < last; at++) {
      const code = codes[at] as number; // below the text's length
      if (code >= BEYOND_ASCII || set[code] === 0) break;
    }
  } else while (at < last && isIn(set, text, at)) at++;
  return at;
}

/** Index of the first code unit of the run of `set` that ends before `before`, at most `limit` long. */
export function runStart(set: Charset, text: string, before: number, limit: number): number {
  const first = Math.max(0, before - limit);
  let at = before;
  if (text === copied) {
    const codes = units;
    for (; at > first; at--) {
      const code = codes[at - 1] as number; // below the text's length
      if (code >= BEYOND_ASCII || set[code] === 0) break;
    }
  } else while (at > first && isIn(set, text, at - 1)) at--;
  return at;
}

/**
 * True when `text` has upper case, lower case and a digit, or cases that change as in no name: what generated tokens
 * have and names seldom. One random token of 24 in fifty has no digit.
 */
export function isMixed(text: string): boolean {
  let seen = 0;
  let odd = 0;
  let before = 0;
  let last = 0;
  for (let i = 0; i < text.length && seen !== 7; i++) {
    const code = text.charCodeAt(i);
    const kind =
      code >= 48 && code <= 57
        ? 1
        : code >= 65 && code <= 90
          ? 2
          : code >= 97 && code <= 122
            ? 4
            : 0;
    seen |= kind;
    // `AB` and `AbC`: a name has words between its capitals.
    if (kind === 2 && (last === 2 || (last === 4 && before === 2))) odd++;
    before = last;
    last = kind;
  }
  return seen === 7 || (seen === 6 && odd >= 4);
}

/** Below it are names and words (`bigrams.ts`). */
const LEAST_BITS = 5.6;
const HASH_LENGTHS = new Set([32, 40, 64]);
const PLAIN_HEX = /^[0-9a-f]+$/i;
export const UUID: RegExp = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const OPAQUE = charset('A-Za-z0-9+/=_.~-');
const MIN_OPAQUE = 16;
const MAX_OPAQUE = 512;

/**
 * True when `text` could be a generated secret: opaque characters, 16 or more, letters and digits mixed.
 * Hashes and UUIDs are not: only their key could tell them from a secret.
 */
export function looksRandom(text: string): boolean {
  const { length } = text;
  if (length < MIN_OPAQUE || length > MAX_OPAQUE || runEnd(OPAQUE, text, 0, length) < length)
    return false;
  if (length === 36 ? UUID.test(text) : HASH_LENGTHS.has(length) && PLAIN_HEX.test(text))
    return false;
  if (/^sha\d{1,3}[-:]/i.test(text)) return false;
  return (/\d/.test(text) || isMixed(`${text}0`)) && randomness(text) >= LEAST_BITS;
}
