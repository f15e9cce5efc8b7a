/**
 * `wrap [options] -- COMMAND ARGS...`: any server that speaks over stdio, in any language, recorded from outside. Ends
 * as the command ends; 127 where there is no such command, 126 where it cannot be executed, as a shell says it.
 *
 * With `--http-listen` and `--http-target` a proxy in front of a Streamable HTTP server; the command is optional then.
 *
 * Imports little: a user waits for the server. The recorder is loaded while the command starts.
 */
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { lineOf, warnOnce } from '../diag.ts';
import { type Command, endAs, type Ended, runCommand, type Watcher } from '../wrap/run.ts';
import type { TapEnds } from '../wrap/tap.ts';
import { UsageError } from './usage-error.ts';

const require = createRequire(import.meta.url);

export async function wrap(args: readonly string[]): Promise<number> {
  const dashes = args.indexOf('--');
  const { values } = parseArgs({
    args: dashes < 0 ? [...args] : args.slice(0, dashes),
    options: {
      propagate: { type: 'boolean', default: false },
      dir: { type: 'string' },
      'http-listen': { type: 'string' },
      'http-target': { type: 'string' },
    },
    allowPositionals: dashes < 0,
  });
  const [program, ...rest] = dashes < 0 ? [] : args.slice(dashes + 1);
  const command: Command | undefined = program === undefined ? undefined : [program, ...rest];
  const http = httpOf(values['http-listen'], values['http-target']);
  if (command === undefined && (http === undefined || dashes >= 0))
    throw new UsageError(
      'wrap needs -- and a command behind it',
      'e.g. mcp-logbook wrap -- python3 server.py',
    );
  if (values.dir !== undefined) process.env.MCP_LOGBOOK_DIR = values.dir;
  // Inside another wrapper this one only passes on: never two records of one call.
  const records = process.env.MCP_LOGBOOK_WRAPPED !== '1';
  // The flag in NODE_OPTIONS reaches this process as well, and would see its stdin and stdout as a server's.
  Object.defineProperty(globalThis, Symbol.for('mcp-logbook.wrap'), { value: true });
  const { propagate } = values;
  const env = { ...process.env, MCP_LOGBOOK_WRAPPED: '1' };
  if (http !== undefined) {
    const { runHttp } = await import('../wrap/http.ts');
    return ending(await runHttp({ ...http, propagate, records, command }, env), program);
  }
  if (command === undefined) return 2;
  const ended = await runCommand(command, env, (ends) =>
    records ? watcherOf(basename(command[0]), propagate, ends) : blind(),
  );
  return ending(ended, program);
}

/** @returns only where the command was never there */
function ending(ended: Ended, program: string | undefined): number {
  if (!('failure' in ended)) {
    endAs(ended);
    return 1;
  }
  const { code } = ended.failure;
  const isMissing = code === 'ENOENT';
  process.stderr.write(
    `mcp-logbook: error: cannot start "${program}": ${isMissing ? 'no such command' : String(code)}\n` +
      `mcp-logbook: hint: ${isMissing ? 'is it on PATH? try it without mcp-logbook wrap --' : 'is it a program, and may it be executed?'}\n`,
  );
  return isMissing ? 127 : 126;
}

const LISTEN = /^(?:(?:\[([\da-fA-F:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/;

/** A port alone is one of loopback: the wrapper asks nobody who they are. */
function httpOf(
  listen: string | undefined,
  to: string | undefined,
): { readonly host: string; readonly port: number; readonly target: URL } | undefined {
  if (listen === undefined && to === undefined) return undefined;
  if (listen === undefined || to === undefined)
    throw new UsageError('--http-listen and --http-target belong together', 'give both');
  const parts = LISTEN.exec(listen);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535)
    throw new UsageError(
      `--http-listen "${listen.slice(0, 80)}" is not an address`,
      'give host:port or a port of 127.0.0.1, e.g. 127.0.0.1:8080',
    );
  const target = URL.parse(to);
  if (
    target === null ||
    !/^https?:$/.test(target.protocol) ||
    target.pathname !== '/' ||
    target.search !== ''
  )
    throw new UsageError(
      '--http-target is not the address of a server',
      'give http://host:port without a path: paths stay as clients ask for them',
    );
  return { host: parts[1] ?? parts[2] ?? '127.0.0.1', port, target };
}

/** The recorder; what only passes on where it cannot start, but for mode `strict`, which cannot be promised then. */
function watcherOf(program: string, propagate: boolean, ends: TapEnds): Watcher {
  try {
    const { watchWith } = require('#wrap') as typeof import('../wrap/watch.ts');
    return watchWith(program, propagate, ends);
  } catch (error) {
    if (process.env.MCP_LOGBOOK_MODE === 'strict') throw error;
    warnOnce('start', `could not start, calls are not recorded: ${lineOf(error)}`);
    return blind();
  }
}

function blind(): Watcher {
  const passage = { take: (chunk: Buffer, forward: (bytes: Buffer) => void) => forward(chunk) };
  const through = { ...passage, end: () => {} };
  return { fromClient: through, fromServer: through, end: () => Promise.resolve() };
}
