/**
 * `report`: what happened in a time, by server, tool and user: a page for the terminal, or with --html one file for a browser.
 */
import { openReader } from '@mcp-logbook/audit';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { collect, type Report } from '../report/collect.ts';
import { htmlReport } from '../report/html.ts';
import { textReport } from '../report/text.ts';
import { accessOf } from './access.ts';
import { tellProblems } from './problems.ts';
import { progressBar } from './progress-bar.ts';
import { painter } from './row-line.ts';
import { timeOf, UsageError } from './usage.ts';

const DEFAULT_SINCE = '7d';
/** Of a terminal that does not say. */
const WIDTH = 110;

export function report(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      since: { type: 'string', default: DEFAULT_SINCE },
      until: { type: 'string' },
      html: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const now = new Date();
  const since = timeOf('--since', values.since);
  const until = values.until === undefined ? now : timeOf('--until', values.until);
  if (since >= until)
    throw new UsageError('--since is not before --until', 'e.g. --since 7d --until 1d');
  const { counted, code } = count(values.dir, since, until);
  if (values.html !== undefined) {
    writePage(values.html, htmlReport(counted, now));
    process.stderr.write(
      `mcp-logbook: ${counted.total.calls} calls are in "${values.html}", which names users: 0600\n`,
    );
  }
  if (values.json === true) process.stdout.write(`${JSON.stringify(counted)}\n`);
  else if (values.html === undefined)
    process.stdout.write(textReport(counted, process.stdout.columns ?? WIDTH, painter()));
  return code;
}

/** Code 3: a log is damaged, what can be read of it is counted. */
function count(
  dir: string | undefined,
  since: Date,
  until: Date,
): { readonly counted: Report; readonly code: number } {
  const { root, ...access } = accessOf(dir);
  const indexing = progressBar(process.stderr);
  const reader = openReader(root, { ...access, progress: indexing?.draw });
  const bar = progressBar(process.stderr);
  try {
    const logs = reader.logs().length;
    if (logs === 0) throw new UsageError(`no log under "${root}"`, 'name a folder with --dir');
    const totalBytes = until.getTime() - since.getTime();
    // Newest first: what is left of the time is what is left to do.
    const counted = collect(
      reader.rows({ since, until }),
      { since, until },
      logs,
      (timeMs, leaves) =>
        bar?.draw({ bytes: Math.min(totalBytes, until.getTime() - timeMs), totalBytes, leaves }),
    );
    bar?.clear();
    return { counted, code: tellProblems(reader) };
  } finally {
    indexing?.clear();
    bar?.clear();
    reader.close();
  }
}

/** Whole or not at all, for the user alone. */
function writePage(path: string, page: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, page, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new Error(`cannot write "${path}": ${code}`, { cause: error });
  }
}
