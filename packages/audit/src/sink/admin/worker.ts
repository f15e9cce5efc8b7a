/**
 * Thread of one command of the admin endpoint: looks the person up in the sink's logs, which may take a while, and puts
 * the task to their writers, of which the sink is one, through `requests/` (audit.md 4). It writes no log that is in use.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { certificatesOf } from '../../certificate.ts';
import { erase, setHold, telemetryNames } from '../../erase.ts';
import type { CommandOptions } from '../../in-logs.ts';
import { renewBackup } from '../../keys-backup.ts';
import { retain } from '../../retain.ts';
import { endOf, errorOf, type AdminAnswer, type AdminCommand, type AdminError } from './command.ts';

/** What the thread is started with. */
export interface AdminTask {
  readonly command: AdminCommand;
  readonly options: CommandOptions & { readonly root: string };
}

/** What it tells before it ends. */
export type AdminMessage = { readonly answer: AdminAnswer } | { readonly error: AdminError };

async function run({ command, options }: AdminTask): Promise<AdminAnswer> {
  switch (command.op) {
    case 'erase':
      return await runErase(command, options);
    case 'retain': {
      const ends = await retain(options);
      const hasExpired = ends.some((end) => 'done' in end && end.done.expired.length > 0);
      return {
        ends: ends.map((end) => endOf(end)),
        ...(hasExpired && { backups: backups(options) }),
      };
    }
    default: {
      const { op, user, authority } = command;
      const ends = await setHold({ ...options, user, authority, lift: op === 'lift' });
      return { ends: ends.map((end) => endOf(end)) };
    }
  }
}

async function runErase(
  { user, reason }: Extract<AdminCommand, { op: 'erase' }>,
  options: AdminTask['options'],
): Promise<AdminAnswer> {
  // Without the fleet's key the servers' pseudonyms are not known here.
  const names =
    options.pseudonymKeyFile === undefined ? undefined : telemetryNames({ ...options, user });
  const ends = await erase({ ...options, user, reason });
  const isErased = ends.some((end) => 'done' in end && end.done.outcome === 'completed');
  return {
    ends: ends.map((end) => endOf(end)),
    certificates: await certificatesOf(ends),
    ...(names !== undefined && { names }),
    ...(isErased && { backups: backups(options) }),
  };
}

/** A new backup of the keys where there was one; in words, and which ones are to be destroyed. */
function backups(options: AdminTask['options']): string {
  try {
    const renewed = renewBackup(options);
    if (renewed === undefined)
      return "destroy what backups there are of the sink's keys/ and keys.db from before";
    const older = renewed.older.map((file) => `"${file}"`).join(', ');
    return `a new backup of the sink's keys is "${renewed.file}"; destroy the older ones: ${older}, and copies of keys/`;
  } catch (error) {
    return `no new backup of the sink's keys was made: ${errorOf(error).message}`;
  }
}

async function main(): Promise<AdminMessage> {
  try {
    // Made by runner.ts alone.
    return { answer: await run(workerData as AdminTask) };
  } catch (error) {
    return { error: errorOf(error) };
  }
}

parentPort?.postMessage(await main());
