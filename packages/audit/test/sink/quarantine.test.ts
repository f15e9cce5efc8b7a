import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openKeyringForReading, openKeysForReading } from '../../src/access.ts';
import { PAYLOAD_INFO, sealTo } from '../../src/hpke.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import { readKept } from '../../src/sink/store/quarantine.ts';
import type { WireRecord } from '../../src/sink/types.ts';
import { query } from '../../src/query.ts';
import { verifyLog } from '../../src/verify.ts';
import { aFolder, removeFolders } from '../sample-log.ts';
import { aRecord, forged, leavesOf } from './producer.ts';

afterAll(removeFolders);

const month = new Date().toISOString().slice(0, 7);

/** Content of every file in quarantine. */
function keptIn(root: string, folder: string, origin: string): string[] {
  const keyring = openKeyringForReading(folder, origin, openKeysForReading(root, {}));
  const path = join(folder, 'quarantine', month);
  const kept = readdirSync(path).map((name) => readKept(join(path, name), keyring)?.toString());
  keyring.close();
  return kept.map((text) => text ?? 'no key');
}

test('what is no entry goes to quarantine, encrypted, entered once, and never back to the sender', async () => {
  const root = aFolder();
  const told: string[] = [];
  const store = openSinkStore({ root, observer: { problem: (error) => told.push(error.message) } });
  const canary = 'canary-7f3a@example.org';
  const good = forged({ stream: 'other/0a1b2c3d' });
  const { line } = forged({}, JSON.stringify({ canary }));
  const bad: Record<string, WireRecord> = {
    'not an audit record': { ...forged().record, eventName: 'mcp_logbook.call' },
    'no body': aRecord({ clear: `x.${canary}` }),
    'malformed leaf': aRecord({ body: `{"leaf":"${canary}"}` }),
    'another spelling': { ...forged().record, body: `${line} ` },
    'own stream': forged({ stream: store.origin }).record,
    'stream name': forged({ stream: 'no origin' }).record,
    'number 0': forged({ seq: 0 }).record,
    'no such day': forged({ time: '2026-13-45T00:00:00.000000Z' }).record,
    'class with spaces': forged({ class: 'a b' }).record,
    'payload of another entry': { ...forged().record, clear: forged({}, canary).record.clear },
    'size that is not true': forged({ size: 4 }).record,
    'sealed for somebody else': {
      ...forged().record,
      clear: undefined,
      sealed: sealTo(store.recipient, Buffer.from(canary), Buffer.from('other leaf'), PAYLOAD_INFO),
    },
    'sealed to nobody': { ...forged().record, sealed: 'AAAA.0.AAAA' },
    'salt of another length': { ...forged().record, clear: 'AAAA.{}' },
    'leaf without end': aRecord({ body: `{"leaf":${'x'.repeat(100_000)}` }),
    'malformed checkpoint': aRecord({ kind: 'checkpoint.observed', body: 'a\n1\n' }),
  };
  const names = Object.keys(bad);
  const records = [good.record, ...Object.values(bad)];
  expect(await store.takeRecords(records)).toEqual({
    stored: 1,
    duplicate: 0,
    conflict: 0,
    quarantined: names.length,
  });
  expect(await store.takeRecords(records)).toEqual({
    stored: 0,
    duplicate: 1 + names.length,
    conflict: 0,
    quarantined: 0,
  });
  await store.close();

  const entries = leavesOf(store.folder).filter(({ kind }) => kind === 'record.quarantined');
  expect(entries).toHaveLength(1);
  const [kept = '', ...others] = keptIn(root, store.folder, store.origin);
  expect(others).toEqual([]);
  const lines = kept.trimEnd().split('\n');
  expect(lines.map((text) => JSON.parse(text).body)).toEqual(
    Object.values(bad).map(({ body }) => body),
  );
  const [row] = query(root, { kind: 'record.quarantined' });
  expect(row?.payload).toMatchObject({ reasons: { 'no body': 1, 'malformed leaf': 2 } });
  expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  // Quarantined records are as secret as entries (audit.md 8).
  const files = readdirSync(store.folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(store.folder, name),
  );
  const readable = files.filter((path) => statSync(path).isFile());
  expect(readable.length).toBeGreaterThan(5);
  for (const path of readable) expect(readFileSync(path).includes(canary), path).toBe(false);
  expect(told.join('\n')).not.toContain(canary);
  expect(told).toHaveLength(1);
});

test('a body that cannot be read is kept whole, once, under its digest, also when it came in pieces', async () => {
  const root = aFolder();
  let store = openSinkStore({ root });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 100; n += 1) yield Buffer.alloc(10_000, n);
  }
  await store.quarantineBody(Buffer.from('not OTLP'), 'cannot be decoded');
  await store.quarantineBody(pieces(), 'larger than 1 bytes');
  await store.quarantineBody(pieces(), 'larger than 1 bytes');
  await store.close();
  store = openSinkStore({ root });
  await store.quarantineBody(Buffer.from('not OTLP'), 'cannot be decoded');
  await store.close();
  const kept = keptIn(root, store.folder, store.origin);
  expect(kept.map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([
    8,
    expect.any(Number),
  ]);
  expect(kept.some((text) => text === 'not OTLP')).toBe(true);
  const entries = leavesOf(store.folder).filter(({ kind }) => kind === 'record.quarantined');
  expect(entries).toHaveLength(2);
});

test('a sender that goes away in the middle of its body leaves nothing, and is no trouble of the disk', async () => {
  const root = aFolder();
  const store = openSinkStore({ root });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10);
    await Promise.resolve();
    throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  }
  await expect(store.quarantineBody(pieces(), 'too large')).rejects.toThrow('aborted');
  expect(store.readiness()).toEqual({ ready: true });
  await store.close();
  expect(readdirSync(join(store.folder, 'quarantine', month))).toEqual([]);
  expect(leavesOf(store.folder).map(({ kind }) => kind)).toEqual([
    'log.genesis',
    'log.started',
    'log.stopped',
  ]);
});
