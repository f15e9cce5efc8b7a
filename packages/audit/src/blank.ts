/**
 * Blanks seals in place, and survives being killed at any byte (audit.md 1 and 6).
 *
 * A seal line may span disk pages, so its overwriting is not atomic. `erasure.journal` names what is about to be
 * overwritten, fsynced before the first byte is: one JSON line a seal,
 *   {"segment":"000000000000.jsonl","offset":4096,"line":"{\"seal\":null,\"was\":\"...\"","bytes":812}
 * with the new line's text up to its padding. It appears as a whole or not at all; `redo` writes all of it again. It is
 * removed when its segment is fsynced. Of an archived segment (archive.ts) all seals are blanked at once, in a new archive.
 */
import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { rewriteArchive } from './archive.ts';
import { replaceFile, isThere } from './durable.ts';
import { LogbookError } from './errors.ts';
import { FILE_START, hasBytes, type LineVisit, scanPiece, type ScanStart } from './scan.ts';
import { blankSeal, parseSeal, type Seal } from './seal.ts';
import { listSegments, parseSegmentName } from './segment.ts';

/** Read between two pauses: about 5 ms. */
const STEP_BYTES = 1024 * 1024;
const LEAF_START = Buffer.from('{"leaf":');
const SEAL_START = Buffer.from('{"seal":');

/** What the walk over a log found. */
export interface Blanked {
  /** Seals of the person, all of them blank now. */
  readonly seals: number;
  /** Of them, those that this walk blanked. */
  readonly blanked: number;
  /** The log's entry that says this erasure was completed, if there is one already. */
  readonly completed: string | undefined;
}

/** A seal to overwrite. */
interface Target {
  readonly offset: number;
  /** The whole new line. */
  readonly line: string;
}

/**
 * Blanks every seal of a person, in steps: between two of them the caller may do something else.
 * @param actor whose pseudonym in this log; nothing new may be sealed for it meanwhile
 * @throws LogbookError, or what the file system refuses; calling it again goes on
 */
export function* blankSeals(folder: string, actor: string): Generator<undefined, Blanked> {
  redo(folder);
  const own = Buffer.from(`"actor":"${actor}"`);
  const named = Buffer.from(`{"seal":"${actor}.`);
  const namedErased = Buffer.from(`{"seal":null,"was":"${actor}.`);
  const done = [Buffer.from('"kind":"erasure.completed"'), Buffer.from(`"target":"${actor}"`)];
  let seals = 0;
  let blanked = 0;
  let completed: string | undefined;
  for (const segment of listSegments(folder)) {
    const path = join(folder, 'segments', segment);
    let from: ScanStart | undefined = FILE_START;
    let isOwn = false;
    const archived = !isThere(path);
    const inArchive: Target[] = [];
    while (from !== undefined) {
      const targets: Target[] = [];
      const visit: LineVisit = (buffer, first, end, _, offset) => {
        if (hasBytes(buffer, first, end, LEAF_START)) {
          const leaf = buffer.subarray(first, end);
          isOwn = leaf.includes(own);
          if (done.every((mark) => leaf.includes(mark)))
            completed = /"id":"([0-9a-f-]{36})"/.exec(leaf.toString())?.[1];
          return;
        }
        if (!hasBytes(buffer, first, end, SEAL_START)) return;
        if (
          isOwn ||
          hasBytes(buffer, first, end, named) ||
          hasBytes(buffer, first, end, namedErased)
        ) {
          const text = buffer.toString('latin1', first, end);
          const seal = readSeal(text);
          // A plain seal is for the leaf's own actor.
          if (seal !== undefined && seal.form !== 'absent' && (seal.subject ?? actor) === actor) {
            seals += 1;
            if (seal.form === 'sealed') targets.push({ offset, line: blankSeal(text) });
          }
        }
        isOwn = false;
      };
      from = scanPiece(path, visit, from, STEP_BYTES);
      if (archived) inArchive.push(...targets);
      else if (targets.length > 0) overwrite(folder, segment, targets);
      blanked += targets.length;
      yield undefined;
    }
    if (inArchive.length > 0) {
      const journal = writeJournal(folder, segment, inArchive);
      yield* rewriteArchive(path, inArchive);
      rmSync(journal);
    }
  }
  return { seals, blanked, completed };
}

/** Finishes an overwriting that was interrupted. Idempotent. */
export function redo(folder: string): void {
  const path = join(folder, 'erasure.journal');
  if (!isThere(path)) return;
  const bySegment = new Map<string, Target[]>();
  for (const text of readFileSync(path, 'latin1').split('\n')) {
    if (text === '') continue;
    const { segment, offset, line, bytes } = Object(JSON.parse(text));
    const valid =
      typeof segment === 'string' &&
      parseSegmentName(segment) !== undefined &&
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(bytes) &&
      typeof line === 'string';
    if (!valid) throw new LogbookError('ERR_LOGBOOK_FORMAT', `"${path}" is damaged`);
    const targets = bySegment.get(segment) ?? [];
    targets.push({ offset, line: `${line.padEnd(bytes - 1)}}` });
    bySegment.set(segment, targets);
  }
  for (const [segment, targets] of bySegment) writeOver(folder, segment, targets);
  rmSync(path);
}

function overwrite(folder: string, segment: string, targets: readonly Target[]): void {
  const journal = writeJournal(folder, segment, targets);
  writeOver(folder, segment, targets);
  rmSync(journal);
}

function writeJournal(folder: string, segment: string, targets: readonly Target[]): string {
  const journal = targets.map(({ offset, line }) =>
    JSON.stringify({
      segment,
      offset,
      line: line.slice(0, -1).trimEnd(),
      bytes: line.length,
    }),
  );
  // Readers of the journal see all of it or nothing.
  const path = join(folder, 'erasure.journal');
  replaceFile(path, `${journal.join('\n')}\n`, true);
  return path;
}

function writeOver(folder: string, segment: string, targets: readonly Target[]): void {
  const path = join(folder, 'segments', segment);
  if (!isThere(path)) {
    const steps = rewriteArchive(path, targets);
    while (steps.next().done !== true);
    return;
  }
  const { size } = statSync(path);
  const fd = openSync(path, 'r+');
  try {
    for (const { offset, line } of targets) {
      const bytes = Buffer.from(line, 'latin1');
      // Never longer: overwriting must not append.
      if (offset + bytes.length > size)
        throw new LogbookError('ERR_LOGBOOK_INTEGRITY', `segment "${segment}" lost bytes`);
      for (let at = 0; at < bytes.length;)
        at += writeSync(fd, bytes, at, bytes.length - at, offset + at);
    }
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A damaged seal stays as it is, for `verify` to complain about. */
function readSeal(line: string): Seal | undefined {
  try {
    return parseSeal(line);
  } catch {
    return undefined;
  }
}
