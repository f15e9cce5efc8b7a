/**
 * Removes old entries from the left of a log (audit.md 6): whole closed segments, hot or archived. What stays is verified
 * as before, from the record that is left of them (pruned.ts).
 *
 * Each step is durable before the next; a crash between any two leaves what the next run does again:
 *   1. the entry about the record, signed       nothing has changed: another entry, perhaps of another record
 *   2. the record, as a whole                   nobody sees the segments before it any more
 *   3. the index goes, made again by the next reader (I4)
 *   4. the segments' files, oldest first        the next run removes the rest
 *
 * An acceptance is no proof that entries were stored, so shipped ones wait until a gap would have been seen. Each run notes
 * in `shipped.json` up to where the log was shipped by then: `{"format":1,"marks":[[<Unix ms>,"<segment>"],...]}`, oldest
 * first. Only segments before a mark that is old enough go.
 *
 * Never the last segment, one that `frontier` still needs, one whose `segment.closed` is not entered, or one that does not
 * end with a sound commit. Not in a central log, whose index of ids is not made for it (sink/store).
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lastWrittenMs } from './archive.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { replaceFile, syncFolder, isThere } from './durable.ts';
import { removeIndexes } from './erasure.ts';
import { LogbookError } from './errors.ts';
import { readFrontier } from './frontier-file.ts';
import { parseLeaf } from './leaf.ts';
import type { Log } from './log.ts';
import { isLeafLine } from './log-leaves.ts';
import { parseNote } from './note.ts';
import { type Cut, formatPruned, prunedEntry, readPruned } from './pruned.ts';
import {
  FILE_START,
  leafHashAt,
  type LineVisit,
  scanPiece,
  type ScanStart,
  utf8At,
} from './scan.ts';
import { ARCHIVES } from './segment-file.ts';
import { listSegments, parseSegmentName, PRUNED } from './segment.ts';
import { readCursor } from './ship/cursor.ts';
import { Frontier } from './tree.ts';
import { isCommonKind, parseCommit } from './verify-lines.ts';
import { Sequence } from './verify-sequence.ts';

const DAY_MS = 86_400_000;
const SHIPPED = 'shipped.json';
/** Read between two pauses: about 5 ms. */
const STEP_BYTES = 1024 * 1024;
/** Where a leaf's kind begins: after a version, a UUID and a time of fixed widths. */
const KIND_AT = 104;

/** How long things are kept, in days. */
export interface RetentionTime {
  /** Payloads, then entries; for ever without. */
  readonly days?: number | undefined;
  /** Entries after they were shipped; for ever without. With it nothing goes that was not shipped. */
  readonly shippedDays?: number | undefined;
}

/** What was removed. */
export interface Pruned {
  /** Entries, in this run. */
  readonly entries: number;
  readonly segments: number;
  /** On the disk. */
  readonly bytes: number;
}

export const NOTHING_PRUNED: Pruned = { entries: 0, segments: 0, bytes: 0 };

/** The first moment at which everything of that time's month is as old as the retention. */
export function overAtMs(timeMs: number, days: number): number {
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) + days * DAY_MS;
}

/** Segments that time, and the way to the central log, allow to remove; oldest first. */
export function dueForPruning(
  folder: string,
  origin: string,
  { days, shippedDays }: RetentionTime,
  nowMs: number,
): string[] {
  if (days === undefined && shippedDays === undefined) return [];
  if (isThere(join(folder, 'sink.db'))) return [];
  const frontier = readFrontier(join(folder, 'frontier'));
  if (frontier === undefined) return [];
  const needed = [frontier.segment, ...frontier.undigested];
  const shipped = shippedDays === undefined ? undefined : readCursor(folder, origin).segment;
  const old =
    readMarks(folder).findLast(([ms]) => ms + (shippedDays ?? 0) * DAY_MS <= nowMs)?.[1] ?? '';
  const due: string[] = [];
  for (const segment of listSegments(folder).slice(0, -1)) {
    if (needed.some((name) => segment >= name)) break;
    if (shipped !== undefined && segment >= shipped) break;
    const writtenMs = lastWrittenMs(join(folder, 'segments', segment));
    const isOver =
      (days !== undefined && overAtMs(writtenMs, days) <= nowMs) ||
      (shippedDays !== undefined && segment < old);
    if (!isOver) break;
    due.push(segment);
  }
  return due;
}

type Mark = readonly [ms: number, segment: string];

/** Without a usable file there are none: then shipped entries only stay longer. */
function readMarks(folder: string): Mark[] {
  try {
    const { format, marks } = Object(JSON.parse(readFileSync(join(folder, SHIPPED), 'utf8')));
    if (format !== 1 || !Array.isArray(marks)) return [];
    return marks.flatMap((mark: unknown) => {
      const [ms, segment]: unknown[] = Array.isArray(mark) ? mark : [];
      return typeof ms === 'number' && typeof segment === 'string' ? [[ms, segment] as const] : [];
    });
  } catch {
    return [];
  }
}

/** Notes up to where the log is shipped now; of the marks that are old enough one is kept. */
function noteShipped(folder: string, segment: string, days: number, nowMs: number): void {
  const marks = readMarks(folder).filter(([ms]) => ms <= nowMs);
  if (segment === '' || marks.at(-1)?.[1] === segment) return;
  const first = marks.findLastIndex(([ms]) => ms + days * DAY_MS <= nowMs);
  const kept = [...marks.slice(Math.max(0, first)), [nowMs, segment]];
  replaceFile(join(folder, SHIPPED), `${JSON.stringify({ format: 1, marks: kept })}\n`, false);
}

/**
 * Removes what is due, in steps: the log must be free at each.
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY` when what is to go is not what was signed, and what the disk refuses
 */
export function* pruneSteps(
  log: Log,
  time: RetentionTime,
  nowMicros: () => number,
): Generator<undefined, Pruned> {
  const { folder } = log;
  const left = removeFiles(folder);
  // A frontier that points into what goes would make the next opening fail.
  log.flush();
  const { shippedDays } = time;
  if (shippedDays !== undefined) {
    const { segment } = readCursor(folder, log.signer.name);
    noteShipped(folder, segment, shippedDays, nowMicros() / 1000);
  }
  const due = dueForPruning(folder, log.signer.name, time, nowMicros() / 1000);
  if (due.length === 0) return left;
  const cut = yield* findCut(folder, log.signer.name, due);
  if (cut === undefined) return left;
  const text = formatPruned(cut);
  const entries = cut.tree.size - (readPruned(folder)?.tree.size ?? 0);
  log.enterNow([prunedEntry(text, cut.segment, { entries, until: cut.segment, ...time })]);
  replaceFile(join(folder, PRUNED), text, true);
  const gone = removeFiles(folder);
  return { entries, segments: left.segments + gone.segments, bytes: left.bytes + gone.bytes };
}

/** Removes the files of segments before the record, and the index that names them. */
function removeFiles(folder: string): Pruned {
  const cut = readPruned(folder);
  if (cut === undefined) return NOTHING_PRUNED;
  const paths = ['segments', ...ARCHIVES].flatMap((place) => {
    const parent = join(folder, place);
    if (!isThere(parent)) return [];
    return readdirSync(parent)
      .filter((name) => {
        const segment = place === 'segments' ? name : name.replace(/\.zst(?:\.part)?$/, '');
        return parseSegmentName(segment) !== undefined && segment < cut.segment;
      })
      .toSorted()
      .map((name) => ({ parent, path: join(parent, name) }));
  });
  if (paths.length === 0) return NOTHING_PRUNED;
  removeIndexes(folder);
  let bytes = 0;
  for (const { path } of paths) {
    bytes += statSync(path).size;
    rmSync(path);
  }
  for (const parent of new Set(paths.map((each) => each.parent))) syncFolder(parent);
  return { entries: 0, segments: paths.length, bytes };
}

/** The last place at which the log can be cut; undefined when there is none. */
function* findCut(
  folder: string,
  origin: string,
  due: readonly string[],
): Generator<undefined, Cut | undefined> {
  const before = readPruned(folder);
  const tree = before?.tree.clone() ?? Frontier.empty();
  const sequence = new Sequence(origin, before);
  const names = listSegments(folder);
  let cut: Cut | undefined;
  for (const [n, name] of due.entries()) {
    const path = join(folder, 'segments', name);
    let last = '';
    let from: ScanStart | undefined = FILE_START;
    const visit: LineVisit = (buffer, first, end) => {
      last = '';
      if (isLeafLine(buffer, first, end)) {
        tree.append(Buffer.from(leafHashAt(buffer, first, end), 'latin1'));
        sequence.next(buffer, first, end);
        if (!isCommonKind(buffer, first + KIND_AT, end))
          sequence.control(parseLeaf(utf8At(buffer, first, end) ?? ''));
      } else if (buffer[first + 2] === 0x63) last = utf8At(buffer, first, end) ?? '';
    };
    while (from !== undefined) {
      from = scanPiece(path, visit, from, STEP_BYTES);
      yield undefined;
    }
    const note = parseCommit(last);
    const segment = names[n + 1];
    const { state } = sequence;
    if (note === undefined || segment === undefined || state === undefined) continue;
    const { size, root } = parseCheckpoint(parseNote(note).text);
    if (size !== tree.size || parseSegmentName(segment) !== size || !tree.root().equals(root))
      throw new LogbookError('ERR_LOGBOOK_INTEGRITY', `segment "${name}" is not what was signed`, {
        hint: 'nothing was removed; mcp-logbook verify says where it is damaged',
      });
    cut = { segment, tree: tree.clone(), commit: note, ...state };
  }
  return cut;
}
