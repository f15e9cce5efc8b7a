/**
 * `keys`: what keys the logs have, and their backup. Code 0: done; 2: wrong usage, or a file that is no backup; 3: a key is
 * missing or wrong, or a file was not read or written.
 */
import {
  backupKeys,
  LogbookError,
  restoreKeys,
  rotateKeys,
  rotateRoot,
  showKeys,
  type KeysReport,
  type LogbookErrorCode,
  type LogEnd,
  type RotateOptions,
  type RotateRootOptions,
  type Rotation,
} from '@mcp-logbook/audit';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { lineOf } from '../diag.ts';
import { accessOf } from './access.ts';
import { tellOfBackups } from './backups.ts';
import { tell } from './ends.ts';
import { UsageError } from './usage.ts';

const USAGE =
  'keys show, keys rotate [--signing|--master|--root], keys backup FILE, keys restore FILE';

export async function keys(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      reason: { type: 'string' },
      master: { type: 'boolean' },
      signing: { type: 'boolean' },
      root: { type: 'boolean' },
      'to-key-file': { type: 'string' },
      'to-passphrase-file': { type: 'string' },
      'to-key-command': { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const [what, file, ...more] = positionals;
  const json = values.json === true;
  return await guarded(async () => {
    if (what === 'rotate' && file === undefined) {
      const { master, signing, reason, dir } = values;
      const to = {
        keyFile: values['to-key-file'],
        passphraseFile: values['to-passphrase-file'],
        keyCommand: values['to-key-command'],
      };
      if (values.root === true) return await newRoot({ ...accessOf(dir), reason }, to, json);
      if (Object.values(to).some((source) => source !== undefined))
        throw new UsageError('--to-... goes with --root', USAGE);
      const one = master === signing ? undefined : master === true ? 'master' : 'signing';
      return await rotate({ ...accessOf(dir), what: one, reason }, json);
    }
    if (what === 'show' && file === undefined) return show(values.dir, json);
    if (file !== undefined && more.length === 0) {
      if (what === 'backup') return backup(values.dir, file, json);
      if (what === 'restore') return restore(values.dir, file, json);
    }
    throw new UsageError('keys needs to know what to do', USAGE);
  });
}

function show(dir: string | undefined, json: boolean): number {
  const report = showKeys(accessOf(dir));
  if (json) for (const log of report.logs) printJson(report, log);
  else {
    process.stdout.write(`root secret: ${report.secret}\n`);
    if (report.recipient !== undefined)
      process.stdout.write(`recipient (MCP_LOGBOOK_AUDIT_RECIPIENT): ${report.recipient}\n`);
    for (const log of report.logs) {
      process.stdout.write(`\n${basename(log.folder)}: log ${log.origin} of ${log.created}\n`);
      for (const [n, vkey] of log.keys.entries())
        process.stdout.write(
          `  ${n + 1 < log.keys.length ? 'earlier key' : 'verifier key'} ${vkey}\n`,
        );
      if (log.master !== undefined)
        process.stdout.write(
          `  keyring under master.${log.master}: ${log.people ?? 0} people, ${log.periods ?? 0} periods, ${log.holds ?? 0} holds\n`,
        );
    }
  }
  const problems = [...report.problems, ...report.logs.flatMap((log) => log.problems)];
  for (const problem of problems) process.stderr.write(`mcp-logbook: error: ${lineOf(problem)}\n`);
  return problems.length === 0 ? 0 : 3;
}

function printJson({ root, secret, recipient }: KeysReport, log: KeysReport['logs'][number]): void {
  const { problems, ...rest } = log;
  const found = problems.map(({ code, message }) => ({ code, message }));
  process.stdout.write(
    `${JSON.stringify({ root, secret, recipient, ...rest, problems: found })}\n`,
  );
}

function tellRotated(ends: readonly LogEnd<Rotation>[], json: boolean): number {
  return tell(ends, json, (done) => [
    0,
    done.what === 'master'
      ? `keyring is under keys/master.${done.master} now; entry ${done.entry}`
      : `verifier key is ${done.vkey} now; entry ${done.entry}`,
  ]);
}

/** @param to where the new secret comes from; nowhere = in place */
async function newRoot(
  options: RotateRootOptions & { readonly root: string },
  to: NonNullable<RotateRootOptions['to']>,
  json: boolean,
): Promise<number> {
  const named = Object.values(to).filter((source) => source !== undefined);
  if (named.length > 1) throw new UsageError('one new root secret, not several', USAGE);
  const isInPlace = named.length === 0;
  const code = tellRotated(await rotateRoot({ ...options, ...(!isInPlace && { to }) }), json);
  process.stderr.write(
    isInPlace
      ? 'mcp-logbook: the root secret is a new one, in the same file: back it up, and destroy copies of the old one\n'
      : `mcp-logbook: the old root secret opens nothing any more: destroy it, and start servers with ${variableOf(to)}\n`,
  );
  if (code === 0) tellOfBackups(isInPlace ? options : { ...options, ...to });
  return code;
}

function variableOf({
  keyCommand,
  passphraseFile,
  keyFile,
}: NonNullable<RotateRootOptions['to']>): string {
  if (keyCommand !== undefined) return `MCP_LOGBOOK_KEY_COMMAND=${keyCommand}`;
  if (passphraseFile !== undefined) return `MCP_LOGBOOK_PASSPHRASE_FILE=${passphraseFile}`;
  return `MCP_LOGBOOK_KEY_FILE=${keyFile}`;
}

async function rotate(options: RotateOptions, json: boolean): Promise<number> {
  const code = tellRotated(await rotateKeys(options), json);
  if (options.what !== 'master')
    process.stderr.write(
      'mcp-logbook: hand the new verifier keys to auditors and witnesses; the old ones still verify\n',
    );
  if (code === 0) tellOfBackups(options);
  return code;
}

function backup(dir: string | undefined, file: string, json: boolean): number {
  const logs = backupKeys({ ...accessOf(dir), file });
  for (const log of logs)
    process.stdout.write(
      json
        ? `${JSON.stringify({ file, ...log })}\n`
        : `${log.origin}: keyring and signing key, wrapped under keys/master.${log.master}\n`,
    );
  process.stderr.write(
    `mcp-logbook: "${file}" opens only with the root secret and these masters: keep copies of them in another place.\n` +
      'mcp-logbook: it opens nothing any more after the next erasure or expiry: back up again then\n',
  );
  return 0;
}

function restore(dir: string | undefined, file: string, json: boolean): number {
  const logs = restoreKeys({ ...accessOf(dir), file });
  for (const log of logs) {
    if (json) process.stdout.write(`${JSON.stringify({ file, ...log })}\n`);
    else if (log.folder === undefined)
      process.stdout.write(`${log.origin}: no such log here, nothing restored\n`);
    else
      process.stdout.write(
        `${log.origin}: ${log.restored.length === 0 ? 'nothing was missing' : `restored ${log.restored.join(', ')}`}\n`,
      );
  }
  process.stderr.write(
    'mcp-logbook: what was sealed for people and months that came after the backup stays unreadable: `verify --deep` names it\n',
  );
  return 0;
}

/** What the user got wrong is code 2. */
const USAGE_CODES: readonly LogbookErrorCode[] = [
  'ERR_LOGBOOK_USAGE',
  'ERR_LOGBOOK_NOT_A_LOG',
  'ERR_LOGBOOK_FORMAT_VERSION',
];

async function guarded(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LogbookError && USAGE_CODES.includes(error.code))
      throw new UsageError(error.message, error.hint ?? USAGE);
    throw error;
  }
}
