/**
 * Removal of old segments from the left (audit.md 6): what stays is verified, read and proven as before, nothing goes too
 * early, a changed record is found, an interrupted run goes on.
 */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAnchors } from '../src/anchors.ts';
import { setHold } from '../src/erase.ts';
import { proveConsistency } from '../src/log-leaves.ts';
import { openLogbook } from '../src/logbook.ts';
import { consistencyRanges, inclusionRanges, RangeRoots } from '../src/proof.ts';
import { checkProof, prove } from '../src/prove.ts';
import { query } from '../src/query.ts';
import { openReader } from '../src/reader.ts';
import { planRetention, retain } from '../src/retain.ts';
import { rotateKeys } from '../src/keys-rotate.ts';
import { listSegments } from '../src/segment.ts';
import { LOG_START } from '../src/entries.ts';
import { BATCH_LIMITS, readBatch } from '../src/ship/batch.ts';
import { readCursor, writeCursor } from '../src/ship/cursor.ts';
import { publishedEnd } from '../src/ship/end.ts';
import { Frontier } from '../src/tree.ts';
import { verifyLog } from '../src/verify.ts';
import { LogWatch } from '../src/watch.ts';
import { all, runRotation } from './rotating-log.ts';
import { aRoot, removeRoots } from './small-log.ts';

const ADA = 'https://issuer.example|ada';
const DAYS = 30;

afterAll(removeRoots);

/** File operations of a removal, of about 60. */
const KILLS = all ? Array.from({ length: 70 }, (_, n) => n + 1) : [12, 20, 26, 32];

const at = (month: number, day: number) => (): number => Date.UTC(2026, month - 1, day) * 1000;

/** A closed log of eight days, one in each month from January on: a segment each. */
async function aLogOfDays({ months = 8, days }: { months?: number; days?: number } = {}) {
  const root = aRoot();
  const ids: string[] = [];
  let folder = '';
  for (let month = 1; month <= months; month += 1) {
    const logbook = openLogbook({ root, service: 'shop', now: at(month, 10) });
    folder = logbook.folder;
    for (let n = 0; n < 3; n += 1)
      ids.push(
        logbook.record({ kind: 'tool.call', target: `m${month}`, person: ADA, payload: { n } }) ??
          '',
      );
    // The digest of the segment before is entered between two events.
    await digestsEntered();
    logbook.close();
  }
  if (days !== undefined) await retain({ root, days, now: at(months, 20) });
  return { root, folder, ids };
}

/** Bytes of the segments on the disk, hot and archived. */
function storedBytesOf(folder: string): number {
  return ['segments', 'archive']
    .map((place) => join(folder, place))
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => statSync(join(place, name)).size))
    .reduce((sum, size) => sum + size, 0);
}

const targets = (root: string): string[] => [
  ...new Set(query(root, { kind: 'tool.call', limit: 1000 }).map(({ leaf }) => leaf.target ?? '')),
];

describe('entries whose time is over', () => {
  it('go with their segments, and what stays is verified, read, proven and continued', async () => {
    const { root, folder, ids } = await aLogOfDays();
    const old = prove(folder, ids[0] ?? '') ?? '';
    const before = verifyLog(folder);
    const watch = new LogWatch(folder, before.vkey ?? '');
    const reader = openReader(root);
    expect(reader.query({ tool: 'm1' })).toHaveLength(3);
    const due = { root, days: DAYS, now: at(8, 20) };
    const names = listSegments(folder);
    expect(planRetention(due)).toMatchObject([{ prune: names.slice(0, 6), holds: 0 }]);
    expect(listSegments(folder)).toEqual(names);

    const [end] = await retain(due);
    expect(end).toMatchObject({ done: { pruned: { segments: 6 }, holds: 0 } });
    expect(listSegments(folder)).toEqual([...names.slice(6), ...listSegments(folder).slice(2)]);
    expect(filesOf(folder)[0]).toBe(names[6]);

    const report = verifyLog(folder, { deep: true, index: true });
    expect(report.problems).toEqual([]);
    expect(report.size).toBeGreaterThan(before.size);
    expect(report.notes.join('\n')).toMatch(/retention removed the first \d+ entries/);
    expect(report.notes.join('\n')).toContain('Without an anchor or proof from before');
    expect(targets(root)).toEqual(['m8', 'm7']);
    expect(reader.query({ tool: 'm1' })).toEqual([]);
    expect(reader.query({ tool: 'm7' })).toHaveLength(3);
    reader.close();
    expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);

    // A watch that had not come to it yet.
    expect(watch.step()).toEqual({ size: report.size, complete: true });

    // Of what stays new proofs can be made; of what went old ones stay good.
    expect(checkProof(old, report.vkey ?? '').ok).toBe(true);
    expect(checkProof(prove(folder, ids.at(-1) ?? '') ?? '', report.vkey ?? '').ok).toBe(true);
    expect(prove(folder, ids[0] ?? '')).toBeUndefined();
    expect(() => proveConsistency(folder, 2, report.size)).toThrow('has no entries before');
    expect(proveConsistency(folder, before.size, report.size).length).toBeGreaterThan(0);
    const entry = query(root, { kind: 'retention.expired' }).find(
      (row) => row.leaf.action === 'prune',
    );
    expect(entry?.leaf.target).toMatch(new RegExp(`^${names[6]} sha256:`));

    // The log goes on, with its frontier and without.
    for (const lost of [[], ['frontier'], ['frontier', 'index.db']]) {
      for (const name of lost) rmSync(join(folder, name), { force: true });
      const logbook = openLogbook({ root, service: 'shop', now: at(8, 21) });
      logbook.record({ kind: 'tool.call', target: 'late', person: ADA });
      logbook.close();
      expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);
    }
    expect(query(root, { tool: 'late' }).every(({ sealed }) => sealed === 'opened')).toBe(true);
    expect(new LogWatch(folder, report.vkey ?? '').step()).toMatchObject({ complete: true });
  });

  it('go again and again, over a rotation of the signing key, and in archives', async () => {
    const { root, folder } = await aLogOfDays({ months: 4 });
    const first = verifyLog(folder).vkey ?? '';
    await rotateKeys({ root, signing: true, now: at(4, 11) });
    const second = verifyLog(folder).vkey ?? '';
    expect(second).not.toBe(first);
    for (let month = 5; month <= 9; month += 1) {
      const logbook = openLogbook({ root, service: 'shop', now: at(month, 10) });
      logbook.record({ kind: 'tool.call', target: `m${month}`, person: ADA });
      await digestsEntered();
      logbook.close();
      const [end] = await retain({ root, days: DAYS, now: at(month, 12) });
      expect(end).toHaveProperty('done.pruned');
      expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);
    }
    expect(targets(root)).toEqual(['m9', 'm8']);
    expect(verifyLog(folder, { vkey: second }).problems).toEqual([]);
    // Nothing is left by which the first key vouches for the second.
    const report = verifyLog(folder, { vkey: first });
    expect(report.ok).toBe(false);
    expect(report.notes.join('\n')).toContain('give a later key');
  });

  it('stay while anybody is on hold', async () => {
    const { root, folder } = await aLogOfDays();
    const due = { root, days: DAYS, now: at(8, 20) };
    await setHold({ ...due, user: ADA, authority: 'court 12/26' });
    expect(planRetention(due)).toMatchObject([{ holds: 1 }]);
    expect(await retain(due)).toMatchObject([{ done: { pruned: { segments: 0 }, holds: 1 } }]);
    expect(existsSync(join(folder, 'pruned'))).toBe(false);
    await setHold({ ...due, user: ADA, authority: 'court 13/26', lift: true });
    expect(await retain(due)).toMatchObject([{ done: { pruned: { segments: 6 }, holds: 0 } }]);
  });

  it('anchors from before cannot be compared, which is said; those from behind vouch for all', async () => {
    const { root, folder } = await aLogOfDays();
    const kept = join(aRoot(), 'kept.jsonl');
    const notes = readFileSync(join(folder, 'checkpoints.jsonl'), 'utf8').trimEnd().split('\n');
    writeFileSync(kept, `${notes[0]}\n`);
    const { origin = '' } = verifyLog(folder);
    await retain({ root, days: DAYS, now: at(8, 20) });
    const old = verifyLog(folder, { anchors: await readAnchors(kept, origin) });
    expect(old.problems).toEqual([]);
    expect(old.notes.join('\n')).toContain('1 anchors are older than that');
    expect(old.anchor).toBeUndefined();
    writeFileSync(kept, `${notes[0]}\n${notes.at(-1)}\n`);
    const both = verifyLog(folder, { anchors: await readAnchors(kept, origin) });
    expect(both.problems).toEqual([]);
    expect(both.anchor?.size).toBeGreaterThan(0);
  });
});

describe('entries that were shipped', () => {
  it('go when that was long enough ago, and never one that was not shipped', async () => {
    const { root, folder } = await aLogOfDays();
    const due = { root, shippedDays: 14, now: at(8, 20) };
    expect(await retain(due)).toMatchObject([{ done: { pruned: { segments: 0 } } }]);
    const { origin = '' } = verifyLog(folder);
    // Shipped up to somewhere in the fourth segment.
    const end = publishedEnd(folder);
    const fourth = listSegments(folder)[3] ?? '';
    let cursor = LOG_START;
    while (cursor.segment < fourth)
      cursor = readBatch(folder, cursor, end, { ...BATCH_LIMITS, items: 1 }).next;
    writeCursor(folder, origin, cursor);
    const later = { ...due, now: at(9, 3) };
    // Seen to be shipped on August 20: not 14 days ago on September 2.
    for (const now of [at(8, 20), at(9, 2)])
      expect(await retain({ ...due, now })).toMatchObject([{ done: { pruned: { segments: 0 } } }]);
    expect(await retain(later)).toMatchObject([{ done: { pruned: { segments: 3 } } }]);
    expect(listSegments(folder)[0]).toBe(fourth);
    // Old as it is, the rest was not shipped.
    expect(await retain({ ...later, days: DAYS })).toMatchObject([
      { done: { pruned: { segments: 0 } } },
    ]);
    // Shipping goes on where it was.
    expect(readCursor(folder, origin)).toEqual(cursor);
    const rest = readBatch(folder, LOG_START, publishedEnd(folder), BATCH_LIMITS);
    expect(rest.next.index).toBe(publishedEnd(folder).size);
    writeCursor(folder, origin, rest.next);
    await retain(later);
    const last = { ...due, now: at(10, 1) };
    expect(planRetention(last)).toMatchObject([{ prune: { length: 4 } }]);
    expect(await retain(last)).toMatchObject([{ done: { pruned: { segments: 4 } } }]);
    // The digest of August's is not entered yet: a server that runs on does that.
    expect(targets(root)).toEqual(['m8']);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });

  it('go in a running server by its own setting', async () => {
    const { root, folder } = await aLogOfDays({ months: 3 });
    const { origin = '' } = verifyLog(folder);
    const clock = { now: at(4, 20) };
    const now = (): number => clock.now();
    let told = 0;
    const observer = { state: (_: number, bytes: number) => void (told = bytes) };
    const logbook = openLogbook({ root, service: 'shop', now, shippedDays: 14, observer });
    await digestsEntered();
    const { next } = readBatch(folder, LOG_START, publishedEnd(folder), BATCH_LIMITS);
    writeCursor(folder, origin, next);
    logbook.record({ kind: 'tool.call', target: 'more', person: ADA });
    expect(await retain({ root })).toMatchObject([{ done: { pruned: { segments: 0 } } }]);
    clock.now = at(5, 20);
    expect(await retain({ root })).toMatchObject([{ done: { pruned: { segments: 3 } } }]);
    logbook.record({ kind: 'tool.call', target: 'more', person: ADA });
    logbook.close();
    // What archiving and removal freed is not counted any more.
    expect(told).toBe(storedBytesOf(folder));
    expect(targets(root)).toEqual(['more']);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });
});

describe('the record', () => {
  it('is found to be changed, whatever byte of it is (every 11th here), or gone', async () => {
    const { folder } = await aLogOfDays({ months: 4, days: DAYS });
    const path = join(folder, 'pruned');
    const bytes = readFileSync(path);
    expect(verifyLog(folder).ok).toBe(true);
    for (let n = 0; n < bytes.length; n += all ? 1 : 11) {
      const changed = Buffer.from(bytes);
      changed[n] = (changed[n] ?? 0) ^ 1;
      writeFileSync(path, changed);
      expect(verifyLog(folder).ok, `byte ${n}`).toBe(false);
    }
    writeFileSync(path, bytes.subarray(0, -1));
    expect(verifyLog(folder).ok).toBe(false);
    rmSync(path);
    expect(verifyLog(folder).problems[0]?.code).toBe('order');
    writeFileSync(path, bytes);
    expect(verifyLog(folder).problems).toEqual([]);
  });

  it('cannot be made by somebody who wants entries gone, nor put back from before', async () => {
    const { root, folder } = await aLogOfDays();
    const copy = join(aRoot(), 'shop');
    cpSync(folder, copy, { recursive: true });
    await retain({ root, days: 90, now: at(8, 20) });
    const older = readFileSync(join(folder, 'pruned'));
    // A true record, and the segments removed by hand: no entry of that log names it.
    writeFileSync(join(copy, 'pruned'), older);
    for (const place of ['segments', 'archive'])
      if (existsSync(join(copy, place)))
        for (const name of readdirSync(join(copy, place)))
          if (name < (listSegments(folder)[0] ?? '')) rmSync(join(copy, place, name));
    expect(verifyLog(copy).problems.map(({ code }) => code)).toContain('pruned');
    await retain({ root, days: DAYS, now: at(8, 21) });
    expect(verifyLog(folder).problems).toEqual([]);
    writeFileSync(join(folder, 'pruned'), older);
    expect(verifyLog(folder).ok).toBe(false);
  });

  it('of a log whose old part was changed is not made', async () => {
    const { root, folder } = await aLogOfDays();
    const [first = ''] = listSegments(folder);
    const path = join(folder, 'segments', first);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"m1"', '"m9"'));
    const [end] = await retain({ root, days: DAYS, now: at(8, 20) });
    expect(end).toMatchObject({ failed: { code: 'ERR_LOGBOOK_INTEGRITY' } });
    expect(listSegments(folder)[0]).toBe(first);
  });
});

describe('an interrupted removal', () => {
  it.each(KILLS)(
    'killed at file operation %i: all or nothing is seen, and the next run ends it',
    async (n) => {
      const { root, folder } = await aLogOfDays({ months: 4 });
      const nowMs = at(4, 20)() / 1000;
      const status = runRotation(root, n, 'SIGKILL', `retain:${DAYS}:${nowMs}`);
      const seen = targets(root);
      expect([
        ['m4', 'm3'],
        ['m4', 'm3', 'm2', 'm1'],
      ]).toContainEqual(seen);
      if (status === 0) expect(seen).toHaveLength(2);
      expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);
      expect(await retain({ root, days: DAYS, now: at(4, 20) })).toHaveProperty('0.done');
      expect(targets(root)).toEqual(['m4', 'm3']);
      expect(filesOf(folder)[0]).toBe(listSegments(folder)[0]);
      expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);
    },
  );

  it('leaves files that nobody sees any more, which the next run removes', async () => {
    const { root, folder } = await aLogOfDays({ months: 4 });
    const copy = join(aRoot(), 'old');
    cpSync(join(folder, 'segments'), copy, { recursive: true });
    const due = { root, days: DAYS, now: at(4, 20) };
    await retain(due);
    const [first = ''] = listSegments(folder);
    const gone = readdirSync(copy).filter((name) => name < first);
    expect(gone.length).toBeGreaterThan(1);
    for (const name of gone.slice(1)) cpSync(join(copy, name), join(folder, 'segments', name));
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    expect(targets(root)).toEqual(['m4', 'm3']);
    const [end] = await retain(due);
    expect(end).toMatchObject({ done: { pruned: { segments: gone.length - 1 } } });
    expect(filesOf(folder)[0]).toBe(first);
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });
});

it('roots over ranges are the same from an edge as from all leaves, for every cut', () => {
  const size = 40;
  const hashes = Array.from({ length: size }, (_, n) => Buffer.alloc(32, n + 1));
  for (let cut = 1; cut < size; cut += 1) {
    const edge = Frontier.empty();
    for (const hash of hashes.slice(0, cut)) edge.append(hash);
    for (let n = cut; n < size; n += 1) {
      for (const ranges of [inclusionRanges(n, size), consistencyRanges(n, size)]) {
        const whole = new RangeRoots(ranges);
        for (const hash of hashes) whole.add(hash);
        const behind = new RangeRoots(ranges, edge);
        for (const hash of hashes.slice(cut)) behind.add(hash);
        expect(behind.roots()).toEqual(whole.roots());
      }
    }
    // Within what went there is nothing to tell but the edge itself.
    if (cut > 2) {
      const within = new RangeRoots(inclusionRanges(0, size), edge);
      for (const hash of hashes.slice(cut)) within.add(hash);
      expect(within.roots()).toBeUndefined();
    }
  }
});

/** The digest of a closed segment is entered in a few turns of the event loop. */
async function digestsEntered(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

/** Segments that have a file, whether anybody sees them or not. */
function filesOf(folder: string): string[] {
  const files = ['segments', 'archive'].flatMap((place) =>
    existsSync(join(folder, place)) ? readdirSync(join(folder, place)) : [],
  );
  return files.map((name) => name.replace('.zst', '')).toSorted((a, b) => (a < b ? -1 : 1));
}
