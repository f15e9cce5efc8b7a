/**
 * The thread that verifies a server's own log while the server is idle (audit.md 7): what came since the last look, and
 * again and again all of it. Small slices, each after a moment without a new entry; a server that is never idle gets one
 * every ten seconds. A log of up to 16 MiB is read whole at every look (0.1 s of work in 20 s), a larger one at so many looks
 * less: one of two gigabytes every three quarters of an hour.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LogWatch, type WatchProblem } from '@mcp-logbook/audit/watch';
import { lookOver, pause, untilIdle, type Looked } from './look.ts';

/** What the host gives. */
export interface IdleTask {
  readonly folder: string;
  readonly vkey: string;
  readonly everyMs: number;
  /** One word that changes with every entry. */
  readonly entries: Int32Array;
}

/** What the thread tells after each look. */
export type IdleMessage =
  | { readonly type: 'sound' }
  | { readonly type: 'failed'; readonly problem: WatchProblem }
  /** It could not look. */
  | { readonly type: 'trouble'; readonly message: string };

/** About 6 ms of work. */
const SLICE_BYTES = 1024 * 1024;
/** In one look, on the average. */
const SLICES = 16;

// A border: the host of ours made it.
const { folder, vkey, everyMs, entries } = workerData as IdleTask;

/** Follows the log; begins anew when that is due. */
class Verification {
  #watch: LogWatch | undefined;
  #size = 0;
  /** Looks until all of it is read again. */
  #left = 0;

  async look(): Promise<Looked> {
    if (this.#watch !== undefined) {
      const came = await this.#over(this.#watch);
      this.#size = came.size;
      if (came.problem !== undefined || this.#left-- > 0) return came;
    }
    const watch = new LogWatch(folder, vkey);
    const all = await this.#over(watch);
    if (all.problem !== undefined) return all;
    if (all.size === 0) throw new Error('no signed entry is there');
    if (all.size < this.#size) return { ...all, problem: shorter(this.#size, all.size) };
    this.#watch = watch;
    this.#size = all.size;
    this.#left = Math.ceil(all.slices / SLICES) - 1;
    return all;
  }

  async #over(watch: LogWatch): Promise<Looked> {
    const idle = (): Promise<void> => untilIdle(entries);
    await idle();
    return await lookOver(watch, idle, SLICE_BYTES);
  }
}

function shorter(from: number, to: number): WatchProblem {
  const message = `had ${from} signed entries, now it has ${to}`;
  return { check: 'shrunk', message, file: 'segments', line: 1 };
}

async function main(): Promise<never> {
  const verification = new Verification();
  for (;;) {
    let message: IdleMessage;
    try {
      const { problem } = await verification.look();
      message = problem === undefined ? { type: 'sound' } : { type: 'failed', problem };
    } catch (error) {
      message = { type: 'trouble', message: error instanceof Error ? error.message : 'unknown' };
    }
    parentPort?.postMessage(message);
    await pause(everyMs);
  }
}

await main();
