/**
 * Entries of a log as a reader walks them: pairs of leaf and seal, in order, from a cursor on.
 *
 * A cursor stands behind a complete pair or a commit, never between leaf and seal, and never behind a torn line: what
 * a crash leaves there may be cut off by the next start. Lines that are not in their form are passed over: saying so
 * is the work of `verify`, and one bad line must not hide the rest.
 */
import { join } from 'node:path';
import { LogbookError } from './errors.ts';
import { hasBytes, MAX_LINE_BYTES, scanLines } from './scan.ts';
import { openSegment, segmentSize, type SegmentFile } from './segment-file.ts';
import { listSegments, parseSegmentName } from './segment.ts';

/** A place in a log. JSON-safe. */
export interface LogCursor {
  /** File name of the segment; empty = before the first. */
  readonly segment: string;
  readonly offset: number;
  /** 1-based number of the line at `offset`. */
  readonly line: number;
  /** Index of the next leaf. */
  readonly index: number;
}

/** Where one entry is. */
export interface EntryPlace {
  readonly segment: string;
  readonly offset: number;
  readonly line: number;
  readonly index: number;
  readonly leafBytes: number;
  readonly sealBytes: number;
}

/** Sees one entry; the texts are the lines without newlines. Returns false to stop behind it. */
export type EntryVisitor = (place: EntryPlace, leaf: string, seal: string) => boolean;

export const LOG_START: LogCursor = { segment: '', offset: 0, line: 1, index: 0 };

const LEAF_START = Buffer.from('{"leaf":');
const SEAL_START = Buffer.from('{"seal":');

/** Visits the complete entries behind a cursor and gives the cursor behind them. */
export function scanEntries(folder: string, from: LogCursor, visit: EntryVisitor): LogCursor {
  let cursor = from;
  for (const segment of listSegments(folder)) {
    if (segment < cursor.segment) continue;
    const start = segment === cursor.segment ? cursor : { offset: 0, line: 1 };
    let index = indexAt(segment, from, cursor);
    let offsetBehind = start.offset;
    let lineBehind = start.line;
    let leaf: { text: string; offset: number; line: number; bytes: number } | undefined;
    let stopped = false;
    scanLines(
      join(folder, 'segments', segment),
      (buffer, first, end, line, offset) => {
        if (stopped) return false;
        if (hasBytes(buffer, first, end, LEAF_START)) {
          leaf = { text: buffer.toString('utf8', first, end), offset, line, bytes: end - first };
          return true;
        }
        if (leaf !== undefined && hasBytes(buffer, first, end, SEAL_START)) {
          const place = {
            segment,
            offset: leaf.offset,
            line: leaf.line,
            index,
            leafBytes: leaf.bytes,
            sealBytes: end - first,
          };
          stopped = !visit(place, leaf.text, buffer.toString('latin1', first, end));
          index += 1;
        }
        leaf = undefined;
        offsetBehind = offset + end + 1 - first;
        lineBehind = line + 1;
        return true;
      },
      start,
    );
    cursor = { segment, offset: offsetBehind, line: lineBehind, index };
    if (stopped) break;
  }
  return cursor;
}

/** The cursor behind the last complete entry; reads the last segment, at most 256 MiB of the log. */
export function endOfLog(folder: string): LogCursor {
  const segment = listSegments(folder).at(-1);
  const index = segment === undefined ? undefined : parseSegmentName(segment);
  if (segment === undefined || index === undefined) return LOG_START;
  return scanEntries(folder, { segment, offset: 0, line: 1, index }, () => true);
}

/** Index of the first leaf of a segment that is read behind a cursor; what was before the first that is kept may have gone. */
export function indexAt(segment: string, from: LogCursor, cursor: LogCursor): number {
  const isFirst = cursor === from && segment !== from.segment;
  return isFirst ? (parseSegmentName(segment) ?? from.index) : cursor.index;
}

/** Bytes of a log behind a cursor: 0 = nothing new. */
export function bytesBehind(folder: string, cursor: LogCursor): number {
  let bytes = 0;
  for (const segment of listSegments(folder)) {
    if (segment < cursor.segment) continue;
    const size = segmentSize(join(folder, 'segments', segment)) ?? 0;
    bytes += segment === cursor.segment ? Math.max(0, size - cursor.offset) : size;
  }
  return bytes;
}

/** True if the cursor points into the log as it is: its segment is there and long enough. */
export function isInLog(folder: string, cursor: LogCursor): boolean {
  if (cursor.segment === '') return true;
  return (segmentSize(join(folder, 'segments', cursor.segment)) ?? -1) >= cursor.offset;
}

/** Most segment files kept open by one reader. */
const MAX_OPEN = 16;

/** Reads entries by their place, with segment files kept open. Segments only grow, so a descriptor stays good. */
export class EntryFiles {
  readonly #folder: string;
  readonly #open = new Map<string, SegmentFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Gives the two lines of an entry.
   * @throws LogbookError `ERR_LOGBOOK_INDEX` when they are not where the place says
   */
  read(place: EntryPlace): { readonly leaf: Buffer; readonly seal: string } {
    const { leafBytes, sealBytes, offset } = place;
    // The place may come from a damaged index.
    const isPlace =
      [leafBytes, sealBytes].every((size) => size > 0 && size <= MAX_LINE_BYTES) &&
      Number.isSafeInteger(offset);
    const bytes = Buffer.allocUnsafe(isPlace ? leafBytes + 1 + sealBytes : 0);
    const read = isPlace ? this.#file(place.segment).read(bytes, 0, bytes.length, offset) : 0;
    const leaf = bytes.subarray(0, leafBytes);
    if (
      !isPlace ||
      read !== bytes.length ||
      bytes[leafBytes] !== 0x0a ||
      !hasBytes(bytes, 0, leafBytes, LEAF_START) ||
      !hasBytes(bytes, leafBytes + 1, bytes.length, SEAL_START)
    ) {
      throw new LogbookError(
        'ERR_LOGBOOK_INDEX',
        `segment "${place.segment}" has no entry at offset ${place.offset}`,
        { hint: 'delete "index.db" in the log\'s folder: the next query builds it anew' },
      );
    }
    return { leaf, seal: bytes.toString('latin1', leafBytes + 1) };
  }

  close(): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }

  #file(segment: string): SegmentFile {
    const known = this.#open.get(segment);
    if (known !== undefined) return known;
    if (this.#open.size >= MAX_OPEN) this.close();
    const file = openSegment(join(this.#folder, 'segments', segment));
    this.#open.set(segment, file);
    return file;
  }
}
