/** The bytes of an answer of HTTP, as the program writes them; they, and what they return, are left as they are (I8). */
import type { ServerResponse } from 'node:http';
import { around } from './streams.ts';

export interface AnswerWatcher {
  /** A copy: the program may use its buffer again. */
  wrote(bytes: Buffer): void;
  /** It is over. @param errorType why, where it did not get to its end */
  over(errorType: string | undefined): void;
}

/** Whoever throws is not called again. @returns the way back */
export function watchAnswer(response: ServerResponse, watcher: AnswerWatcher): () => void {
  let undo: (() => void)[] = [];
  const unwatch = (): void => {
    for (const back of undo) back();
    undo = [];
  };
  const safely = (act: () => void): void => {
    if (undo.length === 0) return;
    try {
      act();
    } catch {
      unwatch();
    }
  };
  const wrote = ([chunk, encoding]: readonly unknown[]): void => {
    const bytes = bytesOf(chunk, encoding);
    if (bytes !== undefined) watcher.wrote(bytes);
  };
  const closed = (): void => safely(() => watcher.over('connection_closed'));
  undo = [
    around(response, 'write', (write, args) => {
      safely(() => wrote(args));
      return write(...args);
    }),
    around(response, 'end', (end, args) => {
      safely(() => {
        wrote(args);
        watcher.over(undefined);
      });
      return end(...args);
    }),
    () => response.off('close', closed),
  ];
  response.once('close', closed);
  return unwatch;
}

function bytesOf(chunk: unknown, encoding: unknown): Buffer | undefined {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}
