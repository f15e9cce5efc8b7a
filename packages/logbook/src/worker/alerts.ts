/** The alert worker: sends one alert after the other, and says what could not be delivered. */
import { parentPort, workerData } from 'node:worker_threads';
import { deliver } from '../alerts/deliver.ts';

// A border: alert-sender.ts made this object.
const { url, pending } = workerData as { readonly url: string; readonly pending: Int32Array };

let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (alert: object) => {
  last = last.then(async () => {
    const why = await deliver(url, alert);
    if (why !== undefined) parentPort?.postMessage(why);
    Atomics.sub(pending, 0, 1);
    Atomics.notify(pending, 0);
  });
});
