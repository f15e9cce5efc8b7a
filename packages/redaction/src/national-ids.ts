/**
 * National identity, tax and insurance numbers: found by the name that stands before them, never by shape alone.
 *
 * One line a kind: its names, then what it looks like. A number is so many digits with single separators; what has
 * letters is a pattern. Short names that are also words (`sin`, `pan`) ask for the check digit or for a pattern that
 * nothing else has. Sources: the published formats of the issuing authorities.
 */
import { NOT_ASCII } from './automaton.ts';
import type { Found } from './personal.ts';

interface Kind {
  /** In lower case, ASCII; a `~` before one: may follow a letter (`fødselsnummer`); behind one: letters may follow. */
  readonly names: readonly string[];
  /** Fewest and most digits of a number. */
  readonly digits?: readonly [number, number];
  readonly pattern?: RegExp;
  readonly check?: (digits: string) => boolean;
  /** Default `national-id`. */
  readonly rule?: string;
}

/** A date right behind the name: `DOB: 04/12/1979`, `born on 4 December 1979`. */
const DATE =
  /(?<=^[^A-Za-z\d\n]{0,12}(?:(?:is|was|ist|est|es|on|am|le|el|em|il|den) )?)(?:\d{1,2}([./-])\d{1,2}\1(?:19|20)?\d\d|(?:19|20)\d\d([./-])\d\d\2\d\d|\d{1,2}\.? [A-Z][a-zé]{2,9}\.? (?:19|20)\d\d|[A-Z][a-z]{2,8}\.? \d{1,2},? (?:19|20)\d\d)(?!\d)/;

function digits(names: string, least: number, most: number = least, check?: Kind['check']): Kind {
  return { names: names.split('|'), digits: [least, most], ...(check !== undefined && { check }) };
}

function shape(names: string, pattern: RegExp): Kind {
  return { names: names.split('|'), pattern };
}

/** A sum of digits times weights. */
function weighted(text: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * Number(text[i]), 0);
}

function luhn(text: string): boolean {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = Number(text[text.length - 1 - i]) * (i % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

const nip = (text: string): boolean =>
  weighted(text, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(text[9]);
const nir = (text: string): boolean =>
  text.length === 13 || 97n - (BigInt(text.slice(0, 13)) % 97n) === BigInt(text.slice(13));

const SPANISH = /[XYZ]?\d{7,8}[ -]?[A-Z]\b/i;
const ITALIAN = /[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b/i;
const INDIAN = /[A-Z]{5}\d{4}[A-Z]\b/i;
const SINGAPORE = /[STFGM]\d{7}[A-Z]\b/i;
const BRITISH = /[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/i;
const MEXICAN = /[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d\b/i;

const KINDS: readonly Kind[] = [
  { ...digits('social security|ssn', 9), rule: 'ssn' },
  digits('itin|taxpayer identification|taxpayer id|tin|ein', 9, 12),
  shape('national insurance|nino|ni number|ni no', BRITISH),
  digits('nhs', 10),
  digits('social insurance', 9),
  digits('sin', 9, 9, luhn),
  shape('sin', /\d{3}([ -])\d{3}\1\d{3}\b/),
  digits('tax file number|tfn', 8, 9),
  digits('medicare', 10, 11),
  shape('medicare', /[1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2}\b/i),
  digits(
    'steuer-id|steuerid~|steuerliche identifikation~|steueridentifikation~|steuernummer|idnr|tax id|tax identification|tax number|tax no',
    8,
    14,
  ),
  digits('sociale|insee', 13, 15),
  digits('nir', 13, 15, nir),
  shape('dni|nif|nie|extranjero|documento nacional', SPANISH),
  digits('dni|nif|contribuinte', 8, 9),
  shape('codice fiscale|codicefiscale|cf', ITALIAN),
  digits('cpf', 11),
  digits('cnpj', 14),
  digits('cuit|cuil', 11),
  shape('rut', /\d{1,2}\.?\d{3}\.?\d{3}-[\dK]\b/i),
  digits('bsn|burgerservicenummer|sofinummer', 8, 9),
  digits(
    'rijksregisternummer|national register|registre national|~ro national|nrn|nationalregister~',
    11,
  ),
  digits('ahv|avs|oasi|ahv-nummer', 13),
  digits('pesel', 11),
  digits('nip', 10, 10, nip),
  digits('personnummer|personal number|samordningsnummer', 10, 12),
  digits('~dselsnummer|fodselsnummer|d-nummer', 11),
  digits('cpr|cpr-nummer', 10),
  shape('hetu|henkil~|personal identity code', /\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]\b/i),
  digits('tckn|kimlik|vatandas~', 11),
  shape('curp', MEXICAN),
  shape('rfc', /[A-Z&]{3,4}\d{6}[A-Z\d]{3}\b/i),
  digits('aadhaar|aadhar|uidai', 12),
  shape('permanent account|pan', INDIAN),
  digits('resident registration|rrn', 13),
  digits('my number|individual number', 12),
  shape('nric|fin', SINGAPORE),
  digits('sa id|rsa id|south african id|za id', 13),
  digits(
    'id number|identity number|identification number|national id|citizen id|identity card|id card|resident identity',
    11,
    18,
  ),
  shape(
    'id number|identity number|identification number|national id|identity card|id card|resident identity',
    /\d{17}[\dX]\b/i,
  ),
  digits(
    'svnr|sozialversicherungsnummer|egn|isikukood|asmens kodas|personas kods|oib|amka|snils',
    10,
    11,
  ),
  digits('cnp|jmbg|emso', 13),
  digits('teudat zehut|mispar zehut', 9),
  digits('rodne cislo|birth number', 9, 10),
  shape('pps|ppsn|pps number', /\d{7}[A-W][A-I]?\b/i),
  digits('ktp|nomor induk~', 16),
  digits('mykad', 12),
  digits('cedula', 7, 11),
  digits('mrn|medical record', 7, 10),
  {
    ...shape(
      'dob|né le|née le|nacido|nacida|nato il|nata il|nascido|nascida|date of birth|birth date|birthdate|born|geburtsdatum|geboren|geb|date de naissance|fecha de nacimiento|data di nascita|data de nascimento|geboortedatum',
      DATE,
    ),
    rule: 'birth-date',
  },
  {
    ...shape(
      'iban',
      /[A-Z]{2}\d{2}(?:[A-Z\d]{11,30}|(?: (?:[A-Z\d]{0,3}\d[A-Z\d]{0,3}|[A-Z]{4}(?= \d))){3,8})\b/i,
    ),
    rule: 'iban',
  },
  {
    ...digits('account number|account no|bank account|acct no|kontonummer', 7, 18),
    rule: 'bank-account',
  },
  shape(
    "driver's license|driver's licence|drivers license|driver license|driving licence|driving license|fuhrerschein",
    /(?:[A-Z]{1,5}[ -]?)?\d[\d -]{4,14}[A-Z]{0,2}\d[A-Z]{0,2}\b/i,
  ),
  shape(
    'passport',
    /(?:[A-Z]{0,2}\d{6,9}[A-Z]?|[CFGHJK](?=[A-Z]{0,7}\d)[\dCFGHJKLMNPRTVWXYZ]{8})\b/i,
  ),
];

/** By name, what may follow it. */
const BY_NAME = new Map<string, { readonly kinds: Kind[]; readonly isOpen: boolean }>();
/** Names for the automaton; `edge` false: a letter may stand before. */
export const NATIONAL_NAMES: readonly { readonly text: string; readonly edge: boolean }[] =
  listNames();

function listNames(): { text: string; edge: boolean }[] {
  const names: { text: string; edge: boolean }[] = [];
  for (const kind of KINDS) {
    for (const written of kind.names) {
      const text = written.replaceAll('~', '');
      const known = BY_NAME.get(text);
      if (known === undefined) {
        BY_NAME.set(text, { kinds: [kind], isOpen: written.endsWith('~') });
        // The automaton has one letter for all of other alphabets.
        names.push({
          text: text.replace(/[^\0-\x7f]/g, NOT_ASCII),
          edge: !written.startsWith('~'),
        });
      } else known.kinds.push(kind);
    }
  }
  return names;
}

const LONGEST_GAP = 40;
const LONGEST = 28;
/** Names that are not ASCII, looked for before a number. */
const OTHER_SCRIPTS =
  /身份[证證]|身分證|公民身份|マイナンバー|個人番号|주민(?:등록)?번호|ИНН|СНИЛС|паспорт|תעודת זהות|บัตรประชาชน/;
const NUMBER = /\d(?:[ .\-/]?\d){6,18}/;
const GAP = /^[^\d\n]*$/;

/** The number that the name in `start..end` announces, within 40 characters of the same line. */
export function nationalIdAfter(text: string, start: number, end: number): Found | undefined {
  const entry = BY_NAME.get(text.slice(start, end).toLowerCase());
  if (entry === undefined || (!entry.isOpen && isLetter(text.charCodeAt(end)))) return undefined;
  const window = text.slice(end, end + LONGEST_GAP + LONGEST);
  for (const kind of entry.kinds) {
    const match = (kind.pattern ?? NUMBER).exec(window);
    if (match === null || match.index > LONGEST_GAP) continue;
    const { index } = match;
    if (!GAP.test(window.slice(0, index)) || isLetter(window.charCodeAt(index - 1))) continue;
    if (kind.pattern === undefined && !isNumber(match[0], kind)) continue;
    const { rule = 'national-id' } = kind;
    return { start: end + index, end: end + index + match[0].length, rule };
  }
  return undefined;
}

/** True when a name in another script stands before `start`. */
export function hasForeignName(text: string, start: number): boolean {
  return OTHER_SCRIPTS.test(text.slice(Math.max(0, start - LONGEST_GAP), start));
}

function isNumber(text: string, { digits: range, check }: Kind): boolean {
  const found = text.replace(/\D/g, '');
  if (range === undefined || found.length < range[0] || found.length > range[1]) return false;
  return check === undefined || check(found);
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

const WHOLE = /^(?:[A-Za-z]{0,6}[ -]?\d[\dA-Za-z .\-/]{4,24})$/;

/** True when a value under a name of such a number can be one. */
export function isNationalId(value: string): boolean {
  if (value.length > 24 || !WHOLE.test(value)) return false;
  const count = value.replace(/\D/g, '').length;
  const letters = value.replace(/[^A-Za-z]/g, '').length;
  return letters === 0 ? count >= 7 && count <= 18 : count >= 4 && /^[A-Z\d .\-/]+$/.test(value);
}

const FIRST_OR_LAST = /^(?:no|nr|num|number|numero|nummer|numer|n|id|card|code|clave|kod|kode)$/;
const FULL = new Set(KINDS.flatMap(({ names }) => names).map((name) => name.replace(/[~ -]/g, '')));

/** Names that others begin with. */
const OPEN = KINDS.flatMap(({ names }) => names)
  .filter((name) => name.endsWith('~') && !name.startsWith('~') && name.length > 8)
  .map((name) => name.replace(/[~ -]/g, ''));

function isOpenName(name: string): boolean {
  return name.length > LEAST_OPEN && OPEN.some((known) => name.startsWith(known));
}
const LEAST_OPEN = Math.min(...OPEN.map(({ length }) => length));

/** True for the words of a field name that ends in one of the names, with or without `number` around it. */
export function isNationalName(parts: readonly string[], name: string): boolean {
  let [from, to] = [0, parts.length];
  while (to - from > 1 && FIRST_OR_LAST.test(parts[to - 1] ?? '')) to--;
  while (to - from > 1 && FIRST_OR_LAST.test(parts[from] ?? '')) from++;
  const core = parts.slice(from, to);
  const last = core.at(-1) ?? '';
  return (
    FULL.has(parts.join('')) ||
    FULL.has(parts.slice(-2).join('')) ||
    FULL.has(core.join('')) ||
    FULL.has(core.slice(-2).join('')) ||
    (last.length > 4 && FULL.has(last)) ||
    isOpenName(core.join('')) ||
    OTHER_SCRIPTS.test(name) ||
    /dselsnummer|henkil|curit.? sociale/i.test(name)
  );
}
