/** The recorder behind a wrapped command: loaded while the command starts, ended after it. */
import { warnOnce } from '../diag.ts';
import { startRuntime } from '../runtime.ts';
import type { Watcher } from './run.ts';
import { Tap, type TapEnds } from './tap.ts';

/** @param program names telemetry and the log until the server has said its name */
export function watchWith(program: string, propagate: boolean, ends: TapEnds): Watcher {
  const runtime = startRuntime(program);
  const unread = (): void => {
    runtime.unread('too_long');
    warnOnce(
      'wrap:long',
      'a message of over 8 MiB was not read: its call is recorded without content',
    );
  };
  const tap = new Tap(runtime.recorder, ends, { mode: runtime.mode, propagate, unread });
  return {
    fromClient: tap.fromClient,
    fromServer: tap.fromServer,
    end() {
      tap.close();
      return runtime.end();
    },
  };
}
