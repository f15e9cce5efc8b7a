/**
 * Packages that tests run but this project does not depend on: each a folder with `package.json` and
 * `package-lock.json`, installed by `npm ci` into `${XDG_CACHE_HOME:-~/.cache}/mcp-logbook/npm/<name>-<digest>`. The
 * digest covers the lockfile, so a changed pin makes a new folder; a folder under its final name is always complete.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { rmSync } from 'node:fs';
import { dirname, basename, join } from 'node:path';
import { cacheFolder } from '../programs/recipes.ts';

const FILES = ['package.json', 'package-lock.json'];

/**
 * The `node_modules` of a pinned folder, installed first where it is not in the cache yet.
 * @throws Error with npm's own words when the installation fails
 */
export function installPinned(folder: string): string {
  const home = homeOf(folder);
  const npmCache = dirname(home);
  if (existsSync(home)) return join(home, 'node_modules');
  mkdirSync(npmCache, { recursive: true });
  const work = mkdtempSync(join(npmCache, '.installing-'));
  try {
    for (const file of FILES) copyFileSync(join(folder, file), join(work, file));
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: work,
      stdio: 'pipe',
    });
    if (!existsSync(home)) renameSync(work, home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return join(home, 'node_modules');
}

/** Whether a pinned folder is in the cache: then `installPinned` needs no network. */
export function isInstalled(folder: string): boolean {
  return existsSync(homeOf(folder));
}

function homeOf(folder: string): string {
  const digest = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json')));
  const name = `${basename(folder)}-${digest.digest('hex').slice(0, 12)}`;
  return join(dirname(cacheFolder()), 'npm', name);
}
