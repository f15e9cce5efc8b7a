/**
 * Expiry (audit.md 6 and 10.9): payloads whose time is over can be read by nobody, leaves and proofs stay as they are (I6),
 * a hold puts it off, an interrupted run goes on.
 */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { setHold } from '../src/erase.ts';
import { finish } from '../src/erasure.ts';
import { Keyring } from '../src/keyring.ts';
import { tryLock } from '../src/lock.ts';
import { openLogbook } from '../src/logbook.ts';
import { guardObserver } from '../src/observer.ts';
import { openLog } from '../src/open-log.ts';
import { checkProof, prove } from '../src/prove.ts';
import { query } from '../src/query.ts';
import { planRetention, retain } from '../src/retain.ts';
import { retainSteps } from '../src/retention.ts';
import { listSegments } from '../src/segment.ts';
import { segmentSize } from '../src/segment-file.ts';
import { readRange } from '../src/segment-lines.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

const START = Date.UTC(2026, 0, 10) * 1000;
const ADA = 'https://issuer.example|ada';

afterAll(removeRoots);
afterEach(() => vi.restoreAllMocks());

/** A closed log with two entries in each of four months from January on. */
function aLogOfMonths() {
  const root = aRoot();
  const clock = { micros: START };
  const logbook = openLogbook({ root, service: 'shop', now: () => clock.micros });
  const ids: string[] = [];
  for (let month = 0; month < 4; month += 1) {
    clock.micros = Date.UTC(2026, month, 10) * 1000;
    for (const person of [ADA, 'https://issuer.example|bob'])
      ids.push(
        logbook.record({ kind: 'tool.call', target: 'echo', person, payload: { month } }) ?? '',
      );
  }
  logbook.close();
  return { root, folder: logbook.folder, ids };
}

const at = (year: number, month: number, day: number) => (): number =>
  Date.UTC(year, month - 1, day) * 1000;

function linesOf(folder: string): string {
  return listSegments(folder)
    .map((name) => {
      const path = join(folder, 'segments', name);
      return readRange(path, 0, segmentSize(path) ?? 0).toString('latin1');
    })
    .join('');
}

/** Calls by month of entry, and whether their payload opens. */
function readable(root: string): string[] {
  return query(root, { kind: 'tool.call', limit: 1000 })
    .map(({ leaf, sealed }) => `${leaf.time.slice(0, 7)} ${sealed}`)
    .toReversed();
}

describe('payloads whose time is over', () => {
  it('can be read by nobody any more; leaves, commits and proofs are as before', async () => {
    const { root, folder, ids } = aLogOfMonths();
    const proof = prove(folder, ids[0] ?? '');
    const before = linesOf(folder);
    // The last moment of January + 90 days is the first of May.
    const early = { root, days: 90, now: at(2026, 4, 30) };
    expect(planRetention(early)).toMatchObject([{ expire: [], holds: 0 }]);
    const due = { root, days: 90, now: at(2026, 6, 15) };
    const expire = [
      { class: 'default', month: '2026-01' },
      { class: 'default', month: '2026-02' },
    ];
    expect(planRetention(due)).toMatchObject([{ expire, holds: 0 }]);
    expect(linesOf(folder)).toBe(before);
    const masters = readdirSync(join(root, 'keys'));
    const copy = aRoot();
    cpSync(join(folder, 'keys.db'), join(copy, 'keys.db'));
    const [end] = await retain(due);
    expect(end).toMatchObject({ done: { outcome: 'retained', expired: expire, holds: 0 } });
    expect(linesOf(folder).startsWith(before)).toBe(true);
    expect(readable(root)).toEqual(
      ['01 no-key', '02 no-key', '03 opened', '04 opened'].flatMap((each) => [
        `2026-${each}`,
        `2026-${each}`,
      ]),
    );
    const report = verifyLog(folder, { deep: true, index: true });
    expect(report.problems).toEqual([]);
    expect(checkProof(proof, report.vkey ?? '').ok).toBe(true);
    expect(checkProof(prove(folder, ids[1] ?? ''), report.vkey ?? '').ok).toBe(true);
    expect(() => prove(folder, ids[0] ?? '', { disclose: true })).toThrow('key was destroyed');
    const told = query(root, { kind: 'retention.expired' }).map(({ leaf }) => leaf.target);
    expect(new Set(told)).toEqual(new Set(['default 2026-01', 'default 2026-02']));
    // An older copy of the keyring needs a master that is gone.
    expect(readdirSync(join(root, 'keys'))).not.toEqual(masters);
    cpSync(join(copy, 'keys.db'), join(folder, 'keys.db'));
    expect(readable(root).filter((each) => each.endsWith('opened'))).toEqual([]);
  });

  it('stay while anybody in the log is on hold, which is told, and go when it is lifted', async () => {
    const { root, folder } = aLogOfMonths();
    const due = { root, days: 90, now: at(2026, 6, 15) };
    await setHold({ ...due, user: ADA, authority: 'court 12/26' });
    expect(planRetention(due)).toMatchObject([{ expire: [{}, {}], holds: 1 }]);
    expect(await retain(due)).toMatchObject([{ done: { expired: [], holds: 1 } }]);
    expect(readable(root).every((each) => each.endsWith('opened'))).toBe(true);
    await setHold({ ...due, user: ADA, authority: 'court 13/26', lift: true });
    expect(await retain(due)).toMatchObject([{ done: { expired: [{}, {}], holds: 0 } }]);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });

  it('are not explained by an expiry of other ones: a key that was only deleted is found', async () => {
    const { root, folder } = aLogOfMonths();
    await retain({ root, days: 90, now: at(2026, 5, 15) });
    const database = new DatabaseSync(join(folder, 'keys.db'));
    database.exec("DELETE FROM period WHERE month = '2026-03'");
    database.close();
    const { problems } = verifyLog(folder, { deep: true });
    expect(problems.map(({ code }) => code)).toContain('unexplained');
  });

  it('without a retention stay for ever', async () => {
    const { root } = aLogOfMonths();
    expect(await retain({ root, now: at(2046, 1, 1) })).toMatchObject([{ done: { expired: [] } }]);
    expect(readable(root).every((each) => each.endsWith('opened'))).toBe(true);
  });

  it.each(['destroyPeriods', 'shred'] as const)(
    'go at the next run when one was interrupted at %s',
    async (step) => {
      const { root, folder } = aLogOfMonths();
      const due = { root, days: 90, now: at(2026, 6, 15) };
      const spy = vi.spyOn(Keyring.prototype, step).mockImplementation(() => {
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      });
      const [end] = await retain(due);
      expect(end).toHaveProperty('failed');
      spy.mockRestore();
      expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
      const before = readdirSync(join(root, 'keys'));
      expect(await retain(due)).toMatchObject([{ done: { outcome: 'retained' } }]);
      expect(readdirSync(join(root, 'keys'))).not.toEqual(before);
      expect(readable(root).filter((each) => each.endsWith('no-key'))).toHaveLength(4);
      expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);
    },
  );

  it('go in a running writer, as asked or by its own setting, and it goes on sealing', async () => {
    const { root, folder } = aLogOfMonths();
    const now = at(2026, 6, 15);
    const logbook = openLogbook({ root, service: 'shop', now, retentionDays: 90 });
    expect(await retain({ root, now, days: 110 })).toMatchObject([
      { done: { expired: [{ month: '2026-01' }] } },
    ]);
    expect(await retain({ root, now })).toMatchObject([
      { done: { expired: [{ month: '2026-02' }] } },
    ]);
    logbook.record({ kind: 'tool.call', target: 'late', person: ADA });
    logbook.close();
    expect(query(root, { tool: 'late' })[0]?.sealed).toBe('opened');
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });
});

it('over seven years with a retention of one, never more than one and its month are there, and the log stays sound', async () => {
  const root = aRoot();
  const clock = { micros: Date.UTC(2026, 0, 15) * 1000 };
  const now = (): number => clock.micros;
  openLogbook({ root, service: 'shop', now }).close();
  const folder = join(root, 'shop');
  const lock = tryLock(folder);
  if (lock === undefined) throw new Error('locked');
  const opened = openLog(
    {
      source: { root },
      service: 'shop',
      mode: 'blocking',
      claim: () => ({ folder, lock }),
      observer: guardObserver(undefined),
      now,
      hint: '',
      takesRequests: false,
    },
    {},
  );
  const { log, keyring } = opened;
  const most = { periods: 0, hot: 0, segments: 0 };
  for (let month = 0; month < 84; month += 2) {
    clock.micros = Date.UTC(2026, month, 15) * 1000;
    log.append({
      id: `00000000-0000-7000-8000-${String(month).padStart(12, '0')}`,
      timeMicros: clock.micros,
      kind: 'tool.call',
      action: 'execute',
      outcome: 'success',
      target: 'echo',
      payload: JSON.stringify({ person: ADA, month }),
    });
    finish(retainSteps({ log, keyring, nowMicros: now }, { days: 366 }));
    // The digest of the segment before is entered between two events.
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    most.periods = Math.max(most.periods, keyring.periods().length);
    most.segments = Math.max(most.segments, listSegments(folder).length);
    most.hot = Math.max(most.hot, readdirSync(join(folder, 'segments')).length);
  }
  log.close();
  keyring.close();
  lock.release();
  expect(most.periods).toBe(7);
  expect(most.hot).toBeLessThanOrEqual(3);
  const report = verifyLog(folder, { deep: true });
  expect(report.problems).toEqual([]);
  const calls = readable(root);
  // An expired month's segment goes a run later, once its successor says what was in it.
  expect(most.segments).toBeLessThanOrEqual(9);
  expect(calls.length).toBeLessThanOrEqual(8);
  expect(calls.filter((each) => each.endsWith('opened'))).toHaveLength(7);
  expect(calls.slice(-7).every((each) => each.endsWith('opened'))).toBe(true);
  expect(readFileSync(join(folder, 'log.json'), 'utf8')).toContain('shop');
}, 60_000);
