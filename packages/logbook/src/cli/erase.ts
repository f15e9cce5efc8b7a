/**
 * `erase` and `hold`: what was sealed for one person can never be read again, or must stay, in every log under the root.
 * Code 0: done everywhere; 1: nobody knows the user, or a hold denies it; 2: wrong usage; 3: a log was not reached, or
 * its writer has not answered yet.
 */
import { erase as eraseUser, LogbookError, setHold } from '@mcp-logbook/audit';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { lineOf } from '../diag.ts';
import { accessOf } from './access.ts';
import { UsageError } from './usage.ts';

/** `erase --user U [--reason R]` */
export async function erase(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      user: { type: 'string' },
      reason: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const { user, reason } = values;
  if (user === undefined)
    throw new UsageError('erase needs --user U', 'e.g. --user "https://issuer.example|alice"');
  return await guarded(async () => {
    const ends = await eraseUser({ ...accessOf(values.dir), user, reason });
    const code = tell(ends, values.json === true, (done) =>
      done.outcome === 'denied'
        ? [1, `denied: on hold by authority of ${done.authority}; entry ${done.entry}`]
        : [
            0,
            `erased ${done.actor}: ${done.seals} seals; certificate: mcp-logbook prove ${done.entry}`,
          ],
    );
    if (code !== 1)
      process.stderr.write(
        'mcp-logbook: destroy what backups there are of keys/ and keys.db from before; logs on other machines need their own erase\n',
      );
    return code;
  });
}

/** `hold set|lift --user U --authority A` */
export async function hold(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      user: { type: 'string' },
      authority: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const [what] = positionals;
  const { user, authority } = values;
  if ((what !== 'set' && what !== 'lift') || positionals.length > 1)
    throw new UsageError('hold needs set or lift', 'mcp-logbook hold set --user U --authority A');
  if (user === undefined || authority === undefined)
    throw new UsageError(
      `hold ${what} needs --user U and --authority A`,
      'the authority is whose word it is, e.g. --authority "court order 12/26"',
    );
  return await guarded(async () => {
    const ends = await setHold({ ...accessOf(values.dir), user, authority, lift: what === 'lift' });
    return tell(ends, values.json === true, ({ outcome, actor, entry }) => [
      0,
      `${outcome} ${actor}; entry ${entry}`,
    ]);
  });
}

type Ends<T> = readonly ({ readonly folder: string; readonly origin: string } & (
  | { readonly done: T }
  | { readonly failed: LogbookError }
  | { readonly waiting: true }
))[];

/** One line a log. @returns the exit code: 3 before 1 before 0 */
function tell<T>(ends: Ends<T>, json: boolean, lineOfDone: (done: T) => [number, string]): number {
  let code = 0;
  for (const end of ends) {
    const name = basename(end.folder);
    if ('done' in end) {
      const [own, line] = lineOfDone(end.done);
      code = Math.max(code, own);
      const { folder, origin, done } = end;
      process.stdout.write(
        json ? `${JSON.stringify({ folder, origin, ...done })}\n` : `${name}: ${line}\n`,
      );
      continue;
    }
    code = 3;
    if (json) {
      const { folder, origin } = end;
      const error = 'failed' in end ? end.failed.message : undefined;
      const outcome = 'failed' in end ? 'failed' : 'waiting';
      process.stdout.write(`${JSON.stringify({ folder, origin, outcome, error })}\n`);
    }
    process.stderr.write(
      'failed' in end
        ? `mcp-logbook: error: ${name}: ${lineOf(end.failed)}; run the command again, it goes on where it stopped\n`
        : `mcp-logbook: ${name}: its writer has the request and has not answered; it, or the next writer, does it\n`,
    );
  }
  return code;
}

/** Nobody knows the user: code 1. What the user got wrong: code 2. */
async function guarded(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    if (error.code === 'ERR_LOGBOOK_USAGE' || error.code === 'ERR_LOGBOOK_NOT_A_LOG')
      throw new UsageError(error.message, error.hint ?? 'see mcp-logbook --help');
    if (error.code !== 'ERR_LOGBOOK_UNKNOWN_PERSON') throw error;
    process.stderr.write(`mcp-logbook: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`mcp-logbook: hint: ${error.hint}\n`);
    return 1;
  }
}
