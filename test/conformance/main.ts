/**
 * `npm run test:conformance`: the suites of the protocol's makers and their inspector against our fixtures, plain and under
 * the flag (issue 7, "Must show" 3). Prints a row for each; code 1 where one differs or where the flag saw nothing.
 *
 *   npm run test:conformance [-- --row TEXT]     only rows whose title holds the text
 *
 * The tools are installed at the first run, outside the clone; that alone needs the network.
 */
import { parseArgs } from 'node:util';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { stopProcesses } from '../harness/process.ts';
import { compareRow, type Count, type Row, type RowSpec, titleOf } from './compare.ts';
import { compareInspector } from './inspect.ts';
import { SUITES } from './tools.ts';

const MODERN = '2026-07-28';
const [, ALPHA] = SUITES;

const ROWS: readonly RowSpec[] = (['server', 'client'] as const).flatMap((side) => [
  ...SUITES.flatMap((suite) =>
    (['v1', 'v2'] as const).map((generation) => ({ side, suite, generation })),
  ),
  { side, suite: ALPHA, generation: 'v2' as const, spec: MODERN },
]);

const { values } = parseArgs({ options: { row: { type: 'string', default: '' } } });
const sandbox = aSandbox();
const jobs: [title: string, run: () => Promise<Row>][] = [
  ...ROWS.map((spec): (typeof jobs)[number] => [titleOf(spec), () => compareRow(spec, sandbox)]),
  ...(['v1', 'v2'] as const).map((generation): (typeof jobs)[number] => [
    `inspector 2.12.0, fixture ${generation}`,
    () => compareInspector(generation, sandbox),
  ]),
];

const show = ({ passed, failed }: Count): string => `${passed} / ${failed}`;
const line = (...cells: readonly (string | number)[]): void =>
  void process.stdout.write(`| ${cells.join(' | ')} |\n`);

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
process.exitCode = bad === 0 ? 0 : 1;
