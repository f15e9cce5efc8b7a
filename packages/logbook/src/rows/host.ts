/**
 * Where the export of the rows back end runs: in a worker thread, or, where Node.js permits none (`--permission` without
 * `--allow-worker`), on this thread. Here nothing can be waited for at `exit`: what `process.exit` cuts off is lost.
 */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { startOwn } from '@mcp-logbook/instrumentation/hook';
import { startThread } from '../start-thread.ts';
import type { ExportOptions } from '../worker/export.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import type { RowsSettings } from './settings.ts';

/** The other end of `post`. */
export interface ExportHost {
  post(message: ToWorker): void;
  /** Takes what the export says and this thread, waiting for it, did not hear. */
  hearNow(): void;
  /** Only on this thread. Resolves when nothing more can be sent, at most after `capMs`; never rejects. */
  drain?(capMs: number): Promise<void>;
}

/** What a host is started with. */
export interface HostOptions extends Pick<ExportOptions, 'settings' | 'ship' | 'counters'> {
  /** Only ships: nothing of OpenTelemetry is loaded for it. */
  readonly shipsOnly: boolean;
  readonly hear: (message: FromWorker) => void;
  /** The export cannot go on. */
  readonly failed: () => void;
}

/** Longest wait of a record on this thread: its end may come at any time. */
const DELAY_HERE_MS = 100;

/** Whether Node.js permits a worker thread. */
export function mayThread(): boolean {
  return process.permission?.has('worker') !== false;
}

/** Starts the worker. @throws Error where it cannot be started */
export function startWorker({ settings, ship, counters, ...options }: HostOptions): ExportHost {
  const { port1, port2 } = new MessageChannel();
  const worker = startOwn(() =>
    startThread(options.shipsOnly ? '#ship-worker' : '#export-worker', {
      workerData: { settings, ship, counters, port: port2 },
      transferList: [port2],
      // None of its output on our stdout (I9).
      stdout: true,
      stderr: true,
      name: 'mcp-logbook export',
    }),
  );
  worker.on('error', options.failed);
  worker.unref();
  port1.on('message', options.hear);
  port1.unref();
  return {
    post: (message) => worker.postMessage(message),
    hearNow() {
      for (
        let got = receiveMessageOnPort(port1);
        got !== undefined;
        got = receiveMessageOnPort(port1)
      )
        // A border: the worker of ours made it.
        options.hear(got.message as FromWorker);
    },
  };
}

/** Starts the export on this thread, loaded in turns of the event loop. */
export function startHere({ settings, ship, counters, hear, failed }: HostOptions): ExportHost {
  const loaded = import('../worker/export.ts').then(({ startExport }) =>
    startExport({
      settings: promptly(settings),
      ship,
      counters,
      port: { postMessage: hear },
      isHere: true,
    }),
  );
  loaded.catch(failed);
  const give = async (message: ToWorker): Promise<void> => {
    try {
      await (await loaded).take(message);
    } catch {
      // `failed` was told of it.
    }
  };
  return {
    post: (message) => void give(message),
    hearNow: () => {},
    drain(capMs) {
      const untilMs = Date.now() + capMs;
      return give({ type: 'drain', untilMs, latestMs: untilMs });
    },
  };
}

function promptly(settings: RowsSettings): RowsSettings {
  const { spans, logRecords } = settings;
  const delayMs = (limits: RowsSettings['spans']): number =>
    Math.min(limits.delayMs, DELAY_HERE_MS);
  return {
    ...settings,
    spans: { ...spans, delayMs: delayMs(spans) },
    logRecords: { ...logRecords, delayMs: delayMs(logRecords) },
  };
}
