/** The score of redaction (test/redaction) on one fixed seed and one that nobody has seen. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GROUPS } from '../redaction/cases.ts';
import type { Cost } from '../redaction/cost.ts';
import { measureDoubling, runHostile } from '../redaction/hostile.ts';
import { scoreGroups } from '../redaction/run.ts';
import { verifies } from '../requirements.ts';

verifies('M5.3');

const FIXED = 5;
const SCORE = fileURLToPath(new URL('../redaction/score.ts', import.meta.url));

/**
 * Seeds that nobody has seen are judged together: of one alone, 420 scenarios pass with a spread of 0.7 per cent, so that
 * one seed in some falls below an aim that the engine is a per cent above.
 */
const UNSEEN = Array.from({ length: 4 }, () => randomInt(1e9));

/**
 * What must be reached: the aims of the design page (AIMS in run.ts), with room for unlucky seeds where the engine is
 * within half a per cent of its aim.
 */
const FLOORS: Readonly<Record<string, number>> = {
  known: 0.99,
  keyed: 0.985,
  struct: 0.98,
  scenario: 0.97,
  pii: 0.95,
  context: 0.9,
  hard: 0.6,
  clean: 0.99,
};

test.each([[[FIXED]], [UNSEEN]])(
  'the corpus of seeds %j passes what it passed before, group by group, and harmless text stays',
  { timeout: 120_000 },
  (seeds) => {
    const scores = seeds.flatMap((seed) => scoreGroups(seed, GROUPS));
    const missed = Object.entries(FLOORS).flatMap(([group, floor]) => {
      const own = scores.filter(({ name }) => name === group);
      const passed = own.reduce((sum, each) => sum + each.passed, 0);
      const cases = own.reduce((sum, each) => sum + each.cases, 0);
      if (cases > 0 && passed >= cases * floor) return [];
      const failures = own.flatMap((each) => each.failures).slice(0, 40);
      return [
        {
          group,
          passed: `${passed} of ${cases}`,
          failures: failures.map(({ id, reason }) => `${id}: ${reason}`),
        },
      ];
    });
    expect(missed).toEqual([]);
    const over = scores.filter(({ name }) => name === 'over-redaction');
    expect(over.map(({ reached }) => reached)).toEqual(seeds.map(() => true));
  },
);

test('hostile input throws nothing, leaks nothing and takes no time', { timeout: 300_000 }, () => {
  // The limits of the design page are for an idle machine; ten times as long still tells a careless pattern.
  const bad = runHostile(FIXED).filter(
    ({ problem, ms, limitMs }) => problem !== '' && !(problem === 'too slow' && ms <= 10 * limitMs),
  );
  expect(bad).toEqual([]);
});

test('time grows with the text, not faster', { timeout: 300_000 }, () => {
  // A few of the 40 texts that the score tries.
  const baits = ['userinfo', 'escaped quotes', 'brackets', 'digit groups'];
  expect(measureDoubling(baits).filter(({ isLinear }) => !isLinear)).toEqual([]);
});

/**
 * In a process of its own, as in a server: the module transform of the test runner makes each call between modules
 * dearer. Rounds of redaction and of JSON.stringify are interleaved there, so a slow machine slows both.
 */
function costInItsOwnProcess(): Cost {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [SCORE, '--seed', String(FIXED), '--group', 'cost', '--json', '-'],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const [result] = JSON.parse(stdout) as { cost: Cost }[];
  if (result === undefined) throw new Error(`no cost in ${stdout}`);
  return result.cost;
}

test('redaction costs a few times what JSON.stringify costs', { timeout: 300_000 }, () => {
  // The aim is 5, and `npm run score:redaction` holds it. What a crowded processor adds is not the same in three runs.
  const limit = 15;
  let best = Infinity;
  for (let run = 0; run < 3 && best >= limit; run++) {
    const { payloads, ratio } = costInItsOwnProcess();
    expect(payloads).toBeGreaterThan(50);
    best = Math.min(best, ratio);
  }
  expect(best).toBeLessThan(limit);
});
