/**
 * Runs commands of the admin endpoint one after the other, each in a thread of its own (worker.ts), so that looking a
 * person up never keeps records waiting. A bounded number waits; at the end what runs gets some time, and what does not
 * end in it stays a request of the log, which the next start does.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { CommandOptions } from '../../in-logs.ts';
import { errorOf, type AdminAnswer, type AdminCommand, type AdminError } from './command.ts';
import type { AdminMessage, AdminTask } from './worker.ts';

/** Why a command was not done: `busy` and `closing` come from here, the rest from the command itself. */
export interface AdminFailure {
  readonly reason: 'failed' | 'busy' | 'closing';
  readonly error: AdminError;
}

export type AdminOutcome = { readonly answer: AdminAnswer } | AdminFailure;

/** How the front door has commands done. Never rejects. */
export interface AdminPort {
  run(command: AdminCommand): Promise<AdminOutcome>;
  /** Takes nothing new and waits at most `ms` for what runs. */
  close(ms: number): Promise<void>;
}

/** Commands under way and waiting. */
const MOST = 8;
/** A command's writer gets this long; then the answer says `waiting`. */
const WAIT_MS = 600_000;

const CLOSING: AdminFailure = {
  reason: 'closing',
  error: {
    message: 'the sink stops; if the command had begun, it goes on when the sink runs again',
    hint: 'then `mcp-logbook query --kind erasure.completed` on its machine shows whether it has ended',
  },
};

export class AdminRunner implements AdminPort {
  readonly #options: AdminTask['options'];
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();
  #closing = false;
  #worker: Worker | undefined;

  constructor(options: CommandOptions & { readonly root: string }) {
    this.#options = { waitMs: WAIT_MS, ...options };
  }

  async run(command: AdminCommand): Promise<AdminOutcome> {
    if (this.#closing) return CLOSING;
    if (this.#count >= MOST)
      return { reason: 'busy', error: { message: `${MOST} commands are under way already` } };
    this.#count += 1;
    const mine = this.#last.then(() => (this.#closing ? CLOSING : this.#inThread(command)));
    this.#last = mine;
    try {
      return await mine;
    } finally {
      this.#count -= 1;
    }
  }

  async close(ms: number): Promise<void> {
    this.#closing = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#last, late]);
    clearTimeout(timer);
    await this.#worker?.terminate();
    await this.#last;
  }

  #inThread(command: AdminCommand): Promise<AdminOutcome> {
    const file = createRequire(import.meta.url).resolve('#admin-worker');
    // No preload of anyone's inside the thread.
    const { NODE_OPTIONS: _, ...env } = process.env;
    const workerData: AdminTask = { command, options: this.#options };
    return new Promise<AdminOutcome>((resolve) => {
      const worker = new Worker(file, {
        workerData,
        env,
        execArgv: file.endsWith('.ts') ? ['--conditions=@mcp-logbook/source'] : [],
        name: 'mcp-logbook admin',
      });
      this.#worker = worker;
      worker.once('message', (message: AdminMessage) =>
        resolve('answer' in message ? message : { reason: 'failed', error: message.error }),
      );
      worker.once('error', (error) => resolve({ reason: 'failed', error: errorOf(error) }));
      // After its message this changes nothing.
      worker.once('exit', () => resolve(CLOSING));
    }).finally(() => {
      this.#worker = undefined;
    });
  }
}
