/** The table of semconv 1.4, and decision 6.3: every unsuccessful end is `failure`, a refusal `denied`; no end, `unknown`. */
import { expect, test } from 'vitest';
import type { Outcome, Side } from '../src/exchange.ts';
import { entryError, judge } from '../src/recorder/verdict.ts';

const error = (code: number): Outcome => ({ type: 'error', code, message: 'm' });
const failed = (errorType: string): Outcome => ({ type: 'failed', errorType });

test.each<[string, Side, Outcome, boolean, string | undefined, string, string | undefined]>([
  ['success', 'server', { type: 'result', result: {} }, false, undefined, 'success', undefined],
  [
    'isError',
    'server',
    { type: 'result', result: {} },
    true,
    'tool_error',
    'failure',
    'tool_error',
  ],
  [
    'a caller mistake on the server',
    'server',
    error(-32602),
    false,
    undefined,
    'failure',
    '-32602',
  ],
  ['a caller mistake on the client', 'client', error(-32602), false, '-32602', 'failure', '-32602'],
  ['an internal error', 'server', error(-32603), false, '-32603', 'failure', '-32603'],
  [
    'a cancelled call on the server',
    'server',
    { type: 'cancelled' },
    false,
    undefined,
    'failure',
    'cancelled',
  ],
  [
    'a cancelled call on the client',
    'client',
    { type: 'cancelled' },
    false,
    'cancelled',
    'failure',
    'cancelled',
  ],
  ['a timeout', 'client', failed('timeout'), false, 'timeout', 'failure', 'timeout'],
  [
    'a call that was given up',
    'server',
    failed('never_answered'),
    false,
    'never_answered',
    'unknown',
    'never_answered',
  ],
  ['an HTTP 401', 'client', failed('401'), false, '401', 'denied', '401'],
  ['an HTTP 500', 'client', failed('500'), false, '500', 'failure', '500'],
])('%s', (_, side, outcome, isError, errorType, entryOutcome, entered) => {
  const verdict = judge(side, outcome, isError);
  expect(verdict.errorType).toBe(errorType);
  expect(verdict.outcome).toBe(entryOutcome);
  expect(entryError(verdict, outcome)).toBe(entered);
});
