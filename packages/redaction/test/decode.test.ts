/** Runs that stand for readable text: what is decoded, how far, and what is not. */
import { describe, expect, test } from 'vitest';
import { codedRuns, isEncodedSecret } from '../src/decode.ts';
import { cut } from './cut.ts';

const SECRET = 'password=hunter22 of bob';
const hasSecret = (decoded: string): boolean => decoded.includes(SECRET);
const find = (text: string, length = text.length): string => cut(text, encodedRuns(text, length));
/** As the scanner does: the runs first, then what they stand for. */
function encodedRuns(text: string, length: number): { start: number; end: number; rule: string }[] {
  const runs: number[] = [];
  codedRuns(
    Uint8Array.from({ length: text.length }, (_, i) => Math.min(text.charCodeAt(i), 128)),
    0,
    length,
    runs,
  );
  return runs
    .flatMap((start, i) => (i % 2 === 0 ? [{ start, end: runs[i + 1] ?? 0, rule: 'encoded' }] : []))
    .filter(({ start, end }) => isEncodedSecret(text.slice(start, end), hasSecret));
}
const each = (text: string, form: (code: string) => string): string =>
  Array.from(text, (character) => form(character.charCodeAt(0).toString(16))).join('');

const FORMS: Readonly<Record<string, string>> = {
  base64: Buffer.from(SECRET).toString('base64'),
  'base64 without its padding': Buffer.from(`${SECRET}!`).toString('base64').replace(/=+$/, ''),
  base64url: Buffer.from(`${SECRET}~~~???`).toString('base64url'),
  'base64 twice': Buffer.from(Buffer.from(SECRET).toString('base64')).toString('base64'),
  hexadecimal: Buffer.from(SECRET).toString('hex'),
  'hexadecimal in capitals': Buffer.from(SECRET).toString('hex').toUpperCase(),
  'percent signs at every byte': each(SECRET, (code) => `%${code}`),
  'escapes of JSON': each(SECRET, (code) => `\\u00${code}`),
  'escapes of a shell': each(SECRET, (code) => `\\x${code}`),
  'entities by number': Array.from(SECRET, (character) => `&#${character.charCodeAt(0)};`).join(''),
  'entities in hexadecimal': each(SECRET, (code) => `&#x${code};`),
};

describe('a run that holds a secret goes whole', () => {
  test.each(Object.entries(FORMS))('in %s', (_, run) => {
    expect(find(`before (${run}) after`)).toBe('before (<cut>) after');
    expect(find(run)).toBe('<cut>');
  });

  test('each of several', () => {
    expect(find(`${FORMS['base64']} and ${FORMS['hexadecimal']}`)).toBe('<cut> and <cut>');
  });
});

describe('a run stays', () => {
  test.each([
    ['that holds no secret', Buffer.from('a harmless sentence of some length').toString('base64')],
    ['of 23 characters', Buffer.from('password=1234567').toString('base64').slice(0, 23)],
    [
      'of bytes that are no text',
      Buffer.from(Uint8Array.from({ length: 60 }, (_, i) => (i * 37) % 256)).toString('base64'),
    ],
    [
      'that is readable at its beginning only',
      Buffer.from(`${SECRET}\0\x01\xff`).toString('base64'),
    ],
    ['encoded three times', Buffer.from(FORMS['base64 twice'] ?? '').toString('base64')],
    ['beyond the length that is looked at', FORMS['base64'] ?? ''],
  ])('%s', (what, run) => {
    const length = what.startsWith('beyond') ? 10 : run.length;
    expect(find(run, length)).toBe(run);
  });

  test('when 64 others stand before it', () => {
    const harmless = `${Buffer.from('a harmless sentence').toString('base64')}AA `;
    expect(find(harmless.repeat(63) + FORMS['base64'])).toContain('<cut>');
    expect(find(harmless.repeat(64) + FORMS['base64'])).not.toContain('<cut>');
  });
});
