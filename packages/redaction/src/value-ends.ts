/** Where a value ends: at its closing quote, with its line, before the next pair, or where it is bare no more. */
import { type Charset, charset, runEnd, signBefore } from './charset.ts';

/**
 * How the value is tied to its name: `=` tight, `:` or a spaced `=` (may be prose or code), `flag` (a blank behind
 * `--name`), `blank` (a blank only: the value must look like one).
 */
export type Tie = '=' | ':' | 'flag' | 'blank';

export const MAX_VALUE = 16_384;
const CLOSERS = '\0 \t\r\n"\'`<>)]}|\\';
const NEXT_PAIR = /[;&,][ \t]{0,4}(?:[A-Za-z][\w.-]{0,40}(?: [A-Za-z]{1,20}){0,2}[ \t]?[=:]|$|\s)/y;

/** `undefined` when the quote is not closed on its line or within `most`. */
export function closingQuote(
  text: string,
  from: number,
  quote: string,
  slashes: number,
  most: number,
): number | undefined {
  const limit = Math.min(text.length, from + most);
  for (let at = from; at < limit; at++) {
    if (text[at] !== quote) continue;
    let before = 0;
    while (before <= at - from && text[at - 1 - before] === '\\') before++;
    if (before <= slashes) return at - before;
  }
  return undefined;
}

/** End of the line, of the JSON string it stands in, or of what a value may be long. */
export function lineEnd(text: string, from: number, most: number = MAX_VALUE): number {
  const limit = Math.min(text.length, from + most);
  let at = from;
  while (at < limit && text[at] !== '\n' && text[at] !== '\r' && text[at] !== '"') {
    if (text[at] === '\\' && (text[at + 1] === 'n' || text[at + 1] === 'r')) break;
    at++;
  }
  return at;
}

/** In a file of settings, where a line is one name and one value without blanks, the value is all of the rest. */
export function wholeLineEnd(
  text: string,
  from: number,
  nameStart: number,
  tie: Tie,
): number | undefined {
  if (tie !== '=' && tie !== ':') return undefined;
  if (!leadsLine(text, nameStart)) return undefined;
  const end = runEnd(NO_BLANK, text, from, 256);
  if (end === text.length || text[end] === '\n' || text[end] === '\r') {
    let stop = end;
    while (stop > from && (text[stop - 1] === ',' || text[stop - 1] === ';')) stop--;
    const last = text[stop - 1] ?? ' ';
    // A closing quote or bracket belongs to what began before the name.
    if (`"'\`)]}`.includes(last) && !text.slice(from, stop - 1).includes(OPENERS[last] ?? last))
      return undefined;
    return runEnd(NO_PAIR, text, from, stop - from) < stop &&
      NEXT_PAIR_ANY.test(text.slice(from, stop))
      ? undefined
      : stop;
  }
  return undefined;
}

/** True for the first thing on a line, besides what declares it. */
function leadsLine(text: string, at: number): boolean {
  const before = signBefore(text, at);
  if (before === undefined || before === '\n') return true;
  if (before !== ' ' && before !== '\t') return false;
  const lead = text.slice(Math.max(0, at - 24), at);
  return (at <= 24 ? WHOLE_LEAD : LINE_LEAD).test(lead);
}
const OPENERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const NEXT_PAIR_ANY = /[;&,][A-Za-z][\w.-]{0,40}[=:]|[&;][A-Za-z]|["<>\\]/;
const LEAD = String.raw`[ \t]{0,16}(?:(?:export|set|setenv|declare -x|local|ENV|ARG|-)[ \t]+)?`;
const LINE_LEAD = new RegExp(`\n${LEAD}$`);
const WHOLE_LEAD = new RegExp(`(?:^|\n)${LEAD}$`);
export const NO_BLANK: Charset = charset('!-~');
/** Printable characters but some. */
const allBut = (signs: string): Charset =>
  charset(
    `${Array.from({ length: 94 }, (_, i) => String.fromCharCode(i + 33))
      .filter((character) => !`${signs}-`.includes(character))
      .join('')}${signs.includes('-') ? '' : '-'}`,
  );
/** Nothing that `NEXT_PAIR_ANY` begins with. */
const NO_PAIR = allBut(';&,"<>\\');

export function bareEnd(text: string, from: number, most: number): number {
  const limit = Math.min(text.length, from + most);
  let at = runEnd(BARE, text, from, most);
  while (at < limit) {
    const code = text.charCodeAt(at);
    if (code < 128) {
      if (CLOSERS.includes(text[at] ?? ' ')) break;
      // One of `;&,`.
      NEXT_PAIR.lastIndex = at;
      if (NEXT_PAIR.test(text)) break;
    } else if (code >= FIRST_CJK && at - from >= LEAST_BEFORE_CJK) break;
    at = runEnd(BARE, text, at + 1, limit - at - 1);
  }
  while (at > from && (text[at - 1] === ',' || text[at - 1] === ';')) at--;
  return at;
}
/** Scripts that write no blank between a value and the next word. */
const FIRST_CJK = 0x2e80;
const LEAST_BEFORE_CJK = 6;
/** No closer and nothing that may stand between two pairs. */
const BARE = allBut(`${CLOSERS};&,`);
