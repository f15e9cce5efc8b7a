/** Erasure and expiry in the central log, by the running sink (audit.md 5 and 6): a late duplicate brings nothing back. */
import { afterAll, expect, test } from 'vitest';
import { erase } from '../../src/erase.ts';
import { query } from '../../src/query.ts';
import { retain } from '../../src/retain.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import { verifyLog } from '../../src/verify.ts';
import { aFolder, removeFolders } from '../sample-log.ts';
import { aProducer, leafLinesOf, recordsOf } from './producer.ts';

afterAll(removeFolders);

test('a person erased from the central log does not come back with a late duplicate, nor with a rebuilt index', async () => {
  const user = 'https://issuer.example|user-1';
  const producerRoot = aFolder();
  const producer = aProducer(producerRoot, 300);
  producer.close();
  const root = aFolder();
  const store = openSinkStore({ root });
  const sent = recordsOf(producerRoot, producer, store.recipient).map(({ record }) => record);
  await store.takeRecords(sent);
  const before = leafLinesOf(store.folder);

  const [end] = await erase({ root, user });
  expect(end).toMatchObject({ done: { outcome: 'completed', seals: 100 } });

  const again = await store.takeRecords(sent);
  expect(again).toEqual({ stored: 0, duplicate: sent.length, conflict: 0, quarantined: 0 });
  expect(query(root, { user })).toEqual([]);
  expect(leafLinesOf(store.folder).slice(0, before.length)).toEqual(before);
  await store.close();
  const reopened = openSinkStore({ root });
  await reopened.ready();
  expect(await reopened.takeRecords(sent)).toMatchObject({ stored: 0, duplicate: sent.length });
  await reopened.close();
  const report = verifyLog(store.folder, { deep: true });
  expect(report.problems).toEqual([]);
  expect(report.counts.erased).toBe(100);
  expect(query(root, { user })).toEqual([]);
  // The producer's own log is another one: its machine erases there.
  expect(query(producerRoot, { user, limit: 1 })).toHaveLength(1);
});

test("payloads of the central log expire by the sink's own setting, and a late duplicate brings none back", async () => {
  const producerRoot = aFolder();
  const producer = aProducer(producerRoot, 30);
  producer.close();
  const root = aFolder();
  const clock = { days: 0 };
  const now = (): number => (Date.now() + clock.days * 86_400_000) * 1000;
  const store = openSinkStore({ root, now, retentionDays: 90 });
  const sent = recordsOf(producerRoot, producer, store.recipient).map(({ record }) => record);
  await store.takeRecords(sent);
  const calls = { kind: 'tool.call', limit: 1000 };
  const states = (): Set<string> => new Set(query(root, calls).map(({ sealed }) => sealed));
  expect(states()).toEqual(new Set(['opened']));
  expect(await retain({ root, now })).toMatchObject([{ done: { expired: [], holds: 0 } }]);
  clock.days = 125;
  const [end] = await retain({ root, now });
  expect(end).toHaveProperty('done.expired.0.class', 'default');
  expect(states()).toEqual(new Set(['no-key']));
  expect(await store.takeRecords(sent)).toMatchObject({ stored: 0, duplicate: sent.length });
  expect(states()).toEqual(new Set(['no-key']));
  await store.close();
  expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
});
