/**
 * Check digits of what the generator makes up, tested by validators of our own that first accept a published example
 * and refuse it with one digit changed.
 */
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { corpus } from './corpus.ts';
import { FAMILIES } from './families/index.ts';
import { NATIONAL_IDS } from './national-ids.ts';
import { Random } from './random.ts';

const digits = (text: string): number[] => Array.from(text.replace(/\D/g, ''), Number);
const sum = (text: string, weights: readonly number[]): number =>
  digits(text).reduce((total, digit, i) => total + digit * (weights[i] ?? 0), 0);

function luhn(text: string): boolean {
  const all = digits(text).toReversed();
  const total = all.reduce(
    (a, digit, i) => a + (i % 2 === 0 ? digit : ([0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit] ?? 0)),
    0,
  );
  return total % 10 === 0;
}

/** Verhoeff by the group itself: the dihedral group D5, no tables. */
function verhoeff(text: string): boolean {
  const multiply = (a: number, b: number): number =>
    a < 5
      ? b < 5
        ? (a + b) % 5
        : ((a + b) % 5) + 5
      : b < 5
        ? ((((a - b) % 5) + 5) % 5) + 5
        : (((a - b) % 5) + 5) % 5;
  const step = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const permuted = (digit: number, times: number): number =>
    times === 0 ? digit : permuted(step[digit] ?? 0, times - 1);
  return (
    digits(text)
      .toReversed()
      .reduce((check, digit, i) => multiply(check, permuted(digit, i % 8)), 0) === 0
  );
}

function mod11and10(text: string): boolean {
  const all = digits(text);
  const end = all
    .slice(0, -1)
    .reduce((product, digit) => (((product + digit) % 10 || 10) * 2) % 11, 10);
  return (end + (all.at(-1) ?? 0)) % 10 === 1;
}

function mod97(text: string): boolean {
  const moved = text.replace(/\s/g, '').replace(/^(.{4})(.*)$/, '$2$1');
  const number = Array.from(moved, (c) => parseInt(c, 36)).join('');
  return Array.from(number).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

const DNI = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Validator and a published example of each kind of number with a check digit. */
const VALIDATORS: Readonly<
  Record<string, readonly [example: string, isValid: (text: string) => boolean]>
> = {
  'uk-nhs': ['943 476 5919', (text) => sum(text, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0],
  'ca-sin': ['046 454 286', luhn],
  'au-tfn': ['123 456 782', (text) => sum(text, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0],
  'au-medicare': [
    '2123 45670 1',
    (text) => sum(text, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digits(text)[8],
  ],
  'de-steuer-id': ['86095742719', mod11and10],
  'fr-nir': [
    '2 55 08 14 168 025 38',
    (text) => (BigInt(text.replace(/ /g, '').slice(0, 13)) + BigInt(text.slice(-2))) % 97n === 0n,
  ],
  'es-dni': ['12345678Z', (text) => DNI[Number(text.slice(0, 8)) % 23] === text.at(-1)],
  'es-nie': [
    'X1234567L',
    (text) =>
      DNI[Number(`${'XYZ'.indexOf(text[0] ?? '')}${text.slice(1, 8)}`) % 23] === text.at(-1),
  ],
  'br-cpf': [
    '111.444.777-35',
    (text) =>
      ((sum(text, [10, 9, 8, 7, 6, 5, 4, 3, 2, 0, 0]) * 10) % 11) % 10 === digits(text)[9] &&
      ((sum(text, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0]) * 10) % 11) % 10 === digits(text)[10],
  ],
  'nl-bsn': ['111222333', (text) => sum(text, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0],
  'be-nrn': [
    '85.07.30-033.28',
    (text) => (Number(digits(text).join('').slice(0, 9)) + Number(text.slice(-2))) % 97 === 0,
  ],
  'pl-pesel': ['44051401359', (text) => sum(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0],
  'se-personnummer': ['811218-9876', (text) => luhn(digits(text).slice(-10).join(''))],
  'no-fodselsnummer': [
    '15076500565',
    (text) =>
      sum(text, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
      sum(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
  ],
  'fi-hetu': [
    '131052-308T',
    (text) =>
      '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(text.slice(0, 6) + text.slice(7, 10)) % 31] ===
      text[10],
  ],
  'in-aadhaar': ['2341 2341 2346', verhoeff],
  'cn-ric': [
    '11010519491231002X',
    (text) =>
      (sum(text.slice(0, 17), [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) +
        (text[17] === 'X' ? 10 : Number(text[17]))) %
        11 ===
      1,
  ],
  'jp-my-number': [
    '123456789018',
    (text) => {
      const rest = sum(text, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return digits(text)[11] === (rest <= 1 ? 0 : 11 - rest);
    },
  ],
  'sg-nric': [
    'S1234567D',
    (text) => 'JZIHGFEDCBA'[sum(text.slice(1, 8), [2, 7, 6, 5, 4, 3, 2]) % 11] === text[8],
  ],
  'za-id': ['8001015009087', luhn],
  'tr-tckn': [
    '10000000146',
    (text) =>
      sum(text.slice(0, 10), Array(10).fill(1)) % 10 === digits(text)[10] &&
      sum(text, [7, -1, 7, -1, 7, -1, 7, -1, 7, -1]) % 10 === 0,
  ],
  'ch-ahv': [
    '756.9217.0769.85',
    (text) => sum(text, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
  ],
  'it-codice-fiscale': [
    'RSSMRA85T10A562S',
    (text) => {
      const odd = 'BAFHJNPRTVCESULDGIMOQKWZYX';
      const value = (character: string): number =>
        parseInt(character, 36) - (/\d/.test(character) ? 0 : 10);
      const total = Array.from(text.slice(0, 15)).reduce(
        (a, character, i) =>
          a + (i % 2 === 0 ? odd.charCodeAt(value(character)) - 65 : value(character)),
        0,
      );
      return String.fromCharCode(65 + (total % 26)) === text[15];
    },
  ],
};

test('each validator accepts a published example and refuses it when one digit is changed', () => {
  for (const [id, [example, isValid]] of Object.entries(VALIDATORS)) {
    expect(isValid(example), id).toBe(true);
    const changed = example.replace(/\d(?=\D*\d\D*\w?$)/, (digit) =>
      String((Number(digit) + 1) % 10),
    );
    expect(changed, id).not.toBe(example);
    expect(isValid(changed), `${id} ${changed}`).toBe(false);
  }
});

test('made-up national numbers have valid check digits', () => {
  for (const { id, make } of NATIONAL_IDS) {
    const random = new Random(7, id);
    const isValid = VALIDATORS[id]?.[1];
    if (isValid === undefined) continue;
    for (let i = 0; i < 50; i++) {
      const text = make(random);
      expect(isValid(text), `${id} ${text}`).toBe(true);
    }
  }
});

test('made-up cards pass Luhn, and account numbers ISO 7064', () => {
  expect(luhn('79927398713')).toBe(true);
  expect(mod97('GB82 WEST 1234 5698 7654 32')).toBe(true);
  const of = (kind: string): string[] =>
    corpus(7, ['pii']).flatMap((one) =>
      one.kind.startsWith(kind) ? one.secrets.map(({ text }) => text) : [],
    );
  expect(of('card ').length).toBeGreaterThan(10);
  for (const text of of('card ')) expect(luhn(text), text).toBe(true);
  for (const text of of('IBAN ')) expect(mod97(text), text).toBe(true);
});

test('GitHub and npm tokens end in the CRC32 of their body', () => {
  const family = FAMILIES.find(({ id }) => id === 'github-pat');
  const { text } = family?.make(new Random(7, 'crc')) ?? { text: '' };
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const value = Array.from(text.slice(-6)).reduce(
    (total, c) => total * 62 + alphabet.indexOf(c),
    0,
  );
  expect(value).toBe(crc32(text.slice(4, -6)));
});
