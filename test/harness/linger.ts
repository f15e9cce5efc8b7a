/**
 * Whether a server stays after its stdin was closed, as some do until a host sends SIGTERM two seconds later (hooking.md 5).
 * Those are two seconds in which it has nothing to do: on a machine with other work a server that is about to end may need
 * longer than that by the clock.
 */
import { readFileSync } from 'node:fs';
import type { Watched } from './process.ts';

/** As a host waits. */
const LINGER_MS = 2_000;
/** Less of a processor in that time is a timer that goes off now and then. Ticks of 10 ms. */
const IDLE_TICKS = 10;
/** One that is busy for so long has not ended either. */
const MOST_MS = 20_000;
const LOOK_MS = 50;

/** Resolves with true once it has stayed, with false when it is gone. */
export async function lingers(child: Watched): Promise<boolean> {
  const closedMs = performance.now();
  let sinceMs = closedMs;
  let ticks = ticksOf(child.pid);
  while (child.exit === undefined) {
    const now = performance.now();
    if (now - sinceMs >= LINGER_MS || now - closedMs >= MOST_MS) return true;
    const used = ticksOf(child.pid);
    if (Math.abs(used - ticks) > IDLE_TICKS) {
      ticks = used;
      sinceMs = now;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

/** Processor time of a process and those that it started; 0 where the system does not tell. */
function ticksOf(pid: number | string): number {
  try {
    // Behind the name, which may hold anything: state is the first, utime and stime are the twelfth and thirteenth.
    const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return children
      .filter((one) => one !== '' && one !== '\n')
      .reduce((sum, one) => sum + ticksOf(one), Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}
