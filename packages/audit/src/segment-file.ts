/**
 * Reading a segment wherever it is: `segments/<first>.jsonl`, or, once archived (archive.ts), `archive/` or `cold/`
 * `<first>.jsonl.zst`. Everybody names the first path; offsets are those of the uncompressed lines in either place.
 *
 * An archive is zstd in the seekable format of zstd's contrib/seekable_format: independent frames, each of whole lines,
 * each with its checksum, then a skippable frame with the table of their sizes. `zstd -d` gives the segment back.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LogbookError } from './errors.ts';
import { decompress } from './zstd.ts';

/** Folders of archives: `cold` may be a link to another mount, and is used when it is there. */
export const ARCHIVES = ['archive', 'cold'] as const;

/** Magic number of the skippable frame, and of the table's end. */
export const TABLE_MAGIC = 0x18_4d_2a_5e;
export const TABLE_END_MAGIC = 0x8f_92_ea_b1;
/** Frames (4), a byte of flags, magic (4). */
export const TABLE_FOOTER_BYTES = 9;
const TABLE_HEADER_BYTES = 8;
/** Compressed and uncompressed size. */
export const TABLE_ROW_BYTES = 8;
/** A frame holds 256 KiB and the rest of a line. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** A segment open for reading. */
export interface SegmentFile {
  /** Bytes of its lines now. */
  size(): number;
  /** Fills as much of `length` as there is. */
  read(buffer: Uint8Array, at: number, length: number, offset: number): number;
  close(): void;
}

/** One frame of an archive. */
export interface Frame {
  /** In the archive. */
  readonly start: number;
  readonly bytes: number;
  /** Of its first line, uncompressed. */
  readonly offset: number;
  readonly size: number;
}

/** Opens a segment by its path in `segments/`. @throws as `openSync` does, `ERR_LOGBOOK_FORMAT` for a damaged archive */
export function openSegment(path: string): SegmentFile {
  let fd;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const archive = isMissing(error) ? archiveOf(path) : undefined;
    if (archive === undefined) throw error;
    return new ArchivedSegment(archive);
  }
  return {
    size: () => fstatSync(fd).size,
    read: (buffer, at, length, offset) => readFully(fd, buffer, at, length, offset),
    close: () => closeSync(fd),
  };
}

/** Bytes of a segment's lines; undefined when there is none. */
export function segmentSize(path: string): number | undefined {
  const hot = statSync(path, { throwIfNoEntry: false });
  if (hot !== undefined) return hot.size;
  const archive = archiveOf(path);
  if (archive === undefined) return undefined;
  const file = new ArchivedSegment(archive);
  file.close();
  return file.size();
}

/** Bytes that a segment takes on the disk. */
export function storedBytes(path: string): number {
  const place = statSync(path, { throwIfNoEntry: false }) === undefined ? archiveOf(path) : path;
  return place === undefined ? 0 : statSync(place).size;
}

/** Where the archive of a segment is. */
export function archiveOf(path: string): string | undefined {
  const folder = dirname(dirname(path));
  return ARCHIVES.map((name) => join(folder, name, `${basename(path)}.zst`)).find(
    (archive) => statSync(archive, { throwIfNoEntry: false }) !== undefined,
  );
}

/** An archive, a frame at a time; the last one read is kept. */
export class ArchivedSegment implements SegmentFile {
  readonly frames: readonly Frame[];
  readonly #path: string;
  readonly #fd: number;
  #last: { readonly frame: Frame; readonly lines: Buffer } | undefined;

  /** @throws LogbookError `ERR_LOGBOOK_FORMAT` when its table is damaged */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r');
    try {
      this.frames = this.#readTable();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  size(): number {
    const last = this.frames.at(-1);
    return last === undefined ? 0 : last.offset + last.size;
  }

  read(buffer: Uint8Array, at: number, length: number, offset: number): number {
    let done = 0;
    for (let frame; done < length && (frame = this.#frameAt(offset + done)) !== undefined;) {
      const from = offset + done - frame.offset;
      const part = this.linesOf(frame).subarray(from, from + length - done);
      buffer.set(part, at + done);
      done += part.length;
    }
    return done;
  }

  /** The frame as it is in the archive. */
  compressed({ start, bytes }: Frame): Buffer {
    const data = Buffer.allocUnsafe(bytes);
    if (readFully(this.#fd, data, 0, bytes, start) !== bytes) throw this.#damaged(start);
    return data;
  }

  /** Uncompressed. @throws LogbookError `ERR_LOGBOOK_FORMAT` when it is damaged */
  linesOf(frame: Frame): Buffer {
    if (this.#last?.frame === frame) return this.#last.lines;
    let lines: Buffer;
    try {
      lines = decompress(this.compressed(frame), frame.size);
    } catch (cause) {
      throw this.#damaged(frame.start, cause);
    }
    if (lines.length !== frame.size) throw this.#damaged(frame.start);
    this.#last = { frame, lines };
    return lines;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #frameAt(offset: number): Frame | undefined {
    let [low, high] = [0, this.frames.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const frame = this.frames[middle];
      if (frame !== undefined && frame.offset + frame.size <= offset) low = middle + 1;
      else high = middle;
    }
    return this.frames[low];
  }

  #readTable(): Frame[] {
    const { size } = fstatSync(this.#fd);
    const footer = this.#bytes(size - TABLE_FOOTER_BYTES, TABLE_FOOTER_BYTES);
    // No flags: rows have no checksums of their own, the frames have.
    if (footer.readUInt32LE(5) !== TABLE_END_MAGIC || footer.readUInt8(4) !== 0)
      throw this.#damaged(size);
    const tableBytes = footer.readUInt32LE(0) * TABLE_ROW_BYTES;
    const start = size - TABLE_FOOTER_BYTES - tableBytes;
    const table = this.#bytes(start - TABLE_HEADER_BYTES, TABLE_HEADER_BYTES + tableBytes);
    const said = table.readUInt32LE(4);
    if (table.readUInt32LE(0) !== TABLE_MAGIC || said !== tableBytes + TABLE_FOOTER_BYTES)
      throw this.#damaged(start);
    const frames: Frame[] = [];
    let [at, offset] = [0, 0];
    for (let row = TABLE_HEADER_BYTES; row < table.length; row += TABLE_ROW_BYTES) {
      const [bytes, lines] = [table.readUInt32LE(row), table.readUInt32LE(row + 4)];
      if (lines > MAX_FRAME_BYTES || bytes > 2 * MAX_FRAME_BYTES) throw this.#damaged(start);
      frames.push({ start: at, bytes, offset, size: lines });
      at += bytes;
      offset += lines;
    }
    if (at !== start - TABLE_HEADER_BYTES) throw this.#damaged(start);
    return frames;
  }

  #bytes(start: number, count: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, count));
    if (start < 0 || readFully(this.#fd, bytes, 0, count, start) !== count)
      throw this.#damaged(Math.max(0, start));
    return bytes;
  }

  #damaged(at: number, cause?: unknown): LogbookError {
    return new LogbookError(
      'ERR_LOGBOOK_FORMAT',
      `archive "${this.#path}" is damaged at byte ${at}`,
      { cause, hint: 'restore it from a backup; nothing else of the log depends on it' },
    );
  }
}

function readFully(
  fd: number,
  buffer: Uint8Array,
  at: number,
  length: number,
  offset: number,
): number {
  let done = 0;
  while (done < length) {
    const read = readSync(fd, buffer, at + done, length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
