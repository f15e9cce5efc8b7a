/** This copy of the package, by the paths under which it was found. */
import { inPackage } from '../in-package.ts';
import type { Installed } from './entry.ts';

export const INSTALLED: Installed = {
  register: slashes(inPackage('register.cjs')),
  bin: slashes(inPackage('bin/mcp-logbook.js')),
  node: slashes(process.execPath),
};

/** Windows takes both, and a `\` would have to be doubled in quotes. */
function slashes(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}
