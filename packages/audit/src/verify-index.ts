/**
 * The check of `index.db` against its log, both ways (audit.md 7): every entry that it claims to hold has its row, every
 * row its entry, equal in all columns; the tables agree with each other and with their indexes. Needs the keys, since the
 * names of people are HMACs. A few thousand entries are held in memory at a time.
 */
import { createSecretKey } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type KeyAccess, openKeyringForReading, openKeysForReading } from './access.ts';
import { isThere } from './durable.ts';
import { type EntryPlace, isInLog, LOG_START, type LogCursor, scanEntries } from './entries.ts';
import { sha256 } from './hash.ts';
import { type IndexEntry, type IndexState, IndexStore } from './index-db.ts';
import { indexEntry, type LogKeysForReading } from './log-index.ts';
import { readKeyFile } from './root-secret.ts';
import { isSqliteError } from './sqlite.ts';
import type { Findings } from './verify-findings.ts';

export interface IndexAccess extends KeyAccess {
  /** The fleet's pseudonym key, as for the reader that made the index. */
  readonly pseudonymKeyFile?: string | undefined;
}

const BATCH = 2000;
const REMEDY = 'delete it: the next query builds it anew from the log';

/**
 * @returns rows that were compared
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export function checkIndex(
  folder: string,
  origin: string,
  access: IndexAccess,
  findings: Findings,
): number {
  const path = join(folder, 'index.db');
  if (!isThere(path)) {
    findings.note('there is no index.db to compare: queries read the log itself');
    return 0;
  }
  const rootKeys = openKeysForReading(dirname(folder), access);
  const fleet =
    access.pseudonymKeyFile === undefined
      ? rootKeys.pseudonymKey()
      : createSecretKey(readKeyFile(access.pseudonymKeyFile));
  const terms = { index: rootKeys.indexKey(), fleet };
  const keyring = openKeyringForReading(folder, origin, rootKeys);
  const store = IndexStore.open(path, terms.index);
  try {
    if (store === undefined) {
      fault(findings, `"index.db" is damaged or was made with other keys; ${REMEDY}`);
      return 0;
    }
    const damage = store.faults();
    if (damage !== undefined) {
      // What its rows say is not worth comparing then.
      fault(findings, `"index.db": ${damage}; ${REMEDY}`);
      return 0;
    }
    return compare(folder, store, { keyring, terms }, findings);
  } catch (error) {
    // What SQLite says of a damaged page comes in the middle of reading.
    if (!isSqliteError(error)) throw error;
    fault(findings, `"index.db": ${error.message}; ${REMEDY}`);
    return 0;
  } finally {
    store?.close();
    keyring.close();
  }
}

function compare(
  folder: string,
  store: IndexStore,
  keys: LogKeysForReading,
  findings: Findings,
): number {
  const rows = store.dump();
  let row = rows.next();
  let compared = 0;
  let batch: IndexEntry[] = [];
  const flush = (): void => {
    const lines = expectedRows(batch, keys);
    for (const [n, { place }] of batch.entries()) {
      const where = { file: `segments/${place.segment}`, line: place.line, index: place.index };
      while (row.done !== true && indexOf(row.value) < place.index) {
        fault(findings, `"index.db" has a row ${indexOf(row.value)} that is no entry; ${REMEDY}`);
        row = rows.next();
      }
      if (row.done === true || indexOf(row.value) > place.index) {
        fault(findings, `"index.db" lacks entry ${place.index}; ${REMEDY}`, where);
        continue;
      }
      if (row.value !== lines[n])
        fault(
          findings,
          `"index.db" has another entry ${place.index} than the log; ${REMEDY}`,
          where,
        );
      compared += 1;
      row = rows.next();
    }
    batch = [];
  };
  const end = store.state.cursor.index;
  let last: { place: EntryPlace; digest: string } | undefined;
  let next: EntryPlace | undefined;
  const behind = scanEntries(folder, LOG_START, (place, leaf, seal) => {
    if (place.index >= end) {
      next = place;
      return false;
    }
    if (place.index + 1 === end) last = { place, digest: sha256(leaf).toString('base64') };
    const entry = indexEntry(place, leaf, seal, keys);
    if (entry !== undefined) batch.push(entry);
    if (batch.length >= BATCH) flush();
    return true;
  });
  flush();
  const wrong = stateFault(folder, store, last, next ?? behind);
  if (wrong !== undefined) fault(findings, `"index.db" ${wrong}; ${REMEDY}`);
  for (; row.done !== true; row = rows.next())
    fault(findings, `"index.db" has a row ${indexOf(row.value)} that is no entry; ${REMEDY}`);
  return compared;
}

/**
 * What is wrong with what an index says of itself: the last entry it has, and where a reader goes on. The log may have
 * grown since `next` was read: then there is more behind the cursor, never less.
 */
function stateFault(
  folder: string,
  { state: { cursor, lastLeaf } }: IndexStore,
  last: IndexState['lastLeaf'],
  next: EntryPlace | LogCursor,
): string | undefined {
  if (lastLeaf !== undefined && placeText(lastLeaf) !== placeText(last ?? {}))
    return 'names another last entry than it has';
  let after: EntryPlace | undefined;
  const behind = scanEntries(folder, cursor, (place) => {
    after = place;
    return false;
  });
  const place = 'leafBytes' in next ? after : (after ?? behind);
  const isSame =
    place !== undefined &&
    place.index === next.index &&
    (place.segment !== next.segment ||
      place.offset > next.offset ||
      (place.offset === next.offset && place.line === next.line));
  const isExact = !('leafBytes' in next) || placeText(after ?? {}) === placeText(next);
  return isInLog(folder, cursor) && isSame && isExact
    ? undefined
    : 'goes on at another place of the log than it ends';
}

/** The same text for the same values, in whatever order they were put. */
function placeText(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** What an index would hold of these entries, as `dump` writes it. */
function expectedRows(entries: readonly IndexEntry[], keys: LogKeysForReading): string[] {
  const store = IndexStore.create(':memory:', keys.terms?.index);
  try {
    store.append(entries, { cursor: LOG_START, lastLeaf: undefined });
    return [...store.dump()];
  } finally {
    store.close();
  }
}

/** The first column of a dumped row. */
function indexOf(row: string): number {
  return Number(Object(JSON.parse(row))[0]);
}

function fault(
  findings: Findings,
  message: string,
  where: { file?: string; line?: number; index?: number } = {},
): void {
  findings.add({ code: 'index', message, file: 'index.db', ...where });
}
