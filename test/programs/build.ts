/**
 * `npm run programs [-- [--if-go] [name...]]`: builds the real programs of recipes.ts that are not in the cache yet; without
 * names those that `npm test` needs.
 *
 * One program at a time, in a temporary folder inside the cache that is renamed when all of its binaries are there:
 * a folder under its final name is always complete. A lock keeps two runs from building the same thing twice.
 *
 * Exit codes: 0 all there; 1 a build failed (its last lines are printed, the whole output lies in the named file);
 * 2 wrong usage; 3 no usable Go. With `--if-go` a machine without Go is not an error: the tests of real programs then
 * skip and say so, everything else runs.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './go.ts';
import { holdLock } from './lock.ts';
import { RECIPES, binaryFolder, cacheFolder, recipeFolder, type Recipe } from './recipes.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--if-go');
  const unknown = names.filter((name) => !RECIPES.some((recipe) => recipe.name === name));
  if (unknown.length > 0) {
    const known = RECIPES.map((recipe) => recipe.name).join(', ');
    say(`unknown: ${unknown.join(', ')}; known programs: ${known} (and the option --if-go)`);
    return 2;
  }
  const wanted = RECIPES.filter(({ name, onlyByName }) =>
    names.length === 0 ? onlyByName !== true : names.includes(name),
  );
  const missing = wanted.filter((recipe) => !existsSync(binaryFolder(recipe)));
  if (missing.length === 0) {
    say(`all there: ${wanted.map(label).join(', ')} in ${cacheFolder()}`);
    return 0;
  }
  const trouble = goTrouble(missing);
  if (trouble !== undefined) {
    say(`${trouble}; not built: ${missing.map(label).join(', ')}`);
    say('the tests of real programs will be skipped, each with a message');
    return args.includes('--if-go') ? 0 : 3;
  }
  return buildAll(missing);
}

async function buildAll(missing: readonly Recipe[]): Promise<number> {
  mkdirSync(cacheFolder(), { recursive: true });
  const release = await holdLock(join(cacheFolder(), 'lock'), say);
  try {
    for (const recipe of missing) {
      if (existsSync(binaryFolder(recipe))) {
        say(`${label(recipe)}: another run has built it`);
        continue;
      }
      if (!build(recipe)) return 1;
    }
    return 0;
  } finally {
    release();
  }
}

function build(recipe: Recipe): boolean {
  const started = Date.now();
  const work = mkdtempSync(join(cacheFolder(), `.building-${recipe.name}-`));
  const log = join(cacheFolder(), `${recipe.name}.log`);
  say(`${label(recipe)}: building (output in ${log})`);
  try {
    const folder = buildProgram(recipe, work, log);
    renameSync(folder, binaryFolder(recipe));
  } catch (error) {
    say(`${label(recipe)}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
    if (existsSync(log)) say(readFileSync(log, 'utf8').split('\n').slice(-25).join('\n'));
    return false;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  say(`${label(recipe)}: built in ${Math.round((Date.now() - started) / 1000)} s`);
  return true;
}

/** Why the Go of this machine cannot build the recipes, or undefined. */
function goTrouble(recipes: readonly Recipe[]): string | undefined {
  let found: string;
  try {
    found = execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).trim();
  } catch {
    return 'no Go on PATH';
  }
  for (const recipe of recipes) {
    const text = readFileSync(join(recipeFolder(recipe.name), 'go.mod'), 'utf8');
    const needed = /^go (\S+)$/m.exec(text)?.[1] ?? '1.26';
    if (compareVersions(found.replace(/^go/, ''), needed) < 0) {
      return `Go is too old: found ${found}, ${label(recipe)} needs ${needed}`;
    }
  }
  return undefined;
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split('.').map((part) => Number.parseInt(part)));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function label(recipe: Recipe): string {
  return `${recipe.name} ${recipe.version}`;
}

function say(line: string): void {
  process.stderr.write(`programs: ${line}\n`);
}
