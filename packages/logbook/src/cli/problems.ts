/** What single logs have wrong, told by commands that read all of them and go on with the others. */
import type { Reader } from '@mcp-logbook/audit';
import { lineOf } from '../diag.ts';

/** One line each on stderr. @returns the exit code: 3 when there is one */
export function tellProblems(reader: Reader): number {
  const problems = reader.problems();
  for (const problem of problems) process.stderr.write(`mcp-logbook: error: ${lineOf(problem)}\n`);
  return problems.length === 0 ? 0 : 3;
}
