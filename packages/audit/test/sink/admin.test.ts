/**
 * Commands of the admin endpoint on the central log of a running sink (audit.md 5 and 6): one after the other, done by
 * the log's writer, with a certificate; a sink that stops in the middle loses nothing (I3, I6).
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { AdminAnswer } from '../../src/sink/admin/command.ts';
import { AdminRunner } from '../../src/sink/admin/runner.ts';
import type { Sink } from '../../src/sink/http/sink.ts';
import { checkProof } from '../../src/prove.ts';
import { query } from '../../src/query.ts';
import { createSink } from '../../src/sink/index.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import { verifyLog } from '../../src/verify.ts';
import { aFolder, removeFolders } from '../sample-log.ts';
import { aProducer, leafLinesOf, recordsOf } from './producer.ts';

const TOKEN = 'admin-token-0123456789';
const person = (n: number): string => `https://issuer.example|user-${n}`;

let sink: Sink | undefined;
afterEach(async () => {
  await sink?.close();
  sink = undefined;
});
afterAll(removeFolders);

/** A root whose central log has entries of three people, in turn. */
async function filledRoot(entries: number): Promise<string> {
  const producerRoot = aFolder();
  const producer = aProducer(producerRoot, entries);
  producer.close();
  const root = aFolder();
  const store = openSinkStore({ root });
  await store.takeRecords(
    recordsOf(producerRoot, producer, store.recipient).map(({ record }) => record),
  );
  await store.close();
  return root;
}

/** What the sink told of erasures, in order. */
const states: string[] = [];

async function start(root: string, more: { pseudonymKeyFile?: string } = {}): Promise<Sink> {
  states.length = 0;
  const observer = { erasures: (state: string): void => void states.push(state) };
  const adminTokenFile = join(aFolder(), 'token');
  writeFileSync(adminTokenFile, `${TOKEN}\n`);
  sink = await createSink({ root, host: '127.0.0.1', port: 0, adminTokenFile, observer, ...more });
  return sink;
}

interface Told {
  readonly status: number;
  readonly body: AdminAnswer & { readonly error?: { readonly message: string; code?: string } };
}

async function ask(url: string, name: string, fields: object): Promise<Told> {
  const response = await fetch(`${url}/admin/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(fields),
  });
  return { status: response.status, body: (await response.json()) as Told['body'] };
}

test('hold, denied erasure, lift, erasure: entries of the central log, and the certificate checks', async () => {
  const root = await filledRoot(300);
  const keyFile = join(aFolder(), 'fleet');
  writeFileSync(keyFile, Buffer.alloc(32, 7).toString('base64'));
  const { url, folder, vkey } = await start(root, { pseudonymKeyFile: keyFile });
  const before = leafLinesOf(folder);
  const who = { user: person(1), authority: 'court order 12/26' };

  expect((await ask(url, 'hold', who)).body.ends).toMatchObject([{ done: { outcome: 'held' } }]);
  const denied = await ask(url, 'erase', { user: person(1) });
  expect(denied.body.ends).toMatchObject([
    { done: { outcome: 'denied', authority: 'court order 12/26' } },
  ]);
  expect(denied.body).not.toHaveProperty('backups');
  expect((await ask(url, 'lift', who)).body.ends).toMatchObject([{ done: { outcome: 'lifted' } }]);

  const { status, body } = await ask(url, 'erase', { user: person(1), reason: 'letter 7' });
  expect(status).toBe(200);
  const [end] = body.ends;
  expect(end).toMatchObject({ done: { outcome: 'completed', seals: 100 } });
  expect(body.backups).toMatch(/destroy/);
  expect(body.names).toEqual({
    person: person(1),
    pseudonym: expect.stringMatching(/^p_[a-z2-7]{16}$/),
  });
  expect(states).toEqual(['requested', 'denied', 'requested', 'completed']);
  const [[entry, certificate] = ['', '']] = Object.entries(body.certificates ?? {});
  expect(checkProof(certificate, vkey)).toMatchObject({
    ok: true,
    leaf: { id: entry, kind: 'erasure.completed' },
  });

  expect(await ask(url, 'erase', { user: person(1) })).toMatchObject({
    status: 404,
    body: { error: { code: 'ERR_LOGBOOK_UNKNOWN_PERSON' } },
  });
  expect((await ask(url, 'retain', {})).body.ends).toMatchObject([{ done: {} }]);
  expect(query(root, { user: person(1) })).toEqual([]);
  expect(query(root, { user: person(2), limit: 200 })).toHaveLength(100);
  expect(leafLinesOf(folder).slice(0, before.length)).toEqual(before);
  await sink?.close();
  expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
});

test('several erasures at once are done one after the other; of two for one person one finds nobody', async () => {
  const root = await filledRoot(90);
  const { url, folder } = await start(root);
  const told = await Promise.all([0, 1, 1].map((n) => ask(url, 'erase', { user: person(n) })));
  expect(told.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 404]);
  for (const n of [0, 1]) expect(query(root, { user: person(n) })).toEqual([]);
  expect(query(root, { user: person(2), limit: 200 })).toHaveLength(30);
  await sink?.close();
  expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
});

test('more commands than may wait are refused; those that wait when the sink stops are told so', async () => {
  const runner = new AdminRunner({ root: aFolder() });
  const told = Array.from({ length: 10 }, () => runner.run({ op: 'retain' }));
  expect(await told[9]).toMatchObject({ reason: 'busy' });
  await runner.close(0);
  const reasons = (await Promise.all(told)).map((end) => ('reason' in end ? end.reason : 'done'));
  expect(reasons).toEqual([...Array(8).fill('closing'), 'busy', 'busy']);
});

test('a sink that stops before the writer came to it says so; its next start does what was asked (I6)', async () => {
  const root = await filledRoot(90);
  // Somebody else holds the log and does no requests, so the command waits, as in the middle of a long erasure.
  const store = openSinkStore({ root });
  const runner = new AdminRunner({ root });
  const told = runner.run({ op: 'erase', user: person(1), reason: undefined });
  const requests = join(store.folder, 'requests');
  const until = performance.now() + 10_000;
  const waiting = (): number => {
    try {
      return readdirSync(requests).filter((name) => name.endsWith('.json')).length;
    } catch {
      return 0;
    }
  };
  // The writer looks every half second: closed as soon as the request is there, it does not come to it.
  while (waiting() === 0 && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await runner.close(0);
  expect(await told).toMatchObject({ reason: 'closing' });
  expect(await runner.run({ op: 'retain' })).toMatchObject({ reason: 'closing' });
  await store.close();

  const { folder } = await start(root);
  const end = performance.now() + 20_000;
  while (query(root, { kind: 'erasure.completed' }).length === 0 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(query(root, { kind: 'erasure.completed' })).toHaveLength(1);
  expect(query(root, { user: person(1) })).toEqual([]);
  await sink?.close();
  expect(verifyLog(folder, { deep: true }).problems).toEqual([]);
});
