/**
 * Phone numbers in national notation: beside a word that says what they are, or in groups that nothing else has.
 *
 * `+1 415 ...` needs neither (`personal.ts`). Written by hand from the numbering plans' own examples; seven to fifteen
 * digits (ITU-T E.164). Each look is one bounded, anchored pattern.
 */
import { isIn, WORD } from './charset.ts';
import { cellsUnder } from './personal-text.ts';
import type { Found } from './personal.ts';

/** Words that announce a number. */
const SURE =
  'phone telephone tel mobile cellphone fax whatsapp hotline helpline telefon telefonnummer telefono telefone telefoon ' +
  'telefoonnummer telefonu rufnummer mobilnummer handynummer mobiltelefon mobiel fono movil celular telemovel cellulare gsm tlf puhelin puhelinnumero';
/** Words that have other meanings: the number must look like one. */
const OTHER =
  'call dial cell reach handy portable mobil ring sms joindre appeler contact llamar ligue';
/** In lower case, ASCII: what stands before the accent of another word is no letter to the automaton (`téléphone`). */
export const PHONE_WORDS: readonly string[] = `${SURE} ${OTHER}`.split(' ');
const IS_OTHER = new Set(OTHER.split(' '));

/** The same in other scripts, looked for before a number. */
export const OTHER_SCRIPTS: RegExp =
  /(?:電話|电话|手机|手機|携帯|전화|휴대폰|телефон|тел\.|моб\.|мобильн|هاتف|جوال|טלפון|נייד|โทร|τηλ|फ़ोन|फोन)[^\d\n]{0,16}$/iu;

const LONGEST_GAP = 40;
const MIN_DIGITS = 7;
const MAX_DIGITS = 15;
const GAP =
  /^(?:s|\.)?(?:[ _-]?(?:no|nr|num|numbers?|nummer|numero|número|numéro|n°|№|#)\.?)?(?:\\?["'`*_:=|>#,<]|\s|\\[nt]|[–—-]|\([^()\d\n]{1,16}\)|<\/?[a-z]{1,8}[^<>\d]{0,40}>|(?<![A-Za-z])(?:is|are|was|at|on|under|via|me|us|him|her|them|back|now|line|home|work|office|private|direct|business|mobile|cell|phone|or|to|the|my|our|his|your|for|please|value|text|no|number|ist|lautet|unter|auf|mich|uns|est|au|le|es|al|el|é|è|il|op|para)(?![A-Za-z])){0,16}$/i;
const NUMBER = /(?:\+ ?|\()?\d(?:[ .\-/()\u00a0\u2010-\u2013]{0,3}\d){6,16}/y;
/** Dates, addresses of the internet, decimals, moments in seconds and milliseconds. */
const NO_PHONE =
  /^(?:\d{4}([-./ ])\d{1,2}\1\d{1,2}(?!\d).*|\d{1,2}([-./])\d{1,2}\2\d{4}(?!\d).*|\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d+|1[67]\d{8}|1[67]\d{11}|(\d)\3+)$/;
/** What hand-written numbers have: a country, an area in brackets, a zero in front, or groups. */
const WRITTEN = /^(?:\+|\(|0)|^\d+[-. \u00a0]\d+[-. \u00a0]\d+/;

/** True where a digit follows on the same line within the gap, and no other word goes on: spares most looks. */
export function mayAnnounce(codes: Uint8Array, end: number, length: number): boolean {
  const last = Math.min(length, end + LONGEST_GAP);
  if (end === last) return false;
  const next = (codes[end] as number) | CASE; // below the text's length
  // `phones`, `phoneNumber`
  if (next >= LETTER_A && next <= LETTER_Z && next !== LETTER_S && next !== LETTER_N) return false;
  let sign = 0;
  for (let at = end; at < last; at++) {
    const code = codes[at] as number; // below the text's length
    if (code >= 48 && code <= 57) return true;
    // The head of a column: `name,phone,plan`.
    if (sign === 0 && code !== BLANK && code !== QUOTE) sign = code;
    if (code === NEW_LINE) break;
  }
  return HEAD_SIGNS.includes(sign);
}
const [BLANK, QUOTE] = [32, 34];
/** Tab, line end, comma, semicolon, bar. */
const HEAD_SIGNS: readonly number[] = [9, 10, 44, 59, 124];
const [NEW_LINE, CASE, LETTER_A, LETTER_N, LETTER_S, LETTER_Z] = [10, 32, 97, 110, 115, 122];

/** The number that the word in `start..end` announces, within 40 characters of the same line. */
export function phoneAfter(text: string, start: number, end: number): Found | Found[] | undefined {
  return announced(text, start, end) ?? cellsUnder(text, start, end);
}

function announced(text: string, start: number, end: number): Found | undefined {
  let at = end;
  const limit = Math.min(text.length, end + LONGEST_GAP);
  while (at < limit && !isDigit(text.charCodeAt(at))) at++;
  if (at === limit) return undefined;
  // `+49`, `(415)`
  const from = text[at - 1] === '+' || text[at - 1] === '(' ? at - 1 : at;
  if (!GAP.test(text.slice(end, from))) return undefined;
  const isOther = IS_OTHER.has(text.slice(start, end).toLowerCase());
  return numberAt(text, from, isOther);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The phone number that begins at `from`, where a word has announced one. */
export function numberAt(text: string, from: number, mustBeWritten: boolean): Found | undefined {
  NUMBER.lastIndex = from;
  if (!NUMBER.test(text)) return undefined;
  const end = NUMBER.lastIndex;
  if (isIn(WORD, text, end)) return undefined;
  const piece = text.slice(from, end);
  const digits = piece.replace(/\D/g, '').length;
  if (digits < MIN_DIGITS || digits > MAX_DIGITS || NO_PHONE.test(piece)) return undefined;
  if (mustBeWritten && (digits < 9 || !WRITTEN.test(piece))) return undefined;
  return { start: from, end, rule: 'phone' };
}

/** Groups that only phone numbers have, by country: no word is needed. */
const NATIONAL = new RegExp(
  '^(?:' +
    [
      '00[1-9]\\d{0,2}[- ](?:\\(0\\)[- ]?)?[1-9]\\d{0,3}(?:[-. ]?\\d{2,5}){1,4}',
      // North America; Brazil
      '(?:1[-. ])?(?:\\([2-9]\\d\\d\\)[-. ]?|[2-9]\\d\\d\\.)[2-9]\\d\\d[-. ]\\d{4}',
      '\\([1-9]\\d\\) ?9?\\d{4}[- ]\\d{4}',
      // United Kingdom
      '07\\d{3} \\d{3} ?\\d{3}|020 [378]\\d{3} \\d{4}|01\\d{3} \\d{6}|0[18]\\d\\d \\d{3} \\d{4}|\\(0\\d{2,4}\\) \\d{3,4} ?\\d{3,4}',
      // Germany, Switzerland, the Netherlands, Sweden
      '01[567]\\d{1,2}[ -]\\d{6,8}|0[2-9]\\d \\d{3} \\d\\d \\d\\d|06[- ]\\d{8}|07\\d-\\d{3} \\d\\d \\d\\d',
      // Japan, Korea
      '0[5789]0-\\d{4}-\\d{4}|0\\d-\\d{4}-\\d{4}|0\\d\\d-\\d{3}-\\d{4}|01\\d-\\d{4}-\\d{4}',
      // Australia, Ireland, South Africa
      '04\\d\\d \\d{3} \\d{3}|\\(0[2-9]\\) \\d{4} \\d{4}|0[678]\\d \\d{3} \\d{4}',
      // Russia
      '8 ?\\([3-9]\\d\\d\\) ?\\d{3}[- ]\\d\\d[- ]\\d\\d',
    ].join('|') +
    ')$',
);
/** France: five pairs. More pairs around them are bytes or other numbers. */
const PAIRS = /^0[1-9](?:([ .])\d\d)(?:\1\d\d){3}$/;
const PAIR_BEFORE = /(?:^|[^\dA-Fa-f])[\dA-Fa-f]{2}[ .]$/;
const PAIR_BEHIND = /^[ .][\dA-Fa-f]{2}(?![\w])/;

/** True for a number of `text` at `start..end` that is a phone number by its groups alone. */
export function isNationalPhone(text: string, start: number, end: number): boolean {
  const piece = text.slice(start, end);
  if (NATIONAL.test(piece)) return true;
  return (
    PAIRS.test(piece) &&
    !isDraw(piece) &&
    !PAIR_BEFORE.test(text.slice(Math.max(0, start - 4), start)) &&
    !PAIR_BEHIND.test(text.slice(end, end + 4))
  );
}

/** True for the numbers of a lottery: they rise. */
function isDraw(piece: string): boolean {
  const pairs = piece.split(/[ .]/).map(Number);
  return pairs.every((pair, i) => pair < 60 && pair > (pairs[i - 1] ?? 0));
}
