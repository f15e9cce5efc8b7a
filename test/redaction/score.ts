/**
 * `npm run score:redaction`: what the redactor makes of a corpus it has not seen.
 *
 *     node test/redaction/score.ts [--seed N | --seeds N,M] [--group G] [--failures] [--json FILE]
 *
 * Without a seed a fresh one is drawn and printed. Exit code 1 when an aim of the design page is missed.
 */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { GROUPS } from './cases.ts';
import { type Failure, type GroupScore, scoreGroups } from './run.ts';

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    group: { type: 'string' },
    failures: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

const seeds = (flags.seeds ?? flags.seed ?? String(randomInt(1e9))).split(',').map(Number);
if (!seeds.every(Number.isSafeInteger)) usage('a seed is a whole number');
const wanted = flags.group?.split(',') ?? [...GROUPS];
const groups = GROUPS.filter((group) => wanted.includes(group));
if (groups.length === 0) usage(`a group is one of ${GROUPS.join(', ')}`);

const results = seeds.map((seed) => ({ seed, scores: scoreGroups(seed, groups) }));
let missed = false;
for (const { seed, scores } of results) {
  console.log(`\nseed ${seed}`);
  printTable(scores);
  missed ||= scores.some((score) => !score.reached);
}
if (flags.failures)
  for (const { scores } of results) scores.flatMap((s) => s.failures).forEach(printFailure);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(results, null, 1)}\n`);
process.exitCode = missed ? 1 : 0;

function printTable(scores: readonly GroupScore[]): void {
  const row = (...cells: readonly string[]): void =>
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(12))).join(' '));
  row('group', 'cases', 'passed %', 'aim %', 'over-red. %', 'aim %', '');
  for (const { name, cases, passed, aim, over, overAim, reached } of scores) {
    row(
      name,
      String(cases),
      percent(passed, cases),
      aim,
      percent(over, cases),
      overAim,
      reached ? '' : 'MISSED',
    );
  }
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : ((100 * part) / whole).toFixed(2);
}

function printFailure({ id, reason, excerpt }: Failure): void {
  console.log(`${id}\n    ${reason}\n    ${excerpt}`);
}

function usage(problem: string): never {
  console.error(`score: ${problem}`);
  process.exit(2);
}
