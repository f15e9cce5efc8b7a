/**
 * 100 MB through `mcp-logbook wrap`, both ways at once: not a byte changes, the slower side sets the pace, and memory stays
 * bounded (I8, I10). `cat` sends back what it is sent, so one digest covers both directions.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { BIN } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { eventually, parallel } from '../harness/wait.ts';
import { MAX_RSS_MIB, maxRssMiB } from '../harness/wrapped.ts';

const MIB = 1024 * 1024;
const TOTAL_BYTES = 100 * 1000 * 1000;
/** Four sockets' and two streams' buffers, and what `cat` holds. */
const MAX_UNDERWAY_BYTES = 4 * MIB;

afterAll(() => removeSandboxes());

function startCat(): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [BIN, 'wrap', '--', 'cat'], { env: { ...aSandbox().env } });
  child.stdin.on('error', () => {});
  return child;
}

/** Messages, a line of 20 MiB, and bytes that are neither lines nor text. */
function* traffic(): Generator<Buffer> {
  const random = randomBytes(MIB);
  const text = random.toString('base64').slice(0, 100_000);
  const message = (n: number): Buffer =>
    Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: n, result: { content: [{ text }] } })}\n`);
  let sent = 0;
  for (let n = 0; sent < TOTAL_BYTES; n += 1) {
    const left = TOTAL_BYTES - sent;
    const next = n === 40 ? Buffer.alloc(20 * MIB, 0x61) : n % 2 === 0 ? message(n) : random;
    yield next.subarray(0, left);
    sent += Math.min(next.length, left);
  }
}

test('100 MB come back as they were sent, at the pace of a slow reader, in bounded memory', async () => {
  const child = startCat();
  const [sentDigest, readDigest] = [createHash('sha256'), createHash('sha256')];
  let [sent, read, underway] = [0, 0, 0];
  const reading = (async () => {
    let until = 2 * MIB;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      read += chunk.length;
      readDigest.update(chunk);
      if (read < until) continue;
      until += 2 * MIB;
      await sleep(20);
    }
  })();
  const sending = (async () => {
    for (const bytes of traffic()) {
      for (let from = 0; from < bytes.length; from += 65_536) {
        const piece = bytes.subarray(from, from + 65_536);
        sentDigest.update(piece);
        sent += piece.length;
        if (!child.stdin.write(piece)) await once(child.stdin, 'drain');
        underway = Math.max(underway, sent - read);
      }
    }
  })();
  await sending;
  const rss = maxRssMiB(child.pid);
  child.stdin.end();
  await reading;
  const end = child.exitCode ?? (await once(child, 'exit'))[0];

  expect([sent, read]).toEqual([TOTAL_BYTES, TOTAL_BYTES]);
  expect(readDigest.digest('hex')).toBe(sentDigest.digest('hex'));
  expect(underway).toBeLessThan(MAX_UNDERWAY_BYTES);
  if (rss !== undefined) expect(rss).toBeLessThan(MAX_RSS_MIB);
  expect(end).toBe(0);
  const most = `at most ${(underway / MIB).toFixed(1)} MiB underway, ${rss?.toFixed(0)} MiB of memory`;
  process.stdout.write(`100 MB through wrap: ${most}\n`);
});

test('a reader that stops stops the writer, and what was sent arrives when it reads again', async () => {
  const child = startCat();
  // It runs, and passes bytes.
  child.stdin.write('first\n');
  expect(String((await once(child.stdout, 'data'))[0])).toBe('first\n');
  child.stdout.pause();
  const piece = Buffer.alloc(65_536, 0x62);
  let sent = 0;
  const write = (): void => {
    while (sent < 64 * MIB) {
      sent += piece.length;
      if (!child.stdin.write(piece)) return;
    }
  };
  child.stdin.on('drain', write);
  write();
  let last = -1;
  await eventually(
    () => {
      const isStill = sent === last && sent > 0;
      last = sent;
      return isStill;
    },
    30_000,
    () => 'the writer goes on',
  );
  await sleep(500);
  expect(sent).toBeLessThan(MAX_UNDERWAY_BYTES);
  let read = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  child.stdout.resume();
  await eventually(
    () => sent >= 64 * MIB,
    60_000,
    () => `${sent} sent, ${read} read`,
  );
  child.stdin.end();
  await once(child, 'exit');
  expect(read).toBe(sent);
});

test('a reader that is late gets every byte of a command that is long gone', async () => {
  // A pipe holds 64 KiB: of most of these a few bytes are left in the wrapper until the reader comes.
  const sizes = [60_000, 66_000, 70_000, 75_000, 80_000, 200_000];
  const got = await parallel(sizes.length, 3, async (n) => {
    const pipeline = `"$0" "$1" wrap -- head -c ${sizes[n]} /dev/zero | { sleep 1.5; wc -c; }`;
    const child = spawn('sh', ['-c', pipeline, process.execPath, BIN], {
      env: { ...aSandbox().env },
    });
    let text = '';
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) text += chunk.toString();
    return Number(text);
  });
  expect(got).toEqual(sizes);
});
