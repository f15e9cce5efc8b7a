/**
 * Public names of `mcp-logbook`: entries that only the program itself can make (a login, an access to data, a changed
 * setting), in the same logbook as its calls.
 *
 *   import { logbook } from 'mcp-logbook';
 *   logbook.record({ kind: 'auth.login', person: 'https://issuer.example|ada', payload: { method: 'passkey' } });
 *
 * Works with `--require mcp-logbook/register` and without. Payloads pass the redactor first (I5).
 */
import type { AuditEntry } from '@mcp-logbook/audit';
import type { Redactor } from '@mcp-logbook/redaction';
import type { CallKind } from '@mcp-logbook/semconv/names';
import { readConfig } from './config.ts';
import { warnOnce } from './diag.ts';
import { sharedLogbook, type LazyLogbook } from './lazy-logbook.ts';
import { redactorOf } from './redaction.ts';

/** An entry of the program's own. */
export interface OwnEntry {
  /** What happened, e.g. `auth.login`, `data.access`, `config.changed`. */
  readonly kind: CallKind;
  /** Default `execute`. */
  readonly action?: string;
  /** Default `success`. */
  readonly outcome?: AuditEntry['outcome'];
  /** What it was done to: a low-cardinality name, readable by everyone who has the log. */
  readonly target?: string;
  /** `issuer|subject`, or `|name` without an issuer: entered as a pseudonym, sealed under this person's key. */
  readonly person?: string;
  /** Low-cardinality reason of a failure. */
  readonly error?: string;
  /** Lower-case hex ids of the span it belongs to. */
  readonly trace?: string;
  readonly span?: string;
  /** Retention class. */
  readonly class?: string;
  /** The details: redacted, then sealed. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** The logbook of this process. */
export const logbook: {
  /**
   * Enters one entry, as durably as MCP_LOGBOOK_MODE says, before it returns. Never throws.
   * @returns the entry's id; `undefined` when it could not be written or the mode is `off`
   */
  record(entry: OwnEntry): string | undefined;
} = {
  record(entry) {
    try {
      const log = opened();
      if (log.mode === 'off') return undefined;
      const { payload, ...head } = entry;
      redactor ??= redactorOf(readConfig(process.env, warnOnce).redaction, warnOnce);
      const redacted = payload === undefined ? undefined : redactor.redact(payload).value;
      return log.record({
        ...head,
        rules: redactor.rules,
        ...(redacted !== undefined && {
          payload: isObject(redacted) ? redacted : { details: redacted },
        }),
      });
    } catch {
      return undefined;
    }
  },
};

let redactor: Redactor | undefined;
let log: LazyLogbook | undefined;

function opened(): LazyLogbook {
  if (log !== undefined) return log;
  const shared = sharedLogbook(() => readConfig(process.env, warnOnce));
  // With `register` running the ending is its own: it has entries to add before the log closes.
  process.once('exit', () => {
    if (shared.telemetry === undefined) shared.close();
  });
  log = shared;
  return shared;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
