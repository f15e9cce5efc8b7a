/**
 * `log.exported`: what a log says of an export before the first of its entries goes out (audit.md 6).
 *
 * Target = format. Sealed: format, whether payloads were opened, the conditions, the reason, and by whom: host, process and
 * user number. It names pseudonyms and no person, because it outlives an erasure: the user that was asked for stands as
 * the pseudonym in this log, of `session` and `text` only that they were conditions.
 */
import { hostname } from 'node:os';
import { MAX_FIELD } from './entry.ts';
import { MAX_REASON } from './erasure.ts';
import type { Log } from './log.ts';

export type ExportFormat = 'jsonl' | 'csv' | 'ocsf';

export const EXPORT_FORMATS: readonly ExportFormat[] = ['jsonl', 'csv', 'ocsf'];

/** Given to the writer of a log (requests.ts). */
export interface ExportTask {
  readonly format: ExportFormat;
  /** Whether payloads are opened. */
  readonly payloads: boolean;
  /** Name and value, or `true` for what could name a person. */
  readonly conditions: Readonly<Record<string, string | true>>;
  readonly reason?: string | undefined;
  readonly by: { readonly host: string; readonly pid: number; readonly uid?: number | undefined };
}

/** How an export task ended. */
export interface ExportNoted {
  readonly outcome: 'noted';
  /** Id of the `log.exported` entry. */
  readonly entry: string;
}

/** Conditions that may stand in a request and in an entry. */
const CONDITION = /^(?:user|tool|kind|outcome|server|session|trace|since|until|limit|text)$/;
/** Of those, ones that only ever stand as `true`. */
const PERSONAL = /^(?:session|text)$/;
const ACTOR = /^(?:a_[a-z2-7]{16}|anonymous)$/;

/** Who this process is. */
export function exporter(): ExportTask['by'] {
  return { host: hostname(), pid: process.pid, uid: process.getuid?.() };
}

/** Enters it; on disk when it returns. @throws LogbookError then nothing may be exported from this log */
export function noteExport(log: Log, task: ExportTask): ExportNoted {
  const { format, payloads, conditions, by } = task;
  const reason = task.reason?.slice(0, MAX_REASON);
  const payload = { format, payloads, conditions, reason, by };
  const [entry = ''] = log.enterNow([
    { kind: 'log.exported', action: 'export', target: format, payload },
  ]);
  return { outcome: 'noted', entry };
}

/** A task as it stands in a request file; undefined when it is none. */
export function parseExportTask(fields: Readonly<Record<string, unknown>>): ExportTask | undefined {
  const { payloads, reason } = fields;
  const format = EXPORT_FORMATS.find((name) => name === fields['format']);
  const { host, pid, uid } = Object(fields['by']);
  if (format === undefined || typeof payloads !== 'boolean') return undefined;
  const conditions: Record<string, string | true> = {};
  for (const [name, value] of Object.entries(Object(fields['conditions']))) {
    if (!CONDITION.test(name)) return undefined;
    const asIs = typeof value === 'string' && !PERSONAL.test(name);
    const said = asIs && (name !== 'user' || ACTOR.test(value));
    conditions[name] = said ? value.slice(0, MAX_FIELD) : true;
  }
  return {
    format,
    payloads,
    conditions,
    reason: typeof reason === 'string' ? reason : undefined,
    by: {
      host: typeof host === 'string' ? host.slice(0, MAX_FIELD) : '',
      pid: Number.isSafeInteger(pid) ? pid : 0,
      uid: Number.isSafeInteger(uid) ? uid : undefined,
    },
  };
}
