/** Continuous verification: what is written is followed, and whatever is changed before or after is found. */
import { appendFileSync, cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openLogbook } from '../src/logbook.ts';
import { retain } from '../src/retain.ts';
import { blankSeal } from '../src/seal.ts';
import { listSegments } from '../src/segment.ts';
import { LogWatch, type WatchStep } from '../src/watch.ts';
import { aLog, aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

const DAY_MICROS = 86_400_000_000;
const vkeyOf = (folder: string): string =>
  JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8')).vkey;

/** Looks until there is nothing more, or something is wrong. */
function look(watch: LogWatch): WatchStep {
  for (;;) {
    const step = watch.step();
    if (step.complete || step.problem !== undefined) return step;
  }
}

test('a log that is being written is followed over commits and segments; the unsigned tail waits', () => {
  const root = aRoot();
  let today = 0;
  const logbook = openLogbook({
    root,
    service: 'small',
    now: () => Date.now() * 1000 + today * DAY_MICROS,
  });
  const watch = new LogWatch(logbook.folder, logbook.vkey);
  let last = 0;
  for (let n = 0; n < 12; n += 1) {
    today = Math.floor(n / 4);
    logbook.record({ kind: 'tool.call', target: 'x', person: `|u${n % 2}`, payload: { n } });
    if (n % 3 !== 0) logbook.commit();
    const step = look(watch);
    expect(step.problem).toBeUndefined();
    expect(step.size).toBeGreaterThanOrEqual(last);
    if (n % 3 !== 0) expect(step.size).toBeGreaterThan(last);
    last = step.size;
  }
  logbook.close();
  expect(listSegments(logbook.folder).length).toBeGreaterThan(1);
  const whole = look(new LogWatch(logbook.folder, logbook.vkey));
  expect(look(watch)).toEqual(whole);
  expect(whole.size).toBeGreaterThan(12);
});

test('a log of more than a slice is looked at in slices', () => {
  const root = aRoot();
  const logbook = openLogbook({ root, service: 'small' });
  for (let n = 0; n < 120; n += 1) {
    logbook.record({ kind: 'tool.call', target: 'x', payload: { text: 'x'.repeat(150_000) } });
    if (n % 10 === 9) logbook.commit();
  }
  logbook.close();
  const watch = new LogWatch(logbook.folder, logbook.vkey);
  const first = watch.step();
  expect([first.complete, first.problem]).toEqual([false, undefined]);
  expect(first.size).toBeGreaterThan(0);
  expect(look(watch)).toMatchObject({ complete: true });
});

describe('a change', () => {
  const log = aLog({ entries: 12, commitEvery: 3 });
  const vkey = vkeyOf(log.folder);

  function aCopy(): { folder: string; segment: string } {
    const folder = join(aRoot(), 'small');
    cpSync(log.folder, folder, { recursive: true });
    return { folder, segment: join(folder, 'segments', '000000000000.jsonl') };
  }

  test('of a byte anywhere is found by the first looks', () => {
    const { folder, segment } = aCopy();
    const missed: number[] = [];
    for (let at = 0; at < log.bytes.length; at += 17) {
      const bytes = Buffer.from(log.bytes);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(segment, bytes);
      if (look(new LogWatch(folder, vkey)).problem === undefined) missed.push(at);
    }
    // What the last newline parts from its line waits for the rest of it, as a line being written does.
    expect(missed.filter((at) => at < log.bytes.length - 1)).toEqual([]);
  });

  test('that cuts the log, or writes the last commit anew, is found by the next look', () => {
    const { folder, segment } = aCopy();
    const watch = new LogWatch(folder, vkey);
    expect(look(watch).problem).toBeUndefined();
    truncateSync(segment, log.bytes.length - 900);
    expect(look(watch).problem).toMatchObject({
      check: 'shrunk',
      file: 'segments/000000000000.jsonl',
    });
    writeFileSync(segment, log.bytes);
    expect(look(watch).problem).toBeUndefined();
    const bytes = Buffer.from(log.bytes);
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
    writeFileSync(segment, bytes);
    expect(look(watch).problem).toMatchObject({ check: 'shrunk' });
  });

  test('names the kind of check, the line, and stays until it is put right', () => {
    const { folder, segment } = aCopy();
    const leaf = log.lines.findIndex((line) => line.includes('"tool-2"'));
    const changed = log.lines.with(leaf, (log.lines[leaf] ?? '').replace('tool-2', 'tool-9'));
    writeFileSync(segment, `${changed.join('\n')}\n`);
    const watch = new LogWatch(folder, vkey);
    expect(look(watch).problem).toMatchObject({ check: 'root' });
    expect(look(watch).problem).toMatchObject({ check: 'root' });
    writeFileSync(segment, log.bytes);
    expect(look(watch).problem).toBeUndefined();
    const foreign = log.lines.find((line) => line.startsWith('{"seal":')) ?? '';
    const seal = log.lines.with(leaf + 1, foreign);
    writeFileSync(segment, `${seal.join('\n')}\n`);
    expect(look(new LogWatch(folder, vkey)).problem).toMatchObject({ check: 'seals' });
    const other = vkeyOf(aLog({ entries: 1, commitEvery: 1 }).folder);
    expect(look(new LogWatch(folder, other)).problem).toMatchObject({ check: 'signature' });
  });

  test('by an erasure is none: a blanked seal counts as it was (I6)', () => {
    const { folder, segment } = aCopy();
    const lines = log.lines.map((line) => (line.startsWith('{"seal":"') ? blankSeal(line) : line));
    writeFileSync(segment, `${lines.join('\n')}\n`);
    expect(look(new LogWatch(folder, vkey))).toMatchObject({ complete: true });
  });
});

test('an archive that is damaged, and a line without an end, are problems, not errors', async () => {
  const root = aRoot();
  const day = (n: number) => (): number => Date.UTC(2026, 0, 1 + n) * 1000;
  let folder = '';
  for (const n of [0, 1, 2]) {
    const logbook = openLogbook({ root, service: 'small', now: day(n) });
    logbook.record({ kind: 'tool.call', target: 'x', payload: { n } });
    ({ folder } = logbook);
    logbook.close();
  }
  await retain({ root, now: day(60) });
  const archive = join(folder, 'archive', '000000000000.jsonl.zst');
  const bytes = readFileSync(archive);
  const follower = new LogWatch(folder, vkeyOf(folder));
  expect(look(follower).problem).toBeUndefined();
  for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(archive, changed);
    expect(look(new LogWatch(folder, vkeyOf(folder))).problem, `byte ${at}`).toBeDefined();
  }
  writeFileSync(archive, bytes);
  const last = join(folder, 'segments', listSegments(folder).at(-1) ?? '');
  appendFileSync(last, 'x'.repeat(1_200_000));
  expect(look(follower).problem).toMatchObject({ check: 'line', file: expect.any(String) });
});
