/** `verify`: every log under the root, or the named ones; exit code 1 names file, line and first bad commit. */
import { type Anchor, LogbookError, readAnchors, verifyLog } from '@mcp-logbook/audit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { accessOf } from './access.ts';
import { progressBar } from './progress-bar.ts';
import { logsUnder, UsageError } from './usage.ts';

export async function verify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      key: { type: 'string' },
      deep: { type: 'boolean' },
      index: { type: 'boolean' },
      anchors: { type: 'string', multiple: true },
      'token-file': { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const { root, ...access } = accessOf(values.dir);
  const folders = positionals.length > 0 ? positionals : logsUnder(root);
  if (folders.length === 0)
    throw new UsageError(`no log under "${root}"`, 'name a folder with --dir');
  let ok = true;
  let weakest: Weakest | undefined;
  for (const folder of folders) {
    const anchors = await anchorsOf(folder, values.anchors, values['token-file']);
    const deep = values.deep === true ? access : undefined;
    const index = values.index === true ? access : undefined;
    const bar = progressBar(process.stderr);
    const progress = bar?.draw;
    const report = verifyLog(folder, { vkey: values.key, deep, index, anchors, progress });
    bar?.clear();
    ok &&= report.ok;
    const age = report.anchor?.ageSeconds ?? Number.POSITIVE_INFINITY;
    if (weakest === undefined || age > weakest.age) weakest = { age, folder };
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
  if (values.anchors !== undefined && weakest !== undefined) {
    const { age, folder } = weakest;
    const what = age === Number.POSITIVE_INFINITY ? 'none' : `${age} s old`;
    process.stderr.write(`     weakest anchor: ${what} (${folder})\n`);
  }
  return ok ? 0 : 1;
}

/** The log whose newest anchor is the oldest of all. */
interface Weakest {
  readonly age: number;
  readonly folder: string;
}

/** Anchors of one log from all sources; undefined when none was named. */
async function anchorsOf(
  folder: string,
  sources: readonly string[] | undefined,
  tokenFile: string | undefined,
): Promise<Anchor[] | undefined> {
  if (sources === undefined) return undefined;
  const identity = identityOf(folder);
  const found: Anchor[] = [];
  try {
    for (const source of sources)
      if (identity !== undefined)
        found.push(...(await readAnchors(source, identity.origin, { tokenFile, ...identity })));
  } catch (error) {
    if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_FORMAT')
      throw new UsageError(error.message, error.hint ?? 'give a file of checkpoints');
    throw error;
  }
  return found;
}

/** What anchors are looked for by; `verifyLog` says what is wrong with a damaged `log.json`. */
function identityOf(folder: string): { origin: string; since: Date } | undefined {
  try {
    const { origin, created } = Object(JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8')));
    const since = new Date(String(created));
    return typeof origin === 'string' && !Number.isNaN(since.getTime())
      ? { origin, since }
      : undefined;
  } catch {
    return undefined;
  }
}
