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
const FEW_UNITS = 10;
/** As much of a text tells, mostly, whether it is all ASCII. */
const HEAD = 256;
/** A character that there is no room for ends the copy: more room than the longest one takes tells it from the last. */
const SPARE = 4;
let bytes = bytesOf(units);
let head = units.subarray(0, HEAD);
const encoder = new TextEncoder();

/** The two methods of a Buffer that `write` and `toString` come down to, without the choice of an encoding. */
interface Bytes {
  utf8Write(text: string, offset: number, length: number): number;
  ucs2Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
}
function bytesOf({ buffer }: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): Bytes {
  return Buffer.from(buffer) as unknown as Bytes; // every Buffer has them
}

/** Copies a text. */
export function copy(text: string, length: number): void {
  copied = text;
  isOwn = false;
  if (units.length < length + SPARE) {
    units = new Uint8Array(length + SPARE);
    bytes = bytesOf(units);
    head = units.subarray(0, HEAD);
  }
  if (length < FEW_UNITS) copyFew(text, length);
  else if (length > HEAD && !beginsAscii(text)) copyWide(text, length);
  else {
    // A byte for each code unit, when all are ASCII.
    isAscii = bytes.utf8Write(text, 0, units.length) === length;
    if (!isAscii) copyWide(text, length);
  }
}

function copyFew(text: string, length: number): void {
  const to = units;
  isAscii = true;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= BEYOND_ASCII) isAscii = false;
    to[i] = Math.min(code, BEYOND_ASCII);
  }
}

/** A piece of a text that is not all ASCII. */
const wide = new Uint16Array(1_024);
const wideBytes = bytesOf(wide);

function copyWide(text: string, length: number): void {
  const to = units;
  isAscii = false;
  for (let from = 0; from < length; from += wide.length) {
    const piece = from === 0 ? text : text.slice(from, from + wide.length);
    wideBytes.ucs2Write(piece, 0, 2 * wide.length);
    const end = Math.min(length - from, wide.length);
    for (let i = 0; i < end; i++) to[from + i] = Math.min(wide[i] as number, BEYOND_ASCII); // in range
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
  if (!isOwn && isAscii) copied = bytes.latin1Slice(0, copied.length);
  isOwn = true;
  return copied;
}

/** Lets go of the text. */
export function release(): void {
  copied = '';
}
