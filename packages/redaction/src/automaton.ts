/**
 * One Aho-Corasick automaton over all literals, as flat Uint16 tables: a scan is one table read a code unit.
 *
 * Letters are folded to lower case. A state's row has 64 columns (`state << 6 | class`): class 0 is every code unit no
 * literal contains, digits are the last ten classes so that the scanner can count them with one comparison.
 * Linear by construction (I5).
 */

/** Columns of a row, as a shift. */
export const ROW_SHIFT = 6;
/** Stands in a literal for any code unit beyond ASCII. */
export const NOT_ASCII = '\x80';
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
 * Builds the tables, in milliseconds: it runs at the first text of a server.
 * @throws RangeError when a literal is empty or not ASCII, or they have more than 52 different characters besides digits, or too many states
 */
export function buildAutomaton(literals: readonly string[]): Automaton {
  const classes = classesOf(literals);
  const trie = growTrie(literals, classes);
  const { states, order, fail, ends } = trie;
  // Failure links lead to shorter suffixes, whose own ends are complete by then.
  for (let i = 0; i < order.length; i++) {
    const state = order[i] ?? 0;
    const inherited = ends[fail[state] ?? 0];
    if (inherited !== undefined)
      ends[state] = ends[state] === undefined ? inherited : [...ends[state], ...inherited];
  }
  // States that end a literal are numbered behind all others; the root is none.
  let plain = 1;
  let last = states;
  const outputs: (readonly number[])[] = [];
  const numbers = new Uint16Array(states);
  for (let i = 0; i < order.length; i++) {
    const state = order[i] ?? 0;
    const own = ends[state];
    if (own !== undefined) outputs.push(own);
    numbers[state] = own === undefined ? plain++ : --last;
  }
  outputs.reverse();
  const firstEnd = plain;
  return { classes, next: rowsOf(trie, numbers), firstEnd, outputs };
}

/** A trie: states are numbered as they were made, the root is 0. Children are lists: `first`, then `after`. */
interface Trie {
  readonly states: number;
  readonly first: Uint16Array;
  readonly after: Uint16Array;
  /** Class of the character that leads to a state. */
  readonly letter: Uint8Array;
  /** Longest proper suffix of a state that is a state too. */
  readonly fail: Uint16Array;
  /** All states but the root, shorter ones first. */
  readonly order: Uint16Array;
  /** Literal numbers that end in a state. */
  readonly ends: (readonly number[] | undefined)[];
}

function growTrie(literals: readonly string[], classes: Uint8Array): Trie {
  const limit = literals.reduce((sum, literal) => sum + literal.length, 1);
  if (limit > 65_535) throw new RangeError(`${limit} states do not fit 16 bits`);
  const edges = new Uint16Array(limit << ROW_SHIFT);
  const first = new Uint16Array(limit);
  const after = new Uint16Array(limit);
  const letter = new Uint8Array(limit);
  // As long as it gets: writing far behind an array's end makes it a slow one.
  const ends = Array.from<readonly number[] | undefined>({ length: limit });
  let states = 1;
  literals.forEach((literal, number) => {
    // An empty literal would be seen everywhere.
    if (literal === '') throw new RangeError(`literal ${number} is empty`);
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      const kind = classes[literal.charCodeAt(i)] ?? 0;
      const at = (state << ROW_SHIFT) | kind;
      if (edges[at] === 0) {
        edges[at] = states;
        letter[states] = kind;
        after[states] = first[state] ?? 0;
        first[state] = states++;
      }
      state = edges[at] ?? 0;
    }
    ends[state] = [...(ends[state] ?? []), number];
  });
  const fail = new Uint16Array(states);
  const order = new Uint16Array(states - 1);
  let known = 0;
  for (let child = first[0] ?? 0; child !== 0; child = after[child] ?? 0) order[known++] = child;
  for (let head = 0; head < known; head++) {
    const state = order[head] ?? 0;
    for (let child = first[state] ?? 0; child !== 0; child = after[child] ?? 0) {
      const kind = letter[child] ?? 0;
      let suffix = fail[state] ?? 0;
      while (suffix !== 0 && edges[(suffix << ROW_SHIFT) | kind] === 0) suffix = fail[suffix] ?? 0;
      fail[child] = edges[(suffix << ROW_SHIFT) | kind] ?? 0;
      order[known++] = child;
    }
  }
  return { states, first, after, letter, fail, order, ends };
}

/** Transitions under the final numbers: a state's row is that of its longest suffix, with its own children over it. */
function rowsOf(
  { states, first, after, letter, fail, order }: Trie,
  numbers: Uint16Array,
): Uint16Array {
  const rows = new Uint16Array(states << ROW_SHIFT);
  for (let i = -1; i < order.length; i++) {
    const state = i < 0 ? 0 : (order[i] ?? 0);
    const row = (numbers[state] ?? 0) << ROW_SHIFT;
    if (i >= 0) {
      const suffix = (numbers[fail[state] ?? 0] ?? 0) << ROW_SHIFT;
      rows.copyWithin(row, suffix, suffix + 64);
    }
    for (let child = first[state] ?? 0; child !== 0; child = after[child] ?? 0)
      rows[row | (letter[child] ?? 0)] = numbers[child] ?? 0;
  }
  return rows;
}

/** Class of every code unit beyond ASCII. */
const OTHER_CLASS = 53;

function classesOf(literals: readonly string[]): Uint8Array {
  const classes = new Uint8Array(65_536).fill(OTHER_CLASS, 128);
  let used = 1;
  for (let digit = 0; digit < 10; digit++) classes[48 + digit] = FIRST_DIGIT_CLASS + digit;
  for (const literal of literals) {
    for (let i = 0; i < literal.length; i++) {
      const code = literal.charCodeAt(i);
      if (literal[i] === NOT_ASCII) continue;
      if (code >= 128) throw new RangeError(`literal ${JSON.stringify(literal)} is not ASCII`);
      if (classes[code] !== 0) continue;
      if (used === OTHER_CLASS) throw new RangeError('too many different characters');
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
