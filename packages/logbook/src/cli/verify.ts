/** `verify`: every log under the root, or the named ones; exit code 1 names file, line and first bad commit. */
import { verifyLog } from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { logsUnder, rootOf, UsageError } from './usage.ts';

export function verify(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      key: { type: 'string' },
      deep: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const root = rootOf(values.dir);
  const folders = positionals.length > 0 ? positionals : logsUnder(root);
  if (folders.length === 0)
    throw new UsageError(`no log under "${root}"`, 'name a folder with --dir');
  let ok = true;
  for (const folder of folders) {
    const report = verifyLog(folder, { vkey: values.key, deep: values.deep });
    ok &&= report.ok;
    if (values.json === true) {
      process.stdout.write(`${JSON.stringify(report)}\n`);
      continue;
    }
    const { counts } = report;
    process.stdout.write(
      `${report.ok ? 'ok  ' : 'FAIL'} ${folder}: ${counts.leaves} entries, ${counts.commits} commits, ` +
        `${report.leavesPerSecond} entries/s\n`,
    );
    for (const problem of report.problems) {
      const where =
        problem.line === undefined ? (problem.file ?? '') : `${problem.file ?? ''}:${problem.line}`;
      const commit = problem.commit === undefined ? '' : ` (first bad commit: ${problem.commit})`;
      process.stdout.write(`     ${where}: ${problem.message}${commit}\n`);
    }
    for (const note of report.notes) process.stderr.write(`     note: ${note}\n`);
  }
  return ok ? 0 : 1;
}
