/**
 * The walk of `verifyLog` over all lines of a log, in order: leaf, seal, leaf, seal ..., commit.
 *
 * Cost a leaf: two hashes for the tree, one for the seal, a few byte comparisons. Nothing is parsed as JSON but commits
 * and leaves of rare kinds; when a commit does not fit, its region is read again strictly to name the line (verify-region.ts).
 * After the first bad leaf no later root can fit (I1), so those are not reported; signatures and seals go on being
 * checked. What is wrong with the lines since the last commit is kept by verify-region.ts.
 */
import { createHash } from 'node:crypto';
import { type LeafOfSeal, sealingKeyOf } from './access.ts';
import { LogbookError } from './errors.ts';
import { KEY_ROTATED, type KeyChain } from './key-chain.ts';
import type { Keyring } from './keyring.ts';
import { type Leaf, parseLeaf } from './leaf.ts';
import { hasBytes, leafHashAt, scanLines, utf8At } from './scan.ts';
import { type Cut, PRUNE } from './pruned.ts';
import { openSeal, parseSeal, sealDigest, sealDigestAt } from './seal.ts';
import { parseSegmentName } from './segment.ts';
import type { Findings, ProblemCode } from './verify-findings.ts';
import { WalkHashes } from './verify-hashes.ts';
import { Region } from './verify-region.ts';
import {
  addToDigest,
  closedSegment,
  erasedSeal,
  isCommonKind,
  isWholeLine,
  LEAF_START,
  leafOfSeal,
  openCommit,
  parseCommit,
  SIGNATURE_MARK,
} from './verify-lines.ts';
import { KeyAccounts } from './verify-keys.ts';
import type { Published } from './verify-published.ts';
import { Sequence } from './verify-sequence.ts';

export interface WalkOptions {
  /** The log's first key, or more. Absent when not even one was found: then signatures are not checked. */
  readonly chain: KeyChain | undefined;
  /** Opens every seal. */
  readonly keyring: Keyring | undefined;
  readonly published: Published;
  readonly findings: Findings;
  /** What is left of entries that were removed. */
  readonly cut?: (Cut & { readonly digest: string }) | undefined;
  /** Told now and then where it is. */
  readonly progress?: ((path: string, offset: number, leaves: number) => void) | undefined;
}

/** The last commit that was found good. */
export interface GoodCommit {
  readonly size: number;
  readonly root: Buffer;
  /** RFC 3339. */
  readonly time: string;
}

const SEAL_START = Buffer.from('{"seal":"');
const SEAL_END = Buffer.from('"}');
const COMMIT_START = Buffer.from('{"commit":"');
const ABSENT = Buffer.from('absent"}');
const BRACE = 0x7d;
/** Where the kind begins: after a version, a UUID and a time of fixed widths. */
const KIND_AT = 104;

/** Lines between two reports of progress: about 10 ms. */
const LINES_A_STEP = 8192;

export class LogWalk {
  size = 0;
  commits = 0;
  seals = 0;
  erased = 0;
  absent = 0;
  opened = 0;
  committedLeaves = 0;
  last: GoodCommit | undefined;
  firstCommitTime: string | undefined;

  readonly #options: WalkOptions;
  readonly #findings: Findings;
  readonly #hashes: WalkHashes;
  /** An entry names the record of what was removed. */
  #cutNamed = false;
  readonly #sequence: Sequence;
  readonly #digests = new Map<string, string>();
  #sealDue = false;
  /** No root can fit any more. */
  #treeBroken = false;
  #lastCommitSize = 0;
  /** Lines since the last commit, among them the one at hand. */
  readonly #region: Region;
  #leafText: Buffer | undefined;
  #leaf: LeafOfSeal | undefined;
  readonly #keys: KeyAccounts;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#findings = options.findings;
    const { cut } = options;
    this.#hashes = new WalkHashes(cut?.tree);
    this.size = cut?.tree.size ?? 0;
    this.committedLeaves = this.size;
    this.#region = new Region(this.size);
    this.#lastCommitSize = this.size;
    this.#sequence = new Sequence(options.chain?.name ?? '', cut);
    this.#keys = new KeyAccounts(options.keyring);
  }

  /** Walks one segment. */
  segment(path: string, name: string, isLast: boolean): void {
    const region = this.#region;
    region.enter(path, `segments/${name}`);
    if (this.size === this.committedLeaves) region.begin(1, 0, this.committedLeaves);
    const first = parseSegmentName(name);
    if (first !== this.size && !this.#treeBroken) {
      this.#damage(
        'order',
        `is named after leaf ${first}, but ${this.size} leaves come before it`,
        true,
      );
    }
    // Only a closed segment's digest is in the log, and the last one is never closed.
    const digest = isLast ? undefined : createHash('sha256');
    let end;
    try {
      end = scanLines(path, (buffer, start, stop, line, offset) => {
        region.line = line;
        if (line % LINES_A_STEP === 0) this.#options.progress?.(path, offset, this.size);
        if (digest !== undefined) addToDigest(digest, buffer, start, stop);
        this.#visit(buffer, start, stop, offset);
        return true;
      });
    } catch (error) {
      if (!(error instanceof LogbookError) || error.code !== 'ERR_LOGBOOK_FORMAT') throw error;
      this.#damage('line', error.message, true);
      return;
    }
    if (end.tail.length > 0) this.#tail(end.tail, end.line, isLast);
    if (digest !== undefined) this.#digests.set(name, digest.digest('hex'));
  }

  /** Ends the walk: what waits for a commit that never came, and what was promised elsewhere. */
  finish(): void {
    const { published, chain } = this.#options;
    const missing = published.unanswered(chain?.keys ?? [], this.#findings);
    const nextCommit = missing.find((note) => note.size > this.#lastCommitSize)?.size ?? this.size;
    const region = this.#region;
    if (this.size > this.committedLeaves) region.unsigned();
    region.settle(nextCommit, this.#findings);
    for (const { file, line, size } of missing) {
      if (size > this.#lastCommitSize) {
        const message = `"${region.file}" ends at line ${region.line} with a commit of ${this.#lastCommitSize} leaves, but "${file}" line ${line} published one of ${size}: the end is missing`;
        this.#findings.add({
          code: 'checkpoint',
          message,
          file: region.file,
          line: region.line,
          commit: size,
        });
      } else if (!this.#treeBroken) {
        const message = `"${file}" line ${line}: no sound commit of ${size} leaves is in the log`;
        this.#findings.add({ code: 'checkpoint', message, file, line, commit: size });
      }
    }
    this.#reportGaps();
    if (this.#options.cut !== undefined && !this.#cutNamed && !this.#treeBroken) {
      const message =
        '"pruned" is not the record that an entry of the log names: it was changed, or entries were removed by hand';
      this.#findings.add({ code: 'pruned', message, file: 'pruned' });
    }
    this.#keys.report(this.#findings);
  }

  #reportGaps(): void {
    if (this.#treeBroken) return;
    for (const { first, last } of this.#sequence.unexplained()) {
      const message = `numbers ${first} to ${last} are missing, and no entry explains it: ${last - first + 1} entries were dropped`;
      this.#findings.add({
        code: 'sequence',
        message,
        file: this.#region.file,
        commit: this.#lastCommitSize,
      });
    }
  }

  #visit(buffer: Buffer, start: number, end: number, offset: number): void {
    if (hasBytes(buffer, start, end, LEAF_START)) this.#visitLeaf(buffer, start, end);
    else if (hasBytes(buffer, start, end, SEAL_START)) this.#visitSeal(buffer, start, end);
    else if (hasBytes(buffer, start, end, COMMIT_START))
      this.#visitCommit(buffer, start, end, offset);
    else this.#visitOther(buffer, start, end, offset);
  }

  #visitLeaf(buffer: Buffer, start: number, end: number): void {
    if (this.#sealDue) this.#damage('order', 'a seal is missing before this leaf', false);
    this.#hashes.addLeaf(leafHashAt(buffer, start, end));
    this.size += 1;
    this.#sealDue = true;
    this.#leafText = undefined;
    this.#leaf = undefined;
    if (buffer[end - 1] !== BRACE || buffer[end - 2] !== BRACE) {
      this.#damage('line', 'is not a leaf in its one form', true);
      return;
    }
    const wrong = this.#sequence.next(buffer, start, end);
    if (wrong !== undefined && !this.#treeBroken) this.#damage('sequence', wrong, false);
    const isCommon = isCommonKind(buffer, start + KIND_AT, end);
    const deep = this.#options.keyring !== undefined;
    if (isCommon && !deep) return;
    // The tree vouches for the form of the many; to parse them would be a quarter of the cost of `--deep`.
    const leaf =
      (isCommon && leafOfSeal(buffer.toString('latin1', start, end))) ||
      this.#read(buffer, start, end);
    if (leaf === undefined || !deep) return;
    this.#leaf = leaf;
    this.#leafText = Buffer.from(buffer.subarray(start, end));
  }

  #visitSeal(buffer: Buffer, start: number, end: number): void {
    if (!this.#sealDue) {
      this.#damage('order', 'a leaf is missing before this seal', true);
      return;
    }
    this.#sealDue = false;
    this.seals += 1;
    if (!hasBytes(buffer, end - 2, end, SEAL_END) || end - start < SEAL_START.length + 2) {
      this.#damage('line', 'is not a seal in its one form', false);
      return;
    }
    this.#hashes.addSeal(sealDigestAt(buffer, start + SEAL_START.length, end - 2));
    if (hasBytes(buffer, start + SEAL_START.length, end, ABSENT)) this.#absent();
    if (this.#options.keyring !== undefined) this.#openSeal(buffer.toString('latin1', start, end));
  }

  /** A blanked seal, or a line that is none of ours. */
  #visitOther(buffer: Buffer, start: number, end: number, offset: number): void {
    const seal = this.#sealDue ? erasedSeal(buffer.toString('latin1', start, end)) : undefined;
    if (seal !== undefined) {
      this.#sealDue = false;
      this.seals += 1;
      this.erased += 1;
      this.#hashes.addSeal(sealDigest(seal).toString('latin1'));
      if (this.#options.keyring !== undefined && this.#leaf !== undefined)
        this.#noKey(seal.subject ?? this.#leaf.actor, 'its seal was blanked');
      return;
    }
    if (buffer.subarray(start, end).includes(SIGNATURE_MARK)) {
      this.#visitCommit(buffer, start, end, offset);
      return;
    }
    this.#damage('line', 'is no leaf, seal or commit in its one form', !this.#sealDue);
    // Most likely one damaged line: keep in step.
    if (this.#sealDue) {
      this.#sealDue = false;
    } else {
      this.#hashes.addLeaf(leafHashAt(buffer, start, end));
      this.size += 1;
      this.#sealDue = true;
      this.#leaf = undefined;
    }
  }

  #visitCommit(buffer: Buffer, start: number, end: number, offset: number): void {
    this.commits += 1;
    if (this.#sealDue) this.#damage('order', 'a seal is missing before this commit', false);
    this.#sealDue = false;
    const note = parseCommit(utf8At(buffer, start, end));
    let size = this.size;
    if (note === undefined) this.#damage('line', 'is not a commit in its one form', false);
    else size = this.#checkCommit(note);
    this.#region.settle(size, this.#findings);
    this.#lastCommitSize = Math.max(this.#lastCommitSize, size);
    this.committedLeaves = this.size;
    this.#hashes.beginSeals();
    this.#region.begin(this.#region.line + 1, offset + end + 1 - start, this.committedLeaves);
  }

  /** @returns the tree size that the commit is named by in problems */
  #checkCommit(note: string): number {
    const { chain, published } = this.#options;
    const signers = chain?.signers ?? [];
    let opened;
    try {
      opened = chain === undefined ? openCommit(note, undefined) : chain.open(note);
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      this.#damage(
        error.code === 'ERR_LOGBOOK_CHECKPOINT_MALFORMED' ? 'commit' : 'signature',
        error.message,
        false,
      );
      return this.size;
    }
    const { text, checkpoint, seals, time } = opened;
    if (chain !== undefined && checkpoint.origin !== chain.name) {
      this.#damage(
        'commit',
        `is of origin "${checkpoint.origin}", expected "${chain.name}"`,
        false,
      );
      return this.size;
    }
    const region = this.#region;
    const damaged = region.isDamaged;
    if (!damaged && !seals.equals(this.#hashes.seals()))
      region.between('seals', 'a seal was changed, added or removed');
    if (this.#treeBroken) return checkpoint.size;
    if (checkpoint.size !== this.size || !this.#hashes.root().equals(checkpoint.root)) {
      this.#treeBroken = true;
      if (!damaged) {
        region.between(
          'root',
          checkpoint.size === this.size
            ? 'a leaf was changed'
            : `${this.size} leaves come before the commit of ${checkpoint.size}`,
        );
      }
      return checkpoint.size;
    }
    if (!region.isSound || chain === undefined) return checkpoint.size;
    this.last = { size: checkpoint.size, root: Buffer.from(checkpoint.root), time };
    this.firstCommitTime ??= time;
    published.compare(checkpoint.size, text, note, signers, this.#findings);
    return checkpoint.size;
  }

  /** Bytes behind the last newline: a torn write is reported, anything else is damage. */
  #tail(tail: Buffer, line: number, isLast: boolean): void {
    this.#region.line = line;
    // A whole line with another byte for its newline was not torn by a crash.
    if (!isLast || isWholeLine(tail.subarray(0, -1))) {
      this.#damage('line', 'ends without a newline', true);
      return;
    }
    this.#findings.note(
      `${this.#region.here}: ${tail.length} bytes of a torn line; the next start puts them into quarantine`,
    );
  }

  /** The leaf of a kind that may matter, or whose form is unusual. */
  #read(buffer: Buffer, start: number, end: number): Leaf | undefined {
    const leaf = this.#parseLeaf(buffer, start, end);
    if (leaf !== undefined) this.#readControl(leaf);
    return leaf;
  }

  #parseLeaf(buffer: Buffer, start: number, end: number): Leaf | undefined {
    try {
      const text = utf8At(buffer, start, end);
      if (text === undefined) throw new LogbookError('ERR_LOGBOOK_FORMAT', 'is not UTF-8');
      return parseLeaf(text);
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      this.#damage('line', error.message, true);
      return undefined;
    }
  }

  #readControl(leaf: Leaf): void {
    // In a central log the control entries of producers speak of their logs.
    if (leaf.stream !== (this.#options.chain?.name ?? leaf.stream)) return;
    const { cut } = this.#options;
    if (leaf.kind === 'segment.closed') {
      const [name = '', digest] = closedSegment(leaf.target ?? '');
      // Of a segment that was removed.
      if (cut !== undefined && name < cut.segment) return;
      const actual = this.#digests.get(name);
      if (digest !== undefined && digest !== actual) {
        const found =
          actual === undefined ? 'there is no such segment before it' : `it is ${actual}`;
        this.#damage('segment', `says segment "${name}" has digest ${digest}, but ${found}`, false);
      }
    } else if (leaf.kind === 'retention.expired' && leaf.action === PRUNE) {
      const [name, digest] = closedSegment(leaf.target ?? '');
      if (name === cut?.segment && digest === cut?.digest) this.#cutNamed = true;
    } else if (leaf.kind === KEY_ROTATED) {
      const wrong = this.#options.chain?.take(leaf);
      if (wrong !== undefined) this.#damage('signature', wrong, false);
    }
    this.#keys.control(leaf, this.#region.here, this.size - 1);
    this.#sequence.control(leaf);
  }

  #openSeal(line: string): void {
    const { keyring } = this.#options;
    const leaf = this.#leaf;
    const leafText = this.#leafText;
    if (keyring === undefined || leaf === undefined || leafText === undefined) return;
    try {
      const seal = parseSeal(line);
      if (seal.form !== 'sealed') return;
      const key = sealingKeyOf(keyring, leaf, seal.subject);
      if (key === undefined) {
        this.#noKey(seal.subject ?? leaf.actor, 'the key of its seal is gone');
        return;
      }
      openSeal(key, seal.raw, leafText, leaf.pc);
      this.opened += 1;
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      this.#damage(error.code === 'ERR_LOGBOOK_FORMAT' ? 'line' : 'seal', error.message, false);
    }
  }

  /** A payload may be absent only from a leaf of another producer: this log has all of its own. */
  #absent(): void {
    this.absent += 1;
    if (this.#sequence.lastWasOwn)
      this.#damage('seal', 'says that the payload of an own entry never came', false);
  }

  #noKey(subject: string | undefined, what: string): void {
    const { class: name = '', time = '' } = this.#leaf ?? {};
    this.#keys.gone(subject ?? '', `${name} ${time.slice(0, 7)}`, () => ({
      code: 'unexplained',
      message: `${this.#region.here}: ${what}, and no erasure or expiry entry explains it`,
      file: this.#region.file,
      line: this.#region.line,
      index: this.size - 1,
      commit: this.size,
    }));
  }

  /** A problem of the line at hand; `breaksTree`: the leaves before the next commit are not those it signed. */
  #damage(code: ProblemCode, what: string, breaksTree: boolean): void {
    this.#region.damaged(code, what, Math.max(0, this.size - 1));
    if (breaksTree) this.#treeBroken = true;
  }
}
