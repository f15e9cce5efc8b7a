/**
 * Erasure (audit.md 6 and 10.7; I6): one of many is gone, everything else is byte for byte as it was; interrupted at any
 * step it goes on; holds win.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { blankSeals } from '../src/blank.ts';
import { erase, setHold } from '../src/erase.ts';
import type { LogEnd } from '../src/in-logs.ts';
import { finish, type ErasureResult } from '../src/erasure.ts';
import { openKeysForReading } from '../src/access.ts';
import { Keyring } from '../src/keyring.ts';
import { openLogbook, type Logbook } from '../src/logbook.ts';
import { checkProof, prove } from '../src/prove.ts';
import { query } from '../src/query.ts';
import { openReader } from '../src/reader.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

const ISSUER = 'https://issuer.example';
const VICTIM = `${ISSUER}|canary-person-7f3a`;
const OTHER = `${ISSUER}|user-1`;
const CANARIES = [
  'canary-person-7f3a',
  'canary-argument-91',
  'canary-result-55',
  'canary@mail.example',
];

/** With MCP_LOGBOOK_FULL=1: every one there is, and some more. */
const all = process.env['MCP_LOGBOOK_FULL'] === '1';
const KILLS = all ? Array.from({ length: 64 }, (_, n) => n + 1) : [1, 5, 13, 21, 34];
const FULL_DISKS = all ? Array.from({ length: 48 }, (_, n) => n + 1) : [2, 9, 16, 24];

afterAll(removeRoots);
afterEach(() => vi.restoreAllMocks());

function enter(logbook: Logbook, count: number, people = 4): void {
  for (let n = 0; n < count; n += 1) {
    const isVictim = n % people === 0;
    logbook.record({
      kind: 'tool.call',
      target: 'echo',
      person: isVictim ? VICTIM : `${ISSUER}|user-${n % people}`,
      payload: isVictim
        ? {
            identity: { claims: { email: 'canary@mail.example' } },
            session: `session-${n}`,
            request: { text: 'canary-argument-91' },
            result: { text: 'canary-result-55' },
          }
        : { request: { n } },
    });
    if (n % 64 === 63) logbook.commit();
  }
}

function aRootWithLogs(options: { entries?: number; services?: string[] } = {}): {
  root: string;
  folders: string[];
} {
  const root = aRoot();
  const folders = (options.services ?? ['shop']).map((service) => {
    const logbook = openLogbook({ root, service });
    enter(logbook, options.entries ?? 200);
    logbook.close();
    return logbook.folder;
  });
  return { root, folders };
}

/** All lines of a log, by segment. */
function linesOf(folder: string): string[] {
  const segments = join(folder, 'segments');
  return readdirSync(segments)
    .toSorted()
    .flatMap((name) => readFileSync(join(segments, name), 'latin1').split('\n'));
}

function completed(
  ends: readonly LogEnd<ErasureResult>[],
): Extract<ErasureResult, { outcome: 'completed' }>[] {
  return ends.map((end) => {
    if (!('done' in end) || end.done.outcome !== 'completed')
      throw new Error(`not completed: ${JSON.stringify(end)}`);
    return end.done;
  });
}

/** Whether any file under a folder holds a text. */
function holds(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

describe('the erasure of one person', () => {
  it('leaves every leaf, commit and other seal byte-identical, and old proofs valid (I6)', async () => {
    const { root, folders } = aRootWithLogs();
    const [folder = ''] = folders;
    const before = linesOf(folder);
    const { vkey, size, root: treeRoot } = verifyLog(folder);
    const [mine] = query(root, { user: VICTIM, limit: 1 });
    const [other] = query(root, { user: OTHER, limit: 1 });
    const proofs = [mine, other].map((row) => prove(folder, row?.leaf.id ?? '', {}));

    const [end] = completed(await erase({ root, user: VICTIM, reason: 'art. 17' }));

    expect(end?.seals).toBe(50);
    const after = linesOf(folder);
    let changed = 0;
    for (const [n, line] of before.entries()) {
      if (line === after[n] || line === '') continue;
      changed += 1;
      // Only a seal of this person may differ, and only by being blank, at the same length.
      expect(before[n - 1]).toContain(`"actor":"${end?.actor}"`);
      expect(after[n]).toMatch(/^\{"seal":null,"was":"[\w-]{43}" *\}$/);
      expect(after[n]?.length).toBe(line.length);
    }
    expect(changed).toBe(50);
    const report = verifyLog(folder, { deep: true, vkey });
    expect(report.problems).toEqual([]);
    expect(report.counts.erased).toBe(50);
    expect(report.counts.opened).toBe(report.counts.seals - 50);
    for (const proof of proofs) expect(checkProof(proof, vkey ?? '').ok).toBe(true);
    // The old root is still the root of the same size.
    expect(after.some((line) => line.includes(`\\n${size}\\n${treeRoot}\\n`))).toBe(true);
  });

  it('is certified by a proof of its erasure.completed entry', async () => {
    const { root, folders } = aRootWithLogs({ entries: 8 });
    const [folder = ''] = folders;
    const [end] = completed(await erase({ root, user: VICTIM }));
    const vkey = verifyLog(folder).vkey ?? '';
    const report = checkProof(prove(folder, end?.entry ?? '', { disclose: true }), vkey);
    expect(report.ok).toBe(true);
    expect(JSON.stringify(report)).toContain('"kind":"erasure.completed"');
  });

  it('leaves no byte of the person in the folder, free pages of databases included', async () => {
    const { root, folders } = aRootWithLogs();
    const [folder = ''] = folders;
    // An index on disk, as a long-lived reader leaves it.
    const reader = openReader(root);
    reader.query({ user: VICTIM });
    const keyring = openKeyring(root, folder);
    const actor = keyring.findActor(VICTIM) ?? '';
    keyring.close();
    await erase({ root, user: VICTIM });
    reader.close();
    for (const canary of CANARIES) expect(holds(root, canary)).toEqual([]);
    // Of the keyring's rows nothing is left either: the pseudonym was in one of them.
    expect(readFileSync(join(folder, 'keys.db')).includes(actor)).toBe(false);
    expect(existsSync(join(folder, 'erasure.journal'))).toBe(false);
    expect(query(root, { user: VICTIM })).toEqual([]);
    expect(query(root, { user: 'canary@mail.example' })).toEqual([]);
    expect(query(root, { user: OTHER, limit: 3 }).map(({ sealed }) => sealed)).toEqual(
      Array.from({ length: 3 }, () => 'opened'),
    );
  });

  it('makes older copies of the keyring useless, also for everyone else', async () => {
    const { root, folders } = aRootWithLogs({ entries: 8 });
    const [folder = ''] = folders;
    const copy = readFileSync(join(folder, 'keys.db'));
    await erase({ root, user: VICTIM });
    writeFileSync(join(folder, 'keys.db'), copy);
    expect(() => openKeyring(root, folder)).toThrow(/needs ".*master\.1", which is not there/);
  });

  it('gives a returning person a new pseudonym and key', async () => {
    const { root, folders } = aRootWithLogs({ entries: 8 });
    const [folder = ''] = folders;
    const [end] = completed(await erase({ root, user: VICTIM }));
    const logbook = openLogbook({ root, service: 'shop' });
    enter(logbook, 4);
    logbook.close();
    const rows = query(root, { user: VICTIM });
    expect(rows).toHaveLength(1);
    expect(rows[0]?.leaf.actor).not.toBe(end?.actor);
    expect(rows[0]?.sealed).toBe('opened');
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
  });

  it('reaches every log under the root, and by a shorter name if it fits one person', async () => {
    const { root } = aRootWithLogs({ entries: 8, services: ['shop', 'bank'] });
    const ends = completed(await erase({ root, user: 'canary@mail.example' }));
    expect(ends).toHaveLength(2);
    for (const name of ['shop', 'bank'])
      expect(verifyLog(join(root, name), { deep: true }).problems).toEqual([]);
  });

  it('refuses a name that fits two people, an unknown one, none, and one of a megabyte', async () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'shop' });
    for (const issuer of ['https://a.example', 'https://b.example'])
      logbook.record({ kind: 'tool.call', person: `${issuer}|sam`, payload: {} });
    const long = `${ISSUER}|${'x'.repeat(1024 * 1024)}`;
    logbook.record({ kind: 'tool.call', person: long, payload: {} });
    logbook.close();
    await expect(erase({ root, user: 'sam' })).rejects.toThrow('fits 2 people');
    await expect(erase({ root, user: 'nobody' })).rejects.toThrow('knows this user');
    await expect(erase({ root, user: '' })).rejects.toThrow('no user is named');
    await expect(erase({ root: join(root, 'nowhere'), user: 'sam' })).rejects.toThrow(
      'no log under',
    );
    completed(await erase({ root, user: long }));
    await expect(erase({ root, user: long })).rejects.toMatchObject({
      code: 'ERR_LOGBOOK_UNKNOWN_PERSON',
    });
    const after = verifyLog(logbook.folder, { deep: true });
    expect(after.problems).toEqual([]);
    expect(after.counts.erased).toBe(1);
  });
});

describe('a disk that refuses', () => {
  it('while the person is looked up is told as ours, by erase and by hold', async () => {
    const root = join(aRoot(), 'file');
    writeFileSync(root, 'not a folder');
    const refused = { code: 'ERR_LOGBOOK_IO' };
    await expect(erase({ root, user: VICTIM })).rejects.toMatchObject(refused);
    await expect(setHold({ root, user: VICTIM, authority: 'x' })).rejects.toMatchObject(refused);
  });
});

describe('while the log is being written', () => {
  it('its writer does it on request and goes on', async () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'shop' });
    enter(logbook, 100);
    const [end] = completed(await erase({ root, user: VICTIM }));
    expect(end?.seals).toBe(25);
    enter(logbook, 4);
    logbook.close();
    expect(verifyLog(logbook.folder, { deep: true }).problems).toEqual([]);
    expect(query(root, { user: VICTIM })).toHaveLength(1);
    expect(readdirSync(join(logbook.folder, 'requests'))).toEqual([]);
  });

  it('a request that is not answered in time stays, and the next writer does it', async () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'shop' });
    enter(logbook, 8);
    // A writer whose event loop is blocked: it cannot look.
    const [end] = await erase({ root, user: VICTIM, waitMs: -1 });
    expect(end).toMatchObject({ waiting: true });
    logbook.close();
    const requests = join(logbook.folder, 'requests');
    expect(readdirSync(requests)).toHaveLength(1);
    const next = openLogbook({ root, service: 'shop' });
    await vi.waitFor(() => expect(verifyLog(next.folder).counts.erased).toBe(2), 10_000);
    next.close();
  });

  it('two erasures at once erase once, and both end well or say so', async () => {
    const { root, folders } = aRootWithLogs({ entries: 40 });
    const [folder = ''] = folders;
    const ends = await Promise.allSettled([
      erase({ root, user: VICTIM }),
      erase({ root, user: VICTIM }),
    ]);
    const text = JSON.stringify(ends);
    expect(text).toContain('"outcome":"completed"');
    const report = verifyLog(folder, { deep: true });
    expect(report.problems).toEqual([]);
    expect(report.counts.erased).toBe(10);
    expect(
      linesOf(folder).filter((line) => line.includes('"kind":"erasure.completed"')),
    ).toHaveLength(1);
  });

  it('a request that cannot be read goes to quarantine, and the writer goes on', async () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'shop' });
    enter(logbook, 8);
    const requests = join(logbook.folder, 'requests');
    await erase({ root, user: OTHER });
    const name = '00000000-0000-4000-8000-000000000000.json';
    writeFileSync(join(requests, name), '{"op":"erase","actor":"../../etc"}');
    await vi.waitFor(() => expect(readdirSync(requests)).toEqual([]), 10_000);
    expect(existsSync(join(logbook.folder, 'quarantine', `request.${name}`))).toBe(true);
    completed(await erase({ root, user: VICTIM }));
    logbook.close();
  });
});

describe('a hold', () => {
  it('wins over erasure in every log of the root, is logged, and can be lifted', async () => {
    const { root, folders } = aRootWithLogs({ entries: 8, services: ['shop', 'bank'] });
    await setHold({ root, user: VICTIM, authority: 'court order 12/26' });
    // Known in one more log, which has no hold of its own.
    const logbook = openLogbook({ root, service: 'late' });
    enter(logbook, 4);
    logbook.close();
    const before = folders.map((folder) => linesOf(folder).length);
    const ends = await erase({ root, user: VICTIM });
    expect(ends).toHaveLength(3);
    for (const end of ends)
      expect(end).toMatchObject({ done: { outcome: 'denied', authority: 'court order 12/26' } });
    for (const [n, folder] of folders.entries()) {
      expect(verifyLog(folder, { deep: true })).toMatchObject({
        problems: [],
        counts: { erased: 0 },
      });
      expect(linesOf(folder).length).toBeGreaterThan(before[n] ?? 0);
    }
    expect(query(root, { user: VICTIM, limit: 9 }).every(({ sealed }) => sealed === 'opened')).toBe(
      true,
    );
    await setHold({ root, user: VICTIM, authority: 'court order 12/26 lifted', lift: true });
    expect(completed(await erase({ root, user: VICTIM }))).toHaveLength(3);
    const kinds = linesOf(folders[0] ?? '').flatMap(
      (line) => /"kind":"((?:hold|erasure)\.\w+)"/.exec(line)?.[1] ?? [],
    );
    expect(kinds).toEqual([
      'hold.set',
      'erasure.requested',
      'erasure.denied',
      'hold.lifted',
      'erasure.requested',
      'erasure.completed',
    ]);
    // Whose word it was is sealed: the folder does not show it.
    expect(holds(root, 'court order')).toEqual([]);
  });

  it('needs an authority, a person who is known, and to lift it one that is set', async () => {
    const { root } = aRootWithLogs({ entries: 8 });
    await expect(setHold({ root, user: VICTIM, authority: ' ' })).rejects.toThrow('authority');
    await expect(setHold({ root, user: 'x', authority: 'y' })).rejects.toThrow('knows this user');
    await expect(setHold({ root, user: VICTIM, authority: 'y', lift: true })).rejects.toThrow(
      'not on hold',
    );
  });
});

describe('interrupted', () => {
  it.each(KILLS)(
    'by a kill at file operation %i, it goes on at the next erase or opening, and nothing else is lost',
    async (at) => {
      const { root, folders } = aRootWithLogs({ entries: 40 });
      const [folder = ''] = folders;
      const before = linesOf(folder);
      const killed = await killedErasure(root, at);
      expect(['SIGKILL', 0]).toContain(killed);
      const logbook = openLogbook({ root, service: 'shop' });
      const keyring = openKeyring(root, folder);
      const waiting = keyring.erasures().length + (keyring.findActor(VICTIM) === undefined ? 0 : 1);
      keyring.close();
      logbook.close();
      if (waiting > 0)
        // Unknown when the erasure that went on was the whole of it.
        await erase({ root, user: VICTIM }).catch((error: unknown) =>
          expect(error).toMatchObject({ code: 'ERR_LOGBOOK_UNKNOWN_PERSON' }),
        );
      const report = verifyLog(folder, { deep: true });
      expect(report.problems).toEqual([]);
      expect(report.counts.erased).toBe(10);
      const after = linesOf(folder);
      for (const [n, line] of before.entries())
        if (!line.startsWith('{"seal"') && line !== '') expect(after[n]).toBe(line);
      expect(existsSync(join(folder, 'erasure.journal'))).toBe(false);
      // One in force, and at most one that was made and wraps nothing.
      expect(
        readdirSync(join(root, 'keys')).filter((name) => /^master\.\d+$/.test(name)).length,
      ).toBeLessThan(3);
    },
  );

  it.each(FULL_DISKS)(
    'by a full disk at file operation %i, it says so or is done, and goes on once there is space',
    async (at) => {
      const { root, folders } = aRootWithLogs({ entries: 40 });
      const [folder = ''] = folders;
      const code = await killedErasure(root, at, 'ENOSPC');
      // 3: one log reported ERR_LOGBOOK_DISK_FULL; 4: so did opening the log.
      expect([0, 3, 4]).toContain(code);
      await erase({ root, user: VICTIM }).catch((error: unknown) =>
        expect(error).toMatchObject({ code: 'ERR_LOGBOOK_UNKNOWN_PERSON' }),
      );
      const report = verifyLog(folder, { deep: true });
      expect(report.problems).toEqual([]);
      expect(report.counts.erased).toBe(10);
      expect(
        query(root, { user: OTHER, limit: 99 }).every(({ sealed }) => sealed === 'opened'),
      ).toBe(true);
    },
  );

  it('while a seal is half overwritten, it is finished from the journal', async () => {
    const { root, folders } = aRootWithLogs({ entries: 8 });
    const [folder = ''] = folders;
    const other = join(aRoot(), 'copy');
    cpSync(folder, other, { recursive: true });
    const keyring = openKeyring(root, folder);
    const actor = keyring.findActor(VICTIM) ?? '';
    keyring.close();
    finish(blankSeals(other, actor));
    const [name = ''] = readdirSync(join(folder, 'segments'));
    const blank = readFileSync(join(other, 'segments', name));
    const path = join(folder, 'segments', name);
    const half = readFileSync(path);
    const offset = blank.indexOf('{"seal":null');
    const line = blank.subarray(offset, blank.indexOf('\n', offset)).toString();
    writeFileSync(
      join(folder, 'erasure.journal'),
      `${JSON.stringify({ segment: name, offset, line: line.slice(0, -1).trimEnd(), bytes: line.length })}\n`,
    );
    half.set(blank.subarray(offset, offset + 30), offset);
    writeFileSync(path, half);
    expect(verifyLog(folder).ok).toBe(false);
    await erase({ root, user: VICTIM });
    expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
    expect(statSync(path).size).toBeGreaterThan(half.length);
  });
});

function openKeyring(root: string, folder: string): Keyring {
  const { origin } = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8'));
  return Keyring.open({ folder, origin, keys: openKeysForReading(root, {}), readOnly: true });
}

/** An erasure in a process that is killed, or finds the disk full, from its nth change of a file on; 0 = it ended before. */
async function killedErasure(
  root: string,
  at: number,
  how = 'SIGKILL',
): Promise<NodeJS.Signals | number | null> {
  const script = join(dirname(new URL(import.meta.url).pathname), 'killed-command.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=@mcp-logbook/source', script, root, `erase:${VICTIM}`, String(at), how],
    { stdio: 'inherit' },
  );
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}
