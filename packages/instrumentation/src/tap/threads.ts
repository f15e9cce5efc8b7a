/**
 * A program may pass its stdin and stdout on to a worker thread, and the SDK there has the messages that the tap of the
 * main thread sees as well. So the seam of a worker says that it got one. What it says is here before any answer of it is:
 * both come from that thread, the answer later.
 */
import {
  BroadcastChannel,
  isMainThread,
  type MessagePort,
  receiveMessageOnPort,
} from 'node:worker_threads';

const NAME = 'mcp-logbook.stdio';

/** Called where a seam got a message of its thread's stdio. */
export function tellMainThread(): void {
  if (isMainThread) return;
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(true);
  channel.close();
}

/** What other threads say. */
export interface OtherThreads {
  /** Whether one of them got a message, also when the event loop has not come to it yet. */
  hasHeard(): boolean;
  close(): void;
}

/** Has `heard` called when a thread got a message. Keeps nothing alive. */
export function listenToThreads(heard: () => void): OtherThreads {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = heard;
  channel.unref();
  return {
    // Documented for both kinds of port, typed for one.
    hasHeard: () => receiveMessageOnPort(channel as unknown as MessagePort) !== undefined,
    close: () => channel.close(),
  };
}
