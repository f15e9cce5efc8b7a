/**
 * What a crash left after the last commit of a log (recover.ts): complete leaf + seal pairs are adopted if the seal opens
 * and matches, since they were acknowledged as written (I3). From the first that does not, bytes go to `quarantine/` and
 * the segment is cut there.
 */
import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { sealingKeyOf } from './access.ts';
import { makeFolder, replaceFile, isThere } from './durable.ts';
import { LogbookError } from './errors.ts';
import { rotatedKey } from './key-chain.ts';
import { leafHash } from './hash.ts';
import type { Keyring } from './keyring.ts';
import { parseLeaf, type Leaf } from './leaf.ts';
import type { Verifier } from './note.ts';
import { MAX_COMMIT_BYTES, type Replay } from './replay.ts';
import { openSeal, parseSeal, sealDigest } from './seal.ts';
import { storedBytes } from './segment-file.ts';
import { formatSegmentName, parseSegmentName } from './segment.ts';
import { readRange, textOf, type Line } from './segment-lines.ts';
import type { Frontier } from './tree.ts';

/** Longest leaf line of a writer of ours (entry.ts cuts its fields). */
const MAX_LEAF_BYTES = 16 * 1024;

/** How a log stands, ready for the next append. */
export interface Standing {
  readonly frontier: Frontier;
  /** Leaves under the last commit. */
  readonly committedSize: number;
  /** Producer number of the last leaf. */
  readonly seq: number;
  /** Last producer number given out: those above `seq` are lost. */
  readonly given: number;
  /** Hex SHA-256 of each seal since the last commit, concatenated. */
  readonly pendingSeals: string;
  /** Name of the last segment; absent for an empty log. */
  readonly segment: string | undefined;
  /** Bytes of the last segment. */
  readonly offset: number;
  /** Day (`YYYY-MM-DD`) of the last segment's first leaf. */
  readonly day: string | undefined;
  /** Bytes of all segments. */
  readonly bytes: number;
  /** Paths of closed segments whose digest no entry has yet. */
  readonly undigested: readonly string[];
  /** Keys the log was signed with, oldest first. */
  readonly keys: readonly Verifier[];
  /** A key that an adopted entry names: the next commit brings it in. */
  readonly rotating: Verifier | undefined;
  /** What was found after the last commit; absent when the log had ended cleanly. */
  readonly recovered: Recovery | undefined;
}

/** Content of a `log.recovered` entry. */
export interface Recovery {
  readonly adopted: number;
  readonly quarantinedBytes: number;
  /** Leaf lines among the quarantined bytes: their numbers are burned. */
  readonly quarantinedLeaves: number;
  /** File in `quarantine/`. */
  readonly quarantine?: string;
  readonly sha256?: string;
}

/** A pair after the last commit, not yet judged. */
interface Pair {
  readonly leaf: Line;
  readonly seal: Line;
}

/** Adopts or quarantines the tail. */
export function settle(folder: string, keyring: Keyring, replay: Replay, now: Date): Standing {
  const frontier = replay.frontier.clone();
  let segment = replay.segment;
  let offset = replay.offset;
  let pendingSeals = '';
  let adopted = 0;
  let at = 0;
  for (; at < replay.tail.length; at += 2) {
    const pair = pairAt(replay.tail, at);
    if (pair === undefined) break;
    const read = judge(pair, keyring);
    if (read === undefined || !isKept(read.leaf, replay)) break;
    frontier.append(leafHash(pair.leaf.text));
    pendingSeals += read.sealHash;
    replay.take(read.leaf);
    adopted += 1;
    segment = pair.seal.segment;
    offset = pair.seal.end;
  }
  const rejected = replay.tail.slice(at);
  const leaves = rejected.filter((line) => line.complete && replay.isOwnLeaf(line.text)).length;
  const quarantined = rejected.length === 0 ? {} : quarantine(folder, rejected, now);
  const segments = replay.segments.filter(
    (name) => name <= (segment ?? '') || !isMisplaced(folder, name, frontier.size),
  );
  const last = segments.at(-1);
  if (last !== undefined && (segment === undefined || last > segment)) {
    // A segment after the last good byte: empty now.
    segment = last;
    offset = 0;
  }
  const path = segment === undefined ? undefined : join(folder, 'segments', segment);
  return {
    frontier,
    committedSize: replay.committedSize,
    seq: replay.seq,
    // Numbers in the quarantine may have been acknowledged: never given out twice (I7).
    given: Math.max(replay.seq + leaves, replay.given),
    pendingSeals,
    keys: replay.chain.keys,
    rotating: replay.chain.next,
    segment,
    offset,
    day: path === undefined ? undefined : firstDay(path, replay.origin),
    bytes: segments.reduce((sum, name) => sum + storedBytes(join(folder, 'segments', name)), 0),
    undigested: [...replay.undigested].map((name) => join(folder, 'segments', name)),
    recovered:
      adopted === 0 && rejected.length === 0
        ? undefined
        : {
            adopted,
            quarantinedBytes: rejected.reduce((sum, line) => sum + line.end - line.start, 0),
            quarantinedLeaves: leaves,
            ...quarantined,
          },
  };
}

function pairAt(lines: readonly Line[], at: number): Pair | undefined {
  const [leaf, seal] = lines.slice(at, at + 2);
  if (leaf?.complete !== true || seal?.complete !== true || leaf.segment !== seal.segment)
    return undefined;
  return { leaf, seal };
}

/** What a pair adds when its seal opens and matches, else `undefined`. */
function judge(
  { leaf: leafLine, seal: sealLine }: Pair,
  keyring: Keyring,
): { leaf: Leaf; sealHash: string } | undefined {
  try {
    const leaf = parseLeaf(textOf(leafLine.text));
    const seal = parseSeal(textOf(sealLine.text));
    // An absent payload proves nothing of its leaf; a central log acknowledges only what a commit signs.
    if (seal.form !== 'sealed') return undefined;
    const key = sealingKeyOf(keyring, leaf, seal.subject);
    if (key === undefined) return undefined;
    openSeal(key, seal.raw, leafLine.text, leaf.pc);
    return { leaf, sealHash: sealDigest(seal).toString('hex') };
  } catch (error) {
    if (error instanceof LogbookError && error.code !== 'ERR_LOGBOOK_IO') return undefined;
    throw error;
  }
}

/** An empty segment that does not begin where the log ends was put there by somebody: it goes. */
function isMisplaced(folder: string, name: string, size: number): boolean {
  const path = join(folder, 'segments', name);
  if (parseSegmentName(name) === size || statSync(path).size > 0) return false;
  rmSync(path);
  return true;
}

/** A new signing key can only be brought in by a commit that it signs: without it the entry about it is of no use. */
function isKept(leaf: Leaf, { next, origin }: Replay): boolean {
  if (leaf.stream !== origin) return true;
  const named = rotatedKey(leaf);
  return named === undefined || named.vkey === next?.vkey;
}

/** Copies bytes out, fsynced, then cuts the segments. A crash between the two repeats it under another name. */
function quarantine(
  folder: string,
  lines: readonly Line[],
  now: Date,
): { quarantine: string; sha256: string } {
  const bySegment = new Map<string, Line>();
  for (const line of lines) if (!bySegment.has(line.segment)) bySegment.set(line.segment, line);
  const content = Buffer.concat(
    [...bySegment].map(([segment, { start }]) => {
      const path = join(folder, 'segments', segment);
      return readRange(path, start, statSync(path).size);
    }),
  );
  const first = lines[0];
  const name = `${first?.segment ?? formatSegmentName(0)}.${first?.start ?? 0}.${stampOf(now)}`;
  makeFolder(join(folder, 'quarantine'));
  replaceFile(join(folder, 'quarantine', name), content, true);
  for (const [segment, { start }] of [...bySegment].toReversed()) {
    const path = join(folder, 'segments', segment);
    truncateSync(path, start);
    const fd = openSync(path, 'r+');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
  return { quarantine: name, sha256: hash('sha256', content) };
}

/**
 * The day of the first leaf. In a central log that may be another machine's, hours or weeks ago: then the day of the
 * last write, which only makes a segment that was left open over midnight a day longer.
 */
function firstDay(path: string, origin: string): string | undefined {
  const start = readRange(path, 0, MAX_LEAF_BYTES).toString('latin1').split('\n')[0] ?? '';
  if (start === '') return undefined;
  return start.includes(`,"stream":"${origin}",`)
    ? /"time":"(\d{4}-\d\d-\d\d)T/.exec(start)?.[1]
    : statSync(path).mtime.toISOString().slice(0, 10);
}

/** A line that a crash cut off would spoil the next one: it goes to quarantine. */
export function cutTornLine(folder: string, name: string, now: Date): void {
  const path = join(folder, name);
  if (!isThere(path)) return;
  const size = statSync(path).size;
  const end = readRange(path, Math.max(0, size - 4 * MAX_COMMIT_BYTES), size);
  const torn = end.length - 1 - end.lastIndexOf(0x0a);
  if (torn === 0) return;
  makeFolder(join(folder, 'quarantine'));
  const kept = join(folder, 'quarantine', `${name}.${stampOf(now)}`);
  replaceFile(kept, end.subarray(end.length - torn), true);
  truncateSync(path, size - torn);
}

function stampOf(now: Date): string {
  return now.toISOString().replace(/[:.]/g, '');
}
