/**
 * The tamper corpus (audit.md 10.4): a log of 200 calls in four segments, with two people on hold and one erased, and every
 * byte, line, file and row of it changed, cut, swapped, doubled or removed. All of it is found (I1, I2), nothing clean is.
 *
 * In process, one verification each. A sample by default, all with MCP_LOGBOOK_FULL=1 (`npm run test:tamper:full`).
 * What only an anchor shows, tiles, archives and the databases beside the segments have files of their own
 * (tamper-*.test.ts).
 */
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogbookError } from '../src/errors.ts';
import { readFrontier } from '../src/frontier-file.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { removeRoots } from './small-log.ts';
import { type Outcome, Tried, upTo } from '../../../test/harness/tried.ts';
import { aVictim, expectSoundLog, flipped, judgeLog, LONG_MS } from './tamper-log.ts';

rememberSignatures();

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

/** Without any secret. */
const judge = (): Outcome => judgeLog(folder, { vkey });
const expectSound = (): void => expectSoundLog(tried, folder, { vkey });

test(
  'a flipped bit in any byte of a segment',
  () => {
    expectSound();
    const places = texts.flatMap((bytes, n) => upTo(bytes.length).map((at) => [n, at] as const));
    const missed = tried.each(['byte of a segment flipped', '`verify`'], places, 1500, ([n, at]) =>
      flipped(segments[n] ?? '', texts[n] ?? Buffer.alloc(0), at, judge),
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
    const missed = tried.each(['segment cut off at a byte', '`verify`'], places, 600, ([n, at]) => {
      const path = segments[n] ?? '';
      truncateSync(path, at);
      try {
        return judge();
      } finally {
        appendFileSync(path, (texts[n] ?? Buffer.alloc(0)).subarray(at));
      }
    });
    expect(missed).toEqual([]);
    expectSound();
  },
  LONG_MS,
);

/** The lines of the segments, and what is said of a log in which some segments have other lines. */
function linesToChange(): {
  readonly numbers: readonly number[];
  readonly line: (number: number) => {
    readonly n: number;
    readonly at: number;
    readonly text: string;
  };
  readonly of: (segment: number) => readonly string[];
  readonly changed: (...changes: readonly (readonly [number, readonly string[]])[]) => Outcome;
} {
  const lines = texts.map((bytes) => bytes.toString().split('\n').slice(0, -1));
  const all = lines.flatMap((own, n) => own.map((text, at) => ({ n, at, text })));
  return {
    numbers: upTo(all.length),
    line: (number) => all[number] ?? { n: 0, at: 0, text: '' },
    of: (n) => lines[n] ?? [],
    changed: (...changes) => {
      for (const [n, own] of changes) writeFileSync(segments[n] ?? '', `${own.join('\n')}\n`);
      try {
        return judge();
      } finally {
        for (const [n] of changes) writeFileSync(segments[n] ?? '', texts[n] ?? Buffer.alloc(0));
      }
    },
  };
}

test(
  'lines removed, and doubled in their place',
  () => {
    const { numbers, line, of, changed } = linesToChange();
    const missed = tried.each(['line removed', '`verify`'], numbers, 100, (number) => {
      const { n, at } = line(number);
      return changed([n, of(n).toSpliced(at, 1)]);
    });
    missed.push(
      ...tried.each(['line doubled in its place', '`verify`'], numbers, 100, (number) => {
        const { n, at, text } = line(number);
        return changed([n, of(n).toSpliced(at, 0, text)]);
      }),
    );
    expect(missed).toEqual([]);
    expectSound();
  },
  LONG_MS,
);

test(
  'lines copied behind any other, also of other segments',
  () => {
    const { numbers, line, of, changed } = linesToChange();
    const missed = tried.each(
      ['line copied behind any other', '`verify`'],
      numbers.flatMap((from) => numbers.map((to) => [from, to] as const)),
      150,
      ([from, to]) => {
        const { n, at } = line(to);
        return changed([n, of(n).toSpliced(at + 1, 0, line(from).text)]);
      },
    );
    expect(missed).toEqual([]);
    expectSound();
  },
  LONG_MS,
);

test(
  'lines swapped, also between segments',
  () => {
    const { numbers, line, of, changed } = linesToChange();
    const missed = tried.each(
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
  const changed = (...changes: readonly (readonly [number, Uint8Array | undefined])[]): Outcome => {
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
