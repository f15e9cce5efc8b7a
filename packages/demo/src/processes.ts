/**
 * Starting the demo's programs: forked under the flag with a closed environment, one answer each over IPC, ended by
 * themselves. A program that has not answered or ended within its deadline is killed and counts as a failure.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { commandFile, ownProgram, registerFile } from './programs.ts';

/** Longest that any step of the demo may take, in ms; usual is under ten seconds. */
const DEADLINE_MS = 45_000;

/** A started program. */
export interface Program {
  /** What it answered to the message it was started with. */
  readonly answer: Readonly<Record<string, unknown>>;
  /** What it wrote on stdout and stderr so far. */
  output(): string;
  /** Sends `stop` and resolves with its exit code. */
  stop(): Promise<number>;
  /** Resolves with its exit code. */
  ended(): Promise<number>;
}

/**
 * Starts one of our own programs under `--require mcp-logbook/register` and waits for its answer.
 * @throws Error when it ends, or stays silent, instead of answering
 */
export async function startUnderFlag(
  name: 'driver' | 'shop',
  message: object,
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const child = fork(ownProgram(name), [], {
    execArgv: ['--require', registerFile()],
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const exit = exitOf(child);
  child.send(message);
  const answer = await Promise.race([
    new Promise<object>((resolve) => {
      child.once('message', (value) => resolve(Object(value) as object));
    }),
    exit.then((code) => {
      throw new Error(`${name} ended with ${code} before it answered: ${output}`);
    }),
  ]);
  return {
    answer: answer as Readonly<Record<string, unknown>>,
    output: () => output,
    stop: () => {
      if (child.connected) child.send({ stop: true });
      return exit;
    },
    ended: () => exit,
  };
}

/** What a finished command printed. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `mcp-logbook` as a user would. */
export async function mcpLogbook(args: readonly string[], colour: boolean): Promise<Finished> {
  const child = spawn(process.execPath, [commandFile(), ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      ...(colour ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return { code: await exitOf(child), stdout, stderr };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
    child.once('error', () => {
      clearTimeout(timer);
      resolve(-1);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? -1);
    });
  });
}
