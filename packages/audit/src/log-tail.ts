/**
 * The end of a log as its writer (log.ts) keeps it: what is written, up to where it is signed, and the one write that makes it
 * longer. A write that fails, or is taken back, leaves the old end (I1, I2).
 */
import { signCommit } from './commit.ts';
import { Encoder } from './encoder.ts';
import { encodeItem, type ItemContext } from './encode-item.ts';
import { countOf } from './entry.ts';
import type { LogOptions, Place, Tip } from './log-parts.ts';
import type { Signer } from './note.ts';
import type { Commit } from './publisher.ts';
import type { Foreign, Numbered } from './queue.ts';
import type { SegmentWriter } from './segment-writer.ts';
import type { Frontier } from './tree.ts';

export class LogTail {
  /** Bytes of all segments, on the disk. */
  bytes: number;
  /** Signs the next commit too, and each after it alone. */
  incoming: Signer | undefined;
  readonly #options: LogOptions;
  readonly #file: SegmentWriter;
  readonly #encoder: Encoder;
  readonly #context: ItemContext;
  #tip: Tip;

  constructor(options: LogOptions, file: SegmentWriter) {
    const { standing, signer, incoming, keyring, service } = options;
    this.#options = options;
    this.#file = file;
    this.#encoder = new Encoder(options.randomBytes);
    this.#context = { keyring, service, origin: signer.name };
    const { frontier, seq, committedSize, pendingSeals } = standing;
    this.#tip = { frontier, seq, committedSize, pendingSeals, commit: undefined, signer };
    this.incoming = incoming;
    this.bytes = standing.bytes;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#tip.frontier.size;
  }

  /** Leaves that no commit signs yet. */
  get unsigned(): number {
    return this.size - this.#tip.committedSize;
  }

  /** The tree's right edge now. */
  get edge(): Frontier {
    return this.#tip.frontier.clone();
  }

  /** What it is signed with. */
  get signer(): Signer {
    return this.#tip.signer;
  }

  /** The last commit of this process. */
  get commit(): Commit | undefined {
    return this.#tip.commit;
  }

  /** What was encoded last. */
  get encoded(): Pick<Encoder, 'leafHashes' | 'offsetOf'> {
    return this.#encoder;
  }

  /** To go back to. */
  get place(): Place {
    return { tip: this.#tip, offset: this.#file.offset };
  }

  /**
   * One write: leaf and seal of each entry, and with `sign` a commit behind them.
   * On an exception the end is as before, and the file may end in a part of the batch: it is given up (log-trouble.ts).
   */
  write(batch: readonly (Numbered | Foreign)[], sign: boolean): void {
    this.#file.open(this.size);
    const encoder = this.#encoder;
    encoder.reset();
    this.#options.keyring.batch(() => {
      for (const item of batch) encodeItem(encoder, this.#context, item);
    });
    let { frontier, seq, committedSize, commit, signer } = this.#tip;
    let pendingSeals = this.#tip.pendingSeals + encoder.sealHashes;
    let note: string | undefined;
    if (sign) {
      // A copy: a write that fails, or is taken back, must leave the old edge alone.
      frontier = frontier.clone();
      frontier.appendAll(encoder.flatHashes(), encoder.leafHashes.length);
      note = this.#sign(frontier, pendingSeals);
      encoder.addLine(JSON.stringify({ commit: note }));
    }
    const bytes = encoder.batch;
    this.#file.write(bytes);
    // Written: from here on nothing fails.
    if (!sign) for (const leaf of encoder.leafHashes) frontier.append(leaf);
    for (const item of batch) if ('seq' in item) seq = Math.max(seq, item.seq);
    if (note !== undefined) {
      committedSize = frontier.size;
      pendingSeals = '';
      signer = this.incoming ?? signer;
      this.incoming = undefined;
      const { offset, name = '' } = this.#file;
      commit = {
        note,
        size: committedSize,
        seq,
        edge: [...frontier.hashes],
        segment: name,
        offset,
      };
    }
    this.bytes += bytes.length;
    this.#tip = { frontier, seq, committedSize, pendingSeals, commit, signer };
  }

  /** The end as it was; the file's is cut off by the caller. */
  takeBack({ tip, offset }: Place): void {
    this.bytes -= this.#file.offset - offset;
    this.#tip = tip;
  }

  /** The last commit was written again into another segment. */
  moveCommit(commit: Commit, segment: string, offset: number): void {
    this.#tip = { ...this.#tip, commit: { ...commit, segment, offset } };
  }

  #sign(frontier: Frontier, seals: string): string {
    const unixMicros = countOf(this.#options.nowMicros());
    const signers = [this.#tip.signer, ...(this.incoming === undefined ? [] : [this.incoming])];
    return signCommit(signers, frontier, seals, unixMicros);
  }
}
