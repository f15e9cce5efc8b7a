/**
 * The log that the tamper corpus changes (audit.md 10.4): 200 calls in four segments, two people on hold and one erased. And
 * how a change is judged: in process, one verification each.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { erase, setHold } from '../src/erase.ts';
import { LogbookError } from '../src/errors.ts';
import { openLogbook } from '../src/logbook.ts';
import { listSegments } from '../src/segment.ts';
import { verifyLog, type VerifyOptions } from '../src/verify.ts';
import { drawn, long, type Outcome, type Tried } from '../../../test/harness/tried.ts';
import { aRoot } from './small-log.ts';

export const ENTRIES = 200;
const DAYS = 4;
/** Everything of the largest part takes the better part of an hour. */
export const LONG_MS: number = long ? 3_600_000 : 120_000;

/** A log to tamper with. */
export interface Victim {
  readonly root: string;
  readonly folder: string;
  readonly origin: string;
  readonly vkey: string;
  /** Paths of the segments, and what is in them. */
  readonly segments: readonly string[];
  readonly texts: readonly Buffer[];
}

export async function aVictim(): Promise<Victim> {
  const root = aRoot();
  let identity = { folder: '', origin: '', vkey: '' };
  // Two of the days are in February: keys of two months.
  const day = (n: number) => (): number => Date.UTC(2026, 1, 27 + n, 12) * 1000;
  for (let n = 0; n < DAYS; n += 1) {
    const logbook = openLogbook({ root, service: 'corpus', now: day(n) });
    const { folder, origin, vkey } = logbook;
    identity = { folder, origin, vkey };
    for (let at = 0; at < ENTRIES / DAYS; at += 1) {
      logbook.record({
        kind: 'tool.call',
        target: `tool-${at % 3}`,
        outcome: at % 4 === 3 ? 'failure' : 'success',
        person: `https://issuer.example|user-${at % 5}`,
        payload: { session: `s-${at % 7}`, request: { n, at } },
      });
      if (at % 25 === 24) logbook.commit();
    }
    // The digest of the segment before is made between other work.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    logbook.close();
  }
  const user = (n: number): string => `https://issuer.example|user-${n}`;
  const now = day(DAYS - 1);
  for (const n of [1, 3])
    await setHold({ root, user: user(n), authority: `court order ${n}/26`, now });
  await erase({ root, user: user(2), now });
  const segments = listSegments(identity.folder).map((name) =>
    join(identity.folder, 'segments', name),
  );
  expect(segments).toHaveLength(DAYS);
  return { root, ...identity, segments, texts: segments.map((path) => readFileSync(path)) };
}

/** What a verification says, a refusal included. */
export function judgeLog(folder: string, options: VerifyOptions): Outcome {
  try {
    return verifyLog(folder, options).ok ? 'missed' : 'found';
  } catch (error) {
    if (error instanceof LogbookError) return 'found';
    throw error;
  }
}

/** Nothing is wrong with the log as it is. */
export function expectSoundLog(tried: Tried, folder: string, options: VerifyOptions): void {
  const { problems } = verifyLog(folder, options);
  tried.clean(problems);
  expect(problems).toEqual([]);
}

/** Flips one bit of a byte of a file, judges, and puts it back. */
export function flipped(
  path: string,
  bytes: Uint8Array,
  at: number,
  verdict: () => Outcome,
): Outcome {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Uint8Array.of((bytes[at] ?? 0) ^ (1 << drawn(8))), 0, 1, at);
    return verdict();
  } finally {
    writeSync(file, bytes, at, 1, at);
    closeSync(file);
  }
}
