/**
 * The text that is looked at, a byte a code unit: reading a string costs three times as much.
 *
 * One copy for all, of the latest text; it grows with the longest text so far.
 */

/** Stands for every code unit beyond ASCII: to those who read the copy all are alike. */
export const BEYOND_ASCII = 128;

/** The code units of the latest text. */
export let units: Uint8Array<ArrayBuffer> = new Uint8Array(1_024);
/** What they were copied from, or the text of our own making; empty when nobody looks at a text. */
export let copied = '';
/** No more than ASCII stands in the latest text. */
let isAscii = true;
/** `copied` is a string of our own making. */
let isOwn = false;

/** Copying as a whole costs as much as so many steps. */
const FEW_UNITS = 16;
/** As much of a text tells, mostly, whether it is worth copying as a whole. */
const HEAD = 256;
/** A character that there is no room for ends the copy: more room than the longest one takes tells it from the last. */
const SPARE = 4;
let bytes = Buffer.from(units.buffer);
let head = units.subarray(0, HEAD);
const encoder = new TextEncoder();

/** Copies a text. */
export function copy(text: string): void {
  const { length } = text;
  copied = text;
  isOwn = false;
  if (units.length < length + SPARE) {
    units = new Uint8Array(length + SPARE);
    bytes = Buffer.from(units.buffer);
    head = units.subarray(0, HEAD);
  }
  isAscii = true;
  if (length >= FEW_UNITS && (length <= HEAD || beginsAscii(text))) {
    // A byte for each code unit.
    if (bytes.write(text) === length) return;
  }
  const to = units;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < BEYOND_ASCII) to[i] = code;
    else {
      to[i] = BEYOND_ASCII;
      isAscii = false;
    }
  }
}

function beginsAscii(text: string): boolean {
  const { read, written } = encoder.encodeInto(text, head);
  return written === read;
}

/**
 * The copied text as a string of our own making. The engine has a string of its own kind for each way to make one (parsed,
 * joined, cut out of another): code that met them all looks up how to read them at each step, and takes half as long
 * again. What is not ASCII stays what it is.
 */
export function ownText(): string {
  if (!isOwn && isAscii) copied = bytes.toString('latin1', 0, copied.length);
  isOwn = true;
  return copied;
}

/** Lets go of the text. */
export function release(): void {
  copied = '';
}
