/** Servers under `mcp-logbook wrap`, each in a sandbox of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { spawnCommand, type Watched } from './process.ts';
import type { Receiver } from './receiver.ts';
import { aSandbox, type Sandbox } from './sandbox.ts';
import { WireClient } from './wire-client.ts';

/** A server by hand, in Python's standard library. */
export const PYTHON_SERVER: string = fileURLToPath(
  new URL('fixtures/stdio-server.py', import.meta.url),
);

/** Tests of Python servers skip without it. */
export const hasPython: boolean = spawnSync('python3', ['--version']).status === 0;

export interface Started {
  readonly sandbox: Sandbox;
  readonly server: Watched;
  readonly client: WireClient;
}

/** A wrapped server with a client that shook hands and knows its tools. */
export async function startWrapped(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
  wrapArgs: readonly string[] = [],
): Promise<Started> {
  const sandbox = aSandbox();
  const all = { ...sandbox.env, ...env };
  const server = spawnCommand(command, { env: all, wrapped: true, wrapArgs });
  const client = new WireClient(server);
  await client.handshake({ capabilities: { sampling: {} } });
  await client.request('tools/list');
  return { sandbox, server, client };
}

/**
 * Ends a session by closing stdin. With a receiver not before telemetry arrives: what starts to send only when the session
 * ends has a second for it, which a busy machine may take.
 */
export async function finishWrapped(
  { server, client }: Started,
  receiver?: Receiver,
): Promise<void> {
  await receiver?.until(() => receiver.spans.length > 0, 30_000);
  server.closeStdin();
  expect(await server.gone()).toMatchObject({ code: 0, signal: null });
  client.assertOnlyMessages();
}

/** Node.js itself, the recorder, one line of 8 MiB as bytes and as text, and what waits for collection. */
export const MAX_RSS_MIB: number = 200;

/** The most memory a process had, where the system tells (Linux). */
export function maxRssMiB(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1]) / 1024;
}
