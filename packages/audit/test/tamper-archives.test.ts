/**
 * The tamper corpus of archived segments (audit.md 10.4), in `archive/` and in a `cold/` that lies elsewhere: bytes, files
 * and lines of them changed, cut, swapped, doubled and removed. All of it is found by whoever reads (I1, I2).
 *
 * A change after which every line of the log is read as before is counted apart: a bit of a zstd frame that says nothing,
 * a second copy that nobody reads. A sample by default, all with MCP_LOGBOOK_FULL=1.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { retain } from '../src/retain.ts';
import {
  archiveOf,
  segmentSize,
  TABLE_END_MAGIC,
  TABLE_FOOTER_BYTES,
  TABLE_MAGIC,
  TABLE_ROW_BYTES,
} from '../src/segment-file.ts';
import { readRange } from '../src/segment-lines.ts';
import { listHotSegments, listSegments } from '../src/segment.ts';
import { compress } from '../src/zstd.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { aRoot, removeRoots } from './small-log.ts';
import { type Outcome, Tried, upTo } from '../../../test/harness/tried.ts';
import { aVictim, expectSoundLog, flipped, judgeLog, LONG_MS, type Victim } from './tamper-log.ts';

rememberSignatures();

const tried = new Tried('tamper-archives');
const LATER = Date.UTC(2026, 5, 1) * 1000;
const BY = '`verify`';

/** An archive of one frame, as its format says (segment-file.ts). */
function pack(content: Uint8Array): Buffer {
  const frame = compress(content);
  const table = Buffer.alloc(8 + TABLE_ROW_BYTES + TABLE_FOOTER_BYTES);
  table.writeUInt32LE(TABLE_MAGIC, 0);
  table.writeUInt32LE(TABLE_ROW_BYTES + TABLE_FOOTER_BYTES, 4);
  table.writeUInt32LE(frame.length, 8);
  table.writeUInt32LE(content.length, 12);
  table.writeUInt32LE(1, 16);
  table.writeUInt32LE(TABLE_END_MAGIC, 21);
  return Buffer.concat([frame, table]);
}

afterAll(() => {
  tried.report();
  removeRoots();
});

describe.each(['archive', 'cold'])('segments in %s', (place) => {
  let victim: Victim;
  let archives: readonly string[] = [];
  let contents: readonly Buffer[] = [];
  let lines = '';

  beforeAll(async () => {
    victim = await aVictim();
    const { root, folder, segments } = victim;
    if (place === 'cold') symlinkSync(aRoot(), join(folder, 'cold'));
    await retain({ root, now: () => LATER });
    archives = segments.map((path) => archiveOf(path) ?? '');
    expect(archives.every((path) => path.includes(`/${place}/`))).toBe(true);
    expect(listHotSegments(folder)).toHaveLength(1);
    contents = archives.map((path) => readFileSync(path));
    lines = read();
  });

  const contentOf = (path: string): string =>
    readRange(path, 0, segmentSize(path) ?? 0).toString('latin1');
  /** Every line of the archived segments, as readers see them. */
  const read = (): string => victim.segments.map(contentOf).join('\n');

  const judge = (): Outcome => {
    const { folder, vkey } = victim;
    if (judgeLog(folder, { vkey }) === 'found') return 'found';
    return read() === lines && listSegments(folder).length === archives.length + 1
      ? 'no effect'
      : 'missed';
  };
  const expectSound = (): void => expectSoundLog(tried, victim.folder, { vkey: victim.vkey });
  const named = (what: string): readonly [string, string] => [
    place === 'cold' ? `in cold/: ${what}` : what,
    BY,
  ];
  const name = (n: number): string => archives[n] ?? '';
  const bytes = (n: number): Buffer => contents[n] ?? Buffer.alloc(0);
  /** Archives replaced or, by undefined, removed; judged, and put back. */
  function changed(...changes: readonly (readonly [number, Uint8Array | undefined])[]): Outcome {
    for (const [n, as] of changes) {
      if (as === undefined) rmSync(name(n));
      else writeFileSync(name(n), as);
    }
    try {
      return judge();
    } finally {
      for (const [n] of changes) writeFileSync(name(n), bytes(n));
    }
  }
  const places = (): (readonly [number, number])[] =>
    contents.flatMap((of, n) => upTo(of.length).map((at) => [n, at] as const));

  test(
    'a flipped bit in any byte',
    () => {
      expectSound();
      const missed = tried.each(named('byte of an archive flipped'), places(), 200, ([n, at]) =>
        flipped(name(n), bytes(n), at, judge),
      );
      expect(missed).toEqual([]);
      expectSound();
    },
    LONG_MS,
  );

  test(
    'a cut at any byte',
    () => {
      const missed = tried.each(named('archive cut off at a byte'), places(), 80, ([n, at]) =>
        changed([n, bytes(n).subarray(0, at)]),
      );
      expect(missed).toEqual([]);
      expectSound();
    },
    LONG_MS,
  );

  test('archives removed, doubled, swapped and in the place of another', () => {
    const numbers = upTo(archives.length);
    const pairs = numbers
      .flatMap((a) => numbers.map((b) => [a, b] as const))
      .filter(([a, b]) => a !== b);
    const other = join(victim.folder, place === 'cold' ? 'archive' : 'cold');
    const copied = (n: number, to: string): Outcome => {
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(name(n), to);
      try {
        return judge();
      } finally {
        rmSync(to);
      }
    };
    const missed = tried.each(named('archive removed'), numbers, 99, (n) =>
      changed([n, undefined]),
    );
    missed.push(
      ...tried.each(named('archive put in the place of another'), pairs, 99, ([a, b]) =>
        changed([a, bytes(b)]),
      ),
      ...tried.each(
        named('two archives swapped'),
        pairs.filter(([a, b]) => a < b),
        99,
        ([a, b]) => changed([a, bytes(b)], [b, bytes(a)]),
      ),
      ...tried.each(named('archive doubled under a later name'), numbers, 99, (n) =>
        copied(n, join(dirname(name(n)), '000000009999.jsonl.zst')),
      ),
      ...tried.each(named('archive unpacked under a later name'), numbers, 99, (n) => {
        const to = join(victim.folder, 'segments', '000000009999.jsonl');
        writeFileSync(to, contentOf(victim.segments[n] ?? ''), 'latin1');
        try {
          return judge();
        } finally {
          rmSync(to);
        }
      }),
      ...tried.each(named('archive copied to the other folder of archives'), numbers, 99, (n) =>
        copied(n, join(other, `${basename(victim.segments[n] ?? '')}.zst`)),
      ),
      ...tried.each(named('changed copy in the other folder of archives'), numbers, 99, (n) => {
        const content = contentOf(victim.segments[n] ?? '').replace('"seq":', '"seq":1');
        const to = join(other, `${basename(victim.segments[n] ?? '')}.zst`);
        mkdirSync(other, { recursive: true });
        writeFileSync(to, pack(Buffer.from(content, 'latin1')));
        try {
          return judge();
        } finally {
          rmSync(to);
        }
      }),
      ...tried.each(named('archive put where a segment is'), numbers, 99, (n) =>
        copied(n, victim.segments[n] ?? ''),
      ),
    );
    expect(missed).toEqual([]);
    expectSound();
  });

  test(
    'lines changed, removed, doubled and swapped, and packed again without a fault',
    () => {
      const of = victim.segments.map((path) => contentOf(path).split('\n').slice(0, -1));
      const all = of.flatMap((own, n) => own.map((_, at) => [n, at] as const));
      const packed = (n: number, own: readonly string[]): Outcome =>
        changed([n, pack(Buffer.from(`${own.join('\n')}\n`, 'latin1'))]);
      const own = (n: number): string[] => of[n] ?? [];
      // What is only packed anew is the same log.
      expect(packed(0, own(0))).toBe('no effect');
      const missed = tried.each(named('line of an archive removed'), all, 25, ([n, at]) =>
        packed(n, own(n).toSpliced(at, 1)),
      );
      missed.push(
        ...tried.each(named('line of an archive doubled'), all, 25, ([n, at]) =>
          packed(n, own(n).toSpliced(at, 0, own(n)[at] ?? '')),
        ),
        ...tried.each(
          named('two lines of an archive swapped'),
          of.flatMap((lines, n) =>
            upTo(lines.length).flatMap((second) => upTo(second).map((first) => [n, first, second])),
          ),
          25,
          ([n = 0, first = 0, second = 0]) =>
            own(n)[first] === own(n)[second]
              ? 'no effect'
              : packed(
                  n,
                  own(n)
                    .with(first, own(n)[second] ?? '')
                    .with(second, own(n)[first] ?? ''),
                ),
        ),
        ...tried.each(named('line of an archive with another letter'), all, 25, ([n, at]) =>
          packed(
            n,
            own(n).with(
              at,
              (own(n)[at] ?? '').replace(/[a-z0-9](?=[^a-z0-9]*$)/i, (last) =>
                last === '7' ? '3' : '7',
              ),
            ),
          ),
        ),
      );
      expect(missed).toEqual([]);
      expectSound();
    },
    LONG_MS,
  );
});
