/** The recorder behind a wrapped command: loaded while the command starts, ended after it. */
import { warnOnce } from '../diag.ts';
import { startRuntime } from '../runtime.ts';
import type { Watcher } from './run.ts';
import { Tap, type TapEnds } from './tap.ts';

/** Who started us has sent its first message by then. */
const SILENT_MS = 30_000;

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
  warnWhenSilent(tap);
  return {
    fromClient: tap.fromClient,
    fromServer: tap.fromServer,
    end() {
      tap.close();
      return runtime.end();
    },
  };
}

/** A command that serves HTTP says nothing on stdio, and nothing of it would be recorded: one line says so. */
export function warnWhenSilent(tap: Pick<Tap, 'hasSpoken'>): void {
  setTimeout(() => {
    if (tap.hasSpoken) return;
    warnOnce(
      'wrap:silent',
      `no MCP message came through stdin and stdout in ${SILENT_MS / 1_000} s, so nothing is recorded: a server that is reached over HTTP needs --http-listen and --http-target`,
    );
  }, SILENT_MS).unref();
}
