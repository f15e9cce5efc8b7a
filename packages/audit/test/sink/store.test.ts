import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openKeysForReading } from '../../src/access.ts';
import { leafHash } from '../../src/hash.ts';
import { Keyring } from '../../src/keyring.ts';
import { openDatabase } from '../../src/sqlite.ts';
import { blankSeal } from '../../src/seal.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import { SinkBusy, type WireSpan } from '../../src/sink/types.ts';
import { verifyLog } from '../../src/verify.ts';
import { query } from '../../src/query.ts';
import { aFolder, readLog, removeFolders } from '../sample-log.ts';
import {
  aProducer,
  forged,
  leafLinesOf,
  leavesOf,
  loseIndex,
  recordsOf,
  type Sent,
} from './producer.ts';

afterAll(removeFolders);

/** Records of a producer's log of so many calls, sealed to the store. */
function sentTo(recipient: string, calls: number): Sent[] {
  const root = aFolder();
  const producer = aProducer(root, calls);
  producer.close();
  return recordsOf(root, producer, recipient);
}

const records = (sent: readonly Sent[]) => sent.map(({ record }) => record);

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

  test('is read and verified beside the running sink', async () => {
    const root = aFolder();
    const store = openSinkStore({ root });
    const sent = sentTo(store.recipient, 300);
    await store.takeRecords(records(sent));
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
    const rows = query(root, { server: 'shop', tool: 'tool-1', limit: 1000 });
    expect(rows.map(({ leaf }) => leaf.id)).toEqual(
      sent.flatMap(({ leaf }) => (leaf.target === 'tool-1' ? [leaf.id] : [])).toReversed(),
    );
    expect(rows.every(({ sealed, origin }) => sealed === 'opened' && origin === store.origin)).toBe(
      true,
    );
    await store.close();
  });

  test('groups what many senders send at once, and tells each its own', async () => {
    const store = openSinkStore({ root: aFolder() });
    const sent = sentTo(store.recipient, 600);
    const calls = sent.map(({ record }, n) =>
      store.takeRecords(n % 3 === 0 ? [record, record] : [record]),
    );
    const taken = await Promise.all(calls);
    for (const [n, { stored, duplicate }] of taken.entries())
      expect([stored, duplicate]).toEqual([1, n % 3 === 0 ? 1 : 0]);
    await store.close();
    const { commits, leaves } = readLog(store.folder);
    expect(leaves.length).toBe(sent.length + 3);
    expect(commits).toBeLessThan(12);
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  });

  test('keeps another leaf of a known id as id.conflict, once, sealed for its person, and tells', async () => {
    const root = aFolder();
    const told: string[] = [];
    const options = { root, observer: { problem: (error: Error) => told.push(error.message) } };
    let store = openSinkStore(options);
    const one = forged({}, JSON.stringify({ person: '|alice', n: 1 }));
    const other = forged({ id: one.leaf.id, seq: 2 }, JSON.stringify({ person: '|bob', n: 2 }));
    const empty = forged({ id: one.leaf.id, seq: 3 }, null);
    const large = forged(
      { id: one.leaf.id, seq: 4 },
      JSON.stringify({ person: '|bob', text: 'x'.repeat(262_000) }),
    );
    // Also within one group.
    expect(await store.takeRecords(records([one, other, one, other]))).toEqual({
      stored: 1,
      duplicate: 2,
      conflict: 1,
      quarantined: 0,
    });
    expect((await store.takeRecords(records([empty, large]))).conflict).toBe(2);
    await store.close();
    loseIndex(store.folder);
    store = openSinkStore(options);
    expect((await store.takeRecords(records([other, empty, large, one]))).duplicate).toBe(4);
    await store.close();
    expect(told).toEqual([expect.stringContaining(`two different leaves have id ${one.leaf.id}`)]);
    const rows = query(root, { kind: 'id.conflict' }).toReversed();
    expect(rows.map(({ payload }) => Object(payload).leaf)).toEqual([
      other.line,
      empty.line,
      large.line,
    ]);
    expect(rows[0]?.payload).toMatchObject({ payload: JSON.stringify({ person: '|bob', n: 2 }) });
    expect(rows[2]?.payload).toMatchObject({ file: expect.stringContaining('.sealed') });
    expect(query(root, { user: '|bob', kind: 'id.conflict' })).toHaveLength(2);
    expect(leafLinesOf(store.folder)).not.toContain(other.line);
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  });

  test('takes a leaf whose payload never came, says so, and verify understands', async () => {
    const root = aFolder();
    const store = openSinkStore({ root });
    const sent = [forged({}, null), forged({ seq: 2, actor: 'a_abcdefghijklmnop' }, null)];
    expect((await store.takeRecords(records([...sent, forged({ seq: 3 })]))).stored).toBe(3);
    await store.close();
    const report = verifyLog(store.folder, { deep: true });
    expect(report).toMatchObject({ ok: true, counts: { absent: 2 } });
    expect(report.notes.join()).toContain('2 entries of other logs came without their payload');
    expect(query(root, { server: 'forge' })).toMatchObject([
      { sealed: 'opened' },
      { sealed: 'absent' },
      { sealed: 'absent' },
    ]);
    // No entry of the log's own may hide behind it, and no seal be exchanged for it.
    const [segment = ''] = readdirSync(join(store.folder, 'segments'));
    const path = join(store.folder, 'segments', segment);
    const lines = readFileSync(path, 'utf8').split('\n');
    const foreign = lines.findIndex((line) => line.startsWith('{"seal":"system.'));
    for (const [at, code] of [
      [1, 'seal'],
      [foreign, 'seals'],
    ] as const) {
      writeFileSync(path, lines.with(at, '{"seal":"absent"}').join('\n'));
      expect(verifyLog(store.folder).problems[0]?.code).toBe(code);
    }
  });

  test('never brings back what was erased when it is sent again (I6)', async () => {
    const root = aFolder();
    let store = openSinkStore({ root });
    const sent = sentTo(store.recipient, 9);
    await store.takeRecords(records(sent));
    await store.close();
    // What an erasure does: the person's key is destroyed, the seals for the person are blanked.
    const person = 'https://issuer.example|user-1';
    const keys = openKeysForReading(root, {});
    const keyring = Keyring.open({
      folder: store.folder,
      origin: store.origin,
      keys,
      readOnly: true,
    });
    const actor = keyring.findActor(person) ?? '';
    keyring.close();
    expect(actor).toMatch(/^a_/);
    const database = openDatabase(join(store.folder, 'keys.db'));
    database.prepare('DELETE FROM subject WHERE actor = ?').run(actor);
    database.close();
    const [segment = ''] = readdirSync(join(store.folder, 'segments'));
    const path = join(store.folder, 'segments', segment);
    const lines = readFileSync(path, 'utf8').split('\n');
    const theirs = lines.filter((line) => line.startsWith(`{"seal":"${actor}.`));
    expect(theirs).toHaveLength(3);
    writeFileSync(
      path,
      lines.map((line) => (theirs.includes(line) ? blankSeal(line) : line)).join('\n'),
    );
    loseIndex(store.folder);
    store = openSinkStore({ root });
    expect((await store.takeRecords(records(sent))).duplicate).toBe(sent.length);
    await store.close();
    expect(readFileSync(path, 'utf8').match(/"seal":null/g)).toHaveLength(3);
    expect(verifyLog(store.folder)).toMatchObject({ ok: true, counts: { erased: 3 } });
    // Asked with keys, one unexplained person: blanked lines still say whose they were.
    expect(verifyLog(store.folder, { deep: true }).problems.map(({ code }) => code)).toEqual([
      'unexplained',
    ]);
    expect(query(root, { user: person })).toEqual([]);
  });

  test('has one writer: a second sink on the folder is refused', async () => {
    const root = aFolder();
    const store = openSinkStore({ root });
    expect(() => openSinkStore({ root })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_LOCKED' }),
    );
    expect(readdirSync(root).toSorted()).toEqual(['central', 'keys']);
    await store.close();
    await openSinkStore({ root }).close();
  });

  test('finds every entry by id, gives lines and hashes of any range, as the segments have them', async () => {
    const store = openSinkStore({ root: aFolder() }, { maxSegmentBytes: 200_000 });
    const sent = sentTo(store.recipient, 900);
    for (let at = 0; at < sent.length; at += 40)
      await store.takeRecords(records(sent.slice(at, at + 40)));
    const lines = leafLinesOf(store.folder);
    const size = store.leafHashes(0, 10_000).length;
    expect(size).toBeGreaterThan(sent.length);
    expect(store.leafLines(0, 10_000)).toEqual(lines.slice(0, size));
    for (let n = 0; n < 60; n += 1) {
      const first = (n * 7919) % size;
      expect(store.leafLines(first, 17)).toEqual(lines.slice(first, Math.min(first + 17, size)));
      expect(store.leafHashes(first, 1)[0]).toEqual(leafHash(Buffer.from(lines[first] ?? '')));
    }
    for (const { leaf, line } of sent)
      expect(store.find(leaf.id)).toEqual({ leaf: line, index: lines.indexOf(line) });
    expect(store.find('0190a000-0000-7000-8000-000000000000')).toBeUndefined();
    expect(store.find('no id')).toBeUndefined();
    expect(store.checkpoint().size).toBeGreaterThan(0);
    await store.close();
    expect(readdirSync(join(store.folder, 'segments')).length).toBeGreaterThan(2);
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  });

  test('enters the digests of closed segments while senders never pause', async () => {
    const store = openSinkStore({ root: aFolder() }, { maxSegmentBytes: 300_000 });
    // How far the digests are behind is the machine's affair, so the senders go on until two are there; starved, none would be.
    const sent = sentTo(store.recipient, 10_000);
    const digests = () => leavesOf(store.folder).filter(({ kind }) => kind === 'segment.closed');
    let seen = 0;
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let at = lane * 10; at < sent.length && seen < 2; at += 80) {
        await store.takeRecords(records(sent.slice(at, at + 10)));
        if (at % 800 === 0) seen = digests().length;
      }
    });
    await Promise.all(lanes);
    expect(seen).toBeGreaterThan(1);
    expect(readdirSync(join(store.folder, 'segments')).length).toBeGreaterThan(seen);
    await store.close();
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  });

  test('says that it is busy while its ids are read again, then knows them all (I4)', async () => {
    const root = aFolder();
    let store = openSinkStore({ root });
    const sent = sentTo(store.recipient, 2500);
    await store.takeRecords(records(sent));
    await store.close();
    const spoil: Record<string, () => void> = {
      removed: () => loseIndex(store.folder),
      'hashes cut': () => truncateSync(join(store.folder, 'leaf-hashes'), 320),
      'no database': () => {
        loseIndex(store.folder);
        writeFileSync(join(store.folder, 'sink.db'), 'x'.repeat(5000));
      },
    };
    for (const [how, act] of Object.entries(spoil)) {
      act();
      store = openSinkStore({ root });
      expect(store.readiness(), how).toEqual({ ready: false, reason: 'rebuilding' });
      await expect(store.takeRecords(records(sent))).rejects.toMatchObject({
        reason: 'rebuilding',
      });
      await store.ready();
      expect(store.readiness()).toEqual({ ready: true });
      expect((await store.takeRecords(records(sent))).duplicate, how).toBe(sent.length);
      expect(store.leafLines(0, 100_000).length).toBe(store.leafHashes(0, 100_000).length);
      await store.close();
    }
    expect(existsSync(join(store.folder, 'quarantine'))).toBe(false);
  });

  test('after another boot it compares the hashes with the tree, and reads them again if they are not it', async () => {
    const root = aFolder();
    let store = openSinkStore({ root });
    const sent = sentTo(store.recipient, 50);
    await store.takeRecords(records(sent));
    await store.close();
    const good = readFileSync(join(store.folder, 'leaf-hashes'));
    // What a power cut may leave: the file as long as it was, a page of it empty.
    writeFileSync(join(store.folder, 'leaf-hashes'), Buffer.from(good).fill(0, 320, 640));
    const database = openDatabase(join(store.folder, 'sink.db'));
    database.exec(
      `UPDATE meta SET value = json_set(value, '$.boot', 'another') WHERE name = 'state'`,
    );
    database.close();
    store = openSinkStore({ root });
    await store.ready();
    expect(Buffer.concat([...store.leafHashes(0, 1000)]).subarray(0, good.length)).toEqual(good);
    await store.close();
  });

  test('refuses what it has no room for, takes it later, and takes nothing while it closes', async () => {
    const store = openSinkStore({ root: aFolder() });
    const text = 'x'.repeat(250_000);
    const sent = Array.from({ length: 160 }, (_, n) =>
      forged({ seq: n + 1 }, JSON.stringify({ text })),
    );
    const results = await Promise.allSettled(sent.map(({ record }) => store.takeRecords([record])));
    const refused = results.flatMap((result, n) => (result.status === 'rejected' ? [n] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(sent.length);
    for (const n of refused)
      expect(results[n]).toMatchObject({ reason: { reason: 'overload', retryAfterSeconds: 1 } });
    const rest = sent.filter((_, n) => refused.includes(n));
    for (const { record } of rest) expect((await store.takeRecords([record])).stored).toBe(1);
    const last = store
      .takeRecords(records([forged({ seq: 999 })]))
      .catch((error: unknown) => error);
    const closing = store.close();
    await expect(store.takeRecords(records([forged({ seq: 1000 })]))).rejects.toThrow(SinkBusy);
    await closing;
    // What was under way when it closed is in the log, or was refused.
    const outcome = await last;
    const leaves = leavesOf(store.folder);
    expect(leaves.filter(({ stream }) => stream === 'forge/0a1b2c3d')).toHaveLength(
      outcome instanceof SinkBusy ? 160 : 161,
    );
    expect(leaves.at(-1)?.kind).toBe('log.stopped');
    expect(readLog(store.folder).uncommitted).toBe(0);
  });
});

describe('spans of other instrumentations', () => {
  const span = (n: number, attributes: Record<string, string>, isError = false): WireSpan => ({
    trace: n.toString(16).padStart(32, '0'),
    span: n.toString(16).padStart(16, '0'),
    startUnixNano: BigInt(Date.UTC(2026, 10, 26)) * 1_000_000n,
    endUnixNano: BigInt(Date.UTC(2026, 10, 26)) * 1_000_000n + 1_500_000n,
    isError,
    attributes: new Map(Object.entries(attributes)),
    service: 'python-shop',
  });

  test('become entries by their method, once, whatever the sender repeats', async () => {
    const root = aFolder();
    let store = openSinkStore({ root });
    const spans = [
      span(1, { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' }),
      span(2, { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'my secret, typed' }, true),
      span(3, { 'mcp.method.name': 'resources/read', 'error.type': 'tool_error' }),
      span(4, { 'mcp.method.name': 'tools/list' }),
      span(5, { 'mcp.method.name': 'prompts/get', 'gen_ai.prompt.name': 'greet' }),
    ];
    expect(await store.takeSpans(spans)).toMatchObject({ stored: 4, duplicate: 0 });
    await store.close();
    loseIndex(store.folder);
    store = openSinkStore({ root });
    expect(await store.takeSpans([...spans, ...spans])).toMatchObject({ stored: 0, duplicate: 8 });
    await store.close();
    const leaves = leavesOf(store.folder).filter(({ service }) => service === 'python-shop');
    expect(leaves).toMatchObject([
      { kind: 'tool.call', action: 'execute', target: 'search', outcome: 'success', us: 1500 },
      { kind: 'tool.call', target: '_OTHER', outcome: 'failure' },
      { kind: 'resource.read', action: 'read', outcome: 'failure', error: 'tool_error' },
      { kind: 'prompt.get', action: 'read', target: 'greet' },
    ]);
    expect(leaves[0]?.stream).toBe(store.origin);
    expect(leaves[0]).toMatchObject({ trace: spans[0]?.trace, span: spans[0]?.span });
    expect(query(root, { server: 'python-shop', text: 'my secret, typed' })).toHaveLength(1);
    expect(verifyLog(store.folder, { deep: true }).problems).toEqual([]);
  });
});
