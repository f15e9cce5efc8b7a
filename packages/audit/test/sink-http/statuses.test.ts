/** What a sender is answered on the two paths that take evidence in: 200, 429 or 503, never anything else (audit.md 5). */
import { gzipSync, deflateSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SinkBusy } from '../../src/sink/types.ts';
import { openDoor, raw, send, type Door, type Sent } from './harness.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor({ limits: { headersTimeoutMs: 300, bodyBytes: 100_000 } });
});
afterEach(async () => {
  await door.close();
});

const LINES = 'id-1 first\nid-2 second';
const JSON_TYPE = { 'content-type': 'application/json' };

describe('what can be read is stored, then answered 200 with the empty response of its encoding', () => {
  test.each<[string, Sent]>([
    ['protobuf', { body: LINES }],
    ['gzip', { body: gzipSync(LINES), headers: { 'content-encoding': 'gzip' } }],
    ['zstd', { body: zstdCompressSync(LINES), headers: { 'content-encoding': 'zstd' } }],
    ['deflate', { body: deflateSync(LINES), headers: { 'content-encoding': 'Deflate' } }],
    ['identity by name', { body: LINES, headers: { 'content-encoding': 'identity' } }],
    ['chunked', { body: LINES, headers: { 'transfer-encoding': 'chunked' } }],
    ['a query and a slash', { body: LINES, path: '/v1/logs/?x=1' }],
    ['Expect: 100-continue', { body: LINES, headers: { expect: '100-continue' } }],
    ['another Expect', { body: LINES, headers: { expect: 'the-unexpected' } }],
  ])('%s', async (_name, sent) => {
    const reply = await send(door.port, sent);
    expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([
      200,
      'application/x-protobuf',
      '',
    ]);
    expect(door.store.lines).toEqual(['id-1 first', 'id-2 second']);
    expect(door.heard.counts).toEqual({ stored: 2, acknowledged: 1 });
    expect(Date.now() / 1000 - door.heard.heartbeatAt).toBeLessThan(5);
  });

  test('JSON, its charset in any case: {}', async () => {
    const reply = await send(door.port, {
      body: LINES,
      headers: { 'content-type': 'Application/JSON; charset=UTF-8' },
    });
    expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    expect(door.store.lines).toHaveLength(2);
  });

  test('spans on /v1/traces; the same body again is a duplicate', async () => {
    expect((await send(door.port, { path: '/v1/traces', body: 'a\nb' })).status).toBe(200);
    expect(door.store.spans.map(({ trace }) => trace)).toEqual(['a', 'b']);
    await send(door.port, { body: LINES });
    expect((await send(door.port, { body: LINES })).status).toBe(200);
    expect(door.heard.counts).toMatchObject({ stored: 4, duplicate: 2 });
  });
});

describe('what can never be read is kept as it came, then answered 200 (no 400, 405, 413, 415)', () => {
  const big = Buffer.alloc(250_000, 'x');
  test.each<[string, Sent, RegExp]>([
    ['garbage in protobuf', { body: 'gar!bage' }, /cannot be decoded as proto/],
    ['garbage in JSON', { body: '{!', headers: JSON_TYPE }, /cannot be decoded as json/],
    ['garbage on /v1/traces', { body: '!', path: '/v1/traces' }, /cannot be decoded/],
    ['text/plain', { body: LINES, headers: { 'content-type': 'text/plain' } }, /content type/],
    ['an empty type', { body: LINES, headers: { 'content-type': '' } }, /content type/],
    ['br', { body: LINES, headers: { 'content-encoding': 'br' } }, /encoding is not known/],
    ['gzip, gzip', { body: LINES, headers: { 'content-encoding': 'gzip, gzip' } }, /not known/],
    ['gzip that is none', { body: LINES, headers: { 'content-encoding': 'gzip' } }, /broken/],
    ['zstd that is none', { body: LINES, headers: { 'content-encoding': 'zstd' } }, /broken/],
    [
      'gzip cut short',
      { body: gzipSync(LINES).subarray(0, 20), headers: { 'content-encoding': 'gzip' } },
      /broken/,
    ],
    ['PUT', { body: LINES, method: 'PUT' }, /method/],
    ['DELETE', { body: 'x', method: 'DELETE', headers: { 'content-length': '1' } }, /method/],
    ['too large', { body: big }, /larger than 100000 bytes, 250000 bytes were announced/],
    [
      'too large, chunked',
      { body: big, headers: { 'transfer-encoding': 'chunked' } },
      /larger than 100000 bytes$/,
    ],
  ])('%s', async (_name, sent, reason) => {
    const reply = await send(door.port, sent);
    expect(reply.status).toBe(200);
    expect(door.store.lines).toEqual([]);
    expect(door.store.quarantined).toHaveLength(1);
    expect(door.store.quarantined[0]?.reason).toMatch(reason);
    expect(door.store.quarantined[0]?.body.equals(Buffer.from(sent.body ?? ''))).toBe(true);
    expect(door.heard.counts).toEqual({ quarantined: 1, acknowledged: 1 });
  });

  test.each(['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT'])(
    '%s without a body carries nothing: 200, nothing entered, nothing quarantined',
    async (method) => {
      expect((await send(door.port, { method })).status).toBe(200);
      expect([door.store.lines, door.store.quarantined]).toEqual([[], []]);
    },
  );
});

describe('what stands in the way for now is 503 with Retry-After', () => {
  test.each<[SinkBusy['reason'], number]>([
    ['disk', 30],
    ['lock', 5],
    ['overload', 1],
    ['rebuilding', 2.2],
  ])('the store says %s', async (reason, seconds) => {
    door.store.before = () => {
      throw new SinkBusy(reason, seconds);
    };
    for (const body of [LINES, 'gar!bage']) {
      const reply = await send(door.port, { body });
      expect([reply.status, reply.headers['retry-after']]).toEqual([
        503,
        String(Math.ceil(seconds)),
      ]);
    }
    expect(door.heard.counts).toEqual({ refused: 2 });
  });

  test('a failure that nobody foresaw is no 500, and is told', async () => {
    door.store.before = () => {
      throw new Error('something else');
    };
    const reply = await send(door.port, { body: LINES });
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '5']);
    expect(reply.text).not.toContain('something');
    expect(door.heard.problems).toEqual(['something else']);
  });

  test('a store that is not ready: the body is not even read', async () => {
    door.store.ready = false;
    const reply = await send(door.port, { body: LINES });
    expect([reply.status, reply.text]).toEqual([503, 'rebuilding\n']);
    expect(reply.headers['retry-after']).toBeDefined();
  });

  const head = 'POST /v1/logs HTTP/1.1\r\nHost: x\r\n';
  test.each<[string, string]>([
    ['headers over 16 KiB', `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['no HTTP at all', 'HELLO\r\n\r\n'],
    ['two lengths', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    [
      'length and chunks',
      `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a length that is no number', `${head}Content-Length: ten\r\n\r\n`],
    ['an unknown transfer encoding', `${head}Transfer-Encoding: rot13\r\n\r\nabc`],
    ['a control character in a header', `${head}X: a\u0001b\r\n\r\n`],
    ['a head that never ends', `${head}X-Slow: `],
  ])('a request that cannot be parsed: %s', async (_name, bytes) => {
    const answer = await raw(door.port, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: \d+\r\n/);
    expect(door.store.lines).toEqual([]);
    expect((await send(door.port, { body: LINES })).status).toBe(200);
  });

  test('HTTP/1.1 without Host is served all the same: no 400', async () => {
    const answer = await raw(
      door.port,
      'POST /v1/logs HTTP/1.1\r\nContent-Type: application/x-protobuf\r\nConnection: close\r\nContent-Length: 4\r\n\r\na b ',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});
