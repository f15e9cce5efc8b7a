/**
 * `export`: entries as JSON Lines, CSV or OCSF events, to stdout or whole into a file. Code 0: all of it went out; 2: wrong
 * usage, or the file exists; 3: a log could not be read or told of the export, or the output took no more.
 */
import { EXPORT_FORMATS, exportLog, LogbookError, type ExportReport } from '@mcp-logbook/audit';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { lineOf } from '../diag.ts';
import { accessOf } from './access.ts';
import { FILTER_OPTIONS, filterOf } from './filters.ts';
import { UsageError } from './usage.ts';

/** Where the text goes. */
interface Output {
  readonly name: string;
  write(text: string): void | Promise<void>;
  /** Everything was written. */
  done(): void;
  /** It was not: what is there goes. */
  undo(): void;
}

export async function exportEntries(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...FILTER_OPTIONS,
      format: { type: 'string', default: 'jsonl' },
      output: { type: 'string', short: 'o' },
      force: { type: 'boolean' },
      payload: { type: 'boolean' },
      reason: { type: 'string' },
    },
  });
  const { format: asked, output: file, force, payload, reason, ...filters } = values;
  const format = EXPORT_FORMATS.find((name) => name === asked);
  if (format === undefined)
    throw new UsageError(
      `--format is not one of ${EXPORT_FORMATS.join(', ')}`,
      'e.g. --format csv',
    );
  if (values.json === true && format !== 'jsonl')
    throw new UsageError('--json is --format jsonl', 'give one of them');
  const filter = filterOf(filters);
  const access = accessOf(values.dir);
  const output = file === undefined ? standardOutput() : wholeFile(file, force === true);
  try {
    const report = await exportLog({
      ...access,
      format,
      filter,
      payloads: payload === true,
      reason,
      write: (text) => output.write(text),
    });
    output.done();
    return tell(report, output.name, payload === true);
  } catch (error) {
    output.undo();
    if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_NOT_A_LOG')
      throw new UsageError(error.message, error.hint ?? 'name a folder with --dir');
    throw error;
  }
}

function tell(report: ExportReport, to: string, opened: boolean): number {
  const { entries, sealed, sha256, logs, problems } = report;
  const given = logs.filter((log) => 'done' in log).length;
  const states = Object.entries(sealed).map(([state, count]) => `${count} ${state}`);
  const payloads = states.length === 0 ? '' : ` (payloads: ${states.join(', ')})`;
  note(`${entries} entries of ${given} logs are in ${to}${payloads}; sha256 ${sha256}`);
  if (opened && entries > 0)
    note('it names people and what they did: keep it as you keep the keys, and destroy it in time');
  for (const log of logs) {
    const name = basename(log.folder);
    if ('done' in log) note(`${name}: entry ${log.done.entry}`);
    else if ('failed' in log)
      note(
        `error: ${name}: nothing of it was exported, it cannot note that: ${lineOf(log.failed)}`,
      );
    else
      note(`error: ${name}: nothing of it was exported, its writer did not answer; export again`);
  }
  for (const problem of problems) note(`error: ${lineOf(problem)}`);
  return logs.every((log) => 'done' in log) && problems.length === 0 ? 0 : 3;
}

function note(text: string): void {
  process.stderr.write(`mcp-logbook: ${text}\n`);
}

/** Waits for the reader of a pipe; one that goes away, or a full disk behind a `>`, ends the export. */
function standardOutput(): Output {
  // Each write has its own answer; without a listener the event would end the process.
  process.stdout.on('error', () => undefined);
  return {
    name: 'stdout',
    write: (text) =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, (error) => {
          if (error === undefined || error === null) resolve();
          else reject(refused('stdout', error));
        });
      }),
    done: () => undefined,
    undo: () => undefined,
  };
}

/**
 * A file that is there whole or not at all, for the user alone: written beside its place and renamed. The place is taken
 * first, so that two exports never share a name.
 */
function wholeFile(file: string, force: boolean): Output {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile())
    throw new UsageError(
      `"${file}" is no file`,
      'name a new file, or leave --output out for stdout',
    );
  if (there !== undefined && !force)
    throw new UsageError(`"${file}" exists`, 'name another file, or replace it with --force');
  const temporary = `${file}.${process.pid}.tmp`;
  let fd: number | undefined;
  const undo = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
    rmSync(temporary, { force: true });
    if (there === undefined) rmSync(file, { force: true });
  };
  try {
    if (there === undefined) closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    throw refused(`"${file}"`, error);
  }
  try {
    fd = openSync(temporary, 'wx', 0o600);
  } catch (error) {
    undo();
    throw refused(`"${file}"`, error);
  }
  const guarded = (work: (open: number) => void): void => {
    try {
      if (fd !== undefined) work(fd);
    } catch (error) {
      throw refused(`"${file}"`, error);
    }
  };
  return {
    name: `"${file}"`,
    write: (text) =>
      guarded((open) => {
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length;) at += writeSync(open, bytes, at);
      }),
    done: () =>
      guarded((open) => {
        fsyncSync(open);
        closeSync(open);
        fd = undefined;
        renameSync(temporary, file);
      }),
    undo,
  };
}

/** @param what `stdout` or the file, in quotes */
function refused(what: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const why =
    code === 'EPIPE'
      ? 'its reader has gone'
      : code === 'ENOSPC' || code === 'EDQUOT'
        ? `${code}, free space on that disk`
        : code;
  return new Error(`cannot write ${what}: ${why}; the export is not complete`, { cause: error });
}
