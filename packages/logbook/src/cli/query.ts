/** `query`: entries over all logs under the root, newest first; unseals what the key allows. */
import { query as find } from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { accessOf } from './access.ts';
import { FILTER_OPTIONS, filterOf } from './filters.ts';
import { progressBar } from './progress-bar.ts';
import { painter, rowLine } from './row-line.ts';

export function query(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: FILTER_OPTIONS });
  const paint = painter();
  const { root, ...access } = accessOf(values.dir);
  // The first query of a large log makes its index.
  const bar = progressBar(process.stderr);
  const rows = find(root, filterOf(values), { ...access, progress: bar?.draw });
  bar?.clear();
  for (const row of rows)
    process.stdout.write(`${values.json === true ? JSON.stringify(row) : rowLine(row, paint)}\n`);
  return 0;
}
