/**
 * Finds what must go in one text: one automaton pass, and at each literal it sees one bounded check.
 *
 * Which literals, and who checks around them: `literals.ts`. The pass (`pass.ts`) also notes where digits and long
 * runs stand, for what is looked for there alone; its places are those of the latest text, so what is decoded is scanned last.
 * A find moves the scan behind it: the work is linear in the text (I5).
 */
import { forgetLists } from './argv.ts';
import { NOT_ASCII } from './automaton.ts';
import { brokenToken, continued, mayBreak } from './broken.ts';
import { BASE64, charset, IDENTIFIER, isIn, runEnd, runStart, UUID, WORD } from './charset.ts';
import * as codes from './codes.ts';
import { forgetContext } from './context.ts';
import { forgetCookies } from './cookies.ts';
import { codedRuns, isEncodedSecret } from './decode.ts';
import { forgetFlows } from './flow.ts';
import { FOREIGN_LETTERS } from './foreign-words.ts';
import { foreignValues } from './foreign.ts';
import { classifyKey } from './keys.ts';
import { allLiterals, type Literal } from './literals.ts';
import { forgetManifests } from './manifest.ts';
import { forgetNames } from './name-values.ts';
import {
  advance,
  endAt,
  endState,
  isQuiet,
  load,
  type Pass,
  PIECE,
  placeAt,
  RUN,
  SHORTEST_RUN,
  SMALL_PIECE,
} from './pass.ts';
import { issuedEnd, issuedValue } from './providers.ts';
import { type Found, leastDigits, MIN_DIGITS, numbersIn } from './personal.ts';
import type { Span } from './spans.ts';
import { forgetRuns, jointTokens, mayFollow, type TokenCheck, tokenAt } from './token.ts';
import { copied, ownText, release, units } from './units.ts';

/** What was noticed besides the spans: a sensitive name, so JSON text is worth parsing. Of the latest scan. */
let hasName = false;

/** True when the latest scan, told to watch for names, saw a sensitive one. */
export function sawName(): boolean {
  return hasName;
}

/**
 * How far a scan goes: through the whole text; to the first sensitive name, and `sawName()` tells whether there was one;
 * or to the first find, if that comes before a name.
 */
export type Reach = 'end' | 'name' | 'sight';

/**
 * Looks for secrets, and for personal data unless told not to, in `text`.
 * @returns the finds in the order of the text, `undefined` when there are none
 */
export function scan(
  text: string,
  withPersonal: boolean,
  reach: Reach = 'end',
): Span[] | undefined {
  const { length } = text;
  if (
    (length <= LONGEST_ID && isIdOrTime(text, length)) ||
    (length < SHORTEST_RUN && isQuiet(allLiterals(), text, length, leastDigits(length)))
  ) {
    hasName = false;
    return undefined;
  }
  load(text, length);
  const spans = look(text, length, withPersonal, reach);
  release();
  return spans;
}

/** True for what a great part of all short texts is, and nothing is found in: a UUID, a date, a time. */
function isIdOrTime(text: string, length: number): boolean {
  if (length < 10 || text.charCodeAt(length === LONGEST_ID ? 8 : 4) !== HYPHEN) return false;
  return length === LONGEST_ID ? UUID.test(text) : TIME.test(text);
}
/** Of a UUID; times are shorter. */
const LONGEST_ID = 36;
const HYPHEN = 45;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

function look(
  loaded: string,
  length: number,
  withPersonal: boolean,
  reach: Reach,
): Span[] | undefined {
  const tables = allLiterals();
  const { firstEnd, outputs } = tables;
  forgetRuns();
  forgetContext();
  forgetManifests();
  forgetLists();
  forgetFlows();
  forgetCookies();
  forgetNames();
  hasName = false;
  let spans: Span[] | undefined;
  // What stands beside a word: a token's own rule, which may come later, knows better.
  let loose: Found[] | undefined;
  let seesForeign = false;
  let isAscii = true;
  let done = 0;
  const pass: Pass = { state: 0, run: 0, digits: 0, longRuns: 0 };
  const watchNames = reach !== 'end';
  const piece = watchNames ? SMALL_PIECE : PIECE;
  // What the checks read, once one is due.
  let text = loaded;
  let passed = 0;
  let ends = 0;
  let next = 0;
  for (;;) {
    if (next === ends) {
      if (passed === length) break;
      const from = passed;
      passed = Math.min(length, from + piece);
      ends = advance(pass, tables, from, passed, length);
      next = 0;
      continue;
    }
    const i = endAt[next] as number; // `ends` of them are set
    const ended = outputs[(endState[next++] as number) - firstEnd] as readonly Literal[]; // an end by construction
    for (let k = 0; k < ended.length; k++) {
      const literal = ended[k] as Literal; // in range
      const { rule } = literal;
      const start = i + 1 - literal.seen;
      if (literal.edge && start > 0 && !isEdge(text, start)) continue;
      if (literal.isStem && watchNames && !hasName) hasName = isSensitiveName(text, start, i + 1);
      if (literal.wakes) hasName = true;
      // The text is parsed now, and its strings are scanned one by one.
      if (hasName && watchNames) return undefined;
      if (literal.isForeign) {
        isAscii &&= literal.text !== NOT_ASCII;
        seesForeign ||= literal.text !== NOT_ASCII || FOREIGN_LETTERS.has(text.charCodeAt(i));
        continue;
      }
      if (rule === undefined && literal.find === undefined) continue;
      const last = done === 0 ? undefined : spans?.at(-1);
      const isSame = last !== undefined && last.isToken && last.start === start;
      if (literal.isPersonal && !withPersonal) continue;
      if (
        rule !== undefined &&
        !mayFollow(rule, units, start + literal.text.length, length) &&
        !mayBreak(rule, literal.text, units, start + literal.text.length, length)
      )
        continue;
      if (literal.may !== undefined && !literal.may(units, i + 1, length)) continue;
      text = ownText();
      if (start < done && !isSame) {
        // A token that began inside another secret goes whole.
        if (rule === undefined || last === undefined) continue;
        const longer = tokenAt(text, start, literal.text, rule);
        if (longer !== undefined && longer.end > done) {
          last.end = longer.end;
          done = longer.end;
        }
        continue;
      }
      const found =
        rule === undefined
          ? literal.find?.(text, start, i + 1)
          : tokenPieces(text, start, literal.text, rule);
      if (found === undefined || (rule !== undefined && isInDigest(text, start))) continue;
      if (isSame && rule !== undefined && !Array.isArray(found)) {
        // A longer prefix at the same place knows the family better.
        const { rule: id, end } = found as Found; // no list
        last.rule = id;
        last.end = Math.max(last.end, end);
        done = Math.max(done, end);
        continue;
      }
      const one = Array.isArray(found) ? (found[0] as Found | undefined) : (found as Found);
      if (one?.isLoose === true) {
        loose ??= [];
        if (Array.isArray(found)) loose.push(...(found as readonly Found[]));
        else loose.push(one);
        if (reach === 'sight') return withLoose(spans, loose);
        continue;
      }
      const first = done;
      const isEcho = rule === undefined && !literal.isPersonal;
      for (const one of Array.isArray(found) ? (found as readonly Found[]) : [found as Found]) {
        // What looks left of its literal must not reach into what is taken already (`user:password@host`).
        if (one.end <= one.start || one.start < first || one.end <= done) continue;
        (spans ??= []).push(spanOf(one, rule !== undefined, isEcho));
        done = one.end;
      }
      if (reach === 'sight' && spans !== undefined) return spans;
    }
  }
  if (seesForeign) {
    for (const found of foreignValues(text)) (spans ??= []).push(spanOf(found, false, true));
    if (pass.digits >= codes.LEAST_DIGITS)
      for (const found of codes.foreignCodes(text)) (spans ??= []).push(spanOf(found, false, true));
  }
  const hasNumbers = withPersonal && pass.digits >= MIN_DIGITS;
  if (hasNumbers) {
    for (const found of numbersIn(text, units, placeAt, pass.digits, isAscii))
      (spans ??= []).push(spanOf(found, false, false));
  }
  if (pass.longRuns > 0) spans = inRuns(length, pass.longRuns, spans);
  return withLoose(spans, loose);
}

/** A token with the pieces that follow it, or one that is all in pieces. */
function tokenPieces(
  text: string,
  start: number,
  literal: string,
  rule: TokenCheck,
): Found | readonly Found[] | undefined {
  const token = tokenAt(text, start, literal, rule);
  if (token !== undefined) return continued(text, units, token, rule);
  return mayBreak(rule, literal, units, start + literal.length, text.length)
    ? brokenToken(text, start, literal, rule)
    : undefined;
}

function spanOf(found: Found, isToken: boolean, isEcho: boolean): Span {
  const { start, end, rule } = found;
  return { start, end, rule, isToken, isEcho };
}

/** What is looked for in long runs alone: encodings, and tokens that only a joint gives away. */
function inRuns(length: number, longRuns: number, known: Span[] | undefined): Span[] | undefined {
  const codes = units;
  const places = placeAt;
  let spans = known;
  const coded: number[] = [];
  const tokens: Found[] = [];
  let behind = 0;
  for (let i = 0; i < longRuns; i++) {
    const start = places[length - i] as number; // `longRuns` of them are set
    const end = runEnd(RUN, copied, start + SHORTEST_RUN, length);
    if (!isNested) codedRuns(codes, start, end, coded);
    jointTokens(codes, start, end, length, tokens);
    const stop = issuedEnd(codes, start, end);
    if (stop === 0) continue;
    // Most are the values of names, and known.
    while (known !== undefined && (known[behind]?.start ?? start) < start) behind++;
    const same = known?.[behind];
    if (same?.start === start && same.end === stop && same.isEcho) continue;
    const issued = issuedValue(ownText(), start, stop);
    if (issued !== undefined) (spans ??= []).push(spanOf(issued, false, true));
  }
  const text = coded.length > 0 ? ownText() : '';
  // Last: what is decoded is scanned, which forgets the text.
  let covered = -1;
  for (let i = 0; i < coded.length; i += 2) {
    const [from, to] = [coded[i] as number, coded[i + 1] as number]; // pairs
    if (from === covered || !isEncodedSecret(text.slice(from, to), findsInside)) continue;
    covered = from;
    const found = { start: from, end: to, rule: 'encoded-secret' };
    (spans ??= []).push(spanOf(found, false, false));
  }
  for (const found of tokens) (spans ??= []).push(spanOf(found, true, false));
  return spans;
}

/** What may stand before a token in the same run: `pi_`. */
const PUBLIC_LENGTH = 8;

/** Adds what no token covers. Both lists are in the order of the text, nearly. */
function withLoose(spans: Span[] | undefined, loose: Found[] | undefined): Span[] | undefined {
  if (loose === undefined) return spans;
  const tokens = (spans ?? []).filter((span) => span.isToken).sort((a, b) => a.start - b.start);
  loose.sort((a, b) => a.start - b.start);
  const all = spans ?? [];
  let next = 0;
  for (const { start, end, rule } of loose) {
    while (next < tokens.length && (tokens[next]?.end ?? 0) < end) next++;
    const token = tokens[next];
    if (token === undefined || token.start > start + PUBLIC_LENGTH)
      all.push({ start, end, rule, isToken: false, isEcho: true });
  }
  return all.length === 0 ? undefined : all;
}

/** True while what was decoded is scanned: one layer is enough. */
let isNested = false;

function findsInside(decoded: string): boolean {
  const known = hasName;
  isNested = true;
  try {
    return scan(decoded, false) !== undefined;
  } finally {
    isNested = false;
    hasName = known;
  }
}

/** True when the whole name around a stem says that a value is secret or personal. */
function isSensitiveName(text: string, start: number, end: number): boolean {
  const kind = classifyKey(
    text.slice(runStart(IDENTIFIER, text, start, 64), runEnd(IDENTIFIER, text, end, 64)),
  );
  return kind !== 'none' && kind !== 'benign';
}

/** True inside `sha512-...`: a digest may hold what looks like the beginning of a token. */
function isInDigest(text: string, start: number): boolean {
  const from = runStart(BASE64, text, start, MAX_DIGEST);
  return from < start && DIGEST.test(text.slice(from, start));
}
const MAX_DIGEST = 96;
const DIGEST = /^sha(?:1|256|384|512)-/;

/** True where a token may begin: not inside a word, but after `%3D`, `\n`, `\u0022`, `\x22` and a terminal's colour. */
function isEdge(text: string, start: number): boolean {
  if (!isIn(WORD, text, start - 1)) return true;
  // `_emphasised_`
  if (text.charCodeAt(start - 1) === UNDERSCORE && !isIn(WORD, text, start - 2)) return true;
  const third = text.charCodeAt(start - 3);
  if (third === PERCENT || text.charCodeAt(start - 2) === BACKSLASH) return true;
  if (third === SMALL_X && text.charCodeAt(start - 4) === BACKSLASH) return true;
  // `%2522`
  if (text.charCodeAt(start - 5) === PERCENT && text.startsWith('25', start - 4)) return true;
  if (text.charCodeAt(start - 5) === SMALL_U && text.charCodeAt(start - 6) === BACKSLASH)
    return true;
  if (text.charCodeAt(start - 1) !== SMALL_M) return false;
  return text[runStart(COLOUR, text, start - 1, 12) - 1] === '[';
}
const UNDERSCORE = 95;
const [PERCENT, BACKSLASH, SMALL_M, SMALL_U, SMALL_X] = [37, 92, 109, 117, 120];
const COLOUR = charset('0-9;');
