/**
 * The value grammar: where the value that a name announces begins and ends.
 *
 * Quoted (any quote, escaped at any depth, with the string prefixes of programming languages), with the scheme of an
 * `Authorization` header before it, as a YAML block, to the end of a line, or bare. Code, references to a secret kept
 * elsewhere, placeholders and prose are no values. All looks are bounded (I5).
 */
import { charset, IDENTIFIER, isIn, runEnd, signBefore } from './charset.ts';
import { classifyKey, isLabel, isPlaceholder, isWeakSecret, type KeyClass } from './keys.ts';
import { phraseEnd } from './phrases.ts';
import { isProgramText } from './program-text.ts';
import {
  bareEnd,
  closingQuote,
  lineEnd,
  MAX_VALUE,
  NO_BLANK,
  type Tie,
  wholeLineEnd,
} from './value-ends.ts';
import { isStrong, isWordy } from './wordy.ts';

/** Where the value to remove stands. */
export interface Assigned {
  readonly start: number;
  readonly end: number;
  /** Found in a sentence: a token's own rule that covers it knows better. */
  readonly isLoose?: boolean;
}

/** The name that announces a value. */
export interface Name {
  readonly text: string;
  readonly start: number;
  readonly kind: KeyClass;
}

/** Of a value that only counts when it looks random: longer ones do not. */
const MAX_WEAK = 264;
const MAX_LEAD = 64;
/** Backslashes before a quote: JSON in JSON doubles them at each level. */
export const MAX_ESCAPES = 1_024;
const SCHEME =
  /(?:bearer|basic|token|digest|apikey|negotiate|ntlm|hawk|ssws|splunk|genie ?key|key|oauth|aws4-hmac-sha256|signature|sharedaccesssignature|dpop|mac)[ \t]{1,4}(?!=)/iy;
const SCHEME_START = charset('aAbBdDgGhHkKmMnNoOsStT');
const CODE_CALL =
  /(?:(?:await|new|yield|return|typeof|not|lambda|async|function|fn|func)\b[ \t(]|[A-Za-z_$][\w$.:!?]{0,64}[([](?!$))/y;
const CODE_REFERENCE = /^&?[A-Za-z_$][A-Za-z_$]*(?:(?:[.?]|::|->)[A-Za-z_$][\w$]*)+$/;
/** What people make of two words and a number: `Orchid.Bridge42`. */
const DOTTED_WORDS = /^[A-Z][a-z]{2,}\.[A-Z][a-z]{2,}\d{2,}$/;
/** Digits and letters that take turns, as in no name. */
const MADE = /[A-Za-z]\d+[A-Za-z]+\d\d/;
/** A type is numbered by its size alone: `BigInt64`. */
const NUMBERED = /\d\d$(?<!(?:int|float|utf|base|bits?|bytes?|sha|vec)\d{2,3})/i;
const TYPE_NAME = /^[A-Z][a-z]+(?:[A-Z][a-z0-9]+)*[,;]?$/;
const PREFIX_START = charset('@$fFrRbBuUNLE&');
/** Prefixes of string literals: `@"x"`, `N'x'`, `f"x"`, `$"x"`, `b'x'`, `L"x"`, `String.raw` excepted. */
const LITERAL_PREFIX = /(?:@\$?|\$@?|[fFrRbBuUNLE]|[rR][bB]|&)(?=["'`])/y;
const BLOCK = /[|>][+-]?\d?[+-]?[ \t]*(?:\r?\n|(?:\\r)?\\n)/y;
/** A YAML tag, or an anchor, whose value stands behind it: `!!str x`, `!unsafe 'x'`, `!<tag:yaml.org,2002:str> x`, `&a x`. */
const OWN_TAG =
  /(?:!![\w:/.-]{1,32}|!(?:unsafe|str|binary)|!<[^<>\s]{1,64}>|&[A-Za-z][\w-]{0,40}(?=[ \t]{1,4}[^\s=/|]))[ \t]{1,4}/y;
/** A YAML tag whose value is kept elsewhere: `!vault |`, `!Ref Name`. */
const TAG = /![A-Za-z][\w:/.-]{0,32}[ \t]/y;
const STOP_WORDS = new Set(
  'with to for is or and in on flag flags option options as from instead if when was must can should may are has value the a an of by via into using it this that not than'.split(
    ' ',
  ),
);

/** The value that starts at `at`, if there is one that must go. */
export function valueAt(text: string, at: number, name: Name, tie: Tie): Assigned | undefined {
  let from = at;
  let slashes = 0;
  while (text[from] === '\\' && slashes < MAX_ESCAPES) {
    from++;
    slashes++;
  }
  if (slashes === 0 && isIn(PREFIX_START, text, from)) {
    LITERAL_PREFIX.lastIndex = from;
    if (LITERAL_PREFIX.test(text)) from = LITERAL_PREFIX.lastIndex;
  }
  const quote = text[from];
  // `expect "password:"`: the quote closes what the name stands in.
  if (
    slashes === 0 &&
    from === at &&
    quote !== undefined &&
    text[name.start + name.text.length] === ':' &&
    signBefore(text, name.start) === quote
  )
    return sent(text, from);
  // A key block has its own rule, which knows where it ends.
  if (
    text[from + 1] === '-' &&
    (text.startsWith('-----BEGIN', from) || text.startsWith('-----BEGIN', from + 1))
  )
    return undefined;
  if (quote === '"' || quote === "'" || quote === '`')
    return quoted(text, from, quote, slashes, name, tie);
  if (slashes > 0) return undefined;
  return bare(text, from, name, tie);
}

/** What a script sends when it is asked: `expect "password:"`, a line below `send "x\\r"`. */
const SENT =
  /["'] ?\)?;?\s{1,40}(?:\{\s{0,40})?(?:\w{1,20}\.)?send(?:line|_line)?\s?\(?(?:-- )?["'`]([^"'`\\\n]{3,128})/y;
/** Behind `assword:` and the like, which a script waits for. */
export function answer(text: string, _start: number, end: number): Assigned | undefined {
  PROMPT_END.lastIndex = end;
  return PROMPT_END.test(text) ? sent(text, PROMPT_END.lastIndex - 1) : undefined;
}
const PROMPT_END = /[*?.$ \])]{0,6}["']/y;
function sent(text: string, from: number): Assigned | undefined {
  SENT.lastIndex = from;
  const value = SENT.exec(text)?.[1];
  if (value === undefined || isPlaceholder(value) || isWordy(value)) return undefined;
  return { start: SENT.lastIndex - value.length, end: SENT.lastIndex };
}

function quoted(
  text: string,
  from: number,
  quote: string,
  slashes: number,
  name: Name,
  tie: Tie,
): Assigned | undefined {
  if (slashes === 0 && tie !== '=' && closesLine(text, from, quote, name)) return undefined;
  let start = from + 1;
  // `"""three quotes"""`
  if (slashes === 0 && text[start] === quote && text[start + 1] === quote) start += 2;
  const most = name.kind === 'weak' ? MAX_WEAK : MAX_VALUE;
  const end = closingQuote(text, start, quote, slashes, most);
  if (end === undefined) {
    // Never closed: cut off, or the quote closed something that began before the name.
    const next = text[start];
    if (next === undefined || ' ),;]}\r\n\\'.includes(next)) return undefined;
    return accept(text, afterScheme(text, start), lineEnd(text, start), name);
  }
  const body = afterScheme(text, start);
  // `secrets: "node scripts/secrets.ts"`: a name in the plural holds no passphrase.
  if (/s$/i.test(name.text) && text.slice(body, Math.min(end, body + 256)).includes(' '))
    return undefined;
  // "Pass `threadId` back."
  if (name.kind === 'pass' && quote === '`' && tie === 'blank') return undefined;
  if (
    tie === 'blank' &&
    !isStrong(text.slice(body, Math.min(end, body + 80)), isPasswordName(name))
  )
    return undefined;
  if (body > start && /^digest/i.test(text.slice(start, body))) return undefined;
  return accept(text, body, end, name);
}

/** True for the quote behind `"  secretKey:"` and `'token '`: what it closes began on its line, before the name. */
function closesLine(text: string, at: number, quote: string, { start, text: name }: Name): boolean {
  if (isIn(QUOTES, text, start + name.length) || !isOnLine(text, at, quote)) return false;
  const lead = text.slice(Math.max(0, at - MAX_LINE), at);
  const from = lead.lastIndexOf('\n') + 1;
  // Where the line began is not known.
  if (from === 0 && at > MAX_LINE) return false;
  let isOpen = false;
  for (let i = lead.indexOf(quote, from); i >= 0; i = lead.indexOf(quote, i + 1)) {
    if (isOpen) isOpen = lead[i - 1] === '\\';
    // `users' passwords`: no quote opens behind a letter.
    else isOpen = !isIn(IDENTIFIER, lead, i - 1) && lead[i - 1] !== '\\';
  }
  return isOpen;
}
const QUOTES = charset('"\'`');
const MAX_LINE = 160;

/** True where the sign stands on the line before `at`: on most lines it does not. */
function isOnLine(text: string, at: number, sign: string): boolean {
  const code = sign.charCodeAt(0);
  const first = Math.max(0, at - MAX_LINE);
  for (let i = at - 1; i >= first; i--) {
    const before = text.charCodeAt(i);
    if (before === code) return true;
    if (before === NEWLINE) return false;
  }
  return false;
}
const NEWLINE = 10;

function bare(text: string, from: number, name: Name, tie: Tie): Assigned | undefined {
  const first = text[from] ?? ' ';
  if (tie === ':' || tie === '=') {
    if (first === '[' && FLOW.test(text.slice(from, from + 16))) return undefined;
    if (first === '|' || first === '>') {
      BLOCK.lastIndex = from;
      if (BLOCK.test(text)) return block(text, BLOCK.lastIndex, name);
    }
    if (first === '!' || first === '&') {
      OWN_TAG.lastIndex = from;
      if (OWN_TAG.test(text) && (first === '!' || isAlone(text, name.start)))
        return valueAt(text, OWN_TAG.lastIndex, name, tie);
      TAG.lastIndex = from;
      if (first === '!' && TAG.test(text)) return undefined;
    }
  }
  if (tie !== 'flag' && isCall(text, from)) {
    WRAPPED.lastIndex = from;
    return WRAPPED.test(text)
      ? valueAt(text, WRAPPED.lastIndex, name, tie)
      : fallbackLiteral(text, from, name);
  }
  // A header: see `cookies.ts`.
  if (tie === ':' && /cookie2?$/i.test(name.text)) return undefined;
  if (/mnemonic|phrase$|seed$/i.test(name.text)) {
    MNEMONIC.lastIndex = from;
    if (MNEMONIC.test(text)) return { start: from, end: MNEMONIC.lastIndex };
  }
  if (first === '{' && signBefore(text, name.start) === ';') {
    // `;Pwd={x;y};` of a connection string.
    BRACED.lastIndex = from;
    const value = BRACED.exec(text)?.[1];
    if (value !== undefined) return accept(text, from + 1, from + 1 + value.length, name);
  }
  const phrase = phraseEnd(text, from, name.text, tie);
  if (phrase > from) return { start: from, end: phrase };
  const body = afterScheme(text, from);
  if (body > from) return schemed(text, from, body, name);
  if (first === '$' && text[from + 1] === '{') return fallbackLiteral(text, from, name);
  // `(`, `$(`, `{`: an expression, unless digits come soon. Looked at before a long run is measured.
  if ('[{$(<'.includes(first) && !/\d/.test(text.slice(from, bareEnd(text, from, MAX_LEAD))))
    return fallbackLiteral(text, from, name);
  const most = name.kind === 'weak' ? MAX_WEAK : MAX_VALUE;
  let end = wholeLineEnd(text, from, name.start, tie) ?? bareEnd(text, from, most);
  if (tie === 'blank' || tie === 'flag') {
    while (end > from && (text[end - 1] === '.' || text[end - 1] === ';' || text[end - 1] === ','))
      end--;
  }
  const value = text.slice(from, end);
  if (value.includes('/') && (URL_START.test(value) || value.includes('/aws4_request')))
    return undefined;
  if (value === '' || isReference(text, value, end, name, tie))
    return fallbackLiteral(text, from, name);
  // `-method=userpass username=x`
  if (tie === 'blank' && /^[a-z][\w-]{0,32}=[^=]/i.test(value)) return undefined;
  if (tie === 'blank' && !isStrong(value, isPasswordName(name)) && !isCode(name, value))
    return undefined;
  if (name.kind === 'pass' && tie === ':' && !isStrong(value, /[-_!?]/.test(value)))
    return undefined;
  return accept(text, from, end, name);
}

const BRACED = /\{((?:[^{}\n]|\}\}){1,128})\}(?=[;"'\s]|$)/y;
/** The beginning of a list in brackets, which is judged item by item. */
const FLOW = /^\[(?!REDACTED:)[\s"'\w[]/;
/** Twelve words or more of a wallet. */
const MNEMONIC = /(?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8}\b/y;

/** True for `f(x)`, `new X`, `a[0]`: what stands behind the name decides first, a run of letters costs the pattern dear. */
function isCall(text: string, from: number): boolean {
  if (!isIn(CALL_END, text, runEnd(CALLED, text, from, MAX_CALLED))) return false;
  CODE_CALL.lastIndex = from;
  return CODE_CALL.test(text);
}
const CALL_END = charset('([ \t');
const CALLED = charset('A-Za-z0-9_$.:!?');
/** One more than `CODE_CALL` takes. */
const MAX_CALLED = 66;

/** What wraps a text in printed structures. */
const WRAPPED = /(?:Some|Just|Ok|Right|Secret|SecretString|SecretStr|Password)\((?=["'`])/y;

/** Where a URL stands, its own rules decide. */
const URL_START = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;

/** A value behind `Bearer`, `Digest` and the like: of a list of parameters only the secret ones go. */
function schemed(text: string, from: number, body: number, name: Name): Assigned | undefined {
  const scheme = text.slice(from, body).toLowerCase();
  const end = bareEnd(text, body, MAX_VALUE);
  PARAMETER.lastIndex = body;
  if (PARAMETER.test(text)) return undefined;
  const value = text.slice(body, end);
  if (isPlaceholder(text.slice(body, runEnd(NO_BLANK, text, body, 128)))) return undefined;
  // `Authorization: Bearer tokens are accepted`
  if (isWordy(value) && (text[end] === ' ' || value.length < 8)) return undefined;
  if (scheme.startsWith('key') && !isStrong(value)) return undefined;
  return accept(text, body, end, name);
}
/** `Digest username="x", response="y"`, `AWS4-HMAC-SHA256 Credential=..., Signature=...`: judged name by name. */
const PARAMETER = /[A-Za-z_][\w-]{1,40}=["'A-Za-z0-9/%[]/y;

/** The literal a look-up falls back to: `process.env.X || 'value'`, `os.getenv("X", "value")`, `${X:-value}`. */
function fallbackLiteral(text: string, from: number, name: Name): Assigned | undefined {
  const piece = text.slice(from, from + 160);
  if (!/["'`}]/.test(piece)) return undefined;
  const stop = piece.search(LINE_OR_PAIR);
  const match = FALLBACK.exec(stop < 0 ? piece : piece.slice(0, stop));
  const value = match?.[2] ?? match?.[3];
  if (match === null || value === undefined || !isStrong(value)) return undefined;
  const start =
    from + match.index + match[0].length - value.length - (match[2] === undefined ? 0 : 1);
  return accept(text, start, start + value.length, name);
}
const FALLBACK =
  /(?:(?:\|\||\?\?|\bor|\?:)\s{0,2}|(?:env|environ|getenv|get)\S{0,8}\(\s?["'][\w.]{1,64}["'],\s?)(["'`])([^"'`\s]{6,128})\1|^\$\{\w{1,64}:?-([^}"'\s]{6,128})(?=\})/i;
/** The end of a line, or of what belongs to the name. */
const LINE_OR_PAIR = /\n|[,;]\s{0,4}["']?[A-Za-z_][\w-]{0,40}["']?\s?[:=](?!=)/;

/** A YAML block scalar: all lines that are indented deeper than the name's own line. */
function block(text: string, from: number, name: Name): Assigned | undefined {
  const escaped = text[from - 1] === 'n' && text[from - 2] === '\\';
  const newline = escaped ? '\\n' : '\n';
  const lead = text.slice(Math.max(0, name.start - 256), name.start);
  const own = indentOf(
    lead,
    lead.lastIndexOf(newline) + 1 && lead.lastIndexOf(newline) + newline.length,
  );
  const limit = Math.min(text.length, from + MAX_VALUE);
  let start = -1;
  let end = from;
  for (let at = from; at < limit;) {
    const line = text.slice(at, Math.min(limit, at + 1_024)).indexOf(newline);
    const next = line < 0 ? Math.min(limit, at + 1_024) : at + line;
    const indent = indentOf(text, at);
    if (at + indent < next) {
      if (indent <= own) break;
      if (start < 0) start = at + indent;
      end = next;
      while (end > start && (text[end - 1] === '\r' || text[end - 1] === '"')) end--;
    }
    at = next + newline.length;
  }
  return start < 0 || text.startsWith('-----BEGIN', start)
    ? undefined
    : accept(text, start, end, name);
}

function indentOf(text: string, at: number): number {
  let count = 0;
  while (count < 256 && text[at + count] === ' ') count++;
  return count;
}

function accept(text: string, start: number, end: number, name: Name): Assigned | undefined {
  if (end <= start) return undefined;
  const value = text.slice(start, end);
  if (isPlaceholder(value) || isLabel(value)) return undefined;
  if (name.kind === 'weak' && !isWeakSecret(name.text, value)) return undefined;
  if (isProgramText(text, name.text, name.start, start, end)) return undefined;
  return { start, end };
}

function afterScheme(text: string, from: number): number {
  if (!isIn(SCHEME_START, text, from)) return from;
  SCHEME.lastIndex = from;
  return SCHEME.test(text) ? SCHEME.lastIndex : from;
}

/** True when a bare value is code, the name of a secret kept elsewhere, or prose, rather than a secret. */
function isReference(text: string, value: string, end: number, name: Name, tie: Tie): boolean {
  if (value.length > 128) return false;
  if (value === name.text || (text[end] === ' ' && CMDLET.test(value))) return true;
  if (isCode(name, value)) return false;
  const hasDigit = /\d/.test(value);
  if (
    CODE_REFERENCE.test(value) &&
    !DOTTED_WORDS.test(value) &&
    !MADE.test(value) &&
    // The token of a cluster: `--token abcdef.q1w2e3`.
    !(tie === 'flag' && hasDigit)
  )
    return true;
  if (!hasDigit && /^[A-Za-z]+(?:[-_][A-Za-z]+)+$/.test(value) && classifyKey(value) === 'secret')
    return true;
  if (tie === 'flag') return STOP_WORDS.has(value) || /^[A-Z_]{2,24}$/.test(value);
  const isPointer = value[0] === '*' || value[0] === '&';
  if (isPointer && (/^[*&]+[A-Z][a-z]+$/.test(value) || /^&(?:str|\[u8\]?)$/.test(value)))
    return true;
  if (tie === '=') return false;
  if (
    tie === ':' &&
    TYPE_NAME.test(value) &&
    !NUMBERED.test(value) &&
    (!isAlone(text, name.start) || text[end] === ';' || /^[A-Z][a-z]+(?:[A-Z][a-z]+)+$/.test(value))
  )
    return true;
  // `{token:1,secret:2}`, `string password = 2;`, `Secrets: 103 found`; the code of a card has three digits
  if (hasDigit)
    return (
      value.length < 4 &&
      /^\d{1,3}$/.test(value) &&
      (value.length < 3 || '; '.includes(text[end] ?? '.'))
    );
  if (/^[A-Za-z_$]+$/.test(value) && classifyKey(value) === 'secret' && value.length > 5)
    return true;
  if (/^[a-z]{4,16}$/.test(value) && classifyKey(value) === 'weak') return true;
  // `Token *Token`
  if (isPointer && /^[*&]+[A-Z][A-Za-z]+$/.test(value)) return true;
  if (!isWordy(value)) return false;
  // A word with another word after it, or a name in the middle of a sentence.
  return (
    (text[end] === ' ' &&
      (isIn(IDENTIFIER, text, end + 1) || '{=`'.includes(text[end + 1] ?? ' ')) &&
      text[end + 1] !== '-') ||
    isInSentence(text, name.start)
  );
}

/** `ConvertTo-SecureString 'x'`, `Get-Secret y`. */
const CMDLET = /^(?:Convert(?:To|From)|Get|Read|New|Import|Invoke|Unprotect)-[A-Z][A-Za-z]{2,40}$/;

/** One-time codes are digits alone. */
function isCode(name: Name, value: string): boolean {
  return /cv[vc]2?$/i.test(name.text)
    ? /^\d{3,4}$/.test(value)
    : /code|pin$|otp/i.test(name.text) && /^\d{4,8}$/.test(value);
}

/** Names whose values are made up by people: a word with digits counts. */
function isPasswordName(name: Name): boolean {
  return /pass|kennwort|pwd|^pw$|secret$/i.test(name.text);
}

/** True when the name is the first thing on its line. */
function isAlone(text: string, start: number): boolean {
  let at = start - 1;
  while (at >= 0 && at > start - 32 && (text[at] === ' ' || text[at] === '\t' || text[at] === '-'))
    at--;
  return at < 0 || text[at] === '\n';
}

/** True when a word and a blank stand before the name. */
function isInSentence(text: string, start: number): boolean {
  return signBefore(text, start) === ' ' && /[a-z.,]/i.test(signBefore(text, start - 1) ?? '\n');
}
