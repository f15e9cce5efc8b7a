/**
 * The next lines of a log to ship: entries (leaf and seal) and commits in their order, bounded in number and bytes.
 *
 * A batch ends behind a complete entry or a commit. Lines in no known form are passed over: `verify` names them, and
 * one must not hold up the rest.
 */
import { join } from 'node:path';
import { indexAt, type LogCursor } from '../entries.ts';
import { hasBytes, scanLines } from '../scan.ts';
import { listSegments } from '../segment.ts';
import type { ShipEnd } from './end.ts';

/** One entry's lines, without newlines; or a commit's note. */
export type ShipItem =
  | { readonly type: 'entry'; readonly leaf: Buffer; readonly seal: string }
  | { readonly type: 'commit'; readonly note: string };

export interface Batch {
  readonly items: readonly ShipItem[];
  /** Behind the last item. */
  readonly next: LogCursor;
}

/** One request: some MiB at most, a few hundred ms of the sink's time. */
export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
}

export const BATCH_LIMITS: BatchLimits = { items: 1024, bytes: 2 * 1024 * 1024 };

const LEAF_START = Buffer.from('{"leaf":');
const SEAL_START = Buffer.from('{"seal":');
const COMMIT_START = Buffer.from('{"commit":');

/** Reads from `from` to at most `end`; without items there is nothing more. */
export function readBatch(
  folder: string,
  from: LogCursor,
  end: Pick<ShipEnd, 'segment' | 'offset'>,
  limits: BatchLimits,
): Batch {
  const items: ShipItem[] = [];
  let bytes = 0;
  let next = from;
  let { index } = from;
  let full = false;
  for (const segment of listSegments(folder)) {
    if (segment < from.segment) continue;
    if (full || segment > end.segment) break;
    const start = segment === from.segment ? from : { offset: 0, line: 1 };
    if (next === from) index = indexAt(segment, from, next);
    const limit = segment === end.segment ? end.offset : Number.POSITIVE_INFINITY;
    let leaf: Buffer | undefined;
    scanLines(
      join(folder, 'segments', segment),
      (buffer, first, last, line, offset) => {
        const size = last + 1 - first;
        if (full || offset + size > limit) return false;
        if (hasBytes(buffer, first, last, LEAF_START)) {
          if (isFull(items.length, bytes + size, limits)) full = true;
          else leaf = Buffer.from(buffer.subarray(first, last));
          return !full;
        }
        if (leaf !== undefined && hasBytes(buffer, first, last, SEAL_START)) {
          items.push({ type: 'entry', leaf, seal: buffer.toString('latin1', first, last) });
          bytes += leaf.length + size;
          index += 1;
        } else if (hasBytes(buffer, first, last, COMMIT_START)) {
          if (isFull(items.length, bytes + size, limits)) {
            full = true;
            return false;
          }
          const note = noteOf(buffer.toString('utf8', first, last));
          if (note !== undefined) items.push({ type: 'commit', note });
          bytes += size;
        }
        leaf = undefined;
        next = { segment, offset: offset + size, line: line + 1, index };
        return true;
      },
      start,
    );
  }
  return { items, next };
}

/** The first item always fits. */
function isFull(items: number, bytes: number, limits: BatchLimits): boolean {
  return items > 0 && (items >= limits.items || bytes > limits.bytes);
}

function noteOf(line: string): string | undefined {
  try {
    const { commit } = Object(JSON.parse(line));
    return typeof commit === 'string' ? commit : undefined;
  } catch {
    return undefined;
  }
}
