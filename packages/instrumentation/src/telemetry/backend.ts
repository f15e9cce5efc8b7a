/**
 * The one interface between the recorder and where telemetry goes. Two implementations, tested with the same cases:
 * `rows` (register mode: values shipped to the export worker) and `api` (a program with its own OpenTelemetry SDK).
 *
 * No method may throw, block or print; the recorder guards each call all the same.
 */
import type { MetricName } from './instruments.ts';
import type {
  AuthRecord,
  CallRecord,
  CallStart,
  CheckpointRecord,
  ConfigRecord,
  IntegrityRecord,
  Labels,
  SessionRecord,
} from './record.ts';

/** A span that has begun. Ids are lower-case hex, or all zeros where nothing traces. */
export interface OpenSpan {
  readonly traceId: string;
  readonly spanId: string;
}

/** See the file's header. */
export interface TelemetryBackend {
  readonly kind: 'rows' | 'api';
  /** Opens the span: parent, link and sampling are decided here (semconv 1.1, 1.5). */
  begin(start: CallStart): OpenSpan;
  /** Runs `fn` with the span as the current one; its value or exception passes through (I8). */
  run<T>(span: OpenSpan, fn: () => T): T;
  /** Writes the span's context into a carrier of ours. */
  inject(span: OpenSpan, carrier: Record<string, unknown>): void;
  /** Ends the span and makes event and metric points of the call. */
  end(span: OpenSpan, record: CallRecord): void;
  session(record: SessionRecord): void;
  auth(record: AuthRecord): void;
  config(record: ConfigRecord): void;
  checkpoint(record: CheckpointRecord): void;
  integrity(record: IntegrityRecord): void;
  /** One metric point besides those of calls, sessions and refusals. */
  measure(metric: MetricName, value: number, labels: Labels): void;
}
