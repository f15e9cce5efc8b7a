/**
 * Opening an existing log: where it stands, what a crash left after its last commit, and whether it may be appended to.
 *
 * 1. `frontier` is checked against the commit it points to (signature, size, root); only what follows is read.
 * 2. What follows is replayed: every commit must fit (I1). A bad line that a commit follows is an integrity failure.
 * 3. After the last commit, complete leaf + seal pairs are adopted if the seal opens and matches: they were
 *    acknowledged as written (I3). From the first that does not, bytes go to `quarantine/` and the segment is cut there.
 * 4. `checkpoint` and the last line of `checkpoints.jsonl` must not be ahead of the log or differ from it (I2).
 * An integrity failure is thrown before anything is changed.
 */
import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { sealingKeyOf } from './access.ts';
import { redo } from './blank.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { makeFolder, replaceFile } from './durable.ts';
import { LogbookError } from './errors.ts';
import { readFrontier } from './frontier-file.ts';
import { KeyChain, rotatedKey } from './key-chain.ts';
import { leafHash } from './hash.ts';
import type { Keyring } from './keyring.ts';
import { parseLeaf, type Leaf } from './leaf.ts';
import { openNote, type Verifier } from './note.ts';
import { openPruned, readPruned } from './pruned.ts';
import { openSeal, parseSeal, sealDigest } from './seal.ts';
import { segmentSize, storedBytes } from './segment-file.ts';
import { formatSegmentName, listSegments, parseSegmentName } from './segment.ts';
import { readLines, readRange, startsWith, textOf, type Line } from './segment-lines.ts';
import { finishReplay } from './segment-writer.ts';
import { Frontier } from './tree.ts';
import { openCommit, type OpenedCommit } from './verify-lines.ts';

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

/** Longest commit line: a note of two signatures is under 1 KiB. */
const MAX_COMMIT_BYTES = 4096;
/** Longest leaf line of a writer of ours (entry.ts cuts its fields). */
const MAX_LEAF_BYTES = 16 * 1024;
const COMMIT_START = '{"commit":';
const LEAF_START = '{"leaf":';

/** One of our own checkpoints, opened. */
interface Commit {
  readonly size: number;
  readonly root: Buffer;
  readonly seals: Buffer;
}

/** A pair after the last commit, not yet judged. */
interface Pair {
  readonly leaf: Line;
  readonly seal: Line;
}

/** Keys that may have signed a log. */
export interface KnownKeys {
  /** Named by `log.json`, oldest first. */
  readonly listed: readonly Verifier[];
  /** One that was made and perhaps entered (signing-rotation.ts). */
  readonly next?: Verifier | undefined;
}

/**
 * Brings a log's folder into order and says where it stands.
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY` when it must not be appended to
 */
export function recover(folder: string, known: KnownKeys, keyring: Keyring, now: Date): Standing {
  finishReplay(folder);
  redo(folder);
  const replay = new Replay(folder, known);
  replay.run();
  checkPublished(folder, replay);
  cutTornLine(folder, 'checkpoints.jsonl', now);
  return settle(folder, keyring, replay, now);
}

/** The committed part of a log and, behind it, lines nobody signed yet. */
class Replay {
  readonly segments: readonly string[];
  readonly #folder: string;
  /** All keys that may have signed it, oldest first. */
  readonly candidates: readonly Verifier[];
  /** Of a rotation that was begun. */
  readonly next: Verifier | undefined;
  chain: KeyChain;
  frontier = Frontier.empty();
  committedSize = 0;
  committedRoot: Buffer = this.frontier.root();
  seq = 0;
  given = 0;
  /** Closed segments that no entry names yet. */
  readonly undigested = new Set<string>();
  /** Where the committed part ends. */
  segment: string | undefined;
  offset = 0;
  /** Everything after the last commit. */
  tail: Line[] = [];
  /** Commits that were passed, to compare published ones with. */
  readonly commits = new Map<number, Buffer>();

  constructor(folder: string, { listed, next }: KnownKeys) {
    this.#folder = folder;
    this.next = next;
    this.candidates = next === undefined ? listed : [...listed, next];
    this.chain = new KeyChain(listed.slice(0, 1));
    this.segments = listSegments(folder);
  }

  run(): void {
    this.#restore();
    const first = this.segment === undefined ? 0 : this.segments.indexOf(this.segment);
    let lines: Line[] = [];
    for (const segment of this.segments.slice(first)) {
      const from = segment === this.segment ? this.offset : 0;
      if (segment !== this.segments.at(-1)) this.undigested.add(segment);
      for (const line of readLines(join(this.#folder, 'segments', segment), segment, from)) {
        lines.push(line);
        if (line.complete && startsWith(line.text, COMMIT_START)) {
          this.#apply(lines, line);
          lines = [];
        }
      }
    }
    this.tail = lines;
  }

  /** Starts from `frontier` when it is there. */
  #restore(): void {
    const state = readFrontier(join(this.#folder, 'frontier'));
    if (state === undefined) {
      this.#beginBehindCut();
      return;
    }
    const path = join(this.#folder, 'segments', state.segment);
    if (!this.segments.includes(state.segment) || (segmentSize(path) ?? 0) < state.offset) {
      throw integrity(
        `segment "${state.segment}" is shorter than the frontier says (${state.offset} bytes)`,
      );
    }
    const line = commitBefore(path, state.offset);
    const checkpoint = this.#open(line, state.segment, 'frontier', (note) => {
      this.chain = KeyChain.behind(note, this.candidates);
      return openCommit(note, undefined);
    });
    let frontier;
    try {
      frontier = Frontier.from(
        state.size,
        state.hashes.map((text) => Buffer.from(text, 'base64')),
      );
    } catch (cause) {
      throw integrity('frontier has the wrong number of hashes', cause);
    }
    if (checkpoint.size !== state.size || !checkpoint.root.equals(frontier.root())) {
      throw integrity(
        `frontier of size ${state.size} disagrees with the commit of size ${checkpoint.size}`,
      );
    }
    this.frontier = frontier;
    this.#committed(checkpoint, state.segment, state.offset);
    this.seq = state.seq;
    this.given = state.given;
    for (const name of state.undigested) {
      if (this.segments.includes(name)) this.undigested.add(name);
    }
  }

  /** Without a frontier: from what is left of entries that were removed. */
  #beginBehindCut(): void {
    const cut = readPruned(this.#folder);
    if (cut === undefined) return;
    const { opened, chain } = openPruned(cut, this.candidates);
    const { size, root } = commitOf(opened, chain.name);
    this.chain = chain;
    this.frontier = cut.tree.clone();
    this.seq = cut.seq;
    this.given = cut.seq;
    this.committedSize = size;
    this.committedRoot = root;
    this.commits.set(size, root);
  }

  get origin(): string {
    return this.chain.name;
  }

  /** Replays the lines that one commit signs. */
  #apply(lines: readonly Line[], commit: Line): void {
    const seals = createHash('sha256');
    let leaf: Line | undefined;
    for (const line of lines) {
      if (line === commit) break;
      if (leaf === undefined && startsWith(line.text, LEAF_START)) {
        this.frontier.append(leafHash(line.text));
        leaf = line;
      } else if (leaf !== undefined && line.complete) {
        seals.update(sealDigest(guarded(line, () => parseSeal(line.text.toString()))));
        const { text } = leaf;
        this.take(guarded(leaf, () => parseLeaf(textOf(text))));
        leaf = undefined;
      } else {
        throw integrity(
          `segment "${line.segment}" line ${line.number}: not a leaf followed by its seal`,
        );
      }
    }
    const checkpoint = this.#open(commit.text, commit.segment, `line ${commit.number}`, (note) =>
      this.chain.open(note),
    );
    if (leaf !== undefined || checkpoint.size !== this.frontier.size) {
      throw integrity(
        `segment "${commit.segment}" line ${commit.number}: commit of ${checkpoint.size} leaves, found ${this.frontier.size}`,
      );
    }
    if (!checkpoint.root.equals(this.frontier.root()) || !checkpoint.seals.equals(seals.digest())) {
      throw integrity(
        `segment "${commit.segment}" line ${commit.number}: leaves or seals differ from the commit`,
      );
    }
    this.#committed(checkpoint, commit.segment, commit.end);
  }

  /** What a leaf says about the log itself; those of other producers (central logs) say nothing about it. */
  take(leaf: Leaf): void {
    if (leaf.stream !== this.origin) return;
    this.seq = Math.max(this.seq, leaf.seq);
    const wrong = this.chain.take(leaf);
    if (wrong !== undefined) throw integrity(`entry ${leaf.id} ${wrong}`);
    if (leaf.kind === 'segment.closed') this.undigested.delete(leaf.target?.split(' ')[0] ?? '');
  }

  /** Whether a line looks like a leaf with a number of this log's own. */
  isOwnLeaf(line: Buffer): boolean {
    return (
      startsWith(line, LEAF_START) && line.includes(`,"stream":${JSON.stringify(this.origin)},`)
    );
  }

  #committed(checkpoint: Commit, segment: string, end: number): void {
    this.committedSize = checkpoint.size;
    this.committedRoot = checkpoint.root;
    this.commits.set(checkpoint.size, checkpoint.root);
    this.segment = segment;
    this.offset = end;
  }

  #open(
    line: Uint8Array,
    segment: string,
    where: string,
    open: (note: string) => OpenedCommit,
  ): Commit {
    try {
      const note: unknown = Object(JSON.parse(Buffer.from(line).toString()))['commit'];
      if (typeof note !== 'string') throw new TypeError('no commit');
      return commitOf(open(note), this.origin);
    } catch (cause) {
      throw integrity(`segment "${segment}" ${where}: no valid commit`, cause);
    }
  }
}

/** Adopts or quarantines the tail. */
function settle(folder: string, keyring: Keyring, replay: Replay, now: Date): Standing {
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

/** Published checkpoints are promises to others: the log must still keep them. */
function checkPublished(folder: string, replay: Replay): void {
  const notes: string[] = [];
  const latest = join(folder, 'checkpoint');
  if (existsSync(latest)) notes.push(readFileSync(latest, 'utf8'));
  const all = join(folder, 'checkpoints.jsonl');
  const last = existsSync(all) ? lastCompleteLine(all) : undefined;
  if (last !== undefined) {
    let value: unknown;
    try {
      value = Object(JSON.parse(last))['checkpoint'];
    } catch (cause) {
      throw integrity('last line of "checkpoints.jsonl" is damaged', cause);
    }
    if (typeof value === 'string') notes.push(value);
  }
  for (const note of notes) {
    // A power cut may leave the replaced file empty: it was not fsynced.
    if (/^\0*$/.test(note)) continue;
    let published;
    try {
      const { text } = openNote(note, replay.candidates);
      published = parseCheckpoint(text);
      if (published.origin !== replay.origin) throw new TypeError('of another log');
    } catch (cause) {
      throw integrity('a published checkpoint is damaged', cause);
    }
    if (published.size > replay.committedSize) {
      throw integrity(
        `log has ${replay.committedSize} committed leaves, its published checkpoint has ${published.size}: the end is missing`,
      );
    }
    const root = replay.commits.get(published.size);
    if (root !== undefined && !root.equals(published.root)) {
      throw integrity(
        `published checkpoint of size ${published.size} has another root than the log`,
      );
    }
  }
}

function commitOf({ checkpoint, seals }: OpenedCommit, origin: string): Commit {
  const { size, root } = checkpoint;
  if (checkpoint.origin !== origin) throw integrity(`commit is of origin "${checkpoint.origin}"`);
  return { size, root: Buffer.from(root), seals };
}

/** The line that ends at `end`, without its newline. */
function commitBefore(path: string, end: number): Buffer {
  const start = Math.max(0, end - MAX_COMMIT_BYTES);
  const bytes = readRange(path, start, end);
  if (bytes.at(-1) !== 0x0a) throw integrity(`frontier points into a line of "${path}"`);
  const from = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
  return bytes.subarray(from, bytes.length - 1);
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
function cutTornLine(folder: string, name: string, now: Date): void {
  const path = join(folder, name);
  if (!existsSync(path)) return;
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

function lastCompleteLine(path: string): string | undefined {
  const size = statSync(path).size;
  const lines = readRange(path, Math.max(0, size - 4 * MAX_COMMIT_BYTES), size)
    .toString()
    .split('\n');
  lines.pop();
  return lines.at(-1);
}

function guarded<T>(line: Line, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw integrity(`segment "${line.segment}" line ${line.number}: malformed`, cause);
  }
}

function integrity(message: string, cause?: unknown): LogbookError {
  return new LogbookError('ERR_LOGBOOK_INTEGRITY', message, {
    cause,
    hint: 'nothing was appended; run `mcp-logbook verify`, keep a copy, and move the folder away to begin a new log',
  });
}
