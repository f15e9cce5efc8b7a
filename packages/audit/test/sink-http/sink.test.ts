/** Starting a sink: what is refused before the log is touched, and real OTLP bodies through the real decoders. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSink, type DoorOptions } from '../../src/sink/http/sink.ts';
import { FakeStore } from './fake-store.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

test('without credentials it listens on loopback only, and is refused before the log is opened', async () => {
  let opened = 0;
  const open = (): FakeStore => {
    opened += 1;
    return new FakeStore();
  };
  for (const options of [
    { host: '0.0.0.0', port: 0 },
    { host: '::', port: 0 },
    { host: 'sink.example', port: 0 },
    { ...LOOPBACK, tokenFile: '/does/not/exist' },
    { ...LOOPBACK, tls: { cert: '/does/not/exist', key: '/does/not/exist' } },
  ] satisfies DoorOptions[])
    await expect(startSink(options, open)).rejects.toMatchObject({ code: 'ERR_LOGBOOK_USAGE' });
  expect(opened).toBe(0);
});

test('with a token it listens anywhere; an address that cannot be had closes the log again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sink-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'a-token-0123456789abcdef');
  const store = new FakeStore();
  const sink = await startSink({ host: '0.0.0.0', port: 0, tokenFile }, () => store);
  expect(sink.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  const port = Number(new URL(sink.url).port);
  const second = new FakeStore();
  await expect(startSink({ host: '0.0.0.0', port, tokenFile }, () => second)).rejects.toThrow(
    'EADDRINUSE',
  );
  expect([store.closed, second.closed]).toEqual([false, true]);
  await sink.close();
  expect(store.closed).toBe(true);
  rmSync(folder, { recursive: true });
});

test('an observer that throws harms nothing; OTLP JSON is decoded and stored', async () => {
  const store = new FakeStore();
  const bad = (): never => {
    throw new Error('observer');
  };
  const observer = { records: bad, acknowledged: bad, heartbeat: bad, problem: bad };
  const sink = await startSink({ ...LOOPBACK, observer }, () => store);
  const logRecords = [{ eventName: 'mcp_logbook.audit', body: { stringValue: 'id-1 leaf' } }];
  const post = async (body: string): Promise<number> => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${sink.url}/v1/logs`, { method: 'POST', headers, body })).status;
  };
  expect(await post(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))).toBe(200);
  expect(await post('{')).toBe(200);
  expect(store.lines).toEqual(['id-1 leaf']);
  expect(store.quarantined).toHaveLength(1);
  await sink.close();
});
