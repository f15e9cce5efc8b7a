/**
 * Hands alerts to a worker that is started with the first one, so that nothing of their delivery is on the program's
 * thread, uses its patched modules or keeps it alive. At most `MAX_PENDING` wait; what comes on top is dropped, and the
 * next alert says how many (I10).
 */
import type { Worker } from 'node:worker_threads';
import { startOwn } from '@mcp-logbook/instrumentation/hook';
import { startThread } from '../start-thread.ts';
import type { Alert } from './alert-watch.ts';

const MAX_PENDING = 100;
/**
 * Longest wait at the end of a recorded process, and only while an alert is under way: a client kills after two seconds,
 * of which telemetry may take one.
 */
const DRAIN_MS = 500;

export class AlertSender {
  readonly #url: string;
  readonly #warn: (line: string) => void;
  /** Alerts handed over and neither taken nor given up. */
  readonly #pending = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #broken = false;
  #dropped = 0;

  /** @param warn one line for stderr */
  constructor(url: string, warn: (line: string) => void) {
    this.#url = url;
    this.#warn = warn;
  }

  /** Never throws, never waits. */
  send(alert: Alert): void {
    if (this.#broken) return;
    if (Atomics.load(this.#pending, 0) >= MAX_PENDING) {
      this.#dropped += 1;
      return;
    }
    try {
      this.#worker ??= this.#start();
      Atomics.add(this.#pending, 0, 1);
      this.#worker.postMessage({ ...alert, ...(this.#dropped > 0 && { dropped: this.#dropped }) });
      this.#dropped = 0;
    } catch {
      this.#fail();
    }
  }

  /** Waits for what is under way. For the end of a process. */
  drainSync(capMs: number = DRAIN_MS): void {
    const until = Date.now() + capMs;
    while (!this.#broken) {
      const pending = Atomics.load(this.#pending, 0);
      const left = until - Date.now();
      if (pending <= 0 || left <= 0) return;
      Atomics.wait(this.#pending, 0, pending, left);
    }
  }

  #start(): Worker {
    const worker = startOwn(() =>
      startThread('#alerts-worker', {
        workerData: { url: this.#url, pending: this.#pending },
        // None of its output on our stdout (I9).
        stdout: true,
        stderr: true,
        name: 'mcp-logbook alerts',
      }),
    );
    worker.on('error', () => this.#fail());
    worker.on('message', (why: string) =>
      this.#warn(`an alert could not be delivered: ${why}; see MCP_LOGBOOK_ALERT_URL`),
    );
    worker.unref();
    return worker;
  }

  #fail(): void {
    this.#broken = true;
    this.#warn('the alert worker failed; no alerts are sent, the logbook is not affected');
  }
}
