import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leafHeadOf } from '../src/entry.ts';
import { encodeLeaf, formatTime, parseLeaf, parseTime } from '../src/leaf.ts';
import { anEntry } from './sample-log.ts';

const pc = 'A'.repeat(43);
const head = leafHeadOf(anEntry({ trace: '0'.repeat(32), span: '1'.repeat(16) }), {
  time: '2026-11-25T23:59:59.000001Z',
  service: 'svc',
  actor: `a_${'b'.repeat(16)}`,
  class: 'default',
  stream: 'svc/01234567',
  seq: 7,
});
const line = encodeLeaf(head, 12, pc);

test('a leaf line parses to the leaf it was made of', () => {
  expect(parseLeaf(line)).toMatchObject({ seq: 7, size: 12, pc, service: 'svc', us: 1200 });
  expect(line.startsWith('{"leaf":{"v":1,"id":')).toBe(true);
});

test('whatever a caller passes becomes a leaf that a strict reader accepts', () => {
  const text = fc.string({ unit: 'binary', maxLength: 700 });
  fc.assert(
    fc.property(text, text, text, fc.double(), fc.maxSafeInteger(), (a, b, c, us, size) => {
      const entry = anEntry({
        id: a,
        kind: b,
        target: c,
        error: a,
        durationMicros: us,
        trace: b,
        span: c,
      });
      const made = encodeLeaf(leafHeadOf(entry, { ...head }), Math.abs(size), pc);
      expect(encodeLeaf(parseLeaf(made), Math.abs(size), pc)).toBe(made);
    }),
    { numRuns: process.env['SLOW'] === '1' ? 10_000 : 300 },
  );
});

test.each([
  ['another order', (text: string) => text.replace(/("service":"svc"),("actor":"[^"]+")/, '$2,$1')],
  ['a space', (text: string) => text.replace('"v":1', '"v": 1')],
  ['an unknown field', (text: string) => text.replace('"v":1', '"v":1,"x":1')],
  ['a field twice', (text: string) => text.replace('"seq":7', '"seq":7,"seq":7')],
  ['a float', (text: string) => text.replace('"seq":7', '"seq":7.5')],
  ['an escape that needs none', (text: string) => text.replace('"svc"', '"\\u0073vc"')],
  ['a missing field', (text: string) => text.replace('"seq":7,', '')],
  ['another version', (text: string) => text.replace('"v":1', '"v":2')],
  ['an outcome of its own', (text: string) => text.replace('"success"', '"fine"')],
  ['a non-canonical commitment', (text: string) => text.replace(pc, `${pc.slice(0, 42)}B`)],
  ['a person as actor', (text: string) => text.replace(/a_b+/, 'alice')],
  ['no JSON', (text: string) => text.slice(1)],
])('a leaf line with %s is refused', (_, spoil) => {
  expect(spoil(line)).not.toBe(line);
  expect(() => parseLeaf(spoil(line))).toThrow(
    expect.objectContaining({ code: 'ERR_LOGBOOK_FORMAT' }),
  );
});

test('times keep their microseconds both ways', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (micros) => {
      expect(parseTime(formatTime(micros))).toBe(micros);
    }),
  );
  expect(formatTime(0)).toBe('1970-01-01T00:00:00.000000Z');
});
