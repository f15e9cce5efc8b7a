/**
 * The back end of register mode: plain rows in batches of at most 64 to the export worker, no OpenTelemetry SDK on this
 * thread (hotpath.md 1). The queue is bounded and counts what it dropped (I10).
 *
 * The worker starts a moment after the first row, off the way of the first answer, and never keeps the process alive;
 * `drainSync` posts the rest and waits for it, capped. Exit before the worker started: `drainSync` starts it.
 */
import {
  ATTR_MCP_LOGBOOK_LOG_ORIGIN,
  ATTR_MCP_LOGBOOK_REASON,
  ATTR_MCP_LOGBOOK_SIGNAL,
  METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
  METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE,
  METRIC_MCP_LOGBOOK_SHIP_PENDING,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
} from '@mcp-logbook/semconv/names';
import { activeLabels } from '@mcp-logbook/instrumentation/telemetry';
import type { OpenSpan, TelemetryBackend } from '@mcp-logbook/instrumentation/telemetry';
import { type ExportHost, type HostOptions, mayThread, startHere, startWorker } from './host.ts';
import { COUNTER, COUNTERS, DRAINING, LOADING } from './messages.ts';
import type { Drain, FromWorker, Row, RuntimePoint, ToWorker } from './messages.ts';
import { SeriesTable } from './series.ts';
import type { RowsSettings, ShipSettings } from './settings.ts';
import { Spans } from './spans.ts';
import type { RowSpan } from './spans.ts';

/** Rows in one post: 64 objects stall this thread 0.08 ms, 512 stall it 0.7 ms (hotpath.md 1). */
const BATCH_ROWS = 64;
/** Longest wait of a row on this thread. */
const BATCH_DELAY_MS = 100;
/** After the first row: the first answer is out, and a start-up burst is over. */
const START_DELAY_MS = 300;
/** Rows posted and not yet taken by the worker, and rows waiting for it to start. */
const MAX_WAITING = 8_192;

/** Counts since the start. */
export interface RowsStats {
  readonly rows: number;
  readonly droppedRows: number;
  readonly spansSent: number;
  readonly logRecordsSent: number;
  readonly metricExports: number;
  readonly notDelivered: number;
  readonly failedExports: number;
}

/** The back end, and what an exit needs of it. */
export interface RowsBackend extends TelemetryBackend {
  /** Has a log of this process shipped from now on; nothing without ship settings. */
  ship(folder: string): void;
  /**
   * Delivers what is left, waiting at most `capMs` (default: settings), twice that where the worker is still loading then.
   * Never throws; only the first call does anything.
   */
  drainSync(capMs?: number): void;
  /** Only where there is no worker: sends what is left while the event loop runs. `drainSync` sends nothing there. */
  readonly drain?: () => Promise<void>;
  stats(): RowsStats;
}

/** Shipping of the process's logs, and where its figures go: to this back end itself unless another one is named. */
export interface RowsShipping {
  readonly settings: ShipSettings;
  readonly measure?: TelemetryBackend['measure'];
}

/**
 * Starts the back end.
 * @param warn one line for stderr, at most once a kind of problem
 */
export function startRows(
  settings: RowsSettings,
  warn: (line: string) => void = () => {},
  shipping?: RowsShipping,
): RowsBackend {
  return new Rows(settings, warn, shipping);
}

class Rows implements RowsBackend {
  readonly kind = 'rows';
  readonly drain?: () => Promise<void>;
  readonly #settings: RowsSettings;
  readonly #warn: (line: string) => void;
  readonly #spans: Spans;
  readonly #series = new SeriesTable();
  readonly #counters = new Int32Array(new SharedArrayBuffer(COUNTERS * 4));
  /** Nobody listens: rows are not even kept. */
  readonly #silent: boolean;
  #rows: Row[] = [];
  #posted = 0;
  #made = 0;
  #dropped = 0;
  #host: ExportHost | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #drained = false;
  readonly #shipping: RowsShipping | undefined;
  readonly #shipped: string[] = [];
  #readRuntime: (() => RuntimePoint[]) | undefined;

  constructor(settings: RowsSettings, warn: (line: string) => void, shipping?: RowsShipping) {
    this.#settings = settings;
    this.#warn = warn;
    this.#shipping = shipping;
    this.#spans = new Spans(settings);
    const { traces, logs, metrics } = settings.exporters;
    this.#silent = traces.length + logs.length + metrics.length === 0;
    if (!this.#silent && !mayThread()) this.drain = () => this.#drainHere();
  }

  begin: TelemetryBackend['begin'] = (start) => {
    const span = this.#spans.begin(start);
    this.measure(
      METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
      1,
      activeLabels(span.methodLabel, span.toolLabel),
    );
    return span;
  };

  run<T>(span: OpenSpan, fn: () => T): T {
    return this.#spans.run(span as RowSpan, fn);
  }

  inject(span: OpenSpan, carrier: Record<string, unknown>): void {
    this.#spans.inject(span as RowSpan, carrier);
  }

  end: TelemetryBackend['end'] = (open, record) => {
    // Spans come from `begin` above and nowhere else.
    const span = open as RowSpan;
    this.measure(
      METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
      -1,
      activeLabels(span.methodLabel, span.toolLabel),
    );
    this.#push({ type: 'call', span: span.row, record });
  };

  session: TelemetryBackend['session'] = (record) => this.#push({ type: 'session', record });
  auth: TelemetryBackend['auth'] = (record) => this.#push({ type: 'auth', record });
  config: TelemetryBackend['config'] = (record) => this.#push({ type: 'config', record });
  checkpoint: TelemetryBackend['checkpoint'] = (record) =>
    this.#push({ type: 'checkpoint', record });
  integrity: TelemetryBackend['integrity'] = (record) => this.#push({ type: 'integrity', record });

  measure: TelemetryBackend['measure'] = (metric, value, labels) => {
    if (this.#silent || this.#drained) return;
    this.#series.add(metric, value, labels);
    this.#schedule();
  };

  ship(folder: string): void {
    if (this.#shipping === undefined || this.#drained) return;
    this.#shipped.push(folder);
    if (this.#host === undefined) this.#schedule();
    else this.#post({ type: 'ship', folder });
  }

  stats(): RowsStats {
    const at = (word: number): number => Atomics.load(this.#counters, word);
    return {
      rows: this.#made,
      droppedRows: this.#dropped,
      spansSent: at(COUNTER.spansSent),
      logRecordsSent: at(COUNTER.logRecordsSent),
      metricExports: at(COUNTER.metricExports),
      notDelivered: at(COUNTER.dropped),
      failedExports: at(COUNTER.failedExports),
    };
  }

  drainSync(capMs: number = this.#settings.drainMs): void {
    if (this.#drained) return;
    this.#drained = true;
    clearTimeout(this.#startTimer);
    clearTimeout(this.#flushTimer);
    if (this.drain !== undefined) return;
    try {
      const empty = this.#rows.length === 0 && this.#series.size === 0;
      if (this.#host === undefined && empty && this.#shipped.length === 0) return;
      const deadline = Date.now() + capMs;
      this.#start();
      this.#flush();
      this.#sendRuntime();
      const drain: Drain = { type: 'drain', untilMs: deadline, latestMs: deadline + capMs };
      this.#post(drain);
      this.#awaitDrain(drain);
      this.#host?.hearNow();
    } catch {
      // The process is ending; there is nothing left to do and nobody to tell.
    }
  }

  /**
   * A worker that says nothing (it could not start) costs the cap and no more. One that is still loading its exporters when
   * the cap is over, on a slow machine or a busy one, gets as long again: without them nothing of a short session is sent.
   */
  #awaitDrain({ untilMs, latestMs }: Drain): void {
    const wait = (word: number, value: number, until: number): void =>
      void Atomics.wait(this.#counters, word, value, Math.max(1, until - Date.now()));
    wait(COUNTER.drained, 0, untilMs);
    if (Atomics.load(this.#counters, COUNTER.drained) !== 0) return;
    wait(COUNTER.begun, LOADING, latestMs);
    const moreMs = Atomics.load(this.#counters, COUNTER.begun) - DRAINING;
    if (moreMs > 0) wait(COUNTER.drained, 0, untilMs + moreMs);
  }

  async #drainHere(): Promise<void> {
    if (this.#host === undefined && this.#rows.length === 0 && this.#series.size === 0) return;
    clearTimeout(this.#startTimer);
    this.#start();
    this.#flush();
    this.#sendRuntime();
    await this.#host?.drain?.(this.#settings.drainMs);
  }

  #push(row: Row): void {
    if (this.#silent || this.#drained) return;
    this.#made++;
    const waiting = this.#rows.length + this.#posted - Atomics.load(this.#counters, COUNTER.taken);
    if (waiting >= MAX_WAITING) {
      this.#dropped++;
      this.#series.add(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED, 1, {
        [ATTR_MCP_LOGBOOK_SIGNAL]: row.type === 'call' ? 'traces' : 'logs',
        [ATTR_MCP_LOGBOOK_REASON]: 'queue_full',
      });
      return;
    }
    this.#rows.push(row);
    if (this.#rows.length >= BATCH_ROWS && this.#host !== undefined) this.#flush();
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#host === undefined) {
      this.#startTimer ??= setTimeout(
        () =>
          this.#safely(() => {
            this.#start();
            this.#flush();
          }),
        START_DELAY_MS,
      ).unref();
      return;
    }
    this.#flushTimer ??= setTimeout(
      () => this.#safely(() => this.#flush()),
      BATCH_DELAY_MS,
    ).unref();
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    do {
      const rows = this.#rows.length <= BATCH_ROWS ? this.#rows : this.#rows.slice(0, BATCH_ROWS);
      this.#rows = rows === this.#rows ? [] : this.#rows.slice(BATCH_ROWS);
      const series = this.#series.take();
      if (rows.length === 0 && series.length === 0) return;
      this.#posted += rows.length;
      this.#post({ type: 'batch', rows, series });
    } while (this.#rows.length > 0);
  }

  #post(message: ToWorker): void {
    this.#host?.post(message);
  }

  #start(): void {
    if (this.#host !== undefined) return;
    const options: HostOptions = {
      settings: this.#settings,
      ship: this.#shipping?.settings,
      counters: this.#counters,
      shipsOnly: this.#silent,
      hear: (message) => this.#hear(message),
      failed: () => this.#warn('the export failed; telemetry is lost, the logbook is not affected'),
    };
    try {
      if (mayThread()) this.#host = startWorker(options);
      else {
        this.#host = startHere(options);
        this.#warn(
          'no worker thread is permitted: telemetry is exported on the main thread, and what process.exit cuts off is lost; --allow-worker permits one',
        );
      }
    } catch (error) {
      const { code = 'unknown failure' } = error as { code?: string };
      this.#drained = true;
      this.#rows = [];
      this.#warn(
        `the export worker cannot be started (${code}); telemetry is lost, the logbook is not affected`,
      );
      return;
    }
    for (const folder of this.#shipped) this.#post({ type: 'ship', folder });
    if (this.#settings.exporters.metrics.length > 0 && !this.#drained) void this.#watchRuntime();
  }

  /** Off the way of every start-up: the worker is loading meanwhile. */
  async #watchRuntime(): Promise<void> {
    try {
      const { watchRuntime } = await import('./runtime.ts');
      this.#readRuntime = watchRuntime();
      setInterval(() => this.#sendRuntime(), this.#settings.metricIntervalMs).unref();
    } catch {
      // No readings; nothing else depends on them.
    }
  }

  #sendRuntime(): void {
    try {
      const points = this.#readRuntime?.();
      if (points !== undefined) this.#post({ type: 'runtime', points });
    } catch {
      this.#readRuntime = undefined;
    }
  }

  #hear(message: FromWorker): void {
    if ('text' in message) {
      this.#warn(message.text);
      return;
    }
    const labels = { [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: message.origin };
    const measure = this.#shipping?.measure ?? this.measure;
    measure(METRIC_MCP_LOGBOOK_SHIP_PENDING, message.pending, labels);
    measure(METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE, message.oldestAgeSeconds, labels);
  }

  #safely(fn: () => void): void {
    try {
      fn();
    } catch {
      this.#dropped += this.#rows.length;
      this.#rows = [];
    }
  }
}
