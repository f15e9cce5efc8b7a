/** The score of redaction (test/redaction) on one fixed seed and one that nobody has seen. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GROUPS } from '../redaction/cases.ts';
import type { Cost } from '../redaction/cost.ts';
import { measureDoubling, runHostile } from '../redaction/hostile.ts';
import { scoreGroups } from '../redaction/run.ts';
import { verifies } from '../requirements.ts';

verifies('M5.3');

const FIXED = 5;
const SCORE = fileURLToPath(new URL('../redaction/score.ts', import.meta.url));

/**
 * What must be reached on every seed: the aims of the design page (AIMS in run.ts), with room for an unlucky seed where
 * the engine is within half a per cent of its aim.
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

describe.each([FIXED, randomInt(1e9)])('redaction of the corpus of seed %i', (seed) => {
  test('passes what it passed before, group by group, and keeps harmless text', () => {
    const scores = scoreGroups(seed, GROUPS);
    const missed = scores.filter(({ name, passed, cases }) => passed < cases * (FLOORS[name] ?? 0));
    expect(
      missed.map(({ name, passed, cases, failures }) => ({
        name,
        passed: `${passed} of ${cases}`,
        failures: failures.slice(0, 40).map(({ id, reason }) => `${id}: ${reason}`),
      })),
    ).toEqual([]);
    expect(scores.find(({ name }) => name === 'over-redaction')?.reached).toBe(true);
  });
});

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
