/**
 * The text that is looked at, a byte a code unit: reading a string costs three times as much.
 *
 * One copy for all, of the latest text; it grows with the longest text so far.
 */

/** Stands for every code unit beyond ASCII: to those who read the copy all are alike. */
export const BEYOND_ASCII = 128;

/** The code units of the latest text. */
export let units: Uint8Array<ArrayBuffer> = new Uint8Array(1_024);
/** What they were copied from; empty when nobody looks at a text. */
export let copied = '';

/** Copying as a whole costs as much as so many steps. */
const FEW_UNITS = 24;
/** As much of a text tells, mostly, whether it is worth copying as a whole. */
const HEAD = 256;
let head = units.subarray(0, HEAD);
const encoder = new TextEncoder();

/** Copies a text. */
export function copy(text: string): void {
  const { length } = text;
  copied = text;
  if (units.length < length) {
    units = new Uint8Array(length);
    head = units.subarray(0, HEAD);
  }
  if (length >= FEW_UNITS && (length <= HEAD || asciiLength(text, head) > 0)) {
    if (asciiLength(text, units) === length) return;
  }
  const to = units;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    to[i] = code < BEYOND_ASCII ? code : BEYOND_ASCII;
  }
}

/** Copies what there is room for. @returns how much, -1 when that is not all ASCII */
function asciiLength(text: string, to: Uint8Array): number {
  const { read, written } = encoder.encodeInto(text, to);
  return written === read ? read : -1;
}

/** Lets go of the text. */
export function release(): void {
  copied = '';
}
