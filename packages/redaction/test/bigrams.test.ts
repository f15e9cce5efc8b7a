/** What the table of neighbouring characters tells apart, and that it is what its script makes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trainedTable } from '../../../scripts/train-bigrams.ts';
import { randomness, TABLE } from '../src/bigrams.ts';

/** What the engine takes for random (charset.ts, context.ts). */
const LEAST = 5.7;
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');

test('the table is what scripts/train-bigrams.ts makes of the installed sources', () => {
  // Another version of a source: run the script, then npm run score:redaction.
  expect(TABLE === trainedTable()).toBe(true);
});

test('every row is a distribution: its chances sum to 1', () => {
  expect(TABLE).toHaveLength(37 * 37);
  for (let row = 0; row < 37; row++) {
    const chances = Array.from(
      TABLE.slice(row * 37, row * 37 + 37),
      (character) => 2 ** (-(character.charCodeAt(0) - 35) / 5),
    );
    const sum = chances.reduce((all, chance) => all + chance, 0);
    expect(sum).toBeGreaterThan(0.9);
    expect(sum).toBeLessThan(1.1);
  }
});

describe('random', () => {
  test('are generated letters and digits, nearly always', () => {
    const token = fc
      .array(fc.constantFrom(...LETTERS), { minLength: 20, maxLength: 40 })
      .map((all) => all.join(''));
    const tokens = fc.sample(token, 2_000);
    expect(tokens.filter((one) => randomness(one) < LEAST).length).toBeLessThan(20);
  });

  test.each(['q7Zk2Xw9LmTpR4sDbV', '9f86d081884c7d659a2feaa0c55ad015', 'xkqjzvwpqxbz'])(
    'is %s',
    (text) => {
      expect(randomness(text)).toBeGreaterThan(LEAST);
    },
  );
});

describe('not random', () => {
  test.each([
    'internationalization',
    'getOwnPropertyDescriptors',
    'MAX_CONCURRENT_REQUESTS',
    'my-service-account-name',
    'application_default_credentials',
    'the quick brown fox jumps over',
    'AbstractSingletonProxyFactoryBean',
    '2026-11-26T10:00:00',
  ])('is %s', (text) => {
    expect(randomness(text)).toBeLessThan(LEAST);
  });
});

test('case and what stands behind 64 characters say nothing', () => {
  expect(randomness('q7zk2xw9lmtpr4sdbv')).toBe(randomness('Q7ZK2XW9LMTPR4SDBV'));
  const words = 'some words of text '.repeat(4).slice(0, 64);
  expect(randomness(`${words}q7Zk2Xw9LmTpR4sDbV`)).toBe(randomness(words));
  expect(randomness(`${words.slice(1)}q7Zk2Xw9`)).not.toBe(randomness(words.slice(1)));
});

test('one character and none have no neighbour', () => {
  expect([randomness(''), randomness('x')]).toEqual([0, 0]);
  expect(randomness('th')).toBeLessThan(randomness('hx'));
  expect(randomness('\u00e4\u00f6'), 'other scripts are one class').toBe(randomness('::'));
});
