/**
 * `npm run bench [-- --quick] [-- --readme]`: what the flag costs; `--readme` also puts the table into the README. Plain and instrumented alternate in one run on the same machine;
 * figures are differences of medians, since these machines are shared. Prints a table and writes `.bench/result.json`.
 *
 * Rows and aims are those of issue 3, "Speed and memory". A figure over its aim is printed as it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { callCosts } from './calls.ts';
import { startBlackHole } from './black-hole.ts';
import { idleMemory, startUp, stdioLatency } from './servers.ts';
import { verifyRate } from './verify-rate.ts';

/** One row of the table. */
export interface BenchRow {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
  readonly values: Readonly<Record<string, number>>;
}

const quick = process.argv.includes('--quick');
const sink = await startBlackHole();
const rows: BenchRow[] = [];
try {
  rows.push(...(await callCosts(sink.url, quick ? 5 : 21)));
  rows.push(await stdioLatency(sink.url, quick ? 3 : 9));
  rows.push(...(await startUp(quick ? 5 : 15)));
  rows.push(await idleMemory(sink.url));
  rows.push(...verifyRate(quick ? 20_000 : 100_000));
} finally {
  sink.close();
}

const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
const date = new Date().toISOString().slice(0, 10);
const lines = [
  `Measured ${date} on ${machine}${quick ? ' (--quick)' : ''}: medians, plain and instrumented alternating.`,
  '',
  '| what | aim | measured |',
  '|---|---|---|',
  ...rows.map((row) => `| ${row.what} | ${row.aim} | ${row.measured} |`),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (process.argv.includes('--readme')) {
  const [before, after] = [/^[^]*<!-- bench:begin -->\n/, /<!-- bench:end -->[^]*$/].map(
    (part) => part.exec(readFileSync('README.md', 'utf8'))?.[0] ?? '',
  );
  writeFileSync('README.md', `${before}${lines.join('\n')}\n${after}`);
}
mkdirSync('.bench', { recursive: true });
writeFileSync(
  '.bench/result.json',
  `${JSON.stringify({ date, machine, quick, rows }, undefined, 2)}\n`,
);
