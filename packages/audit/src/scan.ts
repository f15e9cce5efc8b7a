/**
 * A fast scan over the lines of one file: no text, no objects, one buffer that moves along the file.
 *
 * The visitor gets byte ranges of that buffer and must copy what it keeps. The byte before a range is always there and
 * may be overwritten while the visitor runs: that is how a leaf is hashed without copying (`leafHashAt`). Lines end in
 * a newline; what follows the last newline is the tail: a torn write, or a writer in the middle of one.
 */
import { asLogbookError, LogbookError } from './errors.ts';
import { sha256Latin1 } from './hash.ts';
import { openSegment, type SegmentFile } from './segment-file.ts';

/**
 * Longest line: a payload of 256 KiB sealed in base64url is 350 KB. A longer one is damage, and must not eat memory.
 */
export const MAX_LINE_BYTES: number = 1024 * 1024;

/** Read at once: fits the second-level cache, and most lines. */
const CHUNK_BYTES = 256 * 1024;

const NEWLINE = 0x0a;

/** Where a scan starts; `line` is the 1-based number of the line at `offset`. */
export interface ScanStart {
  readonly offset: number;
  readonly line: number;
}

/** Where a scan ended: behind the last complete line. */
export interface ScanEnd extends ScanStart {
  /** Bytes behind the last newline, at most `MAX_LINE_BYTES`. */
  readonly tail: Buffer;
}

/** Sees one line: bytes `start` to `end` (without newline) of `buffer`. Returns false to stop the scan before it. */
export type LineVisitor = (
  buffer: Buffer,
  start: number,
  end: number,
  line: number,
  offset: number,
) => boolean;

/** What sees every line of a piece; as `LineVisitor`. */
export type LineVisit = (...line: Parameters<LineVisitor>) => void;

/** Where a file begins. */
export const FILE_START: ScanStart = { offset: 0, line: 1 };

/**
 * Visits every complete line of a file.
 * @throws LogbookError `ERR_LOGBOOK_FORMAT` on a line over `MAX_LINE_BYTES`, `ERR_LOGBOOK_IO`
 */
export function scanLines(path: string, visit: LineVisitor, from: ScanStart = FILE_START): ScanEnd {
  const file = openFile(path);
  try {
    // One byte of room before the first line.
    let buffer = Buffer.allocUnsafe(1 + CHUNK_BYTES);
    let filled = 1;
    let { offset, line } = from;
    for (;;) {
      const read = file.read(buffer, filled, buffer.length - filled, offset + filled - 1);
      if (read === 0) break;
      const known = filled;
      filled += read;
      let start = 1;
      let end = indexOfNewline(buffer, known, filled);
      while (end >= 0) {
        if (!visit(buffer, start, end, line, offset))
          return { offset, line, tail: Buffer.alloc(0) };
        offset += end + 1 - start;
        line += 1;
        start = end + 1;
        end = indexOfNewline(buffer, start, filled);
      }
      if (start > 1) {
        buffer.copyWithin(1, start, filled);
        filled -= start - 1;
      } else if (filled > MAX_LINE_BYTES) {
        const message = `line ${line} is over ${MAX_LINE_BYTES} bytes`;
        throw new LogbookError('ERR_LOGBOOK_FORMAT', message);
      } else if (filled === buffer.length) {
        buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      }
    }
    return { offset, line, tail: Buffer.from(buffer.subarray(1, filled)) };
  } catch (cause) {
    throw asLogbookError(
      cause,
      `cannot read "${path}"`,
      'see that it is a file this process may read',
    );
  } finally {
    file.close();
  }
}

/**
 * Visits the lines of about `bytes` of a file, so that its caller may do something else in between.
 * @returns where the next piece begins; undefined at the end of the file
 * @throws LogbookError as `scanLines`
 */
export function scanPiece(
  path: string,
  visit: LineVisit,
  from: ScanStart,
  bytes: number,
): ScanStart | undefined {
  let isOver = false;
  const { offset, line } = scanLines(
    path,
    (buffer, start, end, at, place) => {
      isOver = place - from.offset >= bytes;
      if (!isOver) visit(buffer, start, end, at, place);
      return !isOver;
    },
    from,
  );
  return isOver ? { offset, line } : undefined;
}

/** RFC 6962 leaf hash (latin1, 32 characters) of a range whose preceding byte may be borrowed: nothing is copied. */
export function leafHashAt(buffer: Buffer, start: number, end: number): string {
  const before = buffer[start - 1] ?? 0;
  buffer[start - 1] = 0;
  const digest = sha256Latin1(buffer.subarray(start - 1, end));
  buffer[start - 1] = before;
  return digest;
}

/** True if the range holds `expected` at `at`. */
export function hasBytes(buffer: Buffer, at: number, end: number, expected: Uint8Array): boolean {
  if (at + expected.length > end) return false;
  for (let i = 0; i < expected.length; i += 1) {
    if (buffer[at + i] !== expected[i]) return false;
  }
  return true;
}

/** Text of a range, or undefined if it is not well-formed UTF-8. */
export function utf8At(buffer: Buffer, start: number, end: number): string | undefined {
  const text = buffer.toString('utf8', start, end);
  // Ill-formed bytes decode to U+FFFD; then encoding again gives other bytes.
  if (text.includes('\ufffd') && !Buffer.from(text).equals(buffer.subarray(start, end)))
    return undefined;
  return text;
}

function openFile(path: string): SegmentFile {
  try {
    return openSegment(path);
  } catch (cause) {
    if (cause instanceof LogbookError) throw cause;
    throw new LogbookError('ERR_LOGBOOK_IO', `cannot open "${path}"`, { cause });
  }
}

function indexOfNewline(buffer: Buffer, from: number, end: number): number {
  const at = buffer.indexOf(NEWLINE, from);
  return at < end ? at : -1;
}
