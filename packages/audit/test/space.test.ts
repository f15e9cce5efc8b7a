/** When low space is told, and when not. */
import { expect, test } from 'vitest';
import type { LogbookError } from '../src/errors.ts';
import { guardObserver } from '../src/observer.ts';
import { SpaceWatch } from '../src/space.ts';

const GIB = 2 ** 30;

/** A watch, and the messages it told. */
function aWatch(): { watch: SpaceWatch; told: string[] } {
  const told: string[] = [];
  const problem = (error: LogbookError): void => void told.push(`${error.code} ${error.message}`);
  return { watch: new SpaceWatch('/log', guardObserver({ problem })), told };
}

test('under 20 % and under 20 GiB free it is told once, with both figures', () => {
  const { watch, told } = aWatch();
  watch.judge(0.1999, 20 * GIB - 1);
  watch.judge(0.15, 10 * GIB);
  watch.judge(0.1, 6 * GIB);
  expect(told).toEqual([
    'ERR_LOGBOOK_LOW_SPACE 19 % (20479 MiB) free on the disk of log folder "/log"',
  ]);
});

test('a second time under 10 %, and no third time', () => {
  const { watch, told } = aWatch();
  watch.judge(0.1999, GIB);
  watch.judge(0.0999, GIB / 2);
  watch.judge(0, 0);
  expect(told).toHaveLength(2);
  expect(told[1]).toContain('9 % (512 MiB) free');
});

test('exactly 20 % or exactly 20 GiB free is enough, whatever the other says', () => {
  const { watch, told } = aWatch();
  watch.judge(0.2, 1);
  watch.judge(0.19, 20 * GIB);
  watch.judge(0.0001, 20 * GIB);
  expect(told).toEqual([]);
});

test('a full disk is told at once', () => {
  const { watch, told } = aWatch();
  watch.judge(0, 0);
  expect(told).toHaveLength(1);
});

test('it is told again after there was enough space', () => {
  const { watch, told } = aWatch();
  watch.judge(0.19, GIB);
  watch.judge(0.19, 30 * GIB);
  watch.judge(0.19, GIB);
  expect(told).toHaveLength(2);
});
