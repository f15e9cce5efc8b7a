import { afterAll, describe, expect, test } from 'vitest';
import { ClockWatch } from '../src/clock.ts';
import { nodeFileOps } from '../src/durable.ts';
import type { LogMode } from '../src/entry.ts';
import { openLogbook, openLogbookWith } from '../src/logbook.ts';
import { aFolder, anEntry, readLog, removeFolders, sequenceProblems } from './sample-log.ts';

afterAll(removeFolders);

const HOUR_MS = 3_600_000;

/** A clock on the wall and one that nobody can set. */
function clocks() {
  const at = { wallMs: Date.UTC(2026, 10, 26), steadyMs: 1_000 };
  return {
    at,
    micros: (): number => at.wallMs * 1000,
    steady: (): number => at.steadyMs,
    pass: (ms: number): void => {
      at.wallMs += ms;
      at.steadyMs += ms;
    },
  };
}

describe('the watch over the clock', () => {
  test.each([
    [2_001, 2.001],
    [2_000, 2],
    [1_999, undefined],
    [0, undefined],
    [-1_999, undefined],
    [-2_000, -2],
    [-56 * 365 * 24 * HOUR_MS, -56 * 365 * 24 * 3_600],
  ])('a clock set by %d ms is a step of %s s', (ms, seconds) => {
    const { at, micros, steady } = clocks();
    const watch = new ClockWatch(micros, steady);
    at.wallMs += ms;
    expect(watch.step()).toBe(seconds);
  });

  test('time that passes on both clocks is none', () => {
    const { micros, steady, pass } = clocks();
    const watch = new ClockWatch(micros, steady);
    for (const ms of [1, 5_000, HOUR_MS, 1_000 * HOUR_MS]) {
      pass(ms);
      expect(watch.step()).toBeUndefined();
    }
  });

  test('the slow correction of NTP is none, however long it goes on', () => {
    const { at, micros, steady, pass } = clocks();
    const watch = new ClockWatch(micros, steady);
    for (let minute = 0; minute < 10_000; minute += 1) {
      pass(60_000);
      at.wallMs += 30;
      expect(watch.step()).toBeUndefined();
    }
  });

  test('small steps within an hour add up to one', () => {
    const { at, micros, steady, pass } = clocks();
    const watch = new ClockWatch(micros, steady);
    const seen: (number | undefined)[] = [];
    for (let n = 0; n < 5; n += 1) {
      pass(1_000);
      at.wallMs -= 500;
      seen.push(watch.step());
    }
    expect(seen).toEqual([undefined, undefined, undefined, undefined, -2.5]);
  });

  test('a step is given until it was told, then the next one alone', () => {
    const { at, micros, steady } = clocks();
    const watch = new ClockWatch(micros, steady);
    at.wallMs += 10_000;
    expect([watch.step(), watch.step()]).toEqual([10, 10]);
    watch.told(10);
    expect(watch.step()).toBeUndefined();
    at.wallMs -= 10_000;
    expect(watch.step()).toBe(-10);
  });
});

describe.each<LogMode>(['best-effort', 'blocking', 'strict'])('a log in %s', (mode) => {
  test('enters a step of the clock before the next entry, once, and its numbers have no gap (I7)', async () => {
    const { at, micros, steady, pass } = clocks();
    const log = openLogbookWith(
      { root: aFolder(), service: 'svc', mode, now: micros },
      { steadyMs: steady },
    );
    log.append(anEntry({ target: 'before' }));
    await log.flush();
    pass(5_000);
    at.wallMs -= HOUR_MS;
    log.append(anEntry({ target: 'after' }));
    await log.flush();
    log.append(anEntry({ target: 'later' }));
    await log.flush();
    log.close();
    const { leaves, problems } = readLog(log.folder);
    expect(problems).toEqual([]);
    expect(sequenceProblems(leaves)).toEqual([]);
    expect(leaves.slice(2, -1).map(({ kind, target }) => target ?? kind)).toEqual([
      'before',
      'clock.stepped',
      'after',
      'later',
    ]);
  });

  test('a step is entered after the disk that refused it works again, beside the gap (I7)', async () => {
    const { at, micros, steady } = clocks();
    const state = { full: false };
    const log = openLogbookWith(
      { root: aFolder(), service: 'svc', mode, now: micros },
      {
        steadyMs: steady,
        ops: {
          ...nodeFileOps,
          write: (fd, bytes, offset, length) => {
            if (state.full) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
            return nodeFileOps.write(fd, bytes, offset, length);
          },
        },
      },
    );
    at.wallMs += HOUR_MS;
    state.full = true;
    log.append(anEntry({ target: 'lost' }));
    await log.flush();
    state.full = false;
    await new Promise((resolve) => setTimeout(resolve, 260));
    log.append(anEntry({ target: 'after' }));
    await log.flush();
    log.close();
    const { leaves, problems } = readLog(log.folder);
    expect(problems).toEqual([]);
    expect(sequenceProblems(leaves)).toEqual([]);
    expect(leaves.slice(2, -1).map(({ kind }) => kind)).toEqual([
      'producer.gap',
      'clock.stepped',
      'tool.call',
    ]);
  });
});

test('a clock that the caller gives is taken as it is', async () => {
  const { at, micros } = clocks();
  const log = openLogbook({ root: aFolder(), service: 'svc', now: micros });
  at.wallMs += 365 * 24 * HOUR_MS;
  log.append(anEntry());
  await log.flush();
  log.close();
  expect(readLog(log.folder).leaves.map(({ kind }) => kind)).not.toContain('clock.stepped');
});
