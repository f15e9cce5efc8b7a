/**
 * The archive (audit.md 6): closed segments are compressed and read as before; interrupted at any step nothing is lost;
 * erasure reaches what is archived.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { nodeArchiveOps, type ArchiveOps } from '../src/archive.ts';
import { openKeysForReading } from '../src/access.ts';
import { blankSeals } from '../src/blank.ts';
import { Keyring } from '../src/keyring.ts';
import { erase } from '../src/erase.ts';
import { finish } from '../src/erasure.ts';
import { guardObserver, type LogbookObserver } from '../src/observer.ts';
import { openLogbook, openLogbookWith } from '../src/logbook.ts';
import { openLog, type OpenedLog } from '../src/open-log.ts';
import { planRetention, retain } from '../src/retain.ts';
import { retainSteps } from '../src/retention.ts';
import { LogWatch } from '../src/watch.ts';
import { openReader } from '../src/reader.ts';
import { segmentSize } from '../src/segment-file.ts';
import { readRange } from '../src/segment-lines.ts';
import { listHotSegments, listSegments } from '../src/segment.ts';
import { checkProof, prove } from '../src/prove.ts';
import { query } from '../src/query.ts';
import { verifyLog } from '../src/verify.ts';
import { tryLock } from '../src/lock.ts';
import { aRoot, removeRoots } from './small-log.ts';

const DAY = 86_400_000_000;
const START = Date.UTC(2026, 0, 10) * 1000;
const VICTIM = 'https://issuer.example|victim';

afterAll(removeRoots);
afterEach(() => vi.useRealTimers());

/** A closed log of three days; `segments` in each are small. */
function aLogOfDays(options: { entries?: number; maxSegmentBytes?: number } = {}) {
  const root = aRoot();
  const clock = { micros: START };
  const logbook = openLogbookWith(
    { root, service: 'shop', now: () => clock.micros },
    options.maxSegmentBytes === undefined ? {} : { maxSegmentBytes: options.maxSegmentBytes },
  );
  const ids: string[] = [];
  for (let day = 0; day < 3; day += 1) {
    for (let n = 0; n < (options.entries ?? 20); n += 1) {
      const person = n % 2 === 0 ? VICTIM : 'https://issuer.example|other';
      const payload = { request: { day, n, text: 'x'.repeat(1000) } };
      ids.push(logbook.record({ kind: 'tool.call', target: 'echo', person, payload }) ?? '');
    }
    clock.micros += DAY;
  }
  logbook.close();
  return { root, folder: logbook.folder, ids, clock, now: () => START + 60 * DAY };
}

function linesOf(folder: string): string {
  return listSegments(folder)
    .map((name) => {
      const path = join(folder, 'segments', name);
      return readRange(path, 0, segmentSize(path) ?? 0).toString('latin1');
    })
    .join('');
}

/** The log opened as `retain` opens it. */
function reopened(root: string, folder: string, now: () => number): OpenedLog {
  const lock = tryLock(folder);
  if (lock === undefined) throw new Error('locked');
  return openLog(
    {
      source: { root },
      service: 'shop',
      mode: 'strict',
      claim: () => ({ folder, lock }),
      observer: guardObserver(undefined),
      now,
      hint: '',
      takesRequests: false,
    },
    {},
  );
}

function closeAll({ log, keyring, lock }: OpenedLog): void {
  log.close();
  keyring.close();
  lock.release();
}

describe('an archived segment', () => {
  it('is read by query, verify, prove and the watch as before, and zstd gives back its bytes', async () => {
    const { root, folder, ids, now } = aLogOfDays();
    const before = linesOf(folder);
    const rows = query(root, { limit: 1000 });
    const proof = prove(folder, ids[3] ?? '');
    const [end] = await retain({ root, now });
    const names = listSegments(folder);
    expect(names.length).toBeGreaterThanOrEqual(3);
    const archived = end !== undefined && 'done' in end ? end.done.archived : [];
    // All but the one that `retain` itself goes on writing.
    expect(archived.map(({ segment }) => segment)).toEqual(names.slice(0, archived.length));
    expect(archived.length).toBeGreaterThanOrEqual(2);
    for (const { segment, bytes, archivedBytes } of archived) {
      const path = join(folder, 'archive', `${segment}.zst`);
      expect(existsSync(join(folder, 'segments', segment))).toBe(false);
      expect(statSync(path).size).toBe(archivedBytes);
      expect(zstdDecompressSync(readFileSync(path)).length).toBe(bytes);
      expect(archivedBytes).toBeLessThan(bytes);
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    expect(linesOf(folder).startsWith(before)).toBe(true);
    const report = verifyLog(folder, { deep: true, index: true });
    expect(report.problems).toEqual([]);
    expect(report.counts.segments).toBe(names.length);
    const found = query(root, { limit: 1000, kind: 'tool.call' });
    expect(found).toEqual(rows.filter(({ leaf }) => leaf.kind === 'tool.call'));
    expect(found[0]?.sealed).toBe('opened');
    expect(query(root, { kind: 'archive.made' })).toHaveLength(archived.length);
    const again = prove(folder, ids[3] ?? '', { disclose: true });
    const vkey = report.vkey ?? '';
    expect(checkProof(proof, vkey).ok).toBe(true);
    expect(checkProof(again, vkey)).toMatchObject({ ok: true });
    const watch = new LogWatch(folder, vkey);
    expect(watch.step()).toMatchObject({ complete: true, size: report.size });
  });

  it('is found by an index that was built before, without building it again', async () => {
    const { root, now } = aLogOfDays();
    const reader = openReader(root);
    const before = reader.query({ kind: 'tool.call', limit: 1000 });
    await retain({ root, now });
    expect(reader.query({ kind: 'tool.call', limit: 1000 })).toEqual(before);
    reader.close();
  });

  it('holds more than one frame, and entries of each are found', async () => {
    const { root, folder, now } = aLogOfDays({ entries: 400 });
    await retain({ root, now });
    expect(query(root, { kind: 'tool.call', limit: 2000 })).toHaveLength(1200);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });

  it('that is changed at any of some bytes is a problem of verify, with its name', async () => {
    const { root, folder, now } = aLogOfDays();
    await retain({ root, now });
    const [name = ''] = readdirSync(join(folder, 'archive')).toSorted();
    const path = join(folder, 'archive', name);
    const bytes = readFileSync(path);
    const places = [
      0,
      5,
      100,
      bytes.length >> 1,
      ...[40, 20, 17, 13, 9, 5, 4, 1].map((n) => bytes.length - n),
    ];
    for (const at of places) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const { problems } = verifyLog(folder);
      expect(problems.length, `byte ${at}`).toBeGreaterThan(0);
      expect(JSON.stringify(problems), `byte ${at}`).toContain(name.slice(0, 12));
    }
    writeFileSync(path, bytes);
    expect(verifyLog(folder).problems).toEqual([]);
  });

  it('is not made of what is younger than 30 days, nor of the segment being written', async () => {
    const { root, folder } = aLogOfDays();
    const now = (): number => START + 32.5 * DAY;
    const [plan] = planRetention({ root, now });
    expect(plan?.archive.map(({ segment }) => segment)).toEqual(listSegments(folder).slice(0, 2));
    expect(existsSync(join(folder, 'archive'))).toBe(false);
    await retain({ root, now: () => START + 20 * DAY });
    expect(existsSync(join(folder, 'archive'))).toBe(false);
  });
});

describe('the archive', () => {
  it('goes to cold/ where that is a folder, or a link to one elsewhere', async () => {
    const { root, folder, now } = aLogOfDays();
    const elsewhere = aRoot();
    symlinkSync(elsewhere, join(folder, 'cold'));
    await retain({ root, now });
    expect(readdirSync(elsewhere).length).toBeGreaterThanOrEqual(2);
    expect(existsSync(join(folder, 'archive'))).toBe(false);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    expect(query(root, { kind: 'tool.call', limit: 1000 })).toHaveLength(60);
  });

  it('that cannot be written to says so, names the folder, and nothing is lost', async () => {
    const { root, folder, now } = aLogOfDays();
    const before = listHotSegments(folder);
    mkdirSync(join(folder, 'cold'));
    chmodSync(join(folder, 'cold'), 0o500);
    const opened = reopened(root, folder, now);
    const refusing: ArchiveOps = {
      ...nodeArchiveOps,
      open: (path) => {
        throw Object.assign(new Error(`EROFS: read-only file system, open '${path}'`), {
          code: 'EROFS',
        });
      },
    };
    const context = { log: opened.log, keyring: opened.keyring, nowMicros: now };
    expect(() => finish(retainSteps(context, {}, refusing))).toThrow(
      `archive folder "${join(folder, 'cold')}" cannot be written to`,
    );
    closeAll(opened);
    expect(listHotSegments(folder).slice(0, before.length)).toEqual(before);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    chmodSync(join(folder, 'cold'), 0o700);
    await retain({ root, now });
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    expect(readdirSync(join(folder, 'cold')).length).toBeGreaterThanOrEqual(2);
  });

  /** Calls of one run, numbered; from the chosen one on each fails, as after a kill. */
  function dyingAt(at: number): { ops: ArchiveOps; calls: () => number } {
    let calls = 0;
    const ops = new Proxy(nodeArchiveOps, {
      get: (target, name: keyof ArchiveOps) => {
        if (name === 'close') return target.close;
        return (...args: never[]): unknown => {
          calls += 1;
          if (calls >= at) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
          return Reflect.apply(target[name], target, args);
        };
      },
    });
    return { ops, calls: () => calls };
  }

  it('interrupted at any call goes on: every line is there before and after, once', async () => {
    const { root, folder } = aLogOfDays({ entries: 4 });
    // One segment is due.
    const now = (): number => START + 31.5 * DAY;
    const copy = aRoot();
    cpSync(root, copy, { recursive: true });
    const name = folder.slice(root.length + 1);
    const total = (() => {
      const opened = reopened(copy, join(copy, name), now);
      const { ops, calls } = dyingAt(Number.POSITIVE_INFINITY);
      finish(retainSteps({ log: opened.log, keyring: opened.keyring, nowMicros: now }, {}, ops));
      closeAll(opened);
      return calls();
    })();
    expect(total).toBeGreaterThan(7);
    const rows = query(root, { kind: 'tool.call', limit: 1000 });
    for (let at = 1; at <= total; at += 1) {
      const tried = aRoot();
      cpSync(root, tried, { recursive: true });
      const own = join(tried, name);
      const opened = reopened(tried, own, now);
      const { ops } = dyingAt(at);
      const context = { log: opened.log, keyring: opened.keyring, nowMicros: now };
      expect(() => finish(retainSteps(context, {}, ops)), `call ${at}`).toThrow();
      closeAll(opened);
      for (const again of [false, true]) {
        if (again) await retain({ root: tried, now });
        expect(verifyLog(own, { deep: true }).problems, `call ${at}`).toEqual([]);
        const found = query(tried, { kind: 'tool.call', limit: 1000 });
        expect(found.map(({ leaf }) => leaf)).toEqual(rows.map(({ leaf }) => leaf));
      }
      expect(readdirSync(join(own, 'archive'))).toEqual(['000000000000.jsonl.zst']);
      expect(existsSync(join(own, 'segments', '000000000000.jsonl'))).toBe(false);
    }
  });

  it('is made by a running writer on request, and by itself, which goes on', async () => {
    const { root, folder, now } = aLogOfDays();
    const logbook = openLogbook({ root, service: 'shop', now });
    const [end] = await retain({ root, now });
    expect(end).toMatchObject({ done: { outcome: 'retained' } });
    expect(listHotSegments(folder)).toHaveLength(1);
    logbook.record({ kind: 'tool.call', target: 'late' });
    logbook.close();
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    expect(query(root, { tool: 'late' })).toHaveLength(1);
  });

  it('is made a minute after the writer began, without being asked, and troubles are told', async () => {
    const { root, folder, now } = aLogOfDays();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const problems: string[] = [];
    const observer: LogbookObserver = { problem: ({ message }) => void problems.push(message) };
    // Something stands where the archive should be.
    mkdirSync(join(folder, 'archive', '000000000000.jsonl.zst.part'), { recursive: true });
    const logbook = openLogbook({ root, service: 'shop', now, observer });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(problems).toEqual([]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('archive');
    logbook.close();
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });
});

describe('the erasure of a person whose entries are archived', () => {
  it('blanks their seals there, and no other line changes', async () => {
    const { root, folder, now } = aLogOfDays({ entries: 300 });
    await retain({ root, now });
    const before = linesOf(folder).split('\n');
    const [end] = await erase({ root, user: VICTIM, now });
    expect(end).toMatchObject({ done: { outcome: 'completed', seals: 450 } });
    const after = linesOf(folder).split('\n');
    const changed = before.filter((line, n) => line !== '' && line !== after[n]);
    expect(changed).toHaveLength(450);
    expect(changed.every((line) => line.startsWith('{"seal":"'))).toBe(true);
    const report = verifyLog(folder, { deep: true, index: true });
    expect(report.problems).toEqual([]);
    expect(report.counts.erased).toBe(450);
    expect(query(root, { user: 'https://issuer.example|other', limit: 1000 })).toHaveLength(450);
  });

  it('that is cut off before the new archive is in its place is finished by the next opening', async () => {
    const { root, folder, now } = aLogOfDays({ entries: 40 });
    await retain({ root, now });
    const keyring = Keyring.open({
      folder,
      origin: verifyLog(folder).origin ?? '',
      keys: openKeysForReading(root, {}),
      readOnly: true,
    });
    const steps = blankSeals(folder, keyring.findActor(VICTIM) ?? '');
    keyring.close();
    while (!existsSync(join(folder, 'erasure.journal'))) steps.next();
    const copy = aRoot();
    cpSync(root, copy, { recursive: true });
    steps.return(undefined as never);
    const own = join(copy, folder.slice(root.length + 1));
    expect(verifyLog(own).counts.erased).toBe(0);
    closeAll(reopened(copy, own, now));
    expect(verifyLog(own)).toMatchObject({ problems: [], counts: { erased: 20 } });
    expect(existsSync(join(own, 'erasure.journal'))).toBe(false);
  });
});
