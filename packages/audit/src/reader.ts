/**
 * Reads all logs under a root: queries over their indexes, and what is new since a cursor. Writes nothing but, at times,
 * a new `index.db` (log-index.ts). Keep a reader open for many questions: a warm one answers in milliseconds.
 */
import { createSecretKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { keyAccess, type KeyAccess, openKeyringForReading, openKeysForReading } from './access.ts';
import { isThere } from './durable.ts';
import {
  bytesBehind,
  endOfLog,
  EntryFiles,
  isInLog,
  LOG_START,
  type LogCursor,
  scanEntries,
} from './entries.ts';
import { MAX_FIELD } from './entry.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { readIdentity } from './folder.ts';
import type { IndexFilter, IndexHit } from './index-db.ts';
import type { Keyring } from './keyring.ts';
import { type Leaf, parseTime } from './leaf.ts';
import { LogIndex, newestFirst, readLeaf, unseal } from './log-index.ts';
import type { QueryFilter, QueryRow } from './query.ts';
import { readKeyFile, type RootKeys } from './root-secret.ts';
import { namesOf, namesTyped, sessionOf, type TermKeys } from './terms.ts';
import type { VerifyProgress } from './progress.ts';

/** Target of a leaf whose name the server had not listed. */
const OTHER = '_OTHER';
const DEFAULT_LIMIT = 100;
/** Rows of one `entriesSince`; the rest comes with the next call. */
const MAX_NEW_ROWS = 1000;
const RESTORE_KEYRING =
  'its payloads stay sealed until `mcp-logbook keys restore FILE` puts back its keys.db';

export interface ReaderOptions extends KeyAccess {
  /** The fleet's pseudonym key, as for the writer. */
  readonly pseudonymKeyFile?: string | undefined;
  /** Told now and then how far the making of an index is: the first query of a large log waits for it. */
  readonly progress?: ((done: VerifyProgress) => void) | undefined;
}

/** Places in all logs under a root, by folder name. JSON-safe. */
export type ReaderCursor = Readonly<Record<string, LogCursor>>;

/** One log under the root. */
export interface LogSummary {
  readonly folder: string;
  readonly origin: string;
  readonly vkey: string;
  readonly created: string;
}

/** New rows, oldest first within each log, and where to go on. */
export interface NewEntries {
  readonly rows: QueryRow[];
  readonly cursor: ReaderCursor;
}

/** How rows are read. */
export interface RowsOptions {
  /** Only logs in these folders. */
  readonly folders?: readonly string[] | undefined;
  /** False: rows have no payload, and `unopened` where a seal could be opened. Default true. */
  readonly payloads?: boolean | undefined;
}

/** Reads the logs of one root. Synchronous; one thread. */
export interface Reader {
  /** False: no root key was found, so rows have no payload, and `user`, `session` and `text` find less. */
  readonly hasKeys: boolean;
  logs(): LogSummary[];
  /** Newest first over all logs. */
  query(filter?: QueryFilter): QueryRow[];
  /** The same one by one, without a limit unless the filter has one; nothing else may be asked meanwhile. */
  rows(filter?: QueryFilter, options?: RowsOptions): Iterable<QueryRow>;
  /** What is wrong with single logs, by name: one whose keyring is damaged is read without payloads. */
  problems(): readonly LogbookError[];
  /** The end of every log, to follow from there; reads its last segment, and makes no index. */
  end(): ReaderCursor;
  /** Rows behind a cursor (of all logs, new ones included); at most 1,000 a call. Polling is one stat a log. */
  entriesSince(cursor: ReaderCursor, filter?: QueryFilter): NewEntries;
  close(): void;
}

/**
 * Opens all logs under a root for reading.
 * @throws LogbookError `ERR_LOGBOOK_KEY_WRONG`; `ERR_LOGBOOK_KEY_MISSING` when a key that was named is not there
 */
export function openReader(root: string, options: ReaderOptions = {}): Reader {
  return new LogsReader(root, options);
}

/** One log, open. */
interface OpenLog {
  readonly name: string;
  readonly summary: LogSummary;
  readonly keyring: Keyring | undefined;
  readonly files: EntryFiles;
  readonly index: LogIndex;
}

class LogsReader implements Reader {
  readonly #root: string;
  readonly #progress: ReaderOptions['progress'];
  readonly #keys: RootKeys | undefined;
  readonly #terms: TermKeys | undefined;
  readonly #logs = new Map<string, OpenLog>();
  readonly #problems: LogbookError[] = [];

  constructor(root: string, options: ReaderOptions) {
    this.#root = root;
    this.#progress = options.progress;
    this.#keys = findKeys(root, options);
    if (this.#keys === undefined) return;
    const fleet =
      options.pseudonymKeyFile === undefined
        ? this.#keys.pseudonymKey()
        : createSecretKey(readKeyFile(options.pseudonymKeyFile));
    this.#terms = { index: this.#keys.indexKey(), fleet };
  }

  get hasKeys(): boolean {
    return this.#keys !== undefined;
  }

  logs(): LogSummary[] {
    return this.#openLogs().map(({ summary }) => summary);
  }

  query(filter: QueryFilter = {}): QueryRow[] {
    return [...this.rows({ ...filter, limit: filter.limit ?? DEFAULT_LIMIT })];
  }

  problems(): readonly LogbookError[] {
    this.#openLogs();
    return this.#problems;
  }

  *rows(filter: QueryFilter = {}, options: RowsOptions = {}): Generator<QueryRow> {
    const { folders, payloads = true } = options;
    let left = filter.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    const found = this.#openLogs().flatMap((log) => {
      const wanted = indexFilter(filter, log.summary);
      if (wanted === undefined || folders?.includes(log.summary.folder) === false) return [];
      log.index.refresh();
      const all = withActor(wanted, filter.user, log.keyring);
      const others = mayHide(filter, log.keyring) ? [hitsOf(log, { ...all, target: OTHER })] : [];
      return [hitsOf(log, all), ...others];
    });
    for (const { log, hit } of newestFirst(found)) {
      const { leaf, seal } = log.files.read(hit);
      const opens = payloads || filter.text !== undefined || mayHide(filter, log.keyring);
      const row = this.#row(log, hit, leaf.toString(), seal, opens);
      if (row === undefined || !isAbout(row, filter.tool) || !hasText(row, filter.text)) continue;
      yield payloads ? row : unopened(row);
      left -= 1;
      if (left <= 0) break;
    }
  }

  end(): ReaderCursor {
    const cursor: Record<string, LogCursor> = {};
    for (const { name, summary } of this.#openLogs()) cursor[name] = endOfLog(summary.folder);
    return cursor;
  }

  entriesSince(cursor: ReaderCursor, filter: QueryFilter = {}): NewEntries {
    const next: Record<string, LogCursor> = { ...cursor };
    const rows: QueryRow[] = [];
    const limit = filter.limit ?? MAX_NEW_ROWS;
    for (const log of this.#openLogs()) {
      let from = cursor[log.name] ?? LOG_START;
      // A torn tail was cut off behind it, or the folder holds another log now.
      if (!isInLog(log.summary.folder, from)) from = LOG_START;
      if (rows.length >= limit || bytesBehind(log.summary.folder, from) === 0) continue;
      const wanted = indexFilter(filter, log.summary);
      next[log.name] = scanEntries(log.summary.folder, from, (place, leafText, seal) => {
        // What a leaf alone says is asked first: to open a seal takes longer.
        const leaf = readLeaf(leafText);
        if (wanted === undefined || leaf === undefined || !leafMatches(leaf, wanted)) return true;
        const row = this.#row(log, place, leafText, seal);
        if (row !== undefined && payloadMatches(row, wanted, filter.text, this.#terms))
          rows.push(row);
        return rows.length < limit;
      });
    }
    return { rows, cursor: next };
  }

  close(): void {
    for (const { keyring, files, index } of this.#logs.values()) {
      keyring?.close();
      files.close();
      index.close();
    }
    this.#logs.clear();
  }

  #row(
    log: OpenLog,
    place: { readonly index: number; readonly segment: string; readonly line: number },
    leafText: string,
    sealText: string,
    opens = true,
  ): QueryRow | undefined {
    const leaf = readLeaf(leafText);
    if (leaf === undefined) return undefined;
    const keyring = opens ? log.keyring : undefined;
    const { sealed, payload } = unseal(keyring, leaf, leafText, sealText);
    const { folder, origin } = log.summary;
    return {
      folder,
      origin,
      index: place.index,
      leaf,
      sealed,
      ...(sealed === 'opened' ? { payload } : {}),
      location: { file: `segments/${place.segment}`, line: place.line },
    };
  }

  /** All logs under the root; new ones are opened. */
  #openLogs(): OpenLog[] {
    if (!isThere(this.#root)) return [];
    for (const entry of readdirSync(this.#root, { withFileTypes: true })) {
      if (!entry.isDirectory() || this.#logs.has(entry.name)) continue;
      const folder = join(this.#root, entry.name);
      const identity = identityOf(folder);
      if (identity === undefined) continue;
      const { origin, vkey, created } = identity;
      const keyring = this.#openKeyring(folder, origin);
      const files = new EntryFiles(folder);
      // Without the keyring an index has no people: it must not pass for one that was made with keys.
      const terms = keyring === undefined ? undefined : this.#terms;
      const index = new LogIndex(folder, { keyring, terms }, files, this.#progress);
      const summary = { folder, origin, vkey, created };
      this.#logs.set(entry.name, { name: entry.name, summary, keyring, files, index });
    }
    return [...this.#logs.values()];
  }

  #openKeyring(folder: string, origin: string): Keyring | undefined {
    if (this.#keys === undefined) return undefined;
    try {
      return openKeyringForReading(folder, origin, this.#keys);
    } catch (error) {
      // A log copied here without its keyring can still be read, without payloads.
      if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_KEY_MISSING')
        return undefined;
      // One damaged keyring must not hide the other logs, nor the leaves of its own.
      this.#problems.push(
        asLogbookError(error, `cannot read the keyring of log "${folder}"`, RESTORE_KEYRING),
      );
      return undefined;
    }
  }
}

/** A row without its payload. */
function unopened({ payload: _payload, ...row }: QueryRow): QueryRow {
  const closed = row.sealed === 'opened' || row.sealed === 'no-key';
  return closed ? { ...row, sealed: 'unopened' } : row;
}

function findKeys(root: string, options: ReaderOptions): RootKeys | undefined {
  try {
    return openKeysForReading(root, options);
  } catch (error) {
    const named = Object.values(keyAccess(options)).some((source) => source !== undefined);
    if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_KEY_MISSING' && !named)
      return undefined;
    throw error;
  }
}

/** A folder whose log.json is damaged is left to `verify` to complain about. */
function identityOf(folder: string): ReturnType<typeof readIdentity> {
  try {
    return readIdentity(folder);
  } catch {
    return undefined;
  }
}

function* hitsOf(
  log: OpenLog,
  filter: IndexFilter,
): Generator<{ readonly log: OpenLog; readonly hit: IndexHit; readonly timeMicros: number }> {
  for (const hit of log.index.find(filter)) yield { log, hit, timeMicros: hit.timeMicros };
}

/** The filter for one log's index; undefined when nothing of this log can match. */
function indexFilter(filter: QueryFilter, { origin }: LogSummary): IndexFilter | undefined {
  const byOrigin = filter.server?.includes('/') === true;
  if (byOrigin && filter.server !== origin) return undefined;
  if (filter.trace !== undefined && !/^[0-9a-f]{32}$/i.test(filter.trace)) return undefined;
  return {
    names: filter.user === undefined ? undefined : namesTyped(filter.user),
    target: filter.tool,
    kind: filter.kind,
    outcome: filter.outcome,
    service: byOrigin ? undefined : filter.server,
    session: filter.session,
    trace: filter.trace?.toLowerCase(),
    sinceMicros: microsOf(filter.since),
    untilMicros: microsOf(filter.until),
  };
}

/** A payload holds the beginning of a very long user id only: then the keyring knows who is meant. */
function withActor(
  wanted: IndexFilter,
  user: string | undefined,
  keyring: Keyring | undefined,
): IndexFilter {
  if (user === undefined || user.length <= MAX_FIELD) return wanted;
  const actor = keyring?.findActor(user);
  return actor === undefined ? wanted : { ...wanted, names: [...(wanted.names ?? []), actor] };
}

/** The same conditions, of an entry that is read without the index: those on its leaf ... */
function leafMatches(leaf: Leaf, wanted: IndexFilter): boolean {
  const time = parseTime(leaf.time);
  return (
    (leaf.target === OTHER || sameOrAny(wanted.target, leaf.target)) &&
    sameOrAny(wanted.kind, leaf.kind) &&
    sameOrAny(wanted.outcome, leaf.outcome) &&
    sameOrAny(wanted.service, leaf.service) &&
    sameOrAny(wanted.trace, leaf.trace) &&
    time >= (wanted.sinceMicros ?? 0) &&
    time < (wanted.untilMicros ?? Number.POSITIVE_INFINITY)
  );
}

/** ... and those that need its payload. */
function payloadMatches(
  row: QueryRow,
  { names, session, target }: IndexFilter,
  text: string | undefined,
  terms: TermKeys | undefined,
): boolean {
  const { leaf, payload } = row;
  return (
    isAbout(row, target) &&
    (session === undefined || session === sessionOf(payload)) &&
    (names === undefined || hasName(names, leaf, namesOf(payload, terms?.fleet))) &&
    hasText(row, text)
  );
}

/** Whether the name that is asked for may stand in payloads only: the leaf says `_OTHER` where no list had it. */
function mayHide({ tool }: QueryFilter, keyring: Keyring | undefined): boolean {
  return tool !== undefined && tool !== OTHER && keyring !== undefined;
}

/** Whether a row is about a tool or prompt, by its leaf, or by what was asked for. */
function isAbout({ leaf, payload }: QueryRow, name: string | undefined): boolean {
  if (name === undefined || leaf.target === name) return true;
  if (leaf.target !== OTHER) return false;
  const { request } = Object(payload) as { request?: unknown };
  return (Object(request) as { name?: unknown }).name === name;
}

function hasName(wanted: readonly string[], leaf: Leaf, names: readonly string[]): boolean {
  return wanted.some((name) => name === leaf.actor || names.includes(name));
}

function sameOrAny(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted === found;
}

function hasText(row: QueryRow, text: string | undefined): boolean {
  if (text === undefined || text === '') return true;
  const searched =
    `${JSON.stringify(row.leaf)}\n${JSON.stringify(row.payload) ?? ''}`.toLowerCase();
  const typed = text.toLowerCase();
  // A piece of JSON as it stands, or a text that JSON writes with escapes.
  return searched.includes(typed) || searched.includes(JSON.stringify(typed).slice(1, -1));
}

function microsOf(time: number | Date | undefined): number | undefined {
  return time instanceof Date ? time.getTime() * 1000 : time;
}
