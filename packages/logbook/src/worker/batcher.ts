/**
 * A bounded queue before one exporter: a batch when it is full or its delay is over, one export at a time, failures and
 * overflow counted (I10; OpenTelemetry's own processors drop silently).
 */
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import type { BatchLimits } from '../rows/settings.ts';

/** What all OTLP exporters look like. */
export interface Exporter<T> {
  export(items: T, done: (result: ExportResult) => void): void;
}

/** Told of every batch. */
export interface BatchObserver {
  sent(count: number): void;
  failed(count: number, error: Error | undefined): void;
  dropped(count: number): void;
}

/** See the file's header. */
export class Batcher<T> {
  readonly #exporter: Exporter<T[]>;
  readonly #limits: BatchLimits;
  readonly #observer: BatchObserver;
  #queue: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #inFlight: Promise<boolean> | undefined;

  constructor(exporter: Exporter<T[]>, limits: BatchLimits, observer: BatchObserver) {
    this.#exporter = exporter;
    this.#limits = limits;
    this.#observer = observer;
  }

  add(item: T): void {
    if (this.#queue.length >= this.#limits.queueSize) {
      this.#observer.dropped(1);
      return;
    }
    this.#queue.push(item);
    if (this.#queue.length >= this.#limits.batchSize) this.#kick();
    else this.#timer ??= setTimeout(() => this.#kick(), this.#limits.delayMs).unref();
  }

  /** Sends everything that waits through `last`; false as soon as a batch fails. */
  async drain(last: Exporter<T[]>): Promise<boolean> {
    clearTimeout(this.#timer);
    // What is in flight may sit in a retry: the rest does not wait for it.
    const inFlight = this.#inFlight;
    while (this.#queue.length > 0) {
      if (!(await this.#send(last, this.#queue.splice(0, this.#limits.batchSize)))) return false;
    }
    return (await inFlight) ?? true;
  }

  #kick(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#inFlight !== undefined || this.#queue.length === 0) return;
    this.#inFlight = this.#send(this.#exporter, this.#queue.splice(0, this.#limits.batchSize));
    void this.#inFlight.then(() => {
      this.#inFlight = undefined;
      if (this.#queue.length >= this.#limits.batchSize) this.#kick();
      else if (this.#queue.length > 0)
        this.#timer ??= setTimeout(() => this.#kick(), this.#limits.delayMs).unref();
    });
  }

  #send(exporter: Exporter<T[]>, batch: T[]): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (result: ExportResult): void => {
        const ok = result.code === ExportResultCode.SUCCESS;
        if (ok) this.#observer.sent(batch.length);
        else this.#observer.failed(batch.length, result.error);
        resolve(ok);
      };
      try {
        exporter.export(batch, done);
      } catch (error) {
        done({ code: ExportResultCode.FAILED, ...(error instanceof Error && { error }) });
      }
    });
  }
}
