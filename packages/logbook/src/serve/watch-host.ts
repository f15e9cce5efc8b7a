/** Starts the thread of `watch-worker.ts` and turns what it tells into metrics, a FATAL event and lines. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../start-thread.ts';
import type { SinkMetrics } from './metrics.ts';
import type { Lines } from './lines.ts';
import type { IntegrityEvents } from './integrity-events.ts';
import type { WatchMessage, WatchTask } from './watch-worker.ts';

export interface WatchHost {
  /** True once a check failed. */
  readonly failed: boolean;
  close(): Promise<void>;
}

/** Told by all of these; none of them throws. */
export interface WatchOutputs {
  readonly metrics: SinkMetrics;
  readonly events: IntegrityEvents;
  readonly lines: Lines;
}

/** New entries are looked at this often, so that a change is told within a minute. */
const EVERY_MS = 20_000;
const ANCHORS_EVERY_MS = 3_600_000;

/** The thread starts once the sink runs: loading it takes as long as the sink's own start. */
const DELAY_MS = 5_000;

export function startWatch(
  task: Omit<WatchTask, 'everyMs' | 'anchorsEveryMs'>,
  outputs: WatchOutputs,
  everyMs: number = EVERY_MS,
  delayMs: number = DELAY_MS,
): WatchHost {
  const state = { failed: false, told: '' };
  let worker: Worker | undefined;
  const timer = setTimeout(() => {
    worker = startThread('#verify-worker', {
      workerData: { ...task, everyMs, anchorsEveryMs: ANCHORS_EVERY_MS } satisfies WatchTask,
      name: 'mcp-logbook verify',
    });
    worker.unref();
    worker.on('message', (message: WatchMessage) => take(message, task.origin, state, outputs));
    worker.on('error', ({ message }) =>
      outputs.lines.problem(new Error(`verification of the log ended: ${message}`)),
    );
  }, delayMs);
  timer.unref();
  return {
    get failed() {
      return state.failed;
    },
    close: async () => {
      clearTimeout(timer);
      await worker?.terminate();
    },
  };
}

function take(
  message: WatchMessage,
  origin: string,
  state: { failed: boolean; told: string },
  { metrics, events, lines }: WatchOutputs,
): void {
  switch (message.type) {
    case 'sound':
      state.told = '';
      metrics.verified();
      break;
    case 'failed': {
      const { problem } = message;
      state.failed = true;
      metrics.verifyFailed();
      lines.problem(new Error(`the log is not what was signed: ${problem.message}`));
      // The same problem is one event, however often it is seen.
      if (state.told !== problem.message) events.failed(origin, problem);
      state.told = problem.message;
      break;
    }
    case 'anchor':
      metrics.anchored(message.signedMs);
      break;
    case 'trouble':
      lines.problem(new Error(`cannot verify the log: ${message.message}`));
      break;
    default:
  }
}
