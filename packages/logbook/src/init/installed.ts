/** This copy of the package, by the paths under which it was found. */
import { fileURLToPath } from 'node:url';
import type { Installed } from './entry.ts';

export const INSTALLED: Installed = {
  register: slashes(fileURLToPath(new URL('../../register.cjs', import.meta.url))),
  bin: slashes(fileURLToPath(new URL('../../bin/mcp-logbook.js', import.meta.url))),
  node: slashes(process.execPath),
};

/** Windows takes both, and a `\` would have to be doubled in quotes. */
function slashes(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}
