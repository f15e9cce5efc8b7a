/**
 * Whether a regular expression is cheap on every text. A backtracking engine is slow exactly where a text can be read
 * in many ways, so the check refuses every expression in which one can be read in two: it makes the automaton of
 * positions (Glushkov) and looks for two different paths over the same characters that meet again. `(a+)+`, `(a|a)*`
 * (exponential), `\d*\d*x` (polynomial) and thirty `a?` in a row are all of that kind. What is left reaches each
 * position at each place of the text by one path at most: at most positions times characters steps for one start.
 *
 * Small on purpose: a library that also reads look-around and back references is 100 times its size, and this package
 * depends on nothing.
 */
import { type CharSet, type Node, overlap, parseRegex, Unsupported } from './regex-parse.ts';

/** Most characters an expression may stand for, repeats written out. The window has 512. */
const MAX_POSITIONS = 300;
const MAX_STEPS = 2_000_000;

/** Why the expression is refused; `undefined` when it is cheap. `flags`: `i` or nothing. */
export function costProblem(source: string, flags: string): string | undefined {
  try {
    return new Positions(parseRegex(source, flags.includes('i'))).problem();
  } catch (error) {
    if (error instanceof Unsupported) return error.message;
    throw error;
  }
}

/** A part of the expression: its first and last positions, and whether it can be empty. */
interface Part {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly isEmptyable: boolean;
}

const EMPTY: Part = { first: [], last: [], isEmptyable: true };
const TWO_WAYS =
  'can read one text in two ways, which is slow on a long one; rewrite it so that each character has one place';

class Positions {
  readonly #sets: CharSet[] = [];
  readonly #follow: Set<number>[] = [];
  readonly #whole: Part;

  constructor(root: Node) {
    this.#whole = this.#part(root);
  }

  problem(): string | undefined {
    const seen = new Set<number>();
    const open: (readonly [number, number])[] = [];
    let steps = 0;
    const fork = (ones: Iterable<number>, others: Iterable<number>): boolean => {
      for (const one of ones) {
        for (const other of others) {
          if (++steps > MAX_STEPS) throw new Unsupported('is too large to be checked');
          if (!overlap(this.#sets[one] as CharSet, this.#sets[other] as CharSet)) continue; // positions
          if (one === other) return true;
          const pair = Math.min(one, other) * MAX_POSITIONS + Math.max(one, other);
          if (seen.has(pair)) continue;
          seen.add(pair);
          open.push([one, other]);
        }
      }
      return false;
    };
    // From one position, or the beginning, to two.
    for (const next of [new Set(this.#whole.first), ...this.#follow]) {
      const all = [...next];
      for (let i = 1; i < all.length; i++) fork(all.slice(0, i), all.slice(i, i + 1));
    }
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      if (fork(this.#followers(pair[0]), this.#followers(pair[1]))) return TWO_WAYS;
    }
    return undefined;
  }

  #followers(position: number): ReadonlySet<number> {
    return this.#follow[position] as ReadonlySet<number>; // made with the position
  }

  #part(node: Node): Part {
    switch (node.type) {
      case 'empty':
        return EMPTY;
      case 'set':
        return this.#position(node.set);
      case 'sequence':
        return node.parts.reduce<Part>(
          (before, next) => this.#joined(before, this.#part(next)),
          EMPTY,
        );
      case 'either': {
        const parts = node.parts.map((part) => this.#part(part));
        if (parts.filter(({ isEmptyable }) => isEmptyable).length > 1)
          throw new Unsupported('has two alternatives that can be empty');
        return {
          first: parts.flatMap(({ first }) => first),
          last: parts.flatMap(({ last }) => last),
          isEmptyable: parts.some(({ isEmptyable }) => isEmptyable),
        };
      }
      default:
        return this.#repeat(node.body, node.min, node.max);
    }
  }

  #position(set: CharSet): Part {
    const position = this.#sets.length;
    if (position >= MAX_POSITIONS)
      throw new Unsupported(
        `stands for more than ${MAX_POSITIONS} characters, repeats written out`,
      );
    this.#sets.push(set);
    this.#follow.push(new Set());
    return { first: [position], last: [position], isEmptyable: false };
  }

  #joined(before: Part, after: Part): Part {
    this.#link(before.last, after.first);
    return {
      first: before.isEmptyable ? [...before.first, ...after.first] : before.first,
      last: after.isEmptyable ? [...before.last, ...after.last] : after.last,
      isEmptyable: before.isEmptyable && after.isEmptyable,
    };
  }

  /** One copy of the body for each time; the last of an endless repeat leads back to itself. */
  #repeat(body: Node, min: number, max: number): Part {
    if (max === 0) return EMPTY;
    const copies = Number.isFinite(max) ? max : Math.max(1, min);
    let first: readonly number[] = [];
    let before: readonly number[] = [];
    const last: number[] = [];
    const isEmptyable = min === 0;
    for (let n = 1; n <= copies; n++) {
      const part = this.#part(body);
      if (part.isEmptyable) throw new Unsupported('repeats something that can be empty');
      if (n === 1) first = part.first;
      this.#link(before, part.first);
      if (n >= min) last.push(...part.last);
      before = part.last;
      if (n === copies && !Number.isFinite(max)) this.#link(part.last, part.first);
    }
    return { first, last, isEmptyable };
  }

  #link(from: readonly number[], to: readonly number[]): void {
    for (const one of from) {
      for (const other of to) {
        const followers = this.#follow[one] as Set<number>; // made with the position
        if (followers.has(other)) throw new Unsupported(TWO_WAYS);
        followers.add(other);
      }
    }
  }
}
