/**
 * A command with ourselves between it and whoever started us, in such a way that neither can tell:
 *
 *   stdin, stdout   pass through the pumps; stderr is inherited. The end of either is passed on as it comes
 *   signals         go on to the command; what it makes of them decides
 *   its end         is ours: the same exit code, or the same signal. Before it, what was recorded is brought home, within
 *                   the bound of every exit (shutdown.ts)
 *
 * The command is started before the recorder is loaded, so that both start at once. When we are killed, the command sees
 * the end of its stdin and a broken stdout.
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as later } from 'node:timers/promises';
import { pump, type Passage } from './pump.ts';
import { openStdout } from './stdout.ts';
import type { TapEnds } from './tap.ts';

/** Signals that go on to the command. */
const FORWARDED = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
] as const satisfies readonly NodeJS.Signals[];

/** Those that a terminal gives to all its programs at once, the command among them. */
const OF_TERMINALS: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);

/**
 * How long we wait for the end of stdout when the command is gone and nothing comes any more: a process it left behind may
 * hold it open for ever.
 */
const QUIET_MS = 250;

/** What looks at the traffic. */
export interface Watcher {
  readonly fromClient: Passage;
  readonly fromServer: Passage;
  /** Both directions are over; resolves when nothing can be lost any more. */
  end(): Promise<void>;
}

/** How a command ended. */
export type Ended =
  | { readonly code: number }
  | { readonly signal: NodeJS.Signals }
  | { readonly failure: NodeJS.ErrnoException };

/**
 * Runs a command.
 * @param watch called once, right after the command was started
 * @returns how it ended, when all that passed was handed on and recorded
 */
export async function runCommand(
  command: Command,
  env: NodeJS.ProcessEnv,
  watch: (ends: TapEnds) => Watcher,
): Promise<Ended> {
  const { child, gone, told } = launch(command, env, ['pipe', 'pipe', 'inherit']);
  const { stdin: input, stdout: output } = child;
  if (child.pid === undefined || input === null || output === null) return await gone;

  const { stdin } = process;
  const stdout = openStdout();
  const watcher = started(child, watch, {
    toClient: (line) => {
      // A client that sends on and does not read its refusals must wait.
      if (stdout.write(line)) return;
      stdin.pause();
      stdout.once('drain', () => stdin.resume());
    },
    toServer: (line) => void input.write(line),
  });
  void pump(stdin, input, watcher.fromClient);
  const answered = pump(output, stdout, watcher.fromServer);
  let lastMs = performance.now();
  output.on('data', () => {
    lastMs = performance.now();
  });
  const ended = await gone;
  // While our own reader is late something is always on its way.
  const isBusy = (): boolean =>
    output.isPaused() || output.readableEnded || stdout.writableLength > 0;
  const isQuiet = async (): Promise<void> => {
    while (isBusy() || performance.now() - lastMs < QUIET_MS) await later(50);
  };
  lastMs = performance.now();
  // Who still sends signals does not wait for the rest of the output.
  await Promise.race([answered, isQuiet(), told]);
  stdin.destroy();
  await watcher.end();
  return ended;
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** A command that gets our signals. */
export interface Launched {
  readonly child: ChildProcess;
  /** Resolves when it is gone, or could not be started. */
  readonly gone: Promise<Ended>;
  /** Resolves at the first signal that comes when it is gone. */
  readonly told: Promise<void>;
}

export function launch(
  [program, ...args]: Command,
  env: NodeJS.ProcessEnv,
  stdio: StdioOptions,
): Launched {
  // Before the child exists: a signal in between must not be lost on us.
  let act: (signal: NodeJS.Signals) => void = () => {};
  for (const signal of FORWARDED)
    process.on(signal, () => {
      if (!(process.stdin.isTTY && OF_TERMINALS.has(signal))) act(signal);
    });
  const child = spawn(program, args, { env, stdio });
  act = (signal) => void child.kill(signal);
  let tell: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const gone = new Promise<Ended>((resolve) => {
    const end = (ended: Ended): void => {
      act = () => tell();
      resolve(ended);
    };
    child.once('error', (failure) => {
      // Also reported when a signal could not be delivered: then it runs.
      if (child.pid === undefined) end({ failure });
    });
    child.once('exit', (code, signal) => end(signal === null ? { code: code ?? 1 } : { signal }));
  });
  return { child, gone, told };
}

function started(child: ChildProcess, watch: (ends: TapEnds) => Watcher, ends: TapEnds): Watcher {
  try {
    return watch(ends);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Ends this process as the command ended. */
export function endAs(ended: Exclude<Ended, { failure: unknown }>): void {
  if ('code' in ended) process.exit(ended.code);
  const { signal } = ended;
  // Adding and taking away a listener sets what a signal does back to its default, also where Node.js ignores it.
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') process.on(signal, () => {});
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // A signal that does not end this process: the code that a shell would give.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}
