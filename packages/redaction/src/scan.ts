/**
 * Finds what must go in one text: one automaton pass, and at each literal it sees one bounded check.
 *
 * Literals are the prefixes of `rules.ts` and the stems below. The pass (`pass.ts`) also notes where digits and long
 * runs stand, for what is looked for there alone; its places are those of the latest text, so what is decoded is scanned last.
 * A find moves the scan behind it: the work is linear in the text (I5).
 */
import { forgetLists, LISTED, listedSecrets } from './argv.ts';
import { assignedValue, queryValue } from './assignment.ts';
import { NOT_ASCII } from './automaton.ts';
import { keyBlock, puttyLines } from './blocks.ts';
import { BASE64, charset, IDENTIFIER, isIn, runEnd, runStart, UUID, WORD } from './charset.ts';
import { columnValues, copiedValues, htmlValues } from './columns.ts';
import { ENCODERS, pairToEncode } from './base64-pairs.ts';
import { callSecret, CALLS } from './calls.ts';
import { contextValues, forgetContext } from './context.ts';
import { codedRuns, isEncodedSecret } from './decode.ts';
import { cookieHeader, forgetCookies } from './cookies.ts';
import { flowValues, forgetFlows } from './flow.ts';
import { foreignValues } from './foreign.ts';
import { FOREIGN_LETTERS, FOREIGN_STEMS } from './foreign-words.ts';
import * as codes from './codes.ts';
import { COMMANDS, commandSecrets, pipedSecret } from './commands.ts';
import { classifyKey } from './keys.ts';
import { LINKS, linkSecret } from './links.ts';
import { forgetManifests, manifestValues, nestedValues } from './manifest.ts';
import { changedValues, markedUpValue } from './markup.ts';
import { NATIONAL_NAMES, nationalIdAfter } from './national-ids.ts';
import { emailAt, type Found, MIN_DIGITS, numbersIn } from './personal.ts';
import {
  advance,
  endAt,
  endState,
  load,
  type Pass,
  PIECE,
  placeAt,
  RUN,
  SHORTEST_RUN,
  SMALL_PIECE,
  type Tables,
  tablesOf,
} from './pass.ts';
import * as places from './places.ts';
import { printedSecret, PRINTS } from './printed.ts';
import type { Span } from './spans.ts';
import { JOINTS, PAIRS, PERSONAL_STEMS, QUERY_STEMS, STEMS, TYPING } from './stems.ts';
import { insertedValues } from './sql-rows.ts';
import {
  forgetRuns,
  jointTokens,
  mayFollow,
  tokenAt,
  type TokenCheck,
  tokenLiterals,
} from './token.ts';
import { authValue, loginPair, LOGINS, typedValue } from './typed.ts';
import { copied, ownText, release, units } from './units.ts';
import type { Assigned } from './values.ts';

type Handler = (text: string, start: number, end: number) => Found | readonly Found[] | undefined;

type Glance = (codes: Uint8Array, end: number, length: number) => boolean;

interface Literal {
  /** As issuers write it; the automaton knows it in lower case. */
  readonly text: string;
  /** As much of it as the automaton knows: of tokens and of long ones the beginning, which is checked whole anyway. */
  readonly seen: number;
  readonly rule?: TokenCheck | undefined;
  /** A look at the code units behind it, which spares most looks of `find`. */
  readonly may?: Glance | undefined;
  /** Absent for stems that only make JSON text worth parsing. */
  readonly find?: Handler | undefined;
  /** Seen only where no word runs into it. */
  readonly edge: boolean;
  /** A part of sensitive names. */
  readonly isStem: boolean;
  /** A word or a letter of another language: the text is worth its pattern. */
  readonly isForeign: boolean;
  /** What stands there in JSON text may be seen only once that is parsed. */
  readonly wakes: boolean;
  /** Personal data: skipped where the context says so. */
  readonly isPersonal: boolean;
}

/** What was noticed besides the spans: a sensitive name, so JSON text is worth parsing. Of the latest scan. */
let hasName = false;

/** True when the latest scan, told to watch for names, saw a sensitive one. */
export function sawName(): boolean {
  return hasName;
}

/** Literals of places where a secret stands without a name. */
const PLACES: Readonly<Record<string, Handler>> = {
  '://': places.urlPassword,
  'bearer ': places.bearer,
  'basic ': places.basic,
  '-----begin': keyBlock,
  '---- begin': keyBlock,
  'private-lines:': puttyLines,
  ';base64,': places.dataUri,
  identified: places.sqlIdentified,
  'set password': places.sqlSetPassword,
  'crypt(': places.sqlCrypt,
  securestring: places.secureString,
  ']:': places.relayPassword,
  ':5432:': places.pgpass,
  ':5433:': places.pgpass,
  ':6432:': places.pgpass,
  ':*:': places.pgpass,
  '@tcp(': places.dsnPassword,
  '@unix(': places.dsnPassword,
  ':thin:': places.oraclePassword,
  ':oci:': places.oraclePassword,
  ':1521': places.easyConnect,
  '" "': places.quotedPair,
  ' response="': places.digestResponse,
  'private-mac:': places.puttyMac,
  'new value: ': places.newValue,
  '\ttrue\t/': places.cookieFile,
  '\tfalse\t/': places.cookieFile,
  '--with-token': places.pipedPassword,
  'password-stdin': places.pipedPassword,
  'sudo -s': places.pipedPassword,
  '"kty': places.jwkMembers,
  'kind: secret': manifestValues,
  '\\set ': places.psqlVariable,
  ': eap "': places.tunnelSecret,
  ': xauth "': places.tunnelSecret,
  'wifi:': places.wifiCode,
  '{sha': places.ldapHash,
  '{ssha': places.ldapHash,
  '{smd5': places.ldapHash,
  ugfzc3dvcmq6: places.smtpLogin,
  authenticator: places.otpSeed,
  'setup key': places.otpSeed,
  'two-factor': places.otpSeed,
};

interface Compiled {
  readonly tables: Tables;
  /** What ends in each of the states that end anything. */
  readonly literalsOf: readonly (readonly Literal[])[];
}
let compiled: Compiled | undefined;

/** As much of a token's literal as the automaton knows: fewer states, built in less time. */
const MAX_SEEN = 10;
/** The same of literals that seldom stand where only their beginning does. */
const SEEN_OF_LONG = 8;

/** A literal; what is not said is `false`. */
function literalOf(text: string, find: Handler | undefined, flags: Partial<Literal>): Literal {
  const { rule, edge = false, isStem = false, isForeign = false } = flags;
  const { may, wakes = false, isPersonal = false } = flags;
  const seen = flags.seen ?? (rule === undefined ? text.length : Math.min(text.length, MAX_SEEN));
  return { text, seen, rule, may, find, edge, isStem, isForeign, wakes, isPersonal };
}

/** Of a long literal the automaton knows the beginning; its last character tells whether the rest may be there. */
function beginning(text: string): Pick<Literal, 'seen' | 'may'> {
  const seen = Math.min(text.length, SEEN_OF_LONG);
  const rest = text.length - seen;
  const last = text.charCodeAt(text.length - 1) | CASE;
  const may: Glance = (codes, end, length) =>
    end + rest <= length && ((codes[end + rest - 1] as number) | CASE) === last; // below the text's length
  return rest === 0 ? { seen } : { seen, may };
}
/** What letters of both cases differ in. */
const CASE = 32;

/** Looks only where the whole of a literal stands that the automaton knows the beginning of. */
function whole(literal: string, find: Handler): Handler {
  return (text, start) => {
    const end = start + literal.length;
    return text.slice(start, end).toLowerCase() === literal ? find(text, start, end) : undefined;
  };
}

/** All literals. */
function knownLiterals(): Literal[] {
  const known: Literal[] = [];
  const add = (text: string, find: Handler | undefined, flags: Partial<Literal> = {}): void => {
    known.push(literalOf(text, find, flags));
  };
  for (const token of tokenLiterals()) add(token.text, undefined, token);
  for (const text of STEMS.split(' ')) add(text, assignment, { isStem: true });
  for (const text of PERSONAL_STEMS.split(' ')) add(text, undefined, { isStem: true });
  for (const text of FOREIGN_STEMS) add(text, undefined, { isForeign: true, wakes: true });
  add(NOT_ASCII, undefined, { isForeign: true });
  for (const text of ['"httponly"', 'code\\n']) add(text, undefined, { wakes: true });
  for (const text of ['authenticate', 'authorise', 'authorize', 'credential'])
    add(text, contextValues);
  add(' pw ', shortName);
  for (const text of ['pw:', 'pw='])
    add(text, (whole, start, end) => assignment(whole, start, end - 1));
  for (const text of QUERY_STEMS) add(text, inQuery);
  for (const text of codes.BEFORE_NAME) add(text, keyed(codes.codeBefore));
  for (const text of ['recovery code', 'backup code', 'scratch code'])
    add(text, keyed(codes.codeLines));
  for (const text of codes.CODE_WORDS) {
    const length = codes.wordLength(text);
    add(
      text,
      keyed((whole, start) => codes.codeAfter(whole, start, start + length)),
    );
  }
  for (const text of LOGINS) add(text, keyed(loginPair), { edge: true });
  for (const text of codes.TO_DO) add(text, keyed(codes.codeToUse));
  const addLong = (text: string, find: Handler, wakes: boolean): void =>
    add(text, whole(text, find), { wakes, ...beginning(text) });
  for (const text of PRINTS) addLong(text, keyed(printedSecret), true);
  for (const text of ENCODERS) addLong(text, keyed(pairToEncode), true);
  for (const text of LINKS) addLong(text, linkSecret, false);
  for (const [text, place] of CALLS)
    addLong(
      text,
      keyed((all, _start, end) => callSecret(all, end, place)),
      true,
    );
  for (const text of TYPING) add(text, keyed(typedValue), { wakes: true });
  for (const text of ['auth=(', 'auth = (', 'basicauth(', 'credentials.basic(', '.login('])
    add(text, keyed(authValue), { wakes: true });
  for (const pair of PAIRS)
    for (const joint of JOINTS) add(pair.replace(' ', joint), assignment, { isStem: true });
  for (const [text, find] of Object.entries(PLACES))
    add(text, find, {
      wakes: /[a-z]{3}/.test(text),
      may: text === '://' ? places.hasUser : undefined,
    });
  for (const command of COMMANDS)
    for (const text of command.words)
      add(
        text,
        keyed((whole, start, end) =>
          text === 'chpasswd'
            ? (pipedSecret(whole, start) ?? commandSecrets(command, whole, end))
            : commandSecrets(command, whole, end),
        ),
        { edge: true, wakes: true },
      );
  for (const head of LISTED)
    for (const sign of ['"', "'", '\n'])
      add(head + sign, keyed(listedSecrets), { edge: true, wakes: sign === '"' });
  add('@', (text, start) => emailAt(text, start), { isPersonal: true });
  add('%40', (text, start, end) => emailAt(text, start, end), { isPersonal: true });
  for (const { text, edge } of NATIONAL_NAMES)
    add(text, nationalIdAfter, { edge, isPersonal: true, wakes: true });
  // Where two are cut to the same, the longer one comes last: it knows the family better.
  return known.sort((a, b) => a.text.length - b.text.length);
}

/** Tables, made at first use. */
function compile(): Compiled {
  if (compiled === undefined) {
    const literals = knownLiterals();
    const tables = tablesOf(literals.map(({ text, seen }) => text.slice(0, seen).toLowerCase()));
    const literalsOf = tables.outputs.map(
      (numbers) => numbers.map((number) => literals[number] as Literal), // numbers of this list
    );
    compiled = { literalsOf, tables };
  }
  return compiled;
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
  if (length <= LONGEST_ID && isIdOrTime(text, length)) {
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
  const { literalsOf, tables } = compiled ?? compile();
  const { firstEnd } = tables;
  forgetRuns();
  forgetContext();
  forgetManifests();
  forgetLists();
  forgetFlows();
  forgetCookies();
  rowsSeen = 0;
  failedFrom = -1;
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
    const ended = literalsOf[(endState[next++] as number) - firstEnd] as readonly Literal[]; // an end by construction
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
      if (rule !== undefined && !mayFollow(rule, units, start + literal.text.length, length))
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
          : tokenAt(text, start, literal.text, rule);
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
  for (let i = 0; i < longRuns; i++) {
    const start = places[length - i] as number; // `longRuns` of them are set
    const end = runEnd(RUN, copied, start + SHORTEST_RUN, length);
    if (!isNested) codedRuns(codes, start, end, coded);
    jointTokens(codes, start, end, length, tokens);
  }
  const text = coded.length > 0 ? ownText() : '';
  // Last: what is decoded is scanned, which forgets the text.
  for (let i = 0; i < coded.length; i += 2) {
    const [from, to] = [coded[i] as number, coded[i + 1] as number]; // pairs
    if (!isEncodedSecret(text.slice(from, to), findsInside)) continue;
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
  const third = text.charCodeAt(start - 3);
  if (third === PERCENT || text.charCodeAt(start - 2) === BACKSLASH) return true;
  if (third === SMALL_X && text.charCodeAt(start - 4) === BACKSLASH) return true;
  if (text.charCodeAt(start - 5) === SMALL_U && text.charCodeAt(start - 6) === BACKSLASH)
    return true;
  if (text.charCodeAt(start - 1) !== SMALL_M) return false;
  return text[runStart(COLOUR, text, start - 1, 12) - 1] === '[';
}
const [PERCENT, BACKSLASH, SMALL_M, SMALL_U, SMALL_X] = [37, 92, 109, 117, 120];
const COLOUR = charset('0-9;');

const inQuery = keyed(queryValue);

const valueOf = keyed(
  (text, start, end) =>
    (end - start === COOKIE && (text.charCodeAt(start) | 32) === SMALL_C
      ? cookieHeader(text, start, end)
      : undefined) ??
    insertedValues(text, start, end) ??
    valuesOfName(text, start, end),
);

/** Where the latest name stands that has no value. */
let failedFrom = -1;
let failedTo = -1;

/** The values of the whole name around a stem; of `password` both `pass` and `password` are seen. */
function valuesOfName(
  text: string,
  start: number,
  end: number,
): Assigned | readonly Assigned[] | undefined {
  const from = runStart(IDENTIFIER, text, start, 64);
  const to = runEnd(IDENTIFIER, text, end, 64);
  // Behind `\` and `%` a name's first letter may be no part of it, depending on the stem.
  if (from === failedFrom && to === failedTo && !isIn(ESCAPES, text, from - 1)) return undefined;
  const found =
    assignedValue(text, start, end) ??
    besideName(text, start, end) ??
    flowValues(text, start, end) ??
    tableValues(text, start, end) ??
    nestedValues(text, start, end);
  if (found === undefined) {
    failedFrom = from;
    failedTo = to;
  }
  return found;
}
const ESCAPES = charset('\\%');

/** What markup or a sentence about a change puts between a sensitive name and its value. */
function besideName(
  text: string,
  start: number,
  end: number,
): Assigned | readonly Assigned[] | undefined {
  const to = runEnd(IDENTIFIER, text, end, 64);
  const next = text.charCodeAt(to);
  const isMarked = next < 128 && BESIDE[next] === 1;
  if (!isMarked && !(next === BLANK && isIn(CHANGES, text, to + 1))) return undefined;
  const from = runStart(IDENTIFIER, text, start, 64);
  if (!isSecretName(text, from, to)) return undefined;
  return isMarked ? markedUpValue(text, to) : changedValues(text, to);
}
const BLANK = 32;
const BESIDE = charset('<:"\'');
const CHANGES = charset('crusghwi');

/** True for a name that is secret, alone or with the word before it. */
function isSecretName(text: string, from: number, to: number): boolean {
  if (classifyKey(text.slice(from, to)) === 'secret') return true;
  if (text.charCodeAt(from - 1) !== BLANK) return false;
  return classifyKey(text.slice(runStart(IDENTIFIER, text, from - 1, 24), to)) === 'secret';
}

/** Length of `cookie`; no other stem of that length begins with a `c`. */
const COOKIE = 6;
const SMALL_C = 99;

const assignment: Handler = (text, start, end) =>
  (isRuleName(text, start, end) ? undefined : valueOf(text, start, end)) ??
  contextValues(text, start, end);

/** Around ` pw `: a quote behind it, and no word in that, ends a text of code. */
const shortName: Handler = (text, start, end) =>
  contextValues(text, start + 1, end - 1) ??
  (`"'\``.includes(text[end] ?? ' ') && !isIn(WORD, text, end + 1)
    ? undefined
    : valueOf(text, start + 1, end - 1));

/** True in `[REDACTED:keyed-secret]`: our own mark names a rule, not a field. */
function isRuleName(text: string, start: number, end: number): boolean {
  return (
    text[runEnd(IDENTIFIER, text, end, 64)] === ']' &&
    text.startsWith('[REDACTED:', runStart(IDENTIFIER, text, start, 64) - 10)
  );
}

/** Up to where rows were looked at in the present text: what stands in them heads no column. */
let rowsSeen = 0;

/** The cells under a name that heads a column. */
function tableValues(text: string, start: number, end: number): Assigned[] | undefined {
  const to = runEnd(IDENTIFIER, text, end, 64);
  if (!isIn(HEADING_END, text, to) && text[to] !== '\u2502') return undefined;
  const from = runStart(IDENTIFIER, text, start, 64);
  if (from < rowsSeen || classifyKey(text.slice(from, to)) !== 'secret') return undefined;
  const found =
    text[to] === '<'
      ? htmlValues(text, from, to)
      : (columnValues(text, from, to) ?? copiedValues(text, from, to));
  if (found !== undefined && found.length === 0) rowsSeen = to + ROWS_LENGTH;
  return found === undefined || found.length === 0 ? undefined : found;
}
/** As much as is looked at below a heading. */
const ROWS_LENGTH = 16_384;
/** With the bar of a drawn box. */
const HEADING_END = charset(',;\t|:" \'\n\r<)`*]');

/** Makes a handler of a function that gives no rule. */
function keyed(
  find: (text: string, start: number, end: number) => Assigned | readonly Assigned[] | undefined,
): Handler {
  // Written out: copying what objects of several shapes hold costs more than finding it.
  const found = ({ start, end, isLoose = false }: Assigned): Found => ({
    start,
    end,
    rule: 'keyed-secret',
    isLoose,
  });
  return (text, start, end) => {
    const value = find(text, start, end);
    if (value === undefined) return undefined;
    return 'start' in value ? found(value) : value.map(found);
  };
}
