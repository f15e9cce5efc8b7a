/**
 * The writer of one log: append, commit, rotate, close. Owns I1-I3, I7 and I10 on the write side; a write itself is in
 * log-tail.ts.
 *
 * An entry is leaf + seal in one write; a commit signs everything before it; it is published once its bytes are
 * fsynced, so `frontier` and `checkpoint` never run ahead of the segment. All state belongs to the holder of the
 * folder's lock, one thread; `append`, `commit` and `close` run to their end without yielding. What a crash leaves is
 * what `recover.ts` puts right: during a write a torn tail, after it pairs without commit, after a commit an old
 * frontier and checkpoint. Producer numbers begin at 1; a dropped entry burns its number, and an
 * entry names the burned ones (log-numbers.ts). `segment.closed` has target `<file name> sha256:<hex digest>`.
 */
import type { ControlEntry } from './control.ts';
import { countOf, type AuditEntry, type LogMode } from './entry.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { formatTime } from './leaf.ts';
import type { LogOptions, Place, Placed } from './log-parts.ts';
import { LogNumbers } from './log-numbers.ts';
import { LogTail } from './log-tail.ts';
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
  readonly #file: SegmentWriter;
  readonly #publisher: Publisher;
  readonly #queue = new EntryQueue((batch) => this.#enter(batch));
  readonly #digester: Digester;
  readonly #origin: string;
  readonly #maxSegmentBytes: number;

  readonly #tail: LogTail;
  readonly #numbers: LogNumbers;
  readonly #trouble: LogTrouble;
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
    this.#file = new SegmentWriter(options.folder, standing, options.ops);
    this.#tail = new LogTail(options, this.#file);
    this.#trouble = new LogTrouble(options.folder, this.#file, options.space, options.observer);
    this.#publisher = new Publisher(options.folder);
    this.#origin = options.signer.name;
    this.#digester = new Digester({
      observer: options.observer,
      isFree: () => this.isFree,
      enter: (entry) => this.#enter([this.#numbers.control(entry)]),
    });
    this.#maxSegmentBytes = options.maxSegmentBytes ?? MAX_SEGMENT_BYTES;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#tail.size;
  }

  /** The tree's right edge now. */
  get edge(): Frontier {
    return this.#tail.edge;
  }

  /** What it is signed with. */
  get signer(): Signer {
    return this.#tail.signer;
  }

  /** Bytes of all segments, on the disk. */
  get bytes(): number {
    return this.#tail.bytes;
  }

  /** Segments were archived or removed: so many bytes less, which the next state tells. */
  freed(bytes: number): void {
    this.#tail.bytes = Math.max(0, this.#tail.bytes - bytes);
  }

  /**
   * Writes the first entries of a session with one commit, fsynced.
   * @throws LogbookError when the folder cannot be written
   */
  begin(entries: readonly ControlEntry[]): void {
    try {
      this.#rotateIfDue();
      this.#tail.write(
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
      before = this.#tail.place;
      this.#tail.incoming = incoming;
      this.#tail.write(this.#numbers.withNews(items), true);
      this.#syncOrTakeBack(before);
    } catch (error) {
      this.#tail.incoming = undefined;
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
      const before = this.#tail.place;
      this.#tail.write(this.#numbers.withNews(batch), strict);
      if (strict) this.#syncOrTakeBack(before);
    } catch (error) {
      return this.#numbers.drop(batch, this.#trouble.failed(error));
    }
    this.#wrote();
    const endMs = performance.now();
    for (const { entry, startMs } of batch) {
      this.#observer.appended(entry.kind, entry.outcome, (endMs - startMs) / 1000, this.mode);
    }
    if (this.#tail.unsigned >= COMMIT_ENTRIES) this.#commitQuietly();
    this.#arm();
    return true;
  }

  /** What was to be written is in the log. */
  #wrote(): void {
    this.#numbers.written();
    this.#trouble.written();
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
      before = this.#tail.place;
      const batch = this.#numbers.withNews(items);
      this.#tail.write(batch, true);
      const behindNews = batch.length - items.length;
      const hashes = this.#tail.encoded.leafHashes.slice(behindNews);
      const placed = {
        index: this.size - items.length,
        segment: this.#file.name ?? '',
        offset: before.offset + this.#tail.encoded.offsetOf(behindNews),
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
    if (this.#tail.unsigned === 0 || this.#trouble.isReadOnly) return;
    try {
      this.#tail.write([], true);
      this.#checkFile();
      this.#options.space.check();
      this.#startSync();
    } catch (error) {
      this.#trouble.failed(error);
    }
    this.#arm();
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
    if (this.#tail.unsigned > 0) this.#tail.write([], true);
    file.sync(this.size);
    this.#publish(true);
    this.#digester.later(file.next(day));
  }

  // --- durability

  #arm(): void {
    if (this.#closed || this.#trouble.isReadOnly) return;
    if (this.#tail.unsigned > 0) {
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

  #takeBack(before: Place): void {
    this.#tail.takeBack(before);
    if (!this.#trouble.isReadOnly) this.#file.abandon(before.offset);
  }

  #syncAndPublish(final: boolean): void {
    if (this.#trouble.isReadOnly) return;
    try {
      if (this.#tail.commit !== undefined && !this.#isSynced(this.#tail.commit))
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
    const { commit } = this.#tail;
    if (commit === undefined || commit.size === this.#publisher.size || !this.#isSynced(commit))
      return;
    if (!now && !this.#publisher.isDue(() => this.#publishSafely())) return;
    this.#publisher.publish(commit, this.#numbers.given, this.#digester.undigested, now);
    this.#observer.checkpoint(commit.note, commit.size, this.#origin);
    this.#observer.state(this.size, this.bytes, 0);
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
      const { commit } = this.#tail;
      const { name, path, synced } = this.#file;
      this.#file.replay();
      if (this.#file.name !== name) {
        if (commit !== undefined && commit.segment === name && commit.offset > synced)
          this.#tail.moveCommit(commit, this.#file.name ?? '', commit.offset - synced);
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
