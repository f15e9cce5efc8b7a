/** The reader of HTTP answers: what it finds in bytes that are cut anywhere, packed or not, and what it must give up. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Answer } from '../src/tap/answer.ts';

const EVENTS =
  ': hello\r\n\r\nevent: endpoint\ndata: /messages?a=1\n\n\ndata:{"a":\r\ndata: 1}\r\nid: 4\r\n\r\ndata: last';
const READ = ['endpoint /messages?a=1', 'message {"a":\n1}', 'message last'];

/** What is read of bytes that come in pieces of `size`. */
async function read(bytes: Buffer, encoding?: string, size = bytes.length): Promise<string[]> {
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    const answer = new Answer({
      text: (text, event) => told.push(`${event} ${text}`),
      unread: (reason) => told.push(`unread: ${reason}`),
      over: () => {
        told.push('over');
        setImmediate(resolve);
      },
    });
    for (let at = 0; at < bytes.length; at += size)
      answer.write(Buffer.from(bytes.subarray(at, at + size)), () => encoding);
    answer.end();
  });
  return told;
}

const JSON_TEXT = '{"jsonrpc":"2.0","id":1,"result":{"text":"größer"}}';
const PACKERS = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync } as const;

test.each(Object.keys(PACKERS) as (keyof typeof PACKERS)[])(
  'JSON and events packed by %s are read, whole and byte by byte',
  async (encoding) => {
    for (const size of [1, 7, 1_000]) {
      const json = PACKERS[encoding](Buffer.from(JSON_TEXT));
      expect(await read(json, encoding, size)).toEqual([`message ${JSON_TEXT}`, 'over']);
      const events = PACKERS[encoding](Buffer.from(EVENTS));
      expect(await read(events, encoding, size)).toEqual([...READ, 'over']);
    }
  },
);

test('text that a middleware below will pack is read as it is, whatever the header says', async () => {
  for (const encoding of [undefined, 'identity', 'gzip', 'br']) {
    expect(await read(Buffer.from(JSON_TEXT), encoding)).toEqual([`message ${JSON_TEXT}`, 'over']);
    expect(await read(Buffer.from(EVENTS), encoding)).toEqual([...READ, 'over']);
  }
});

test('what cannot be unpacked is unread, said once', async () => {
  const noise = Buffer.from('no such thing');
  expect(await read(noise, 'gzip', 3)).toEqual(['unread: compressed', 'over']);
  expect(await read(noise, 'br', 3)).toEqual(['unread: compressed', 'over']);
  expect(await read(noise, 'compress', 3)).toEqual(['unread: compressed', 'over']);
});

test('a message of over 8 MiB is unread, packed or not', async () => {
  const long = Buffer.from(`{"text":"${'x'.repeat(9 * 1024 * 1024)}"}`);
  expect(await read(long, undefined, 1 << 16)).toEqual(['unread: too_long', 'over']);
  expect(await read(gzipSync(long), 'gzip')).toEqual(['unread: too_long', 'over']);
});

test('of events that were cut off those are read that came', async () => {
  const whole = gzipSync(Buffer.from(EVENTS), { flush: 2 });
  expect((await read(whole.subarray(0, -12), 'gzip')).slice(0, 2)).toEqual(READ.slice(0, 2));
});

test('nothing is nothing', async () => {
  expect(await read(Buffer.alloc(0), 'gzip')).toEqual(['over']);
});
