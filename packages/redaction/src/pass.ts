/**
 * The pass over one text that everything else waits for: where literals end, where digits and breaks stand.
 *
 * Its copy of the text and these places are those of the latest text, shared by all scans: no call allocates any, and
 * they grow with the longest text so far. Linear: one table read a code unit (I5).
 */
import { type Automaton, buildAutomaton, ROW_SHIFT } from './automaton.ts';
import { charset } from './charset.ts';

/** What the pass reads. */
export interface Tables extends Pick<Automaton, 'next' | 'firstEnd' | 'outputs'> {
  /** The automaton's class of every code unit, and whether it ends a long run. */
  readonly kinds: Uint8Array;
}

/** Flag of what no long run holds: blanks, quotes, brackets, letters beyond ASCII. */
const BREAK = 1 << ROW_SHIFT;
/** All that encodings and tokens with joints are made of. */
const RUN = charset('A-Za-z0-9+/=_%&#;\\.:|-');
/** Shorter runs hold neither. */
export const SHORTEST_RUN = 24;

/** The tables of literals in lower case. */
export function tablesOf(literals: readonly string[]): Tables {
  const { classes, next, firstEnd, outputs } = buildAutomaton(literals);
  // Beyond ASCII all are alike.
  const kinds = new Uint8Array(classes.length).fill((classes[128] ?? 0) | BREAK);
  for (let code = 0; code < 128; code++)
    kinds[code] = (classes[code] ?? 0) | (RUN[code] === 1 ? 0 : BREAK);
  return { next, firstEnd, outputs, kinds };
}

/**
 * Where things stand in the latest text: `Pass.digits` digits from the front on, `Pass.breaks` breaks (what no long run
 * holds) from the back on. One more than the text is long, so that they never meet.
 */
export let placeAt: Int32Array = new Int32Array(1_025);

/** The code units of the latest text: an array is read twice as fast as a string. */
export let units: Uint16Array<ArrayBuffer> = new Uint16Array(1_024);
let unitBytes = Buffer.from(units.buffer);
/** Copying as a whole costs as much as so many steps. */
const FEW_UNITS = 160;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Makes room for the places of a text, and copies its code units. */
export function load(text: string, length: number): void {
  if (units.length < length) {
    units = new Uint16Array(length);
    unitBytes = Buffer.from(units.buffer);
    placeAt = new Int32Array(length + 1);
  }
  if (length < FEW_UNITS || !IS_LITTLE_ENDIAN) {
    for (let i = 0; i < length; i++) units[i] = text.charCodeAt(i);
  } else unitBytes.write(text, 0, 2 * length, 'utf16le');
}

/** Where a pass over a text stands. */
export interface Pass {
  at: number;
  state: number;
  /** Seen so far. */
  digits: number;
  breaks: number;
}

/**
 * Goes on to the next place where a literal ends. On its own, so that the loop most time is spent in is as small as it gets.
 * @returns the index of the literal's last code unit, -1 when there is none
 */
export function advance(pass: Pass, { next, firstEnd, kinds }: Tables, length: number): number {
  const [codes, places] = [units, placeAt];
  let { at, state, digits, breaks } = pass;
  let found = -1;
  while (at < length) {
    const kind = kinds[codes[at] as number] as number; // every code unit has a kind
    const column = kind & COLUMN;
    // Written each time, kept where it counts: no branch. The ten digit classes are the last ones: 54 + 10 is 64.
    places[digits] = at;
    digits += (column + 10) >>> ROW_SHIFT;
    places[length - breaks] = at;
    breaks += kind >>> ROW_SHIFT;
    state = next[(state << ROW_SHIFT) | column] as number; // a state of this table by construction
    at++;
    if (state >= firstEnd) {
      found = at - 1;
      break;
    }
  }
  pass.at = at;
  pass.state = state;
  pass.digits = digits;
  pass.breaks = breaks;
  return found;
}
const COLUMN = (1 << ROW_SHIFT) - 1;
