/**
 * Readings of this thread's runtime for the export worker: event loop delay and utilization, V8's heap (semconv 7.3,
 * names of @opentelemetry/instrumentation-runtime-node). They must be taken here, the worker has a loop and heap of its
 * own. The delay is measured in C++ by a timer that does not keep the process alive; a reading costs this thread well
 * under a millisecond, once an export interval. Loaded when the worker starts, and only when metrics are exported.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import {
  METRIC_NODEJS_EVENTLOOP_DELAY_MAX,
  METRIC_NODEJS_EVENTLOOP_DELAY_MEAN,
  METRIC_NODEJS_EVENTLOOP_DELAY_MIN,
  METRIC_NODEJS_EVENTLOOP_DELAY_P50,
  METRIC_NODEJS_EVENTLOOP_DELAY_P90,
  METRIC_NODEJS_EVENTLOOP_DELAY_P99,
  METRIC_NODEJS_EVENTLOOP_DELAY_STDDEV,
  METRIC_NODEJS_EVENTLOOP_UTILIZATION,
  METRIC_V8JS_MEMORY_HEAP_LIMIT,
  METRIC_V8JS_MEMORY_HEAP_SPACE_AVAILABLE_SIZE,
  METRIC_V8JS_MEMORY_HEAP_SPACE_PHYSICAL_SIZE,
  METRIC_V8JS_MEMORY_HEAP_SPACE_SIZE,
  METRIC_V8JS_MEMORY_HEAP_USED,
} from '@mcp-logbook/semconv/names';
import type { RuntimePoint } from './messages.ts';

/** Resolution of the delay in milliseconds: 50 wake-ups a second, none of which enters JavaScript. */
const RESOLUTION_MS = 20;
/** Fewer samples than this say nothing about percentiles. */
const LEAST_SAMPLES = 5;
const NANOS = 1e9;

/** Starts measuring; each call of what it returns reads what happened since the last one. */
export function watchRuntime(): () => RuntimePoint[] {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let last = performance.eventLoopUtilization();
  return () => {
    const points: RuntimePoint[] = [];
    const add = (metric: string, value: number, space?: string): void => {
      if (Number.isFinite(value))
        points.push({ metric, value, ...(space !== undefined && { space }) });
    };
    if (delay.count >= LEAST_SAMPLES) {
      add(METRIC_NODEJS_EVENTLOOP_DELAY_MIN, delay.min / NANOS);
      add(METRIC_NODEJS_EVENTLOOP_DELAY_MAX, delay.max / NANOS);
      add(METRIC_NODEJS_EVENTLOOP_DELAY_MEAN, delay.mean / NANOS);
      add(METRIC_NODEJS_EVENTLOOP_DELAY_STDDEV, delay.stddev / NANOS);
      add(METRIC_NODEJS_EVENTLOOP_DELAY_P50, delay.percentile(50) / NANOS);
      add(METRIC_NODEJS_EVENTLOOP_DELAY_P90, delay.percentile(90) / NANOS);
      add(METRIC_NODEJS_EVENTLOOP_DELAY_P99, delay.percentile(99) / NANOS);
      delay.reset();
    }
    const now = performance.eventLoopUtilization();
    add(
      METRIC_NODEJS_EVENTLOOP_UTILIZATION,
      performance.eventLoopUtilization(now, last).utilization,
    );
    last = now;
    add(METRIC_V8JS_MEMORY_HEAP_LIMIT, getHeapStatistics().heap_size_limit);
    for (const space of getHeapSpaceStatistics()) {
      const { space_name: name } = space;
      add(METRIC_V8JS_MEMORY_HEAP_USED, space.space_used_size, name);
      add(METRIC_V8JS_MEMORY_HEAP_SPACE_SIZE, space.space_size, name);
      add(METRIC_V8JS_MEMORY_HEAP_SPACE_AVAILABLE_SIZE, space.space_available_size, name);
      add(METRIC_V8JS_MEMORY_HEAP_SPACE_PHYSICAL_SIZE, space.physical_space_size, name);
    }
    return points;
  };
}
