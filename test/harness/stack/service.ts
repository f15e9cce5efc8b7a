/**
 * One program of the stack as a child process: started, waited for, stopped or killed by its own process id, and
 * started again with the same command on the same ports and data. Both streams go to a log file, never into memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** How a program is started and when it counts as ready. */
export interface ServiceSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment but for PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Appended to by every start. */
  readonly logFile: string;
  /** Answers 2xx once the program takes work. */
  readonly readyUrl: string;
  readonly readyHeaders?: Readonly<Record<string, string>>;
}

/**
 * From start to ready: Grafana's first start, which makes its database, is the slowest. The minute that is promised is
 * `npm run stack`'s, held by its own test; a busy machine gets more.
 */
const READY_MS = 180_000;
/** From SIGTERM to SIGKILL. */
const STOP_MS = 10_000;
const POLL_MS = 50;

/** Killed by pid when this process ends without having stopped them. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** See the file's header. */
export class Service {
  readonly spec: ServiceSpec;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();

  constructor(spec: ServiceSpec) {
    this.spec = spec;
  }

  get name(): string {
    return this.spec.name;
  }

  /** Of the running program. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts without waiting. @throws Error when it runs already */
  spawn(): void {
    const { name, command, args, env, cwd, logFile } = this.spec;
    if (this.#child !== undefined) throw new Error(`${name} runs already`);
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', log, log],
      // Not in our group: Ctrl-C reaches us alone, and we stop all in their order.
      detached: true,
    });
    running.add(child);
    closeSync(log);
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      const end = (): void => {
        running.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
  }

  /** Resolves once ready. @throws Error with the end of its log when it ended or is late */
  async ready(timeoutMs = READY_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    const { name, readyUrl, readyHeaders } = this.spec;
    for (;;) {
      if (this.#child === undefined) throw new Error(`${name} ended: ${this.lastLines()}`);
      if (await answersOk(readyUrl, readyHeaders)) return;
      if (performance.now() > deadline)
        throw new Error(`${name} not ready within ${timeoutMs} ms: ${this.lastLines()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  /** SIGTERM, and SIGKILL when that does not end it. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await this.#gone;
    clearTimeout(timer);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#gone;
  }

  /** The end of the log, for an error message. */
  lastLines(count = 8): string {
    try {
      return readFileSync(this.spec.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
    } catch {
      return 'no log';
    }
  }
}

async function answersOk(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
