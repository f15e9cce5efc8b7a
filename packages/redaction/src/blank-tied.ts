/**
 * Values behind a name and a blank: flags, directives, definitions, and what sentences say a password is.
 *
 * Each look is one sticky, bounded pattern (I5).
 */
import { charset, isIn } from './charset.ts';
import { CHANGED } from './foreign-words.ts';
import { isPlaceholder } from './keys.ts';
import { phraseEnd } from './phrases.ts';
import { valueBelow } from './printed.ts';
import { type Assigned, type Name, valueAt } from './values.ts';
import { isStrong } from './wordy.ts';

/** A blank between name and value: flags, directives, definitions, sentences. */
export function blankTied(text: string, name: Name, gap: number): Assigned | undefined {
  if (name.kind === 'weak') return undefined;
  const { start } = name;
  const first = name.text[0] ?? ' ';
  if (first === '-') {
    if (text[gap] === '-' || (text[start + 1] !== '-' && name.text.length < 5)) return undefined;
    return valueAt(text, gap, name, 'flag');
  }
  if (text[gap] === '"' || text[gap] === "'" || text[gap] === '\\') {
    const isDefined = DEFINES.test(text.slice(Math.max(0, start - 24), start));
    const isPassword = /pass(?:word|wd|phrase)?$/i.test(name.text);
    return valueAt(text, gap, name, isDefined || isPassword ? 'flag' : 'blank');
  }
  // `Set-Password -Identity ana`
  if (text[gap] === '-' && /[A-Za-z-]/.test(text[gap + 1] ?? ' ')) return undefined;
  if (isIn(SQL_TYPE_START, text, gap) && name.text[0] !== '-') {
    // `DECLARE @pwd nvarchar(50) = N'x'`
    SQL_TYPED.lastIndex = gap;
    if (SQL_TYPED.test(text)) return valueAt(text, SQL_TYPED.lastIndex, name, '=');
  }
  LINKED_PHRASE.lastIndex = gap;
  if (isIn(LINK_START, text, gap) && LINKED_PHRASE.test(text)) {
    const from = LINKED_PHRASE.lastIndex;
    const stop = phraseEnd(text, from, name.text, 'blank', true);
    if (stop > from) return { start: from, end: stop, isLoose: true };
  }
  LINKED.lastIndex = gap;
  if (LINKED.test(text)) {
    const value = valueAt(text, LINKED.lastIndex, name, 'blank');
    if (value !== undefined) return loosely(value);
    // `password is generated for root@localhost: x`
    OF_WHAT.lastIndex = gap;
    return OF_WHAT.test(text)
      ? loosely(valueAt(text, OF_WHAT.lastIndex, name, 'blank'))
      : undefined;
  }
  LINKED_TAG.lastIndex = gap;
  if (LINKED_TAG.test(text)) return loosely(taggedValue(text, LINKED_TAG.lastIndex));
  OF_WHAT.lastIndex = gap;
  if (isIn(OF_START, text, gap) && OF_WHAT.test(text))
    return loosely(valueAt(text, OF_WHAT.lastIndex, name, 'blank'));
  IT_IS.lastIndex = gap;
  if (mayBeTold(text, gap) && IT_IS.test(text))
    return loosely(valueAt(text, IT_IS.lastIndex, name, 'blank'));
  const lead = text.slice(Math.max(0, start - 48), start);
  if (/^password$/i.test(name.text) && LOGIN.test(lead))
    return valueAt(
      text,
      gap,
      name,
      NETRC.test(text.slice(Math.max(0, start - 160), start)) ? 'flag' : 'blank',
    );
  if (
    /pass(?:word|wd|phrase)?$|(?:^|_)p(?:wd|w)$|^cv[vc]2?$/i.test(name.text) ||
    DIRECTIVE.test(lead)
  ) {
    BODY_FLAG.lastIndex = gap;
    const from = BODY_FLAG.test(text) ? BODY_FLAG.lastIndex : gap;
    const value = valueAt(text, from, name, 'blank');
    if (value !== undefined) return loosely(value);
  }
  return pinTold(text, name, gap) ?? valueBelow(text, start + name.text.length);
}
/** `PIN 4711` of four or five digits: six may be a place's, but before the `#` of a telephone. */
function pinTold(text: string, name: Name, gap: number): Assigned | undefined {
  if (name.text.length !== 3 || !/^p(?:in|uk)$/i.test(name.text)) return undefined;
  PIN_DIGITS.lastIndex = gap;
  return PIN_DIGITS.test(text)
    ? { start: gap, end: PIN_DIGITS.lastIndex, isLoose: true }
    : undefined;
}
const PIN_DIGITS = /(?:\d{4,5}|\d{6,8}(?=#)|(?<=\b[Pp][Uu][Kk] )\d{8})(?![\w%/:-]|[.,]\d)/y;
export function loosely(value: Assigned | undefined): Assigned | undefined {
  return value === undefined ? undefined : { start: value.start, end: value.end, isLoose: true };
}
const DEFINES = /(?:#define |\(def |set\(|set |setx |SetEnv |env |:|-x |param )$/i;
/** Between a name and its value in a sentence. */
const LINKED = new RegExp(
  `(?:${CHANGED}|is|was|use|equals|[-\u2013\u2014\u2192]|will be|has been|to be|to|=|ist|lautet|es|est)[ \\t:]{1,3}(?:now )?(?=["'\`]?(?:[^\\s"'\`<]{6}|\\d{4,5}(?![\\w-])))`,
  'iy',
);
const LINK_START = charset('iIwW=lLhHnNsScCrRuU');
function taggedValue(text: string, from: number): Assigned | undefined {
  const end = text.indexOf('<', from);
  const value = text.slice(from, end);
  return isStrong(value, true) && !isPlaceholder(value) ? { start: from, end } : undefined;
}
/** A tag before the value: `is <b>x</b>`. */
const LINKED_TAG = /(?:is|was|ist|est|es|:) {0,2}<(?:b|strong|code|em|span)>(?=[^<>\s]{6,128}<)/y;
/** The same before several words. */
const LINKED_PHRASE =
  /(?:is|was|=|ist|lautet|(?:has been |was |is )?(?:now|(?:set|changed|reset) to))[ \t:]{1,3}/iy;
/** What `OF_WHAT` begins with. */
const OF_START = charset('fFoOtTaAdDpPvVzZ(');
/** Between a name and the colon before its value: `Passphrase for the backups: x`. */
const OF_WHAT =
  /(?:(?:(?:is|was) (?:generated|created|set) )?(?:for|of|to|on|at|f[üu]r|zu[rm]?|vo[nm]|de[rsnl]?|del(?:la|lo|los|las)|du|pour|para|per|di|do|da|voor|van) (?:[\p{L}\d_.@-]{1,40} ){0,4}[\p{L}\d_.@/~-]{1,80}|\([\w ,.-]{1,40}\))(?: ?:| (?:is|to|ist|lautet|est|es|[èé])) {1,3}(?=["'`]?[^\s"'`]{3})/iuy;
const SQL_TYPE_START = charset('nNvVcCtT');
const SQL_TYPED =
  /(?:n?(?:var)?char|n?text)2?(?:\(\s?(?:\d{1,4}|max)\s?\))?\s{0,4}:?=\s{0,4}(?=N?')/iy;
/** What a sentence says later begins behind a comma or a semicolon, soon. */
function mayBeTold(text: string, gap: number): boolean {
  const part = text.slice(gap, gap + 72);
  return part.includes(' it') || part.includes(' laut') || part.includes(' ist ');
}
/** `password for the switch; it's now x`. */
const IT_IS =
  /(?:[\p{L}\d_.'\u2019-]{1,24} ){0,6}[\p{L}\d_.'\u2019-]{1,24}[;,.:-]? {1,2}(?:and )?(?:it(?:['\u2019]s| is| was)|lautet|ist)(?: now| jetzt| nun)?:? {1,2}(?=["'`]?[^\s"'`]{6})/uy;
/** Of `.netrc`: `machine x login y password z`. */
const LOGIN = /\b(?:login|user|account)\s{1,4}\S{1,40}\s{1,8}$/;
const NETRC = /\b(?:machine\s{1,8}\S{1,128}|default)\s{1,8}(?:login|user|account)\s/;
const DIRECTIVE =
  /(?:^|\n|\\n)[ \t]{0,16}$|(?:set|setx|-x|env|ENV|ARG|SetEnv|export|param|_param|directive|--secret|configure set|config set|\/:) ?$/i;
const BODY_FLAG = /--(?:body|value)[ =]/y;
