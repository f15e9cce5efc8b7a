/**
 * What crosses the thread border: batches of rows to the export worker, and the words of shared memory in which both
 * sides count. A row is a span's identity and the recorder's plain record; nothing else is ever posted (I5).
 */
import type {
  AuthRecord,
  CallRecord,
  CheckpointRecord,
  ConfigRecord,
  IntegrityRecord,
  Labels,
  MetricName,
  SessionRecord,
} from '@mcp-logbook/instrumentation/telemetry';

/** A span's place in its trace. */
export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly traceState: string | undefined;
  readonly parentSpanId: string | undefined;
  readonly parentRemote: boolean;
  readonly linkTraceId: string | undefined;
  readonly linkSpanId: string | undefined;
}

/** One thing that happened. */
export type Row =
  | { readonly type: 'call'; readonly span: SpanRow; readonly record: CallRecord }
  | { readonly type: 'session'; readonly record: SessionRecord }
  | { readonly type: 'auth'; readonly record: AuthRecord }
  | { readonly type: 'config'; readonly record: ConfigRecord }
  | { readonly type: 'checkpoint'; readonly record: CheckpointRecord }
  | { readonly type: 'integrity'; readonly record: IntegrityRecord };

/** Points of one series since the last batch: a sum, the latest value, or each value of a histogram. */
export interface SeriesRow {
  readonly metric: MetricName;
  readonly labels: Labels;
  readonly values: readonly number[];
}

/** One reading of the runtime: a gauge of semconv 7.3, its value, and a heap space where it has one. */
export interface RuntimePoint {
  readonly metric: string;
  /** Seconds, bytes, or a share of 1. */
  readonly value: number;
  readonly space?: string;
}

/** Main thread to worker. */
export type ToWorker =
  | { readonly type: 'runtime'; readonly points: readonly RuntimePoint[] }
  | { readonly type: 'batch'; readonly rows: readonly Row[]; readonly series: readonly SeriesRow[] }
  /** A log of this process, to be shipped from now on. */
  | { readonly type: 'ship'; readonly folder: string }
  /** The end; `untilMs` (Unix) is when the main thread stops waiting, `latestMs` where the worker was still loading (`COUNTER.begun`). */
  | Drain;

/** See `ToWorker`. */
export interface Drain {
  readonly type: 'drain';
  readonly untilMs: number;
  readonly latestMs: number;
}

/** Worker to main thread: one line worth telling, once a kind. */
export interface Problem {
  readonly text: string;
}

/** Worker to main thread: how far one log is shipped. */
export interface ShipState {
  readonly origin: string;
  /** Entries not accepted yet, and the age of the oldest of them. */
  readonly pending: number;
  readonly oldestAgeSeconds: number;
}

export type FromWorker = Problem | ShipState;

/** Words of the shared counters, Int32 each. */
export const COUNTER = {
  /** 0 until the worker has drained, then 1; the exit waits on it. */
  drained: 0,
  /** Rows the worker has taken from the port. */
  taken: 1,
  spansSent: 2,
  logRecordsSent: 3,
  metricExports: 4,
  /** Spans and records that were not delivered. */
  dropped: 5,
  failedExports: 6,
  /**
   * How far the worker has come: 0 until it runs, then `LOADING` its exporters, of which a slow machine has too many for the
   * time of an exit; as the drain begins, `DRAINING` and the milliseconds by which the main thread waits longer for it.
   */
  begun: 7,
} as const;

/** See `COUNTER.begun`. */
export const LOADING = 1;
export const DRAINING = 2;

/** Words in the shared counters. */
export const COUNTERS = 8;
