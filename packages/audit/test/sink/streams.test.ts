import { afterAll, describe, expect, test } from 'vitest';
import { controlEntry } from '../../src/control.ts';
import { formatCheckpoint } from '../../src/checkpoint.ts';
import { generateSigner, originOf, signNote, type Signer } from '../../src/note.ts';
import { rotateKeys } from '../../src/keys-rotate.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import type { WireRecord } from '../../src/sink/types.ts';
import { query } from '../../src/query.ts';
import { verifyLog } from '../../src/verify.ts';
import { aFolder, removeFolders } from '../sample-log.ts';
import {
  aProducer,
  aRecord,
  checkpointsOf,
  commitsOf,
  forged,
  leavesOf,
  loseIndex,
  recordsOf,
} from './producer.ts';

afterAll(removeFolders);

const minute = 60_000_000;

/** A central log on a clock of the test's own. */
function aTimedStore(root = aFolder()) {
  const clock = { micros: Date.UTC(2026, 10, 26, 12) * 1000 };
  const told: string[] = [];
  const gauge = new Map<string, number>();
  const store = openSinkStore(
    {
      root,
      now: () => clock.micros,
      observer: {
        problem: (error) => told.push(error.message),
        gaps: (stream, count) => gauge.set(stream, count),
      },
    },
    { tickMs: 1_000_000 },
  );
  /** As its timer would, and what came of it is on disk. */
  const tick = async (): Promise<void> => {
    store.tick();
    await store.takeRecords([forged({ stream: 'beat/0a1b2c3d', seq: (beats += 1) }).record]);
    store.tick();
  };
  let beats = 0;
  return { root, clock, told, gauge, store, tick };
}

const stream = 'shop/0a1b2c3d';

function numbered(...seqs: number[]): WireRecord[] {
  return seqs.map((seq) => forged({ stream, seq }).record);
}

function gapTargets(folder: string): (string | undefined)[] {
  return leavesOf(folder)
    .filter(({ kind }) => kind === 'producer.gap')
    .map(({ target }) => target);
}

describe('numbers of a stream', () => {
  test('that stay away for ten minutes become one producer.gap entry and a gauge, which goes down when they come (I7)', async () => {
    const { clock, store, tick, gauge, told } = aTimedStore();
    await store.takeRecords(numbered(1, 2, 5, 9));
    clock.micros += 9 * minute;
    await tick();
    expect(store.gaps()).toEqual([]);
    clock.micros += 2 * minute;
    await tick();
    await tick();
    expect(gapTargets(store.folder)).toEqual([`${stream} 3-4`, `${stream} 6-8`]);
    const gap = { stream, sinceMs: Date.UTC(2026, 10, 26, 12) };
    expect(store.gaps()).toEqual([
      { ...gap, first: 3, last: 4 },
      { ...gap, first: 6, last: 8 },
    ]);
    expect(gauge.get(stream)).toBe(2);
    await store.takeRecords(numbered(7, 4));
    store.tick();
    expect(store.gaps().map(({ first, last }) => [first, last])).toEqual([
      [3, 3],
      [6, 6],
      [8, 8],
    ]);
    await store.takeRecords(numbered(3, 6, 8));
    await tick();
    expect(store.gaps()).toEqual([]);
    expect(gauge.get(stream)).toBe(0);
    expect(gapTargets(store.folder)).toHaveLength(2);
    expect(told).toEqual([]);
    await store.close();
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  });

  test('out of order, however shuffled, are no gap once all have come', async () => {
    const { clock, store, tick, told } = aTimedStore();
    const seqs = Array.from({ length: 400 }, (_, n) => ((n * 147) % 400) + 1);
    for (let at = 0; at < 400; at += 16)
      await store.takeRecords(numbered(...seqs.slice(at, at + 16)));
    clock.micros += 20 * minute;
    await tick();
    expect(store.gaps()).toEqual([]);
    expect(gapTargets(store.folder)).toEqual([]);
    expect(told).toEqual([]);
    await store.close();
  });

  test('that their producer burned are explained by its own producer.gap, early or late', async () => {
    const { clock, store, tick } = aTimedStore();
    const explains = forged({ stream, seq: 7, kind: 'producer.gap', target: '4-6' }).record;
    await store.takeRecords([...numbered(1, 2), explains]);
    await store.takeRecords(numbered(3, 8));
    clock.micros += 20 * minute;
    await tick();
    expect(gapTargets(store.folder).filter((target) => target?.includes(' ') === true)).toEqual([]);
    await store.close();
    // The producer's entry stands in the central log and is not taken for one about its own numbers.
    expect(verifyLog(store.folder).problems).toEqual([]);
  });

  test('that come at the last moment are no gap any more', async () => {
    const { clock, store } = aTimedStore();
    await store.takeRecords(numbered(1, 4));
    clock.micros += 11 * minute;
    // Both are in one group, the numbers first.
    const late = store.takeRecords(numbered(2, 3));
    store.tick();
    await late;
    await store.close();
    expect(gapTargets(store.folder)).toEqual([]);
  });

  test('used twice are told: somebody writes under the name of the stream', async () => {
    const { store, told } = aTimedStore();
    await store.takeRecords(numbered(1, 2, 3));
    expect((await store.takeRecords(numbered(2))).stored).toBe(1);
    expect(told).toEqual([expect.stringContaining('number 2 came before')]);
    await store.close();
  });

  test.each([false, true])('are known again after a restart, index lost: %s (I4)', async (lost) => {
    const { root, clock, store, tick } = aTimedStore();
    await store.takeRecords(numbered(1, 4));
    clock.micros += 11 * minute;
    await tick();
    await store.takeRecords(numbered(9));
    await store.close();
    if (lost) loseIndex(store.folder);
    const again = aTimedStore(root);
    again.clock.micros = clock.micros;
    expect(again.store.gaps().map(({ first, last }) => [first, last])).toEqual([[2, 3]]);
    again.clock.micros += 11 * minute;
    again.store.tick();
    await again.store.takeRecords(numbered(10));
    await again.store.close();
    expect(gapTargets(store.folder)).toEqual([`${stream} 2-3`, `${stream} 5-8`]);
  });
});

describe('a stream', () => {
  /** Genesis of a stream, as its writer makes it. */
  function genesis(signer: Signer, name = signer.name): WireRecord {
    const { payload } = controlEntry(
      {
        kind: 'log.genesis',
        action: 'create',
        payload: { origin: signer.name, vkey: signer.vkey, format: 1 },
      },
      0,
    );
    return forged({ stream: name, kind: 'log.genesis', action: 'create' }, payload).record;
  }

  function note(signer: Signer, size: number, origin = signer.name): WireRecord {
    const root = Buffer.alloc(32, size);
    const body = signNote(formatCheckpoint({ origin, size, root, extensions: [] }), signer);
    return aRecord({ kind: 'checkpoint.observed', body });
  }

  test('is pinned to the key of its genesis, and its checkpoints are entered once', async () => {
    const { root, store } = aTimedStore();
    const producerRoot = aFolder();
    const producer = aProducer(producerRoot, 5);
    producer.close();
    const records = recordsOf(producerRoot, producer, store.recipient).map(({ record }) => record);
    const checkpoints = checkpointsOf(producer);
    await store.takeRecords(records);
    expect(await store.takeRecords(checkpoints)).toMatchObject({ stored: checkpoints.length });
    expect(await store.takeRecords(checkpoints)).toMatchObject({ duplicate: checkpoints.length });
    await store.close();
    const rows = query(root, { kind: 'checkpoint.observed' });
    expect(rows.map(({ payload }) => Object(payload).note).toReversed()).toEqual(
      checkpoints.map(({ body }) => body),
    );
    expect(rows[0]).toMatchObject({
      leaf: { target: `${producer.origin} ${producer.size}`, outcome: 'success' },
      payload: { vkey: producer.vkey },
    });
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  });

  test('whose key is not known yet has its checkpoints entered as unknown', async () => {
    const { store } = aTimedStore();
    const signer = generateSigner((key) => originOf('shop', key));
    expect(await store.takeRecords([note(signer, 3)])).toMatchObject({ stored: 1 });
    await store.close();
    expect(leavesOf(store.folder).find(({ kind }) => kind === 'checkpoint.observed')).toMatchObject(
      {
        outcome: 'unknown',
        target: `${signer.name} 3`,
      },
    );
  });

  test.each(['the same run', 'a restart', 'a lost index'])(
    'has what another key signs in quarantine, and told, also after %s',
    async (when) => {
      const first = aTimedStore();
      const signer = generateSigner((key) => originOf('shop', key));
      const other = generateSigner(signer.name);
      await first.store.takeRecords([genesis(signer), note(signer, 1)]);
      let now = first;
      if (when !== 'the same run') {
        await first.store.close();
        if (when === 'a lost index') loseIndex(first.store.folder);
        now = aTimedStore(first.root);
      }
      expect(
        await now.store.takeRecords([
          note(signer, 2),
          note(other, 2),
          note(other, 5),
          genesis(other),
        ]),
      ).toEqual({ stored: 1, duplicate: 0, conflict: 0, quarantined: 3 });
      expect(now.told).toEqual([expect.stringContaining('another key than the pinned one')]);
      await now.store.close();
      expect(verifyLog(now.store.folder, { deep: true }).problems).toEqual([]);
    },
  );

  /** The entry of a stream that names its next key, and a checkpoint of some keys. */
  function rotation(name: string, next: Signer): WireRecord {
    const target = `signing ${next.vkey}`;
    return forged({ stream: name, seq: 2, kind: 'key.rotated', action: 'rotate', target }).record;
  }

  function noteOf(signers: readonly Signer[], size: number): WireRecord {
    const origin = signers[0]?.name ?? '';
    const root = Buffer.alloc(32, size);
    const body = signNote(formatCheckpoint({ origin, size, root, extensions: [] }), signers);
    return aRecord({ kind: 'checkpoint.observed', body });
  }

  test.each(['the same run', 'a restart', 'a lost index'])(
    'that rotates its key is followed, also over %s: the old key signs nothing new any more',
    async (when) => {
      const first = aTimedStore();
      const old = generateSigner((key) => originOf('shop', key));
      const next = generateSigner(old.name);
      const third = generateSigner(old.name);
      const again = async (now: typeof first): Promise<typeof first> => {
        if (when === 'the same run') return now;
        await now.store.close();
        if (when === 'a lost index') loseIndex(first.store.folder);
        return aTimedStore(first.root);
      };
      let now = first;
      await now.store.takeRecords([genesis(old), noteOf([old], 1)]);
      now = await again(now);
      await now.store.takeRecords([rotation(old.name, next)]);
      now = await again(now);
      // Named, not yet vouched for.
      expect(await now.store.takeRecords([noteOf([next], 2)])).toMatchObject({ quarantined: 1 });
      expect(await now.store.takeRecords([noteOf([old, next], 3)])).toMatchObject({ stored: 1 });
      now = await again(now);
      expect(
        await now.store.takeRecords([noteOf([next], 4), noteOf([old], 5), noteOf([old], 2)]),
      ).toEqual({ stored: 2, duplicate: 0, conflict: 0, quarantined: 1 });
      await now.store.takeRecords([rotation(old.name, third), noteOf([next, third], 6)]);
      now = await again(now);
      expect(
        await now.store.takeRecords([
          noteOf([third], 7),
          noteOf([next], 7),
          noteOf([old, next], 8),
        ]),
      ).toMatchObject({ stored: 1, quarantined: 2 });
      await now.store.close();
      const [row] = query(first.root, { kind: 'checkpoint.observed', limit: 1 });
      expect(row?.payload).toMatchObject({ vkey: third.vkey });
      expect(verifyLog(first.store.folder, { deep: true }).problems).toEqual([]);
    },
  );

  test('whose checkpoint of both keys comes before the entry about the new one is followed as well', async () => {
    const { store } = aTimedStore();
    const old = generateSigner((key) => originOf('shop', key));
    const next = generateSigner(old.name);
    await store.takeRecords([genesis(old), noteOf([old, next], 3), rotation(old.name, next)]);
    expect(await store.takeRecords([noteOf([next], 4), noteOf([old], 4)])).toMatchObject({
      stored: 1,
      quarantined: 1,
    });
    await store.close();
  });

  test('is not taken over by who names a key of his own, however often', async () => {
    const { store } = aTimedStore();
    const old = generateSigner((key) => originOf('shop', key));
    const next = generateSigner(old.name);
    await store.takeRecords([genesis(old), rotation(old.name, next)]);
    for (let n = 0; n < 3; n += 1) {
      const thief = generateSigner(old.name);
      await store.takeRecords([rotation(old.name, thief)]);
      expect(await store.takeRecords([noteOf([thief], 2)])).toMatchObject({ quarantined: 1 });
    }
    const stranger = generateSigner((key) => originOf('shop', key));
    await store.takeRecords([rotation(old.name, stranger)]);
    expect(await store.takeRecords([noteOf([old, next], 3), noteOf([next], 4)])).toMatchObject({
      stored: 2,
    });
    await store.close();
  });

  test('with a real rotation is followed by what its shipper sends', async () => {
    const { root, store } = aTimedStore();
    const producerRoot = aFolder();
    aProducer(producerRoot, 5).close();
    await rotateKeys({ root: producerRoot });
    const producer = aProducer(producerRoot, 5);
    producer.close();
    await store.takeRecords(
      recordsOf(producerRoot, producer, store.recipient).map(({ record }) => record),
    );
    const commits = commitsOf(producer);
    expect(await store.takeRecords(commits)).toMatchObject({ stored: commits.length });
    await store.close();
    const [row] = query(root, { kind: 'checkpoint.observed', limit: 1 });
    expect(row?.payload).toMatchObject({ vkey: producer.vkey });
  });

  test('with a name that is not of its key has no key, and a changed note no good signature', async () => {
    const { store } = aTimedStore();
    const signer = generateSigner((key) => originOf('shop', key));
    const thief = generateSigner((key) => originOf('shop', key));
    expect(await store.takeRecords([genesis(thief, signer.name)])).toMatchObject({
      quarantined: 1,
    });
    await store.takeRecords([genesis(signer)]);
    const good = note(signer, 7);
    const changed = { ...good, body: good.body?.replace('\n7\n', '\n8\n') };
    expect(await store.takeRecords([changed])).toMatchObject({ quarantined: 1 });
    expect(await store.takeRecords([good])).toMatchObject({ stored: 1 });
    await store.close();
  });
});
