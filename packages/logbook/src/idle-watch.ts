/**
 * Verifies a server's own log while the server is idle (audit.md 7): what came since the last look, and again and again
 * all of it, on the average at most `LOOK_MS` of work a look: half a percent of a core with a look every 20 seconds.
 *
 * On the server's thread, since a thread of its own costs 14 MB: slices of about 3 ms, each after a moment without a new
 * entry; a server that is never idle gets one every ten seconds. Its timers keep no process alive, and a server that ends
 * before the first look never loads any of it.
 */
import type { LogWatch, WatchProblem } from '@mcp-logbook/audit';
import { lineOf } from './diag.ts';
import { lookOver, type Looked } from './look.ts';

/** The log that is verified. */
export interface WatchedLog {
  readonly origin: string;
  /** Begins a verification at the log's start. @throws LogbookError */
  begin(): LogWatch;
}

/** Told of each look; none of them throws. */
export interface IdleOutputs {
  /** @param ageSeconds since the log was last found as signed; 0 = now */
  verified(origin: string, ageSeconds: number, failures: number): void;
  /** Once for each place. */
  failed(problem: WatchProblem & { readonly origin: string }): void;
  /** It cannot look. */
  trouble(message: string): void;
}

/** A slice ends at the first commit behind either. */
const SLICE = { ms: 3, bytes: 256 * 1024 };
const LOOK_MS = 100;
/** No entry for so long is idle. */
const IDLE_MS = 200;
/** A server that is never idle is waited for so long. */
const MAX_WAIT_MS = 10_000;

export class IdleWatch {
  readonly #log: WatchedLog;
  readonly #everyMs: number;
  readonly #outputs: IdleOutputs;
  #entries = 0;
  #closed = false;
  #watch: LogWatch | undefined;
  #size = 0;
  /** Looks until all of it is read again. */
  #left = 0;
  #soundAt = Date.now();
  #told = '';

  constructor(log: WatchedLog, everyMs: number, outputs: IdleOutputs) {
    this.#log = log;
    this.#everyMs = everyMs;
    this.#outputs = outputs;
    void this.#run();
  }

  /** An entry is made: the server is not idle. */
  entered(): void {
    this.#entries += 1;
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    for (;;) {
      await wait(this.#everyMs);
      let looked: Looked | Error;
      try {
        looked = await this.#look();
      } catch (error) {
        looked = error instanceof Error ? error : new Error('unknown failure');
      }
      if (this.#closed) return;
      this.#tell(looked);
    }
  }

  async #look(): Promise<Looked> {
    if (this.#watch !== undefined) {
      await this.#untilIdle();
      const came = await this.#over(this.#watch);
      this.#size = came.size;
      if (came.problem !== undefined || this.#left-- > 0) return came;
    }
    await this.#untilIdle();
    const watch = this.#log.begin();
    const all = await this.#over(watch);
    if (all.problem !== undefined) return all;
    if (all.size === 0) throw new Error('no signed entry is there');
    if (all.size < this.#size) return { ...all, problem: shorter(this.#size, all.size) };
    this.#watch = watch;
    this.#size = all.size;
    this.#left = Math.ceil(all.workedMs / LOOK_MS) - 1;
    return all;
  }

  async #over(watch: LogWatch): Promise<Looked> {
    return await lookOver(watch, { rest: () => this.#untilIdle(), wait, slice: SLICE });
  }

  async #untilIdle(): Promise<void> {
    for (let waited = 0; waited < MAX_WAIT_MS; waited += IDLE_MS) {
      const before = this.#entries;
      await wait(IDLE_MS);
      // What is left hanging here is collected with the watch.
      if (this.#closed) await new Promise(() => {});
      if (this.#entries === before) return;
    }
  }

  #tell(looked: Looked | Error): void {
    const { origin } = this.#log;
    const problem = looked instanceof Error ? undefined : looked.problem;
    if (!(looked instanceof Error) && problem === undefined) {
      this.#soundAt = Date.now();
      this.#told = '';
    }
    const ageSeconds = Math.max(0, Date.now() - this.#soundAt) / 1000;
    this.#outputs.verified(origin, ageSeconds, problem === undefined ? 0 : 1);
    if (looked instanceof Error) this.#outputs.trouble(lineOf(looked));
    if (problem === undefined || problem.message === this.#told) return;
    this.#told = problem.message;
    this.#outputs.failed({ origin, ...problem });
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function shorter(from: number, to: number): WatchProblem {
  const message = `had ${from} signed entries, now it has ${to}`;
  return { check: 'shrunk', message, file: 'segments', line: 1 };
}
