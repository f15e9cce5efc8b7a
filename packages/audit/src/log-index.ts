/**
 * The index of one log as a reader uses it: `index.db` as it is, and in memory what the log has got since.
 *
 * Only the holder of the log's lock changes `index.db`, and only by replacing it with a complete new file, so a reader's
 * open one stays good. A reader that finds much to catch up on builds such a file beside it; if the lock is free, it
 * takes the lock for the moment of the rename, else it keeps the file to itself. Everything here can be thrown away (I4).
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LeafOfSeal, sealingKeyOf } from './access.ts';
import { isThere } from './durable.ts';
import {
  bytesBehind,
  EntryFiles,
  type EntryPlace,
  isInLog,
  LOG_START,
  type LogCursor,
  scanEntries,
} from './entries.ts';
import { LogbookError } from './errors.ts';
import { sha256 } from './hash.ts';
import {
  type IndexEntry,
  type IndexFilter,
  type IndexHit,
  type IndexState,
  IndexStore,
} from './index-db.ts';
import type { Keyring } from './keyring.ts';
import { type Leaf, type LeafOutcome, parseTime } from './leaf.ts';
import { tryLock } from './lock.ts';
import { openSeal, parseSeal } from './seal.ts';
import { leavesBefore } from './segment.ts';
import { isSqliteError } from './sqlite.ts';
import { namesOf, sessionOf, type TermKeys } from './terms.ts';
import type { VerifyProgress } from './progress.ts';

/** With less than this behind it, an index is caught up with in memory: about 1,500 entries, 40 ms. */
const REBUILD_BYTES = 2 * 1024 * 1024;
/** Rows of one transaction. */
const BATCH = 2000;
/** A build that is older was left by a killed process. */
const STALE_BUILD_MS = 3_600_000;

/** The keys of one log; undefined where a reader has none. */
export interface LogKeysForReading {
  readonly keyring: Keyring | undefined;
  readonly terms: TermKeys | undefined;
}

/** Told how far a catching up is, after each batch: bytes of the log that were behind, and entries. */
type Progress = (done: VerifyProgress) => void;

let builds = 0;

export class LogIndex {
  readonly #folder: string;
  readonly #keys: LogKeysForReading;
  readonly #files: EntryFiles;
  readonly #progress: Progress | undefined;
  #base: IndexStore | undefined;
  #recent: IndexStore;
  /** Leaves that had gone when the index was opened. */
  #before: number;

  constructor(folder: string, keys: LogKeysForReading, files: EntryFiles, progress?: Progress) {
    this.#folder = folder;
    this.#keys = keys;
    this.#files = files;
    this.#progress = progress;
    this.#before = leavesBefore(folder);
    this.#base = this.#openBase();
    this.#recent = this.#newRecent();
  }

  /** Where the index ends. */
  get cursor(): LogCursor {
    return this.#recent.state.cursor;
  }

  /** Takes in what the log has got. Cheap when that is nothing: one directory listing and one stat. */
  refresh(): void {
    if (!isInLog(this.#folder, this.cursor) || leavesBefore(this.#folder) !== this.#before)
      this.#startOver();
    const behind = bytesBehind(this.#folder, this.cursor);
    if (behind === 0) return;
    const unindexed = this.#base === undefined ? LOG_START : this.#base.state.cursor;
    if (bytesBehind(this.#folder, unindexed) < REBUILD_BYTES) this.#fill(this.#recent);
    else this.#rebuild();
  }

  /** Finds entries, newest first. @throws LogbookError `ERR_LOGBOOK_INDEX` on a damaged page of `index.db` */
  *find(filter: IndexFilter): Generator<IndexHit> {
    try {
      yield* newestFirst(
        [this.#recent, this.#base].flatMap((store) =>
          store === undefined ? [] : [store.find(filter)],
        ),
      );
    } catch (cause) {
      if (!isSqliteError(cause)) throw cause;
      const path = join(this.#folder, 'index.db');
      throw new LogbookError('ERR_LOGBOOK_INDEX', `index "${path}" is damaged: ${cause.message}`, {
        cause,
        hint: 'delete it: the next query builds it anew from the log',
      });
    }
  }

  /** Every row, in log order. */
  *dump(): Generator<string> {
    if (this.#base !== undefined) yield* this.#base.dump();
    yield* this.#recent.dump();
  }

  /** Throws away what is in memory and looks at the log anew. */
  startOver(): void {
    this.#startOver();
    this.refresh();
  }

  close(): void {
    this.#base?.close();
    this.#recent.close();
  }

  #startOver(): void {
    this.close();
    this.#files.close();
    this.#before = leavesBefore(this.#folder);
    this.#base = this.#openBase();
    this.#recent = this.#newRecent();
  }

  #openBase(): IndexStore | undefined {
    const path = join(this.#folder, 'index.db');
    if (!isThere(path)) return undefined;
    const store = IndexStore.open(path, this.#keys.terms?.index);
    if (store === undefined || this.#fits(store.state)) return store;
    store.close();
    return undefined;
  }

  /** True if the log is still the one that was indexed: long enough, and with the same last leaf. */
  #fits({ cursor, lastLeaf }: IndexState): boolean {
    if (!isInLog(this.#folder, cursor)) return false;
    if (lastLeaf === undefined) return true;
    try {
      return sha256(this.#files.read(lastLeaf.place).leaf).toString('base64') === lastLeaf.digest;
    } catch {
      return false;
    }
  }

  #newRecent(): IndexStore {
    const store = IndexStore.create(':memory:', this.#keys.terms?.index);
    store.append([], this.#base?.state ?? { cursor: LOG_START, lastLeaf: undefined });
    store.finish();
    return store;
  }

  /** A new complete index file, published if the log's lock is free. */
  #rebuild(): void {
    removeStaleBuilds(this.#folder);
    builds += 1;
    // Who has no keys adds rows without people: such rows must not stand in an index that those with keys believe.
    const isWorse = this.#keys.terms === undefined && this.#base?.isKeyed === true;
    const path = join(this.#folder, `index.db.${process.pid}.${builds}.tmp`);
    let built: IndexStore | undefined;
    try {
      built =
        this.#base === undefined
          ? IndexStore.create(path, this.#keys.terms?.index)
          : this.#base.copyTo(path);
      this.#fill(built);
      built.finish();
      built.close();
    } catch (error) {
      // No place for a file, or no right to write one: memory has to do.
      built?.close();
      rmSync(path, { force: true });
      if (error instanceof LogbookError) throw error;
      this.#fill(this.#recent);
      return;
    }
    const published = !isWorse && this.#publish(path);
    this.close();
    this.#base = IndexStore.open(
      published ? join(this.#folder, 'index.db') : path,
      this.#keys.terms?.index,
    );
    this.#recent = this.#newRecent();
    // Open, it stays readable without its name; Windows keeps it until the next build removes it.
    if (!published && process.platform !== 'win32') rmSync(path, { force: true });
    // A base that could not be opened after all: everything from memory.
    if (this.#base === undefined) this.#fill(this.#recent);
  }

  #publish(path: string): boolean {
    const lock = tryLock(this.#folder);
    if (lock === undefined) return false;
    try {
      renameSync(path, join(this.#folder, 'index.db'));
      return true;
    } catch {
      return false;
    } finally {
      lock.release();
    }
  }

  #fill(store: IndexStore): void {
    let batch: IndexEntry[] = [];
    const from = store.state.cursor;
    const totalBytes = bytesBehind(this.#folder, from);
    let last: { readonly place: EntryPlace; readonly text: string } | undefined;
    const flush = (cursor: LogCursor): void => {
      const lastLeaf =
        last === undefined
          ? store.state.lastLeaf
          : { place: last.place, digest: sha256(last.text).toString('base64') };
      store.append(batch, { cursor, lastLeaf });
      batch = [];
      this.#progress?.({
        bytes: Math.max(0, totalBytes - bytesBehind(this.#folder, cursor)),
        totalBytes,
        leaves: cursor.index - from.index,
      });
    };
    const end = scanEntries(this.#folder, from, (place, leafText, sealText) => {
      const entry = indexEntry(place, leafText, sealText, this.#keys);
      if (entry !== undefined) batch.push(entry);
      last = { place, text: leafText };
      if (batch.length >= BATCH) {
        const { segment, offset, line, index, leafBytes, sealBytes } = place;
        flush({
          segment,
          offset: offset + leafBytes + sealBytes + 2,
          line: line + 2,
          index: index + 1,
        });
      }
      return true;
    });
    flush(end);
  }
}

/** Merges lists that are sorted newest first. */
export function* newestFirst<T extends { readonly timeMicros: number }>(
  lists: readonly Generator<T>[],
): Generator<T> {
  const heads: { item: T; list: Generator<T> }[] = [];
  try {
    for (const list of lists) {
      const first = list.next();
      if (first.done !== true) heads.push({ item: first.value, list });
    }
    for (;;) {
      let newest = heads[0];
      if (newest === undefined) return;
      for (const head of heads) if (head.item.timeMicros > newest.item.timeMicros) newest = head;
      yield newest.item;
      const next = newest.list.next();
      if (next.done === true) heads.splice(heads.indexOf(newest), 1);
      else newest.item = next.value;
    }
  } finally {
    // Ends the statements behind the lists.
    for (const list of lists) list.return(undefined);
  }
}

/** What the index keeps of an entry; undefined for a leaf that is none. */
export function indexEntry(
  place: EntryPlace,
  leafText: string,
  sealText: string,
  keys: LogKeysForReading,
): IndexEntry | undefined {
  const leaf = indexedLeaf(leafText) ?? readLeaf(leafText);
  if (leaf === undefined) return undefined;
  const { kind, outcome, service, target, actor, trace } = leaf;
  const payload =
    keys.terms === undefined ? undefined : unseal(keys.keyring, leaf, leafText, sealText).payload;
  return {
    place,
    timeMicros: parseTime(leaf.time),
    kind,
    outcome,
    service,
    target,
    actor,
    trace,
    names: namesOf(payload, keys.terms?.fleet),
    session: sessionOf(payload),
  };
}

/** How the sealed half of an entry came out. */
export interface Unsealed {
  readonly sealed: 'opened' | 'erased' | 'absent' | 'no-key' | 'damaged';
  /** Parsed; only when `opened`. */
  readonly payload: unknown;
}

/** Opens the seal of a leaf as far as keys and erasures allow; never throws on damage. */
export function unseal(
  keyring: Keyring | undefined,
  leaf: LeafOfSeal,
  leafText: string,
  sealText: string,
): Unsealed {
  try {
    const seal = parseSeal(sealText);
    if (seal.form !== 'sealed') return { sealed: seal.form, payload: undefined };
    const key = keyring === undefined ? undefined : sealingKeyOf(keyring, leaf, seal.subject);
    if (key === undefined) return { sealed: 'no-key', payload: undefined };
    const { payload } = openSeal(key, seal.raw, Buffer.from(leafText), leaf.pc);
    return { sealed: 'opened', payload: JSON.parse(payload.toString()) };
  } catch {
    return { sealed: 'damaged', payload: undefined };
  }
}

type IndexedLeaf = LeafOfSeal & Pick<Leaf, 'kind' | 'outcome' | 'service' | 'target' | 'trace'>;

/** A leaf in its one form, with no escaped character in any text. */
const PLAIN_LEAF = plainLeaf();

function plainLeaf(): RegExp {
  const kept = '"([^"\\\\]*)"';
  const passed = '"[^"\\\\]*"';
  const count = '\\d{1,16}';
  const time = '"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z)"';
  return new RegExp(
    `^\\{"leaf":\\{"v":1,"id":${passed},"time":${time},"kind":${kept},"action":${passed},"outcome":${kept}(?:,"target":${kept})?` +
      `(?:,"side":${passed})?(?:,"phase":${passed})?(?:,"ref":${passed})?(?:,"us":${count})?(?:,"error":${passed})?` +
      `,"service":${kept}(?:,"actor":${kept})?,"class":${kept},"stream":${passed},"seq":${count}(?:,"trace":${kept})?` +
      `(?:,"span":${passed})?(?:,"rules":${passed})?,"size":${count},"pc":${kept}\\}\\}$`,
  );
}

/** What the index keeps of most leaves, at a third of the cost of `readLeaf` (1 us); undefined for the others. */
function indexedLeaf(text: string): IndexedLeaf | undefined {
  const found = PLAIN_LEAF.exec(text);
  if (found === null) return undefined;
  const [
    ,
    time = '',
    kind = '',
    outcome = '',
    target,
    service = '',
    actor,
    cls = '',
    trace,
    pc = '',
  ] = found;
  // A month or day that does not exist: left to `readLeaf`, as everything unusual.
  if (!Number.isSafeInteger(parseTime(time))) return undefined;
  // The pattern does not know the four outcomes; neither does the index.
  return {
    time,
    kind,
    outcome: outcome as LeafOutcome,
    target,
    service,
    actor,
    class: cls,
    trace,
    pc,
  };
}

/**
 * Reads a leaf without the strict reader's proof of its one form (3 us less): the tree vouches for that, not the index.
 */
export function readLeaf(text: string): Leaf | undefined {
  try {
    const { leaf } = Object(JSON.parse(text));
    const isLeaf =
      leaf?.v === 1 &&
      [leaf.id, leaf.time, leaf.kind, leaf.outcome, leaf.service, leaf.class, leaf.pc].every(
        isText,
      ) &&
      [leaf.target, leaf.actor, leaf.trace].every(
        (value) => value === undefined || isText(value),
      ) &&
      Number.isSafeInteger(parseTime(leaf.time));
    // All that is used of a leaf here was checked above.
    return isLeaf ? (leaf as Leaf) : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function removeStaleBuilds(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      if (!/^index\.db\.\d+\.\d+\.tmp$/.test(name)) continue;
      const path = join(folder, name);
      if (Date.now() - statSync(path).mtimeMs > STALE_BUILD_MS) rmSync(path, { force: true });
    }
  } catch {
    // Another process may be cleaning up as well.
  }
}
