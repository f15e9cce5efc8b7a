/**
 * The worker of a process that ships its log and exports no telemetry: the messages of `main.ts` about shipping, and
 * nothing of OpenTelemetry loaded for them. A short session must be shipped within the wait of its exit.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { COUNTER } from '../rows/messages.ts';
import type { Problem, ToWorker } from '../rows/messages.ts';
import type { ShipSettings } from '../rows/settings.ts';
import { ShipHost } from './ship-host.ts';

// A border: the main thread of ours made this object.
const { ship, counters, port } = workerData as {
  readonly ship: ShipSettings | undefined;
  readonly counters: Int32Array;
  readonly port: MessagePort;
};

const host = new ShipHost(ship, port, (text) => {
  const problem: Problem = { text };
  port.postMessage(problem);
});

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'ship') void host.follow(message.folder);
  else if (message.type === 'drain') void drain(message.untilMs);
});

async function drain(untilMs: number): Promise<void> {
  await host.drain(untilMs).catch(() => {});
  Atomics.store(counters, COUNTER.drained, 1);
  Atomics.notify(counters, COUNTER.drained);
}
