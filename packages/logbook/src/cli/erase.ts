/**
 * `erase` and `hold`: what was sealed for one person can never be read again, or must stay, in every log under the root.
 * Code 0: done everywhere; 1: nobody knows the user, or a hold denies it; 2: wrong usage; 3: a log was not reached, or
 * its writer has not answered yet.
 */
import { erase as eraseUser, LogbookError, setHold } from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { accessOf } from './access.ts';
import { tellOfBackups } from './backups.ts';
import { tell } from './ends.ts';
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
    const access = accessOf(values.dir);
    const ends = await eraseUser({ ...access, user, reason });
    const code = tell(ends, values.json === true, (done) =>
      done.outcome === 'denied'
        ? [1, `denied: on hold by authority of ${done.authority}; entry ${done.entry}`]
        : [
            0,
            `erased ${done.actor}: ${done.seals} seals; certificate: mcp-logbook prove ${done.entry}`,
          ],
    );
    if (code === 0) tellOfBackups(access);
    if (code !== 1)
      process.stderr.write('mcp-logbook: logs on other machines need their own erase\n');
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
