import { describe, expect, test } from 'vitest';
import { isOpaque, isStrong, isWordy } from '../src/wordy.ts';

describe('words are', () => {
  test.each([
    'required',
    'Required',
    'REQUIRED',
    'SeeBelow',
    'IDs',
    'your-company',
    'read_write',
    'user/name',
    'example.com',
    'don’t',
    'field(s)',
    'expired.',
    'missing?!',
    'word)]',
    `${'a'.repeat(31)}-${'b'.repeat(32)}`,
  ])('%s', (value) => {
    expect(isWordy(value)).toBe(true);
    expect(isStrong(value)).toBe(false);
    expect(isStrong(value, true)).toBe(false);
  });
});

describe('words are not', () => {
  test.each([
    'hunter22',
    'sECret',
    'p@ssword',
    'two words',
    '',
    '-',
    `${'a'.repeat(32)}-${'b'.repeat(32)}`,
  ])('%s', (value) => {
    expect(isWordy(value)).toBe(false);
  });
});

describe('strong are', () => {
  test.each([
    ['letters and digits in any order', 'x1y2z3'],
    ['more than eleven digits and signs', '123456+789012'],
    ['capitals where no word has them', 'qWeRtYuIoP'],
    ['a word with a sign in it', 'pass!word'],
    ['4,096 characters', `a1${'x'.repeat(4_094)}`],
    ['a name of a thing longer than names are', `${'ab1-'.repeat(16)}c`],
  ])('%s', (_, value) => {
    expect(isStrong(value)).toBe(true);
  });
});

describe('strong are not', () => {
  test.each([
    ['5 characters', 'x1y2z'],
    ['4,097 characters', `a1${'x'.repeat(4_095)}`],
    ['versions, times, ports, amounts', 'v1.2.3'],
    ['times', '10:00:00'],
    ['amounts', '1,000,000%'],
    ['names of things', 'shop-db-2'],
    ['long names of things', 'ab1-'.repeat(16)],
    ['things in capitals', 'SHOP_DB_2'],
    ['eleven digits and signs', '123=456+789'],
    ['sentences', 'Please log in  first.'],
  ])('%s', (_, value) => {
    expect(isStrong(value)).toBe(false);
  });
});

describe('a word with digits behind it counts only where people make values up', () => {
  test.each(['hunter22', 'Summer202', 'abc123'])('%s', (value) => {
    expect(isStrong(value)).toBe(false);
    expect(isStrong(value, true)).toBe(true);
  });

  test.each(['sha256', 'base64', 'oauth2', 'utf-16', 'abcdef1'])('%s never', (value) => {
    expect(isStrong(value, true)).toBe(false);
  });
});

describe('one word of no language is', () => {
  test.each(['x1y2z3', `a1${'x'.repeat(510)}`])('%s', (text) => {
    expect(isOpaque(text)).toBe(true);
  });

  test.each([5, undefined, 'x1 y2z3w4', 'required', `a1${'x'.repeat(511)}`])('not %s', (item) => {
    expect(isOpaque(item)).toBe(false);
  });
});
