/** The export worker: never keeps the process alive, and wakes the main thread, which waits in `exit`, when it has drained. */
import { parentPort, workerData } from 'node:worker_threads';
import { COUNTER, LOADING, type ToWorker } from '../rows/messages.ts';
import type { ExportOptions } from './export.ts';

// A border: the main thread of ours made this object.
const options = workerData as ExportOptions;
const { counters } = options;

// Said first: an exit that finds us here waits for what is loaded as well.
Atomics.store(counters, COUNTER.begun, LOADING);
try {
  const { startExport } = await import('./export.ts');
  const worker = await startExport(options);
  parentPort?.on('message', (message: ToWorker) => void worker.take(message));
} catch (error) {
  // Nor does it wait for one that cannot be loaded.
  Atomics.store(counters, COUNTER.begun, 0);
  Atomics.store(counters, COUNTER.drained, 1);
  Atomics.notify(counters, COUNTER.drained);
  Atomics.notify(counters, COUNTER.begun);
  throw error;
}
