/**
 * Delivers bodies until they are accepted: a refused one is tried again, with growing waits, for as long as it takes.
 * Two ends: `ending` = no more waiting (one last try), `stop` = at once, also what is in flight.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LogbookError } from '../errors.ts';
import type { AuditClient, Outcome } from './client.ts';

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** A fleet that lost its collector must not come back all at once. */
const JITTER = 0.2;

/** The two ends of a shipper. */
export interface Ends {
  readonly ending: AbortSignal;
  readonly stop: AbortSignal;
}

/** Told of each failure; `undefined` = it works again. */
export type TroubleObserver = (trouble: LogbookError | undefined) => void;

/**
 * Resolves with true once the body is accepted; false at an end.
 * @param host names the receiver in messages
 */
export async function deliver(
  client: AuditClient,
  body: Uint8Array,
  ends: Ends,
  host: string,
  observe: TroubleObserver,
): Promise<boolean> {
  let waitMs = FIRST_WAIT_MS;
  while (!ends.stop.aborted) {
    const last = ends.ending.aborted;
    const outcome = await client.post(body, ends.stop);
    if (outcome.accepted) {
      observe(undefined);
      return true;
    }
    if (ends.stop.aborted) return false;
    observe(troubleOf(outcome, host));
    if (last) return false;
    const jittered = waitMs * (1 + JITTER * (2 * Math.random() - 1));
    await pause(Math.max(jittered, outcome.retryAfterMs ?? 0), ends);
    waitMs = Math.min(waitMs * 2, MAX_WAIT_MS);
  }
  return false;
}

/** Waits; ends early at an end. */
export async function pause(ms: number, ends: Ends): Promise<void> {
  const signal = AbortSignal.any([ends.ending, ends.stop]);
  if (signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch(() => {});
}

function troubleOf(outcome: Extract<Outcome, { accepted: false }>, host: string): LogbookError {
  const { reason, cause } = outcome;
  const waits = 'entries wait in the local log and nothing is lost';
  if (cause !== undefined)
    return new LogbookError(cause.code, `cannot ship to "${host}": ${cause.message}; ${waits}`, {
      cause,
    });
  const what = /^\d+$/.test(reason)
    ? `answered ${reason}`
    : reason === 'partial'
      ? 'refused some records'
      : `cannot be reached (${reason})`;
  const hint = /^40[13]$/.test(reason)
    ? 'see that MCP_LOGBOOK_AUDIT_TOKEN_FILE, or the client certificate, is what the receiver expects'
    : reason === '404'
      ? 'the endpoint is a base URL; /v1/logs is added to it'
      : undefined;
  return new LogbookError(
    'ERR_LOGBOOK_IO',
    `audit endpoint "${host}" ${what}; ${waits}`,
    hint === undefined ? {} : { hint },
  );
}
