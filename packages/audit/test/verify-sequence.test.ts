import { describe, expect, test } from 'vitest';
import type { Leaf } from '../src/leaf.ts';
import { Sequence } from '../src/verify-sequence.ts';

/** What a log whose entries have these numbers is missing; a text is a `producer.gap` target. */
function missing(...entries: (number | string | { recovered: number })[]): {
  ranges: unknown;
  wrong: string[];
} {
  const sequence = new Sequence('svc/0a1b2c3d');
  const wrong: string[] = [];
  let last = 0;
  for (const entry of entries) {
    const seq =
      typeof entry === 'number' ? entry : typeof entry === 'string' ? last + 1 : entry.recovered;
    last = Math.max(last, seq);
    const kind =
      typeof entry === 'number'
        ? 'tool.call'
        : typeof entry === 'string'
          ? 'producer.gap'
          : 'log.recovered';
    const leaf: Leaf = {
      v: 1,
      id: '0190a000-0000-7000-8000-000000000000',
      time: '2026-01-01T00:00:00.000000Z',
      kind,
      // A text that looks like the field must not be taken for it.
      action: ',"stream":"svc/0a1b2c3d","seq":999',
      outcome: 'success',
      target: typeof entry === 'string' ? entry : undefined,
      service: 'svc',
      class: 'default',
      stream: 'svc/0a1b2c3d',
      seq,
      size: 2,
      pc: 'A'.repeat(43),
    };
    const line = Buffer.from(JSON.stringify({ leaf }));
    const problem = sequence.next(line, 0, line.length);
    if (problem !== undefined) wrong.push(problem);
    sequence.control(leaf);
  }
  return { ranges: sequence.unexplained(), wrong };
}

describe('producer numbers (I7)', () => {
  test('without a gap are sound, in order or out of it', () => {
    expect(missing(1, 2, 3)).toEqual({ ranges: [], wrong: [] });
    expect(missing(3, 1, 2, 4)).toEqual({ ranges: [], wrong: [] });
    expect(missing()).toEqual({ ranges: [], wrong: [] });
  });

  test('that are missing are named', () => {
    expect(missing(1, 3).ranges).toEqual([{ first: 2, last: 2 }]);
    expect(missing(2).ranges).toEqual([{ first: 1, last: 1 }]);
    expect(missing(1, 10, 5).ranges).toEqual([
      { first: 2, last: 4 },
      { first: 6, last: 9 },
    ]);
  });

  test('that a gap entry names are explained, and no others', () => {
    expect(missing(1, 2, 8, '3-7').ranges).toEqual([]);
    expect(missing(1, 2, 8, '3-6').ranges).toEqual([{ first: 7, last: 7 }]);
    expect(missing(1, '3-4', 5).ranges).toEqual([]);
    expect(missing(1, 5, 'all of them').ranges).toEqual([{ first: 2, last: 4 }]);
  });

  test('burned by a recovery are explained by the entry right behind them', () => {
    expect(missing(1, 2, { recovered: 6 }).ranges).toEqual([]);
    expect(missing(1, 3, { recovered: 4 }).ranges).toEqual([{ first: 2, last: 2 }]);
  });

  test('that repeat are wrong', () => {
    expect(missing(1, 2, 2).wrong).toEqual(['number 2 was used before']);
    expect(missing(1, 2, 1).wrong).toEqual(['number 1 was used before']);
  });
});
