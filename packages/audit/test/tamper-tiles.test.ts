/**
 * The part of the tamper corpus that a monitor of the published tiles sees (audit.md 10.4; C2SP tlog-tiles): hashes and
 * entries changed, cut off, swapped, doubled and removed, under a checkpoint that it has.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseCheckpoint } from '../src/checkpoint.ts';
import { LogbookError } from '../src/errors.ts';
import { leafHash } from '../src/hash.ts';
import { openNote, parseVkey } from '../src/note.ts';
import { Tiles } from '../src/sink/http/tiles.ts';
import { Frontier } from '../src/tree.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { FakeStore } from './sink-http/fake-store.ts';
import { removeRoots } from './small-log.ts';
import { drawn, type Outcome, Tried, upTo } from '../../../test/harness/tried.ts';
import { aVictim, LONG_MS, type Victim } from './tamper-log.ts';

rememberSignatures();

const BY = 'a C2SP monitor';
const tried = new Tried('tamper-tiles');

afterAll(() => {
  tried.report();
  removeRoots();
});

/** What a monitor has of a log: a checkpoint, the tile of its hashes, the bundle of its entries. */
interface Published {
  readonly note: Buffer;
  readonly hashes: Buffer;
  readonly bundle: Buffer;
}

async function publish({ folder, texts }: Victim): Promise<Published> {
  const store = new FakeStore();
  for (const bytes of texts)
    for (const line of bytes.toString().split('\n'))
      if (line.startsWith('{"leaf":')) store.add(line);
  const tiles = new Tiles(store);
  const [hashes, bundle] = await Promise.all(
    ([0, 'entries'] as const).map((level) =>
      tiles.tile({ level, n: 0, width: store.lines.length }),
    ),
  );
  if (hashes === undefined || bundle === undefined) throw new Error('no tiles');
  const note = readFileSync(join(folder, 'checkpoint'));
  return { note, hashes: Buffer.from(hashes.bytes), bundle: Buffer.from(bundle.bytes) };
}

/** What a monitor does: the signature, the tile's hashes under the root, the entries under the hashes. */
function accepts(vkey: string, { note, hashes, bundle }: Published): boolean {
  let checkpoint;
  try {
    checkpoint = parseCheckpoint(openNote(note.toString(), [parseVkey(vkey)]).text);
  } catch (error) {
    if (error instanceof LogbookError) return false;
    throw error;
  }
  if (hashes.length !== 32 * checkpoint.size) return false;
  const tree = Frontier.empty();
  for (let at = 0; at < hashes.length; at += 32) tree.append(hashes.subarray(at, at + 32));
  if (!tree.root().equals(checkpoint.root)) return false;
  let at = 0;
  for (let n = 0; n < checkpoint.size; n += 1) {
    if (at + 2 > bundle.length) return false;
    const end = at + 2 + bundle.readUInt16BE(at);
    if (!leafHash(bundle.subarray(at + 2, end)).equals(hashes.subarray(32 * n, 32 * n + 32)))
      return false;
    at = end;
  }
  return at === bundle.length;
}

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << drawn(8));
  return copy;
}

test(
  'a flipped bit, a cut, hashes and entries swapped, doubled and removed',
  async () => {
    const victim = await aVictim();
    const published = await publish(victim);
    const { note, hashes, bundle } = published;
    expect(accepts(victim.vkey, published)).toBe(true);
    tried.clean([]);
    const judged = (changed: Partial<Published>): Outcome =>
      accepts(victim.vkey, { ...published, ...changed }) ? 'missed' : 'found';

    const starts: number[] = [];
    for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) starts.push(at);
    const parts = {
      hash: (n: number) => hashes.subarray(32 * n, 32 * n + 32),
      entry: (n: number) => bundle.subarray(starts[n], starts[n + 1] ?? bundle.length),
    };
    const numbers = upTo(starts.length);
    const pairs = numbers.flatMap((a) => upTo(a).map((b) => [a, b] as const));
    const places = numbers.flatMap((a) => numbers.map((b) => [a, b] as const));

    const missed = [
      ...tried.each(['byte of a hash tile flipped', BY], upTo(hashes.length), 600, (at) =>
        judged({ hashes: flip(hashes, at) }),
      ),
      ...tried.each(['byte of an entry bundle flipped', BY], upTo(bundle.length), 600, (at) =>
        judged({ bundle: flip(bundle, at) }),
      ),
      ...tried.each(['byte of the served checkpoint flipped', BY], upTo(note.length), 400, (at) =>
        judged({ note: flip(note, at) }),
      ),
      ...tried.each(['hash tile cut off at a byte', BY], upTo(hashes.length), 200, (at) =>
        judged({ hashes: hashes.subarray(0, at) }),
      ),
      ...tried.each(['entry bundle cut off at a byte', BY], upTo(bundle.length), 200, (at) =>
        judged({ bundle: bundle.subarray(0, at) }),
      ),
    ];
    for (const [name, of] of [
      ['hash of a tile', 'hash'],
      ['entry of a bundle', 'entry'],
    ] as const) {
      const inOrder = (order: readonly number[]): Outcome => {
        const bytes = Buffer.concat(order.map(parts[of]));
        return judged(of === 'hash' ? { hashes: bytes } : { bundle: bytes });
      };
      missed.push(
        ...tried.each([`${name} removed`, BY], numbers, 50, (n) =>
          inOrder(numbers.toSpliced(n, 1)),
        ),
        ...tried.each([`${name} swapped with another`, BY], pairs, 200, ([a, b]) =>
          inOrder(numbers.with(a, b).with(b, a)),
        ),
        ...tried.each([`${name} doubled at any place`, BY], places, 200, ([a, b]) =>
          inOrder(numbers.toSpliced(b, 0, a)),
        ),
      );
    }
    expect(missed).toEqual([]);
  },
  LONG_MS,
);
