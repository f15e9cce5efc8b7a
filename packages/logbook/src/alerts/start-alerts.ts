/** Local alerts of this process: the watch, with a sender behind it. */
import type { AlertConfig } from '../config.ts';
import { warnOnce } from '../diag.ts';
import { AlertSender } from './alert-sender.ts';
import { AlertWatch, type AlertWatchOptions } from './alert-watch.ts';

export interface Alerts {
  readonly watch: AlertWatch;
  /** For the end of the process: waits for what is under way, half a second at most unless told otherwise. */
  drainSync(capMs?: number): void;
}

/** Starts nothing yet but the counting; undefined when there is no webhook. */
export function startAlerts(
  config: AlertConfig | undefined,
  options: Pick<AlertWatchOptions, 'service' | 'nameOf'>,
): Alerts | undefined {
  if (config === undefined) return undefined;
  const sender = new AlertSender(config.url, (line) => warnOnce(`alerts:${line}`, line));
  const watch = new AlertWatch({
    ...options,
    rules: config.rules,
    send: (alert) => sender.send(alert),
  });
  return { watch, drainSync: (capMs) => sender.drainSync(capMs) };
}
