/**
 * The leaves of a log as its tree takes them: hashes in order, and what a proof over them needs. One pass, no index.
 */
import { join } from 'node:path';
import { LogbookError } from './errors.ts';
import { consistencyRanges, type LeafRange, RangeRoots } from './proof.ts';
import { hasBytes, leafHashAt, scanLines, utf8At } from './scan.ts';
import { readPruned } from './pruned.ts';
import { listSegments } from './segment.ts';
import { parseCommit } from './verify-lines.ts';

const LEAF_START = Buffer.from('{"leaf":');
const COMMIT_START = Buffer.from('{"commit":"');

/** Sees a line that is not a seal: bytes `start` to `end` of `buffer`, borrowed. Returns false to stop behind it. */
type LogLineVisitor = (buffer: Buffer, start: number, end: number) => boolean;

/**
 * Visits all lines of a log in order, seals included.
 * @throws LogbookError `ERR_LOGBOOK_IO`, `ERR_LOGBOOK_FORMAT`
 */
export function scanLog(folder: string, visit: LogLineVisitor): void {
  for (const name of listSegments(folder)) {
    let more = true;
    scanLines(join(folder, 'segments', name), (buffer, start, end) => {
      if (more) more = visit(buffer, start, end);
      return more;
    });
    if (!more) return;
  }
}

/** True if the line is a leaf. */
export function isLeafLine(buffer: Buffer, start: number, end: number): boolean {
  return hasBytes(buffer, start, end, LEAF_START);
}

/** The note of a commit line in its one spelling, else undefined. */
export function commitNote(buffer: Buffer, start: number, end: number): string | undefined {
  return hasBytes(buffer, start, end, COMMIT_START)
    ? parseCommit(utf8At(buffer, start, end))
    : undefined;
}

/**
 * Roots over ranges of leaves, in their order.
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY` when the log is shorter than the last range
 */
export function rangeRoots(folder: string, ranges: readonly LeafRange[]): Buffer[] {
  const cut = readPruned(folder);
  const roots = new RangeRoots(ranges, cut?.tree);
  const end = Math.max(0, ...ranges.map((range) => range.end));
  let size = cut?.tree.size ?? 0;
  if (end > size) {
    scanLog(folder, (buffer, start, stop) => {
      if (!isLeafLine(buffer, start, stop)) return true;
      roots.add(Buffer.from(leafHashAt(buffer, start, stop), 'latin1'));
      size += 1;
      return size < end;
    });
  }
  const found = roots.roots();
  if (found !== undefined) return found;
  if (size >= end)
    throw new LogbookError(
      'ERR_LOGBOOK_UNPROVABLE',
      `log "${folder}" has no entries before ${cut?.tree.size ?? 0} any more: nothing about their order can be proven`,
      { hint: 'retention removed them; proofs from before stay good' },
    );
  throw new LogbookError(
    'ERR_LOGBOOK_INTEGRITY',
    `log "${folder}" has ${size} leaves, but ${end} were signed`,
    { hint: 'mcp-logbook verify says where it is damaged' },
  );
}

/** The consistency proof between two sizes of a log (RFC 6962 2.1.2). */
export function proveConsistency(folder: string, old: number, size: number): Buffer[] {
  return rangeRoots(folder, consistencyRanges(old, size));
}
