/**
 * Personal data that is recognisable by shape: card numbers (IIN, length, Luhn), IBAN (mod 97), US social security
 * numbers beside their name, phone numbers in unmistakable notation, e-mail addresses.
 *
 * Conservative: ids, timestamps and versions outnumber card numbers in MCP traffic by far.
 */
import { hasForeignName } from './national-ids.ts';
import { isNationalPhone, OTHER_SCRIPTS } from './phones.ts';
import { charset, DIGITS, isIn, runEnd, runStart, WORD } from './charset.ts';

/** A find: half-open range and rule. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  /** A token's own rule that covers the same place knows better. */
  readonly isLoose?: boolean;
}

/** Fewest digits in a text before it is looked at. */
export const MIN_DIGITS = 4;
/** Fewest of a number that is no IBAN. */
const LEAST_OF_NUMBER = 9;
const SHORTEST_IBAN = 15;

/** Fewest digits that are looked at in a text of ASCII. */
export function leastDigits(length: number): number {
  return length < SHORTEST_IBAN ? LEAST_OF_NUMBER : MIN_DIGITS;
}

const LOCAL_PART = charset('A-Za-z0-9._%+-');
const DOMAIN = charset('A-Za-z0-9.-');
const FILE_ENDING = /\.(?:png|jpe?g|gif|svg|webp|ico|css|m?js|ts|json|md|map|local)$/i;
const TOP_LEVEL = /^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}$/;

/** `bücher.example`: letters of alphabets whose words have blanks between them. */
const WIDE_DOMAIN =
  /[a-z\d-]{0,32}[\u00c0-\u024f\u0370-\u052f][\p{L}\d-]{0,32}(?:\.[\p{L}\d-]{1,32}){0,3}\.\p{L}{2,24}/iuy;

/** The e-mail address around the `@` at `at`, or around the `%40` that ends before `after`. */
export function emailAt(text: string, at: number, after: number = at + 1): Found | undefined {
  const start = runStart(LOCAL_PART, text, at, 64);
  if (start === at) return undefined;
  let end = runEnd(DOMAIN, text, after, 253);
  while (end > after && (text[end - 1] === '.' || text[end - 1] === '-')) end--;
  if (text.charCodeAt(end) >= 128) {
    WIDE_DOMAIN.lastIndex = after;
    if (WIDE_DOMAIN.test(text)) return { start, end: WIDE_DOMAIN.lastIndex, rule: 'email' };
  }
  const domain = text.slice(after, end);
  if (!TOP_LEVEL.test(domain) || FILE_ENDING.test(domain)) return undefined;
  // `git@host:path` and the user of a URL name no person.
  const local = text.slice(start, at);
  if (
    local === 'git' ||
    (text[end] === ':' && isIn(WORD, text, end + 1)) ||
    text.startsWith('//', start - 2)
  )
    return undefined;
  return { start, end, rule: 'email' };
}

const IBAN = /[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{1,4}){3,9}\b/y;
/** Lengths of a number with what joins its digits, behind a `+` or `(`. */
const MIN_NUMBER = 9;
const MAX_NUMBER = 42;
/** Fewest digits that are looked at. */
const LEAST_DIGITS = 7;
const CAPITALS = charset('A-Z');
const JOINTS = charset('. ()-');
/** Numbers of 13 digits count bytes and milliseconds; no card has so few today. */
const CARD_GROUPS = /^(?:\d{14,19}|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})$/;
const SSN = /^(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}$/;
/** Brazil's: nothing else is grouped like that. */
const CPF = /^\d{3}\.\d{3}\.\d{3}-\d\d$/;
const SSN_WORD = /ssn|social.?security/i;
const PHONE_PLUS = /^\+[1-9]\d{0,3}[-. ]?(?:\(\d{1,4}\)[-. ]?)?\d{1,4}(?:[-. ]?\d{2,5}){1,4}$/;
const PHONE_US = /^(?:\+?1[-. ]?)?(?:\([2-9]\d\d\) ?[2-9]\d\d-\d{4}|[2-9]\d\d-[2-9]\d\d-\d{4})$/;

/**
 * Cards, IBANs, SSNs and phone numbers in `text`, whose code units are `codes` and whose digits
 * stand at the first `count` of `digitAt`: only they are visited. `isAscii`: no name in another script stands in the text.
 */
export function numbersIn(
  text: string,
  codes: Uint8Array,
  digitAt: Int32Array,
  count: number,
  isAscii: boolean,
): Found[] {
  const found: Found[] = [];
  let ibanDone = 0;
  for (let k = 0; k + 1 < count; k++) {
    const at = digitAt[k] as number; // `count` of them are set
    // Only the first of a group of digits begins anything.
    if (k > 0 && digitAt[k - 1] === at - 1) continue;
    const before = at === 0 ? BLANK : (codes[at - 1] as number); // below the text's length
    if (before < 128 && WORD[before] === 1) {
      if (at - 2 < ibanDone || digitAt[k + 1] !== at + 1 || !isIban(text, at - 2)) continue;
      ibanDone = IBAN.lastIndex;
      const end = ibanLength(text.slice(at - 2, ibanDone));
      if (end > 0) found.push({ start: at - 2, end: at - 2 + end, rule: 'iban' });
      continue;
    }
    const seventh = digitAt[k + LEAST_DIGITS - 1] as number; // judged only where it is set
    if (k + LEAST_DIGITS > count || seventh - at >= MAX_NUMBER) continue;
    let last = k;
    while (
      last + 1 < count &&
      joins(codes, at, digitAt[last] as number, digitAt[last + 1] as number)
    )
      last++;
    const end = (digitAt[last] as number) + 1; // below `count`
    if (end - at < MIN_NUMBER) continue;
    const digits = last - k + 1;
    const start = before === PLUS || before === OPEN ? at - 1 : at;
    k = last;
    if (!isAscii && hasForeignName(text, start)) {
      const check = /[Xx]/.test(text[end] ?? '') && !isIn(WORD, text, end + 1) ? 1 : 0;
      found.push({ start, end: end + check, rule: 'national-id' });
      continue;
    }
    if (
      !isAscii &&
      digits <= 15 &&
      OTHER_SCRIPTS.test(text.slice(Math.max(0, start - 32), start))
    ) {
      found.push({ start, end, rule: 'phone' });
      continue;
    }
    // Part of an identifier, a path, a decimal or a longer number.
    if (digits < LEAST_OF_NUMBER || isIn(PART_BEFORE, text, start - 1)) continue;
    if (isIn(WORD, text, end) || (text[end] === '-' && isIn(WORD, text, end + 1))) continue;
    const rule = ruleOf(text.slice(start, end), text, start);
    if (rule !== undefined) found.push({ start, end, rule });
  }
  return found;
}
const [BLANK, PLUS, OPEN] = [32, 43, 40];

/** True when the digit at `next` belongs to the number that begins at `from` and goes to `last`. */
function joins(codes: Uint8Array, from: number, last: number, next: number): boolean {
  if (next - from >= MAX_NUMBER) return false;
  for (let at = last + 1; at < next; at++) {
    const code = codes[at] as number; // below the text's length
    if (code >= 128 || JOINTS[code] === 0) return false;
  }
  return true;
}

/** True when something like an IBAN stands at `at`; `IBAN.lastIndex` is behind it. */
function isIban(text: string, at: number): boolean {
  if (!isIn(CAPITALS, text, at) || !isIn(CAPITALS, text, at + 1) || isIn(WORD, text, at - 1))
    return false;
  IBAN.lastIndex = at;
  return IBAN.test(text);
}
const PART_BEFORE = charset('A-Za-z0-9_./#&%-');

function ruleOf(piece: string, text: string, start: number): string | undefined {
  if (CARD_GROUPS.test(piece) && isCard(piece.replace(/\D/g, ''))) return 'card-number';
  if (CPF.test(piece)) return 'national-id';
  if (SSN.test(piece)) {
    return SSN_WORD.test(text.slice(Math.max(0, start - 48), start)) ? 'ssn' : undefined;
  }
  // How Go writes what its steady clock says: `EDT m=+24906.653563401`.
  if (text.startsWith('m=+', start - 2)) return undefined;
  const digits = piece.replace(/\D/g, '').length;
  if (digits <= 15 && (PHONE_US.test(piece) || PHONE_PLUS.test(piece))) return 'phone';
  if (digits <= 17 && isNationalPhone(text, start, start + piece.length)) return 'phone';
  return undefined;
}

const IIN =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62(?:\d{14}|\d{17}))$/;

/** True for a payment card number: known issuer, right length, Luhn digit. */
export function isCard(digits: string): boolean {
  return IIN.test(digits) && !/^(\d)\1+$/.test(digits) && passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

/** Length of the IBAN at the start of `text` (15 to 34 characters without blanks), 0 when the check digits are wrong. */
function ibanLength(text: string): number {
  // The pattern may have taken a following word too: try shorter cuts at blanks.
  for (let end = text.length; end > 0; end = text.lastIndexOf(' ', end - 1)) {
    const compact = text.slice(0, end).replaceAll(' ', '');
    if (compact.length < SHORTEST_IBAN) return 0;
    if (compact.length <= 34 && mod97(compact.slice(4) + compact.slice(0, 4)) === 1) return end;
  }
  return 0;
}

function mod97(text: string): number {
  let rest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    rest = isIn(DIGITS, text, i) ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97;
  }
  return rest;
}
