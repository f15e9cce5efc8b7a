import { afterAll, describe, expect, test } from 'vitest';
import { openSinkStore } from '../../src/sink/store/open.ts';
import { verifyLog } from '../../src/verify.ts';
import { query } from '../../src/query.ts';
import { aFolder, readLog, removeFolders } from '../sample-log.ts';
import { aProducer, leafLinesOf, recordsOf } from './producer.ts';

afterAll(removeFolders);

describe('a central log', () => {
  test.each(['sealed', 'clear'])(
    'keeps every leaf byte for byte, in order, once, under a seal of its own (%s)',
    async (way) => {
      const root = aFolder();
      const store = openSinkStore({ root });
      const producerRoot = aFolder();
      const producer = aProducer(producerRoot, 2500);
      producer.close();
      const sent = recordsOf(
        producerRoot,
        producer,
        way === 'sealed' ? store.recipient : undefined,
      );
      const taken = await store.takeRecords(sent.map(({ record }) => record));
      expect(taken).toEqual({ stored: sent.length, duplicate: 0, conflict: 0, quarantined: 0 });
      const again = await store.takeRecords(sent.map(({ record }) => record));
      expect(again).toEqual({ stored: 0, duplicate: sent.length, conflict: 0, quarantined: 0 });
      await store.close();
      const { folder } = store;
      const foreign = leafLinesOf(folder).filter((line) => line.includes(producer.origin));
      expect(foreign).toEqual(sent.map(({ line }) => line));
      expect(readLog(folder).uncommitted).toBe(0);
      const report = verifyLog(folder, { deep: true });
      expect(report.problems).toEqual([]);
      expect(report.counts.opened).toBe(report.counts.leaves);
      const rows = query(root, { user: 'https://issuer.example|user-1', limit: 10_000 });
      expect(rows.length).toBe(
        (sent.filter(({ leaf }) => leaf.kind === 'tool.call').length / 3) | 0,
      );
      expect(rows[0]?.payload).toMatchObject({ person: 'https://issuer.example|user-1' });
    },
  );
});
