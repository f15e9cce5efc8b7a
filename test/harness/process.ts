/**
 * A Node.js child process under watch: every byte of stdout and stderr is kept, with the time of its end.
 *
 * `spawnNode` starts a script plain or under the flag (`--require mcp-logbook/register`), with the same command line,
 * environment and working folder otherwise, so the flag is the only difference between the two. Children are stopped
 * by their own pid only; `stopProcesses()` belongs in `afterAll`.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { fileURLToPath } from 'node:url';
import { within } from './wait.ts';

/** Folder from which `--require mcp-logbook/register` resolves through the workspace. */
export const testFolder: string = fileURLToPath(new URL('..', import.meta.url));

/** The command of the workspace. */
export const BIN: string = fileURLToPath(
  new URL('../../packages/logbook/bin/mcp-logbook.js', import.meta.url),
);

/** The flag's module by its path, for a process whose working folder is elsewhere. */
export const REGISTER: string = fileURLToPath(
  new URL('../../packages/logbook/register.cjs', import.meta.url),
);

/** How a child ended. */
export interface ExitState {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** `performance.now()` of this process when the child was gone. */
  readonly atMs: number;
}

export interface SpawnOptions {
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** True: under the flag. `wrap`: by `mcp-logbook wrap`. */
  readonly instrumented: boolean | 'wrap';
  /** Options of `wrap`. */
  readonly wrapArgs?: readonly string[];
  /** Options of node itself, before the script. */
  readonly nodeArgs?: readonly string[];
  readonly cwd?: string;
}

const running = new Set<Watched>();

/** Starts a script. */
export function spawnNode(options: SpawnOptions): Watched {
  const flag = options.instrumented === true ? ['--require', 'mcp-logbook/register'] : [];
  const args = [...flag, ...(options.nodeArgs ?? []), options.script, ...(options.args ?? [])];
  return spawnCommand([process.execPath, ...args], {
    ...options,
    wrapped: options.instrumented === 'wrap',
  });
}

/** Starts any command, plain or by `mcp-logbook wrap`. */
export function spawnCommand(
  command: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly wrapped: boolean;
    /** Options of `wrap`. */
    readonly wrapArgs?: readonly string[];
    readonly cwd?: string;
  },
): Watched {
  const wrap = [process.execPath, BIN, 'wrap', ...(options.wrapArgs ?? []), '--'];
  const [program = '', ...args] = options.wrapped ? [...wrap, ...command] : command;
  const child = spawn(program, args, {
    cwd: options.cwd ?? testFolder,
    env: { ...options.env },
    stdio: 'pipe',
  });
  return new Watched(child);
}

/** Starts a client or gateway of `fixtures` with the stdio server that it starts in turn, both under the flag. */
export function spawnPair(
  fixture: string,
  server: string,
  env: Readonly<Record<string, string>>,
): Watched {
  return spawnNode({
    script: fileURLToPath(new URL(`fixtures/${fixture}.mjs`, import.meta.url)),
    args: [process.execPath, '--require', 'mcp-logbook/register', server, 'stdio'],
    env: { ...env, SERVER_ENV: JSON.stringify(env) },
    instrumented: true,
  });
}

/** Kills what is still running of this file's children and waits for their end. */
export async function stopProcesses(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      child.kill('SIGKILL');
      await child.exited;
    }),
  );
}

/** See the file's header. */
export class Watched {
  readonly exited: Promise<ExitState>;
  #exit: ExitState | undefined;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #decoder = new StringDecoder('utf8');
  #stdout = '';
  readonly #stderr: Buffer[] = [];
  readonly #listeners: (() => void)[] = [];

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    running.add(this);
    const notify = (): void => {
      for (const listener of this.#listeners) listener();
    };
    child.stdout.on('data', (chunk: Buffer) => {
      this.#stdout += this.#decoder.write(chunk);
      notify();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr.push(chunk);
      notify();
    });
    // A child that is gone makes writes fail; the exit state says what happened.
    child.stdin.on('error', () => {});
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject);
      let atMs = 0;
      child.on('exit', () => {
        atMs = performance.now();
      });
      // 'close' comes after the last byte of both streams.
      child.on('close', (code, signal) => {
        running.delete(this);
        this.#stdout += this.#decoder.end();
        this.#exit = { code, signal, atMs };
        notify();
        resolve(this.#exit);
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the child did not start');
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString('utf8');
  }

  /** Undefined while it runs. */
  get exit(): ExitState | undefined {
    return this.#exit;
  }

  /** Calls back whenever something was printed and at the end. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  closeStdin(): void {
    this.#child.stdin.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the exit state, rejects after `timeoutMs`. */
  async gone(timeoutMs = 15_000): Promise<ExitState> {
    return await within(this.exited, timeoutMs, () => `still running; stderr: ${this.stderr}`);
  }

  /** Resolves once stderr or stdout has `text`. */
  async printed(text: string, timeoutMs = 15_000): Promise<void> {
    await within(
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (this.stderr.includes(text) || this.stdout.includes(text)) resolve();
        };
        this.onChange(look);
        look();
      }),
      timeoutMs,
      () => `"${text}" was not printed; stderr: ${this.stderr}`,
    );
  }
}
