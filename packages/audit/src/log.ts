/**
 * The writer of one log: append, commit, sync, publish, rotate, close. Owns I1-I3, I7 and I10 on the write side.
 *
 * An entry is leaf + seal in one write; a commit signs everything before it; a checkpoint is published once the bytes
 * it signs are fsynced, so `frontier` and `checkpoint` never run ahead of the segment. All state below belongs to the
 * holder of the folder's lock, one thread; `append`, `commit` and `close` run to their end without yielding. What a
 * crash leaves at each step is what `recover.ts` puts right:
 *   during a write: a torn tail · after it: pairs without commit · after a commit: an old frontier and checkpoint.
 * Producer numbers (`seq`) begin at 1; a dropped entry burns its number, and a `producer.gap` entry with
 * target `<first>-<last>` names the burned ones.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { bootId } from './boot.ts';
import { formatCheckpoint, formatCommitExtensions } from './checkpoint.ts';
import { nodeFileOps, replaceFile, syncFolder, writeAll, type FileOps } from './durable.ts';
import { Encoder } from './encoder.ts';
import {
  boundPayload,
  countOf,
  DEFAULT_CLASS,
  fieldOf,
  isUuid,
  outcomeOf,
  spanOf,
  traceOf,
  type AuditEntry,
  type LogMode,
} from './entry.ts';
import { LogbookError } from './errors.ts';
import { writeFrontier } from './frontier-file.ts';
import { uuidV7 } from './id.ts';
import type { Keyring } from './keyring.ts';
import { formatTime } from './leaf.ts';
import { signNote, type Signer } from './note.ts';
import type { DropReason, SafeObserver } from './observer.ts';
import type { Standing } from './recover.ts';
import { digestSteps, formatSegmentName, MAX_SEGMENT_BYTES, parseSegmentName } from './segment.ts';

const COMMIT_ENTRIES = 1024;
const COMMIT_MS = 1000;
/** Background fdatasync: this long after the first write it covers. */
const SYNC_MS = 5;
/** While the disk refuses, `blocking` and `best-effort` try again at most this often. */
const RETRY_MS = 250;
/** Bounds of the `best-effort` queue. */
const QUEUE_ENTRIES = 10_000;
const QUEUE_CHARACTERS = 16 * 1024 * 1024;
/** Entries written in one go from the queue: about 2 ms. */
const QUEUE_BATCH = 64;
/** Fsyncs that may fail before the log is read-only. */
const MAX_SYNC_FAILURES = 2;

export interface LogOptions {
  readonly folder: string;
  readonly service: string;
  readonly mode: LogMode;
  readonly signer: Signer;
  readonly keyring: Keyring;
  readonly standing: Standing;
  readonly observer: SafeObserver;
  /** Unix time in whole microseconds. */
  readonly nowMicros: () => number;
  readonly randomBytes?: ((size: number) => Uint8Array) | undefined;
  readonly ops?: FileOps | undefined;
  readonly maxSegmentBytes?: number | undefined;
}

/** An entry the log makes itself. */
export interface ControlEntry {
  readonly kind: string;
  readonly action: string;
  readonly target?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** An entry with its number, waiting to be written. */
interface Numbered {
  readonly entry: AuditEntry;
  readonly seq: number;
  readonly startMs: number;
}

/** The open file. */
interface OpenSegment {
  readonly name: string;
  readonly path: string;
  readonly fd: number;
}

export class Log {
  readonly folder: string;
  readonly mode: LogMode;
  readonly #options: LogOptions;
  readonly #ops: FileOps;
  readonly #observer: SafeObserver;
  readonly #encoder: Encoder;
  readonly #origin: string;
  readonly #maxSegmentBytes: number;

  // The tree and what is signed of it.
  #frontier: Standing['frontier'];
  #committedSize: number;
  /** Hex SHA-256 of each seal since the last commit. */
  #pendingSeals: string;
  /** Last number given out, burned ones included; and the last one that is in the log. */
  #seq: number;
  #writtenSeq: number;
  #lastNote: string | undefined;

  // The file. `#offset` counts bytes that are wholly written; `#synced` those known to be on disk.
  #segment: OpenSegment | undefined;
  #segmentName: string | undefined;
  #segmentDay: string | undefined;
  #offset: number;
  #synced: number;
  #committedOffset = 0;
  #committedSeq = 0;
  #committedEdge: readonly Buffer[] = [];
  #bytes: number;
  /** A short write that could not be cut off yet: nothing may be appended before it is. */
  #torn: { readonly path: string; readonly length: number } | undefined;
  #syncing: number | undefined;
  #syncFailures = 0;
  #dirty = false;

  // Publishing.
  #publishedSize = -1;
  #publishedAtMs = 0;

  // Trouble.
  #gap: { first: number; last: number; reason: DropReason | 'lost' } | undefined;
  #retryAtMs = 0;
  #lastFailure: DropReason = 'io';
  #readOnly: LogbookError | undefined;
  #closed = false;

  // Background work; every timer is unref'd, so none keeps the program alive.
  readonly #queue: Numbered[] = [];
  #queueCharacters = 0;
  #commitTimer: NodeJS.Timeout | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #publishTimer: NodeJS.Timeout | undefined;
  #queueTimer: NodeJS.Immediate | undefined;
  #digestTimer: NodeJS.Immediate | undefined;

  constructor(options: LogOptions) {
    const { standing } = options;
    this.#options = options;
    this.folder = options.folder;
    this.mode = options.mode;
    this.#ops = options.ops ?? nodeFileOps;
    this.#observer = options.observer;
    this.#encoder = new Encoder(options.randomBytes);
    this.#origin = options.signer.name;
    this.#maxSegmentBytes = options.maxSegmentBytes ?? MAX_SEGMENT_BYTES;
    this.#frontier = standing.frontier;
    this.#committedSize = standing.committedSize;
    this.#pendingSeals = standing.pendingSeals;
    this.#seq = standing.given;
    this.#writtenSeq = standing.seq;
    if (standing.given > standing.seq) {
      this.#gap = { first: standing.seq + 1, last: standing.given, reason: 'lost' };
    }
    this.#segmentName = standing.segment;
    this.#segmentDay = standing.day;
    this.#offset = standing.offset;
    this.#synced = 0;
    this.#bytes = standing.bytes;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#frontier.size;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The newest published checkpoint. */
  get checkpoint(): string | undefined {
    return this.#lastNote;
  }

  /**
   * Writes the first entries of a session with one commit, fsynced.
   * @throws LogbookError when the folder cannot be written
   */
  begin(entries: readonly ControlEntry[]): void {
    const numbered = entries.map((entry) => this.#number(this.#control(entry)));
    try {
      this.#write(this.#withGap(numbered), true);
      this.#syncNow();
      this.#gap = undefined;
    } catch (cause) {
      this.#release();
      throw asLogbookError(cause, `cannot write log folder "${this.folder}"`);
    }
    this.#publish(false);
  }

  /** Enters one entry as the mode says. Never throws. */
  append(entry: AuditEntry): boolean {
    const startMs = performance.now();
    if (this.#closed) {
      this.#observer.dropped('closed');
      return false;
    }
    const numbered = { entry, seq: this.#nextSeq(), startMs };
    return this.mode === 'best-effort' ? this.#enqueue(numbered) : this.#enter([numbered]);
  }

  /** Signs what is not signed yet. Never throws. */
  commit(): void {
    if (this.#closed) return;
    this.#drain();
    this.#commitQuietly();
  }

  /** Resolves when everything written so far is fsynced and published. Never rejects. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.commit();
      try {
        if (this.#dirty && this.#readOnly === undefined) this.#syncNow();
        this.#publish(false);
      } catch (error) {
        this.#failed(error);
      }
      resolve();
    });
  }

  /** Last entry, last commit, fsync, publish. Synchronous, idempotent, never throws. */
  close(): void {
    if (this.#closed) return;
    this.#drain();
    this.#enter([
      this.#number(this.#control({ kind: 'log.stopped', action: 'stop', payload: {} })),
    ]);
    this.#commitQuietly();
    this.#closed = true;
    clearTimeout(this.#commitTimer);
    clearTimeout(this.#syncTimer);
    clearTimeout(this.#publishTimer);
    clearImmediate(this.#queueTimer);
    clearImmediate(this.#digestTimer);
    if (this.#readOnly === undefined && this.#segment !== undefined) {
      try {
        this.#syncNow();
        this.#publish(true);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#release();
  }

  // --- best-effort queue

  #enqueue(numbered: Numbered): boolean {
    const characters = numbered.entry.payload.length;
    if (
      this.#queue.length >= QUEUE_ENTRIES ||
      this.#queueCharacters + characters > QUEUE_CHARACTERS
    ) {
      // The gap is written in order, behind what is queued: burn after the queue's last number.
      this.#burn(numbered.seq, 'queue_full');
      return false;
    }
    this.#queue.push(numbered);
    this.#queueCharacters += characters;
    this.#armQueue();
    return true;
  }

  #armQueue(): void {
    this.#queueTimer ??= setImmediate(() => {
      this.#queueTimer = undefined;
      this.#drainBatch();
      if (this.#queue.length > 0) this.#armQueue();
    }).unref();
  }

  #drain(): void {
    while (this.#queue.length > 0) this.#drainBatch();
  }

  #drainBatch(): void {
    const batch = this.#queue.splice(0, QUEUE_BATCH);
    for (const { entry } of batch) this.#queueCharacters -= entry.payload.length;
    if (batch.length > 0) this.#enter(batch);
  }

  // --- entering

  /** Writes entries or burns their numbers. Never throws. */
  #enter(batch: readonly Numbered[]): boolean {
    const now = performance.now();
    if (this.#readOnly !== undefined) return this.#drop(batch, 'read_only');
    if (this.mode !== 'strict' && now < this.#retryAtMs)
      return this.#drop(batch, this.#lastFailure);
    try {
      const strict = this.mode === 'strict';
      const before = strict ? this.#standing() : undefined;
      this.#write(this.#withGap(batch), strict);
      if (before !== undefined) this.#syncOrTakeBack(before);
    } catch (error) {
      return this.#drop(batch, this.#failed(error));
    }
    this.#gap = undefined;
    const end = performance.now();
    for (const { entry, startMs } of batch) {
      this.#observer.appended(entry.kind, entry.outcome, (end - startMs) / 1000, this.mode);
    }
    if (this.#frontier.size - this.#committedSize >= COMMIT_ENTRIES) this.#commitQuietly();
    this.#arm();
    return true;
  }

  #drop(batch: readonly Numbered[], reason: DropReason): false {
    for (const { seq } of batch) this.#burn(seq, reason);
    return false;
  }

  #burn(seq: number, reason: DropReason): void {
    this.#observer.dropped(reason);
    this.#gap = { first: this.#gap?.first ?? seq, last: seq, reason };
  }

  /** The batch, behind an entry that names the numbers burned before. */
  #withGap(batch: readonly Numbered[]): readonly Numbered[] {
    if (this.#gap === undefined) return batch;
    const { first, last, reason } = this.#gap;
    const entry = this.#control({
      kind: 'producer.gap',
      action: 'drop',
      target: `${first}-${last}`,
      payload: { first, last, reason },
    });
    return [this.#number(entry), ...batch];
  }

  #control(entry: ControlEntry): AuditEntry {
    const timeMicros = this.#options.nowMicros();
    return {
      id: uuidV7(timeMicros / 1000),
      timeMicros,
      kind: entry.kind,
      action: entry.action,
      outcome: 'success',
      ...(entry.target === undefined ? {} : { target: entry.target }),
      payload: JSON.stringify(entry.payload),
    };
  }

  #number(entry: AuditEntry): Numbered {
    return { entry, seq: this.#nextSeq(), startMs: performance.now() };
  }

  #nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /**
   * One write: leaf and seal of each entry, and with `sign` a commit behind them.
   * On an exception the tree, the offset and the numbers signed are as before.
   */
  #write(batch: readonly Numbered[], sign: boolean): void {
    if (batch.length > 0) this.#rotateIfDue();
    this.#ensureOpen();
    this.#encoder.reset();
    for (const numbered of batch) this.#encode(numbered);
    const frontier = sign ? this.#frontier.clone() : this.#frontier;
    let note: string | undefined;
    let seals = this.#pendingSeals;
    if (sign) {
      for (const leaf of this.#encoder.leafHashes) frontier.append(leaf);
      seals += this.#encoder.sealHashes;
      note = this.#sign(frontier, seals);
      this.#encoder.addLine(JSON.stringify({ commit: note }));
    }
    this.#writeBytes(this.#encoder.batch);
    // Written: from here on nothing fails.
    if (!sign) for (const leaf of this.#encoder.leafHashes) frontier.append(leaf);
    this.#writtenSeq = Math.max(this.#writtenSeq, ...batch.map(({ seq }) => seq));
    this.#frontier = frontier;
    if (note === undefined) this.#pendingSeals += this.#encoder.sealHashes;
    else this.#signed(note);
  }

  #encode({ entry, seq }: Numbered): void {
    const { keyring, service } = this.#options;
    const timeMicros = countOf(entry.timeMicros);
    const time = formatTime(timeMicros);
    const entryClass = entry.class ?? DEFAULT_CLASS;
    const known = entry.person !== undefined && entry.person !== '';
    const actor = known
      ? keyring.actorOf(entry.person)
      : entry.anonymous === true
        ? 'anonymous'
        : undefined;
    const key = keyring.sealingKey(actor, entryClass, time.slice(0, 7));
    this.#encoder.add(
      {
        v: 1,
        id: isUuid(entry.id) ? entry.id : uuidV7(timeMicros / 1000),
        time,
        kind: fieldOf(entry.kind),
        action: fieldOf(entry.action),
        outcome: outcomeOf(entry.outcome),
        target: entry.target === undefined ? undefined : fieldOf(entry.target),
        side: entry.side,
        phase: entry.phase,
        ref: entry.ref,
        us: entry.durationMicros === undefined ? undefined : countOf(entry.durationMicros),
        error: entry.error === undefined ? undefined : fieldOf(entry.error),
        service,
        actor,
        class: entryClass,
        stream: this.#origin,
        seq,
        trace: traceOf(entry.trace),
        span: spanOf(entry.span),
        rules: entry.rules,
      },
      boundPayload(entry),
      key,
    );
  }

  // --- commits

  #commitQuietly(): void {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    if (this.#frontier.size === this.#committedSize || this.#readOnly !== undefined) return;
    try {
      this.#write([], true);
      this.#checkFile();
      this.#startSync();
    } catch (error) {
      this.#failed(error);
    }
    this.#arm();
  }

  #sign(frontier: Standing['frontier'], seals: string): string {
    const extensions = formatCommitExtensions({
      unixNanos: BigInt(this.#options.nowMicros()) * 1000n,
      monotonicNanos: process.hrtime.bigint(),
      bootId: bootId(),
      seals: createHash('sha256').update(seals, 'hex').digest(),
    });
    const { size } = frontier;
    return signNote(
      formatCheckpoint({ origin: this.#origin, size, root: frontier.root(), extensions }),
      this.#options.signer,
    );
  }

  #signed(note: string): void {
    this.#lastNote = note;
    this.#committedSize = this.#frontier.size;
    this.#committedOffset = this.#offset;
    this.#committedSeq = this.#writtenSeq;
    this.#committedEdge = [...this.#frontier.hashes];
    this.#pendingSeals = '';
  }

  /** The open file must still be the one under its name: not unlinked, not replaced. */
  #checkFile(): void {
    if (this.#segment === undefined) return;
    const open = this.#ops.stat(this.#segment.fd);
    const named = statSync(this.#segment.path, { throwIfNoEntry: false });
    if (open.nlink > 0 && named?.ino === open.ino && named.size === this.#offset) return;
    this.#stop(
      new LogbookError(
        'ERR_LOGBOOK_INTEGRITY',
        `segment "${this.#segment.name}" was removed, replaced or changed while it was written`,
        { hint: 'nothing is appended any more; keep the folder and run `mcp-logbook verify`' },
      ),
    );
  }

  // --- the file

  #ensureOpen(): void {
    if (this.#torn !== undefined) {
      this.#ops.truncate(this.#torn.path, this.#torn.length);
      this.#torn = undefined;
    }
    if (this.#segment !== undefined) return;
    const fresh = this.#segmentName === undefined;
    const name = this.#segmentName ?? formatSegmentName(this.#frontier.size);
    const path = join(this.folder, 'segments', name);
    const fd = this.#ops.open(path, fresh ? 'ax' : 'a');
    this.#segment = { name, path, fd };
    this.#segmentName = name;
    if (fresh) syncFolder(join(this.folder, 'segments'));
  }

  #writeBytes(bytes: Uint8Array): void {
    if (this.#segment === undefined) throw new LogbookError('ERR_LOGBOOK_IO', 'no open segment');
    writeAll(this.#ops, this.#segment.fd, bytes, 0, bytes.length);
    this.#offset += bytes.length;
    this.#bytes += bytes.length;
    this.#dirty = true;
  }

  /** A new segment when the current one is full or of another day. The old one ends with a commit. */
  #rotateIfDue(): void {
    if (this.#segmentName === undefined) {
      this.#segmentDay = this.#today();
      return;
    }
    const first = parseSegmentName(this.#segmentName);
    if (first === this.#frontier.size) return;
    const day = this.#today();
    if (this.#offset < this.#maxSegmentBytes && (this.#segmentDay ?? day) >= day) return;
    this.#ensureOpen();
    if (this.#frontier.size > this.#committedSize) this.#write([], true);
    this.#syncNow();
    this.#publish(false);
    const closed = this.#segment;
    this.#release();
    this.#segmentName = undefined;
    this.#segmentDay = day;
    this.#offset = 0;
    this.#synced = 0;
    this.#committedOffset = 0;
    if (closed !== undefined) this.#digestLater(closed);
  }

  #today(): string {
    return formatTime(countOf(this.#options.nowMicros())).slice(0, 10);
  }

  /** Enters the digest of a closed segment, computed in small steps between the program's own work. */
  #digestLater(closed: OpenSegment): void {
    const steps = digestSteps(closed.path);
    const run = (): void => {
      this.#digestTimer = undefined;
      try {
        const step = steps.next();
        if (step.done !== true) {
          this.#digestTimer = setImmediate(run).unref();
          return;
        }
        this.#enter([
          this.#number(
            this.#control({
              kind: 'segment.closed',
              action: 'close',
              target: `${closed.name} sha256:${step.value}`,
              payload: { segment: closed.name, sha256: step.value },
            }),
          ),
        ]);
      } catch (error) {
        this.#failed(error);
      }
    };
    this.#digestTimer = setImmediate(run).unref();
  }

  #release(): void {
    const { fd } = this.#segment ?? {};
    this.#segment = undefined;
    // A sync in flight still uses the number: it closes it when it ends.
    if (fd === undefined || fd === this.#syncing) return;
    try {
      this.#ops.close(fd);
    } catch {
      // Nothing depends on it: its bytes are synced or given up.
    }
  }

  // --- durability

  #arm(): void {
    if (this.#closed) return;
    if (this.#frontier.size > this.#committedSize) {
      this.#commitTimer ??= setTimeout(() => this.#commitQuietly(), COMMIT_MS).unref();
    }
    if (this.#dirty && this.#syncing === undefined) {
      this.#syncTimer ??= setTimeout(() => this.#startSync(), SYNC_MS).unref();
    }
  }

  /** Fdatasync off the main thread; one at a time. */
  #startSync(): void {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    const segment = this.#segment;
    if (segment === undefined || this.#syncing !== undefined || !this.#dirty) return;
    const { fd } = segment;
    const upTo = this.#offset;
    this.#dirty = false;
    this.#syncing = fd;
    this.#ops.datasyncLater(fd, (error) => {
      this.#syncing = undefined;
      if (this.#segment?.fd !== fd) {
        // Rotated, closed or given up meanwhile; those paths have synced or judged for themselves.
        this.#ops.close(fd);
        return;
      }
      if (error !== null) {
        this.#syncFailed(error);
        return;
      }
      this.#synced = upTo;
      this.#publishSafely();
      this.#arm();
    });
  }

  /** What a failed fsync in `strict` goes back to: the entry is refused, so it must not be in the log. */
  #standing(): () => void {
    const frontier = this.#frontier.clone();
    const [size, seals, note, offset] = [
      this.#committedSize,
      this.#pendingSeals,
      this.#lastNote,
      this.#offset,
    ];
    const [committedOffset, committedSeq, edge] = [
      this.#committedOffset,
      this.#committedSeq,
      this.#committedEdge,
    ];
    const [written, name, bytes] = [this.#writtenSeq, this.#segmentName, this.#bytes];
    return () => {
      // Rotated in between: the old segment was synced, so the standing before is that of the new, empty one.
      const rotated = this.#segmentName !== name && name !== undefined;
      this.#frontier = frontier;
      this.#committedSize = rotated ? this.#committedSize : size;
      if (rotated) this.#committedSize = frontier.size;
      this.#pendingSeals = rotated ? '' : seals;
      this.#lastNote = note;
      this.#offset = rotated ? 0 : offset;
      this.#committedOffset = rotated ? 0 : committedOffset;
      this.#committedSeq = committedSeq;
      this.#committedEdge = edge;
      this.#writtenSeq = written;
      this.#bytes = bytes;
    };
  }

  #syncOrTakeBack(takeBack: () => void): void {
    try {
      this.#checkFile();
      if (this.#readOnly !== undefined) throw this.#readOnly;
      this.#syncNow();
    } catch (error) {
      takeBack();
      throw error;
    }
  }

  #syncNow(): void {
    if (this.#segment === undefined) return;
    const upTo = this.#offset;
    this.#dirty = false;
    this.#ops.datasync(this.#segment.fd);
    this.#synced = upTo;
  }

  #publishSafely(): void {
    try {
      this.#publish(false);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Publishes the last commit if it is on disk: at most once a second, always when `final`. */
  #publish(final: boolean): void {
    const note = this.#lastNote;
    if (note === undefined || this.#segmentName === undefined) return;
    if (this.#committedSize === this.#publishedSize || this.#committedOffset > this.#synced) return;
    const now = performance.now();
    if (!final && this.#publishedSize >= 0 && now - this.#publishedAtMs < COMMIT_MS) {
      this.#publishTimer ??= setTimeout(() => {
        this.#publishTimer = undefined;
        this.#publishSafely();
      }, COMMIT_MS).unref();
      return;
    }
    replaceFile(join(this.folder, 'checkpoint'), note, final);
    appendFileSync(
      join(this.folder, 'checkpoints.jsonl'),
      `${JSON.stringify({ checkpoint: note })}\n`,
      { mode: 0o600 },
    );
    writeFrontier(
      join(this.folder, 'frontier'),
      {
        size: this.#committedSize,
        seq: this.#committedSeq,
        given: this.#seq,
        segment: this.#segmentName,
        offset: this.#committedOffset,
        hashes: this.#committedEdge.map((hash) => hash.toString('base64')),
      },
      final,
    );
    this.#publishedSize = this.#committedSize;
    this.#publishedAtMs = now;
    this.#observer.checkpoint(note, this.#committedSize, this.#origin);
    this.#observer.state(this.#frontier.size, this.#bytes, 0);
  }

  // --- trouble

  /** Gives up the descriptor after a failed write, cuts off what it wrote, and says why the entry is lost. */
  #failed(error: unknown): DropReason {
    const problem = asLogbookError(error, `cannot write log folder "${this.folder}"`);
    this.#retryAtMs = performance.now() + RETRY_MS;
    const segment = this.#segment;
    if (segment !== undefined) {
      this.#torn = { path: segment.path, length: this.#offset };
      this.#release();
      try {
        this.#ops.truncate(segment.path, this.#offset);
        this.#torn = undefined;
      } catch {
        // Tried again before the next append.
      }
    }
    this.#observer.problem(problem);
    this.#lastFailure = problem.code === 'ERR_LOGBOOK_DISK_FULL' ? 'disk_full' : 'io';
    return this.#lastFailure;
  }

  /** After a failed fsync nobody knows what is on disk: once more in a fresh descriptor, then never again. */
  #syncFailed(error: unknown): void {
    this.#syncFailures += 1;
    if (this.#syncFailures >= MAX_SYNC_FAILURES) {
      this.#stop(
        new LogbookError(
          'ERR_LOGBOOK_READ_ONLY',
          `fsync of log folder "${this.folder}" failed twice`,
          {
            cause: error,
          },
        ),
      );
      return;
    }
    this.#failed(error);
  }

  #stop(error: LogbookError): void {
    this.#readOnly = error;
    this.#release();
    this.#observer.problem(error);
  }
}

/** Payload of a `log.started` entry. */
export function startPayload(mode: LogMode): Readonly<Record<string, unknown>> {
  return { mode, pid: process.pid, host: hostname(), node: process.version };
}

function asLogbookError(error: unknown, what: string): LogbookError {
  if (error instanceof LogbookError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new LogbookError(full ? 'ERR_LOGBOOK_DISK_FULL' : 'ERR_LOGBOOK_IO', `${what}: ${code}`, {
    cause: error,
  });
}
