/**
 * The export: takes batches of rows, rebuilds spans, log records and points, and gives them to the official exporters. It
 * never writes to stdout; at `drain` it sends what is left through exporters that do not retry.
 *
 * Runs in the export worker, which wakes the main thread when it has drained (hooking.md 7), or, where Node.js permits no
 * worker, on the main thread (rows/here.ts): there nothing of it keeps the process alive for longer than one last try.
 */
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
import { COUNTER, DRAINING } from '../rows/messages.ts';
import type { Drain, Problem, Row, SpanRow, ToWorker } from '../rows/messages.ts';
import type { RowsSettings, ShipSettings } from '../rows/settings.ts';
import { Batcher } from './batcher.ts';
import type { BatchObserver, Exporter } from './batcher.ts';
import { LAST_TRY_MS, consoleExporter, loadExporters, otlpExporter } from './exporters.ts';
import type { Exporters } from './exporters.ts';
import { startMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { ShipHost } from './ship-host.ts';
import { rebuildEvent, rebuildSpan } from './rebuild.ts';

/** What an export is made of. */
export interface ExportOptions {
  readonly settings: RowsSettings;
  readonly ship: ShipSettings | undefined;
  /** Words of `COUNTER`, shared with the main thread. */
  readonly counters: Int32Array;
  /** The way back. */
  readonly port: Pick<MessagePort, 'postMessage'>;
  /** This is the program's own thread. */
  readonly isHere?: boolean;
}

type Signal = 'traces' | 'logs' | 'metrics';
interface Pipe<T> {
  readonly batcher: Batcher<T>;
  readonly last: () => Exporter<T[]>;
}

/** Loads the exporters, then starts. */
export async function startExport(options: ExportOptions): Promise<Export> {
  return new Export(options, await loadExporters(options.settings));
}

/** See the file's header. */
class Export {
  readonly #exporters: Exporters;
  readonly #settings: RowsSettings;
  readonly #counters: Int32Array;
  readonly #port: ExportOptions['port'];
  readonly #isHere: boolean;
  readonly #told = new Set<string>();
  readonly #shipping: ShipHost;
  readonly #resource: Resource;
  readonly #metrics: Metrics | undefined;
  readonly #spans: Pipe<ReadableSpan>[];
  readonly #records: Pipe<ReadableLogRecord>[];

  constructor(
    { settings, ship, counters, port, isHere = false }: ExportOptions,
    exporters: Exporters,
  ) {
    this.#exporters = exporters;
    this.#settings = settings;
    this.#counters = counters;
    this.#port = port;
    this.#isHere = isHere;
    this.#shipping = new ShipHost(ship, port, (text) => this.#tell(text, text));
    // The diagnostics of a thread are one: on the program's own they are the program's.
    if (!isHere) setUpDiagnostics(settings);
    this.#resource = resourceOf(settings);
    this.#metrics = this.#guardedMetrics();
    this.#spans = this.#pipes('traces', COUNTER.spansSent, spanLine);
    this.#records = this.#pipes('logs', COUNTER.logRecordsSent, recordLine);
  }

  /** @returns of `drain`: resolves when nothing more can be sent; never rejects */
  take(message: ToWorker): Promise<void> | undefined {
    if (message.type === 'batch') {
      for (const row of message.rows) this.#take(row);
      Atomics.add(this.#counters, COUNTER.taken, message.rows.length);
      for (const { metric, labels, values } of message.series) {
        for (const value of values) this.#metrics?.point(metric, value, labels);
      }
    } else if (message.type === 'runtime') this.#metrics?.runtime(message.points);
    else if (message.type === 'ship') void this.#shipping.follow(message.folder);
    else return this.#drain(begun(message, this.#counters));
    return undefined;
  }

  #take(row: Row): void {
    switch (row.type) {
      case 'call': {
        const { span, record } = row;
        if (span.sampled && this.#spans.length > 0) {
          const rebuilt = rebuildSpan(span, record, this.#resource);
          for (const { batcher } of this.#spans) batcher.add(rebuilt);
        }
        this.#emit(callEvent(record), span);
        this.#emit(exceptionEvent(record), span);
        if (this.#metrics !== undefined) callPoints(record, this.#metrics.point);
        break;
      }
      case 'session':
        this.#emit(sessionEvent(row.record), undefined);
        if (this.#metrics !== undefined) sessionPoints(row.record, this.#metrics.point);
        break;
      case 'auth':
        this.#emit(authEvent(row.record), undefined);
        if (this.#metrics !== undefined) authPoints(row.record, this.#metrics.point);
        break;
      case 'config':
        this.#emit(configEvent(row.record), undefined);
        if (this.#metrics !== undefined) configPoints(row.record, this.#metrics.point);
        break;
      case 'checkpoint':
        this.#emit(checkpointEvent(row.record), undefined);
        break;
      case 'integrity':
        this.#emit(integrityEvent(row.record), undefined);
        break;
    }
  }

  #emit(event: EventData | undefined, span: SpanRow | undefined): void {
    if (event === undefined || this.#records.length === 0) return;
    const record = rebuildEvent(event, span, this.#resource);
    for (const { batcher } of this.#records) batcher.add(record);
  }

  /** Telemetry and the shipped logs at once; neither waits for the other. */
  async #drain(untilMs: number): Promise<void> {
    await Promise.allSettled([this.#drainTelemetry(), this.#shipping.drain(untilMs)]);
    Atomics.store(this.#counters, COUNTER.drained, 1);
    Atomics.notify(this.#counters, COUNTER.drained);
  }

  /** Sends the rest. Done when everything was sent, or when one signal shows that nobody is there. */
  async #drainTelemetry(): Promise<void> {
    const sends = [
      ...this.#spans.map(({ batcher, last }) => batcher.drain(last())),
      ...this.#records.map(({ batcher, last }) => batcher.drain(last())),
      ...(this.#metrics === undefined ? [] : [this.#metrics.drain()]),
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

  #pipes<T>(signal: 'traces' | 'logs', sentWord: number, toLine: (item: T) => unknown): Pipe<T>[] {
    const limits = signal === 'traces' ? this.#settings.spans : this.#settings.logRecords;
    const observer: BatchObserver = {
      sent: (count) => void Atomics.add(this.#counters, sentWord, count),
      failed: (count, error) => {
        this.#lost(signal, count, 'export_failed');
        this.#undelivered(error);
      },
      dropped: (count) => this.#lost(signal, count, 'queue_full'),
    };
    const made: Pipe<T>[] = [];
    for (const name of this.#settings.exporters[signal]) {
      try {
        const exporter =
          name === 'otlp' ? (this.#otlp(signal) as Exporter<T[]>) : consoleExporter(toLine);
        const last = (): Exporter<T[]> =>
          name === 'otlp' ? (this.#otlp(signal, LAST_TRY_MS) as Exporter<T[]>) : exporter;
        made.push({ batcher: new Batcher(exporter, limits, observer), last });
      } catch (error) {
        this.#tell(`load ${signal}`, `no ${signal} are exported: ${reasonOf(error)}`);
      }
    }
    return made;
  }

  #guardedMetrics(): Metrics | undefined {
    if (this.#settings.exporters.metrics.length === 0) return undefined;
    try {
      // A border: the official metric exporters are push exporters.
      const otlp = (timeoutMs?: number): PushMetricExporter =>
        this.#otlp('metrics', timeoutMs) as PushMetricExporter;
      return startMetrics(this.#settings, this.#resource, otlp, (error) => {
        if (error === undefined) Atomics.add(this.#counters, COUNTER.metricExports, 1);
        else this.#undelivered(error);
      });
    } catch (error) {
      this.#tell('load metrics', `no metrics are exported: ${reasonOf(error)}`);
      return undefined;
    }
  }

  #lost(signal: Signal, count: number, reason: string): void {
    Atomics.add(this.#counters, COUNTER.dropped, count);
    this.#metrics?.point(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED, count, {
      [ATTR_MCP_LOGBOOK_SIGNAL]: signal,
      [ATTR_MCP_LOGBOOK_REASON]: reason,
    });
  }

  #undelivered(error: unknown): void {
    Atomics.add(this.#counters, COUNTER.failedExports, 1);
    this.#tell(
      'export',
      `telemetry could not be delivered (${reasonOf(error)}); the program and the logbook are not affected`,
    );
  }

  #tell(kind: string, text: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    const problem: Problem = { text };
    this.#port.postMessage(problem);
  }

  /** Of the program's own thread none that retries: a request under way keeps the process alive. */
  #otlp(signal: Signal, timeoutMs = this.#isHere ? LAST_TRY_MS : undefined): unknown {
    return otlpExporter(this.#exporters, signal, timeoutMs);
  }
}

/**
 * Tells the main thread, which may have waited for us to load, that the drain begins.
 * @returns when it stops waiting: not before one last try is over
 */
function begun({ untilMs, latestMs }: Drain, counters: Int32Array): number {
  const until = Math.max(untilMs, Math.min(latestMs, Date.now() + LAST_TRY_MS));
  Atomics.store(counters, COUNTER.begun, DRAINING + until - untilMs);
  Atomics.notify(counters, COUNTER.begun);
  return until;
}

/** A code or a status: response bodies and URLs are not repeated (I5). */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string' || typeof code === 'number') return String(code).slice(0, 40);
  return error instanceof Error && /timed out/i.test(error.message) ? 'timeout' : 'no answer';
}

function resourceOf(settings: RowsSettings): Resource {
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

function setUpDiagnostics({ logLevel }: RowsSettings): void {
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
