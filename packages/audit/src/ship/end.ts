/**
 * How far a log may be shipped: only what no crash can take back, since the central log never gives an entry back.
 *
 * While its writer lives: up to the last published commit (`frontier`), which is fsynced. Without a writer: all that the
 * next opening will adopt (recover.ts 3), that is every committed line and then every complete pair whose seal opens;
 * the segment is fsynced first, since the next writer would find it so.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { isThere } from '../durable.ts';
import { readFrontier } from '../frontier-file.ts';
import { tryLock } from '../lock.ts';
import { hasBytes, scanLines } from '../scan.ts';
import { segmentSize } from '../segment-file.ts';
import { listSegments } from '../segment.ts';

/** Behind the last line that may be shipped, and the number of leaves up to there. */
export interface ShipEnd {
  readonly segment: string;
  readonly offset: number;
  readonly size: number;
}

/** Whether the seal of a leaf opens: of lines behind the last commit. */
export type SealCheck = (leaf: Buffer, seal: string) => boolean;

const LEAF_START = Buffer.from('{"leaf":');
const SEAL_START = Buffer.from('{"seal":');
const COMMIT_START = Buffer.from('{"commit":');

const NOTHING: ShipEnd = { segment: '', offset: 0, size: 0 };

/** The last published commit. */
export function publishedEnd(folder: string): ShipEnd {
  return readFrontier(join(folder, 'frontier')) ?? NOTHING;
}

/**
 * The end of a log that nobody writes; undefined while somebody does. Holds the writer's lock for as long as it takes to
 * look: what lies behind the last published commit is little.
 */
export function restingEnd(folder: string, opens: SealCheck): ShipEnd | undefined {
  const published = publishedEnd(folder);
  if (!hasMore(folder, published)) return published;
  const lock = tryLock(folder);
  if (lock === undefined) return undefined;
  try {
    return scanEnd(folder, publishedEnd(folder), opens);
  } finally {
    lock.release();
  }
}

function hasMore(folder: string, end: ShipEnd): boolean {
  return listSegments(folder).some((segment) => {
    if (segment < end.segment) return false;
    const size = segmentSize(join(folder, 'segments', segment)) ?? 0;
    return segment === end.segment ? size > end.offset : size > 0;
  });
}

function scanEnd(folder: string, from: ShipEnd, opens: SealCheck): ShipEnd {
  let committed = from;
  let adopted = from;
  let size = from.size;
  let good = true;
  for (const segment of listSegments(folder)) {
    if (segment < from.segment) continue;
    const path = join(folder, 'segments', segment);
    syncFile(path);
    const start = segment === from.segment ? from.offset : 0;
    let leaf: Buffer | undefined;
    scanLines(
      path,
      (buffer, first, end, _line, offset) => {
        const behind = { segment, offset: offset + end + 1 - first };
        if (hasBytes(buffer, first, end, LEAF_START)) {
          leaf = Buffer.from(buffer.subarray(first, end));
          return true;
        }
        if (leaf !== undefined && hasBytes(buffer, first, end, SEAL_START)) {
          size += 1;
          good &&= opens(leaf, buffer.toString('latin1', first, end));
          if (good) adopted = { ...behind, size };
        } else if (hasBytes(buffer, first, end, COMMIT_START)) {
          committed = { ...behind, size };
          good = true;
        } else good = false;
        leaf = undefined;
        return true;
      },
      { offset: start, line: 1 },
    );
  }
  return adopted.size > committed.size ? adopted : committed;
}

function syncFile(path: string): void {
  // An archived one is on disk.
  if (!isThere(path)) return;
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
