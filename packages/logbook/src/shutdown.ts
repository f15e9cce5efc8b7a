/**
 * The end of a process: one synchronous step, run once, whichever way the end comes: `exit` (also after an uncaught
 * exception or `process.exit`), or SIGTERM, SIGINT and SIGHUP, for which a client waits two seconds at most.
 *
 * A listener replaces a signal's default death. So listeners are added only once there is something to lose, and the
 * signal is raised again after the end; where the program listens too, the decision stays with it: `exit` will come, or it
 * raises the signal again. Ours is the first to run and takes itself away, so that a program which raises it only where
 * no one else listens (the package `signal-exit`) counts its own listeners alone.
 *
 * At `exit` ours is the first as well, and then no longer listens to signals: no listener runs any more, and a program that
 * another one holds up there (a logger that waits for its thread) dies of them.
 */

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Longest wait of a signal for `drain`. */
const DRAIN_MS = 1_000;

/** What ends. */
export interface Ending {
  /** Everything that can be done at once. Runs once. */
  readonly now: () => void;
  /** More that needs the event loop: done after a signal and before a natural end, lost at `process.exit`. */
  readonly drain?: () => Promise<void>;
}

interface Registered {
  /** `now`, once. */
  readonly end: () => void;
  readonly hasDrain: boolean;
  /** Never rejects. */
  readonly drain: () => Promise<void>;
}

/** All of them end with the first sign: of two listeners to a signal each would leave it to the other. */
const registered: Registered[] = [];

/**
 * Sees to it that the ending happens.
 * @returns ends now, for a program of our own that knows when it is over; resolves within the bounds above
 */
export function onEnd({ now, drain }: Ending): () => Promise<void> {
  let ended = false;
  let drained: Promise<void> | undefined;
  const one: Registered = {
    end() {
      if (ended) return;
      ended = true;
      now();
    },
    hasDrain: drain !== undefined,
    drain: () => (drained ??= (drain?.() ?? Promise.resolve()).catch(() => {})),
  };
  registered.push(one);
  if (registered.length === 1) listen();
  if (drain !== undefined) process.once('beforeExit', () => void one.drain());
  return () => finish([one]);
}

function listen(): void {
  const endAll = (): void => registered.forEach(({ end }) => end());
  const listeners = new Map<NodeJS.Signals, () => void>();
  process.prependOnceListener('exit', () => {
    endAll();
    for (const [signal, listener] of listeners) process.removeListener(signal, listener);
  });
  for (const signal of SIGNALS) {
    const listener = (): void => {
      process.removeListener(signal, listener);
      if (process.listenerCount(signal) > 0) {
        beforeOwnKill(signal, endAll);
        return;
      }
      const die = (): void => {
        process.kill(process.pid, signal);
      };
      const drained = finish(registered);
      if (registered.some(({ hasDrain }) => hasDrain)) void drained.then(die);
      else die();
    };
    listeners.set(signal, listener);
    process.prependListener(signal, listener);
  }
}

/** Ends all at once, in order, then waits for those that drain. */
async function finish(all: readonly Registered[]): Promise<void> {
  for (const { end } of all) end();
  const draining = all.filter(({ hasDrain }) => hasDrain).map(({ drain }) => drain());
  if (draining.length > 0) await Promise.race([Promise.all(draining), later(DRAIN_MS)]);
}

/** Runs `end` when the process sends itself a signal that nobody listens to any more: it dies there, without `exit`. */
function beforeOwnKill(signal: NodeJS.Signals, end: () => void): void {
  const kill = process.kill.bind(process);
  process.kill = (pid, sent) => {
    const isThat = sent === undefined ? signal === 'SIGTERM' : sent === signal;
    if (pid === process.pid && isThat && process.listenerCount(signal) === 0) end();
    return kill(pid, sent);
  };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
