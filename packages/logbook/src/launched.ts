/**
 * A command that runs its server as a process of its own and hands its stdin over (`stdio: 'inherit'`): `npx`, `tsx`, the
 * `bin` of many packages. The one who asked for the flag meant that server, so the flag goes with the stream. Processes that
 * have another stdin are started as they are.
 *
 * It goes by NODE_OPTIONS, and beside it goes what was there before: the process that is reached puts that back, so its own
 * environment, and that of all it starts, is the one it would have had.
 */
import { inPackage } from './in-package.ts';
import { registersIn, requireOption } from './init/node-options.ts';

/** What `ChildProcess#spawn` is given, as much of it as we look at. */
interface Started {
  readonly stdio?: unknown;
  /** `NAME=value` each. */
  envPairs?: unknown;
}

const OPTIONS = 'NODE_OPTIONS=';
/** What NODE_OPTIONS was before, behind a `=`; empty where there was none. Read in register.ts. */
const BEFORE = 'MCP_LOGBOOK_NODE_OPTIONS=';

/** Sees to it that this process, which is about to be started, gets the flag if it takes our stdin over. */
export function passFlagOn(child: object): void {
  const { spawn } = child as { readonly spawn?: unknown };
  if (typeof spawn !== 'function') return;
  Object.defineProperty(child, 'spawn', {
    configurable: true,
    writable: true,
    enumerable: false,
    value(this: unknown, options: Started, ...rest: unknown[]): unknown {
      delete (child as { spawn?: unknown }).spawn;
      try {
        if (takesOver(options.stdio)) options.envPairs = withFlag(options.envPairs);
      } catch {
        // Started as it is (I8).
      }
      return Reflect.apply(spawn, this, [options, ...rest]);
    },
  });
}

/** Whether a child reads our stdin; what it answers may leave through us. */
function takesOver(stdio: unknown): boolean {
  const [input, output] = Array.isArray(stdio) ? (stdio as unknown[]) : [stdio, stdio];
  if (output === 'ignore') return false;
  if (input === 'inherit' || input === 0) return true;
  return typeof input === 'object' && input !== null && (input as { fd?: unknown }).fd === 0;
}

function withFlag(pairs: unknown): unknown {
  if (!Array.isArray(pairs)) return pairs;
  const texts = pairs.map(String);
  const own = texts.find((pair) => pair.startsWith(OPTIONS));
  const before = own?.slice(OPTIONS.length);
  if (registersIn(before ?? '').length > 0) return pairs;
  const flag = requireOption(inPackage('register.cjs'));
  const options = `${OPTIONS}${before === undefined || before === '' ? flag : `${before} ${flag}`}`;
  return [
    ...texts.map((pair) => (pair === own ? options : pair)),
    ...(own === undefined ? [options] : []),
    `${BEFORE}${before === undefined ? '' : `=${before}`}`,
  ];
}
