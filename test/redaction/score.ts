/**
 * `npm run score:redaction`: what the redactor makes of a corpus it has not seen.
 *
 *     node test/redaction/score.ts [--seed N | --seeds N,M] [--group G,H] [--failures] [--json FILE]
 *
 * Without a seed a fresh one is drawn and printed. With `--json -` the JSON goes to stdout and nothing else does. Exit
 * code 1 when an aim of the design page is missed.
 */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { GROUPS } from './cases.ts';
import {
  type Cost,
  measureCost,
  measureTables,
  missedCosts,
  missedTables,
  type Tables,
} from './cost.ts';
import { type Doubling, type HostileResult, measureDoubling, runHostile } from './hostile.ts';
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

const print: (line: string) => void = flags.json === '-' ? () => undefined : console.log;
const seeds = (flags.seeds ?? flags.seed ?? String(randomInt(1e9))).split(',').map(Number);
if (!seeds.every(Number.isSafeInteger)) usage('a seed is a whole number');
const everything = [...GROUPS, 'cost', 'hostile'];
const wanted = flags.group?.split(',') ?? everything;
if (!wanted.every((group) => everything.includes(group))) {
  usage(`a group is one of ${everything.join(', ')}`);
}
const groups = GROUPS.filter((group) => wanted.includes(group));

const results = [];
let missed = false;
for (const seed of seeds) {
  print(`\nseed ${seed}`);
  const scores = groups.length === 0 ? [] : scoreGroups(seed, groups);
  if (groups.length > 0) {
    printTable(scores);
    missed = printUnstable(scores) || missed;
  }
  if (flags.failures) scores.flatMap((score) => score.failures).forEach(printFailure);
  const cost = wanted.includes('cost') ? measureCost(seed) : undefined;
  const tables = cost === undefined ? undefined : measureTables(cost);
  const hostile = wanted.includes('hostile') ? runHostile(seed) : [];
  missed ||= scores.some((score) => !score.reached);
  if (cost !== undefined) missed = printCost(cost) || missed;
  if (tables !== undefined) missed = printTables(tables) || missed;
  if (hostile.length > 0) missed = printHostile(hostile) || missed;
  results.push({ seed, scores, cost, tables, hostile });
}
// The texts of this check are the same for every seed.
const doubling = wanted.includes('hostile') ? measureDoubling() : [];
if (doubling.length > 0) missed = printDoubling(doubling) || missed;
if (flags.json !== undefined)
  writeFileSync(flags.json === '-' ? 1 : flags.json, `${JSON.stringify(results, null, 1)}\n`);
process.exitCode = missed ? 1 : 0;

function printCost(cost: Cost): boolean {
  const { payloads, kilobytes, stringify, redact, ratio, small } = cost;
  print(
    `cost             ${payloads} payloads, ${kilobytes.toFixed(0)} KB: ${redact.toFixed(2)} us/KB, JSON.stringify ${stringify.toFixed(2)}, ` +
      `ratio ${ratio.toFixed(2)}; median under 1 KB ${small.toFixed(1)} us`,
  );
  const problems = missedCosts(cost);
  for (const problem of problems) print(`                 MISSED ${problem}`);
  return problems.length > 0;
}

function printTables(tables: Tables): boolean {
  const { ms, megabytes, load } = tables;
  print(
    `tables           first text of a fresh process: ${ms.toFixed(1)} ms, ${(ms / load).toFixed(1)} as if idle; ${megabytes.toFixed(2)} MB stay`,
  );
  const problems = missedTables(tables);
  for (const problem of problems) print(`                 MISSED ${problem}`);
  return problems.length > 0;
}

function printHostile(results: readonly HostileResult[]): boolean {
  const bad = results.filter((result) => result.problem !== '');
  const slowest = results.reduce((a, b) => (b.ms / b.limitMs > a.ms / a.limitMs ? b : a));
  print(
    `hostile          ${results.length} cases, ${bad.length} bad; nearest to its limit: ${slowest.name}, ${slowest.ms.toFixed(0)} of ${slowest.limitMs} ms`,
  );
  for (const { name, ms, problem } of bad) {
    print(`                 MISSED ${name}: ${problem} (${ms.toFixed(0)} ms)`);
  }
  return bad.length > 0;
}

function printDoubling(doublings: readonly Doubling[]): boolean {
  const bad = doublings.filter(({ isLinear }) => !isLinear);
  print(
    `doubling         ${doublings.length} bait texts, 64 to 512 KB: ${bad.length} grow faster than the text`,
  );
  for (const { name, ms, growth } of bad) {
    const times = ms.map((time) => time.toFixed(1)).join(', ');
    print(`                 MISSED ${name}: ${growth.toFixed(1)} x at one doubling (${times} ms)`);
  }
  return bad.length > 0;
}

function printTable(scores: readonly GroupScore[]): void {
  const row = (...cells: readonly string[]): void =>
    print(cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(12))).join(' '));
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

/** Redacting twice must give what redacting once gave. */
function printUnstable(scores: readonly GroupScore[]): boolean {
  const unstable = scores.flatMap((score) => score.unstable);
  print(`idempotent       ${unstable.length} outputs change when redacted again`);
  for (const id of unstable.slice(0, 5)) print(`                 MISSED ${id}`);
  return unstable.length > 0;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : ((100 * part) / whole).toFixed(2);
}

function printFailure({ id, reason, excerpt }: Failure): void {
  print(`${id}\n    ${reason}\n    ${excerpt}`);
}

function usage(problem: string): never {
  console.error(`score: ${problem}`);
  process.exit(2);
}
