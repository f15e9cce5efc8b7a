/**
 * `name = value` in text: configuration files, JSON and code fragments, headers, query strings, XML, CLI flags,
 * connection strings. One name rule (`keys.ts`) and one value grammar for all of them.
 *
 * Called where a sensitive stem was seen; looks at most 64 characters around it for the whole name and at most 4,096
 * after it for the value, so a text full of `password=` costs linear time (I5).
 */
import { IDENTIFIER, isIn, looksRandom, runEnd, runStart } from './charset.ts';
import { classifyKey, isPlaceholder, type KeyClass } from './keys.ts';

/** Where the value to remove stands. */
export interface Assigned {
  readonly start: number;
  readonly end: number;
}

const MAX_IDENTIFIER = 64;
const MAX_VALUE = 16_384;
/** Of a value that only counts when it looks random: longer ones do not. */
const MAX_WEAK = 520;
const MAX_LEAD = 64;
/** Backslashes before a quote: JSON in JSON doubles them at each level. */
const MAX_ESCAPES = 1_024;
const SCHEME =
  /(?:bearer|basic|token|digest|apikey|negotiate|ntlm|hawk|ssws|splunk|key|aws4-hmac-sha256)[ \t]{1,4}/iy;
const CLOSERS = ' \t\r\n"\'`<>)]}|\\';
const CODE_CALL = /[A-Za-z_$][\w$.]{0,64}\(/y;
const CODE_REFERENCE = /^[A-Za-z_$][A-Za-z_$]*(?:[.?][A-Za-z_$][\w$]*)+$/;
const NEXT_PAIR = /[;&,][ \t]{0,4}(?:[A-Za-z][\w.-]{0,40}(?: [A-Za-z]{1,20}){0,2}[ \t]?=|$|\s)/y;
const LOWER_WORD = /^[a-z]{1,24}[.,;:!?]?$/;
const TYPE_NAME = /^[A-Z][a-z]+(?:[A-Z][a-z0-9]+)*$/;

/** The value assigned to the name around `hitStart..hitEnd`, when the name is sensitive and the value is one. */
export function assignedValue(
  text: string,
  hitStart: number,
  hitEnd: number,
): Assigned | undefined {
  let start = runStart(IDENTIFIER, text, hitStart, MAX_IDENTIFIER);
  // The rule's name inside our own mark is no name of a value.
  if (text.startsWith('[REDACTED:', start - 10)) return undefined;
  if (text[start - 1] === '\\' && 'nrt'.includes(text[start] ?? ' ') && start < hitStart) start++;
  let end = runEnd(IDENTIFIER, text, hitEnd, MAX_IDENTIFIER);
  while (end > hitEnd && (text[end - 1] === '.' || text[end - 1] === '-')) end--;
  // What follows decides first: most sightings are prose, with no separator at all.
  let at = end;
  let quotes = 0;
  while (quotes < MAX_ESCAPES && at < text.length && '\\"\'`]'.includes(text[at] ?? ' ')) {
    at++;
    quotes++;
  }
  const gap = skipBlanks(text, at);
  const separator = text[gap];
  const isFlag = text[start] === '-' && quotes === 0 && gap > at;
  const isXml = separator === '>' && gap === end && text[start - 1] === '<';
  if (
    separator !== '=' &&
    separator !== ':' &&
    !isFlag &&
    !isXml &&
    !(gap > at && (separator === "'" || separator === '"'))
  ) {
    return undefined;
  }
  const name = text.slice(start, end);
  const kind = classifyKey(name);
  if (kind !== 'secret' && kind !== 'weak' && kind !== 'pass') return undefined;
  if (isXml) return untilTag(text, gap + 1, kind);
  if (separator !== '=' && separator !== ':') {
    if (isFlag)
      return text[start + 1] === '-' && separator !== '-'
        ? valueAt(text, gap, kind, name, ' ')
        : undefined;
    return /pass(?:word|wd)?$/i.test(name) ? valueAt(text, gap, kind, name, ' ') : undefined;
  }
  let from = gap + 1;
  if (separator === ':' && (text[from] === ':' || text.startsWith('//', from))) return undefined;
  if (text[from] === '=' || text[from] === '>' || text[from] === '~') {
    from++;
    if (text[from] === '=') from++;
    // A comparison names a value only when it is a literal.
    if (text[from - 1] === '=' && !/^ {0,4}["'`\\]/.test(text.slice(from, from + 6)))
      return undefined;
  }
  return valueAt(
    text,
    skipBlanks(text, from),
    kind,
    name,
    from === gap + 1 && separator === '=' ? '=' : ':',
  );
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < from + 16 && (text[at] === ' ' || text[at] === '\t')) at++;
  return at;
}

function untilTag(text: string, start: number, kind: KeyClass): Assigned | undefined {
  const limit = Math.min(text.length, start + MAX_VALUE);
  let end = start;
  while (end < limit && text[end] !== '<') end++;
  return accept(text, start, end, kind);
}

function accept(text: string, start: number, end: number, kind: KeyClass): Assigned | undefined {
  if (end <= start) return undefined;
  const value = text.slice(start, end);
  if (isPlaceholder(value) || (kind === 'weak' && !looksRandom(value))) return undefined;
  return { start, end };
}

/** The value that starts at `at`: quoted, with a scheme before it, or bare. */
function valueAt(
  text: string,
  at: number,
  kind: KeyClass,
  name: string,
  separator: '=' | ':' | ' ',
): Assigned | undefined {
  let from = at;
  let slashes = 0;
  while (text[from] === '\\' && slashes < MAX_ESCAPES) {
    from++;
    slashes++;
  }
  if (/^f?[rbu]$/.test(text[from] ?? '') && (text[from + 1] === '"' || text[from + 1] === "'"))
    from++;
  const quote = text[from];
  // A key block has its own rule, which knows where it ends.
  if (text.startsWith('-----BEGIN', from) || text.startsWith('-----BEGIN', from + 1))
    return undefined;
  if (quote === '"' || quote === "'" || quote === '`') {
    const end = closingQuote(
      text,
      from + 1,
      quote,
      slashes,
      kind === 'weak' ? MAX_WEAK : MAX_VALUE,
    );
    return accept(text, afterScheme(text, from + 1), end, kind);
  }
  if (slashes > 0) return undefined;
  // A call is code.
  CODE_CALL.lastIndex = from;
  if (CODE_CALL.test(text)) return undefined;
  const isCookie = /cookie$/i.test(name) && separator === ':';
  if (isCookie) return accept(text, from, lineEnd(text, from), kind);
  const body = afterScheme(text, from);
  if (body > from) {
    const scheme = text.slice(from, body).toLowerCase();
    const end =
      scheme.startsWith('digest') || scheme.startsWith('aws4') || scheme.startsWith('hawk')
        ? lineEnd(text, body)
        : bareEnd(text, body, MAX_VALUE);
    return accept(text, body, end, kind);
  }
  // `(`, `$(`, `{`: an expression, unless digits come soon. Looked at before a long run is measured.
  if (
    '[{$('.includes(quote ?? ' ') &&
    !/\d/.test(text.slice(from, bareEnd(text, from, MAX_LEAD)))
  ) {
    return undefined;
  }
  const end = bareEnd(text, from, kind === 'weak' ? MAX_WEAK : MAX_VALUE);
  const value = text.slice(from, end);
  if (value === '' || isReference(text, value, end, name, separator)) return undefined;
  if (kind === 'pass' && separator !== '=') return undefined;
  return accept(text, from, end, kind);
}

function afterScheme(text: string, from: number): number {
  SCHEME.lastIndex = from;
  return SCHEME.test(text) ? SCHEME.lastIndex : from;
}

function closingQuote(
  text: string,
  from: number,
  quote: string,
  slashes: number,
  most: number,
): number {
  const limit = Math.min(text.length, from + most);
  for (let at = from; at < limit; at++) {
    if (text[at] !== quote) continue;
    let before = 0;
    while (before <= at - from && text[at - 1 - before] === '\\') before++;
    if (before <= slashes) return at - before;
  }
  return lineEnd(text, from);
}

function lineEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + MAX_VALUE);
  let at = from;
  while (at < limit && text[at] !== '\n' && text[at] !== '\r' && text[at] !== '"') {
    if (text[at] === '\\' && (text[at + 1] === 'n' || text[at + 1] === 'r')) break;
    at++;
  }
  return at;
}

function bareEnd(text: string, from: number, most: number): number {
  const limit = Math.min(text.length, from + most);
  let at = from;
  for (; at < limit; at++) {
    const character = text[at] ?? ' ';
    if (CLOSERS.includes(character)) break;
    if (character === ';' || character === '&' || character === ',') {
      NEXT_PAIR.lastIndex = at;
      if (NEXT_PAIR.test(text)) break;
    }
  }
  while (at > from && (text[at - 1] === ',' || text[at - 1] === ';')) at--;
  return at;
}

/** True when a bare value is code or prose about a secret rather than one. */
function isReference(
  text: string,
  value: string,
  end: number,
  name: string,
  separator: string,
): boolean {
  const next = text[end];
  if (CODE_REFERENCE.test(value) || value === name) return true;
  if (separator === '=') return false;
  if (TYPE_NAME.test(value) && separator === ':') return true;
  if (/^[A-Za-z_$]+$/.test(value) && classifyKey(value) === 'secret' && value.length > 5)
    return true;
  // `token: the string that ...`: a lower-case word with another word after it.
  return (
    LOWER_WORD.test(value) &&
    next === ' ' &&
    isIn(IDENTIFIER, text, end + 1) &&
    !/\d/.test(text.slice(end, end + 12))
  );
}
