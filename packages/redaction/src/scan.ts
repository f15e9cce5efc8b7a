/**
 * Finds what must go in one text: one automaton pass, and at each literal it sees one bounded check.
 *
 * Literals are the prefixes of `rules.ts` and the stems below. Nothing is allocated when nothing is found. A find
 * moves the scan behind it, so the work is linear in the text (I5).
 */
import { assignedValue } from './assignment.ts';
import { type Automaton, buildAutomaton, ROW_SHIFT } from './automaton.ts';
import {
  BASE64,
  BEARER,
  charset,
  IDENTIFIER,
  isIn,
  looksRandom,
  runEnd,
  runStart,
  WORD,
} from './charset.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import { NATIONAL_NAMES, nationalIdAfter } from './national-ids.ts';
import { emailAt, MIN_DIGITS, numbersIn } from './personal.ts';
import { MAX_TOKEN, type TokenRule } from './rules.ts';
import type { Span } from './spans.ts';
import { forgetRuns, jointTokens, tokenAt, tokenLiterals } from './token.ts';

type Handler = (
  text: string,
  start: number,
  end: number,
) => Omit<Span, 'isToken' | 'isEcho'> | undefined;

interface Literal {
  /** As issuers write it; the automaton knows it in lower case. */
  readonly text: string;
  readonly rule?: TokenRule;
  /** Absent for stems that only make JSON text worth parsing. */
  readonly find?: Handler | undefined;
  /** Seen only where no word runs into it. */
  readonly edge: boolean;
  /** A part of sensitive names. */
  readonly isStem: boolean;
  /** Personal data: skipped where the context says so. */
  readonly isPersonal: boolean;
}

const STEMS =
  'password passwd passwort pwd passphrase passcode pass secret token apikey key credential creds auth cookie pin otp cvv cvc jwt sig ' +
  'sid session mnemonic kennwort senha seed_phrase seedphrase bindpw htpasswd dbpw';

/** Names of personal fields: no rule in text, but JSON with them is looked at by key. */
const PERSONAL_STEMS =
  'phone mobile fax cell ssn passport iban birth dob social firstname lastname surname first_name last_name fullname given_name ' +
  'family_name givenname familyname address card account license mail nin cpf aadhaar blob mimetype ' +
  'licence medical mrn insurance tax national identity passport_no driver postal';

/** What was noticed besides the spans: a sensitive name, so JSON text is worth parsing. Of the latest scan. */
let hasName = false;

/** True when the latest scan, told to watch for names, saw a sensitive one. */
export function sawName(): boolean {
  return hasName;
}

interface Compiled {
  readonly automaton: Automaton;
  readonly literals: readonly Literal[];
}
let compiled: Compiled | undefined;

const PLAIN = { edge: false, isStem: false, isPersonal: false } as const;

/** Tables, made at first use. */
function tables(): Compiled {
  if (compiled === undefined) {
    const literals: Literal[] = [
      ...tokenLiterals().map((literal) => ({ ...PLAIN, ...literal })),
      ...STEMS.split(' ').map((text) => ({ ...PLAIN, text, find: assignment, isStem: true })),
      ...PERSONAL_STEMS.split(' ').map((text) => ({ ...PLAIN, text, isStem: true })),
      { ...PLAIN, text: 'api key', find: assignment },
      { ...PLAIN, text: '://', find: urlPassword },
      { ...PLAIN, text: 'bearer ', find: bearer, edge: true },
      { ...PLAIN, text: 'basic ', find: basic, edge: true },
      { ...PLAIN, text: '-----begin', find: privateKey },
      { ...PLAIN, text: ';base64,', find: dataUri },
      { ...PLAIN, text: 'identified by', find: sqlPassword },
      { ...PLAIN, text: ' -u ', find: curlUser },
      { ...PLAIN, text: '@', find: (text, start) => emailAt(text, start), isPersonal: true },
      {
        ...PLAIN,
        text: '%40',
        find: (text, start, end) => emailAt(text, start, end),
        isPersonal: true,
      },
      ...NATIONAL_NAMES.map(({ text, edge }) => ({
        ...PLAIN,
        text,
        edge,
        find: nationalIdAfter,
        isPersonal: true,
      })),
    ];
    compiled = {
      literals,
      automaton: buildAutomaton(literals.map(({ text }) => text.toLowerCase())),
    };
  }
  return compiled;
}

/**
 * Looks for secrets, and for personal data unless told not to, in the first `length` code units of `text`.
 * With `watchNames`, `sawName()` tells whether a sensitive name stood anywhere.
 * @returns the finds in the order of the text, `undefined` when there are none
 */
export function scan(
  text: string,
  length: number,
  withPersonal: boolean,
  watchNames: boolean = false,
): Span[] | undefined {
  const { automaton, literals } = compiled ?? tables();
  const { classes, next, firstEnd, outputs } = automaton;
  forgetRuns();
  hasName = false;
  let spans: Span[] | undefined;
  let digits = 0;
  let state = 0;
  let done = 0;
  for (let i = 0; i < length; i++) {
    const column = classes[text.charCodeAt(i)] as number; // every code unit has a class
    // One for the ten digit classes, which are the last: 54 + 10 is 64.
    digits += (column + 10) >>> ROW_SHIFT;
    state = next[(state << ROW_SHIFT) | column] as number; // a state of this table by construction
    if (state < firstEnd) continue;
    const ended = outputs[state - firstEnd] as readonly number[]; // as above
    for (let k = 0; k < ended.length; k++) {
      const literal = literals[ended[k] as number] as Literal; // literal numbers come from this list
      const { rule } = literal;
      const start = i + 1 - literal.text.length;
      if (literal.edge && start > 0 && !isEdge(text, start)) continue;
      if (literal.isStem && watchNames && !hasName) hasName = isSensitiveName(text, start, i + 1);
      if (rule === undefined && literal.find === undefined) continue;
      const last = done === 0 ? undefined : spans?.at(-1);
      const isSame = last !== undefined && last.isToken && last.start === start;
      if (literal.isPersonal && !withPersonal) continue;
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
      if (found === undefined || found.end <= found.start) continue;
      // What looks left of its literal must not reach into what is taken already (`user:password@host`).
      if (found.start < done && !isSame) continue;
      if (isSame && rule !== undefined) {
        // A longer prefix at the same place knows the family better.
        last.rule = found.rule;
        last.end = Math.max(last.end, found.end);
      } else if (found.end > done) {
        spans ??= [];
        spans.push({
          ...found,
          isToken: rule !== undefined,
          isEcho: rule === undefined && !literal.isPersonal,
        });
      }
      done = Math.max(done, found.end);
    }
  }
  for (const found of jointTokens(text, length)) {
    spans ??= [];
    spans.push({ ...found, isToken: true, isEcho: false });
  }
  if (withPersonal && digits >= MIN_DIGITS) {
    for (const found of numbersIn(length < text.length ? text.slice(0, length) : text)) {
      spans ??= [];
      spans.push({ ...found, isToken: false, isEcho: false });
    }
  }
  return spans;
}

/** True when the whole name around a stem says that a value is secret or personal. */
function isSensitiveName(text: string, start: number, end: number): boolean {
  const kind = classifyKey(
    text.slice(runStart(IDENTIFIER, text, start, 64), runEnd(IDENTIFIER, text, end, 64)),
  );
  return kind !== 'none' && kind !== 'benign';
}

/** True where a token may begin: not inside a word, but after `%3D`, `\n`, `\u0022`, `\x22` and a terminal's colour. */
function isEdge(text: string, start: number): boolean {
  if (!isIn(WORD, text, start - 1)) return true;
  if (text[start - 3] === '%' || text[start - 2] === '\\') return true;
  if (text[start - 6] === '\\' && text[start - 5] === 'u') return true;
  if (text[start - 4] === '\\' && text[start - 3] === 'x') return true;
  if (text[start - 1] !== 'm') return false;
  return text[runStart(COLOUR, text, start - 1, 12) - 1] === '[';
}
const COLOUR = charset('0-9;');

const assignment: Handler = (text, start, end) => {
  const value = assignedValue(text, start, end);
  return value === undefined ? undefined : { ...value, rule: 'keyed-secret' };
};

const bearer: Handler = (text, _start, end) => {
  const stop = runEnd(BEARER, text, end, MAX_TOKEN);
  const value = text.slice(end, stop).replace(/[.:]+$/, '');
  if (value.length < 8 || (!/\d/.test(value) && value.length < 24)) return undefined;
  return { start: end, end: end + value.length, rule: 'bearer-token' };
};

const basic: Handler = (text, _start, end) => {
  const stop = runEnd(BASE64, text, end, 4_096);
  const value = text.slice(end, stop);
  if (value.length < 6 || !Buffer.from(value, 'base64').toString('latin1').includes(':'))
    return undefined;
  return { start: end, end: stop, rule: 'basic-auth' };
};

const URL_END = ' \t\r\n"\'<>`\\?#/';

const urlPassword: Handler = (text, _start, end) => {
  const limit = Math.min(text.length, end + 512);
  let colon = -1;
  let at = -1;
  for (let i = end; i < limit; i++) {
    const character = text[i] ?? ' ';
    if (character === '@') at = i;
    else if (character === ':' && colon < 0) colon = i;
    else if (
      URL_END.includes(character) &&
      !(character === '/' && at < 0 && colon > 0 && isPasswordSlash(text, i, limit))
    )
      break;
  }
  if (at < 0) return undefined;
  if (colon < 0 || colon > at) {
    const user = text.slice(end, at);
    return looksRandom(user) ? { start: end, end: at, rule: 'url-credentials' } : undefined;
  }
  if (isPlaceholder(text.slice(colon + 1, at))) return undefined;
  return { start: colon + 1, end: at, rule: 'url-credentials' };
};

/** A slash inside a password: an `@` follows before anything that ends a URL, and no port was read. */
function isPasswordSlash(text: string, slash: number, limit: number): boolean {
  for (let i = slash + 1; i < limit; i++) {
    const character = text[i] ?? ' ';
    if (character === '@') return !/:\d{1,5}$/.test(text.slice(Math.max(0, slash - 6), slash));
    if (character !== '/' && URL_END.includes(character)) return false;
  }
  return false;
}

const privateKey: Handler = (text, _start, end) => {
  const title = text.slice(end, end + 64);
  const close = title.indexOf('-----');
  if (close < 0 || !title.slice(0, close).toUpperCase().includes('PRIVATE')) return undefined;
  const body = end + close + 5;
  const next = text.indexOf('-----', body);
  if (
    isPlaceholder(
      next < 0 ? text.slice(body, body + 200) : text.slice(body, Math.min(next, body + 200)),
    )
  ) {
    return undefined;
  }
  if (next < 0) return { start: body, end: text.length, rule: 'private-key' };
  // `-----END ...-----` stays; another BEGIN means that this block was never closed.
  return { start: body, end: next, rule: 'private-key' };
};

const dataUri: Handler = (text, _start, end) => {
  const stop = runEnd(BASE64, text, end, text.length);
  return stop - end < 64 ? undefined : { start: end, end: stop, rule: 'binary' };
};

const SQL_VALUE =
  /\s{1,4}(?:(?:WITH\s+\w+\s+)?(?:BY\s+)?(?:PASSWORD\s+)?)(['"])([^'"\n]{1,256})\1/iy;
const sqlPassword: Handler = (text, _start, end) => {
  SQL_VALUE.lastIndex = end;
  const match = SQL_VALUE.exec(text);
  if (match?.[2] === undefined) return undefined;
  const stop = SQL_VALUE.lastIndex - 1;
  return { start: stop - match[2].length, end: stop, rule: 'keyed-secret' };
};

const CURL_USER = /["']?[^\s:"']{1,64}:([^\s"'@]{1,128})/y;
const curlUser: Handler = (text, _start, end) => {
  CURL_USER.lastIndex = end;
  const match = CURL_USER.exec(text);
  if (match?.[1] === undefined || isPlaceholder(match[1])) return undefined;
  return {
    start: CURL_USER.lastIndex - match[1].length,
    end: CURL_USER.lastIndex,
    rule: 'keyed-secret',
  };
};
