/**
 * The part of the tamper corpus that only an anchor shows (audit.md 10.4): a tail cut off, an old snapshot put back, the
 * three re-seal attacks on journald by a thief of the signing key. Without an anchor verification passes, and says that
 * nobody could tell. And the opposite: clean logs raise no alarm on any level.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Anchor } from '../src/anchors.ts';
import { openLogbook } from '../src/logbook.ts';
import { verifyLog } from '../src/verify.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { commitsOf, sealedAgain, withLines } from './resealed.ts';
import { aLog, aRoot, removeRoots } from './small-log.ts';
import { drawn, full, type Outcome, Tried, upTo } from '../../../test/harness/tried.ts';
import { ENTRIES, judgeLog, LONG_MS } from './tamper-log.ts';

rememberSignatures();

const RISK = 'nobody can detect that the newest entries were cut off';

const tried = new Tried('tamper-anchors');

afterAll(() => {
  tried.report();
  removeRoots();
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
      return judgeLog(at, { vkey: own.vkey, anchors });
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
