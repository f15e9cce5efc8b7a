/** `query`: entries over all logs under the root, newest first; unseals what the key allows. Code 3: a log is damaged. */
import { openReader } from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { accessOf } from './access.ts';
import { FILTER_OPTIONS, filterOf } from './filters.ts';
import { tellProblems } from './problems.ts';
import { progressBar } from './progress-bar.ts';
import { painter, rowLine } from './row-line.ts';

export function query(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: FILTER_OPTIONS });
  const paint = painter();
  const { root, ...access } = accessOf(values.dir);
  const filter = filterOf(values);
  // The first query of a large log makes its index.
  const bar = progressBar(process.stderr);
  const reader = openReader(root, { ...access, progress: bar?.draw });
  try {
    const rows = reader.query(filter);
    bar?.clear();
    for (const row of rows)
      process.stdout.write(`${values.json === true ? JSON.stringify(row) : rowLine(row, paint)}\n`);
    return tellProblems(reader);
  } finally {
    reader.close();
  }
}
