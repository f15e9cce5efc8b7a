/**
 * `npm run test:conformance`: the suites of the protocol's makers and their inspector against our fixtures, plain and under
 * the flag (issue 7, "Must show" 3). Prints a row for each; code 1 where one differs or where the flag saw nothing. With
 * `--write` a run of all rows also writes the table of docs/compatibility.md.
 *
 *   npm run test:conformance [-- --row TEXT] [--write]     only rows whose title holds the text
 *
 * The tools are installed at the first run, outside the clone; that alone needs the network.
 */
import { parseArgs } from 'node:util';
import { writeSection } from '../harness/document.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { stopProcesses } from '../harness/process.ts';
import { compareRow, type Count, type Row, type RowSpec, titleOf } from './compare.ts';
import { compareInspector, inspectorTitle } from './inspect.ts';
import { SUITES } from './tools.ts';

const MODERN = '2026-07-28';
const [, ALPHA] = SUITES;
const GENERATIONS = ['v1', 'v2'] as const;

const ROWS: readonly RowSpec[] = (['server', 'client'] as const).flatMap((side) => [
  ...SUITES.flatMap((suite) => GENERATIONS.map((generation) => ({ side, suite, generation }))),
  { side, suite: ALPHA, generation: 'v2' as const, spec: MODERN },
]);

const { values } = parseArgs({
  options: { row: { type: 'string', default: '' }, write: { type: 'boolean', default: false } },
});
const sandbox = aSandbox();
type Job = readonly [title: string, run: () => Promise<Row>];
const jobs: readonly Job[] = [
  ...ROWS.map((spec): Job => [titleOf(spec), () => compareRow(spec, sandbox)]),
  ...GENERATIONS.map((one): Job => [inspectorTitle(one), () => compareInspector(one, sandbox)]),
];

const show = ({ passed, failed }: Count): string => `${passed} / ${failed}`;
const table: string[] = [];
function line(...cells: readonly (string | number)[]): void {
  const text = `| ${cells.join(' | ')} |`;
  table.push(text);
  process.stdout.write(`${text}\n`);
}

line(
  'suite',
  'plain: passed / failed',
  'flag: passed / failed',
  'differences',
  'run again',
  'entries',
);
line('---', '---', '---', '---', '---', '---');
let bad = 0;
try {
  for (const [title, run] of jobs.filter(([name]) => name.includes(values.row))) {
    const { plain, flag, differences, again, entries } = await run();
    line(title, show(plain), show(flag), differences.length, again, entries);
    for (const difference of differences) process.stderr.write(`${title}, ${difference}\n`);
    if (differences.length > 0 || entries === 0) bad++;
  }
} finally {
  await stopProcesses();
  removeSandboxes();
}
if (values.write && values.row === '')
  writeSection('conformance', `Node.js ${process.version}.`, table);
process.exitCode = bad === 0 ? 0 : 1;
