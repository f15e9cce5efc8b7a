/** The proxy in front of a Streamable HTTP server, with or without a command that starts it; loaded when it is asked for. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { watchHttp } from '@mcp-logbook/instrumentation/http';
import { warnOnce } from '../diag.ts';
import { startRuntime } from '../runtime.ts';
import { HttpTap } from './http-tap.ts';
import { createProxy } from './proxy.ts';
import { type Command, type Ended, launch } from './run.ts';

/** Where it listens and what stands behind it. */
export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly target: URL;
  readonly propagate: boolean;
  /** False: only passes on. */
  readonly records: boolean;
  readonly command: Command | undefined;
}

const WORDS = {
  too_long: 'a message of over 8 MiB was not read: its call is recorded without content',
  compressed: 'a compressed body was not read: its calls are recorded without content',
} as const;

/**
 * Runs until the command ends; without one until a signal ends this process.
 * @throws Error when the address cannot be listened on
 */
export async function runHttp(options: HttpOptions, env: NodeJS.ProcessEnv): Promise<Ended> {
  const { command, target } = options;
  const runtime = options.records ? startRuntime(command?.[0] ?? 'wrap') : undefined;
  if (runtime !== undefined)
    watchHttp(
      () => runtime.recorder,
      () => (address) => runtime.trusts(address),
    );
  const tap =
    runtime &&
    new HttpTap(runtime.recorder, {
      mode: runtime.mode,
      propagate: options.propagate,
      unread: (reason) => {
        runtime.unread(reason);
        warnOnce(`wrap:${reason}`, WORDS[reason]);
      },
    });
  const server = createProxy(target, tap);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, family, port } = server.address() as AddressInfo;
  const shown = family === 'IPv6' ? `[${address}]` : address;
  process.stderr.write(`mcp-logbook: http://${shown}:${port} -> ${target.origin}\n`);
  if (command === undefined) return await new Promise(() => {});
  const ended = await launch(command, env, 'inherit').gone;
  server.close();
  server.closeAllConnections();
  tap?.close();
  await runtime?.end();
  return ended;
}
