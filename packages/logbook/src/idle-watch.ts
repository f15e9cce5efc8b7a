/**
 * Starts the thread of `worker/verify.ts` beside a server, and passes on what it tells. The server's own thread does no
 * more than count entries; a server that ends before the first look has no such thread, and none keeps it alive.
 */
import { Worker } from 'node:worker_threads';
import type { IdleMessage, IdleTask } from './worker/verify.ts';

/** The log that is verified. */
export interface WatchedLog {
  readonly folder: string;
  readonly origin: string;
  readonly vkey: string;
}

/** Told of each look; none of them throws. */
export interface IdleOutputs {
  /** @param ageSeconds since the log was last found as signed; 0 = now */
  verified(origin: string, ageSeconds: number, failures: number): void;
  /** Once for each place. */
  failed(problem: {
    readonly origin: string;
    readonly check: string;
    readonly message: string;
    readonly file: string;
    readonly line: number;
  }): void;
  /** It cannot look. */
  trouble(message: string): void;
}

/** MiB: it keeps one right edge of the tree. */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 };

export class IdleWatch {
  readonly #log: WatchedLog;
  readonly #everyMs: number;
  readonly #outputs: IdleOutputs;
  readonly #entries = new Int32Array(new SharedArrayBuffer(4));
  readonly #timer: NodeJS.Timeout;
  #worker: Worker | undefined;
  #soundAt = Date.now();
  #told = '';

  constructor(log: WatchedLog, everyMs: number, outputs: IdleOutputs) {
    this.#log = log;
    this.#everyMs = everyMs;
    this.#outputs = outputs;
    this.#timer = setTimeout(() => this.#start(), everyMs);
    this.#timer.unref();
  }

  /** An entry is made: the server is not idle. */
  entered(): void {
    this.#entries[0] = ((this.#entries[0] ?? 0) + 1) | 0;
  }

  /** Nothing is started any more; a thread that runs ends, at the latest with the process. */
  close(): void {
    clearTimeout(this.#timer);
    this.#worker?.removeAllListeners();
    this.#worker?.terminate().catch(() => undefined);
  }

  #start(): void {
    const isSource = import.meta.url.endsWith('.ts');
    const { folder, vkey } = this.#log;
    const workerData: IdleTask = { folder, vkey, everyMs: this.#everyMs, entries: this.#entries };
    // No preload inside it, and none of its output on our stdout (I9).
    const { NODE_OPTIONS: _, ...env } = process.env;
    try {
      const worker = new Worker(
        new URL(`./worker/verify.${isSource ? 'ts' : 'js'}`, import.meta.url),
        {
          workerData,
          env,
          execArgv: isSource ? ['--conditions=@mcp-logbook/source'] : [],
          stdout: true,
          stderr: true,
          resourceLimits: HEAP,
          name: 'mcp-logbook verify',
        },
      );
      worker.on('message', (message: IdleMessage) => this.#take(message));
      worker.on('error', ({ message }) => this.#outputs.trouble(message));
      worker.unref();
      this.#worker = worker;
    } catch (error) {
      this.#outputs.trouble(error instanceof Error ? error.message : 'no thread');
    }
  }

  #take(message: IdleMessage): void {
    const { origin } = this.#log;
    if (message.type === 'sound') {
      this.#soundAt = Date.now();
      this.#told = '';
    }
    const ageSeconds = Math.max(0, Date.now() - this.#soundAt) / 1000;
    this.#outputs.verified(origin, ageSeconds, message.type === 'failed' ? 1 : 0);
    if (message.type === 'trouble') this.#outputs.trouble(message.message);
    if (message.type !== 'failed' || message.problem.message === this.#told) return;
    this.#told = message.problem.message;
    this.#outputs.failed({ origin, ...message.problem });
  }
}
