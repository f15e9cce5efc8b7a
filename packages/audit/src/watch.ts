/**
 * Continuous verification of a log that is being written (audit.md 7): what came since the last look is hashed into the
 * tree and compared with the commits that sign it; a log that became shorter, or whose last commit is another now, is a
 * problem. The first looks go over all that is there, a slice at a time, so they are the full check as well.
 *
 * State is one right edge; nothing is written. What lies behind the last commit waits for its own. A log whose oldest
 * segments are in the archive is followed from its `frontier` on.
 */
import { join } from 'node:path';
import { LogbookError } from './errors.ts';
import { readIdentity } from './folder.ts';
import { readPruned } from './pruned.ts';
import { readFrontier } from './frontier-file.ts';
import { HASH_BYTES, sha256 } from './hash.ts';
import { KEY_ROTATED, KeyChain, listedKeys } from './key-chain.ts';
import { parseLeaf } from './leaf.ts';
import { commitNote, isLeafLine } from './log-leaves.ts';
import { parseVkey, type Verifier } from './note.ts';
import { hasBytes, leafHashAt, scanLines } from './scan.ts';
import { parseSeal, sealDigest } from './seal.ts';
import { openSegment, segmentSize } from './segment-file.ts';
import { listSegments, parseSegmentName } from './segment.ts';
import { Frontier } from './tree.ts';

/** What one look found. */
export interface WatchStep {
  /** What is wrong; the place is not passed until it is right. */
  readonly problem?: WatchProblem;
  /** Entries that were found to be as signed. */
  readonly size: number;
  /** Nothing signed is left to look at. */
  readonly complete: boolean;
}

/** How much is looked at in one step: it ends at the first commit behind either. */
export interface WatchSlice {
  readonly bytes: number;
  /** Milliseconds. */
  readonly ms: number;
}

export interface WatchProblem {
  readonly check: 'shrunk' | 'root' | 'seals' | 'signature' | 'line';
  readonly message: string;
  /** Name within the log's folder. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** Where a sound commit ends. */
interface Place {
  readonly segment: string;
  readonly offset: number;
  readonly line: number;
  readonly tree: Frontier;
  /** The last bytes before `offset`: they must stay what they were. */
  readonly end: Buffer;
  /** Keys up to here. */
  readonly chain: KeyChain;
}

/** What lies behind the last sound commit. */
interface Region {
  readonly tree: Frontier;
  readonly chain: KeyChain;
  seals: Buffer[];
}

/** Longest commit line: a note of two signatures is under 1 KiB. */
const MAX_COMMIT_BYTES = 4096;
/** Where a leaf's kind begins: after a version, a UUID and a time of fixed widths. */
const KIND_AT = 104;
const ROTATED = Buffer.from(`${KEY_ROTATED}"`);
const SEAL_START = Buffer.from('{"seal":');
const COMMIT_START = Buffer.from('{"commit":');
/** Bytes of a commit's line that are remembered: its signature is among them. */
const END_BYTES = 64;
/** About 50 ms where entries are signed in groups. */
const SLICE: WatchSlice = { bytes: 8 * 1024 * 1024, ms: 1000 };

export class LogWatch {
  readonly #folder: string;
  readonly #vkey: string;
  #place: Place;

  /**
   * @param vkey any of the log's keys
   * @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED`, `ERR_LOGBOOK_INTEGRITY` for a damaged frontier
   */
  constructor(folder: string, vkey: string) {
    this.#folder = folder;
    this.#vkey = vkey;
    this.#place = this.#start();
  }

  /**
   * Looks at what came since, at most a slice.
   * @throws LogbookError `ERR_LOGBOOK_IO`
   */
  step(slice: WatchSlice = SLICE): WatchStep {
    try {
      return this.#step(slice);
    } catch (error) {
      // A line without an end, or an archive that is none any more.
      if (!(error instanceof LogbookError) || error.code === 'ERR_LOGBOOK_IO') throw error;
      const { segment, line, tree } = this.#place;
      const file = `segments/${segment}`;
      const problem: WatchProblem = { check: 'line', message: error.message, file, line };
      return { problem, size: tree.size, complete: false };
    }
  }

  #step({ bytes, ms }: WatchSlice): WatchStep {
    const gone = this.#followCut() ?? this.#shrunk();
    const { size } = this.#place.tree;
    if (gone !== undefined) return { problem: gone, size, complete: false };
    const until = { bytes, endMs: performance.now() + ms, done: false };
    const { tree, chain } = this.#place;
    const region: Region = { tree: tree.clone(), chain: chain.clone(), seals: [] };
    for (const name of listSegments(this.#folder)) {
      if (name < this.#place.segment) continue;
      const isOpen = name === this.#place.segment;
      const from = isOpen ? this.#place : { offset: 0, line: 1 };
      const found = this.#scan(name, from, region, until);
      const report = { size: this.#place.tree.size };
      if (found !== undefined) return { ...report, problem: found, complete: false };
      if (until.done) return { ...report, complete: false };
    }
    return { size: this.#place.tree.size, complete: true };
  }

  #scan(
    name: string,
    from: { readonly offset: number; readonly line: number },
    region: Region,
    until: { bytes: number; readonly endMs: number; done: boolean },
  ): WatchProblem | undefined {
    let problem: WatchProblem | undefined;
    const file = `segments/${name}`;
    scanLines(
      join(this.#folder, 'segments', name),
      (buffer, start, end, line, offset) => {
        if (problem !== undefined || until.done) return false;
        const wrong = (check: WatchProblem['check'], what: string): void => {
          problem = { check, file, line, message: `"${file}" line ${line}: ${what}` };
        };
        until.bytes -= end + 1 - start;
        if (isLeafLine(buffer, start, end)) {
          region.tree.append(Buffer.from(leafHashAt(buffer, start, end), 'latin1'));
          if (hasBytes(buffer, start + KIND_AT, end, ROTATED)) {
            const fault = takeRotation(region.chain, buffer.toString('utf8', start, end));
            if (fault !== undefined) wrong('signature', fault);
          }
        } else if (hasBytes(buffer, start, end, SEAL_START)) {
          try {
            region.seals.push(sealDigest(parseSeal(buffer.toString('latin1', start, end))));
          } catch (error) {
            if (!(error instanceof LogbookError)) throw error;
            wrong('line', error.message);
          }
        } else {
          const note = commitNote(buffer, start, end);
          const fault = note === undefined ? FORM : this.#faultOf(note, region);
          if (fault === undefined) {
            region.seals = [];
            this.#place = {
              segment: name,
              offset: offset + end + 1 - start,
              line: line + 1,
              tree: region.tree.clone(),
              chain: region.chain.clone(),
              end: Buffer.from(buffer.subarray(Math.max(start, end + 1 - END_BYTES), end + 1)),
            };
          } else wrong(...fault);
        }
        // A slice ends at a commit, so it always moves on.
        if (hasBytes(buffer, start, end, COMMIT_START))
          until.done = until.bytes <= 0 || performance.now() >= until.endMs;
        return true;
      },
      from,
    );
    return problem;
  }

  #faultOf(note: string, { tree, seals, chain }: Region): Fault | undefined {
    try {
      const { checkpoint, seals: signed } = chain.open(note);
      if (checkpoint.origin !== chain.name) return ['signature', 'is of another log'];
      if (checkpoint.size !== tree.size || !tree.root().equals(checkpoint.root))
        return ['root', 'a leaf before this commit was changed, added or removed'];
      if (!sha256(Buffer.concat(seals, seals.length * HASH_BYTES)).equals(signed))
        return ['seals', 'a seal before this commit was changed, added or removed'];
      return undefined;
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      return ['signature', error.message];
    }
  }

  /** Where retention removed entries that it had not come to yet, it goes on at the frontier. */
  #followCut(): WatchProblem | undefined {
    try {
      const cut = readPruned(this.#folder);
      if (cut !== undefined && cut.tree.size > this.#place.tree.size) this.#place = this.#start();
      return undefined;
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      return { check: 'shrunk', file: 'pruned', line: 1, message: error.message };
    }
  }

  /** What was sound before must still be there. */
  #shrunk(): WatchProblem | undefined {
    const { segment, offset, line, end } = this.#place;
    if (offset === 0) return undefined;
    const file = `segments/${segment}`;
    const path = join(this.#folder, 'segments', segment);
    const size = segmentSize(path) ?? 0;
    const what =
      size < offset
        ? `had ${offset} bytes of signed entries, now it has ${size}`
        : readBytes(path, offset - end.length, end.length).equals(end)
          ? undefined
          : 'the commit before this line is another now';
    return what === undefined
      ? undefined
      : { check: 'shrunk', file, line, message: `"${file}" line ${line}: ${what}` };
  }

  #start(): Place {
    const [first = ''] = listSegments(this.#folder);
    const keys = this.#keys();
    const chain = new KeyChain(keys.slice(0, 1));
    const begin = {
      segment: '',
      offset: 0,
      line: 1,
      tree: Frontier.empty(),
      end: Buffer.of(),
      chain,
    };
    if ((parseSegmentName(first) ?? 0) === 0) return begin;
    const state = readFrontier(join(this.#folder, 'frontier'));
    if (state === undefined) return begin;
    const { segment, offset, size, hashes } = state;
    const tree = Frontier.from(
      size,
      hashes.map((hash) => Buffer.from(hash, 'base64')),
    );
    return { ...begin, segment, offset, tree, chain: this.#chainAt(segment, offset, keys) };
  }

  /** Keys that `log.json` names, if the given one is among them. */
  #keys(): readonly Verifier[] {
    const given = parseVkey(this.#vkey);
    const identity = readIdentity(this.#folder);
    const listed = identity === undefined ? [] : listedKeys(identity);
    return listed.some(({ vkey }) => vkey === given.vkey) ? listed : [given];
  }

  /** The keys up to the commit that ends at an offset. */
  #chainAt(segment: string, offset: number, keys: readonly Verifier[]): KeyChain {
    const path = join(this.#folder, 'segments', segment);
    const start = Math.max(0, offset - MAX_COMMIT_BYTES);
    const bytes = readBytes(path, start, offset - start);
    const from = bytes.lastIndexOf(0x0a, -2) + 1;
    const note = commitNote(bytes, from, bytes.length - 1);
    return note === undefined ? new KeyChain(keys) : KeyChain.behind(note, keys);
  }
}

/** What a leaf says about the log's own keys; those of other producers (central logs) say nothing about it. */
function takeRotation(chain: KeyChain, text: string): string | undefined {
  try {
    const leaf = parseLeaf(text);
    return leaf.stream === chain.name ? chain.take(leaf) : undefined;
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    return error.message;
  }
}

type Fault = readonly [check: WatchProblem['check'], what: string];

const FORM: Fault = ['line', 'is no leaf, seal or commit in its one form'];

function readBytes(path: string, offset: number, count: number): Buffer {
  const file = openSegment(path);
  try {
    const bytes = Buffer.alloc(count);
    file.read(bytes, 0, count, offset);
    return bytes;
  } finally {
    file.close();
  }
}
