/**
 * Segment files: `segments/<index of the first leaf, 12 digits>.jsonl`, append-only, the truth (audit.md 1).
 *
 * A segment ends with a commit unless its writer died or its disk failed. Closed ones never change again, but for
 * seals that are blanked; so the digest of a segment is over its leaf and commit lines, newlines included.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isThere } from './durable.ts';
import { ARCHIVES, openSegment } from './segment-file.ts';

/** The record of what was removed from the left of a log (pruned.ts). */
export const PRUNED = 'pruned';

/** A segment is closed at this size, or when its day is over. */
export const MAX_SEGMENT_BYTES: number = 256 * 1024 * 1024;

const SEAL_START = Buffer.from('{"seal":');
const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/** File name of the segment whose first leaf is `index`. */
export function formatSegmentName(index: number): string {
  return `${String(index).padStart(12, '0')}.jsonl`;
}

/** Index of the first leaf of a segment, of its file name; `undefined` for other files. */
export function parseSegmentName(name: string): number | undefined {
  const digits = /^(\d{12})\.jsonl$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Names of a log's segments, archived ones included, oldest first; what was pruned is none, even if its file is there still. */
export function listSegments(logFolder: string): string[] {
  // In this order one that is being archived is seen in one place at least.
  const names = new Set(namesIn(join(logFolder, 'segments')));
  for (const archive of ARCHIVES)
    for (const name of namesIn(join(logFolder, archive)))
      if (name.endsWith('.zst')) names.add(name.slice(0, -'.zst'.length));
  return [...names].filter(isKeptIn(logFolder)).toSorted();
}

/** Leaves before the first segment that is there. */
export function leavesBefore(logFolder: string): number {
  return parseSegmentName(listSegments(logFolder)[0] ?? '') ?? 0;
}

/** Those that are not archived. */
export function listHotSegments(logFolder: string): string[] {
  return namesIn(join(logFolder, 'segments')).filter(isKeptIn(logFolder)).toSorted();
}

function isKeptIn(logFolder: string): (name: string) => boolean {
  const first = firstKept(logFolder);
  return (name) => parseSegmentName(name) !== undefined && name >= first;
}

/** The first segment that its record says is kept. Read everywhere, so without a check: opening and `verify` check it. */
function firstKept(logFolder: string): string {
  const path = join(logFolder, PRUNED);
  if (!isThere(path)) return '';
  const text = readFileSync(path, 'latin1');
  return /^\{"format":1,"segment":"(\d{12}\.jsonl)"/.exec(text)?.[1] ?? '';
}

function namesIn(folder: string): string[] {
  return isThere(folder) ? readdirSync(folder) : [];
}

/** Hex SHA-256 of the leaf and commit lines of a segment. */
export function segmentDigest(path: string): string {
  const steps = digestSteps(path);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps of 256 KiB (about 0.3 ms each), for a writer that must not stall its program. */
export function* digestSteps(path: string): Generator<undefined, string> {
  const digest = createHash('sha256');
  const file = openSegment(path);
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = file.read(chunk, 0, CHUNK_BYTES, at);
      if (read === 0) break;
      at += read;
      let data: Buffer = chunk.subarray(0, read);
      if (rest.length > 0) data = Buffer.concat([rest, data]);
      let start = 0;
      for (let end = data.indexOf(NEWLINE, start); end >= 0; end = data.indexOf(NEWLINE, start)) {
        const line = data.subarray(start, end + 1);
        if (!line.subarray(0, SEAL_START.length).equals(SEAL_START)) digest.update(line);
        start = end + 1;
      }
      rest = data.subarray(start);
      yield undefined;
    }
    return digest.digest('hex');
  } finally {
    file.close();
  }
}
