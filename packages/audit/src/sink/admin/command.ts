/**
 * What the admin endpoint of a sink takes and gives, as JSON (audit.md 5 and 6).
 *
 *   POST /admin/erase   {"user": U, "reason"?: R}
 *   POST /admin/hold    {"user": U, "authority": A}
 *   POST /admin/lift    {"user": U, "authority": A}
 *   POST /admin/retain  {}
 *
 *   200 AdminAnswer; otherwise {"error": AdminError}: 400 not such a command, 401 wrong or missing token, 404 no log knows
 *   the user, 405, 413 body too large, 429 too many commands wait, 500 a log or key cannot be used, 503 the sink stops
 */
import { LogbookError, type LogbookErrorCode } from '../../errors.ts';
import type { LogEnd } from '../../in-logs.ts';
import type { TelemetryNames } from '../../erase.ts';
import type { TaskResult } from '../../requests.ts';

/** A command, checked. */
export type AdminCommand =
  | { readonly op: 'erase'; readonly user: string; readonly reason: string | undefined }
  | { readonly op: 'hold' | 'lift'; readonly user: string; readonly authority: string }
  | { readonly op: 'retain' };

/** An error as it travels. */
export interface AdminError {
  readonly message: string;
  /** Of a `LogbookError`. */
  readonly code?: LogbookErrorCode;
  readonly hint?: string;
}

/** What became of it in one log of the sink; as `LogEnd`. */
export type AdminEnd = { readonly folder: string; readonly origin: string } & (
  | { readonly done: TaskResult }
  | { readonly failed: AdminError }
  | { readonly waiting: true }
);

/** What became of a command. */
export interface AdminAnswer {
  readonly ends: readonly AdminEnd[];
  /** Of an erasure: proofs (C2SP tlog-proof) of the entries that end it, by the entries' ids. */
  readonly certificates?: Readonly<Record<string, string>>;
  /** Of an erasure: under which names telemetry knows the person, if the sink knows the fleet's key. */
  readonly names?: TelemetryNames;
  /** Of an erasure or expiry: what it means for backups of the sink's keys. */
  readonly backups?: string;
}

const FIELDS: Readonly<Record<AdminCommand['op'], readonly string[]>> = {
  erase: ['user', 'reason'],
  hold: ['user', 'authority'],
  lift: ['user', 'authority'],
  retain: [],
};

function isOp(text: string): text is AdminCommand['op'] {
  return Object.hasOwn(FIELDS, text);
}

/**
 * The command of a path and a body; undefined when there is no such path.
 * @param name what follows `/admin/`
 * @throws LogbookError `ERR_LOGBOOK_USAGE` naming the field, never its value
 */
export function parseCommand(name: string, body: string): AdminCommand | undefined {
  if (!isOp(name)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body === '' ? '{}' : body);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused('the body is not a JSON object');
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const field of fields.keys())
    if (!FIELDS[name].includes(field))
      throw refused(`${name} has no field ${JSON.stringify(field.slice(0, 40))}`);
  const text = (field: string): string => {
    const found = fields.get(field);
    if (typeof found === 'string' && found.trim() !== '') return found;
    throw refused(`${name} needs "${field}", a text`);
  };
  switch (name) {
    case 'erase':
      return {
        op: name,
        user: text('user'),
        reason: fields.has('reason') ? text('reason') : undefined,
      };
    case 'retain':
      return { op: name };
    default:
      return { op: name, user: text('user'), authority: text('authority') };
  }
}

/** An end as it travels. */
export function endOf<T extends TaskResult>(end: LogEnd<T>): AdminEnd {
  if (!('failed' in end)) return end;
  const { folder, origin, failed } = end;
  return { folder, origin, failed: errorOf(failed) };
}

/** An error as it travels: ours whole, of others the message. */
export function errorOf(error: unknown): AdminError {
  if (!(error instanceof LogbookError))
    return { message: error instanceof Error ? error.message : 'unknown failure' };
  const { code, message, hint } = error;
  return { message, code, ...(hint !== undefined && { hint }) };
}

function refused(message: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_USAGE', message, {
    hint: 'POST /admin/erase {"user","reason"?}, /admin/hold or /admin/lift {"user","authority"}, /admin/retain {}',
  });
}
