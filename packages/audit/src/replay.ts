/**
 * The committed part of a log, from `frontier` on: every commit must fit (I1), and what nobody signed yet stays behind it
 * as `tail` (recover.ts). Without a frontier it begins at the first line, or behind entries that were removed. Changes nothing.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LogbookError } from './errors.ts';
import { readFrontier } from './frontier-file.ts';
import { KeyChain } from './key-chain.ts';
import { leafHash } from './hash.ts';
import { parseLeaf, type Leaf } from './leaf.ts';
import type { Verifier } from './note.ts';
import { openPruned, readPruned } from './pruned.ts';
import { parseSeal, sealDigest } from './seal.ts';
import { segmentSize } from './segment-file.ts';
import { listSegments } from './segment.ts';
import { readLines, readRange, startsWith, textOf, type Line } from './segment-lines.ts';
import { Frontier } from './tree.ts';
import { openCommit, type OpenedCommit } from './verify-lines.ts';

/** Longest commit line: a note of two signatures is under 1 KiB. */
export const MAX_COMMIT_BYTES = 4096;
const COMMIT_START = '{"commit":';
const LEAF_START = '{"leaf":';

/** One of our own checkpoints, opened. */
interface Commit {
  readonly size: number;
  readonly root: Buffer;
  readonly seals: Buffer;
}

/** Keys that may have signed a log. */
export interface KnownKeys {
  /** Named by `log.json`, oldest first. */
  readonly listed: readonly Verifier[];
  /** One that was made and perhaps entered (signing-rotation.ts). */
  readonly next?: Verifier | undefined;
}

/** The committed part of a log and, behind it, lines nobody signed yet. */
export class Replay {
  readonly segments: readonly string[];
  readonly #folder: string;
  /** All keys that may have signed it, oldest first. */
  readonly candidates: readonly Verifier[];
  /** Of a rotation that was begun. */
  readonly next: Verifier | undefined;
  chain: KeyChain;
  frontier: Frontier = Frontier.empty();
  committedSize = 0;
  committedRoot: Buffer = this.frontier.root();
  seq = 0;
  given = 0;
  /** Closed segments that no entry names yet. */
  readonly undigested: Set<string> = new Set();
  /** Where the committed part ends. */
  segment: string | undefined;
  offset = 0;
  /** Everything after the last commit. */
  tail: Line[] = [];
  /** Commits that were passed, to compare published ones with. */
  readonly commits: Map<number, Buffer> = new Map();

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

function guarded<T>(line: Line, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw integrity(`segment "${line.segment}" line ${line.number}: malformed`, cause);
  }
}

/** Nothing was appended to a log that is not as it was signed. */
export function integrity(message: string, cause?: unknown): LogbookError {
  return new LogbookError('ERR_LOGBOOK_INTEGRITY', message, {
    cause,
    hint: 'nothing was appended; run `mcp-logbook verify`, keep a copy, and move the folder away to begin a new log',
  });
}
