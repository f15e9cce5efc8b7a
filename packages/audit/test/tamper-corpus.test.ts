/**
 * The tamper corpus (audit.md 10.4): a log of 200 calls in four segments, with a person on hold and one erased, and every
 * byte, line, file and row of it changed, cut, swapped, doubled or removed. All of it is found (I1, I2), nothing clean is.
 *
 * In process, one verification each. A sample by default, all with MCP_LOGBOOK_FULL=1 (`npm run test:tamper:full`).
 * The databases beside the segments have a file of their own (tamper-databases.test.ts), and so have archives.
 */
import { copyFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Anchor } from '../src/anchors.ts';
import { LogbookError } from '../src/errors.ts';
import { readFrontier } from '../src/frontier-file.ts';
import { leafHash } from '../src/hash.ts';
import { openLogbook } from '../src/logbook.ts';
import { openNote, parseVkey } from '../src/note.ts';
import { parseCheckpoint } from '../src/checkpoint.ts';
import { Tiles } from '../src/sink/http/tiles.ts';
import { Frontier } from '../src/tree.ts';
import { verifyLog, type VerifyOptions } from '../src/verify.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { commitsOf, sealedAgain, withLines } from './resealed.ts';
import { FakeStore } from './sink-http/fake-store.ts';
import { aLog, aRoot, removeRoots } from './small-log.ts';
import { drawn, full, type Outcome, Tried, upTo } from '../../../test/harness/tried.ts';
import { aVictim, ENTRIES, expectSoundLog, flipped, judgeLog, LONG_MS } from './tamper-log.ts';

rememberSignatures();

const RISK = 'nobody can detect that the newest entries were cut off';

const tried = new Tried('tamper');
let folder = '';
let vkey = '';
let segments: readonly string[] = [];
let texts: readonly Buffer[] = [];

beforeAll(async () => {
  ({ folder, vkey, segments, texts } = await aVictim());
});

afterAll(() => {
  tried.report();
  removeRoots();
});

const judge = (options: VerifyOptions = {}, at = folder): Outcome =>
  judgeLog(at, { vkey, ...options });
const expectSound = (options: VerifyOptions = {}): void =>
  expectSoundLog(tried, folder, { vkey, ...options });

describe('segments and checkpoints, without any secret', () => {
  test(
    'a flipped bit in any byte of a segment',
    () => {
      expectSound();
      const places = texts.flatMap((bytes, n) => upTo(bytes.length).map((at) => [n, at] as const));
      const missed = tried.each(
        ['byte of a segment flipped', '`verify`'],
        places,
        1500,
        ([n, at]) => flipped(segments[n] ?? '', texts[n] ?? Buffer.alloc(0), at, judge),
      );
      expect(missed).toEqual([]);
      expectSound();
    },
    LONG_MS,
  );

  test.each([
    ['checkpoint', 400],
    ['checkpoints.jsonl', 500],
  ])(
    'a flipped bit in any byte of %s',
    (name, count) => {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      const missed = tried.each(
        [`byte of ${name} flipped`, '`verify`'],
        upTo(bytes.length),
        count,
        (at) => flipped(path, bytes, at, judge),
      );
      expect(missed).toEqual([]);
      expectSound();
    },
    LONG_MS,
  );

  test('a flipped bit in any byte of the frontier', () => {
    const path = join(folder, 'frontier');
    const bytes = readFileSync(path);
    const missed = tried.each(
      ['byte of the frontier flipped', 'the next opening'],
      upTo(bytes.length),
      bytes.length,
      (at) =>
        flipped(path, bytes, at, () => {
          try {
            return readFrontier(path) === undefined ? 'found' : 'missed';
          } catch (error) {
            if (error instanceof LogbookError) return 'found';
            throw error;
          }
        }),
    );
    expect(missed).toEqual([]);
  });

  test(
    'a segment cut at any byte',
    () => {
      const places = texts.flatMap((bytes, n) => upTo(bytes.length).map((at) => [n, at] as const));
      const missed = tried.each(
        ['segment cut off at a byte', '`verify`'],
        places,
        600,
        ([n, at]) => {
          const path = segments[n] ?? '';
          truncateSync(path, at);
          try {
            return judge();
          } finally {
            writeFileSync(path, texts[n] ?? Buffer.alloc(0));
          }
        },
      );
      expect(missed).toEqual([]);
      expectSound();
    },
    LONG_MS,
  );

  test(
    'lines removed, doubled and swapped, also between segments',
    () => {
      const lines = texts.map((bytes) => bytes.toString().split('\n').slice(0, -1));
      const all = lines.flatMap((of, n) => of.map((text, at) => ({ n, at, text })));
      const numbers = upTo(all.length);
      type Change = readonly [n: number, line: readonly string[]];
      const changed = (...changes: readonly Change[]): Outcome => {
        for (const [n, of] of changes) writeFileSync(segments[n] ?? '', `${of.join('\n')}\n`);
        try {
          return judge();
        } finally {
          for (const [n] of changes) writeFileSync(segments[n] ?? '', texts[n] ?? Buffer.alloc(0));
        }
      };
      const of = (n: number): readonly string[] => lines[n] ?? [];
      const line = (at: number): { n: number; at: number; text: string } =>
        all[at] ?? { n: 0, at: 0, text: '' };
      const missed = tried.each(['line removed', '`verify`'], numbers, 100, (at) => {
        const { n, at: place } = line(at);
        return changed([n, of(n).toSpliced(place, 1)]);
      });
      missed.push(
        ...tried.each(['line doubled in its place', '`verify`'], numbers, 100, (at) => {
          const { n, at: place, text } = line(at);
          return changed([n, of(n).toSpliced(place, 0, text)]);
        }),
        ...tried.each(
          ['line copied behind any other', '`verify`'],
          numbers.flatMap((from) => numbers.map((to) => [from, to] as const)),
          150,
          ([from, to]) => {
            const { n, at: place } = line(to);
            return changed([n, of(n).toSpliced(place + 1, 0, line(from).text)]);
          },
        ),
        ...tried.each(
          ['two lines swapped', '`verify`'],
          numbers.flatMap((a) => upTo(a).map((b) => [a, b] as const)),
          400,
          ([first, second]) => {
            const [a, b] = [line(first), line(second)];
            if (a.text === b.text) return 'no effect';
            return a.n === b.n
              ? changed([a.n, of(a.n).with(a.at, b.text).with(b.at, a.text)])
              : changed([a.n, of(a.n).with(a.at, b.text)], [b.n, of(b.n).with(b.at, a.text)]);
          },
        ),
      );
      expect(missed).toEqual([]);
      expectSound();
    },
    LONG_MS,
  );

  test('segments removed, doubled, swapped and renamed', () => {
    const name = (n: number): string => segments[n] ?? '';
    const bytes = (n: number): Buffer => texts[n] ?? Buffer.alloc(0);
    const put = (n: number, as: Uint8Array | undefined): void =>
      as === undefined ? rmSync(name(n)) : writeFileSync(name(n), as);
    const changed = (
      ...changes: readonly (readonly [number, Uint8Array | undefined])[]
    ): Outcome => {
      for (const [n, as] of changes) put(n, as);
      try {
        return judge();
      } finally {
        for (const [n] of changes) put(n, bytes(n));
      }
    };
    const numbers = upTo(segments.length);
    const pairs = numbers
      .flatMap((a) => numbers.map((b) => [a, b] as const))
      .filter(([a, b]) => a !== b);
    const missed = tried.each(['segment removed', '`verify`'], numbers, 99, (n) =>
      changed([n, undefined]),
    );
    missed.push(
      ...tried.each(['segment put in the place of another', '`verify`'], pairs, 99, ([a, b]) =>
        changed([a, bytes(b)]),
      ),
      ...tried.each(
        ['two segments swapped', '`verify`'],
        pairs.filter(([a, b]) => a < b),
        99,
        ([a, b]) => changed([a, bytes(b)], [b, bytes(a)]),
      ),
      ...tried.each(['segment doubled under a later name', '`verify`'], numbers, 99, (n) => {
        const path = join(dirname(name(n)), '000000009999.jsonl');
        copyFileSync(name(n), path);
        try {
          return judge();
        } finally {
          rmSync(path);
        }
      }),
      ...tried.each(
        ['lines of a segment moved to the one before', '`verify`'],
        numbers.slice(1),
        99,
        (n) => changed([n - 1, Buffer.concat([bytes(n - 1), bytes(n)])], [n, undefined]),
      ),
    );
    expect(missed).toEqual([]);
    expectSound();
  });
});

describe('what only an anchor shows, and the honest sentence without one', () => {
  const log = aLog({ entries: ENTRIES, commitEvery: 8 });
  const own = JSON.parse(readFileSync(join(log.folder, 'log.json'), 'utf8'));
  const anchors: Anchor[] = commitsOf(log.lines).map((note, n) => ({
    note,
    source: 'kept',
    line: n + 1,
  }));
  const leaves = log.lines.flatMap((line, at) => (line.startsWith('{"leaf":') ? [at] : []));
  const ends = log.lines.flatMap((line, at) => (line.startsWith('{"commit":') ? [at + 1] : []));

  /** Blind it passes, and says that nobody could tell; with anchors it is found. */
  function byAnchorAlone(lines: readonly string[]): Outcome {
    const at = withLines(log, lines);
    try {
      const blind = verifyLog(at, { vkey: own.vkey });
      if (!blind.ok || !blind.notes.join().includes(RISK))
        throw new Error(`not the honest sentence: ${JSON.stringify(blind)}`);
      return judge({ vkey: own.vkey, anchors }, at);
    } finally {
      rmSync(at, { recursive: true });
    }
  }

  const by = '`verify --anchors`; without, the sentence that nobody could tell';

  test(
    'the tail cut off behind any commit, an old snapshot put back',
    () => {
      const missed = tried.each(
        ['tail cut off behind a commit, what was published too', by],
        ends.slice(0, -1),
        99,
        (end) => byAnchorAlone(log.lines.slice(0, end)),
      );
      expect(missed).toEqual([]);
      const snapshot = join(aRoot(), 'snapshot');
      const grown = aRoot();
      const write = (): string => {
        const logbook = openLogbook({ root: grown, service: 'snap' });
        logbook.record({ kind: 'tool.call', payload: {} });
        logbook.close();
        return logbook.folder;
      };
      const missedSnapshots = tried.each(
        ['old snapshot of the folder put back', by],
        upTo(8),
        8,
        () => {
          const live = write();
          cpSync(live, snapshot, { recursive: true });
          write();
          const kept = [
            { note: readFileSync(join(live, 'checkpoint'), 'utf8'), source: 'kept', line: 1 },
          ];
          rmSync(live, { recursive: true });
          cpSync(snapshot, live, { recursive: true });
          rmSync(snapshot, { recursive: true });
          const blind = verifyLog(live);
          if (!blind.ok || !blind.notes.join().includes(RISK))
            throw new Error('not the honest sentence');
          return verifyLog(live, { anchors: kept }).ok ? 'missed' : 'found';
        },
      );
      expect(missedSnapshots).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'an entry hidden, cut off with all behind it, or edited by a thief of the key, all sealed again',
    () => {
      const calls = leaves.filter((at) => log.lines[at]?.includes('"kind":"tool.call"') === true);
      const missed = tried.each(
        ['entry hidden, sealed again (CVE-2023-31437)', by],
        calls,
        20,
        (at) =>
          byAnchorAlone(
            sealedAgain(
              log,
              // Its number is hidden with it: the numbers behind it move up.
              log.lines
                .toSpliced(at, 2)
                .map((line, n) =>
                  n < at
                    ? line
                    : line.replace(/"seq":(\d+)/, (_, seq) => `"seq":${Number(seq) - 1}`),
                ),
            ),
          ),
      );
      missed.push(
        ...tried.each(['tail cut off, sealed again (CVE-2023-31438)', by], calls, 20, (at) => {
          const end = ends.find((line) => line > at) ?? 0;
          return byAnchorAlone(
            sealedAgain(log, [...log.lines.slice(0, at + 2), log.lines[end - 1] ?? '']),
          );
        }),
        ...tried.each(['entry edited, sealed again (CVE-2023-31439)', by], calls, 20, (at) =>
          byAnchorAlone(
            sealedAgain(
              log,
              log.lines.with(
                at,
                (log.lines[at] ?? '').replace(/"outcome":"\w+"/, '"outcome":"denied"'),
              ),
            ),
          ),
        ),
      );
      expect(missed).toEqual([]);
    },
    LONG_MS,
  );
});

describe('published tiles, for a monitor that has the checkpoint', () => {
  const by = 'a C2SP monitor';

  test(
    'a flipped bit, a cut, hashes and entries swapped, doubled and removed',
    async () => {
      const store = new FakeStore();
      for (const bytes of texts)
        for (const line of bytes.toString().split('\n'))
          if (line.startsWith('{"leaf":')) store.add(line);
      const size = store.lines.length;
      const tiles = new Tiles(store);
      const [hashes, bundle] = await Promise.all(
        ([0, 'entries'] as const).map(
          async (level) =>
            (await tiles.tile({ level, n: 0, width: size }))?.bytes ?? Buffer.alloc(0),
        ),
      );
      if (hashes === undefined || bundle === undefined) throw new Error('no tiles');
      const note = readFileSync(join(folder, 'checkpoint'));

      /** What a monitor does: the signature, the tile's hashes under the root, the entries under the hashes. */
      const accepts = (signed: Buffer, tile: Buffer, entries: Buffer): boolean => {
        let checkpoint;
        try {
          checkpoint = parseCheckpoint(openNote(signed.toString(), [parseVkey(vkey)]).text);
        } catch (error) {
          if (error instanceof LogbookError) return false;
          throw error;
        }
        const tree = Frontier.empty();
        for (let at = 0; at < tile.length; at += 32) tree.append(tile.subarray(at, at + 32));
        if (tile.length !== 32 * checkpoint.size || !tree.root().equals(checkpoint.root))
          return false;
        let at = 0;
        for (let n = 0; n < checkpoint.size; n += 1) {
          if (at + 2 > entries.length) return false;
          const end = at + 2 + entries.readUInt16BE(at);
          if (!leafHash(entries.subarray(at + 2, end)).equals(tile.subarray(32 * n, 32 * n + 32)))
            return false;
          at = end;
        }
        return at === entries.length;
      };
      const judged = (accepted: boolean): Outcome => (accepted ? 'missed' : 'found');
      const flip = (bytes: Buffer, at: number): Buffer => {
        const copy = Buffer.from(bytes);
        copy[at] = (copy[at] ?? 0) ^ (1 << drawn(8));
        return copy;
      };
      expect(accepts(note, hashes, bundle)).toBe(true);
      tried.clean([]);

      const missed = tried.each(
        ['byte of a hash tile flipped', by],
        upTo(hashes.length),
        600,
        (at) => judged(accepts(note, flip(hashes, at), bundle)),
      );
      const hash = (n: number): Buffer => hashes.subarray(32 * n, 32 * n + 32);
      const numbers = upTo(size);
      const joined = (order: readonly number[]): Outcome =>
        judged(accepts(note, Buffer.concat(order.map(hash)), bundle));
      const pairs = numbers.flatMap((a) => upTo(a).map((b) => [a, b] as const));
      const starts: number[] = [];
      for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) starts.push(at);
      const entry = (n: number): Buffer =>
        bundle.subarray(starts[n], starts[n + 1] ?? bundle.length);
      const bundled = (order: readonly number[]): Outcome =>
        judged(accepts(note, hashes, Buffer.concat(order.map(entry))));
      missed.push(
        ...tried.each(['byte of an entry bundle flipped', by], upTo(bundle.length), 600, (at) =>
          judged(accepts(note, hashes, flip(bundle, at))),
        ),
        ...tried.each(['byte of the served checkpoint flipped', by], upTo(note.length), 400, (at) =>
          judged(accepts(flip(note, at), hashes, bundle)),
        ),
        ...tried.each(['hash tile cut off at a byte', by], upTo(hashes.length), 200, (at) =>
          judged(accepts(note, hashes.subarray(0, at), bundle)),
        ),
        ...tried.each(['entry bundle cut off at a byte', by], upTo(bundle.length), 200, (at) =>
          judged(accepts(note, hashes, bundle.subarray(0, at))),
        ),
        ...tried.each(['two hashes of a tile swapped', by], pairs, 200, ([a, b]) =>
          joined(numbers.with(a, b).with(b, a)),
        ),
        ...tried.each(['hash of a tile doubled or removed', by], pairs, 200, ([a, b]) =>
          joined(a % 2 === 0 ? numbers.toSpliced(b, 0, a) : numbers.toSpliced(b, 1)),
        ),
        ...tried.each(['two entries of a bundle swapped', by], pairs, 200, ([a, b]) =>
          bundled(numbers.with(a, b).with(b, a)),
        ),
        ...tried.each(['entry of a bundle doubled or removed', by], pairs, 200, ([a, b]) =>
          bundled(a % 2 === 0 ? numbers.toSpliced(b, 0, a) : numbers.toSpliced(b, 1)),
        ),
      );
      expect(missed).toEqual([]);
    },
    LONG_MS,
  );
});

test(
  `clean logs raise no alarm, on any level`,
  () => {
    const clean = aRoot();
    const anchors: Anchor[] = [];
    for (let run = 0; run < (full ? 1000 : 60); run += 1) {
      const logbook = openLogbook({ root: clean, service: 'clean' });
      const count = drawn(9);
      for (let n = 0; n < count; n += 1)
        logbook.record({
          kind: 'tool.call',
          target: 'echo',
          ...(drawn(3) > 0 && { person: `|user-${drawn(9)}` }),
          payload: { n, text: 'é ✓ \u2028'.repeat(drawn(40)) },
        });
      if (drawn(2) === 0) logbook.commit();
      tried.clean(verifyLog(logbook.folder).problems);
      logbook.close();
      const note = readFileSync(join(logbook.folder, 'checkpoint'), 'utf8');
      anchors.push({ note, source: 'kept', line: run + 1 });
      tried.clean(
        verifyLog(logbook.folder, { deep: run % 4 === 0, anchors: anchors.slice(-20) }).problems,
      );
    }
    expect(tried.alarms).toBe(0);
  },
  LONG_MS,
);
