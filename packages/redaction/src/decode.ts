/**
 * Secrets inside an encoding: base64 (also twice), hexadecimal, every byte percent-encoded, `\u0041` and `&#65;` escapes.
 *
 * Runs of 24 or more such characters are decoded when their beginning gives readable text, and scanned; when anything is
 * found in it the whole run goes. At most 8 KiB a run, two layers deep (I5).
 */
import { charset } from './charset.ts';

const SHORTEST = 24;
const MAX_RUN = 8_192;
const MAX_RUNS = 64;
/** 1 for what encodings are made of, 3 for what may part two of them. */
const CODED = charset('A-Za-z0-9+/=_%&#;\\-').slice();
const PARTS = 2;
for (const sign of '/=&') CODED[sign.charCodeAt(0)] = 1 | PARTS;
const READABLE = /^[\t\n\r -~]+$/;

/** The code units of a text; what is beyond ASCII counts as 128. */
export type Codes = Uint8Array;

/** Adds start and end of the runs between `from` and `to` that may stand for readable text. */
export function codedRuns(codes: Codes, from: number, to: number, runs: number[]): void {
  let at = from;
  while (at + SHORTEST <= to && runs.length < 2 * MAX_RUNS) {
    let probe = at + SHORTEST - 1;
    let kinds = 0;
    let kind: number;
    while (probe >= at && (kind = kindOf(codes[probe] as number)) !== 0) {
      kinds |= kind;
      probe--;
    }
    if (probe >= at) {
      at = probe + 1;
      continue;
    }
    const start = at;
    const last = Math.min(to, start + MAX_RUN);
    at += SHORTEST;
    while (at < last && (kind = kindOf(codes[at] as number)) !== 0) {
      kinds |= kind;
      at++;
    }
    if ((kinds & PARTS) !== 0) addParts(codes, start, at, runs);
    else if (mayRead(codes, start, at)) runs.push(start, at);
    at++;
  }
}

/** Adds what may be read of a run: all of it, a value of `a=x&b=y`, what follows a slash. */
function addParts(codes: Codes, start: number, end: number, runs: number[]): void {
  let from = start;
  while (from + SHORTEST <= end) {
    if (mayRead(codes, from, end)) {
      const stop = jointAfter(codes, from, end);
      if (from + SHORTEST <= stop) runs.push(from, stop);
      // The slash is of base64, or begins the next part of a path.
      const slash = slashAfter(codes, from + SHORTEST, stop);
      if (slash < stop) runs.push(from, slash);
      from = stop + 1;
    } else from = partAfter(codes, from, end);
  }
}

function slashAfter(codes: Codes, from: number, end: number): number {
  let at = from;
  while (at < end && codes[at] !== SLASH) at++;
  return at;
}

function jointAfter(codes: Codes, from: number, end: number): number {
  let at = from;
  while (at < end && !isJoint(codes, at, end)) at++;
  return at;
}

/** Behind the next slash or joint. */
function partAfter(codes: Codes, from: number, end: number): number {
  let at = from;
  while (at < end && codes[at] !== SLASH && !isJoint(codes, at, end)) at++;
  return at + 1;
}

/** `=` that is no padding, `&` that begins no entity. */
function isJoint(codes: Codes, at: number, end: number): boolean {
  const code = codes[at];
  if (code === AMPERSAND) return codes[at + 1] !== HASH;
  return code === EQUALS && at + 1 < end && codes[at + 1] !== EQUALS && codes[at + 1] !== AMPERSAND;
}

function kindOf(code: number): number {
  return code < 128 ? (CODED[code] as number) : 0; // a table of 128
}

/** True when the run stands for a text in which `finds` sees something. */
export function isEncodedSecret(run: string, finds: (decoded: string) => boolean): boolean {
  const decoded = decode(run, 0);
  return decoded !== undefined && finds(decoded);
}

/**
 * A look without a copy: most runs are paths, names and digests, and the first bytes that they would stand for are no text.
 * True for escapes, which are rare.
 */
function mayRead(codes: Codes, start: number, end: number): boolean {
  const first = codes[start];
  if (first === PERCENT || first === AMPERSAND || first === BACKSLASH) return true;
  return readsAs(HEX_DIGITS, 4, codes, start, end) || readsAs(BASE64_DIGITS, 6, codes, start, end);
}
const [HASH, PERCENT, AMPERSAND, SLASH, EQUALS, BACKSLASH] = [35, 37, 38, 47, 61, 92];

/** Whether the first characters, digits of `bits` bits each, stand for printable text. */
function readsAs(
  digits: Uint8Array,
  bits: number,
  codes: Codes,
  start: number,
  end: number,
): boolean {
  const stop = Math.min(end, start + SHORTEST);
  let value = 0;
  let known = 0;
  for (let at = start; at < stop; at++) {
    const code = codes[at] as number; // below the text's length
    const digit = digits[code] as number; // a run is ASCII
    // Padding ends the run.
    if (digit === NO_DIGIT) return at >= end - 2 && code === EQUALS;
    value = ((value << bits) | digit) & 0xffff;
    known += bits;
    if (known < 8) continue;
    known -= 8;
    if (PRINTABLE[(value >> known) & 255] === 0) return false;
  }
  return true;
}
const NO_DIGIT = 255;
const HEX_DIGITS = digitsOf('0123456789abcdef', '0123456789ABCDEF');
const UPPER_LOWER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64_DIGITS = digitsOf(`${UPPER_LOWER}+/`, `${UPPER_LOWER}-_`);
const PRINTABLE = Uint8Array.from({ length: 256 }, (_, byte) =>
  READABLE.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Values of digits in two alphabets of the same order. */
function digitsOf(...alphabets: readonly string[]): Uint8Array {
  const values = new Uint8Array(128).fill(NO_DIGIT);
  for (const alphabet of alphabets)
    for (let value = 0; value < alphabet.length; value++)
      values[alphabet.charCodeAt(value)] = value;
  return values;
}

/** The readable text that the run stands for. */
function decode(run: string, depth: number): string | undefined {
  const once = /^(?:%[0-9a-f]{2}){8}/i.test(run)
    ? unescaped(run, /%([0-9a-f]{2})/gi, 16)
    : /^(?:\\u00[0-9a-f]{2}){6}/i.test(run)
      ? unescaped(run, /\\u00([0-9a-f]{2})/gi, 16)
      : /^(?:\\x[0-9a-f]{2}){6}/i.test(run)
        ? unescaped(run, /\\x([0-9a-f]{2})/gi, 16)
        : /^(?:&#x[0-9a-f]{2};){6}/i.test(run)
          ? unescaped(run, /&#x([0-9a-f]{2});/gi, 16)
          : /^(?:&#\d{2,3};){6}/.test(run)
            ? unescaped(run, /&#(\d{2,3});/g, 10)
            : bytes(run);
  if (once === undefined || !READABLE.test(once)) return undefined;
  return depth === 0 && once.length >= SHORTEST && /^[A-Za-z0-9+/=_-]+$/.test(once)
    ? (decode(once, 1) ?? once)
    : once;
}

function unescaped(run: string, pattern: RegExp, radix: number): string {
  return run.replace(pattern, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, radix)),
  );
}

/** Hexadecimal or base64, when the first bytes are readable. */
function bytes(run: string): string | undefined {
  if (/[%&#;\\]/.test(run)) return undefined;
  if (/^(?:[0-9a-f]{2}){12,}$/i.test(run)) return readable(run, 'hex', 24);
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(run) ? readable(run, 'base64', 24) : undefined;
}

function readable(run: string, encoding: 'hex' | 'base64', lead: number): string | undefined {
  if (!READABLE.test(Buffer.from(run.slice(0, lead), encoding).toString('latin1')))
    return undefined;
  return Buffer.from(run, encoding).toString('latin1');
}
