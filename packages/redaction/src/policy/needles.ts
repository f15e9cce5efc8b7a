/**
 * Literals of the user's own, found in one automaton pass. What the automaton cannot hold (other scripts, too many
 * different characters) is looked for one by one.
 */
import { type Automaton, buildAutomaton, ROW_SHIFT } from '../automaton.ts';
import { BEYOND_ASCII } from '../units.ts';

/** One literal and what to do where it stands. */
export interface Needle<T> {
  readonly text: string;
  /** Upper and lower case alike. */
  readonly folded: boolean;
  readonly rule: T;
}

/** As many searches cost less than one pass of the automaton: 0.1 us a KB each against 3. */
const FEW = 24;

/** All literals of one policy. */
export class Needles<T> {
  readonly #automaton: Automaton<Needle<T>> | undefined;
  readonly #others: readonly Needle<T>[];
  /** Length of the shortest: no text below it holds one. */
  readonly shortest: number;

  constructor(needles: readonly Needle<T>[]) {
    // eslint-disable-next-line no-control-regex -- the range of ASCII
    const isAscii = (text: string): boolean => /^[\x00-\x7f]+$/.test(text);
    this.shortest = needles.reduce((least, { text }) => Math.min(least, text.length), Infinity);
    const ascii = needles.filter(({ text }) => isAscii(text));
    let automaton: Automaton<Needle<T>> | undefined;
    try {
      if (ascii.length > FEW || needles.some(({ folded }) => folded))
        automaton = buildAutomaton(byText(ascii));
    } catch {
      // Too many states or characters.
    }
    this.#automaton = automaton;
    this.#others = automaton === undefined ? needles : needles.filter(({ text }) => !isAscii(text));
  }

  /** Calls back at each place, in no particular order. */
  each(text: string, found: (rule: T, start: number, end: number) => void): void {
    const { length } = text;
    if (length < this.shortest) return;
    for (const { text: literal, rule, folded } of this.#others) {
      const within = folded ? text.toLowerCase() : text;
      const needle = folded ? literal.toLowerCase() : literal;
      for (let at = within.indexOf(needle); at >= 0 && at + needle.length <= length;) {
        found(rule, at, at + needle.length);
        at = within.indexOf(needle, at + needle.length);
      }
    }
    if (this.#automaton === undefined) return;
    const { classes, next, firstEnd, outputs } = this.#automaton;
    let state = 0;
    for (let i = 0; i < length; i++) {
      const column = classes[Math.min(text.charCodeAt(i), BEYOND_ASCII)] as number; // in range
      state = next[(state << ROW_SHIFT) | column] as number; // a state of this table by construction
      if (state < firstEnd) continue;
      for (const needle of outputs[state - firstEnd] as readonly Needle<T>[]) {
        const start = i + 1 - needle.text.length;
        if (needle.folded || text.startsWith(needle.text, start)) found(needle.rule, start, i + 1);
      }
    }
  }
}

/** Needles by their text in lower case. */
function byText<T>(needles: readonly Needle<T>[]): Map<string, Needle<T>[]> {
  const groups = new Map<string, Needle<T>[]>();
  for (const needle of needles) {
    const text = needle.text.toLowerCase();
    groups.set(text, [...(groups.get(text) ?? []), needle]);
  }
  return groups;
}
