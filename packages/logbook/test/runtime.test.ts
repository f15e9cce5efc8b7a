/** Readings of the runtime: event loop and heap of the thread that asks. */
import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkMetric } from '@mcp-logbook/semconv';
import { watchRuntime } from '../src/rows/runtime.ts';

const block = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('a blocked event loop shows in the reading that follows it, and not in the next one', async () => {
  const read = watchRuntime();
  const value = (points: ReturnType<typeof read>, name: string): number | undefined =>
    points.find(({ metric }) => metric === name)?.value;
  await sleep(200);
  block(250);
  await sleep(200);
  const first = read();
  expect(value(first, 'nodejs.eventloop.delay.max')).toBeGreaterThan(0.2);
  expect(value(first, 'nodejs.eventloop.delay.p50')).toBeLessThan(0.2);
  expect(value(first, 'nodejs.eventloop.utilization')).toBeGreaterThan(0.2);
  await sleep(300);
  const second = read();
  expect(value(second, 'nodejs.eventloop.delay.max')).toBeLessThan(0.2);
});

test('a reading right after the start has no percentiles of nothing', () => {
  const names = watchRuntime()().map(({ metric }) => metric);
  expect(names.filter((name) => name.startsWith('nodejs.eventloop.delay'))).toEqual([]);
  expect(names).toContain('v8js.memory.heap.limit');
});

test('every reading has a name, unit and label of the conventions', async () => {
  const read = watchRuntime();
  await sleep(200);
  const points = read();
  const problems = points.flatMap(({ metric, space }) =>
    checkMetric({
      name: metric,
      type: 'gauge',
      unit: metric.startsWith('v8js')
        ? 'By'
        : metric === 'nodejs.eventloop.utilization'
          ? '1'
          : 's',
      attributes: space === undefined ? {} : { 'v8js.heap.space.name': space },
    }),
  );
  expect(problems).toEqual([]);
  const spaces = points.filter(({ metric }) => metric === 'v8js.memory.heap.used');
  expect(spaces.map(({ space }) => space)).toContain('old_space');
  expect(new Set(points.map(({ metric }) => metric)).size).toBe(13);
});
