/**
 * `npm run bench [-- --quick] [-- --readme]`: what the flag costs; `--readme` also puts the table into the README. Plain and instrumented alternate in one run on the same machine;
 * figures are differences of medians, since these machines are shared. Prints a table and writes `.bench/bench.json`.
 *
 * Rows and aims are those of issue 3, "Speed and memory". A figure over its aim is printed as it is.
 */
import { callCosts } from './calls.ts';
import { startBlackHole } from './black-hole.ts';
import { report, type BenchRow } from './report.ts';
import { EVERYTHING, idleMemory, SDK_2, startUp, stdioLatency, type Program } from './servers.ts';
import { verifyRate } from './verify-rate.ts';

const quick = process.argv.includes('--quick');
const sink = await startBlackHole();
const rows: BenchRow[] = [];
try {
  rows.push(...(await callCosts(sink.url, quick ? 2 : 21)));
  const latency = (program: Program, how: true | 'wrap'): Promise<BenchRow> =>
    stdioLatency(program, sink.url, quick ? 1 : 9, how);
  rows.push(await latency(EVERYTHING, true), await latency(EVERYTHING, 'wrap'));
  rows.push(await latency(SDK_2, true));
  for (const program of [EVERYTHING, SDK_2]) rows.push(...(await startUp(program, quick ? 1 : 15)));
  rows.push(await idleMemory(sink.url, quick ? 1 : 3));
  rows.push(...verifyRate(quick ? 5_000 : 100_000));
} finally {
  sink.close();
}

report(rows, {
  name: 'bench',
  how: `${quick ? ' (--quick)' : ''}: medians, plain and instrumented alternating.`,
  document: process.argv.includes('--readme') ? 'README.md' : undefined,
});
