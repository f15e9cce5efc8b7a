/**
 * What the end of a call means (semconv 1.4 and decision 6.3): `error.type` and status of the span, JSON-RPC code,
 * outcome of the entry. Pure.
 */
import { CALLER_ERROR_CODES } from '@mcp-logbook/semconv/names';
import type { EntryOutcome } from '@mcp-logbook/semconv/names';
import { GIVEN_UP } from '../exchange.ts';
import type { Outcome, Side } from '../exchange.ts';

/** See the file's header. */
export interface Verdict {
  /** Present = status Error. */
  readonly errorType: string | undefined;
  readonly rpcCode: string | undefined;
  readonly outcome: EntryOutcome;
  /** Whether the outcome's message may describe the status. */
  readonly described: boolean;
}

const SUCCESS: Verdict = {
  errorType: undefined,
  rpcCode: undefined,
  outcome: 'success',
  described: false,
};
/** `input_required`: nothing is done yet, and nothing failed. */
const WAITING: Verdict = { ...SUCCESS, outcome: 'unknown' };
/** `isError`: no tool text in the status, it may hold user data. */
const TOOL_ERROR: Verdict = {
  errorType: 'tool_error',
  rpcCode: undefined,
  outcome: 'failure',
  described: false,
};

/**
 * Judges an outcome.
 * @param isError the result carries `isError: true`
 * @param waits the result is of type `input_required`
 */
export function judge(side: Side, outcome: Outcome, isError: boolean, waits = false): Verdict {
  switch (outcome.type) {
    case 'result':
      if (waits) return WAITING;
      return isError ? TOOL_ERROR : SUCCESS;
    case 'delivered':
      return SUCCESS;
    case 'error': {
      const code = String(outcome.code);
      const excused = side === 'server' && CALLER_ERROR_CODES.has(code);
      return {
        errorType: excused ? undefined : code,
        rpcCode: code,
        outcome: 'failure',
        described: !excused,
      };
    }
    case 'cancelled':
      // On a server nobody did wrong; nobody waits for what the handler still does.
      return {
        errorType: side === 'client' ? 'cancelled' : undefined,
        rpcCode: undefined,
        outcome: 'failure',
        described: false,
      };
    case 'failed':
      return {
        errorType: outcome.errorType === '' ? '_OTHER' : outcome.errorType,
        rpcCode: undefined,
        outcome: outcomeOfFailure(outcome.errorType),
        described: false,
      };
  }
}

/** A refusal; a call that we gave up before its end, which may still come; or an end without success. */
function outcomeOfFailure(errorType: string): EntryOutcome {
  if (errorType === '401' || errorType === '403') return 'denied';
  return errorType === GIVEN_UP ? 'unknown' : 'failure';
}

/** Low-cardinality `error` of an entry: also set where the span's status stays unset. */
export function entryError(verdict: Verdict, outcome: Outcome): string | undefined {
  if (verdict === WAITING) return 'input_required';
  return (
    verdict.errorType ?? verdict.rpcCode ?? (outcome.type === 'cancelled' ? 'cancelled' : undefined)
  );
}
