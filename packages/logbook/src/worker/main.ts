/** The export worker: never keeps the process alive, and wakes the main thread, which waits in `exit`, when it has drained. */
import { parentPort, workerData } from 'node:worker_threads';
import { Export, type ExportOptions } from './export.ts';

// A border: the main thread of ours made this object.
const worker = new Export(workerData as ExportOptions);

parentPort?.on('message', (message: Parameters<Export['take']>[0]) => void worker.take(message));
