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

/** Tables of a built automaton, and what it knows of each literal. */
export interface Automaton<T> {
  /** Class of every ASCII code unit, and at `NOT_ASCII` that of all others. */
  readonly classes: Uint8Array;
  readonly next: Uint16Array;
  /** States from this one on end a literal: one comparison a code unit instead of a table read. */
  readonly firstEnd: number;
  /** By `state - firstEnd`: what is known of the literals that end there, the longest literal's first. */
  readonly outputs: readonly (readonly T[])[];
}

/**
 * Builds the tables of literals in lower case, in milliseconds: it runs at the first text of a server.
 *
 * States are made level by level, so that the row of a state's longest proper suffix is complete when the state is made:
 * its own row is a copy of that one, with its children over it. Sorted, the literals of a state's children are neighbours.
 * @throws RangeError when a literal is empty or not ASCII, or they have more than 52 different characters besides digits, or too many states
 */
export function buildAutomaton<T>(literals: ReadonlyMap<string, readonly T[]>): Automaton<T> {
  // An empty literal would be seen everywhere.
  if (literals.has('')) throw new RangeError('a literal is empty');
  const sorted = [...literals.keys()].sort();
  const classes = classesOf(sorted);
  const states = countStates(sorted);
  if (states > 65_535) throw new RangeError(`${states} states do not fit 16 bits`);
  const next = new Uint16Array(states << ROW_SHIFT);
  // Of the states in the order they are made: final number, longest proper suffix, and which of `sorted` begin with it.
  const made = new Uint16Array(states);
  const fail = new Uint16Array(states);
  const from = new Uint16Array(states);
  const to = new Uint16Array(states);
  to[0] = sorted.length;
  // States that end a literal are numbered from the back; the root is none.
  let plain = 1;
  let last = states;
  const outputs: (readonly T[])[] = [];
  let known = 1;
  for (let head = 0, depth = 0, levelEnd = 1; head < known; head++) {
    if (head === levelEnd) {
      depth++;
      levelEnd = known;
    }
    const row = (made[head] as number) << ROW_SHIFT; // below `known`
    const suffix = fail[head] as number;
    if (head > 0) next.copyWithin(row, suffix << ROW_SHIFT, (suffix + 1) << ROW_SHIFT);
    const stop = to[head] as number;
    let at = from[head] as number;
    // The literal that ends here is the first one.
    if (at < stop && (sorted[at] as string).length === depth) at++;
    while (at < stop) {
      const literal = sorted[at] as string; // below `stop`
      const code = literal.charCodeAt(depth);
      let behind = at + 1;
      while (behind < stop && (sorted[behind] as string).charCodeAt(depth) === code) behind++;
      const column = row | (classes[code] as number);
      const back = head === 0 ? 0 : (next[column] as number); // not yet overwritten: the suffix's
      const own = literal.length === depth + 1 ? literals.get(literal) : undefined;
      const inherited = back >= last ? outputs[states - 1 - back] : undefined;
      let number = plain;
      if (own === undefined && inherited === undefined) plain++;
      else {
        number = --last;
        outputs.push(
          own === undefined
            ? (inherited as readonly T[]) // one of them is there
            : inherited === undefined
              ? own
              : [...own, ...inherited],
        );
      }
      next[column] = number;
      made[known] = number;
      fail[known] = back;
      from[known] = at;
      to[known++] = behind;
      at = behind;
    }
  }
  return { classes, next, firstEnd: plain, outputs: outputs.reverse() };
}

/** One for the root, and one for each character that a literal does not share with the one before it. */
function countStates(sorted: readonly string[]): number {
  let states = 1;
  let before = '';
  for (const literal of sorted) {
    let shared = 0;
    while (shared < before.length && literal.charCodeAt(shared) === before.charCodeAt(shared))
      shared++;
    states += literal.length - shared;
    before = literal;
  }
  return states;
}

/** Class of every code unit beyond ASCII. */
const OTHER_CLASS = 53;

function classesOf(literals: readonly string[]): Uint8Array {
  const beyond = NOT_ASCII.charCodeAt(0);
  const classes = new Uint8Array(beyond + 1);
  classes[beyond] = OTHER_CLASS;
  for (let digit = 0; digit < 10; digit++) classes[48 + digit] = FIRST_DIGIT_CLASS + digit;
  const all = literals.join('');
  if (UNKNOWN.test(all)) {
    const literal = literals.find((one) => UNKNOWN.test(one));
    throw new RangeError(`literal ${JSON.stringify(literal)} is not ASCII`);
  }
  let used = 1;
  // Asked for each character, not read for each: a loop over all of them is compiled for longer than it runs.
  for (let code = 0; code < beyond; code++) {
    const character = String.fromCharCode(code);
    if (classes[code] !== 0 || !all.includes(character)) continue;
    if (used === OTHER_CLASS) throw new RangeError('too many different characters');
    classes[code] = used;
    classes[character.toUpperCase().charCodeAt(0)] = used++;
  }
  return classes;
}
// eslint-disable-next-line no-control-regex -- ASCII, and what stands for all else
const UNKNOWN = /[^\x00-\x80]/;
