/**
 * The export worker: takes batches of rows, rebuilds spans, log records and points, and gives them to the official
 * exporters. It never writes to stdout and never keeps the process alive; at `drain` it sends what is left through
 * exporters that do not retry, then wakes the main thread, which waits in `exit` (hooking.md 7).
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import {
  ATTR_MCP_LOGBOOK_REASON,
  ATTR_MCP_LOGBOOK_SIGNAL,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
} from '@mcp-logbook/semconv/names';
import {
  authEvent,
  authPoints,
  callEvent,
  callPoints,
  configPoints,
  checkpointEvent,
  configEvent,
  exceptionEvent,
  integrityEvent,
  sessionEvent,
  sessionPoints,
} from '@mcp-logbook/instrumentation/telemetry';
import type { EventData } from '@mcp-logbook/instrumentation/telemetry';
import { COUNTER } from '../rows/messages.ts';
import type { Problem, Row, SpanRow, ToWorker } from '../rows/messages.ts';
import type { RowsSettings, ShipSettings } from '../rows/settings.ts';
import { Batcher } from './batcher.ts';
import type { BatchObserver, Exporter } from './batcher.ts';
import { LAST_TRY_MS, consoleExporter, otlpExporter } from './exporters.ts';
import { startMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { ShipHost } from './ship-host.ts';
import { rebuildEvent, rebuildSpan } from './rebuild.ts';

// A border: the main thread of ours made this object.
const { settings, ship, counters, port } = workerData as {
  readonly settings: RowsSettings;
  readonly ship: ShipSettings | undefined;
  readonly counters: Int32Array;
  readonly port: MessagePort;
};

type Signal = 'traces' | 'logs' | 'metrics';
interface Pipe<T> {
  readonly batcher: Batcher<T>;
  readonly last: () => Exporter<T[]>;
}

const told = new Set<string>();
const shipping = new ShipHost(ship, port, (text) => tell(text, text));
setUpDiagnostics();
const resource = makeResource();
const metrics: Metrics | undefined = guardedMetrics();
const spans = pipes<ReadableSpan>('traces', COUNTER.spansSent, spanLine);
const records = pipes<ReadableLogRecord>('logs', COUNTER.logRecordsSent, recordLine);

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'batch') {
    for (const row of message.rows) take(row);
    Atomics.add(counters, COUNTER.taken, message.rows.length);
    for (const { metric, labels, values } of message.series) {
      for (const value of values) metrics?.point(metric, value, labels);
    }
  } else if (message.type === 'runtime') metrics?.runtime(message.points);
  else if (message.type === 'ship') void shipping.follow(message.folder);
  else void drain(message.untilMs);
});

function take(row: Row): void {
  switch (row.type) {
    case 'call': {
      const { span, record } = row;
      if (span.sampled && spans.length > 0) {
        const rebuilt = rebuildSpan(span, record, resource);
        for (const { batcher } of spans) batcher.add(rebuilt);
      }
      emit(callEvent(record), span);
      emit(exceptionEvent(record), span);
      if (metrics !== undefined) callPoints(record, metrics.point);
      break;
    }
    case 'session':
      emit(sessionEvent(row.record), undefined);
      if (metrics !== undefined) sessionPoints(row.record, metrics.point);
      break;
    case 'auth':
      emit(authEvent(row.record), undefined);
      if (metrics !== undefined) authPoints(row.record, metrics.point);
      break;
    case 'config':
      emit(configEvent(row.record), undefined);
      if (metrics !== undefined) configPoints(row.record, metrics.point);
      break;
    case 'checkpoint':
      emit(checkpointEvent(row.record), undefined);
      break;
    case 'integrity':
      emit(integrityEvent(row.record), undefined);
      break;
  }
}

function emit(event: EventData | undefined, span: SpanRow | undefined): void {
  if (event === undefined || records.length === 0) return;
  const record = rebuildEvent(event, span, resource);
  for (const { batcher } of records) batcher.add(record);
}

/** Telemetry and the shipped logs at once; neither waits for the other. */
async function drain(untilMs: number): Promise<void> {
  await Promise.allSettled([drainTelemetry(), shipping.drain(untilMs)]);
  Atomics.store(counters, COUNTER.drained, 1);
  Atomics.notify(counters, COUNTER.drained);
}

/** Sends the rest. Done when everything was sent, or when one signal shows that nobody is there. */
async function drainTelemetry(): Promise<void> {
  const sends = [
    ...spans.map(({ batcher, last }) => batcher.drain(last())),
    ...records.map(({ batcher, last }) => batcher.drain(last())),
    ...(metrics === undefined ? [] : [metrics.drain()]),
  ];
  await new Promise<void>((resolve) => {
    void Promise.allSettled(sends).then(() => resolve());
    // The receivers are usually one: when it is away, waiting for the other signals only delays the exit.
    for (const send of sends)
      void send.then(
        (ok) => (ok ? undefined : setTimeout(resolve, 50)),
        () => resolve(),
      );
  });
}

function pipes<T>(
  signal: 'traces' | 'logs',
  sentWord: number,
  toLine: (item: T) => unknown,
): Pipe<T>[] {
  const limits = signal === 'traces' ? settings.spans : settings.logRecords;
  const observer: BatchObserver = {
    sent: (count) => void Atomics.add(counters, sentWord, count),
    failed: (count, error) => {
      Atomics.add(counters, COUNTER.failedExports, 1);
      lost(signal, count, 'export_failed');
      tell(
        'export',
        `telemetry could not be delivered (${reasonOf(error)}); the program and the logbook are not affected`,
      );
    },
    dropped: (count) => lost(signal, count, 'queue_full'),
  };
  const made: Pipe<T>[] = [];
  for (const name of settings.exporters[signal]) {
    try {
      const exporter =
        name === 'otlp'
          ? (otlpExporter(signal, settings.protocols[signal]) as Exporter<T[]>)
          : consoleExporter(toLine);
      const last = (): Exporter<T[]> =>
        name === 'otlp'
          ? (otlpExporter(signal, settings.protocols[signal], LAST_TRY_MS) as Exporter<T[]>)
          : exporter;
      made.push({ batcher: new Batcher(exporter, limits, observer), last });
    } catch (error) {
      tell(`load ${signal}`, `no ${signal} are exported: ${reasonOf(error)}`);
    }
  }
  return made;
}

function guardedMetrics(): Metrics | undefined {
  if (settings.exporters.metrics.length === 0) return undefined;
  try {
    // A border: the official metric exporters are push exporters.
    const otlp = (timeoutMs?: number): PushMetricExporter =>
      otlpExporter('metrics', settings.protocols.metrics, timeoutMs) as PushMetricExporter;
    return startMetrics(settings, resource, otlp, (error) => {
      if (error === undefined) Atomics.add(counters, COUNTER.metricExports, 1);
      else {
        Atomics.add(counters, COUNTER.failedExports, 1);
        tell(
          'export',
          `telemetry could not be delivered (${reasonOf(error)}); the program and the logbook are not affected`,
        );
      }
    });
  } catch (error) {
    tell('load metrics', `no metrics are exported: ${reasonOf(error)}`);
    return undefined;
  }
}

function lost(signal: Signal, count: number, reason: string): void {
  Atomics.add(counters, COUNTER.dropped, count);
  metrics?.point(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED, count, {
    [ATTR_MCP_LOGBOOK_SIGNAL]: signal,
    [ATTR_MCP_LOGBOOK_REASON]: reason,
  });
}

function tell(kind: string, text: string): void {
  if (told.has(kind)) return;
  told.add(kind);
  const problem: Problem = { text };
  port.postMessage(problem);
}

/** A code or a status: response bodies and URLs are not repeated (I5). */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string' || typeof code === 'number') return String(code).slice(0, 40);
  return error instanceof Error && /timed out/i.test(error.message) ? 'timeout' : 'no answer';
}

function makeResource(): Resource {
  const own = resourceFromAttributes({
    'service.name': settings.serviceName,
    ...(settings.serviceVersion !== undefined && { 'service.version': settings.serviceVersion }),
    'service.instance.id': randomUUID(),
  });
  // The environment wins; no process detector: command lines hold secrets (semconv 3.6).
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}

function setUpDiagnostics(): void {
  const { logLevel } = settings;
  if (logLevel === undefined || logLevel === 'none') return;
  const level = {
    error: DiagLogLevel.ERROR,
    warn: DiagLogLevel.WARN,
    info: DiagLogLevel.INFO,
    debug: DiagLogLevel.DEBUG,
    verbose: DiagLogLevel.VERBOSE,
    all: DiagLogLevel.ALL,
  }[logLevel];
  // Messages only, never the arguments: those hold spans and response bodies.
  const line = (message: string): void =>
    void writeSync(2, `mcp-logbook: otel: ${message.slice(0, 300)}\n`);
  diag.setLogger(
    { error: line, warn: line, info: line, debug: line, verbose: line },
    { logLevel: level, suppressOverrideMessage: true },
  );
}

function spanLine(span: ReadableSpan): unknown {
  const { traceId, spanId } = span.spanContext();
  return {
    span: span.name,
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    kind: span.kind,
    startTime: span.startTime,
    duration: span.duration,
    status: span.status,
    attributes: span.attributes,
    resource: span.resource.attributes,
  };
}

function recordLine(record: ReadableLogRecord): unknown {
  return {
    event: record.eventName,
    time: record.hrTime,
    severity: record.severityNumber,
    traceId: record.spanContext?.traceId,
    spanId: record.spanContext?.spanId,
    attributes: record.attributes,
    body: record.body,
    resource: record.resource.attributes,
  };
}
