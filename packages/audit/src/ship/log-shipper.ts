/**
 * Ships one log: batches in order, one in flight, the next made ready meanwhile; the cursor moves once a batch was
 * accepted (at least once, I7). Holds `ship.db` from `open` to `close`, so no two processes ship one log at once.
 *
 * Shipped entries stay where they are for days (prune.ts), since an acceptance is no proof that they were stored.
 */
import { basename } from 'node:path';
import type { LogCursor } from '../entries.ts';
import { LOG_START } from '../entries.ts';
import { LogbookError } from '../errors.ts';
import { readIdentity } from '../folder.ts';
import { tryLock, type FolderLock } from '../lock.ts';
import { readPruned } from '../pruned.ts';
import { BATCH_LIMITS, readBatch, type ShipItem } from './batch.ts';
import { bodyOf, recordsOf, type Wrapping } from './body.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { publishedEnd, restingEnd, type SealCheck, type ShipEnd } from './end.ts';
import type { SealReader } from './seals.ts';

/** What all logs of one shipper share. */
export interface ShipContext {
  /** Sends one body; true once it is accepted, false at the end. */
  readonly deliver: (body: Uint8Array) => Promise<boolean>;
  /** @throws LogbookError when the log's keys cannot be had */
  readonly openSeals: (folder: string, origin: string) => SealReader;
  /** Read for every batch: a recipient may be rotated. */
  readonly wrapping: () => Wrapping;
  readonly observer: ShipObserver;
}

/** Told how shipping goes; never throws into it. */
export interface ShipObserver {
  /** Entries not shipped yet, and the age of the oldest of them in seconds (0 when there is none). */
  state?(origin: string, pending: number, oldestAgeSeconds: number): void;
  /** A batch was accepted. */
  shipped?(origin: string, records: number, lastSeq: number | undefined): void;
  /** Something is wrong; at most once for each kind until it works again. */
  problem?(error: LogbookError): void;
}

/** How a pass over a log ended. */
export type PassResult = 'done' | 'ended';

interface Prepared {
  readonly body: Promise<Buffer>;
  readonly next: LogCursor;
  readonly records: number;
  readonly firstMicros: number | undefined;
  readonly lastSeq: number | undefined;
}

export class LogShipper {
  readonly folder: string;
  readonly origin: string;
  readonly #context: ShipContext;
  readonly #lock: FolderLock;
  readonly #seals: SealReader;
  #cursor: LogCursor;
  #toldDamage = false;

  private constructor(
    folder: string,
    origin: string,
    context: ShipContext,
    lock: FolderLock,
    seals: SealReader,
  ) {
    this.folder = folder;
    this.origin = origin;
    this.#context = context;
    this.#lock = lock;
    this.#seals = seals;
    this.#cursor = readCursor(folder, origin);
  }

  /**
   * Takes a log for shipping.
   * @returns undefined when another process ships it, or no log is there
   * @throws LogbookError when its keys or files cannot be used
   */
  static open(folder: string, context: ShipContext): LogShipper | undefined {
    const identity = readIdentity(folder);
    if (identity === undefined) return undefined;
    const lock = tryLock(folder, 'ship.db');
    if (lock === undefined) return undefined;
    try {
      const seals = context.openSeals(folder, identity.origin);
      return new LogShipper(folder, identity.origin, context, lock, seals);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Ships what may be shipped now. `ended` when deliveries ended before all was accepted.
   * @param growing this process writes the log: its end is not asked for by its lock, four times a second
   */
  async pass(growing: boolean): Promise<PassResult> {
    const opens: SealCheck = (leaf, seal) => this.#seals.opens(leaf, seal);
    const resting = growing ? undefined : restingEnd(this.folder, opens);
    // A log that is written now may be shipped up to its last published commit.
    const end = resting ?? publishedEnd(this.folder);
    this.#seals.refresh();
    let ready = this.#prepare(this.#cursor, end);
    if (ready === undefined) this.#tellState(end, undefined);
    while (ready !== undefined) {
      const current: Prepared = ready;
      this.#tellState(end, current.firstMicros);
      const delivered = current.body.then((body) => this.#context.deliver(body));
      // While the batch is on its way; what this throws waits for the answer.
      const prepared = attempt(() => this.#prepare(current.next, end));
      if (!(await delivered)) return 'ended';
      this.#cursor = current.next;
      writeCursor(this.folder, this.origin, current.next);
      this.#context.observer.shipped?.(this.origin, current.records, current.lastSeq);
      ready = prepared();
      if (ready === undefined) this.#tellState(end, undefined);
    }
    return 'done';
  }

  close(): void {
    this.#seals.close();
    this.#lock.release();
  }

  #prepare(from: LogCursor, end: ShipEnd): Prepared | undefined {
    const { items, next } = readBatch(this.folder, from, end, BATCH_LIMITS);
    if (items.length === 0) return undefined;
    const { damaged, ...prepared } = prepare(
      items,
      this.origin,
      this.#seals,
      this.#context.wrapping(),
    );
    if (damaged > 0 && !this.#toldDamage) {
      this.#toldDamage = true;
      this.#context.observer.problem?.(damageOf(this.folder, damaged));
    }
    return { ...prepared, next };
  }

  #tellState(end: ShipEnd, firstMicros: number | undefined): void {
    const pending = Math.max(0, end.size - this.#cursor.index);
    const ageSeconds = firstMicros === undefined ? 0 : Date.now() / 1000 - firstMicros / 1e6;
    this.#context.observer.state?.(this.origin, pending, Math.max(0, ageSeconds));
  }
}

/**
 * Ships again what lies between a producer number and the cursor, for a sink that reported a gap. Leaves the cursor
 * alone and needs no lock: everything it sends was in order once, and the sink stores an entry once.
 * @returns number of entries accepted; undefined when deliveries ended before all was
 */
export async function reship(
  folder: string,
  fromSeq: number,
  context: ShipContext,
): Promise<number | undefined> {
  const identity = readIdentity(folder);
  if (identity === undefined)
    throw new LogbookError('ERR_LOGBOOK_NOT_A_LOG', `no log in "${folder}"`);
  const { origin } = identity;
  const cut = readPruned(folder);
  if (cut !== undefined && fromSeq <= cut.seq)
    context.observer.problem?.(
      new LogbookError(
        'ERR_LOGBOOK_UNPROVABLE',
        `log "${basename(folder)}" has no entries up to number ${cut.seq} any more: only later ones are shipped again`,
        { hint: 'retention removed them; a backup of the folder may have them' },
      ),
    );
  const until = readCursor(folder, origin);
  const end = { ...until, size: until.index };
  const seals = context.openSeals(folder, origin);
  try {
    let at = LOG_START;
    let entries = 0;
    for (;;) {
      const { items, next } = readBatch(folder, at, end, BATCH_LIMITS);
      if (items.length === 0) return entries;
      at = next;
      const wanted = items.slice(firstWanted(items, fromSeq));
      if (wanted.length === 0) continue;
      const { body, records, lastSeq } = prepare(wanted, origin, seals, context.wrapping());
      if (!(await context.deliver(await body))) return undefined;
      entries += wanted.filter(({ type }) => type === 'entry').length;
      context.observer.shipped?.(origin, records, lastSeq);
    }
  } finally {
    seals.close();
  }
}

/** Place of the first entry of at least this number; numbers grow along a log. */
function firstWanted(items: readonly ShipItem[], fromSeq: number): number {
  const found = items.findIndex(
    (item) => item.type === 'entry' && seqOf(item.leaf.toString()) >= fromSeq,
  );
  return found < 0 ? items.length : found;
}

function seqOf(leafLine: string): number {
  return Number(/"seq":(\d{1,16})[,}]/.exec(leafLine)?.[1] ?? 0);
}

function prepare(
  items: readonly ShipItem[],
  origin: string,
  seals: SealReader,
  wrapping: Wrapping,
): Omit<Prepared, 'next'> & { readonly damaged: number } {
  const { records, firstMicros, lastSeq, damaged } = recordsOf(items, origin, seals, wrapping);
  return { body: bodyOf(records), records: records.length, firstMicros, lastSeq, damaged };
}

function damageOf(folder: string, damaged: number): LogbookError {
  return new LogbookError(
    'ERR_LOGBOOK_SEAL',
    `log "${basename(folder)}" has ${damaged} damaged entries; they are shipped without payload`,
    { hint: 'run `mcp-logbook verify --deep`' },
  );
}

/** Runs now, gives or throws later. */
function attempt<T>(run: () => T): () => T {
  try {
    const value = run();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
