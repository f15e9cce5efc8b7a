/**
 * Tokens of known families in pieces: over lines, as strings that code joins, with invisible characters or colours of a
 * terminal between, in the events of a stream.
 *
 * The pieces together must have the length of the family and read as generated. Eight pieces at most, each joint one sticky,
 * bounded pattern (I5).
 */
import { randomness } from './bigrams.ts';
import { charset, isIn, isMixed, runEnd, UUID } from './charset.ts';
import type { Found } from './personal.ts';
import type { TokenCheck } from './token.ts';

const MAX_PIECES = 8;
/** Shorter pieces are words, unless nobody sees that they are pieces. */
const MIN_PIECE = 4;
/** What follows a whole token must be a good part of one. */
const MIN_REST = 8;
const LEAST_BITS = 5;
/** Of what follows a whole token. */
const LEAST_REST_BITS = 5.6;
/** Literals shorter than this say too little. */
const MIN_LITERAL = 4;

const UNSEEN =
  '[\\u200b-\\u200d\\u2060\\ufeff\\u00ad]|(?:\\x1b\\[[\\d;]{0,12}m){1,3}|<wbr ?\\/?>|&(?:shy|ZeroWidthSpace|#8203|#173);';
const JOINED =
  '["\'`]\\s{0,2}(?:[+.&]|\\|\\||\\.\\.|<>|\\\\)\\s{0,40}["\'`]|["\'`]\\s{0,2}\\\\?\\r?\\n\\s{0,40}(?:[+.&]\\s?)?["\'`]|\\\\?\\r?\\n[ \\t]{0,24}|=\\r?\\n|\\\\n[ \\t]{0,24}' +
  '|(?:<\\/?(?:span|b|i|em|strong|mark|font|code)\\b[^<>]{0,80}>){1,2}' +
  '|"[}\\]]{1,4}\\s{1,4}(?:data: ?)?\\{[^\\n]{0,96}":\\s?"';
const GLUE = new RegExp(`(${UNSEEN})|${JOINED}`, 'y');
/** Two strings beside each other, which are one in C and Python, two arguments in a shell, or the items of a list. */
const NEIGHBOURS = /["'`](?: {1,2}|\s{0,2},\s{0,24})["'`]/y;

/** What a piece may end at: a quote, the end of a line, a backslash, an escape, what is not ASCII, `=`, `<`, `&`. */
const ENDS = new Uint8Array(129);
for (const code of [10, 13, 27, 34, 38, 39, 60, 61, 92, 96, 128]) ENDS[code] = 1;

/** True where what must follow a literal that ends at `end` breaks off as pieces do. Needs no text. */
export function mayBreak(
  { set, min, before, fixed, needs, keep }: TokenCheck,
  literal: string,
  codes: Uint8Array,
  end: number,
  length: number,
): boolean {
  if (literal.length < MIN_LITERAL || before !== undefined) return false;
  if (fixed !== undefined || needs !== undefined || keep) return false;
  const last = Math.min(length, end + min);
  let at = end;
  while (at < last && set[codes[at] as number] === 1) at++; // below the text's length
  return at < last && ENDS[codes[at] as number] === 1 && mayJoin(codes, at, length);
}

/** True where what stands behind the end of a piece may join it to another. */
function mayJoin(codes: Uint8Array, at: number, length: number): boolean {
  if (at + 1 >= length) return false;
  const next = codes[at + 1] as number; // below the text's length
  switch (codes[at]) {
    case 34:
    case 39:
    case 96:
      return BEHIND_QUOTE[next] === 1;
    case 61:
      return next === 10 || next === 13;
    case 92:
      return next === 10 || next === 13 || next === 110;
    default:
      return true;
  }
}
/** A blank, what joins strings, a bracket that closes an event. */
const BEHIND_QUOTE = new Uint8Array(129);
for (let code = 0; code <= 128; code++)
  if (code <= 32 || code === 128 || '+.&|<\\,}]'.includes(String.fromCharCode(code)))
    BEHIND_QUOTE[code] = 1;

/** The pieces of a token whose `literal` stands at `start`. */
export function brokenToken(
  text: string,
  start: number,
  literal: string,
  rule: TokenCheck,
): Found[] | undefined {
  if (!text.startsWith(literal, start)) return undefined;
  const body = start + literal.length;
  const first = runEnd(rule.set, text, body, rule.min);
  const pieces: Found[] = [{ start, end: first, rule: rule.id }];
  const whole = collect(text, pieces, text.slice(body, first), rule, true);
  if (pieces.length < 2 || whole.length < rule.min) return undefined;
  return isGenerated(whole, LEAST_BITS) ? pieces : undefined;
}

/** A token, and the pieces that follow it. */
export function continued(
  text: string,
  codes: Uint8Array,
  token: Found,
  rule: TokenCheck,
): Found | Found[] {
  const { end } = token;
  if (rule.keep || end >= text.length || ENDS[codes[end] as number] !== 1) return token;
  if (!mayJoin(codes, end, text.length)) return token;
  GLUE.lastIndex = end;
  if (!GLUE.test(text) || runEnd(rule.set, text, GLUE.lastIndex, 1) === GLUE.lastIndex)
    return token;
  const pieces: Found[] = [token];
  const rest = collect(text, pieces, '', rule, false);
  if (pieces.length < 2 || rest.length < MIN_REST || !isMixed(rest)) return token;
  return isGenerated(rest, LEAST_REST_BITS) ? pieces : token;
}

/** Adds the pieces behind the last one. @returns `body` with them */
function collect(
  text: string,
  pieces: Found[],
  body: string,
  { set, id }: TokenCheck,
  isBroken: boolean,
): string {
  let whole = body;
  let at = pieces[0]?.end ?? text.length;
  while (pieces.length < MAX_PIECES) {
    GLUE.lastIndex = at;
    const glue = GLUE.exec(text);
    let from = GLUE.lastIndex;
    if (glue === null) {
      NEIGHBOURS.lastIndex = at;
      if (!isBroken || !NEIGHBOURS.test(text)) break;
      from = NEIGHBOURS.lastIndex;
    }
    const end = runEnd(set, text, from, 4_096);
    const piece = text.slice(from, end);
    const isUnseen = glue?.[1] !== undefined;
    if (end === from || (!isUnseen && (piece.length < MIN_PIECE || isOther(text, piece, end))))
      break;
    pieces.push({ start: from, end, rule: id });
    whole += piece;
    at = end;
  }
  return whole;
}

/** True for what stands behind a joint by itself: a word, a name that something is assigned to, a UUID, a hash. */
function isOther(text: string, piece: string, end: number): boolean {
  if (!/\d/.test(piece) && !/[a-z][A-Z]|[A-Z]{2}[a-z]/.test(piece)) return true;
  // Another token, of which this family's characters are only the beginning.
  if (isIn(GOES_ON, text, end) && !isIn(BLANK, text, end + 1) && end + 1 < text.length) return true;
  const next = text[end];
  if (next === ':' || (next === '=' && text[end + 1] !== '\r' && text[end + 1] !== '\n'))
    return true;
  return UUID.test(piece) || /^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(piece);
}

/** What no piece ends before, but at the end of a sentence. */
const GOES_ON = charset('A-Za-z0-9._/+:~@%$!#*|^?-');
const BLANK = charset(' \t\r\n');

function isGenerated(body: string, bits: number): boolean {
  return /\d/.test(body) && /[A-Za-z]/.test(body) && randomness(body) >= bits;
}
