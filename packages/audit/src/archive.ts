/**
 * The archive of closed segments (audit.md 6): compressed, still read by everything that reads segments
 * (segment-file.ts has the format), and not a byte of a line changed.
 *
 * Where `cold/` is a folder of the log, or a link to one on another mount, archives go there, else to `archive/`. Each
 * step is durable before the next; after a crash between any two of them the next run begins again:
 *   1. `<name>.zst.part` written and fsynced    the segment is there: the part is written anew
 *   2. read back and compared with the segment  the same
 *   3. renamed to `<name>.zst`                  the segment is the truth while it is there: archived anew
 *   4. `archive.made` entered, signed           entered again
 *   5. the segment removed
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { parseCheckpoint, parseCommitExtensions } from './checkpoint.ts';
import type { ControlEntry } from './control.ts';
import { makeFolder, nodeFileOps, syncFolder, writeAll, type FileOps } from './durable.ts';
import { LogbookError } from './errors.ts';
import { parseNote } from './note.ts';
import { MAX_LINE_BYTES } from './scan.ts';
import {
  ARCHIVES,
  ArchivedSegment,
  archiveOf,
  segmentSize,
  TABLE_END_MAGIC,
  TABLE_FOOTER_BYTES,
  TABLE_MAGIC,
  TABLE_ROW_BYTES,
} from './segment-file.ts';
import { listHotSegments, listSegments } from './segment.ts';
import { readRange } from './segment-lines.ts';
import { parseCommit } from './verify-lines.ts';
import { compress } from './zstd.ts';

/** The system calls of archiving; replaced in tests. */
export interface ArchiveOps extends Pick<FileOps, 'open' | 'write' | 'datasync' | 'close'> {
  rename(from: string, to: string): void;
  unlink(path: string): void;
  syncFolder(path: string): void;
}

export const nodeArchiveOps: ArchiveOps = {
  ...nodeFileOps,
  rename: renameSync,
  unlink: unlinkSync,
  syncFolder,
};

/** Segments are archived this long after their last commit (audit.md 6). */
export const HOT_MS: number = 30 * 86_400_000;

/** Lines in a frame: what a reader of one entry decompresses (about 1 ms). */
const FRAME_BYTES = 256 * 1024;
const NEWLINE = 0x0a;
/** Longest commit line: a note of two signatures is under 1 KiB. */
const MAX_COMMIT_BYTES = 4096;

/** One segment that was archived. */
export interface Archived {
  /** File name of the segment. */
  readonly segment: string;
  readonly bytes: number;
  readonly archivedBytes: number;
}

/** Segments whose last commit is older than `HOT_MS`; never the one that is being written. */
export function dueForArchive(folder: string, nowMs: number): string[] {
  const last = listSegments(folder).at(-1);
  return listHotSegments(folder).filter(
    (name) => name !== last && lastWrittenMs(join(folder, 'segments', name)) <= nowMs - HOT_MS,
  );
}

/**
 * Archives one segment, in steps of about 256 KiB.
 * @param enter enters `archive.made`, signed and durable when it returns
 * @throws LogbookError `ERR_LOGBOOK_IO`, and what the disk refuses: then the segment is where it was
 */
export function* archiveSteps(
  folder: string,
  segment: string,
  enter: (entry: ControlEntry) => void,
  ops: ArchiveOps = nodeArchiveOps,
): Generator<undefined, Archived> {
  const path = join(folder, 'segments', segment);
  const target = archivePathFor(folder, segment);
  const digest = createHash('sha256');
  const archivedBytes = yield* guarded(
    target,
    writeArchive(`${target}.part`, framesOf(path, digest), ops),
  );
  const bytes = statSync(path).size;
  if ((yield* digestOf(`${target}.part`)) !== digest.digest('hex'))
    throw new LogbookError('ERR_LOGBOOK_IO', `archive "${target}.part" is not what was written`, {
      hint: 'the segment stays where it is; look at the disk of the archive',
    });
  yield* guarded(target, rename(`${target}.part`, target, ops));
  enter({
    kind: 'archive.made',
    action: 'archive',
    target: segment,
    payload: { segment, bytes, archivedBytes, folder: basename(dirname(target)) },
  });
  ops.unlink(path);
  ops.syncFolder(dirname(path));
  return { segment, bytes, archivedBytes };
}

/** A line that takes another's place, of the same length. */
export interface Replacement {
  /** Of the line in the segment. */
  readonly offset: number;
  readonly line: string;
}

/** Puts lines into an archive, in steps: the old archive stays until the new one is durable. */
export function* rewriteArchive(
  path: string,
  lines: readonly Replacement[],
  ops: ArchiveOps = nodeArchiveOps,
): Generator<undefined, void> {
  const archive = archiveOf(path);
  if (archive === undefined) throw new LogbookError('ERR_LOGBOOK_IO', `no archive of "${path}"`);
  const source = new ArchivedSegment(archive);
  try {
    yield* guarded(archive, writeArchive(`${archive}.part`, replaced(source, lines), ops));
  } finally {
    source.close();
  }
  yield* guarded(archive, rename(`${archive}.part`, archive, ops));
}

// --- writing

interface NewFrame {
  readonly bytes: Uint8Array;
  /** Uncompressed. */
  readonly size: number;
}

/** Frames, then their table. Fsynced. @returns its size */
function* writeArchive(
  path: string,
  frames: Iterable<NewFrame>,
  ops: ArchiveOps,
): Generator<undefined, number> {
  makeFolder(dirname(path));
  const fd = ops.open(path, 'w');
  try {
    const rows: Buffer[] = [];
    let written = 0;
    for (const { bytes, size } of frames) {
      writeAll(ops, fd, bytes, 0, bytes.length);
      written += bytes.length;
      const row = Buffer.alloc(TABLE_ROW_BYTES);
      row.writeUInt32LE(bytes.length, 0);
      row.writeUInt32LE(size, 4);
      rows.push(row);
      yield undefined;
    }
    const header = Buffer.alloc(8);
    header.writeUInt32LE(TABLE_MAGIC, 0);
    header.writeUInt32LE(rows.length * TABLE_ROW_BYTES + TABLE_FOOTER_BYTES, 4);
    const footer = Buffer.alloc(TABLE_FOOTER_BYTES);
    footer.writeUInt32LE(rows.length, 0);
    footer.writeUInt32LE(TABLE_END_MAGIC, 5);
    const table = Buffer.concat([header, ...rows, footer]);
    writeAll(ops, fd, table, 0, table.length);
    ops.datasync(fd);
    return written + table.length;
  } finally {
    ops.close(fd);
  }
}

// A generator as the others, so that its errors are told the same way.
// oxlint-disable-next-line require-yield
function* rename(from: string, to: string, ops: ArchiveOps): Generator<undefined, void> {
  ops.rename(from, to);
  ops.syncFolder(dirname(to));
}

/** A segment cut into frames of whole lines. */
function* framesOf(path: string, digest: ReturnType<typeof createHash>): Generator<NewFrame> {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.allocUnsafe(FRAME_BYTES + MAX_LINE_BYTES);
    for (let at = 0; at < size;) {
      const read = readSync(fd, buffer, 0, buffer.length, at);
      if (read === 0) break;
      const behind = buffer.subarray(0, read).indexOf(NEWLINE, FRAME_BYTES) + 1;
      // The rest of a segment may be a torn line: kept as it is.
      const lines = buffer.subarray(0, behind === 0 ? read : behind);
      digest.update(lines);
      yield { bytes: compress(lines), size: lines.length };
      at += lines.length;
    }
  } finally {
    closeSync(fd);
  }
}

function* replaced(source: ArchivedSegment, lines: readonly Replacement[]): Generator<NewFrame> {
  for (const frame of source.frames) {
    const { offset, size } = frame;
    const own = lines.filter((line) => offset <= line.offset && line.offset < offset + size);
    if (own.length === 0) {
      yield { bytes: source.compressed(frame), size };
      continue;
    }
    const content = Buffer.from(source.linesOf(frame));
    for (const line of own) {
      const written = content.write(line.line, line.offset - offset, 'latin1');
      if (written !== line.line.length)
        throw new LogbookError('ERR_LOGBOOK_INTEGRITY', "an archived line is over its frame's end");
    }
    yield { bytes: compress(content), size };
  }
}

function* digestOf(archive: string): Generator<undefined, string> {
  const digest = createHash('sha256');
  const source = new ArchivedSegment(archive);
  try {
    for (const frame of source.frames) {
      digest.update(source.linesOf(frame));
      yield undefined;
    }
  } finally {
    source.close();
  }
  return digest.digest('hex');
}

/** Says which place refused; what was begun there is taken away. */
function* guarded<T>(target: string, steps: Generator<undefined, T>): Generator<undefined, T> {
  try {
    return yield* steps;
  } catch (cause) {
    try {
      rmSync(`${target}.part`, { force: true });
    } catch {
      // The next run writes it anew.
    }
    if (cause instanceof LogbookError) throw cause;
    const folder = dirname(target);
    const readOnly = cause instanceof Error && 'code' in cause && READ_ONLY.has(String(cause.code));
    throw new LogbookError(
      'ERR_LOGBOOK_IO',
      readOnly
        ? `archive folder "${folder}" cannot be written to`
        : `cannot write archive "${target}"`,
      {
        cause,
        hint: 'nothing was removed; make the folder writable and large enough, then run `mcp-logbook retain`',
      },
    );
  }
}

const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM']);

function archivePathFor(folder: string, segment: string): string {
  const cold = join(folder, ARCHIVES[1]);
  const name = `${segment}.zst`;
  return statSync(cold, { throwIfNoEntry: false })?.isDirectory() === true
    ? join(cold, name)
    : join(folder, ARCHIVES[0], name);
}

/** The time of a segment's last commit; of one that ends without, of its last write. By its path in `segments/`. */
export function lastWrittenMs(path: string): number {
  const { mtimeMs } =
    statSync(path, { throwIfNoEntry: false }) ?? statSync(archiveOf(path) ?? path);
  const size = segmentSize(path) ?? 0;
  const [, line = ''] = readRange(path, Math.max(0, size - MAX_COMMIT_BYTES), size)
    .toString()
    .split('\n')
    .toReversed();
  const note = parseCommit(line);
  if (note === undefined) return mtimeMs;
  try {
    const { extensions } = parseCheckpoint(parseNote(note).text);
    return Number(parseCommitExtensions(extensions).unixNanos / 1_000_000n);
  } catch {
    return mtimeMs;
  }
}
