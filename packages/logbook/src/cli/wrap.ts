/**
 * `wrap [--propagate] -- COMMAND ARGS...`: any server that speaks over stdio, in any language, recorded from outside. Ends
 * as the command ends; 127 where there is no such command, 126 where it cannot be executed, as a shell says it.
 *
 * Imports little: a user waits for the server. The recorder is loaded while the command starts.
 */
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { lineOf, warnOnce } from '../diag.ts';
import { endAs, runCommand, type Watcher } from '../wrap/run.ts';
import type { TapEnds } from '../wrap/tap.ts';
import { UsageError } from './usage-error.ts';

const require = createRequire(import.meta.url);

export async function wrap(args: readonly string[]): Promise<number> {
  const dashes = args.indexOf('--');
  const { values } = parseArgs({
    args: dashes < 0 ? [...args] : args.slice(0, dashes),
    options: { propagate: { type: 'boolean', default: false }, dir: { type: 'string' } },
    allowPositionals: dashes < 0,
  });
  const [command, ...rest] = dashes < 0 ? [] : args.slice(dashes + 1);
  if (command === undefined)
    throw new UsageError(
      'wrap needs -- and a command behind it',
      'e.g. mcp-logbook wrap -- python3 server.py',
    );
  if (values.dir !== undefined) process.env.MCP_LOGBOOK_DIR = values.dir;
  // Inside another wrapper this one only passes on: never two records of one call.
  const isInner = process.env.MCP_LOGBOOK_WRAPPED === '1';
  const env = { ...process.env, MCP_LOGBOOK_WRAPPED: '1' };
  const ended = await runCommand([command, ...rest], env, (ends) =>
    isInner ? blind() : watcherOf(basename(command), values.propagate, ends),
  );
  if (!('failure' in ended)) {
    endAs(ended);
    return 1;
  }
  const { code } = ended.failure;
  const isMissing = code === 'ENOENT';
  process.stderr.write(
    `mcp-logbook: error: cannot start "${command}": ${isMissing ? 'no such command' : String(code)}\n` +
      `mcp-logbook: hint: ${isMissing ? 'is it on PATH? try it without mcp-logbook wrap --' : 'is it a program, and may it be executed?'}\n`,
  );
  return isMissing ? 127 : 126;
}

/** The recorder; what only passes on where it cannot start, but for mode `strict`, which cannot be promised then. */
function watcherOf(program: string, propagate: boolean, ends: TapEnds): Watcher {
  try {
    const { watchWith } = require('../wrap/watch.js') as typeof import('../wrap/watch.ts');
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
