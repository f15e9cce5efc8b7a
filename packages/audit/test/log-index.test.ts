import { describe, expect, test } from 'vitest';
import { encodeLeaf, type LeafHead, parseTime } from '../src/leaf.ts';
import { indexEntry, readLeaf } from '../src/log-index.ts';

const PLACE = { segment: '', offset: 0, line: 1, index: 0, leafBytes: 1, sealBytes: 1 };
const NO_KEYS = { keyring: undefined, terms: undefined };
const PC = 'A'.repeat(43);

const LEAST: LeafHead = {
  v: 1,
  id: '0190b76d-b6b5-7adf-a182-960c46bcf884',
  time: '2026-01-01T00:00:50.000001Z',
  kind: 'tool.call',
  action: 'read',
  outcome: 'success',
  service: 'test',
  class: 'default',
  stream: 'test/0a1b2c3d',
  seq: 1,
};
const MOST: LeafHead = {
  ...LEAST,
  outcome: 'failure',
  target: 'a tool',
  side: 'server',
  phase: 'result',
  ref: LEAST.id,
  us: 12,
  error: 'timeout',
  actor: 'a_ovrn6urtvsifah7v',
  trace: '0a'.repeat(16),
  span: '0b'.repeat(8),
  rules: 'r1',
};

describe('the index takes of a leaf what JSON says', () => {
  test.each([
    ['with no optional field', LEAST],
    ['with all', MOST],
    ['with characters of other scripts', { ...MOST, target: 'Zoë 名 \u{1f511}' }],
    ['with escaped characters', { ...MOST, target: 'say "no"\\\n', error: '"class":"other"' }],
    [
      'with a target that looks like fields',
      { ...LEAST, target: '","service":"other","class":"x' },
    ],
    ['with anonymous', { ...LEAST, actor: 'anonymous' }],
  ])('%s', (_, head) => {
    const line = encodeLeaf(head, 10, PC);
    const { kind, outcome, service, target, actor, trace, time } = head;
    expect(indexEntry(PLACE, line, '', NO_KEYS)).toEqual({
      place: PLACE,
      kind,
      outcome,
      service,
      target,
      actor,
      trace,
      timeMicros: parseTime(time),
      names: [],
      session: undefined,
    });
  });

  test('and nothing of a line that is no leaf', () => {
    const line = encodeLeaf(MOST, 10, PC);
    for (const damaged of [
      line.slice(0, -1),
      `${line} }`,
      line.replace('"v":1', '"v":2'),
      line.replace('2026-01-01', '2026-13-41'),
      line.replace('"service":"test"', '"service":7'),
    ]) {
      expect(readLeaf(damaged), damaged).toBeUndefined();
      expect(indexEntry(PLACE, damaged, '', NO_KEYS), damaged).toBeUndefined();
    }
  });
});
