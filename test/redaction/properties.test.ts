/** What holds for every value of the corpus, whatever is found in it (I5, I8). */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '@mcp-logbook/redaction';
import { corpus } from './corpus.ts';

const redactor = createRedactor();
/** Another one in every run; it stands in the title of what fails. */
const seed = randomInt(1e9);
const values = corpus(seed).flatMap((one) =>
  one.steps.map((step, i) => ({ id: `${one.id} step ${i}`, value: step.value })),
);

/** Kinds and sizes of all parts: strings by their kind alone, names of object members left out. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (value === null || typeof value === 'boolean') return value;
  // A secret number becomes a text.
  if (typeof value !== 'object') return 'leaf';
  return { members: Object.values(value).map(shape) };
}

describe(`of every value of the corpus of seed ${seed}`, () => {
  test('the input is not touched', () => {
    const touched = values.filter(({ value }) => {
      const before = JSON.stringify(value);
      redactor.redact(value);
      return JSON.stringify(value) !== before;
    });
    expect(touched.map(({ id }) => id)).toEqual([]);
  });

  test('the output has the shape of the input: lists as long, objects as large, true, false and null as they were', () => {
    const bent = values.filter(
      ({ value }) =>
        JSON.stringify(shape(redactor.redact(value).value)) !== JSON.stringify(shape(value)),
    );
    expect(bent.map(({ id }) => id)).toEqual([]);
  });

  test('the output is redacted to itself', () => {
    const changed = values.filter(({ value }) => {
      const once = redactor.redact(value).value;
      return JSON.stringify(redactor.redact(once).value) !== JSON.stringify(once);
    });
    expect(changed.map(({ id }) => id)).toEqual([]);
  });

  test('a JSON text stays a JSON text', () => {
    const isJson = (text: unknown): boolean => {
      if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return false;
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const texts = values.filter(({ value }) => isJson(value));
    expect(texts.length).toBeGreaterThan(100);
    expect(
      texts.filter(({ value }) => !isJson(redactor.redact(value).value)).map(({ id }) => id),
    ).toEqual([]);
  });
});
