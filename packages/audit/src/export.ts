/**
 * `exportLog`: entries of all logs under a root for somebody else: an auditor, a SIEM, the person they are about.
 *
 * Newest first, as `query`. Forms:
 *   jsonl  one object a line: `{"v":1,"log":<origin>,"index":<of the leaf>,"file":...,"line":...,"leaf":{...},
 *          "sealed":"opened" | "unopened" | "erased" | "absent" | "no-key" | "damaged","payload":...}`. `leaf` is as it was
 *          signed: SHA-256(0x00 || `{"leaf":` + its text + `}`) is its hash in the tree. `payload` only when `opened`.
 *          `v` rises when a member changes its meaning; new members may come without.
 *   csv    export-csv.ts      ocsf  export-ocsf.ts
 *
 * Order: each log that has something to give gets its `log.exported` entry, on disk, before the first line goes out. One
 * that could not be told gives nothing. Entries that were made after the call began are left out, its own among them.
 * Memory stays flat: one entry and 64 KiB of text at a time.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { openKeysForReading } from './access.ts';
import { defaultRoot } from './default-root.ts';
import { LOG_START } from './entries.ts';
import { LogbookError } from './errors.ts';
import { CSV_HEADER, csvLine } from './export-csv.ts';
import { exporter, type ExportFormat, type ExportNoted, type ExportTask } from './export-entry.ts';
import { ocsfLine } from './export-ocsf.ts';
import { foldersUnder, inEach, type CommandOptions, type LogEnd } from './in-logs.ts';
import type { QueryFilter, QueryRow } from './query.ts';
import { openReader, type Reader } from './reader.ts';

export interface ExportOptions extends CommandOptions {
  readonly format: ExportFormat;
  /** As for `query`, without its default limit. */
  readonly filter?: QueryFilter | undefined;
  /** Opens payloads; default false. */
  readonly payloads?: boolean | undefined;
  /** Kept in the entries, sealed; at most 1,024 characters. Names no person. */
  readonly reason?: string | undefined;
  /** Takes the text, piece by piece; what it throws ends the export. */
  readonly write: (text: string) => void | Promise<void>;
}

/** What went out. */
export interface ExportReport {
  readonly entries: number;
  /** Of them, by what became of their payload. */
  readonly sealed: Readonly<Partial<Record<QueryRow['sealed'], number>>>;
  /** SHA-256 of all text, hex. */
  readonly sha256: string;
  /** Each log that had something to give; those that are not `done` gave nothing. */
  readonly logs: readonly LogEnd<ExportNoted>[];
  /** Logs of which something cannot be read. */
  readonly problems: readonly LogbookError[];
}

const CHUNK = 64 * 1024;

const LINES: Readonly<Record<ExportFormat, (row: QueryRow) => string>> = {
  jsonl: jsonLine,
  csv: csvLine,
  ocsf: ocsfLine,
};

/**
 * Exports, and enters that in each log it reads from; through its writer where one runs.
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`; what `write` throws
 */
export async function exportLog(options: ExportOptions): Promise<ExportReport> {
  const { root = defaultRoot(), format, filter = {}, payloads = false, reason, write } = options;
  foldersUnder(root);
  // An export is an entry, and an entry is sealed.
  openKeysForReading(root, options);
  const reader = openReader(root, options);
  try {
    const end = reader.end();
    const isBefore = ({ folder, location: { file, line } }: QueryRow): boolean => {
      const { segment, line: last } = end[basename(folder)] ?? LOG_START;
      const name = basename(file);
      return name < segment || (name === segment && line < last);
    };
    const { limit, ...wanted } = filter;
    const targets = givers(reader, wanted, isBefore);
    const task = { op: 'export', format, payloads, reason, by: exporter() } as const;
    const logs = await inEach<ExportNoted, Giver>(root, options, targets, ({ actor }) => ({
      ...task,
      conditions: conditionsOf(filter, actor),
    }));
    const folders = logs.flatMap((log) => ('done' in log ? [log.folder] : []));
    const digest = createHash('sha256');
    const sealed: Partial<Record<QueryRow['sealed'], number>> = {};
    let entries = 0;
    let text = format === 'csv' ? CSV_HEADER : '';
    const flush = async (): Promise<void> => {
      if (text === '') return;
      digest.update(text);
      await write(text);
      text = '';
    };
    for (const row of reader.rows(wanted, { folders, payloads })) {
      if (entries >= (limit ?? Number.POSITIVE_INFINITY)) break;
      if (!isBefore(row)) continue;
      text += LINES[format](row);
      entries += 1;
      sealed[row.sealed] = (sealed[row.sealed] ?? 0) + 1;
      if (text.length >= CHUNK) await flush();
    }
    await flush();
    const sha256 = digest.digest('hex');
    return { entries, sealed, sha256, logs, problems: reader.problems() };
  } finally {
    reader.close();
  }
}

interface Giver {
  readonly folder: string;
  readonly origin: string;
  /** Pseudonym of whom its newest matching entry is about. */
  readonly actor: string | undefined;
}

/** Logs that have something to give. */
function givers(
  reader: Reader,
  filter: QueryFilter,
  isBefore: (row: QueryRow) => boolean,
): Giver[] {
  return reader.logs().flatMap(({ folder, origin }) => {
    for (const row of reader.rows(filter, { folders: [folder], payloads: false }))
      if (isBefore(row)) return [{ folder, origin, actor: row.leaf.actor }];
    return [];
  });
}

function conditionsOf(filter: QueryFilter, actor: string | undefined): ExportTask['conditions'] {
  const { user, session, text, since, until, limit, ...plain } = filter;
  const said: Record<string, string | true> = {};
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) said[name] = value;
  for (const [name, value] of Object.entries({ session, text }))
    if (value !== undefined) said[name] = true;
  for (const [name, value] of Object.entries({ since, until }))
    if (value !== undefined)
      said[name] = (value instanceof Date ? value : new Date(value / 1000)).toISOString();
  if (user !== undefined) said['user'] = actor ?? true;
  if (limit !== undefined) said['limit'] = String(limit);
  return said;
}

function jsonLine({ origin, index, location, leaf, sealed, payload }: QueryRow): string {
  return `${JSON.stringify({ v: 1, log: origin, index, ...location, leaf, sealed, payload })}\n`;
}
