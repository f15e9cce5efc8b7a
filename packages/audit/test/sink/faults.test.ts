import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { nodeFileOps, type FileOps } from '../../src/durable.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import { SinkBusy, type Taken } from '../../src/sink/types.ts';
import { verifyLog } from '../../src/verify.ts';
import { aFolder, readLog, removeFolders, sequenceProblems } from '../sample-log.ts';
import { forged, leavesOf, loseIndex, type Sent } from './producer.ts';

afterAll(removeFolders);

type Fault = { readonly call: keyof FileOps; readonly code: string } | undefined;

/** A central log whose disk refuses while `state.fault` is set. */
function aFaultyStore(root = aFolder()) {
  const state: { fault: Fault } = { fault: undefined };
  const told: string[] = [];
  const errorOf = (call: keyof FileOps): Error | undefined =>
    state.fault?.call === call
      ? Object.assign(new Error(state.fault.code), { code: state.fault.code })
      : undefined;
  const raise = (call: keyof FileOps): void => {
    const error = errorOf(call);
    if (error !== undefined) throw error;
  };
  const ops: FileOps = {
    ...nodeFileOps,
    open: (path, flags) => {
      raise('open');
      return nodeFileOps.open(path, flags);
    },
    write: (fd, bytes, offset, length) => {
      const error = errorOf('write');
      if (error === undefined) return nodeFileOps.write(fd, bytes, offset, length);
      // A full disk takes what still fits.
      nodeFileOps.write(fd, bytes, offset, Math.min(700, length));
      throw error;
    },
    datasyncLater: (fd, done) => {
      const error = errorOf('datasyncLater');
      if (error === undefined) nodeFileOps.datasyncLater(fd, done);
      else setImmediate(() => done(error));
    },
    truncate: (path, length) => {
      raise('truncate');
      nodeFileOps.truncate(path, length);
    },
  };
  const observer = { problem: (error: Error) => told.push(error.message) };
  return { root, state, told, store: openSinkStore({ root, observer }, { ops }) };
}

let seq = 0;

function some(count: number): Sent[] {
  return Array.from({ length: count }, () => {
    seq += 1;
    return forged({ stream: 'fault/0a1b2c3d', seq }, JSON.stringify({ person: `|p${seq % 9}` }));
  });
}

const records = (sent: readonly Sent[]) => sent.map(({ record }) => record);

function storedLines(folder: string): string[] {
  return leavesOf(folder)
    .filter(({ stream }) => stream === 'fault/0a1b2c3d')
    .map(({ id }) => id);
}

test.each([
  ['write', 'ENOSPC'],
  ['write', 'EIO'],
  ['datasyncLater', 'EIO'],
  ['datasyncLater', 'ENOSPC'],
] as const)(
  'a %s that fails with %s refuses the whole group, keeps nothing of it, and goes on when the disk does (I3, I10)',
  async (call, code) => {
    const { store, state, told } = aFaultyStore();
    const before = some(5);
    await store.takeRecords(records(before));
    const sent = some(40);
    // A conflict in it: the entry about it burns a number of the log's own.
    const other = forged({ id: before[0]?.leaf.id ?? '', stream: 'fault/0a1b2c3d', seq: 999_999 });
    state.fault = { call, code };
    const calls = [...sent, other].map(({ record }) => store.takeRecords([record]));
    for (const result of await Promise.allSettled(calls))
      expect(result).toMatchObject({ reason: { reason: 'disk', retryAfterSeconds: 2 } });
    expect(store.readiness().ready).toBe(false);
    await expect(store.takeRecords(records(sent))).rejects.toThrow(SinkBusy);
    // The conflict, and once what the disk said.
    expect(told).toHaveLength(2);
    state.fault = undefined;
    expect(await store.takeRecords(records([...sent, other, ...before]))).toEqual({
      stored: 40,
      duplicate: 5,
      conflict: 1,
      quarantined: 0,
    });
    expect(store.readiness()).toEqual({ ready: true });
    expect((await store.takeRecords(records([other]))).duplicate).toBe(1);
    await store.close();
    expect(storedLines(store.folder)).toEqual([...before, ...sent].map(({ leaf }) => leaf.id));
    const report = verifyLog(store.folder, { deep: true });
    expect(report.problems).toEqual([]);
    const own = readLog(store.folder).leaves.filter(({ stream }) => stream === store.origin);
    expect(sequenceProblems(own)).toEqual([]);
    expect(own.map(({ kind }) => kind)).toContain('producer.gap');
  },
);

test('a segment that is removed while it is written stops the sink: nothing is acknowledged any more', async () => {
  const { store, told } = aFaultyStore();
  await store.takeRecords(records(some(3)));
  const segments = join(store.folder, 'segments');
  const [name = ''] = readdirSync(segments);
  renameSync(join(segments, name), join(segments, `${name}.moved`));
  await expect(store.takeRecords(records(some(3)))).rejects.toThrow(SinkBusy);
  await expect(store.takeRecords(records(some(3)))).rejects.toThrow(SinkBusy);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(store.readiness()).toMatchObject({
    ready: false,
    reason: expect.stringContaining('removed'),
  });
  expect(told.some((message) => message.includes('removed, replaced or changed'))).toBe(true);
  await store.close();
});

test('any batches, faults and restarts end as a model says: every record once (1,000 batches)', async () => {
  const pool = Array.from({ length: 200 }, (_, n) =>
    forged({ stream: 'model/0a1b2c3d', seq: n + 1 }),
  );
  const twins = pool.map(({ leaf }, n) =>
    forged({ id: leaf.id, stream: 'model/0a1b2c3d', seq: 1000 + n }),
  );
  const broken = pool.map(({ record }) => ({ ...record, body: `${record.body} ` }));
  const kinds = [pool.map(({ record }) => record), twins.map(({ record }) => record), broken];
  const aStep = fc.record({
    batch: fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 1, 2), fc.nat(199)), {
      maxLength: 12,
    }),
    fault: fc.constantFrom(undefined, undefined, undefined, 'write', 'datasyncLater'),
    after: fc.constantFrom(
      ...Array.from({ length: 14 }, () => 'go on'),
      'restart',
      'restart without index',
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 50, maxLength: 50 }), async (steps) => {
      const root = aFolder();
      let { store, state } = aFaultyStore(root);
      /** Which of two leaves with an id came first, and everything that was taken. */
      const first = new Map<number, number>();
      const taken = new Set<string>();
      for (const { batch, fault, after } of steps) {
        const expected: { -readonly [K in keyof Taken]: number } = {
          stored: 0,
          duplicate: 0,
          conflict: 0,
          quarantined: 0,
        };
        const firstNow = new Map(first);
        const takenNow = new Set(taken);
        // Malformed records are put aside before ids are looked at: the order of the counts does not matter.
        for (const [kind, n] of batch) {
          const key = `${kind}/${n}`;
          if (takenNow.has(key)) expected.duplicate += 1;
          else if (kind === 2) expected.quarantined += 1;
          else if (firstNow.has(n)) expected.conflict += 1;
          else {
            firstNow.set(n, kind);
            expected.stored += 1;
          }
          takenNow.add(key);
        }
        const sent = batch.flatMap(([kind, n]) => kinds[kind]?.[n] ?? []);
        const writes = expected.stored + expected.conflict + expected.quarantined > 0;
        state.fault = fault === undefined ? undefined : { call: fault, code: 'EIO' };
        if (fault !== undefined && writes) {
          await expect(store.takeRecords(sent)).rejects.toThrow(SinkBusy);
        } else {
          expect(await store.takeRecords(sent)).toEqual(expected);
          for (const [n, kind] of firstNow) first.set(n, kind);
          for (const key of takenNow) taken.add(key);
        }
        state.fault = undefined;
        if (after === 'go on') continue;
        await store.close();
        if (after === 'restart without index') loseIndex(store.folder);
        ({ store, state } = aFaultyStore(root));
        await store.ready();
      }
      await store.close();
      const leaves = leavesOf(store.folder);
      const stored = leaves.filter(({ stream }) => stream === 'model/0a1b2c3d').map(({ id }) => id);
      expect(new Set(stored)).toEqual(new Set([...first.keys()].map((n) => pool[n]?.leaf.id)));
      expect(stored.length).toBe(first.size);
      const conflicts = [...taken].filter((key) => {
        const [kind, n] = key.split('/').map(Number);
        return kind !== 2 && first.get(n ?? 0) !== kind;
      });
      expect(leaves.filter(({ kind }) => kind === 'id.conflict')).toHaveLength(conflicts.length);
      expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
    }),
    { numRuns: 20 },
  );
}, 240_000);
