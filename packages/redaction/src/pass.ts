/**
 * The pass over one text that everything else waits for: where literals end, where digits and long runs stand.
 *
 * These places are those of the latest text, shared by all scans: no call allocates any, and
 * they grow with the longest text so far. Linear: one table read a code unit (I5).
 */
import { type Automaton, buildAutomaton, ROW_SHIFT } from './automaton.ts';
import { type Charset, charset } from './charset.ts';
import { BEYOND_ASCII, copy, units } from './units.ts';

/** What the pass reads, and what `T` is known of the literals it meets. */
export interface Tables<T> extends Pick<Automaton<T>, 'next' | 'firstEnd' | 'outputs'> {
  /** The automaton's class of every unit, and whether it ends a run. */
  readonly kinds: Uint8Array;
}

/** Flag of what no long run holds: blanks, quotes, brackets, letters beyond ASCII. */
const BREAK = 1 << ROW_SHIFT;
/** All that encodings and tokens with joints are made of. */
export const RUN: Charset = charset('A-Za-z0-9+/=_%&#;\\.:|-');
/** Shorter runs hold neither. */
export const SHORTEST_RUN = 24;

/** The tables of literals in lower case. */
export function tablesOf<T>(literals: ReadonlyMap<string, readonly T[]>): Tables<T> {
  const { classes, next, firstEnd, outputs } = buildAutomaton(literals);
  // As many as a byte has values: none is out of bounds.
  const kinds = new Uint8Array(256);
  for (let code = 0; code <= BEYOND_ASCII; code++)
    kinds[code] = (classes[code] ?? 0) | (RUN[code] === 1 ? 0 : BREAK);
  return { next, firstEnd, outputs, kinds };
}

/** A text is passed over in pieces, small ones where only the first name in it is looked for. */
export const PIECE = 2_048;
export const SMALL_PIECE = 64;
/** Where in the latest piece literals end, and the states that tell which. */
export const endAt: Int32Array = new Int32Array(PIECE);
export const endState: Uint16Array = new Uint16Array(PIECE);

/**
 * Where things stand in the latest text: `Pass.digits` digits from the front on, the beginnings of `Pass.longRuns` long
 * runs from the back on. One more than the text is long, so that they never meet: something stands between two runs.
 */
export let placeAt: Int32Array = new Int32Array(1_025);

/** Makes room for the places of a text of `length`, and copies it. */
export function load(text: string, length: number): void {
  if (placeAt.length <= length) placeAt = new Int32Array(length + 1);
  copy(text, length);
}

/**
 * True for a text of ASCII in which no literal ends and fewer than `leastDigits` digits stand: what a great part of all short
 * texts is. Nothing is copied or noted, which costs a short text more than the pass does.
 */
export function isQuiet(
  { next, firstEnd, kinds }: Tables<unknown>,
  text: string,
  length: number,
  leastDigits: number,
): boolean {
  let state = 0;
  let digits = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= BEYOND_ASCII) return false;
    const column = (kinds[code] as number) & COLUMN; // every byte has a kind
    digits += (column + 10) >>> ROW_SHIFT;
    state = next[(state << ROW_SHIFT) | column] as number; // a state of this table by construction
    if (state >= firstEnd) return false;
  }
  return digits < leastDigits;
}

/** Where a pass over a text stands. */
export interface Pass {
  state: number;
  /** Length of the run that the piece ended in. */
  run: number;
  /** Seen so far. */
  digits: number;
  longRuns: number;
}

/**
 * Passes over the piece from `from` to `to` of a text of `length`. On its own, so that the loop most time is spent in is
 * as small as it gets: branches only where they are seldom taken.
 * @returns how many places of `endAt` are set
 */
export function advance(
  pass: Pass,
  { next, firstEnd, kinds }: Tables<unknown>,
  from: number,
  to: number,
  length: number,
): number {
  const codes = units;
  const places = placeAt;
  const ends = endAt;
  const states = endState;
  let { state, run, digits, longRuns } = pass;
  let found = 0;
  for (let at = from; at < to; at++) {
    const kind = kinds[codes[at] as number] as number; // every byte has a kind
    const column = kind & COLUMN;
    // Written each time, kept where it counts. The ten digit classes are the last ones: 54 + 10 is 64.
    places[digits] = at;
    digits += (column + 10) >>> ROW_SHIFT;
    // Nothing behind a break.
    run = (run + 1) & ((kind >>> ROW_SHIFT) - 1);
    if (run === SHORTEST_RUN) places[length - longRuns++] = at + 1 - SHORTEST_RUN;
    state = next[(state << ROW_SHIFT) | column] as number; // a state of this table by construction
    if (state >= firstEnd) {
      ends[found] = at;
      states[found++] = state;
    }
  }
  pass.state = state;
  pass.run = run;
  pass.digits = digits;
  pass.longRuns = longRuns;
  return found;
}
const COLUMN = (1 << ROW_SHIFT) - 1;
