import { describe, expect, test } from 'vitest';
import { type Case, judge } from './cases.ts';
import { corpus } from './corpus.ts';
import { FAMILIES } from './families/index.ts';
import { Random } from './random.ts';

const SEED = 20_261_126;
const cases = corpus(SEED);
const positive = cases.filter(({ group }) => group !== 'clean');
const clean = cases.filter(({ group }) => group === 'clean');
const inputs = (one: Case): unknown[] => one.steps.map(({ value }) => value);

/** A redactor that leaves nothing. */
function blank(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blank);
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? '' : 0;
  return Object.values(value).map(blank);
}

describe('the corpus', () => {
  test('is large enough, and every id is there once', () => {
    expect(positive.length).toBeGreaterThanOrEqual(1_500);
    expect(clean.length).toBeGreaterThanOrEqual(500);
    expect(new Set(FAMILIES.map(({ id }) => id)).size).toBe(FAMILIES.length);
    expect(FAMILIES.length).toBeGreaterThanOrEqual(260);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  test('is the same for the same seed, and shares no secret with another seed', () => {
    expect(JSON.stringify(corpus(SEED))).toBe(JSON.stringify(cases));
    // Six digits or a date of birth may well come twice.
    const secrets = (all: readonly Case[]): Set<string> =>
      new Set(
        all
          .flatMap((one) => one.secrets.map(({ text }) => text))
          .filter((text) => text.length >= 16),
      );
    const other = secrets(corpus(SEED + 1));
    const shared = [...secrets(positive)].filter((text) => other.has(text));
    expect(shared).toEqual([]);
  });

  test('holds in every positive case a secret that a redactor that does nothing leaks', () => {
    const wrong = positive.filter(
      (one) => one.secrets.length === 0 || judge(one, inputs(one)).passed,
    );
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  test('holds every harmless piece in the input, outside the secrets, and a blank output loses it', () => {
    const wrong = positive.filter((one) => {
      const withoutSecrets: Case = { ...one, secrets: [] };
      if (judge(withoutSecrets, inputs(one)).overRedacted) return true;
      return one.keep.length > 0 && !judge(one, inputs(one).map(blank)).overRedacted;
    });
    expect(wrong.map(({ id, keep }) => [id, keep])).toEqual([]);
    // A word of three letters is in some random text by chance.
    const hidden = positive.filter((one) =>
      one.keep.some(
        (keep) =>
          keep.length >= 6 &&
          one.secrets.some(({ text }) => text.includes(keep) || keep.includes(text)),
      ),
    );
    expect(hidden.map(({ id, keep }) => [id, keep])).toEqual([]);
  });

  test('has clean cases that pass untouched and fail when anything changes', () => {
    expect(clean.filter((one) => !judge(one, inputs(one)).passed)).toEqual([]);
    const blind = clean.filter((one) => judge(one, inputs(one).map(blank)).passed);
    expect(blind.map(({ id }) => id)).toEqual([]);
  });
});

describe('the judge', () => {
  const secret = new Random(1, 'judge').fill('abc_{m30}');
  const one: Case = {
    id: 'x',
    group: 'known',
    kind: 'x',
    steps: [],
    secrets: [{ text: secret, publicLength: 4 }],
    keep: ['host "a"'],
  };
  const passes = (output: unknown): boolean => judge(one, [output]).passed;

  test('sees a secret whole, in pieces of 14, as a key, in quoted JSON and percent-encoded', () => {
    expect(passes({ a: [secret] })).toBe(false);
    expect(passes({ [secret]: 1 })).toBe(false);
    expect(passes(`x${secret.slice(8, 22)}y`)).toBe(false);
    expect(passes(JSON.stringify({ a: JSON.stringify({ b: secret }) }))).toBe(false);
    const signs: Case = { ...one, secrets: [{ text: 'p@ss"w/rd', publicLength: 0 }] };
    expect(judge(signs, [encodeURIComponent('p@ss"w/rd')]).passed).toBe(false);
    expect(judge(signs, [JSON.stringify('p@ss"w/rd')]).passed).toBe(false);
  });

  test('lets the public prefix and 13 characters stay', () => {
    expect(passes(`host "a" abc_[REDACTED] ${secret.slice(8, 21)}`)).toBe(true);
  });

  test('calls it over-redacted when harmless text is gone, quoted or not', () => {
    expect(judge(one, ['host "a"']).overRedacted).toBe(false);
    expect(judge(one, [JSON.stringify({ text: 'host "a"' })]).overRedacted).toBe(false);
    expect(judge(one, ['host']).overRedacted).toBe(true);
  });
});
