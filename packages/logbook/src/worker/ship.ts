/**
 * The shipper in the export worker, so that no server waits for it (audit.md 5). Loaded with the first log of a process
 * that has an audit endpoint. Its figures go to the main thread at most once a second for each log.
 */
import { createShipper, LogbookError, type Shipper } from '@mcp-logbook/audit';
import { dirname } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { ShipSettings } from '../rows/settings.ts';
import type { ShipState } from '../rows/messages.ts';

/** Shipping of this process's logs. */
export interface Shipping {
  follow(folder: string): void;
  drain(capMs: number): Promise<void>;
}

const STATE_MS = 1_000;

/**
 * @param port to the main thread
 * @param tell one line for stderr
 */
export function startShipping(
  settings: ShipSettings,
  port: Pick<MessagePort, 'postMessage'>,
  tell: (line: string) => void,
): Shipping {
  const states = new Map<string, ShipState>();
  const posted = new Map<string, ShipState>();
  // A gauge keeps its value: what did not change is not posted, or an idle server would be woken every second.
  const flush = (): void => {
    for (const [origin, state] of states) {
      const last = posted.get(origin);
      if (
        last?.pending === state.pending &&
        Math.round(last.oldestAgeSeconds) === Math.round(state.oldestAgeSeconds)
      )
        continue;
      port.postMessage(state);
      posted.set(origin, state);
    }
    states.clear();
  };
  const timer = setInterval(flush, STATE_MS);
  let shipper: Promise<Shipper | undefined> | undefined;
  const open = async (root: string): Promise<Shipper | undefined> => {
    try {
      return await createShipper({
        ...settings,
        root,
        observer: {
          state: (origin, pending, oldestAgeSeconds) =>
            states.set(origin, { origin, pending, oldestAgeSeconds }),
          problem: (error) => tell(lineOf(error)),
        },
      });
    } catch (error) {
      tell(`the logs are not shipped: ${lineOf(error)}; entries stay in the local log`);
      return undefined;
    }
  };
  let following: Promise<void> = Promise.resolve();
  return {
    follow(folder) {
      // A log is a folder under its root (audit.md 1); a process has one root.
      shipper ??= open(dirname(folder));
      following = Promise.all([following, shipper]).then(([, made]) => made?.follow(folder));
    },
    async drain(capMs) {
      const startMs = performance.now();
      await following;
      await (await shipper)?.drain(Math.max(0, capMs - (performance.now() - startMs)));
      clearInterval(timer);
      flush();
    },
  };
}

function lineOf(error: unknown): string {
  if (!(error instanceof LogbookError)) return 'unknown error';
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
}
