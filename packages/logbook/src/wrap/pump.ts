/**
 * Moves bytes from one stream to another, unchanged and in order, and never faster than the slower one: while the sink
 * is full the source is not read, so what waits in memory is one chunk and the streams' own marks.
 */
import type { Readable, Writable } from 'node:stream';

/** What happens to each chunk on its way. */
export interface Passage {
  /** Gives `forward` what may go on now: usually the chunk as it came. */
  take(chunk: Buffer, forward: (bytes: Buffer) => void): void;
  /** The source ended. */
  end(forward: (bytes: Buffer) => void): void;
}

/**
 * Runs until the source ends, then ends the sink; a sink that breaks ends the source, as a broken pipe does.
 * @returns resolves when either is over and everything was handed on; never rejects
 */
export function pump(source: Readable, sink: Writable, passage: Passage): Promise<void> {
  return new Promise((resolve) => {
    let isOver = false;
    const forward = (bytes: Buffer): void => {
      if (isOver || bytes.length === 0) return;
      if (!sink.write(bytes)) source.pause();
    };
    const over = (): void => {
      if (isOver) return;
      passage.end(forward);
      isOver = true;
      sink.end(resolve);
    };
    const broken = (): void => {
      isOver = true;
      source.destroy();
      resolve();
    };
    sink.on('drain', () => source.resume());
    sink.on('error', broken);
    sink.on('close', broken);
    source.on('data', (chunk: Buffer) => passage.take(chunk, forward));
    source.on('end', over);
    source.on('error', over);
    source.on('close', over);
  });
}
