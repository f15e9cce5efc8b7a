/**
 * Tessera's `fsck`, a verifier of C2SP tiled logs that is not ours, over the read API of a sink with real entries: it fetches
 * the checkpoint, every entry bundle and every tile, hashes the entries itself, and rebuilds the tree (I1, I2).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShipper, createSink, openLogbook, type Sink } from '@mcp-logbook/audit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { missingPrograms, requireProgram } from '../harness/programs.ts';

const skipped = missingPrograms('fsck');
const TOKEN = 'fsck-test-token-0123456789';
/** Several full tiles, a full one on level 1 would need 65,536: partial tiles on both levels. */
const CALLS = 5_000;
/** One check takes a second or two; a liar's may never end. */
const SILENT_MS = 8_000;

describe.skipIf(skipped !== undefined)(`Tessera fsck ${skipped ?? ''}`, () => {
  let folder = '';
  let sink: Sink;
  let publicKey = '';
  const auth = { authorization: `Bearer ${TOKEN}` };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fsck-'));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, TOKEN);
    const root = join(folder, 'central');
    sink = await createSink({ root, host: '127.0.0.1', port: 0, tokenFile });
    publicKey = join(folder, 'vkey');
    writeFileSync(publicKey, `${sink.vkey}\n`);
    const producer = { root: join(folder, 'producer'), service: 'shop' };
    const log = openLogbook(producer);
    for (let n = 0; n < CALLS; n += 1) {
      log.record({
        kind: 'tool.call',
        target: 'buy',
        person: `|user-${n % 9}`,
        payload: { n, é: '✓' },
      });
    }
    log.close();
    const endpoint = sink.url;
    const { recipient } = sink;
    const shipper = await createShipper({ root: producer.root, endpoint, recipient, tokenFile });
    expect((await shipper.shipNow()).complete).toBe(true);
    await shipper.close();
    const published = async (): Promise<void> =>
      expect(await checkpointSize()).toBeGreaterThan(CALLS);
    await vi.waitFor(published, { timeout: 60_000, interval: 100 });
  });

  afterAll(async () => {
    await sink.close();
    rmSync(folder, { recursive: true });
  });

  const checkpointSize = async (): Promise<number> => {
    const answer = await fetch(`${sink.url}/checkpoint`, { headers: auth });
    return Number((await answer.text()).split('\n')[1]);
  };

  /** What it says in the end. It ends with code 0 whatever it found, and after some findings not at all. */
  const fsck = async (url: string, key = publicKey): Promise<'sound' | 'not sound'> => {
    const args = ['-storage_url', url, '-public_key', key, '-bearer_token', TOKEN, '-ui=false'];
    const child = spawn(requireProgram('fsck'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    const found = new Promise<void>((resolve) => {
      child.stderr.on('data', (part: Buffer) => {
        text += part.toString();
        if (/^E|Successfully/m.test(text)) resolve();
      });
    });
    const gone = once(child, 'close').then(() => undefined);
    await Promise.race([found, gone, new Promise((resolve) => setTimeout(resolve, SILENT_MS))]);
    child.kill('SIGKILL');
    await gone;
    return /Successfully fsck'd log with size \d+ and root /.test(text) ? 'sound' : 'not sound';
  };

  test('a log of thousands of shipped entries is sound, by its verifier key', async () => {
    expect(await checkpointSize()).toBeGreaterThan(CALLS);
    expect(await fsck(`${sink.url}/`)).toBe('sound');
  });

  test('with the key of another log it is refused', async () => {
    const other = openLogbook({ root: join(folder, 'other'), service: 'other' });
    const key = join(folder, 'other-vkey');
    writeFileSync(key, `${other.vkey}\n`);
    other.close();
    expect(await fsck(`${sink.url}/`, key)).toBe('not sound');
  });

  test.each([
    ['changes nothing', /^\/nothing$/, 'sound'],
    ['changes one byte of an entry bundle', /^\/tile\/entries\/007$/, 'not sound'],
    ['changes one byte of a hash tile', /^\/tile\/0\/003$/, 'not sound'],
    ['changes one byte of a tile of level 1', /^\/tile\/1\/000\.p\/\d+$/, 'not sound'],
  ])(
    'through somebody in the middle who %s it is as it should be',
    async (_name, path, outcome) => {
      let changed = 0;
      const liar = createServer((request, response) => {
        void fetch(`${sink.url}${request.url}`, { headers: auth }).then(async (answer) => {
          const body = Buffer.from(await answer.arrayBuffer());
          if (answer.ok && path.test(request.url ?? '')) {
            changed += 1;
            body[40] = (body[40] ?? 0) ^ 1;
          }
          response.writeHead(answer.status).end(body);
        });
      });
      liar.listen(0, '127.0.0.1');
      await once(liar, 'listening');
      try {
        const found = await fsck(`http://127.0.0.1:${(liar.address() as AddressInfo).port}/`);
        expect([changed > 0, found]).toEqual([outcome === 'not sound', outcome]);
      } finally {
        liar.closeAllConnections();
        liar.close();
      }
    },
  );
});
