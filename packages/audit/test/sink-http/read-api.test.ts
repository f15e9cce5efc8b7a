/** The read side: tiles and proofs against a naive tree at every size, and what is served of it over HTTP. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { leafHash, nodeHash } from '../../src/hash.ts';
import { HashTree } from '../../src/sink/http/hash-tree.ts';
import { ByteCache } from '../../src/sink/http/byte-cache.ts';
import { formatTilePath, parseTilePath } from '../../src/sink/http/tiles.ts';
import { openDoor, send, type Door, type Reply } from './harness.ts';

let door: Door | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

const HASHES = Array.from({ length: 70_000 }, (_, n) => leafHash(Buffer.from(`leaf ${n}`)));

/** RFC 6962 2.1, word for word. */
function naiveRoot(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first !== undefined && hashes.length === 1) return first;
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return nodeHash(naiveRoot(hashes.slice(0, k)), naiveRoot(hashes.slice(k)));
}

/** RFC 9162 2.1.3.2: the root that a proof leads to. */
function rootOf(leaf: Buffer, index: number, size: number, proof: readonly Buffer[]): Buffer {
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const p of proof) {
    if (sn === 0) throw new Error('proof too long');
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else r = nodeHash(r, p);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  if (sn !== 0) throw new Error('proof too short');
  return r;
}

function treeOf(): HashTree {
  return new HashTree((first, count) => HASHES.slice(first, first + count));
}

test('every proof of every tree up to 300 leaves leads to the naive root', async () => {
  const tree = treeOf();
  for (let size = 1; size <= 300; size += size < 40 ? 1 : 13) {
    await tree.ready(size);
    const root = naiveRoot(HASHES.slice(0, size));
    for (let index = 0; index < size; index += 1) {
      const proof = tree.inclusionProof(index, size);
      expect(rootOf(HASHES[index] as Buffer, index, size, proof).equals(root)).toBe(true);
    }
  }
});

test.each([511, 512, 513, 65_535, 65_536, 65_537, 69_999])(
  'proofs in a tree of %i leaves lead to its root, from either side of a tile edge',
  async (size) => {
    const tree = treeOf();
    await tree.ready(size);
    const root = naiveRoot(HASHES.slice(0, size));
    expect(tree.root(0, size).equals(root)).toBe(true);
    for (const index of [0, 1, 255, 256, 257, 65_535, 65_536, size - 1]) {
      if (index >= size) continue;
      const proof = tree.inclusionProof(index, size);
      expect(rootOf(HASHES[index] as Buffer, index, size, proof).equals(root)).toBe(true);
    }
  },
);

test('tiles of the levels 0, 1 and 2 hold the nodes of the naive tree, also when the tree grew in steps', async () => {
  const tree = treeOf();
  for (const size of [100, 300, 40_000, 70_000]) await tree.ready(size);
  const node = (first: number, count: number): Buffer =>
    naiveRoot(HASHES.slice(first, first + count));
  expect(tree.tile(0, 3, 200).equals(Buffer.concat(HASHES.slice(768, 968)))).toBe(true);
  const first = Array.from({ length: 256 }, (_, n) => node(n * 256, 256));
  expect(tree.tile(1, 0, 256).equals(Buffer.concat(first))).toBe(true);
  expect(
    tree
      .tile(1, 1, 17)
      .subarray(16 * 32)
      .equals(node((256 + 16) * 256, 256)),
  ).toBe(true);
  expect(tree.tile(2, 0, 1).equals(node(0, 65_536))).toBe(true);
});

test('callers that wait for a tree at the same time share the work', async () => {
  let asked = 0;
  const tree = new HashTree((first, count) => {
    asked += count;
    return HASHES.slice(first, first + count);
  });
  await Promise.all([tree.ready(70_000), tree.ready(65_536), tree.ready(1), tree.ready(70_000)]);
  expect(asked).toBe(Math.floor(70_000 / 256) * 256);
});

test('tile paths: format and parse are inverse, and nothing else is read', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
      fc.integer({ min: 0, max: 10 ** 12 }),
      fc.integer({ min: 1, max: 256 }),
      (level, n, width) => {
        const name = { level, n, width };
        expect(parseTilePath(formatTilePath(name))).toEqual(name);
      },
    ),
  );
  expect(formatTilePath({ level: 0, n: 1_234_067, width: 256 })).toBe('0/x001/x234/067');
  for (const path of [
    '',
    '0/0',
    '0/00',
    '0/0000',
    '0/x000/001',
    '00/000',
    '64/000',
    '-1/000',
    '0/001.p/0',
    '0/001.p/256',
    '0/001.p/01',
    '0/001.p/',
    '0/001/',
    'entries/x01/001',
    'entries/../000',
    '0/x001/x001/x001/x001/x001/001',
  ])
    expect([path, parseTilePath(path)]).toEqual([path, undefined]);
});

test('the cache keeps what was used last within its bytes', () => {
  const cache = new ByteCache(100);
  let made = 0;
  const get = (key: string, size: number): number =>
    cache.get(key, () => {
      made += 1;
      return Buffer.alloc(size);
    }).length;
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) get(key, 40);
  // b had to go for c; a never.
  expect(made).toBe(4);
  expect(cache.bytes).toBeLessThanOrEqual(100);
  expect(get('huge', 500)).toBe(500);
  expect(cache.bytes).toBeLessThanOrEqual(100);
});

const id = (n: number): string => `${String(n).padStart(8, '0')}-0000-7000-8000-000000000000`;

async function get(path: string, method = 'GET'): Promise<Reply> {
  return await send((door as Door).port, { method, path });
}

test('over HTTP: the bundles hold the leaves, their hashes are the tile, the tile leads to the checkpoint', async () => {
  door = await openDoor();
  for (let n = 0; n < 700; n += 1) door.store.add(`${id(n)} {"leaf":"é${n}"}`);
  const checkpoint = (await get('/checkpoint')).text.split('\n');
  expect(checkpoint[1]).toBe('700');
  const entries: Buffer[] = [];
  for (const path of ['000', '001', '002.p/188']) {
    const { body, status, headers } = await get(`/tile/entries/${path}`);
    expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
    for (let at = 0; at < body.length;) {
      const end = at + 2 + body.readUInt16BE(at);
      entries.push(body.subarray(at + 2, end));
      at = end;
    }
    const tile = await get(`/tile/0/${path}`);
    expect(
      tile.body.equals(Buffer.concat(entries.slice(Number(path.slice(0, 3)) * 256).map(leafHash))),
    ).toBe(true);
    expect(tile.headers['cache-control']).toBe(
      path.includes('.p') ? 'no-store' : 'max-age=31536000, immutable',
    );
  }
  expect(entries.map(String)).toEqual(door.store.lines);
  expect(naiveRoot(entries.map(leafHash)).toString('base64')).toBe(checkpoint[2]);
  const level1 = await get('/tile/1/000.p/2');
  expect(level1.body.length).toBe(64);
  for (const path of [
    '0/003',
    '0/002',
    '0/002.p/189',
    '1/000',
    '1/000.p/3',
    '2/000.p/1',
    'x',
    '9/000',
  ])
    expect([path, (await get(`/tile/${path}`)).status]).toEqual([path, 404]);
});

test('/entries/{id}: the exact leaf, its index, a proof under the checkpoint that is told with it; no payload', async () => {
  door = await openDoor();
  for (let n = 0; n < 333; n += 1) door.store.add(`${id(n)} leaf ${n}`);
  const reply = await get(`/entries/${id(200)}`);
  expect(reply.headers['content-type']).toBe('application/json');
  const body = JSON.parse(reply.text) as {
    id: string;
    index: number;
    leaf: string;
    proof: string[];
    checkpoint: string;
  };
  expect(Object.keys(body).toSorted()).toEqual(['checkpoint', 'id', 'index', 'leaf', 'proof']);
  expect([body.id, body.index, body.leaf]).toEqual([id(200), 200, `${id(200)} leaf 200`]);
  const proof = body.proof.map((hash) => Buffer.from(hash, 'base64'));
  const [, size, root] = body.checkpoint.split('\n');
  expect(
    rootOf(leafHash(Buffer.from(body.leaf)), 200, Number(size), proof).toString('base64'),
  ).toBe(root);
  expect((await get(`/entries/${id(999)}`)).status).toBe(404);
  expect((await get('/entries/..%2f..%2fetc')).status).toBe(404);
  door.store.checkpointSize = 100;
  const pending = await get(`/entries/${id(200)}`);
  expect([pending.status, pending.headers['retry-after']]).toEqual([404, '1']);
});

test('health, readiness with its reason, metrics, HEAD; other methods and paths are refused', async () => {
  door = await openDoor({ metrics: async () => '# metrics\n' });
  expect((await get('/healthz')).text).toBe('ok\n');
  expect((await get('/readyz')).text).toBe('ready\n');
  const metrics = await get('/metrics');
  expect([metrics.text, metrics.headers['content-type']]).toEqual([
    '# metrics\n',
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const head = await get('/metrics', 'HEAD');
  expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '10', '']);
  door.store.ready = false;
  const unready = await get('/readyz');
  expect([unready.status, unready.text]).toEqual([503, 'rebuilding\n']);
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/checkpoint', 'DELETE')).status).toBe(405);
  expect((await get('/nothing')).status).toBe(404);
});

test('a store that fails under a reader is a 500 there, told without its message', async () => {
  door = await openDoor();
  door.store.checkpoint = () => {
    throw new Error('inner detail');
  };
  const reply = await get('/checkpoint');
  expect([reply.status, reply.text]).toEqual([500, 'failure\n']);
  expect(door.heard.problems).toEqual(['inner detail']);
});
