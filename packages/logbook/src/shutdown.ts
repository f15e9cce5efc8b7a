/**
 * The end of a process: one synchronous step, run once, whichever way the end comes: `exit` (also after an uncaught
 * exception or `process.exit`), or SIGTERM, SIGINT and SIGHUP, for which a client waits two seconds at most.
 *
 * A listener replaces a signal's default death. So listeners are added only once there is something to lose, and the
 * signal is raised again after the end; where the program listens too, the decision stays with it and `exit` will come.
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

/**
 * Sees to it that the ending happens.
 * @returns ends now, for a program of our own that knows when it is over; resolves within the bounds above
 */
export function onEnd({ now, drain }: Ending): () => Promise<void> {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    now();
  };
  process.once('exit', end);
  let drained: Promise<void> | undefined;
  const drainOnce = (): Promise<void> =>
    (drained ??= (drain?.() ?? Promise.resolve()).catch(() => {}));
  if (drain !== undefined) process.once('beforeExit', () => void drainOnce());
  for (const signal of SIGNALS) {
    const listener = (): void => {
      process.removeListener(signal, listener);
      if (process.listenerCount(signal) > 0) return;
      end();
      const die = (): void => {
        process.kill(process.pid, signal);
      };
      if (drain === undefined) die();
      else void Promise.race([drainOnce(), later(DRAIN_MS)]).then(die);
    };
    process.on(signal, listener);
  }
  return async () => {
    end();
    if (drain !== undefined) await Promise.race([drainOnce(), later(DRAIN_MS)]);
  };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
