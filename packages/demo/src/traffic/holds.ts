/**
 * One person on hold for a moment, as after a letter of a court: so that the dashboards of erasures and holds have
 * something to show. By the command `hold`, which asks the servers that run.
 */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandFile } from '../programs.ts';

/** Between two tries: the person is known to the logs once they have called. */
const TRY_MS = 4_000;
const TRIES = 5;
const COMMAND_MS = 40_000;

const run = promisify(execFile);

/**
 * Sets a hold and lifts it, once it can be done. Never rejects: without it the traffic is as good.
 * @param person `iss|sub`
 * @param env of the servers
 * @param stop ends the tries
 */
export async function holdForAMoment(
  person: string,
  env: Readonly<Record<string, string>>,
  stop: AbortSignal,
): Promise<void> {
  const hold = async (what: 'set' | 'lift'): Promise<void> => {
    const about = ['--user', person, '--authority', 'demo case 12/26'];
    await run(process.execPath, [commandFile(), 'hold', what, ...about], {
      env,
      timeout: COMMAND_MS,
      // Lifted in any case, so not ended by `stop`.
      ...(what === 'set' && { signal: stop }),
    });
  };
  for (let n = 0; n < TRIES && !stop.aborted; n += 1) {
    try {
      await sleep(TRY_MS, undefined, { signal: stop });
      await hold('set');
      await hold('lift');
      return;
    } catch {
      // Nobody knows the person yet, or the traffic ends.
    }
  }
}
