/** Every token family, by its record: three made-up tokens in every place, and what must stay. */
import { describe, expect, test } from 'vitest';
import { buildAutomaton } from '../src/automaton.ts';
import { createRedactor } from '../src/index.ts';
import { TOKEN_RULES } from '../src/rules.ts';
import { vectorsOf } from '../src/rules/vectors.ts';
import { PLACES, survives } from './generate.ts';

const redactor = createRedactor();

test('there are at least 260 families, each with id, literals, lengths and the source of the fact', () => {
  expect(new Set(TOKEN_RULES.map(({ id }) => id)).size).toBeGreaterThanOrEqual(260);
  for (const { id, prefixes, min, source, before } of TOKEN_RULES) {
    expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(prefixes.length, id).toBeGreaterThan(0);
    expect(
      prefixes.every((literal) => literal.length >= (before === undefined ? 2 : 1)),
      id,
    ).toBe(true);
    expect(min + (before?.min ?? 0), id).toBeGreaterThanOrEqual(8);
    expect(source.length, id).toBeGreaterThan(3);
  }
});

test('the generator follows the record: the same seed the same tokens, another seed others', () => {
  for (const rule of TOKEN_RULES) {
    const vectors = vectorsOf(rule, 1);
    expect(vectors).toEqual(vectorsOf(rule, 1));
    expect(vectors).not.toEqual(vectorsOf(rule, 2));
    expect(vectors).toHaveLength(3);
    for (const { text, secret } of vectors) expect(text).toContain(secret);
  }
});

test('the tables of all literals take less than a megabyte', () => {
  const { next, classes } = buildAutomaton(
    TOKEN_RULES.flatMap(({ prefixes }) => prefixes.map((literal) => literal.toLowerCase())),
  );
  expect(next.byteLength + classes.byteLength).toBeLessThan(1_048_576);
});

describe.each(TOKEN_RULES.map((rule) => [`${rule.id}: ${rule.prefixes[0]}`, rule] as const))(
  '%s',
  (_, rule) => {
    // At least one of each literal.
    const vectors = vectorsOf(rule, 7, Math.max(3, rule.prefixes.length));

    test('is found in every place', () => {
      for (const [place, put] of Object.entries(PLACES)) {
        for (const { text, secret } of vectors) {
          const { value } = redactor.redact(put(text), { personal: false });
          expect(survives(secret, JSON.stringify(value)), `${place}: ${text}`).toBe(false);
        }
      }
    });

    test('is found by its own rule, or by the name it begins with', () => {
      const found = vectors.flatMap(({ text }) => [
        ...redactor.redactText(text, { personal: false }).counts.keys(),
      ]);
      expect(
        found.some((id) => id === rule.id || id === 'keyed-secret'),
        found.join(),
      ).toBe(true);
    });

    test('stays when one character too short', () => {
      for (const { text } of vectors) {
        if (rule.min === 0) continue;
        const ends = rule.prefixes
          .filter((prefix) => text.includes(prefix))
          .map((prefix) => text.indexOf(prefix) + prefix.length);
        const end = Math.min(...ends) + rule.min - 1;
        const { counts } = redactor.redactText(text.slice(0, end), { personal: false });
        expect(counts.get(rule.id), text.slice(0, end)).toBeUndefined();
      }
    });
  },
);
