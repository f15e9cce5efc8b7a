import { expect, test } from 'vitest';
import { progressBar } from '../src/cli/progress-bar.ts';

test('a bar shows share, rate and time left after a second, ten times a second at most, and goes away', () => {
  let clock = 0;
  const written: string[] = [];
  const bar = progressBar({ isTTY: true, write: (text) => written.push(text) }, () => clock);
  const at = (ms: number, bytes: number): void => {
    clock = ms;
    bar?.draw({ bytes, totalBytes: 1000, leaves: bytes * 100 });
  };
  at(0, 0);
  at(500, 100);
  at(999, 200);
  expect(written).toEqual([]);
  at(1000, 250);
  at(1050, 260);
  at(1100, 275);
  expect(written).toEqual([
    '\r\u001b[K[########......................] 25 %  25,000 entries/s, 3 s left',
    '\r\u001b[K[########......................] 27 %  25,000 entries/s, 3 s left',
  ]);
  bar?.clear();
  bar?.clear();
  expect(written.slice(2)).toEqual(['\r\u001b[K']);
});

test('short work shows nothing, and nobody is drawn for in a pipe', () => {
  const written: string[] = [];
  const bar = progressBar({ isTTY: true, write: (text) => written.push(text) }, () => 10);
  bar?.draw({ bytes: 1, totalBytes: 1, leaves: 1 });
  bar?.clear();
  expect(written).toEqual([]);
  expect(progressBar({ write: () => undefined })).toBeUndefined();
});
