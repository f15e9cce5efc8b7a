/** A session with the stdio fixture server, for tests that look at what surrounds it. */
import { fileURLToPath } from 'node:url';
import { type ExitState, spawnNode } from './process.ts';
import type { Sandbox } from './sandbox.ts';
import { WireClient } from './wire-client.ts';

/** Path of the stdio fixture server. */
export const stdioFixture: string = fileURLToPath(
  new URL('./fixtures/stdio-server.mjs', import.meta.url),
);

export interface FixtureRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: ExitState;
  readonly answers: readonly Record<string, unknown>[];
}

export interface FixtureOptions {
  readonly instrumented?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Number of `echo` calls (default 1). */
  readonly calls?: number;
  /** Tool to call; no arguments but a text. */
  readonly tool?: string;
  /** How it ends: stdin closed by default. */
  readonly signal?: NodeJS.Signals;
}

/** Starts the server (under the flag unless told otherwise), calls, ends it. */
export async function fixtureSession(
  sandbox: Sandbox,
  options: FixtureOptions = {},
): Promise<FixtureRun> {
  const child = spawnNode({
    script: stdioFixture,
    env: { ...sandbox.env, ...options.env },
    instrumented: options.instrumented ?? true,
  });
  const client = new WireClient(child);
  await client.handshake();
  const answers: Record<string, unknown>[] = [];
  for (let index = 0; index < (options.calls ?? 1); index += 1) {
    answers.push(await client.call(options.tool ?? 'echo', { text: `call ${index}` }));
  }
  if (options.signal === undefined) child.closeStdin();
  else child.kill(options.signal);
  const exit = await child.gone();
  client.assertOnlyMessages();
  return { stdout: child.stdout, stderr: child.stderr, exit, answers };
}

/** Lines of `stderr` that the plain run did not print. */
export function extraLines(stderr: string, plain: string): string[] {
  const rest = stderr.split('\n').filter((line) => line !== '');
  for (const line of plain.split('\n').filter((text) => text !== '')) {
    const at = rest.indexOf(line);
    if (at !== -1) rest.splice(at, 1);
  }
  return rest;
}
