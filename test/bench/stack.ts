/**
 * `npm run bench:stack [-- --quick] [-- --write]`: what the stack takes and what it costs, on the real programs. Prints
 * a table, writes `.bench/bench-stack.json`, and with `--write` puts the table into docs/operations.md.
 *
 * Rows and aims are those of issue 4, "Speed and memory". A figure beyond its aim is printed as it is.
 */
import { report, type BenchRow } from './report.ts';
import { shipRows } from './ship-rate.ts';
import { sinkRows } from './sink.ts';
import { stackLive } from './stack-live.ts';

const quick = process.argv.includes('--quick');
const rows: readonly BenchRow[] = [
  ...(await sinkRows(quick)),
  ...(await shipRows(quick)),
  ...(await stackLive(quick ? 10 : 60)),
];

report(rows, {
  name: 'bench-stack',
  how: quick ? ' (--quick).' : '.',
  document: process.argv.includes('--write') ? 'docs/operations.md' : undefined,
});
