/**
 * The end of a program whose MCP server runs in a worker thread. When the main thread ends, by `process.exit` or a signal,
 * its threads are stopped where they are, and only the main thread hears of it. So a thread that has something to lose
 * says so, and the main thread, before it goes, has it end and waits for it.
 *
 * Costs nothing before the program starts a thread of its own. Nothing here keeps a thread alive.
 */
import { subscribe } from 'node:diagnostics_channel';

/** Longest wait of the main thread for all others: an ending's own bound, and some for the way there. */
const WAIT_MS = 2_300;
const NAME = 'mcp-logbook.end';

/** One thread's word: 0 while it has not ended. */
type Word = Int32Array;

type Threads = typeof import('node:worker_threads');
const threads = (): Threads => process.getBuiltinModule('node:worker_threads');

/**
 * In the main thread, before the program: has `onEnd` called with what ends the other threads, once one needs it.
 * @param isOwn whether the thread that is just being started is ours
 */
export function watchThreads(isOwn: () => boolean, onEnd: (end: () => void) => void): void {
  let isWatching = false;
  subscribe('worker_threads', () => {
    if (isWatching || isOwn()) return;
    isWatching = true;
    const { BroadcastChannel } = threads();
    const channel = new BroadcastChannel(NAME);
    const words: Word[] = [];
    channel.onmessage = ({ data }) => {
      if (!(data instanceof Int32Array)) return;
      words.push(data);
      if (words.length === 1)
        onEnd(() => {
          channel.postMessage('end');
          const until = Date.now() + WAIT_MS;
          for (const word of words) Atomics.wait(word, 0, 0, Math.max(1, until - Date.now()));
        });
    };
    channel.unref();
  });
}

/** In any other thread: has `end` called when the main thread ends, and tells it when this one has ended. */
export function endWithMainThread(end: () => void): () => void {
  const { BroadcastChannel, isMainThread } = threads();
  if (isMainThread) return end;
  const word: Word = new Int32Array(new SharedArrayBuffer(4));
  const ended = (): void => {
    try {
      end();
    } finally {
      Atomics.store(word, 0, 1);
      Atomics.notify(word, 0);
    }
  };
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => {
    if (data === 'end') ended();
  };
  channel.unref();
  channel.postMessage(word);
  return ended;
}
