/** National numbers: found after their name, left alone without it. Numbers are public examples or have no owner. */
import { expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';
import { isNationalId, nationalIdAfter, NATIONAL_NAMES } from '../src/national-ids.ts';

const redactor = createRedactor();
const text = (value: string): string => redactor.redactText(value).value;

test.each([
  ['CPF: 111.444.777-35, ok', 'CPF: [REDACTED:national-id], ok'],
  ['the AHV-Nummer is 756.9217.0769.85.', 'the AHV-Nummer is [REDACTED:national-id].'],
  ['NINO QQ 12 34 56 C follows', 'NINO [REDACTED:national-id] follows'],
  ['| BSN | 111222333 |', '| BSN | [REDACTED:national-id] |'],
  ['codice fiscale RSSMRA85T10A562S', 'codice fiscale [REDACTED:national-id]'],
  ['henkilötunnus 131052-308T', 'henkilötunnus [REDACTED:national-id]'],
  ['身份证号 11010519491231002X。', '身份证号 [REDACTED:national-id]。'],
  ['n° de sécurité sociale 2 55 08 14 168 025 38', 'n° de sécurité sociale [REDACTED:national-id]'],
])('%s', (input, expected) => {
  expect(text(input)).toBe(expected);
  expect(text(expected)).toBe(expected);
});

test.each([
  'order 111444777 of 2026',
  'pan 123456789 across the image',
  'sin 123456789 is no Luhn number',
  'find 123456789012 in cf 20260101',
  'RFC 6962 and RFC 9180',
  'fin: 2026-11-26 12:00',
  'national id\n111222333444',
])('%s stays', (input) => {
  expect(text(input)).toBe(input);
});

test('under a name of such a number, with or without "number", what can be one goes', () => {
  for (const key of ['cpf', 'CPF nº', 'numer PESEL', 'NHS no', 'clave CURP', 'マイナンバー'])
    expect(redactor.redact({ [key]: '12345678901' }).value, key).toEqual({
      [key]: expect.stringMatching(/^\[REDACTED:keyed-n/) as unknown,
    });
  expect(redactor.redact({ cpf: 'unknown', pan: 'left' }).value).toEqual({
    cpf: 'unknown',
    pan: 'left',
  });
});

test('the gap between name and number is bounded', () => {
  const at = (gap: number): unknown =>
    nationalIdAfter(`cpf${' '.repeat(gap)}11144477735`, 0, 'cpf'.length);
  expect(at(39)).toBeDefined();
  expect(at(40)).toBeDefined();
  expect(at(41)).toBeUndefined();
});

test('names are ASCII in lower case, as the automaton wants them, and none comes twice', () => {
  const names = NATIONAL_NAMES.map((name) => name.text);
  // Of other alphabets it has one letter.
  for (const name of names) expect(name).toMatch(/^[a-z '\u0080-]+$/);
  expect(new Set(names).size).toBe(names.length);
});

test('6 digits are no national number, 7 and 18 are, 19 are not', () => {
  expect([6, 7, 18, 19].map((n) => isNationalId('1'.repeat(n)))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
