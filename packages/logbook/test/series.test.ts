/** Metric points between two batches: added up per series, bounded. */
import { expect, test } from 'vitest';
import {
  METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION as HISTOGRAM,
  METRIC_MCP_LOGBOOK_LOG_ENTRIES as COUNTER,
  METRIC_MCP_LOGBOOK_LOG_SIZE as GAUGE,
  METRIC_MCP_LOGBOOK_OPERATION_ACTIVE as UP_DOWN,
} from '@mcp-logbook/semconv';
import { SeriesTable } from '../src/rows/series.ts';

test('a counter is one row however often it went up, whether its labels are one object or equal ones', () => {
  const table = new SeriesTable();
  const labels = { kind: 'tool.call' };
  table.add(COUNTER, 1, labels);
  table.add(COUNTER, 2, labels);
  table.add(COUNTER, 4, { kind: 'tool.call' });
  table.add(COUNTER, 8, { kind: 'prompt.get' });
  expect(table.take().map(({ values }) => values)).toEqual([[7], [8]]);
});

test('nothing of a batch is told twice', () => {
  const table = new SeriesTable();
  const labels = { kind: 'tool.call' };
  table.add(COUNTER, 1, labels);
  table.take();
  expect(table.take()).toEqual([]);
  table.add(COUNTER, 1, labels);
  expect(table.take().map(({ values }) => values)).toEqual([[1]]);
});

test('a histogram keeps each value, a gauge the last, an up-down counter that came back to zero nothing', () => {
  const table = new SeriesTable();
  for (const value of [3, 1, 2]) {
    table.add(HISTOGRAM, value, {});
    table.add(GAUGE, value, {});
  }
  table.add(UP_DOWN, 1, {});
  table.add(UP_DOWN, -1, {});
  expect(table.take().map(({ metric, values }) => [metric, values])).toEqual([
    [HISTOGRAM, [3, 1, 2]],
    [GAUGE, [2]],
  ]);
});

test.each([
  [1023, 1023, 0],
  [1024, 1024, 0],
  [1025, 1024, 1],
])('of %i histogram values %i are kept and %i counted as dropped (I10)', (added, kept, dropped) => {
  const table = new SeriesTable();
  for (let n = 0; n < added; n += 1) table.add(HISTOGRAM, n, {});
  expect(table.take()[0]?.values).toHaveLength(kept);
  expect(table.dropped).toBe(dropped);
});
