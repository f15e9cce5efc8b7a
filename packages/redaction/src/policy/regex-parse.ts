/**
 * Reads a regular expression (flag `u`) into a small tree, as far as its cost can be told from it. Look-around, back
 * references, property escapes and control escapes are refused: the check cannot see through them.
 */

/** 128 flags for ASCII and one (the last) for all other characters together. */
export type CharSet = Uint8Array;
/** Index of "all other characters". */
const OTHER = 128;

/** A parsed expression. `empty`: takes no character (an anchor, an empty alternative). */
export type Node =
  | { readonly type: 'set'; readonly set: CharSet }
  | { readonly type: 'empty' }
  | { readonly type: 'sequence' | 'either'; readonly parts: readonly Node[] }
  | { readonly type: 'repeat'; readonly body: Node; readonly min: number; readonly max: number };

/** Something the check has no form for; the message is a reason for the user. */
export class Unsupported extends Error {}

/**
 * Parses an expression that `new RegExp(source, 'u')` has accepted.
 * @throws Unsupported
 */
export function parseRegex(source: string, isFolded: boolean): Node {
  return new Parser(Array.from(source), isFolded).all();
}

class Parser {
  readonly #text: readonly string[];
  readonly #isFolded: boolean;
  #at = 0;

  constructor(text: readonly string[], isFolded: boolean) {
    this.#text = text;
    this.#isFolded = isFolded;
  }

  all(): Node {
    const node = this.#either();
    if (this.#at < this.#text.length) throw new Unsupported('cannot be read to its end');
    return node;
  }

  #either(): Node {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] as Node) : { type: 'either', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (
      let next = this.#peek();
      next !== undefined && next !== '|' && next !== ')';
      next = this.#peek()
    )
      parts.push(this.#repeated(this.#atom()));
    return { type: 'sequence', parts };
  }

  #repeated(body: Node): Node {
    const [min, max] = this.#bounds();
    if (min < 0) return body;
    this.#take('?'); // lazy or not, the ways are the same
    return { type: 'repeat', body, min, max };
  }

  #bounds(): readonly [min: number, max: number] {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    if (!this.#take('{')) return [-1, -1];
    const close = this.#text.indexOf('}', this.#at);
    const [min = '', max] = this.#text.slice(this.#at, close).join('').split(',');
    this.#at = close + 1;
    return [Number(min), max === undefined ? Number(min) : max === '' ? Infinity : Number(max)];
  }

  #atom(): Node {
    const next = this.#next();
    switch (next) {
      case '(':
        return this.#group();
      case '[':
        return { type: 'set', set: this.#class() };
      case '.':
        return { type: 'set', set: inverted(setOf('\n\r')) };
      case '^':
      case '$':
        return { type: 'empty' };
      case '\\':
        return this.#escape();
      default:
        return this.#character(next);
    }
  }

  #group(): Node {
    if (this.#take('?')) {
      const kind = this.#next();
      if (kind === '<') {
        if (this.#peek() === '=' || this.#peek() === '!') throw new Unsupported('looks behind');
        while (this.#next() !== '>');
      } else if (kind === '=' || kind === '!') throw new Unsupported('looks ahead');
      else if (kind !== ':') throw new Unsupported('changes flags inside');
    }
    const body = this.#either();
    this.#next();
    return body;
  }

  #escape(): Node {
    const next = this.#next();
    if (next === 'b' || next === 'B') return { type: 'empty' };
    if (/[1-9k]/.test(next)) throw new Unsupported('refers back to a group');
    const set = this.#classEscape(next);
    if (set !== undefined) return { type: 'set', set };
    return this.#character(this.#escaped(next));
  }

  #class(): CharSet {
    const isInverted = this.#take('^');
    const set = new Uint8Array(OTHER + 1);
    while (!this.#take(']')) {
      const from = this.#member();
      if (typeof from !== 'string') {
        for (const [i, flag] of from.entries()) set[i] = (set[i] ?? 0) | flag;
        continue;
      }
      let to: string | CharSet = from;
      if (this.#peek() === '-' && this.#text[this.#at + 1] !== ']') {
        this.#next();
        to = this.#member();
      }
      // In mode `u` a set is no end of a range, so `to` is a character.
      addRange(set, from, typeof to === 'string' ? to : from);
    }
    const folded = this.#isFolded ? foldedSet(set) : set;
    return isInverted ? inverted(folded) : folded;
  }

  #member(): string | CharSet {
    const next = this.#next();
    if (next !== '\\') return next;
    const letter = this.#next();
    return this.#classEscape(letter) ?? (letter === 'b' ? '\b' : this.#escaped(letter));
  }

  #classEscape(letter: string): CharSet | undefined {
    switch (letter) {
      case 'd':
        return rangeSet('09');
      case 'D':
        return inverted(rangeSet('09'));
      case 'w':
        return rangeSet('az', 'AZ', '09', '__');
      case 'W':
        return inverted(rangeSet('az', 'AZ', '09', '__'));
      case 's':
        return spaces();
      case 'S':
        return withOther(inverted(spaces()));
      case 'p':
      case 'P':
      case 'c':
        throw new Unsupported(`uses \\${letter}`);
      default:
        return undefined;
    }
  }

  #escaped(letter: string): string {
    const simple = { n: '\n', r: '\r', t: '\t', v: '\v', f: '\f', '0': '\0' }[letter];
    if (simple !== undefined) return simple;
    if (letter !== 'x' && letter !== 'u') return letter;
    let digits = 0;
    if (letter === 'u' && this.#take('{')) {
      const close = this.#text.indexOf('}', this.#at);
      digits = Number.parseInt(this.#text.slice(this.#at, close).join(''), 16);
      this.#at = close + 1;
    } else {
      const length = letter === 'x' ? 2 : 4;
      digits = Number.parseInt(this.#text.slice(this.#at, this.#at + length).join(''), 16);
      this.#at += length;
    }
    return String.fromCodePoint(digits);
  }

  #character(text: string): Node {
    const set = setOf(text);
    return { type: 'set', set: this.#isFolded ? foldedSet(set) : set };
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #next(): string {
    const next = this.#text[this.#at++];
    if (next === undefined) throw new Unsupported('cannot be read to its end');
    return next;
  }

  #take(text: string): boolean {
    if (this.#text[this.#at] !== text) return false;
    this.#at++;
    return true;
  }
}

/** True when a character can be in both. */
export function overlap(one: CharSet, other: CharSet): boolean {
  for (let i = 0; i <= OTHER; i++) if (one[i] === 1 && other[i] === 1) return true;
  return false;
}

function setOf(characters: string): CharSet {
  const set = new Uint8Array(OTHER + 1);
  for (const character of characters) addRange(set, character, character);
  return set;
}

function rangeSet(...ranges: readonly string[]): CharSet {
  const set = new Uint8Array(OTHER + 1);
  for (const range of ranges) addRange(set, range[0] ?? '', range[1] ?? '');
  return set;
}

function addRange(set: CharSet, from: string, to: string): void {
  const last = to.codePointAt(0) ?? 0;
  for (let code = from.codePointAt(0) ?? 0; code <= last && code < OTHER; code++) set[code] = 1;
  if (last >= OTHER) set[OTHER] = 1;
}

function spaces(): CharSet {
  return withOther(setOf(' \t\n\v\f\r'));
}

function withOther(set: CharSet): CharSet {
  set[OTHER] = 1;
  return set;
}

/** All the rest. Of the characters above ASCII some are left in any case: never claim less than there is. */
function inverted(set: CharSet): CharSet {
  return withOther(set.map((flag) => 1 - flag));
}

/** Both cases of its letters; `k` and `s` have a third one above ASCII. */
function foldedSet(set: CharSet): CharSet {
  const folded = set.slice();
  for (let code = 65; code <= 90; code++) {
    if (set[code] === 1 || set[code + 32] === 1) {
      folded[code] = 1;
      folded[code + 32] = 1;
      if (code === 75 || code === 83) folded[OTHER] = 1;
    }
  }
  if (set[OTHER] === 1) for (const code of [75, 83, 107, 115]) folded[code] = 1;
  return folded;
}
