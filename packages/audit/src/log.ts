/**
 * The writer of one log: append, commit, rotate, close. Owns I1-I3, I7 and I10 on the write side.
 *
 * An entry is leaf + seal in one write; a commit signs everything before it; it is published once its bytes are
 * fsynced, so `frontier` and `checkpoint` never run ahead of the segment. All state belongs to the holder of the
 * folder's lock, one thread; `append`, `commit` and `close` run to their end without yielding. What a crash leaves is
 * what `recover.ts` puts right: during a write a torn tail, after it pairs without commit, after a commit an old
 * frontier and checkpoint. Producer numbers begin at 1; a dropped entry burns its number, and an
 * entry names the burned ones (log-numbers.ts). `segment.closed` has target `<file name> sha256:<hex digest>`.
 */
import { signCommit } from './commit.ts';
import type { ControlEntry } from './control.ts';
import { Encoder } from './encoder.ts';
import { encodeItem, type ItemContext } from './encode-item.ts';
import { countOf, type AuditEntry, type LogMode } from './entry.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { formatTime } from './leaf.ts';
import type { LogOptions, Place, Placed, Tip } from './log-parts.ts';
import { LogNumbers } from './log-numbers.ts';
import { LogTrouble } from './log-trouble.ts';
import type { Signer } from './note.ts';
import type { SafeObserver } from './observer.ts';
import { Publisher, type Commit } from './publisher.ts';
import { EntryQueue, type Foreign, type Numbered } from './queue.ts';
import { SegmentWriter } from './segment-writer.ts';
import { MAX_SEGMENT_BYTES } from './segment.ts';
import { Digester } from './segment-digest.ts';
import type { Frontier } from './tree.ts';

const COMMIT_ENTRIES = 1024;
const COMMIT_MS = 1000;
/** Background fdatasync: this long after the first write it covers. */
const SYNC_MS = 5;
/** The second failed fsync of a process makes the log read-only. */
const MAX_SYNC_FAILURES = 2;

export class Log {
  readonly folder: string;
  readonly mode: LogMode;
  readonly #options: LogOptions;
  readonly #observer: SafeObserver;
  readonly #encoder: Encoder;
  readonly #file: SegmentWriter;
  readonly #publisher: Publisher;
  readonly #queue = new EntryQueue((batch) => this.#enter(batch));
  readonly #digester: Digester;
  readonly #context: ItemContext;
  readonly #origin: string;
  readonly #maxSegmentBytes: number;

  #tip: Tip;
  /** Signs the next commit too, and each after it alone. */
  #incoming: Signer | undefined;
  readonly #numbers: LogNumbers;
  readonly #trouble: LogTrouble;
  #bytes: number;
  #syncFailures = 0;
  #closed = false;
  /** A group waits for its sync. */
  #grouping = false;

  // Every timer is unref'd: none keeps the program alive.
  #commitTimer: NodeJS.Timeout | undefined;
  #syncTimer: NodeJS.Timeout | undefined;

  constructor(options: LogOptions) {
    const { standing } = options;
    this.#options = options;
    this.folder = options.folder;
    this.mode = options.mode;
    this.#observer = options.observer;
    const { nowMicros, steadyMs } = options;
    this.#numbers = new LogNumbers(standing, nowMicros, steadyMs, options.observer);
    this.#encoder = new Encoder(options.randomBytes);
    this.#file = new SegmentWriter(options.folder, standing, options.ops);
    this.#trouble = new LogTrouble(options.folder, this.#file, options.space, options.observer);
    this.#publisher = new Publisher(options.folder);
    this.#origin = options.signer.name;
    const { keyring, service, observer } = options;
    this.#context = { keyring, service, origin: this.#origin };
    this.#digester = new Digester({
      observer,
      isFree: () => this.isFree,
      enter: (entry) => this.#enter([this.#numbers.control(entry)]),
    });
    this.#maxSegmentBytes = options.maxSegmentBytes ?? MAX_SEGMENT_BYTES;
    const { frontier, seq, committedSize, pendingSeals } = standing;
    const { signer, incoming } = options;
    this.#tip = { frontier, seq, committedSize, pendingSeals, commit: undefined, signer };
    this.#incoming = incoming;
    this.#bytes = standing.bytes;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#tip.frontier.size;
  }

  /** The tree's right edge now. */
  get edge(): Frontier {
    return this.#tip.frontier.clone();
  }

  /** What it is signed with. */
  get signer(): Signer {
    return this.#tip.signer;
  }

  /** Bytes of all segments, on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Segments were archived or removed: so many bytes less, which the next state tells. */
  freed(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }

  /**
   * Writes the first entries of a session with one commit, fsynced.
   * @throws LogbookError when the folder cannot be written
   */
  begin(entries: readonly ControlEntry[]): void {
    try {
      this.#rotateIfDue();
      this.#write(
        this.#numbers.withNews(entries.map((entry) => this.#numbers.control(entry))),
        true,
      );
      this.#file.sync(this.size);
      this.#numbers.written();
      // Before the frontier is published, which names those that wait.
      for (const closed of this.#options.standing.undigested) this.#digester.later(closed);
      this.#publish(false);
    } catch (cause) {
      this.#digester.stop();
      this.#file.abandon();
      throw asLogbookError(cause, `cannot write log folder "${this.folder}"`);
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether an entry may be written just now: not while a group waits for its sync. */
  get isFree(): boolean {
    return !this.#closed && !this.#grouping;
  }

  /**
   * Enters entries about the log itself; when it returns, they and all entries before them are signed and fsynced.
   * @param incoming a key that signs the commit over them too, and alone from then on
   * @returns their ids
   * @throws LogbookError then none of them is in the log
   */
  enterNow(controls: readonly ControlEntry[], incoming?: Signer): string[] {
    if (!this.isFree) throw new LogbookError('ERR_LOGBOOK_CLOSED', 'log is closed or busy');
    this.#queue.drain();
    this.#trouble.refuseIfReadOnly();
    const items = controls.map((control) => this.#numbers.control(control));
    let before;
    try {
      this.#rotateIfDue();
      before = { tip: this.#tip, offset: this.#file.offset };
      this.#incoming = incoming;
      this.#write(this.#numbers.withNews(items), true);
      this.#syncOrTakeBack(before);
    } catch (error) {
      this.#incoming = undefined;
      this.#numbers.drop(items, this.#trouble.failed(error));
      throw asLogbookError(error, `cannot write log folder "${this.folder}"`);
    }
    this.#wrote();
    this.#publishSafely();
    this.#arm();
    for (const control of controls) this.#observer.control(control);
    return items.map(({ entry }) => entry.id);
  }

  /** Enters one entry as the mode says. Never throws. */
  append(entry: AuditEntry): boolean {
    if (this.#closed) {
      this.#observer.dropped('closed');
      return false;
    }
    const numbered = this.#numbers.number(entry);
    if (this.mode !== 'best-effort') return this.#enter([numbered]);
    return this.#queue.push(numbered) || this.#numbers.drop([numbered], 'queue_full');
  }

  /** Signs what is not signed yet. Never throws. */
  commit(): void {
    if (this.#closed) return;
    this.#queue.drain();
    this.#commitQuietly();
  }

  /** Signs, fsyncs and publishes everything entered so far. Never throws. */
  flush(): void {
    if (this.#closed) return;
    this.commit();
    this.#syncAndPublish(true);
  }

  /** Last entry, last commit, fsync, publish. Idempotent, never throws. */
  close(): void {
    if (this.#closed) return;
    this.#queue.drain();
    this.#trouble.tryAgain();
    this.#enter([this.#numbers.control({ kind: 'log.stopped', action: 'stop', payload: {} })]);
    this.#commitQuietly();
    this.#syncAndPublish(true);
    this.#closed = true;
    clearTimeout(this.#commitTimer);
    clearTimeout(this.#syncTimer);
    this.#publisher.stop();
    this.#digester.stop();
    this.#file.release();
  }

  // --- entering

  /** Writes entries, or burns their numbers. Never throws. */
  #enter(batch: readonly Numbered[]): boolean {
    const trouble = this.#trouble;
    if (trouble.isReadOnly) return this.#numbers.drop(batch, 'read_only');
    const strict = this.mode === 'strict';
    const { waitsFor } = trouble;
    if (!strict && waitsFor !== undefined) return this.#numbers.drop(batch, waitsFor);
    try {
      this.#rotateIfDue();
      const before = { tip: this.#tip, offset: this.#file.offset };
      this.#write(this.#numbers.withNews(batch), strict);
      if (strict) this.#syncOrTakeBack(before);
    } catch (error) {
      return this.#numbers.drop(batch, this.#trouble.failed(error));
    }
    this.#wrote();
    const endMs = performance.now();
    for (const { entry, startMs } of batch) {
      this.#observer.appended(entry.kind, entry.outcome, (endMs - startMs) / 1000, this.mode);
    }
    if (this.size - this.#tip.committedSize >= COMMIT_ENTRIES) this.#commitQuietly();
    this.#arm();
    return true;
  }

  /** What was to be written is in the log. */
  #wrote(): void {
    this.#numbers.written();
    this.#trouble.written();
  }

  /**
   * One write: leaf and seal of each entry, and with `sign` a commit behind them.
   * On an exception the tip is as before, and the file may end in a part of the batch: call `#trouble.failed`.
   */
  #write(batch: readonly (Numbered | Foreign)[], sign: boolean): void {
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
      signer = this.#incoming ?? signer;
      this.#incoming = undefined;
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
    this.#bytes += bytes.length;
    this.#tip = { frontier, seq, committedSize, pendingSeals, commit, signer };
  }

  // --- groups

  /**
   * Enters a group, a signed commit behind it, and resolves when all of it is on disk (audit.md 3). For the sink, whose
   * log is `strict`: between its groups nothing is unsigned. One group at a time; no other write is begun meanwhile.
   * @throws LogbookError then nothing of it is in the log
   */
  async enterGroup(group: readonly (AuditEntry | Foreign)[]): Promise<Placed> {
    if (this.#closed || this.#grouping)
      throw new LogbookError('ERR_LOGBOOK_CLOSED', 'log is closed or takes another group');
    this.#trouble.refuseIfReadOnly();
    const items = group.map((item) => ('line' in item ? item : this.#numbers.number(item)));
    let before;
    this.#grouping = true;
    try {
      this.#rotateIfDue();
      before = { tip: this.#tip, offset: this.#file.offset };
      const batch = this.#numbers.withNews(items);
      this.#write(batch, true);
      const behindNews = batch.length - items.length;
      const hashes = this.#encoder.leafHashes.slice(behindNews);
      const placed = {
        index: this.size - items.length,
        segment: this.#file.name ?? '',
        offset: before.offset + this.#encoder.offsetOf(behindNews),
        end: this.#file.offset,
        hashes,
      };
      await this.#file.syncSoon(this.size);
      this.#checkFile();
      this.#trouble.refuseIfReadOnly();
      this.#wrote();
      this.#options.space.check();
      return placed;
    } catch (error) {
      if (before !== undefined) this.#takeBack(before);
      const own = items.filter((item) => 'seq' in item);
      this.#numbers.drop(own, this.#trouble.isReadOnly ? 'read_only' : this.#trouble.failed(error));
      throw asLogbookError(error, `cannot write log folder "${this.folder}"`);
    } finally {
      this.#grouping = false;
      this.#arm();
    }
  }

  // --- commits

  #commitQuietly(): void {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    if (this.size === this.#tip.committedSize || this.#trouble.isReadOnly) return;
    try {
      this.#write([], true);
      this.#checkFile();
      this.#options.space.check();
      this.#startSync();
    } catch (error) {
      this.#trouble.failed(error);
    }
    this.#arm();
  }

  #sign(frontier: Frontier, seals: string): string {
    const unixMicros = countOf(this.#options.nowMicros());
    const signers = [this.#tip.signer, ...(this.#incoming === undefined ? [] : [this.#incoming])];
    return signCommit(signers, frontier, seals, unixMicros);
  }

  /** The open file must still be the one under its name: not unlinked, not replaced, not changed. */
  #checkFile(): void {
    if (this.#file.isIntact()) return;
    const message = `segment "${this.#file.name}" was removed, replaced or changed while it was written`;
    this.#trouble.stop(
      new LogbookError('ERR_LOGBOOK_INTEGRITY', message, {
        hint: 'nothing is appended any more; keep the folder and run `mcp-logbook verify`',
      }),
    );
  }

  // --- segments

  /** A new segment when the current one is full or of another day. The old one ends with a commit. */
  #rotateIfDue(): void {
    const file = this.#file;
    const day = formatTime(countOf(this.#options.nowMicros())).slice(0, 10);
    if (file.name === undefined) file.day = day;
    if (file.name === undefined || file.first === this.size) return;
    if (file.offset < this.#maxSegmentBytes && (file.day ?? day) >= day) return;
    if (this.size > this.#tip.committedSize) this.#write([], true);
    file.sync(this.size);
    this.#publish(true);
    this.#digester.later(file.next(day));
  }

  // --- durability

  #arm(): void {
    if (this.#closed || this.#trouble.isReadOnly) return;
    if (this.size > this.#tip.committedSize) {
      this.#commitTimer ??= setTimeout(() => this.#commitQuietly(), COMMIT_MS).unref();
    }
    if (this.#file.needsSync) {
      this.#syncTimer ??= setTimeout(() => this.#startSync(), SYNC_MS).unref();
    } else if (this.mode === 'strict') {
      this.#publishSafely();
    }
  }

  /** Fdatasync off the main thread; one at a time. */
  #startSync(): void {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    this.#file.syncLater(this.size, (error) => {
      if (error === null) this.#publishSafely();
      else this.#syncFailed(error);
      this.#arm();
    });
  }

  /** In `strict` an entry is on disk, or it is refused and not in the log. */
  #syncOrTakeBack(before: Place): void {
    try {
      this.#checkFile();
      this.#trouble.refuseIfReadOnly();
      this.#file.sync(this.size);
    } catch (error) {
      this.#takeBack(before);
      throw error;
    }
  }

  #takeBack({ tip, offset }: Place): void {
    this.#bytes -= this.#file.offset - offset;
    this.#tip = tip;
    if (!this.#trouble.isReadOnly) this.#file.abandon(offset);
  }

  #syncAndPublish(final: boolean): void {
    if (this.#trouble.isReadOnly) return;
    try {
      if (this.#tip.commit !== undefined && !this.#isSynced(this.#tip.commit))
        this.#file.sync(this.size);
      this.#publish(final);
    } catch (error) {
      this.#trouble.failed(error);
    }
  }

  #publishSafely(): void {
    try {
      this.#publish(false);
    } catch (error) {
      this.#observer.problem(
        asLogbookError(error, `cannot publish in log folder "${this.folder}"`),
      );
    }
  }

  /** Publishes the last commit if it is on disk: at most once a second, at once when `now`. */
  #publish(now: boolean): void {
    const { commit } = this.#tip;
    if (commit === undefined || commit.size === this.#publisher.size || !this.#isSynced(commit))
      return;
    if (!now && !this.#publisher.isDue(() => this.#publishSafely())) return;
    this.#publisher.publish(commit, this.#numbers.given, this.#digester.undigested, now);
    this.#observer.checkpoint(commit.note, commit.size, this.#origin);
    this.#observer.state(this.size, this.#bytes, 0);
  }

  #isSynced(commit: Commit): boolean {
    // A commit in an older segment was synced before that one was left.
    return commit.segment !== this.#file.name || commit.offset <= this.#file.synced;
  }

  // --- trouble

  /** After a failed fsync: what it should have covered goes into a fresh segment; again, and the log is read-only. */
  #syncFailed(error: unknown): void {
    const folder = `log folder "${this.folder}"`;
    this.#syncFailures += 1;
    try {
      if (this.#syncFailures >= MAX_SYNC_FAILURES) throw error;
      const { commit } = this.#tip;
      const { name, path, synced } = this.#file;
      this.#file.replay();
      if (this.#file.name !== name) {
        if (commit !== undefined && commit.segment === name && commit.offset > synced) {
          const moved = { segment: this.#file.name ?? '', offset: commit.offset - synced };
          this.#tip = { ...this.#tip, commit: { ...commit, ...moved } };
        }
        this.#digester.later(path);
      }
      this.#publishSafely();
      this.#observer.problem(
        asLogbookError(error, `fsync failed in ${folder}, entries were written again`),
      );
    } catch (cause) {
      const message = `fsync failed again in ${folder}: nothing is appended any more`;
      this.#trouble.stop(new LogbookError('ERR_LOGBOOK_READ_ONLY', message, { cause }));
    }
  }
}
