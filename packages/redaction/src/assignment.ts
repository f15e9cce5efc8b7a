/**
 * `name = value` in text: configuration files, JSON and code fragments, headers, query strings, XML, CLI flags,
 * connection strings, prose. One name rule (`keys.ts`), one list of ties between name and value (this file, `blank-tied.ts` and
 * `named.ts`), one value grammar (`values.ts`) for all of them.
 *
 * Called where a sensitive stem was seen; looks at most 64 characters around it for the whole name and at a bounded
 * piece after it for the value, so a text full of `password=` costs linear time (I5).
 */
import { blankTied, loosely } from './blank-tied.ts';
import { charset, IDENTIFIER, isIn, looksRandom, runEnd, runStart, signBefore } from './charset.ts';
import { classifyKey, isPlaceholder, querySecret } from './keys.ts';
import { namedValue } from './named.ts';
import { valueBelow } from './printed.ts';
import { type Assigned, MAX_ESCAPES, type Name, valueAt } from './values.ts';
import { isStrong } from './wordy.ts';

const MAX_IDENTIFIER = 64;

/** The value assigned to the name around `hitStart..hitEnd`, when the name is sensitive and the value is one. */
export function assignedValue(
  text: string,
  hitStart: number,
  hitEnd: number,
): Assigned | undefined {
  let end = runEnd(IDENTIFIER, text, hitEnd, MAX_IDENTIFIER);
  while (end > hitEnd && (text[end - 1] === '.' || text[end - 1] === '-')) end--;
  // What follows decides first: most sightings are prose, with nothing that ties a value to a name.
  const next = text.charCodeAt(end);
  if (!(next < 128 ? FOLLOWS[next] === 1 : next === 0xff1a)) return undefined;
  let start = runStart(IDENTIFIER, text, hitStart, MAX_IDENTIFIER);
  const lead = signBefore(text, start);
  // The rule's name inside our own mark is no name of a value.
  if (lead === ':' && text.startsWith('[REDACTED:', start - 10)) return undefined;
  if (lead === ':' && ARN.test(text.slice(Math.max(0, start - 64), start))) return undefined;
  if (lead === '{' && signBefore(text, start - 1) === '$') return defaultOf(text, start, end);
  if (lead === '\\' && 'nrt'.includes(text[start] ?? ' ') && start < hitStart) start++;
  else if (lead === '%' && /^[0-9A-F]{2}/i.test(text.slice(start, hitStart))) start += 2;
  return valueOf(text, start, end);
}

/** Of the names of Amazon's resources: `arn:aws:secretsmanager:*:*:secret:app/x`. */
const ARN = /\barn:aws[\w-]*(?::[\w*-]*){3}:$/;

/** `${db.password:x}`, `${PASSWORD:-x}`: what is taken when nothing is set; not the text of `${PASSWORD:?not set}`. */
function defaultOf(text: string, start: number, end: number): Assigned | undefined {
  if (text[end] !== ':' || classifyKey(text.slice(start, end)) !== 'secret') return undefined;
  DEFAULT.lastIndex = end;
  const value = DEFAULT.exec(text)?.[1];
  if (value === undefined || !isStrong(value, true) || isPlaceholder(value)) return undefined;
  return { start: DEFAULT.lastIndex - value.length, end: DEFAULT.lastIndex };
}
const DEFAULT = /:[-=]?((?![?$])[^\s{}"'`]{6,256})(?=\})/y;

function valueOf(text: string, from: number, end: number): Assigned | undefined {
  let start = from;
  const written = text.slice(start, end);
  let kind = classifyKey(written.includes('%20') ? written.replaceAll('%20', ' ') : written);
  if (kind !== 'secret' && signBefore(text, start) === ' ') {
    // `Account Key`, `one time password`: the word before may make it one.
    const wider = runStart(IDENTIFIER, text, start - 1, 24);
    const wide =
      wider < start - 1 && kind !== 'benign' ? classifyKey(text.slice(wider, end)) : 'none';
    if (wide === 'secret') {
      kind = 'secret';
      start = wider;
    } else if (wide === 'benign' && kind === 'weak') kind = 'benign';
  }
  if (kind !== 'secret' && text.startsWith('%20', start - 3)) {
    // `Pin%20Code`, in a form or a query.
    const wider = runStart(IDENTIFIER, text, start - 3, 24);
    if (classifyKey(`${text.slice(wider, start - 3)} ${text.slice(start, end)}`) === 'secret')
      kind = 'secret';
  }
  const name: Name = { text: text.slice(start, end), start, kind };
  // `gcloud secrets versions access latest --secret=db-root`
  if (name.text === '--secret' && OF_SECRETS.test(text.slice(Math.max(0, start - 120), start)))
    return undefined;
  if (signBefore(text, start) === ';' && /sessionid$/i.test(name.text))
    return inQuery(text, name, end);
  if (kind === 'secret' || kind === 'pass' || kind === 'weak')
    return (
      tied(text, name, end) ??
      (kind === 'weak' ? (inQuery(text, name, end) ?? cookie(text, name, end)) : undefined)
    );
  return inQuery(text, name, end) ?? cookie(text, name, end);
}
/** A command about secrets, to which this one is the name of one. */
const OF_SECRETS = /\bsecrets [^\n]{0,100}$/;
/** Characters that may follow a name that has a value. */
const FOLLOWS = charset(' \t\n\r=:"\'`\\]>,|%&?<+~()');

/** The same for stems that end in `=` and count only in a query: `&p=`. */
export function queryValue(text: string, hitStart: number, hitEnd: number): Assigned | undefined {
  const end = hitEnd - 1;
  const start = runStart(IDENTIFIER, text, end, MAX_IDENTIFIER);
  if (start > hitStart + 1 || start === end) return undefined;
  return inQuery(text, { text: text.slice(start, end), start, kind: 'weak' }, end);
}

/** `?sig=`, `&code=`, `;jsessionid=`: names that are secret only in the query of a URL or in a form body. */
function inQuery(text: string, { text: name, start }: Name, end: number): Assigned | undefined {
  const lead = signBefore(text, start) ?? ' ';
  if (
    text[end] !== '=' ||
    !(
      '?&#;'.includes(lead) ||
      (lead === ' ' && signBefore(text, start - 1) === ',') ||
      // The first of a form's body.
      (/^saml/i.test(name) && '\n "\''.includes(lead))
    )
  )
    return undefined;
  const stop = runEnd(QUERY_VALUE, text, end + 1, 4_096);
  return querySecret(name, text.slice(end + 1, Math.min(stop, end + 257)))
    ? { start: end + 1, end: stop }
    : undefined;
}

/** `connect.sid=s%3A...`: a cookie of a session on its own. `sessionId` in a log is an id. */
function cookie(text: string, { text: name, start }: Name, end: number): Assigned | undefined {
  if (text[end] !== '=' || !COOKIE_BEFORE.includes(signBefore(text, start) ?? ' '))
    return undefined;
  if (!SESSION_COOKIE.test(name) || /^session_?Id$/.test(name)) return undefined;
  const stop = runEnd(QUERY_VALUE, text, end + 1, 4_096);
  const value = text.slice(end + 1, Math.min(stop, end + 257));
  return value.length >= 12 && (isStrong(value) || isHex(value)) && !isPlaceholder(value)
    ? { start: end + 1, end: stop }
    : undefined;
}
const COOKIE_BEFORE = ' ;,"\'`\n\t:(';
/** What frameworks call the cookie of a session. */
const SESSION_COOKIE =
  /^(?:__(?:host|secure)-)?(?:(?:connect|express|koa|hapi|fastify|session)[.:_-]s(?:id|ess)|[a-z]{0,4}sessionid|phpsessid|asp\.net_sessionid|\.?aspxauth|\.aspnetcore\.[\w.]{1,40}|_?(?:[a-z]{1,16}_){1,2}sess(?:ion(?:_id)?)?|_session(?:_id)?|moodlesession|s?sess[0-9a-f]{32})$/i;
const isHex = (value: string): boolean => /^[0-9a-f-]{16,128}$/i.test(value);

const QUERY_VALUE = charset('A-Za-z0-9%+/=._~:-');

/** Longer ones are looked at. */
const LONGEST_NAME = 20;
const DIGITS = /\d[^\d]{0,24}\d/;
/** Quotes and brackets behind a name. */
const NAME_END = charset('\\"\'`])*');

function tied(text: string, name: Name, end: number): Assigned | undefined {
  // What holds a word of names by chance is a value, not a name.
  if (name.text.length >= LONGEST_NAME && DIGITS.test(name.text) && looksRandom(name.text))
    return undefined;
  let at = end;
  let quotes = 0;
  while (quotes < MAX_ESCAPES && isIn(NAME_END, text, at)) {
    // A value ends with the line; `\n` and `\"` differ.
    if (text[at] === '\\' && 'nrt'.includes(text[at + 1] ?? ' ')) break;
    at++;
    quotes++;
  }
  const gap = skipBlanks(text, at);
  const tie = text[gap];
  if (tie === '=' || tie === ':' || tie === '\uff1a') return separated(text, name, end, gap);
  if (quotes > 0 && tie === '.') {
    // `querySelector('input[type=password]').value = 'x'`
    PROPERTY.lastIndex = gap;
    if (PROPERTY.test(text)) return valueAt(text, PROPERTY.lastIndex, name, ':');
  }
  const encoded = encodedSeparator(text, gap);
  if (encoded > 0) return encodedValue(text, gap + encoded);
  if (quotes === 0 && opensTag(text, name.start)) return element(text, name, end);
  if (quotes === 0 && gap > end) {
    const loose = blankTied(text, name, gap);
    if (loose !== undefined) return loose;
  }
  if (text[end] === '(' && SETTER.test(name.text)) return loosely(argumentOf(text, name, end + 1));
  const arrow = separatorLength(text, gap);
  if (arrow > 0) return valueAt(text, skipBlanks(text, gap + arrow), name, ':');
  const isListed = tie === ',' && text[gap + 1] === ' ';
  if (quotes > 0 && (gap > at || isListed) && name.kind === 'secret') {
    // `property 'mail.password' with value 'x'`, `fill_in 'Password', with: 'x'`
    WITH_VALUE.lastIndex = isListed ? gap + 2 : gap;
    if (WITH_VALUE.test(text)) return loosely(valueAt(text, WITH_VALUE.lastIndex, name, 'blank'));
  }
  return (
    nextItem(text, name, at) ??
    namedValue(text, name, end) ??
    (name.kind === 'secret' ? valueBelow(text, end) : undefined)
  );
}

const PROPERTY = /\.(?:value|textContent|innerText)\s{0,2}=\s{0,2}(?=\\?["'`])/y;
/** `setPassword("x")`, `.with_token('x')`, `.password("x")`: what asks for a secret or makes one takes its name. */
const SETTER =
  /(?:^|\.)(?:(?:set|with|use|change|update|new)_?[A-Za-z_]+|password|passwd|secret|token|api_?key)$/i;
function argumentOf(text: string, name: Name, at: number): Assigned | undefined {
  return `"'\``.includes(text[at] ?? ' ') ? valueAt(text, at, name, 'blank') : undefined;
}

/** Between a name in quotes and its value. */
const WITH_VALUE =
  /(?:(?:is|was|has been) )?(?:(?:set|changed|updated|overridden) )?(?:(?:with|to|has) (?:the )?(?:new )?value:?|(?:field )?(?:with|to):?(?= {1,2}["'])) {1,3}(?=["'`]?[^\s"'`]{6})/y;

/** The item of a YAML list below one that is a flag: `- --requirepass` above `- x`. */
function nextItem(text: string, name: Name, at: number): Assigned | undefined {
  if (!'\r\n'.includes(text[at] ?? 'x') || !name.text.startsWith('--')) return undefined;
  if (!/(?:^|\n)[ \t]{0,40}- ["']?$/.test(text.slice(Math.max(0, name.start - 44), name.start)))
    return undefined;
  NEXT_ITEM.lastIndex = at;
  return NEXT_ITEM.test(text) ? valueAt(text, NEXT_ITEM.lastIndex, name, 'flag') : undefined;
}
const NEXT_ITEM = /\r?\n[ \t]{0,40}- (?=[^\s-])/y;

/** `=>`, `<-`, `?=`, `+=`, `~>`, `->`: 0 when none. */
function separatorLength(text: string, at: number): number {
  if (text[at + 2] === '=' && (text.startsWith('||', at) || text.startsWith('??', at))) return 3;
  const two = text.slice(at, at + 2);
  return two === '<-' || two === '?=' || two === '+=' || two === '~>' || two === '->' ? 2 : 0;
}

/** The separator is one character, `:=`, `=>`, `==`, or a type stands before it: `token: string = "x"`. */
function separated(text: string, name: Name, end: number, gap: number): Assigned | undefined {
  const separator = text[gap];
  let from = gap + 1;
  if (separator === ':' && (text[from] === ':' || (text[from] === '/' && text[from + 1] === '/')))
    return undefined;
  // `arn:aws:secretsmanager:x:secret:name`, `src/password.ts:12:`
  const isScoped = text[from] === ' ' && text.startsWith('::', name.start - 2);
  if (
    separator === ':' &&
    gap === end &&
    !isScoped &&
    ':/'.includes(signBefore(text, name.start) ?? ' ')
  ) {
    if (isIn(IDENTIFIER, text, name.start - 2) || signBefore(text, name.start - 1) === ':')
      return text[name.start - 1] === '/' ? ofPath(text, name, from) : undefined;
    if (/\.[a-z]{1,5}$/.test(name.text)) return undefined;
  }
  if (text[from] === '=' || text[from] === '>' || text[from] === '~') {
    const isWalrus = separator === ':';
    from++;
    if (text[from] === '=') from++;
    // A comparison names a value only when it is a literal.
    if (!isWalrus && text[from - 1] === '=' && !/^ {0,4}["'`\\]/.test(text.slice(from, from + 6)))
      return undefined;
  }
  // `**Password:** x`
  if (text[from] === '*' && text[from + 1] === '*') from += 2;
  const value = skipBlanks(text, from);
  if (separator === ':' && '\r\n'.includes(text[value] ?? 'x') && name.kind === 'secret')
    return valueBelow(text, end);
  if (separator === ':' && value < text.length && mayBeTyped(text, value)) {
    TYPED.lastIndex = value;
    if (TYPED.test(text)) return valueAt(text, TYPED.lastIndex, name, ':');
  }
  // `["password"]`, `name="password"` before `value=`: the name is itself a value.
  const isTight = separator === '=' && from === gap + 1 && gap === end && value === from;
  return valueAt(text, value, name, isTight ? '=' : ':');
}
/** `app/db/password:x`: a line of a listing of keys and values. */
function ofPath(text: string, name: Name, from: number): Assigned | undefined {
  if (name.text.includes('.') || name.kind !== 'secret') return undefined;
  if (!/(?:^|\n)[\w/-]{1,120}$/.test(text.slice(Math.max(0, name.start - 124), name.start)))
    return undefined;
  const stop = runEnd(VISIBLE, text, from, 256);
  if (stop < text.length && !'\r\n'.includes(text[stop] ?? 'x')) return undefined;
  const value = text.slice(from, stop);
  return isStrong(value, true) && !isPlaceholder(value) ? { start: from, end: stop } : undefined;
}
const VISIBLE = charset('!-~');

/** What stands behind the name of a type decides first: a run of letters costs the pattern dear. */
function mayBeTyped(text: string, at: number): boolean {
  return text[at] === '&' || isIn(TYPE_END, text, runEnd(DOTTED_WORD, text, at, 34));
}
const DOTTED_WORD = charset('A-Za-z0-9_.');
const TYPE_END = charset('<[?! \t');
/** A type annotation and the assignment behind it. */
const TYPED =
  /(?:&(?:'\w{1,16} )?)?[A-Za-z_][\w.]{0,32}(?:<[\w<>, ']{1,48}>)?(?:\[\])?[?!]?(?: \| [a-z]{1,16}){0,3}[ \t]{1,4}=[ \t]{1,4}(?=["'`])/y;

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < from + 32 && (text[at] === ' ' || text[at] === '\t')) at++;
  return at;
}

/** `%3D`, `%253A`, `&#61;`, `&#x3d;`, `\u003d`, `=3D`: length, or 0. */
function encodedSeparator(text: string, at: number): number {
  const first = text[at];
  if (first !== '%' && first !== '&' && first !== '\\') return 0;
  ENCODED.lastIndex = at;
  return ENCODED.test(text) ? ENCODED.lastIndex - at : 0;
}
const ENCODED =
  /(?:%(?:25){0,2}22)?(?:%(?:25){0,2}(?:3D|3A)(?:%(?:25){0,2}(?:20|22)|\+){0,2}|(?:&quot;|&#34;)?\s?(?:&#61;|&#x3d;|&#58;|&#x3a;|&equals;|&colon;|[:=])\s?(?:&quot;|&#34;)|&#(?:61|58|x3d|x3a);\s?|\\u00(?:3d|3a)(?:\\u0022)?|\\x(?:3d|3a)(?:\\x22)?)/iy;
const ENCODED_VALUE =
  /(?:[\w.~!*()$@/+:,-]|%(?:25){0,2}(?!25|26|3B|20|22|2C|7D|5D|0A|0D)[0-9A-F]{2}|&(?!quot|#34|#x22|amp)#?\w{1,8};|\\u00(?!22|26|20)[0-9a-f]{2}){4,2048}/iy;

function encodedValue(text: string, from: number): Assigned | undefined {
  ENCODED_VALUE.lastIndex = from;
  if (!ENCODED_VALUE.test(text)) return undefined;
  return { start: from, end: ENCODED_VALUE.lastIndex };
}

/** True for `<password`, `<wsse:Password`. */
function opensTag(text: string, start: number): boolean {
  const lead = signBefore(text, start);
  return (
    lead === '<' ||
    (lead === ':' && /<[\w-]{1,32}:$/.test(text.slice(Math.max(0, start - 36), start)))
  );
}

/** `<password>x</password>`, `<Pass encoding="base64">x</Pass>`. */
function element(text: string, name: Name, end: number): Assigned | undefined {
  ATTRIBUTES.lastIndex = end;
  if (!ATTRIBUTES.test(text)) return undefined;
  const from = ATTRIBUTES.lastIndex;
  INNER.lastIndex = from;
  return untilTag(text, INNER.test(text) ? INNER.lastIndex : from, name);
}
const ATTRIBUTES = /(?:\s{1,4}[\w:.-]{1,32}=["'][^"'<>]{0,64}["']){0,4}\s{0,4}>/y;

/** `<Password><Value>x</Value></Password>`. */
const INNER = /\s{0,80}<(?:value|val|string|text|plaintext)>(?=[^<>])/iy;

function untilTag(text: string, start: number, name: Name): Assigned | undefined {
  const limit = Math.min(text.length, start + 16_384);
  let end = start;
  while (end < limit && text[end] !== '<') end++;
  if (text[end] === '<' && text.startsWith('![CDATA[', end + 1) && end - start < 8) {
    const close = text.slice(end, end + 4_096).indexOf(']]>');
    return close < 0 ? undefined : { start: end + 9, end: end + close };
  }
  if (end === text.length ? /\s/.test(text.slice(start, end)) : text[end + 1] !== '/')
    return undefined;
  // `<auth-user-pass>`: a name and a password, a line each.
  const body = text.slice(start, Math.min(end, start + 256));
  const lines = /^\s{0,4}([^\s<]{1,64})(\r?\n)(?=[^\s<]{1,128}\s{0,4}$)/.exec(body);
  const from = lines === null ? start : start + lines[0].length;
  const value = valueAt(text, from, name, 'flag');
  return value === undefined ? undefined : { start: from, end };
}
