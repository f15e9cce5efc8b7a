/**
 * The central log behind the sink: takes records, spans and bodies, and resolves when they are on disk under a signed
 * commit (audit.md 3 and 5). Owns I3 and I10 there: what cannot be stored is refused with `SinkBusy`, never dropped.
 *
 * Each call is a waiter with items; a loop takes the items of all waiters in order into groups: up to 1,024 entries,
 * 256 KiB or 2 ms after the first, one write, one fdatasync off this thread, then everyone in it hears of it. One group
 * at a time: what arrives meanwhile is the next one. A group that fails leaves nothing in log or index; its waiters are
 * refused, and the items that are on disk already are duplicates when they are sent again.
 * Counting what came (`observer.records`) is the caller's work: it has the results.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Frontier } from '../../tree.ts';
import { scanEntries } from '../../entries.ts';
import { asLogbookError, LogbookError } from '../../errors.ts';
import { formatTime } from '../../leaf.ts';
import { HASH_BYTES, sha256 } from '../../hash.ts';
import { Opener, PAYLOAD_INFO, privateKeyOf, recipientOf } from '../../hpke.ts';
import type { OpenedLog } from '../../open-log.ts';
import {
  SinkBusy,
  type SinkObserver,
  type SinkStore,
  type StoredLeaf,
  type StreamGap,
  type Taken,
  type WireRecord,
  type WireSpan,
} from '../types.ts';
import { catchUpStep } from './catch-up.ts';
import { Gaps } from './gaps.ts';
import { Group, noResults, type Item } from './group.ts';
import { idBytes, prepareRecord, type RefusedItem } from './prepare.ts';
import { keep, keepStream, recordLine, type Kept } from './quarantine.ts';
import { SinkIndex } from './sink-index.ts';
import { spanEntry } from './spans.ts';
import { Telling } from './telling.ts';
import { GROUP_BYTES, type Waiter, Waiting } from './waiting.ts';

const GROUP_MS = 2;
/** Texts of records that wait, all calls together; one call alone may have more. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Records prepared without a break: about 5 ms. */
const PREPARE_AT_ONCE = 256;
/** Records of one file in quarantine: their digests fit into one entry. */
const KEPT_AT_ONCE = 1000;
/** After a failed group the sink says that it is not ready for this long; then the next body is the next attempt. */
const FAILED_MS = 1000;
const TICK_MS = 5_000;
/** Checkpoints told of one log: at one a second more than a day of its newest. */
const MAX_OBSERVED = 100_000;
const MAX_GAPS = 1000;

export interface StoreParts extends OpenedLog {
  readonly observer: Partial<SinkObserver>;
  /** Unix microseconds. */
  readonly now: () => number;
  /** The newest published checkpoint; the log's observer keeps it. */
  readonly published: { note: string; size: number };
  readonly tickMs?: number | undefined;
}

export class Store implements SinkStore {
  readonly origin: string;
  readonly recipient: string;
  /** Folder of the log. */
  readonly folder: string;
  readonly #parts: StoreParts;
  readonly #opener: Opener;
  readonly #index: SinkIndex;
  readonly #waiting = new Waiting();
  #bytes = 0;
  #running: Promise<void> | undefined;
  #groupTimer: NodeJS.Timeout | undefined;
  readonly #tickTimer: NodeJS.Timeout;
  #rebuilding: Promise<void> | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;
  #failure: { readonly error: LogbookError; readonly untilMs: number } | undefined;
  readonly #gaps: Gaps;
  readonly #telling: Telling;

  /** @param edge of the log as it stands */
  constructor(parts: StoreParts, edge: Frontier) {
    this.#parts = parts;
    const { log, keys } = parts;
    this.#telling = new Telling(parts.observer);
    this.origin = log.signer.name;
    this.folder = log.folder;
    const privateKey = privateKeyOf(keys.recipientSecret());
    this.recipient = recipientOf(privateKey);
    this.#opener = new Opener(privateKey, PAYLOAD_INFO);
    this.#index = SinkIndex.open(log.folder, this.origin, edge);
    this.#gaps = new Gaps({
      index: this.#index,
      enter: (items) => this.#taking(0, () => Promise.resolve(items)),
      tell: (stream, count) => this.#telling.tell((observer) => observer.gaps?.(stream, count)),
    });
    // Most often that is all; the rest goes on in the background.
    if (catchUpStep(this.#catchUpContext())) {
      this.#rebuilding = this.#rebuild().finally(() => {
        this.#rebuilding = undefined;
      });
    }
    const underWay = parts.keyring.erasures().length;
    if (underWay > 0) this.#telling.tell((observer) => observer.erasures?.('requested', underWay));
    this.#tickTimer = setInterval(() => this.tick(), parts.tickMs ?? TICK_MS).unref();
  }

  /** C2SP verifier key of the signing key in force. */
  get vkey(): string {
    return this.#parts.log.signer.vkey;
  }

  // --- taking

  async takeRecords(records: readonly WireRecord[]): Promise<Taken> {
    const bytes = records.reduce(
      (sum, { body, sealed, clear }) =>
        sum + (body?.length ?? 0) + (sealed?.length ?? clear?.length ?? 0),
      0,
    );
    return this.#taking(bytes, async () => {
      const items: Item[] = [];
      let refused: RefusedItem[] = [];
      for (const [n, record] of records.entries()) {
        if (n > 0 && n % PREPARE_AT_ONCE === 0) await nextTurn();
        const item = prepareRecord(record, this.origin, this.#opener);
        if (item.type !== 'refused') items.push(item);
        else if (refused.push(item) >= KEPT_AT_ONCE) {
          items.push(this.#keepRefused(refused));
          refused = [];
        }
      }
      if (refused.length > 0) items.push(this.#keepRefused(refused));
      return items;
    });
  }

  /** Spans of methods that are telemetry only (semconv 7.4) are no entries, and count as nothing. */
  takeSpans(spans: readonly WireSpan[]): Promise<Taken> {
    const bytes = spans.length * 1024;
    return this.#taking(bytes, () =>
      Promise.resolve(
        spans.flatMap((span): Item[] => {
          const entry = spanEntry(span);
          return entry === undefined ? [] : [{ type: 'span', entry }];
        }),
      ),
    );
  }

  async quarantineBody(
    body: AsyncIterable<Uint8Array> | Uint8Array,
    reason: string,
  ): Promise<void> {
    await this.#taking(0, async () => {
      const { log, keyring } = this.#parts;
      const pieces = body instanceof Uint8Array ? [body] : body;
      const kept = await keepStream(log.folder, keyring, this.#month(), pieces);
      this.#telling.problem('quarantine', `a body was put into quarantine: ${reason}`);
      return [{ type: 'kept', kept, reasons: { [reason]: 1 }, digests: [] }];
    });
  }

  async #taking(bytes: number, prepare: () => Promise<Item[]>): Promise<Taken> {
    this.#refuseUnlessOpen();
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_WAITING_BYTES)
      throw new SinkBusy('overload', 1);
    this.#bytes += bytes;
    try {
      const items = await prepare();
      this.#refuseUnlessOpen();
      const results = noResults();
      if (items.length > 0) {
        const done = this.#waiting.add(items, results);
        this.#arm(bytes);
        await done;
      }
      return results;
    } catch (error) {
      throw isDiskError(error) ? this.#failed(error) : error;
    } finally {
      this.#bytes -= bytes;
    }
  }

  #refuseUnlessOpen(): void {
    if (this.#closing) throw new SinkBusy('closing', 5);
    if (this.#rebuilding !== undefined) throw new SinkBusy('rebuilding', 5);
  }

  // --- groups

  #arm(bytes: number): void {
    if (this.#running !== undefined) return;
    if (this.#waiting.isGroup || bytes >= GROUP_BYTES) this.#run();
    else this.#groupTimer ??= setTimeout(() => this.#run(), GROUP_MS);
  }

  #run(): void {
    clearTimeout(this.#groupTimer);
    this.#groupTimer = undefined;
    if (this.#running !== undefined) return;
    const work = async (): Promise<void> => {
      while (!this.#waiting.isEmpty) {
        await this.#group();
        // The event loop's turn: what the log enters by itself can only be written between groups.
        await nextTurn();
      }
    };
    this.#running = work().finally(() => {
      this.#running = undefined;
    });
  }

  /** One group. Never throws: who was in it hears of its failure. */
  async #group(): Promise<void> {
    const index = this.#index;
    const { log } = this.#parts;
    const waiters: Waiter[] = [];
    try {
      // What the log entered by itself since.
      while (index.size < log.size && catchUpStep(this.#catchUpContext()));
      index.begin();
      const first = index.size;
      const group = this.#newGroup(first);
      this.#waiting.fill(group, waiters);
      group.finish();
      const { entries } = group;
      if (entries.length === 0) {
        index.commit(Buffer.alloc(0), [], index.cursor);
      } else {
        const { index: at, segment, offset, end, hashes } = await log.enterGroup(entries);
        if (at === first) {
          const places = [{ index: first, segment, offset }];
          const cursor = { segment, offset: end, line: 1, index: first + entries.length };
          index.commit(Buffer.concat(hashes), places, cursor);
        } else {
          // An entry about burned numbers came first: the index follows the log.
          index.rollback();
          while (index.size < log.size && catchUpStep(this.#catchUpContext()));
        }
        this.#delays(group);
      }
      this.#failure = undefined;
    } catch (error) {
      this.#refuseWaiters(waiters, error);
      return;
    }
    for (const waiter of waiters) {
      if (waiter.at === waiter.items.length) waiter.resolve();
    }
  }

  #newGroup(first: number): Group {
    return new Group({
      index: this.#index,
      first,
      now: this.#parts.now(),
      keep: (record) => {
        const line = Buffer.from(recordLine(record));
        return { kept: this.#keep(line), digest: sha256(line) };
      },
      problem: (kind, message) => this.#telling.problem(kind, message),
    });
  }

  #refuseWaiters(waiters: readonly Waiter[], error: unknown): void {
    this.#index.rollback();
    const busy = this.#failed(error);
    // A catch-up that failed had no waiters yet: they would wait for ever.
    if (waiters.length === 0) this.#waiting.refuseAll(busy);
    else this.#waiting.refuse(waiters, busy);
  }

  #failed(cause: unknown): SinkBusy {
    const error = asLogbookError(cause, `cannot store in log folder "${this.#parts.log.folder}"`);
    this.#failure = { error, untilMs: performance.now() + FAILED_MS };
    // The log tells of its own failures.
    if (!(cause instanceof LogbookError)) this.#telling.problem(error.code, error.message, error);
    return new SinkBusy('disk', 2, error);
  }

  #delays(group: Group): void {
    if (this.#parts.observer.delay === undefined) return;
    const nowMicros = this.#parts.now();
    for (const timeMicros of group.times) {
      const seconds = Math.max(0, (nowMicros - timeMicros) / 1e6);
      this.#telling.tell((observer) => observer.delay?.(seconds));
    }
  }

  // --- quarantine

  #keepRefused(refused: readonly RefusedItem[]): Item {
    const lines = refused.map(({ record }) => Buffer.from(recordLine(record)));
    const reasons: Record<string, number> = {};
    for (const { reason } of refused) reasons[reason] = (reasons[reason] ?? 0) + 1;
    const [first] = Object.keys(reasons);
    this.#telling.problem(
      'quarantine',
      `${refused.length} records were put into quarantine: ${first}`,
    );
    const kept = this.#keep(Buffer.concat(lines));
    return { type: 'kept', kept, reasons, digests: lines.map((line) => sha256(line)) };
  }

  #keep(content: Buffer): Kept {
    const { log, keyring } = this.#parts;
    return keep(log.folder, keyring, this.#month(), content);
  }

  #month(): string {
    return formatTime(Math.floor(this.#parts.now())).slice(0, 7);
  }

  // --- gaps, gauges

  /** Names gaps that have been open for ten minutes, and tells how things stand. */
  tick(): void {
    if (this.#closing || this.#rebuilding !== undefined) return;
    try {
      this.#gaps.tick(this.#parts.now());
      const { log, keyring, published } = this.#parts;
      this.#telling.tell((observer) => observer.holds?.(keyring.holds().length));
      const ageSeconds = (this.#parts.now() - this.#publishedAt) / 1e6;
      if (published.size > 0)
        this.#telling.tell((observer) =>
          observer.log?.(log.size, log.bytes, Math.max(0, ageSeconds)),
        );
    } catch (error) {
      this.#telling.problem('index', 'cannot read the index of streams', error);
    }
  }

  get #publishedAt(): number {
    const time = /^time (\d+) /m.exec(this.#parts.published.note)?.[1];
    return time === undefined ? this.#parts.now() : Number(time.slice(0, -3));
  }

  /** Gaps that an entry names and that are still open; at most 1,000. */
  gaps(): readonly StreamGap[] {
    return this.#index.missing(true, Number.MAX_SAFE_INTEGER, MAX_GAPS);
  }

  // --- reading

  find(id: string): StoredLeaf | undefined {
    if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return undefined;
    const index = this.#index.indexOf(idBytes(id));
    if (index === undefined || index >= this.#index.size) return undefined;
    const [leaf] = this.leafLines(index, 1);
    return leaf === undefined ? undefined : { leaf, index };
  }

  leafHashes(first: number, count: number): readonly Uint8Array[] {
    const bytes = this.#index.hashes(first, count);
    return Array.from({ length: bytes.length / HASH_BYTES }, (_, n) =>
      bytes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES),
    );
  }

  leafLines(first: number, count: number): readonly string[] {
    const lines: string[] = [];
    if (count <= 0 || first >= this.#index.size) return lines;
    const last = Math.min(first + count, this.#index.size) - 1;
    scanEntries(this.#parts.log.folder, this.#index.placeBefore(first), (place, leaf) => {
      if (place.index >= first) lines.push(leaf);
      return place.index < last;
    });
    return lines;
  }

  checkpoint(): { readonly note: string; readonly size: number } {
    const { note, size } = this.#parts.published;
    return { note, size };
  }

  checkpointsOf(origin: string): readonly string[] {
    return origin === this.origin
      ? [this.#parts.published.note].filter((note) => note !== '')
      : this.#index.observed(origin, MAX_OBSERVED);
  }

  readiness(): { readonly ready: boolean; readonly reason?: string } {
    if (this.#closing) return { ready: false, reason: 'closing' };
    if (this.#rebuilding !== undefined) return { ready: false, reason: 'rebuilding' };
    const failure = this.#failure;
    if (failure === undefined) return { ready: true };
    const final = failure.error.code === 'ERR_LOGBOOK_INTEGRITY';
    return final || performance.now() < failure.untilMs
      ? { ready: false, reason: failure.error.message }
      : { ready: true };
  }

  // --- begin and end

  async #rebuild(): Promise<void> {
    while (!this.#closing) {
      await nextTurn();
      try {
        if (!catchUpStep(this.#catchUpContext())) return;
      } catch (error) {
        this.#failed(error);
        await new Promise((resolve) => setTimeout(resolve, FAILED_MS).unref());
      }
    }
  }

  /** Resolves when the index has what the log had when it was opened. */
  async ready(): Promise<void> {
    await this.#rebuilding;
  }

  #catchUpContext() {
    const { log, keyring, now } = this.#parts;
    const nowMs = Math.floor(now() / 1000);
    return { folder: log.folder, origin: this.origin, keyring, index: this.#index, nowMs };
  }

  /** Takes nothing new, finishes what waits, ends the log. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#closing = true;
    this.#gaps.stop();
    clearInterval(this.#tickTimer);
    await this.#rebuilding;
    if (!this.#waiting.isEmpty) this.#run();
    while (this.#running !== undefined) await this.#running;
    const { log, keyring, lock } = this.#parts;
    log.close();
    this.#index.close();
    keyring.close();
    lock.release();
  }
}

/** What the file system refused, as opposed to a sender that went away in the middle of its body. */
function isDiskError(error: unknown): boolean {
  if (error instanceof LogbookError) return true;
  if (!(error instanceof Error)) return false;
  if ('errcode' in error) return true;
  return (
    'syscall' in error &&
    ['open', 'write', 'fsync', 'rename', 'mkdir'].includes(String(error.syscall))
  );
}
