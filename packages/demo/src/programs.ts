/**
 * Where the programs of the demo are: the flag itself, the command line, the two unmodified servers from npm and the
 * demo's own programs. Everything is found through Node's own resolution, so nothing is downloaded and no path is fixed.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** File behind `--require mcp-logbook/register`, absolute: a child's folder may not resolve the name. */
export const registerFile = (): string => require.resolve('mcp-logbook/register');

/** File behind the `mcp-logbook` command. */
export const commandFile = (): string =>
  join(dirname(require.resolve('mcp-logbook')), '..', 'bin', 'mcp-logbook.js');

/** One of the demo's own programs, built. */
export const ownProgram = (name: 'driver' | 'shop'): string =>
  fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));

/**
 * The program of an installed server.
 * @throws Error when it is not installed
 */
export function serverProgram(packageName: string): string {
  for (const folder of require.resolve.paths(packageName) ?? []) {
    const file = join(folder, packageName, 'dist', 'index.js');
    if (existsSync(file)) return file;
  }
  throw new Error(`${packageName} is not installed: npm install ${packageName}`);
}
