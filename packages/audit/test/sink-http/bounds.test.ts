/** What a sender may cost: bytes held, time, requests; and what a broken-off body leaves behind: nothing. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { ByteBudget, RateLimit, Turnstile } from '../../src/sink/http/budget.ts';
import { openDoor, raw, replyOf, send, type Door } from './harness.ts';

const MIB = 2 ** 20;
let door: Door | undefined;
afterEach(async () => {
  await door?.close();
});

test('decompression bombs cost their limit, are quarantined as they came and answered 200', async () => {
  door = await openDoor({ limits: { bodyBytes: 4 * MIB } });
  const zeros = Buffer.alloc(300 * MIB);
  const bombs: [string, Buffer][] = [
    ['gzip', gzipSync(zeros, { level: 9 })],
    ['zstd', zstdCompressSync(zeros)],
  ];
  const before = process.memoryUsage().rss;
  for (const [encoding, bomb] of bombs) {
    const reply = await send(door.port, { body: bomb, headers: { 'content-encoding': encoding } });
    expect(reply.status).toBe(200);
    expect(door.store.quarantined.at(-1)?.body.equals(bomb)).toBe(true);
    expect(door.store.quarantined.at(-1)?.reason).toBe(`larger than ${4 * MIB} bytes decompressed`);
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
});

test.each([500, 5_000, 12_000_000])(
  'a body of %i bytes that shrinks to almost nothing is no bomb: it is stored',
  async (size) => {
    door = await openDoor();
    const body = `id-1 ${'z'.repeat(size)}`;
    const noise = `id-2 ${randomBytes(60_000).toString('base64').replaceAll('!', '')}`;
    for (const text of [body, `${noise}\n${body}`]) {
      for (const [encoding, bytes] of [
        ['gzip', gzipSync(text)],
        ['zstd', zstdCompressSync(text)],
      ] as const) {
        const headers = { 'content-encoding': encoding };
        expect((await send(door.port, { body: bytes, headers })).status).toBe(200);
      }
    }
    expect(door.store.lines).toEqual([body, noise]);
    expect(door.store.quarantined).toEqual([]);
  },
);

test('a zstd frame that asks for a window of 2 GiB is quarantined, not allocated', async () => {
  door = await openDoor();
  const frame = zstdCompressSync(Buffer.alloc(1000), {
    params: { [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  // Frame header: magic, descriptor without single segment, window descriptor 0xA8 = 2^31.
  const greedy = Buffer.concat([
    frame.subarray(0, 4),
    Buffer.from([0x00, 0xa8]),
    frame.subarray(6),
  ]);
  const reply = await send(door.port, { body: greedy, headers: { 'content-encoding': 'zstd' } });
  expect(reply.status).toBe(200);
  expect(door.store.quarantined[0]?.reason).toBe('content encoding is broken');
});

test('of a body above the quarantine limit the first part is kept, the rest is read and the sender is done', async () => {
  door = await openDoor({ limits: { bodyBytes: 1000, quarantineBytes: 300_000 } });
  const body = Buffer.alloc(2 * MIB, 'y');
  const reply = await send(door.port, { body, headers: { 'transfer-encoding': 'chunked' } });
  expect(reply.status).toBe(200);
  expect(door.store.quarantined[0]?.body.length).toBe(300_000);
  expect(door.heard.problems).toEqual([
    `a body of ${2 * MIB} bytes was put into quarantine, cut at 300000`,
  ]);
});

test('above the bytes in flight: 503 before the body is read, and room again afterwards', async () => {
  door = await openDoor({ limits: { inFlightBytes: 1000 } });
  const { store, port } = door;
  let release = (): void => undefined;
  store.before = () =>
    new Promise<void>((resolve) => {
      release = resolve;
    });
  const first = send(port, { body: 'a'.repeat(900) });
  await vi.waitFor(() => expect(release.name).not.toBe('release'));
  for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
    const reply = await send(port, { body: 'b'.repeat(200), headers });
    expect([reply.status, reply.text]).toEqual([503, 'overload\n']);
    expect(reply.headers['retry-after']).toBe('2');
  }
  release();
  store.before = () => undefined;
  expect((await first).status).toBe(200);
  expect((await send(port, { body: 'c'.repeat(900) })).status).toBe(200);
});

test('a sender that asks first (Expect: 100-continue) is refused without sending', async () => {
  door = await openDoor();
  door.store.ready = false;
  const answer = await raw(
    door.port,
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9000000\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).not.toContain('100 Continue');
});

test.each([
  ['in the middle of a small body', 50],
  ['in the middle of an oversize body that goes to quarantine', 400_000],
])('a sender that breaks off %s stores nothing', async (_name, sentBytes) => {
  door = await openDoor({ limits: { bodyBytes: 1000 } });
  const socket = connect(door.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 500000\r\n\r\n',
  );
  socket.write(Buffer.alloc(sentBytes, 'z'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([door.store.lines, door.store.quarantined]).toEqual([[], []]);
  expect(door.heard.problems).toEqual([]);
  expect(door.heard.counts['acknowledged']).toBeUndefined();
});

test('a body that drips (slow loris) is ended by the request timeout with 503, and stores nothing', async () => {
  door = await openDoor({ limits: { requestTimeoutMs: 300, headersTimeoutMs: 300 } });
  const request = httpRequest({
    port: door.port,
    method: 'POST',
    path: '/v1/logs',
    headers: { 'content-type': 'application/x-protobuf', 'content-length': '100' },
  });
  request.on('error', () => undefined);
  const drip = setInterval(() => request.write('x'), 50);
  try {
    expect((await replyOf(request)).status).toBe(503);
  } finally {
    clearInterval(drip);
    request.destroy();
  }
  expect(door.store.lines).toEqual([]);
});

test('above the rate: 429 with Retry-After, and only for the caller that is too fast', async () => {
  door = await openDoor({ limits: { requestsPerSecond: 10 } });
  const { port } = door;
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => (await send(port, { body: `id-${n}` })).status),
  );
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(20);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(20);
  expect(door.store.lines).toHaveLength(statuses.filter((status) => status === 200).length);
  const reply = await send(port, { body: 'x' });
  expect(reply.headers['retry-after']).toBe(reply.status === 429 ? '1' : undefined);
});

test('many senders at once: everything acknowledged is stored, exactly once', async () => {
  door = await openDoor();
  const { port, store } = door;
  const bodies = Array.from({ length: 400 }, (_, n) => {
    const text = Array.from({ length: 25 }, (_unused, k) => `id-${n}-${k} ${'p'.repeat(300)}`);
    return text.join('\n');
  });
  const replies = await Promise.all(
    bodies.map((body, n) =>
      n % 2 === 0
        ? send(port, { body })
        : send(port, { body: gzipSync(body), headers: { 'content-encoding': 'gzip' } }),
    ),
  );
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(store.lines).size).toBe(10_000);
});

test('the byte budget lets a lone request through whatever its size, and never more than fits beside another', () => {
  const budget = new ByteBudget(100);
  expect(budget.reserve(1000)).toBe(true);
  expect(budget.reserve(1)).toBe(false);
  budget.release(1000);
  expect([budget.reserve(60), budget.reserve(40), budget.reserve(1)]).toEqual([true, true, false]);
  expect(budget.used).toBe(100);
});

test('the rate limit gives back with time, and forgets the caller longest unseen', () => {
  const limit = new RateLimit(2);
  const allowed = (): boolean[] => Array.from({ length: 6 }, () => limit.allow('a', 0));
  expect(allowed()).toEqual([true, true, true, true, false, false]);
  expect(limit.allow('b', 0)).toBe(true);
  expect(limit.allow('a', 500)).toBe(true);
  expect(limit.allow('a', 500)).toBe(false);
  for (let n = 0; n < 5_000; n += 1) limit.allow(`other-${n}`, 500);
  expect(limit.allow('a', 500)).toBe(true);
});

test('the turnstile runs so many at once, in order, and goes on after a failure', async () => {
  const turnstile = new Turnstile(2);
  const log: string[] = [];
  const work = (name: string): Promise<void> =>
    turnstile.run(1, async () => {
      log.push(`+${name}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      log.push(`-${name}`);
      if (name === 'b') throw new Error('b');
    });
  const done = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(work));
  expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(log.filter((entry) => entry.startsWith('+'))).toEqual(['+a', '+b', '+c', '+d', '+e']);
  let running = 0;
  for (const entry of log) {
    running += entry.startsWith('+') ? 1 : -1;
    expect(running).toBeLessThanOrEqual(2);
  }
});
