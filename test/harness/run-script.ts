/**
 * Runs one real server through its script over stdio, plain, under the flag or by `wrap`, and ends it by closing stdin.
 *
 * Some servers stay after stdin is closed (hooking.md 5): those get SIGTERM, as a host would do (`linger.ts`).
 */
import { normalise, type RealServer } from './servers.ts';
import { lingers } from './linger.ts';
import { type ExitState, spawnCommand, spawnNode } from './process.ts';
import type { Sandbox } from './sandbox.ts';
import { WireClient } from './wire-client.ts';

/** One finished run. */
export interface ScriptRun {
  /** What the server wrote, line by line, volatile parts replaced. */
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly exit: ExitState;
  /** Requests we sent, `initialize` included. */
  readonly requests: readonly string[];
  /** Requests the server sent. */
  readonly asked: readonly string[];
}

/** Runs the script; `env` is laid over the sandbox's and the server's own. */
export async function runScript(
  server: RealServer,
  sandbox: Sandbox,
  options: {
    readonly instrumented: boolean | 'wrap';
    readonly env?: Readonly<Record<string, string>>;
    readonly clientName?: string;
    /** What runs the script in place of node and the flag. */
    readonly command?: readonly string[];
  },
): Promise<ScriptRun> {
  server.prepare(sandbox);
  const { script } = server;
  const args = server.args(sandbox);
  const env = { ...sandbox.env, ...server.env(sandbox), ...options.env };
  const { instrumented } = options;
  const child =
    options.command === undefined
      ? spawnNode({ script, args, env, instrumented })
      : spawnCommand([...options.command, script, ...args], {
          env,
          wrapped: instrumented === 'wrap',
        });
  const client = new WireClient(child);
  const settled = server.settled === undefined ? undefined : client.next(server.settled);
  await client.handshake({
    capabilities: server.capabilities,
    clientInfo: { name: options.clientName ?? 'script', version: '1.0.0' },
  });
  await settled;
  const requests = ['initialize'];
  for (const [method, params] of server.steps(sandbox)) {
    requests.push(method);
    await client.request(method, params);
  }
  const exit = await end(child);
  client.assertOnlyMessages();
  return {
    lines: client.lines.map((line) => normalise(server, line)),
    stderr: child.stderr,
    exit,
    requests,
    asked: client.asked,
  };
}

async function end(child: WireClient['server']): Promise<ExitState> {
  child.closeStdin();
  if (await lingers(child)) child.kill('SIGTERM');
  return await child.gone();
}
