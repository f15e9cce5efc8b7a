/** What the operator of a wrapped command hears when nothing of it can be recorded. */
import type { RecorderPort } from '@mcp-logbook/instrumentation/ports';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { warnOnce } from '../src/diag.ts';
import { Tap } from '../src/wrap/tap.ts';
import { warnWhenSilent } from '../src/wrap/watch.ts';

vi.mock('../src/diag.ts', () => ({ warnOnce: vi.fn<typeof warnOnce>() }));

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(warnOnce).mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a command that no message came to or from in 30 seconds is told of, with what to do', () => {
  warnWhenSilent({ hasSpoken: false });
  vi.advanceTimersByTime(29_999);
  expect(warnOnce).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(warnOnce).toHaveBeenCalledExactlyOnceWith(
    'wrap:silent',
    expect.stringContaining('--http-listen and --http-target'),
  );
});

test('a command that has spoken by then is not', () => {
  const tap = { hasSpoken: false };
  warnWhenSilent(tap);
  vi.advanceTimersByTime(29_999);
  tap.hasSpoken = true;
  vi.advanceTimersByTime(60_000);
  expect(warnOnce).not.toHaveBeenCalled();
});

const RECORDER: RecorderPort = {
  begin: () => ({ admitted: true }),
  current: () => undefined,
  run: (_call, fn) => fn(),
  inject: (_call, meta) => ({ ...meta }),
  end: () => true,
  session: () => {},
  access: () => {},
  listed: () => {},
  endAll: () => {},
};

test.each(['fromClient', 'fromServer'] as const)(
  'a message %s is speaking, a line that is none is not',
  (direction) => {
    const tap = new Tap(
      RECORDER,
      { toClient: () => {}, toServer: () => {} },
      { mode: 'best-effort', propagate: false, unread: () => {} },
    );
    const pass = (line: string): void => tap[direction].take(Buffer.from(line), () => {});
    pass('Listening on port 8080\n{"level":\n');
    expect(tap.hasSpoken).toBe(false);
    pass('{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n');
    expect(tap.hasSpoken).toBe(true);
  },
);
