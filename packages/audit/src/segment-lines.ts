/** The lines of a segment with their places, for the opening of a log (recover.ts). */
import { LogbookError } from './errors.ts';
import { openSegment } from './segment-file.ts';

const CHUNK_BYTES = 1024 * 1024;

/** One line. */
export interface Line {
  readonly text: Buffer;
  readonly segment: string;
  readonly number: number;
  /** Offset of the line's first byte. */
  readonly start: number;
  /** Offset behind its newline, or of the end of file when it has none. */
  readonly end: number;
  readonly complete: boolean;
}

/** Lines of a segment from an offset on; the last may lack its newline. */
export function* readLines(path: string, segment: string, from: number): Generator<Line> {
  const file = openSegment(path);
  try {
    let number = from === 0 ? 1 : Number.NaN;
    let start = from;
    let rest: Buffer = Buffer.alloc(0);
    for (let at = from; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = file.read(chunk, 0, CHUNK_BYTES, at);
      if (read === 0) break;
      at += read;
      const data =
        rest.length === 0
          ? chunk.subarray(0, read)
          : Buffer.concat([rest, chunk.subarray(0, read)]);
      let begin = 0;
      for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, begin)) {
        const next = start + end + 1 - begin;
        yield {
          text: data.subarray(begin, end),
          segment,
          number,
          start,
          end: next,
          complete: true,
        };
        number += 1;
        start = next;
        begin = end + 1;
      }
      rest = data.subarray(begin);
    }
    if (rest.length > 0) {
      yield { text: rest, segment, number, start, end: start + rest.length, complete: false };
    }
  } finally {
    file.close();
  }
}

export function readRange(path: string, start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start);
  const file = openSegment(path);
  try {
    return bytes.subarray(0, file.read(bytes, 0, bytes.length, start));
  } finally {
    file.close();
  }
}

export function startsWith(line: Buffer, prefix: string): boolean {
  return line.toString('latin1', 0, prefix.length) === prefix;
}

/**
 * Strict UTF-8: other bytes would decode to text that encodes differently, which parseLeaf cannot see.
 * @throws LogbookError `ERR_LOGBOOK_FORMAT`
 */
export function textOf(line: Buffer): string {
  const text = line.toString();
  if (!Buffer.from(text).equals(line))
    throw new LogbookError('ERR_LOGBOOK_FORMAT', 'line is not UTF-8');
  return text;
}
