import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { nodeFileOps, type FileOps } from '../src/durable.ts';
import type { LogMode } from '../src/entry.ts';
import type { LogbookError } from '../src/errors.ts';
import { openLogbook, openLogbookWith, type Logbook } from '../src/logbook.ts';
import { segmentDigest } from '../src/segment.ts';
import {
  aFolder,
  anEntry,
  copyOf,
  readLog,
  removeFolders,
  sequenceProblems,
} from './sample-log.ts';

afterAll(removeFolders);

const service = 'svc';
const modes: readonly LogMode[] = ['best-effort', 'blocking', 'strict'];

type Fault = { call: keyof FileOps; code: string; short?: number } | undefined;

/** A log whose system calls fail while `fault` is set, and what it told. */
function aFaultyLog(mode: LogMode, root = aFolder(), maxSegmentBytes?: number) {
  const state: { fault: Fault; entered: number } = { fault: undefined, entered: 0 };
  const told = {
    dropped: [] as string[],
    problems: [] as string[],
    appended: 0,
    checkpoints: [] as number[],
  };
  const failing = (call: keyof FileOps): Error | undefined =>
    state.fault?.call === call
      ? Object.assign(new Error(state.fault.code), { code: state.fault.code })
      : undefined;
  const raise = (call: keyof FileOps): void => {
    const error = failing(call);
    if (error !== undefined) throw error;
  };
  const ops: FileOps = {
    ...nodeFileOps,
    open: (path, flags) => {
      raise('open');
      return nodeFileOps.open(path, flags);
    },
    write: (fd, bytes, offset, length) => {
      const error = failing('write');
      if (error === undefined) return nodeFileOps.write(fd, bytes, offset, length);
      if (state.fault?.short !== undefined)
        nodeFileOps.write(fd, bytes, offset, Math.min(state.fault.short, length));
      throw error;
    },
    datasync: (fd) => {
      raise('datasync');
      nodeFileOps.datasync(fd);
    },
    datasyncLater: (fd, done) => {
      const error = failing('datasyncLater');
      if (error === undefined) nodeFileOps.datasyncLater(fd, done);
      else setImmediate(() => done(error));
    },
    truncate: (path, length) => {
      raise('truncate');
      nodeFileOps.truncate(path, length);
    },
  };
  const log = openLogbookWith(
    {
      root,
      service,
      mode,
      observer: {
        appended: () => void (told.appended += 1),
        dropped: (reason) => void told.dropped.push(reason),
        problem: (error: LogbookError) => void told.problems.push(error.code),
        checkpoint: (_, size) => void told.checkpoints.push(size),
      },
    },
    { ops, ...(maxSegmentBytes === undefined ? {} : { maxSegmentBytes }) },
  );
  return { log, state, told, root };
}

function checked(log: Logbook): ReturnType<typeof readLog> {
  const read = readLog(log.folder);
  expect(read.problems).toEqual([]);
  expect(sequenceProblems(read.leaves)).toEqual([]);
  return read;
}

async function eventually(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('condition not met in 5 s');
    await sleep(5);
  }
}

describe.each(modes)('%s', (mode) => {
  test('enters every entry, in order, and verifies', async () => {
    const { log, told } = aFaultyLog(mode);
    for (let n = 0; n < 200; n += 1)
      expect(log.append(anEntry({ target: `t${n}`, person: `|p${n % 3}` }))).toBe(true);
    await log.flush();
    expect(readLog(log.folder).uncommitted).toBe(0);
    log.close();
    const calls = checked(log).leaves.filter((leaf) => leaf['kind'] === 'tool.call');
    expect(calls.map((leaf) => leaf['target'])).toEqual(
      Array.from({ length: 200 }, (_, n) => `t${n}`),
    );
    expect(told.appended).toBe(201);
    expect(told.dropped).toEqual([]);
    expect(told.problems).toEqual([]);
  });

  test('numbers of several failed writes in a row are all explained, the entry about them included (I7)', async () => {
    const { log, state } = aFaultyLog(mode);
    for (const code of ['EIO', 'EIO', undefined, 'EIO', 'EIO', 'EIO', undefined]) {
      state.fault = code === undefined ? undefined : { call: 'write', code };
      log.append(anEntry());
      await log.flush();
      // `blocking` and `best-effort` try again after 250 ms.
      if (mode !== 'strict') await sleep(260);
    }
    log.close();
    expect(checked(log).leaves.map(({ kind }) => kind)).toContain('producer.gap');
  });

  test.each(['ENOSPC', 'EIO'])(
    'a write that fails with %s half-way loses its entry, visibly, and no other',
    async (code) => {
      const { log, state, told } = aFaultyLog(mode);
      log.append(anEntry({ target: 'before' }));
      log.commit();
      state.fault = { call: 'write', code, short: 100 };
      const taken = log.append(anEntry({ target: 'lost' }));
      expect(taken).toBe(mode === 'best-effort');
      log.commit();
      expect(told.dropped).toEqual([code === 'ENOSPC' ? 'disk_full' : 'io']);
      expect(told.problems).toEqual([
        code === 'ENOSPC' ? 'ERR_LOGBOOK_DISK_FULL' : 'ERR_LOGBOOK_IO',
      ]);
      expect(readLog(log.folder).problems).toEqual([]);
      state.fault = undefined;
      await sleep(260);
      expect(log.append(anEntry({ target: 'after' }))).toBe(true);
      log.close();
      const { leaves } = checked(log);
      expect(leaves.map((leaf) => leaf['target'])).not.toContain('lost');
      expect(leaves.map((leaf) => leaf['target'])).toContain('after');
      expect(leaves.filter((leaf) => leaf['kind'] === 'producer.gap')).toHaveLength(1);
    },
  );

  test('nothing is appended behind a torn write that cannot be cut off', async () => {
    const { log, state } = aFaultyLog(mode);
    state.fault = { call: 'write', code: 'EIO', short: 50 };
    const truncate = state.fault;
    log.append(anEntry());
    log.commit();
    state.fault = { ...truncate, call: 'truncate' };
    await sleep(260);
    log.append(anEntry());
    log.commit();
    state.fault = undefined;
    await sleep(260);
    log.append(anEntry({ target: 'after' }));
    log.close();
    expect(checked(log).leaves.map((leaf) => leaf['target'])).toContain('after');
  });

  test('a segment that was unlinked under the writer stops it with an alarm', () => {
    const { log, told } = aFaultyLog(mode);
    log.append(anEntry());
    log.commit();
    const [name = ''] = readdirSync(join(log.folder, 'segments'));
    renameSync(join(log.folder, 'segments', name), join(log.folder, 'moved'));
    log.append(anEntry());
    log.commit();
    expect(told.problems).toEqual(['ERR_LOGBOOK_INTEGRITY']);
    const dropped = told.dropped.length;
    log.append(anEntry());
    log.commit();
    expect(told.dropped.slice(dropped)).toEqual(['read_only']);
    log.close();
  });

  test('segments rotate at their size, end with a commit, and their digests are entered', async () => {
    const { log, root } = aFaultyLog(mode, aFolder(), 4000);
    for (let n = 0; n < 30; n += 1) {
      log.append(anEntry());
      if (n % 5 === 4) {
        log.commit();
        await sleep(1);
      }
    }
    await eventually(() =>
      readLog(log.folder).leaves.some((leaf) => leaf['kind'] === 'segment.closed'),
    );
    log.close();
    const again = aFaultyLog(mode, root, 4000);
    const closedNames = (): number =>
      readLog(log.folder).leaves.filter((leaf) => leaf['kind'] === 'segment.closed').length;
    await eventually(() => closedNames() >= readdirSync(join(log.folder, 'segments')).length - 1);
    again.log.close();
    const { leaves } = checked(log);
    const names = readdirSync(join(log.folder, 'segments')).toSorted();
    expect(names.length).toBeGreaterThan(3);
    for (const name of names.slice(0, -1)) {
      const path = join(log.folder, 'segments', name);
      expect(readFileSync(path, 'utf8').split('\n').at(-2)).toMatch(/^\{"commit":/);
      const closed = leaves.filter((leaf) => String(leaf['target']).startsWith(name));
      // The last one may have been closed as the log was: the next opening enters it.
      if (name !== names.at(-2)) {
        expect(closed.map((leaf) => leaf['target'])).toEqual([
          `${name} sha256:${segmentDigest(path)}`,
        ]);
      }
    }
  });

  test('what an observer throws is nobody else’s problem', () => {
    const observer = new Proxy(
      {},
      {
        get: () => () => {
          throw new Error('observer');
        },
      },
    );
    const log = openLogbook({ root: aFolder(), service, mode, observer });
    expect(log.append(anEntry())).toBe(true);
    log.close();
    expect(log.append(anEntry())).toBe(false);
  });
});

describe('blocking', () => {
  test('an entry is in the file when append returns, and fsynced soon after', async () => {
    const { log, told } = aFaultyLog('blocking');
    const begun = told.checkpoints.length;
    log.append(anEntry({ target: 'now' }));
    expect(readLog(log.folder).leaves.at(-1)?.['target']).toBe('now');
    log.commit();
    await eventually(() => told.checkpoints.length > begun);
    log.close();
  });

  test('a failed background fsync writes the entries again into a fresh segment; a second one stops the log', async () => {
    const { log, state, told, root } = aFaultyLog('blocking');
    log.append(anEntry({ target: 'a' }));
    log.commit();
    await log.flush();
    log.append(anEntry({ target: 'b' }));
    state.fault = { call: 'datasyncLater', code: 'EIO' };
    log.commit();
    await eventually(() => told.problems.length > 0);
    state.fault = undefined;
    expect(told.problems).toEqual(['ERR_LOGBOOK_IO']);
    expect(readdirSync(join(log.folder, 'segments'))).toHaveLength(2);
    log.append(anEntry({ target: 'c' }));
    await log.flush();
    const copy = copyOf(root);
    openLogbook({ root: copy, service }).close();
    expect(readLog(join(copy, service)).problems).toEqual([]);
    state.fault = { call: 'datasyncLater', code: 'EIO' };
    log.append(anEntry({ target: 'd' }));
    await eventually(() => told.problems.length > 1);
    expect(told.problems.at(-1)).toBe('ERR_LOGBOOK_READ_ONLY');
    expect(log.append(anEntry())).toBe(false);
    log.close();
    const { leaves } = readLog(log.folder);
    expect(
      leaves.flatMap((leaf) => (leaf['kind'] === 'tool.call' ? [leaf['target']] : [])),
    ).toEqual(['a', 'b', 'c', 'd']);
  });

  test('while the disk refuses, tries again four times a second and drops the rest', () => {
    const { log, state, told } = aFaultyLog('blocking');
    state.fault = { call: 'write', code: 'ENOSPC' };
    const startMs = performance.now();
    for (let n = 0; n < 2000; n += 1) expect(log.append(anEntry())).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(2000);
    expect(told.dropped).toHaveLength(2000);
    expect(told.problems).toEqual(['ERR_LOGBOOK_DISK_FULL']);
    state.fault = undefined;
    log.close();
    const gap = checked(log).leaves.find((leaf) => leaf['kind'] === 'producer.gap');
    expect(gap?.['target']).toMatch(/^3-200[0-9]$/);
  });

  test('the reserve is given up when the disk is full and made again after', async () => {
    const { log, state } = aFaultyLog('blocking');
    const reserve = join(log.folder, 'reserve');
    expect(existsSync(reserve)).toBe(true);
    state.fault = { call: 'write', code: 'ENOSPC' };
    log.append(anEntry());
    expect(existsSync(reserve)).toBe(false);
    state.fault = undefined;
    await sleep(260);
    log.append(anEntry());
    expect(existsSync(reserve)).toBe(true);
    log.close();
  });
});

describe('strict', () => {
  test('an entry whose fsync fails is refused and is not in the log', () => {
    const { log, state, told } = aFaultyLog('strict');
    expect(log.append(anEntry({ target: 'kept' }))).toBe(true);
    state.fault = { call: 'datasync', code: 'EIO' };
    expect(log.append(anEntry({ target: 'refused' }))).toBe(false);
    state.fault = undefined;
    expect(log.append(anEntry({ target: 'next' }))).toBe(true);
    log.close();
    expect(told.dropped).toEqual(['io']);
    const targets = checked(log).leaves.map((leaf) => leaf['target']);
    expect(targets).toContain('kept');
    expect(targets).toContain('next');
    expect(targets).not.toContain('refused');
  });

  test('every entry is signed and synced when append returns', () => {
    const { log } = aFaultyLog('strict');
    log.append(anEntry());
    const read = readLog(log.folder);
    expect(read.uncommitted).toBe(0);
    expect(read.commits).toBe(2);
    log.close();
  });
});

describe('best-effort', () => {
  test('a full queue drops, counts and shows the gap (I7, I10)', () => {
    const { log, told } = aFaultyLog('best-effort');
    const results = Array.from({ length: 10_005 }, () => log.append(anEntry({ payload: '{}' })));
    expect(results.filter((taken) => !taken)).toHaveLength(5);
    log.close();
    expect(told.dropped).toEqual(Array.from({ length: 5 }, () => 'queue_full'));
    expect(checked(log).leaves).toHaveLength(10_000 + 4);
  });

  test('queued entries are written without close', async () => {
    const { log } = aFaultyLog('best-effort');
    log.append(anEntry({ target: 'queued' }));
    await eventually(() => readLog(log.folder).leaves.at(-1)?.['target'] === 'queued');
    log.close();
  });
});

describe('an unusable folder', () => {
  test('that cannot be made is refused with a code and a hint', () => {
    const file = join(aFolder(), 'file');
    writeFileSync(file, '');
    expect(() => openLogbook({ root: join(file, 'logs'), service })).toThrow(
      expect.objectContaining({
        code: 'ERR_LOGBOOK_IO',
        hint: expect.stringContaining('MCP_LOGBOOK_DIR'),
      }),
    );
  });

  test('that vanishes while the log runs loses entries and nothing else', () => {
    const { log, told } = aFaultyLog('blocking');
    rmSync(log.folder, { recursive: true });
    log.append(anEntry());
    log.commit();
    log.append(anEntry());
    log.close();
    expect(told.problems.length).toBeGreaterThan(0);
  });

  test('that fails at the first write lets the next opening begin', () => {
    const root = aFolder();
    const failing: FileOps = {
      ...nodeFileOps,
      write: () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
    };
    expect(() => openLogbookWith({ root, service }, { ops: failing })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_DISK_FULL' }),
    );
    const log = openLogbook({ root, service });
    log.close();
    expect(log.folder).toBe(join(root, service));
    expect(checked(log).leaves[0]?.['kind']).toBe('log.genesis');
  });
});
