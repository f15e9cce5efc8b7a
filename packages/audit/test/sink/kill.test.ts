import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { query } from '../../src/query.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import { verifyLog } from '../../src/verify.ts';
import { aFolder, readLog, removeFolders, sequenceProblems } from '../sample-log.ts';
import { forged, leavesOf } from './producer.ts';
import type { Answered, Asked } from './sink-child.ts';

afterAll(removeFolders);

const child = fileURLToPath(new URL('./sink-child.ts', import.meta.url));
const SENDERS = 6;
const BATCH = 7;

type Batch = Asked['records'];

/** Records of one sender, in order: most are leaves, some conflict with an earlier one, some are malformed. */
function produced(sender: number, count: number) {
  const stream = `kill-${sender}/0a1b2c3d`;
  const ids: string[] = [];
  return Array.from({ length: count }, (_, n) => {
    const payload = JSON.stringify({ person: `|p${n % 5}`, text: 'x'.repeat(n % 700) });
    if (n % 23 === 22) {
      const { record } = forged({ id: ids.at(-5) ?? '', stream, seq: n + 1 }, payload);
      return { as: 'conflict', record } as const;
    }
    const { leaf, record } = forged({ stream, seq: n + 1 }, payload);
    if (n % 29 === 28)
      return { as: 'quarantined', record: { ...record, body: `${record.body} ` } } as const;
    ids.push(leaf.id);
    return { as: 'stored', record } as const;
  });
}

/** Runs a sink, sends the batches that are left, kills it at some moment. @returns those that were acknowledged */
async function killedSink(
  root: string,
  lanes: readonly (readonly Batch[])[],
  killAfterMs: number,
): Promise<Set<Batch>> {
  const acknowledged = new Set<Batch>();
  const sink = fork(child, [root], { stdio: 'inherit' });
  const gone = new Promise<void>((resolve) => sink.on('exit', () => resolve()));
  const open = new Map<number, { readonly lane: number; readonly batch: Batch }>();
  const next = lanes.map(() => 0);
  let asked = 0;
  const send = (lane: number): void => {
    const batch = lanes[lane]?.[next[lane] ?? 0];
    if (batch === undefined) return;
    next[lane] = (next[lane] ?? 0) + 1;
    asked += 1;
    open.set(asked, { lane, batch });
    if (sink.connected) sink.send({ n: asked, records: batch } satisfies Asked, () => undefined);
  };
  sink.on('message', ({ n, taken }: Answered) => {
    if (n === -1) {
      for (const lane of lanes.keys()) send(lane);
      setTimeout(() => sink.kill('SIGKILL'), killAfterMs);
      return;
    }
    const sent = open.get(n);
    if (sent === undefined) return;
    if (taken !== undefined) acknowledged.add(sent.batch);
    send(sent.lane);
  });
  await gone;
  return acknowledged;
}

test('killed at any moment under many senders loses nothing it acknowledged; sent again, every record is in once (I3)', async () => {
  const rounds = process.env['SLOW'] === '1' ? 60 : 6;
  const root = aFolder();
  const all = Array.from({ length: SENDERS }, (_, sender) => produced(sender, rounds * 100));
  const lanes = all.map((records): Batch[] => {
    const wire = records.map(({ record }) => ({ ...record, timeUnixNano: undefined }));
    return Array.from({ length: Math.ceil(wire.length / BATCH) }, (_, n) =>
      wire.slice(n * BATCH, (n + 1) * BATCH),
    );
  });
  let left: readonly (readonly Batch[])[] = lanes;
  const acknowledged = new Set<Batch>();
  for (let round = 0; round < rounds; round += 1) {
    const now = await killedSink(root, left, 5 + Math.random() * 60);
    for (const batch of now) acknowledged.add(batch);
    const folder = `${root}/central`;
    const stored = new Set(leavesOf(folder).map(({ id }) => id));
    const missing = [...acknowledged].flat().filter(({ body }) => {
      const id = /^\{"leaf":\{"v":1,"id":"([^"]+)"/.exec(body ?? '')?.[1] ?? '';
      return !body?.endsWith(' ') && !stored.has(id);
    });
    expect(missing).toEqual([]);
    // Some that were acknowledged come again, as after a lost answer.
    left = lanes.map((lane) => lane.filter((batch, n) => !acknowledged.has(batch) || n % 11 === 0));
  }
  const store = openSinkStore({ root });
  await store.ready();
  for (const lane of lanes)
    for (const batch of lane)
      await store.takeRecords(batch.map((record) => ({ ...record, timeUnixNano: 0n })));
  await store.close();

  const flat = all.flat();
  const count = (what: string): number => flat.filter(({ as }) => as === what).length;
  const leaves = leavesOf(store.folder);
  const stored = leaves.filter(({ stream }) => stream.startsWith('kill-')).map(({ id }) => id);
  expect(new Set(stored).size).toBe(stored.length);
  // A conflicting leaf may have come first in a killed round: either is stored, the other kept.
  const conflicts = leaves.filter(({ kind }) => kind === 'id.conflict');
  expect(stored.length).toBe(count('stored'));
  expect(conflicts.length).toBe(count('conflict'));
  expect(new Set(conflicts.map(({ target }) => target)).size).toBe(conflicts.length);
  const kept = query(root, { kind: 'record.quarantined', limit: 10_000 }).flatMap(
    ({ payload }): unknown[] => Object(payload).records,
  );
  expect(kept.length).toBe(count('quarantined'));
  expect(new Set(kept).size).toBe(kept.length);
  const report = verifyLog(store.folder, { deep: true });
  expect(report.problems).toEqual([]);
  const own = readLog(store.folder).leaves.filter(({ stream }) => stream === store.origin);
  expect(sequenceProblems(own)).toEqual([]);
}, 240_000);
