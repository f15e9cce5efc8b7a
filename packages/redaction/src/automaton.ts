/**
 * One Aho-Corasick automaton over all literals, as flat Uint16 tables: a scan is one table read a code unit.
 *
 * Letters are folded to lower case. A state's row has 64 columns (`state << 6 | class`): class 0 is every code unit no
 * literal contains, digits are the last ten classes so that the scanner can count them with one comparison.
 * Linear by construction (I5).
 */

/** Columns of a row, as a shift. */
export const ROW_SHIFT = 6;
/** First class of the ten digits. */
export const FIRST_DIGIT_CLASS = 54;

/** Tables of a built automaton. */
export interface Automaton {
  /** Class of every UTF-16 code unit: 64 KiB, of which ASCII text touches two cache lines, and no bounds to check. */
  readonly classes: Uint8Array;
  readonly next: Uint16Array;
  /** States from this one on end a literal: one comparison a code unit instead of a table read. */
  readonly firstEnd: number;
  /** By `state - firstEnd`: literal numbers that end there, longest first. */
  readonly outputs: readonly (readonly number[])[];
}

/**
 * Builds the tables.
 * @throws RangeError when a literal is empty or not ASCII, or they have more than 53 different characters besides digits, or too many states
 */
export function buildAutomaton(literals: readonly string[]): Automaton {
  const classes = classesOf(literals);
  const limit = literals.reduce((sum, literal) => sum + literal.length, 1);
  if (limit > 65_535) throw new RangeError(`${limit} states do not fit 16 bits`);
  const next = new Uint16Array(limit << ROW_SHIFT);
  const ends: number[][] = [[]];
  let states = 1;
  literals.forEach((literal, number) => {
    // An empty literal would be seen everywhere.
    if (literal === '') throw new RangeError(`literal ${number} is empty`);
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      const at = (state << ROW_SHIFT) | (classes[literal.charCodeAt(i)] ?? 0);
      if (next[at] === 0) {
        next[at] = states++;
        ends.push([]);
      }
      state = next[at] ?? 0;
    }
    ends[state]?.push(number);
  });
  return link(classes, next.slice(0, states << ROW_SHIFT), ends, states);
}

/** Completes the trie breadth first: failure links become direct transitions. */
function link(classes: Uint8Array, next: Uint16Array, ends: number[][], states: number): Automaton {
  const fail = new Uint16Array(states);
  const queue = new Uint16Array(states);
  let tail = 0;
  for (let c = 0; c < 64; c++) {
    const child = next[c] ?? 0;
    if (child !== 0) queue[tail++] = child;
  }
  for (let head = 0; head < tail; head++) {
    const state = queue[head] ?? 0;
    const fallback = fail[state] ?? 0;
    const inherited = ends[fallback] ?? [];
    if (inherited.length > 0) ends[state]?.push(...inherited);
    for (let c = 0; c < 64; c++) {
      const at = (state << ROW_SHIFT) | c;
      const other = next[(fallback << ROW_SHIFT) | c] ?? 0;
      const child = next[at] ?? 0;
      if (child === 0) next[at] = other;
      else {
        fail[child] = other;
        queue[tail++] = child;
      }
    }
  }
  return renumber(classes, next, ends, states);
}

/** Moves the states that end a literal behind all others. */
function renumber(
  classes: Uint8Array,
  next: Uint16Array,
  ends: readonly (readonly number[])[],
  states: number,
): Automaton {
  const firstEnd = ends.reduce((sum, own) => sum + (own.length === 0 ? 1 : 0), 0);
  const moved = new Uint16Array(states);
  const outputs: (readonly number[])[] = [];
  let plain = 0;
  for (let state = 0; state < states; state++) {
    const own = ends[state] ?? [];
    moved[state] = own.length === 0 ? plain++ : firstEnd + outputs.push(own) - 1;
  }
  const rows = new Uint16Array(next.length);
  for (let state = 0; state < states; state++) {
    const row = (moved[state] ?? 0) << ROW_SHIFT;
    for (let c = 0; c < 64; c++) rows[row | c] = moved[next[(state << ROW_SHIFT) | c] ?? 0] ?? 0;
  }
  return { classes, next: rows, firstEnd, outputs };
}

function classesOf(literals: readonly string[]): Uint8Array {
  const classes = new Uint8Array(65_536);
  let used = 1;
  for (let digit = 0; digit < 10; digit++) classes[48 + digit] = FIRST_DIGIT_CLASS + digit;
  for (const literal of literals) {
    for (let i = 0; i < literal.length; i++) {
      const code = literal.charCodeAt(i);
      if (code >= 128) throw new RangeError(`literal ${JSON.stringify(literal)} is not ASCII`);
      if (classes[code] !== 0) continue;
      if (used === FIRST_DIGIT_CLASS) throw new RangeError('too many different characters');
      classes[code] = used;
      const upper = String.fromCharCode(code).toUpperCase().charCodeAt(0);
      const lower = String.fromCharCode(code).toLowerCase().charCodeAt(0);
      classes[upper] = used;
      classes[lower] = used;
      used++;
    }
  }
  return classes;
}
