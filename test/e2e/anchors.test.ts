/** `verify --anchors`: as an operator types it, and a producer's log against what a real sink kept of it. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createShipper, createSink, openLogbook, readAnchors, verifyLog } from '@mcp-logbook/audit';
import { afterAll, expect, test } from 'vitest';
import { mcpLogbook } from '../harness/cli.ts';
import { present } from '../harness/json.ts';
import { logFolders } from '../harness/logbook.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';

afterAll(removeSandboxes);

const RISK = 'nobody can detect that the newest entries were cut off';

test('a snapshot put back is found by a copy of the checkpoints, and said to be unknowable without', () => {
  const { logs, work } = aSandbox();
  const open = (): ReturnType<typeof openLogbook> => openLogbook({ root: logs, service: 'shop' });
  const first = open();
  first.record({ kind: 'tool.call', target: 'buy', payload: {} });
  first.close();
  const snapshot = join(work, 'snapshot');
  cpSync(first.folder, snapshot, { recursive: true });
  const second = open();
  second.record({ kind: 'tool.call', target: 'buy', payload: {} });
  second.close();
  const kept = join(work, 'kept.jsonl');
  cpSync(join(first.folder, 'checkpoints.jsonl'), kept);

  const verify = (...args: string[]): ReturnType<typeof mcpLogbook> =>
    mcpLogbook(['verify', '--dir', logs, '--key', first.vkey, ...args]);
  const sound = verify('--anchors', kept);
  expect(sound.code).toBe(0);
  expect(sound.stderr).toMatch(/anchored up to entry (\d+) of \1 by ".*": signed .*every entry is/);
  expect(sound.stderr).toMatch(/weakest anchor: \d+ s old/);

  rmSync(first.folder, { recursive: true });
  cpSync(snapshot, first.folder, { recursive: true });
  expect(verify()).toMatchObject({ code: 0, stderr: expect.stringContaining(RISK) });
  const found = verify('--anchors', kept);
  expect(found.code).toBe(1);
  expect(found.stdout).toContain('the end is missing');

  const nothing = join(work, 'nothing');
  writeFileSync(nothing, '');
  expect(verify('--anchors', nothing)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/no anchor of this log was found.*[^]*weakest anchor: none/),
  });
  expect(verify('--anchors', join(logs, 'shop', 'log.json')).code).toBe(2);
  expect(verify('--anchors', join(work, 'absent')).code).toBe(3);
  expect(verify('--anchors', 'http://127.0.0.1:9').code).toBe(3);
});

test('anchor copies the checkpoint of every log, and says who could not be reached', () => {
  const { logs, work } = aSandbox();
  for (const service of ['shop', 'bank']) {
    const log = openLogbook({ root: logs, service });
    log.close();
  }
  const copy = join(work, 'kept.jsonl');
  const anchor = (...args: string[]): ReturnType<typeof mcpLogbook> =>
    mcpLogbook(['anchor', '--dir', logs, ...args]);
  const done = anchor('--copy', copy);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(done.stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(mcpLogbook(['verify', '--dir', logs, '--anchors', copy])).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/weakest anchor: \d+ s old/),
  });
  expect(anchor().code).toBe(2);
  expect(anchor('--witness', 'http://127.0.0.1:9').code).toBe(2);
  expect(anchor('--timestamp', 'http://127.0.0.1:9').code).toBe(3);
});

test("a sink keeps its producers' checkpoints for them, also when its index was lost", async () => {
  const { root, work } = aSandbox();
  const tokenFile = join(work, 'token');
  writeFileSync(tokenFile, 'anchor-test-token-0123456789');
  const central = { root: join(root, 'central'), host: '127.0.0.1', port: 0, tokenFile };
  const producer = { root: join(root, 'producer'), service: 'shop' };
  const log = openLogbook(producer);
  const { origin, folder, vkey } = log;
  for (let n = 0; n < 9; n += 1) {
    log.record({ kind: 'tool.call', target: 'buy', payload: { n } });
    if (n % 3 === 0) log.commit();
  }
  log.close();
  const early = join(work, 'early');
  cpSync(folder, early, { recursive: true });

  let sink = await createSink(central);
  const { recipient } = sink;
  const shipper = await createShipper({
    root: producer.root,
    endpoint: sink.url,
    recipient,
    tokenFile,
  });
  expect((await shipper.shipNow()).complete).toBe(true);
  await shipper.close();
  const anchors = await readAnchors(sink.url, origin, { tokenFile });
  expect(anchors.length).toBeGreaterThan(2);
  expect(await readAnchors(sink.url, 'other/12345678', { tokenFile })).toEqual([]);
  expect(await readAnchors(sink.url, sink.origin, { tokenFile })).toHaveLength(1);
  await expect(readAnchors(sink.url, origin)).rejects.toThrow('401');
  await sink.close();

  const sound = verifyLog(folder, { vkey, anchors });
  expect(sound).toMatchObject({ ok: true, problems: [] });
  expect(sound.anchor?.size).toBe(sound.size);
  const segment = join(folder, 'segments', '000000000000.jsonl');
  const lines = readFileSync(segment, 'utf8').split('\n').slice(0, -1);
  const end = lines.findIndex((line) => line.startsWith('{"commit":'));
  writeFileSync(segment, `${lines.slice(0, end + 1).join('\n')}\n`);
  for (const name of ['checkpoint', 'checkpoints.jsonl']) rmSync(join(folder, name));
  expect(verifyLog(folder, { vkey }).ok).toBe(true);
  expect(verifyLog(folder, { vkey, anchors }).ok).toBe(false);

  const centralFolder = present(logFolders(central.root)[0]);
  for (const name of ['sink.db', 'sink.db-wal', 'sink.db-shm', 'leaf-hashes'])
    rmSync(join(centralFolder, name), { force: true });
  sink = await createSink(central);
  try {
    await expect
      .poll(async () => await readAnchors(sink.url, origin, { tokenFile }), { timeout: 20_000 })
      .toEqual(anchors.map((anchor) => ({ ...anchor, source: sink.url })));
  } finally {
    await sink.close();
  }
});
