import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { leafHash } from '../src/hash.ts';
import {
  FILE_START,
  leafHashAt,
  MAX_LINE_BYTES,
  scanLines,
  scanPiece,
  type ScanStart,
  utf8At,
} from '../src/scan.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

function scan(
  content: string,
  from?: ScanStart,
): { lines: string[]; places: number[][]; tail: string; end: number[] } {
  const path = join(aRoot(), 'file');
  writeFileSync(path, content);
  const lines: string[] = [];
  const places: number[][] = [];
  const end = scanLines(
    path,
    (buffer, start, stop, line, offset) => {
      lines.push(buffer.toString('utf8', start, stop));
      places.push([line, offset]);
      expect(leafHashAt(buffer, start, stop)).toBe(
        leafHash(buffer.subarray(start, stop)).toString('latin1'),
      );
      return true;
    },
    from,
  );
  return { lines, places, tail: end.tail.toString(), end: [end.line, end.offset] };
}

test('every line is visited with its number and offset, and the tail is kept apart', () => {
  expect(scan('')).toEqual({ lines: [], places: [], tail: '', end: [1, 0] });
  expect(scan('\n')).toEqual({ lines: [''], places: [[1, 0]], tail: '', end: [2, 1] });
  expect(scan('a\nbc\nd')).toEqual({
    lines: ['a', 'bc'],
    places: [
      [1, 0],
      [2, 2],
    ],
    tail: 'd',
    end: [3, 5],
  });
  expect(scan('a\nbc\nd\n', { offset: 2, line: 2 }).places).toEqual([
    [2, 2],
    [3, 5],
  ]);
});

test('lines around the size of what is read at once, and beyond it, come whole', () => {
  for (const length of [262_142, 262_143, 262_144, 262_145, 600_000]) {
    const lines = ['x', 'y'.repeat(length), 'z'.repeat(10), 'y'.repeat(length)];
    expect(scan(`${lines.join('\n')}\n`).lines.map((line) => line.length)).toEqual(
      lines.map((line) => line.length),
    );
  }
});

test('a line without an end is refused before it eats memory', () => {
  expect(() => scan('x'.repeat(2 * MAX_LINE_BYTES + 10))).toThrow(/over \d+ bytes/);
});

test('text that is not UTF-8 is not taken for text', () => {
  expect(utf8At(Buffer.from('Zoë\ufffd'), 0, 7)).toBe('Zoë\ufffd');
  expect(utf8At(Buffer.from([0x61, 0xff]), 0, 2)).toBeUndefined();
  // Three bytes that decode to one replacement character of three bytes.
  expect(utf8At(Buffer.from([0xf0, 0x9f, 0x98]), 0, 3)).toBeUndefined();
});

/** Lines of each piece, and where the pieces begin. */
function pieces(content: string, bytes: number): { lines: string[][]; starts: ScanStart[] } {
  const path = join(aRoot(), 'file');
  writeFileSync(path, content);
  const lines: string[][] = [];
  const starts: ScanStart[] = [];
  let from: ScanStart | undefined = FILE_START;
  while (from !== undefined) {
    const piece: string[] = [];
    starts.push(from);
    from = scanPiece(
      path,
      (buffer, start, end) => piece.push(buffer.toString('utf8', start, end)),
      from,
      bytes,
    );
    lines.push(piece);
  }
  return { lines, starts };
}

test('pieces hold every line once, in order, and go on where the one before ended', () => {
  const content = 'aa\nbb\ncc\n';
  expect(pieces(content, 1).lines).toEqual([['aa'], ['bb'], ['cc']]);
  expect(pieces(content, 3).lines).toEqual([['aa'], ['bb'], ['cc']]);
  expect(pieces(content, 4).lines).toEqual([['aa', 'bb'], ['cc']]);
  expect(pieces(content, 8).lines).toEqual([['aa', 'bb', 'cc']]);
  expect(pieces(content, 9).lines).toEqual([['aa', 'bb', 'cc']]);
  expect(pieces(content, 4).starts).toEqual([FILE_START, { offset: 6, line: 3 }]);
  expect(pieces('', 1).lines).toEqual([[]]);
});

test('pieces of a file of many blocks are its lines', () => {
  const all = Array.from({ length: 5_000 }, (_, n) => `${n} ${'x'.repeat(n % 700)}`);
  const { lines } = pieces(`${all.join('\n')}\n`, 100_000);
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.flat()).toEqual(all);
});
