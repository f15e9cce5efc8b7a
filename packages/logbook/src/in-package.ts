/** Files of this package. A bundle lies elsewhere than its sources did, so nothing is found by where the asking file is. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const folder = join(createRequire(import.meta.url).resolve('#package.json'), '..');

/** Absolute path of a file, from its path within the package. */
export function inPackage(path: string): string {
  return join(folder, path);
}
