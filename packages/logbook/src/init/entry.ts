/**
 * What one server's entry in a host's configuration becomes, so that the server runs under the flag: a Node.js command
 * gets `--require <register>` in the NODE_OPTIONS of its entry, everything else over stdio is started by `wrap`.
 *
 * `bun`, `bunx` and `deno` are not Node.js here: Bun ignores NODE_OPTIONS, Deno cannot have load hooks (design/hooking 3).
 */
import { loadsRegister, requireOption, withoutRegister, withRegister } from './node-options.ts';

/** Paths of this installation, absolute. */
export interface Installed {
  readonly register: string;
  /** `bin/mcp-logbook.js`. */
  readonly bin: string;
  /** The Node.js that runs `bin`. A host that a desktop started has a poor PATH. */
  readonly node: string;
}

/** What is to be done with one entry. */
export type Plan =
  | { readonly does: 'node'; readonly nodeOptions: string; readonly option: string }
  | {
      readonly does: 'wrap';
      readonly command: string;
      readonly before: readonly string[];
      /** Arguments that go first: the file of a copy of ours that is not there any more. */
      readonly drop?: 1;
    }
  | { readonly does: 'already'; readonly by: 'node' | 'wrap' }
  /** Not started by the host. */
  | { readonly does: 'remote' }
  /** Not as hosts read entries. */
  | { readonly does: 'left'; readonly why: string };

/** What takes a plan back. */
export type Removal =
  | { readonly does: 'node'; readonly nodeOptions: string | undefined }
  /** The first arguments go, and the last of them is the command again. */
  | { readonly does: 'wrap'; readonly command: string; readonly drop: number };

/** Programs that are Node.js, or hand their environment to one. */
const NODE_COMMANDS = new Set('node nodejs npx npm pnpm pnpx yarn tsx ts-node'.split(' '));

/** What an entry says nothing about. */
export interface Machine {
  /** The first line of the file that a command names, or the empty text: `shebang.ts`. */
  readonly shebang: (command: string) => string;
  readonly exists: (path: string) => boolean;
}

/** See the file's header. `wrapAll` = also where a preload would do. */
export function planOf(
  entry: unknown,
  installed: Installed,
  machine: Machine,
  wrapAll: boolean,
): Plan {
  const read = readEntry(entry);
  if ('does' in read) return read;
  const { command, args, nodeOptions } = read;
  if (isGone(entry, installed, machine))
    return { does: 'wrap', command: installed.node, before: [installed.bin], drop: 1 };
  if (isWrapped(command, args)) return { does: 'already', by: 'wrap' };
  if (loadsRegister(args)) return { does: 'already', by: 'node' };
  if (wrapAll || !isNode(command, args, machine)) {
    const before = [installed.bin, 'wrap', '--', command];
    return { does: 'wrap', command: installed.node, before };
  }
  const changed = withRegister(nodeOptions ?? '', installed.register, machine.exists);
  if (changed === undefined)
    return { does: 'left', why: 'its NODE_OPTIONS has a " without its pair' };
  if (changed === nodeOptions) return { does: 'already', by: 'node' };
  return { does: 'node', nodeOptions: changed, option: requireOption(installed.register) };
}

/** Whether `init` wrapped an entry with a copy, or by a Node.js, that is not there any more. */
export function isGone(entry: unknown, installed: Installed, { exists }: Machine): boolean {
  if (removalOf(entry)?.does !== 'wrap') return false;
  const { command, args } = entry as Read;
  const present = (path: string, own: string): boolean =>
    path === own || !/^[/\\]|^\w:/.test(path) || exists(path);
  return !present(command, installed.node) || !present(args[0] ?? '', installed.bin);
}

/** What in an entry is ours, if anything. */
export function removalOf(entry: unknown): Removal | undefined {
  const read = readEntry(entry);
  if ('does' in read) return undefined;
  const { args, nodeOptions } = read;
  const [bin = '', wrap, dashes, wrapped] = args;
  if (isOurs(bin) && wrap === 'wrap' && dashes === '--' && wrapped !== undefined)
    return { does: 'wrap', command: wrapped, drop: 4 };
  if (nodeOptions === undefined) return undefined;
  const rest = withoutRegister(nodeOptions);
  if (rest === undefined || rest === nodeOptions) return undefined;
  return { does: 'node', nodeOptions: rest === '' ? undefined : rest };
}

interface Read {
  readonly command: string;
  readonly args: readonly string[];
  readonly nodeOptions: string | undefined;
}

function readEntry(entry: unknown): Read | Plan {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return { does: 'left', why: 'it is not an object' };
  const { command, args = [], env = {} } = entry as Record<string, unknown>;
  if (command === undefined)
    return 'url' in entry || 'serverUrl' in entry || 'httpUrl' in entry
      ? { does: 'remote' }
      : { does: 'left', why: 'it has no "command"' };
  if (typeof command !== 'string' || command === '')
    return { does: 'left', why: 'its "command" is not a text' };
  if (!Array.isArray(args) || !args.every((arg): arg is string => typeof arg === 'string'))
    return { does: 'left', why: 'its "args" is not a list of texts' };
  if (typeof env !== 'object' || env === null || Array.isArray(env))
    return { does: 'left', why: 'its "env" is not an object' };
  const { NODE_OPTIONS: nodeOptions } = env as Record<string, unknown>;
  if (nodeOptions !== undefined && typeof nodeOptions !== 'string')
    return { does: 'left', why: 'its NODE_OPTIONS is not a text' };
  return { command, args, nodeOptions };
}

function isOurs(word: string): boolean {
  return /^mcp-logbook(?:@|$)/.test(baseOf(word));
}

/** Whether a command line starts `wrap`: by name, by path, by npx. */
export function isWrapped(command: string, args: readonly string[]): boolean {
  const words = [command, ...args.slice(0, 4)];
  return words.some((word, n) => isOurs(word) && words[n + 1] === 'wrap');
}

function isNode(command: string, args: readonly string[], { shebang }: Machine): boolean {
  const base = baseOf(command);
  if (NODE_COMMANDS.has(base)) return true;
  // Windows: `cmd /c npx ...`; and `env A=b node ...`.
  const next =
    base === 'cmd' && /^\/[ck]$/i.test(args[0] ?? '')
      ? args[1]
      : base === 'env'
        ? args.find((arg) => !/^-|=/.test(arg))
        : undefined;
  if (next !== undefined) return NODE_COMMANDS.has(baseOf(next));
  return /^#!.*[/ \t]node(?:js)?(?:\s|$)/.test(shebang(command));
}

/** The program's name without folder and without what Windows and Node.js put behind it. */
export function baseOf(command: string): string {
  return (command.split(/[/\\]/).at(-1) ?? '')
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat|ps1|js)$/, '');
}
