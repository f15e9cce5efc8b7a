/**
 * Rotation of keys (audit.md 2 and 7): a log goes on under its name, old and new key vouch for each other, everything that
 * reads logs follows, a stolen old key signs nothing that counts, and a crash at any step is put right by the next opening.
 */
import { createPrivateKey } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { anchorLog } from '../src/anchor-log.ts';
import { readAnchors } from '../src/anchors.ts';
import { backupKeys, restoreKeys } from '../src/keys-backup.ts';
import { rotateKeys, type RotateOptions, type Rotation } from '../src/keys-rotate.ts';
import { showKeys } from '../src/keys-report.ts';
import { openLogbook, type Logbook } from '../src/logbook.ts';
import { generateSigner, parseNote, Signer, signNote } from '../src/note.ts';
import { checkProof, prove } from '../src/prove.ts';
import { query } from '../src/query.ts';
import { putRequest } from '../src/requests.ts';
import { verifyLog } from '../src/verify.ts';
import { LogWatch } from '../src/watch.ts';
import { aRoot, removeRoots } from './small-log.ts';
import { all, call, enter, runRotation, service } from './rotating-log.ts';

afterAll(removeRoots);

async function rotate(
  options: RotateOptions,
): Promise<Extract<Rotation, { readonly what: 'signing' }>> {
  const [end] = await rotateKeys({ ...options, what: 'signing' });
  if (end === undefined || !('done' in end) || end.done.what !== 'signing')
    throw new Error(`not done: ${JSON.stringify(end)}`);
  return end.done;
}

/** A log that rotated its key once, and twice. */
async function aRotatedLog(): Promise<{
  root: string;
  folder: string;
  keys: string[];
  entries: string[];
}> {
  const root = aRoot();
  const first = enter(root, 20);
  first.close();
  const one = await rotate({ root, reason: 'yearly' });
  enter(root, 20).close();
  const two = await rotate({ root });
  enter(root, 20).close();
  expect([one.was, two.was]).toEqual([first.vkey, one.vkey]);
  return {
    root,
    folder: first.folder,
    keys: [first.vkey, one.vkey, two.vkey],
    entries: [one.entry, two.entry],
  };
}

function segmentOf(folder: string): string {
  return join(folder, 'segments', '000000000000.jsonl');
}

function notesOf(folder: string): string[] {
  return readFileSync(segmentOf(folder), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"commit":'))
    .map((line) => String(JSON.parse(line).commit));
}

/** The log under one of its segments' other texts. */
function withText(folder: string, text: string): string {
  const copy = join(aRoot(), 'copy');
  cpSync(folder, copy, { recursive: true });
  writeFileSync(segmentOf(copy), text);
  for (const derived of ['checkpoint', 'checkpoints.jsonl', 'frontier'])
    rmSync(join(copy, derived), { force: true });
  return copy;
}

describe('a log that rotated its signing key', () => {
  it('verifies with any of its keys, and with none of another log', async () => {
    const { root, folder, keys } = await aRotatedLog();
    for (const vkey of [undefined, ...keys]) {
      const report = verifyLog(folder, { vkey, deep: true, index: true });
      expect(report.problems).toEqual([]);
      expect(report).toMatchObject({
        ok: true,
        keys,
        vkey: vkey ?? keys[2],
        size: report.counts.leaves,
      });
    }
    const [origin = ''] = (keys[0] ?? '').split('+');
    for (const stranger of [generateSigner(origin), generateSigner('shop/0a1b2c3d')]) {
      const { ok, problems } = verifyLog(folder, { vkey: stranger.vkey });
      expect(ok).toBe(false);
      expect(problems[0]?.code).toBe('identity');
    }
    expect(
      query(root, { kind: 'key.rotated' }).map(({ leaf, payload }) => [leaf.target, payload]),
    ).toEqual([
      [`signing ${keys[2]}`, { was: keys[1], vkey: keys[2] }],
      [`signing ${keys[1]}`, { was: keys[0], vkey: keys[1], reason: 'yearly' }],
    ]);
  });

  it('has two signatures on the commit over each key.rotated, one on every other', async () => {
    const { folder, keys } = await aRotatedLog();
    const signed = notesOf(folder).map((note) =>
      parseNote(note).signatures.map(({ keyId }) => keyId),
    );
    const ids = keys.map((vkey) => vkey.split('+')[1]);
    const inOrder = signed.map((each) => each.map((id) => ids.indexOf(id)).join('+'));
    expect(inOrder.filter((each, n) => each !== inOrder[n - 1])).toEqual([
      '0',
      '0+1',
      '1',
      '1+2',
      '2',
    ]);
    expect(inOrder.filter((each) => each.includes('+'))).toHaveLength(2);
  });

  it('keeps its name, log.json names the keys, and the old key is nowhere in the folder', async () => {
    const root = aRoot();
    const { folder, origin, vkey, close } = asParts(enter(root, 5));
    const old = readFileSync(join(folder, 'signing.key'));
    close();
    const { vkey: now } = await rotate({ root });
    expect(JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8'))).toMatchObject({
      origin,
      vkey,
      rotated: [now],
    });
    expect(existsSync(join(folder, 'signing.key.next'))).toBe(false);
    expect(statSync(join(folder, 'signing.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'signing.key'))).not.toEqual(old);
    expect(showKeys({ root }).logs).toEqual([
      expect.objectContaining({ keys: [vkey, now], problems: [] }),
    ]);
  });

  it('is watched across the rotation, from its start and from a frontier', async () => {
    const { folder, keys } = await aRotatedLog();
    for (const vkey of keys) {
      const watch = new LogWatch(folder, vkey);
      expect(watch.step()).toEqual({ size: verifyLog(folder).size, complete: true });
    }
    const stranger = generateSigner((keys[0] ?? '').split('+')[0] ?? '');
    expect(new LogWatch(folder, stranger.vkey).step().problem?.check).toBe('signature');
  });

  it('is watched while it rotates', async () => {
    const root = aRoot();
    const logbook = enter(root, 10);
    const watch = new LogWatch(logbook.folder, logbook.vkey);
    logbook.commit();
    expect(watch.step()).toMatchObject({ complete: true, size: logbook.size });
    await rotate({ root });
    call(logbook, 1);
    logbook.close();
    expect(watch.step()).toEqual({ complete: true, size: logbook.size });
  });

  it('has its proofs checked with the key that signed them, old ones too', async () => {
    const root = aRoot();
    enter(root, 5).close();
    const [row] = query(root, { kind: 'tool.call', limit: 1 });
    const folder = join(root, service);
    const id = row?.leaf.id ?? '';
    const before = prove(folder, id) ?? '';
    const { was, vkey } = await rotate({ root });
    enter(root, 5).close();
    const after = prove(folder, id) ?? '';
    expect(checkProof(before, was)).toMatchObject({ ok: true });
    expect(checkProof(after, vkey)).toMatchObject({ ok: true });
    expect(checkProof(after, was)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('no signature of an expected key'),
    });
  });

  it('agrees with anchors from before and after, and gives new ones', async () => {
    const root = aRoot();
    const { folder, origin, close } = asParts(enter(root, 5));
    close();
    const copy = join(root, 'kept.jsonl');
    await anchorLog(folder, { copy });
    const { was, vkey } = await rotate({ root });
    await anchorLog(folder, { copy });
    enter(root, 5).close();
    await anchorLog(folder, { copy });
    const anchors = await readAnchors(copy, origin);
    for (const key of [was, vkey, undefined]) {
      const report = verifyLog(folder, { anchors, vkey: key });
      expect(report.problems).toEqual([]);
      expect(report.counts.anchors).toBe(3);
      expect(report.anchor?.size).toBe(report.size);
    }
  });

  it('put back to before the rotation is found by who has the new key', async () => {
    const root = aRoot();
    const { folder, close } = asParts(enter(root, 5));
    close();
    const snapshot = join(aRoot(), 'snapshot');
    cpSync(folder, snapshot, { recursive: true });
    const { vkey } = await rotate({ root });
    expect(verifyLog(snapshot).ok).toBe(true);
    expect(verifyLog(snapshot, { vkey }).problems).toEqual([
      expect.objectContaining({ code: 'identity' }),
    ]);
  });

  it('is refused to a writer whose log.json or signing.key is from before', async () => {
    const { root, folder } = await aRotatedLog();
    const second = aRoot();
    cpSync(root, second, { recursive: true });
    const own = join(second, service);
    const identity = JSON.parse(readFileSync(join(own, 'log.json'), 'utf8'));
    writeFileSync(
      join(own, 'log.json'),
      JSON.stringify({ ...identity, rotated: identity.rotated.slice(0, 1) }),
    );
    expect(() => openLogbook({ root: second, service })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    );
    writeFileSync(join(own, 'log.json'), JSON.stringify({ ...identity, rotated: undefined }));
    expect(() => openLogbook({ root: second, service })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    );
    expect(verifyLog(folder).ok).toBe(true);
  });

  it('has its keys restored from a backup made after, not from one made before', async () => {
    const root = aRoot();
    const { folder, close } = asParts(enter(root, 5));
    close();
    const before = join(aRoot(), 'before');
    const after = join(aRoot(), 'after');
    backupKeys({ root, file: before });
    await rotate({ root });
    backupKeys({ root, file: after });
    rmSync(join(folder, 'signing.key'));
    expect(() => restoreKeys({ root, file: before })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    );
    expect(restoreKeys({ root, file: after })).toEqual([
      expect.objectContaining({ restored: ['signing.key'] }),
    ]);
    enter(root, 3).close();
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });
});

function asParts(logbook: Logbook): {
  folder: string;
  origin: string;
  vkey: string;
  close: () => void;
} {
  const { folder, origin, vkey } = logbook;
  return { folder, origin, vkey, close: () => logbook.close() };
}

describe('a rotation asked of a running writer', () => {
  it('is done between its entries, which go on under the new key', async () => {
    const root = aRoot();
    const logbook = enter(root, 10);
    const was = logbook.vkey;
    const asked = rotate({ root });
    const timer = setInterval(() => call(logbook, 2), 20);
    const done = await asked;
    clearInterval(timer);
    expect(done.was).toBe(was);
    expect(logbook.vkey).toBe(done.vkey);
    call(logbook, 3);
    logbook.close();
    const report = verifyLog(logbook.folder, { vkey: was, deep: true });
    expect(report.problems).toEqual([]);
    expect(report.keys).toEqual([was, done.vkey]);
  });

  it.each(['best-effort', 'strict'] as const)('in %s mode too', async (mode) => {
    const root = aRoot();
    const logbook = openLogbook({ root, service, mode });
    call(logbook, 1);
    await rotate({ root });
    call(logbook, 2);
    logbook.close();
    expect(verifyLog(logbook.folder, { deep: true }).problems).toEqual([]);
  });
});

describe('who tampers with a rotated log is found', () => {
  it.each([
    ['the entry', (line: string) => line.includes('"key.rotated"')],
    [
      'the commit over it',
      (line: string) => line.startsWith('{"commit"') && line.split('\u2014').length === 3,
    ],
  ])('%s gone', async (_, isIt) => {
    const { folder } = await aRotatedLog();
    const lines = readFileSync(segmentOf(folder), 'utf8').split('\n');
    const at = lines.findIndex(isIt);
    expect(at).toBeGreaterThan(0);
    lines.splice(at, 1);
    expect(verifyLog(withText(folder, lines.join('\n'))).ok).toBe(false);
  });

  it('any bit of the entry, its seal and the commit over it flipped', async () => {
    const root = aRoot();
    const logbook = enter(root, 1);
    logbook.close();
    await rotate({ root });
    enter(root, 1).close();
    const text = readFileSync(segmentOf(logbook.folder));
    const lines = text.toString('latin1').split('\n');
    const at = lines.findIndex((line) => line.includes('"key.rotated"'));
    const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
    const end = lines.slice(at, at + 3).reduce((sum, line) => sum + line.length + 1, start);
    expect(lines[at + 2]).toMatch(/^\{"commit":/);
    const copy = withText(logbook.folder, '');
    let flipped = 0;
    for (let place = start; place < end; place += all ? 1 : 5) {
      const changed = Buffer.from(text);
      changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8));
      writeFileSync(segmentOf(copy), changed);
      expect(verifyLog(copy, { vkey: logbook.vkey }).ok, `byte ${place}`).toBe(false);
      flipped += 1;
    }
    expect(flipped).toBeGreaterThan(200);
    writeFileSync(segmentOf(copy), text);
    expect(verifyLog(copy).ok).toBe(true);
  });

  it('one signature of the two taken away', async () => {
    const { folder, keys } = await aRotatedLog();
    const text = readFileSync(segmentOf(folder), 'utf8');
    const note = notesOf(folder).find((each) => parseNote(each).signatures.length === 2) ?? '';
    const lines = note.trimEnd().split('\n');
    for (const gone of [lines.length - 1, lines.length - 2]) {
      const less = `${lines.toSpliced(gone, 1).join('\n')}\n`;
      const changed = text.replace(JSON.stringify(note), JSON.stringify(less));
      expect(changed).not.toBe(text);
      for (const vkey of [undefined, ...keys])
        expect(verifyLog(withText(folder, changed), { vkey }).ok).toBe(false);
    }
  });

  it('commits after the rotation signed by the stolen old key, or by a key that only its owner names', async () => {
    const root = aRoot();
    const { folder, close } = asParts(enter(root, 5));
    close();
    const stolen = readFileSync(join(folder, 'signing.key'), 'utf8');
    await rotate({ root });
    enter(root, 5).close();
    const { origin, vkey } = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8'));
    const thief = new Signer(origin, createPrivateKey(stolen));
    expect(thief.vkey).toBe(vkey);
    const text = readFileSync(segmentOf(folder), 'utf8');
    const last = notesOf(folder).at(-1) ?? '';
    for (const signers of [[thief], [thief, generateSigner(origin)], [generateSigner(origin)]]) {
      const forged = signNote(parseNote(last).text, signers);
      const copy = withText(folder, text.replace(JSON.stringify(last), JSON.stringify(forged)));
      const { ok, problems } = verifyLog(copy);
      expect([ok, problems[0]?.code]).toEqual([false, 'signature']);
      expect(new LogWatch(copy, vkey).step().problem?.check).toBe('signature');
      expect(() => openLogbookIn(copy, root)).toThrow(
        expect.objectContaining({ code: 'ERR_LOGBOOK_INTEGRITY' }),
      );
    }
  });

  it('log.json naming a key that the log was never passed to', async () => {
    const { folder, root, keys } = await aRotatedLog();
    const path = join(folder, 'log.json');
    const identity = JSON.parse(readFileSync(path, 'utf8'));
    const stranger = generateSigner(identity.origin).vkey;
    for (const rotated of [[...identity.rotated, stranger], [stranger], [identity.rotated[1]]]) {
      writeFileSync(path, JSON.stringify({ ...identity, rotated }));
      for (const vkey of [undefined, ...keys]) expect(verifyLog(folder, { vkey }).ok).toBe(false);
    }
    writeFileSync(path, JSON.stringify({ ...identity, rotated: 'none' }));
    expect(() => openLogbook({ root, service })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_FORMAT' }),
    );
  });
});

/** Opens a copy of a log with the keys of the root it came from. */
function openLogbookIn(copy: string, root: string): Logbook {
  const other = aRoot();
  cpSync(join(root, 'keys'), join(other, 'keys'), { recursive: true });
  cpSync(copy, join(other, service), { recursive: true });
  return openLogbook({ root: other, service });
}

const FULL_DISKS = all ? Array.from({ length: 20 }, (_, n) => n + 1) : [4, 8, 10];
const KILLS = all
  ? Array.from({ length: 40 }, (_, n) => n + 1)
  : [3, 6, 8, 9, 10, 12, 13, 15, 16, 18];

/** The log is sound, goes on, and everybody agrees on its keys. */
function expectSettled(root: string): void {
  const folder = join(root, service);
  // Already sound for a reader, before anybody opens it.
  expect(verifyLog(folder).problems).toEqual([]);
  enter(root, 10).close();
  const report = verifyLog(folder, { deep: true });
  expect(report.problems).toEqual([]);
  expect(existsSync(join(folder, 'signing.key.next'))).toBe(false);
  const entered = query(root, { kind: 'key.rotated' }).length;
  expect(report.keys).toHaveLength(1 + entered);
  const identity = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8'));
  expect(identity.rotated ?? []).toEqual(report.keys.slice(1));
  expect(showKeys({ root }).logs[0]?.problems).toEqual([]);
}

describe('a rotation of the signing key that is interrupted', () => {
  it.each(KILLS)('at file operation %i is done or undone by the next start', (at) => {
    const root = aRoot();
    enter(root, 10).close();
    runRotation(root, at, 'SIGKILL');
    expectSettled(root);
  });

  it.each(FULL_DISKS)('by a full disk from operation %i on leaves a log that goes on', (at) => {
    const root = aRoot();
    enter(root, 10).close();
    runRotation(root, at, 'ENOSPC');
    expectSettled(root);
  });

  it('with its entry written and the commit torn: the next start signs it with both keys', () => {
    const root = aRoot();
    enter(root, 10).close();
    // Killed before the fsync of the entry and its commit.
    expect(runRotation(root, 10, 'SIGKILL')).toBeNull();
    const segment = segmentOf(join(root, service));
    truncateSync(segment, statSync(segment).size - 20);
    expect(query(root, { kind: 'key.rotated' })).toHaveLength(1);
    expectSettled(root);
    expect(verifyLog(join(root, service)).keys).toHaveLength(2);
  });

  it('the same, and the new key is lost: the entry goes to quarantine', () => {
    const root = aRoot();
    enter(root, 10).close();
    expect(runRotation(root, 10, 'SIGKILL')).toBeNull();
    const folder = join(root, service);
    truncateSync(segmentOf(folder), statSync(segmentOf(folder)).size - 20);
    rmSync(join(folder, 'signing.key.next'));
    expectSettled(root);
    expect(verifyLog(folder).keys).toHaveLength(1);
    const [recovered] = query(root, { kind: 'log.recovered', limit: 1 });
    expect(recovered?.payload).toMatchObject({ quarantinedLeaves: 1 });
  });

  it('in a running writer whose disk refuses the last steps, and done before the next', async () => {
    const root = aRoot();
    const logbook = enter(root, 3);
    const began = logbook.vkey;
    // Where the new log.json is written first.
    const path = join(logbook.folder, `log.json.${process.pid}.tmp`);
    mkdirSync(path);
    expect(await rotateIn(logbook.folder)).toContain('EISDIR');
    expect(logbook.vkey).not.toBe(began);
    rmSync(path, { recursive: true });
    call(logbook, 4);
    const unlisted = logbook.vkey;
    expect(verifyLog(logbook.folder).notes[0]).toContain('does not name the newest key yet');
    expect(await rotate({ root })).toMatchObject({ was: unlisted });
    logbook.close();
    expectSettled(root);
    expect(verifyLog(logbook.folder).keys).toHaveLength(3);
  });
});

/** Asks the writer of one log. @returns why it failed */
async function rotateIn(folder: string): Promise<string> {
  const request = putRequest(folder, { op: 'rotate-signing' });
  for (;;) {
    try {
      if (request.answer() !== undefined) return 'done';
    } catch (error) {
      return String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
