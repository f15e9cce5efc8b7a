/**
 * Runs Go on one recipe. The module files are copied into the work folder and used read-only: a build that wants a
 * module or a hash that is not pinned fails instead of taking what the network offers.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BUILDER_MANIFEST,
  recipeFiles,
  recipeFolder,
  repositoryFile,
  type Recipe,
} from './recipes.ts';

/** Longest time for one `go` run; the slowest program takes 10 minutes on two cores of its own. */
const BUILD_MINUTES = 60;

/** The same on every machine, whatever its user has set. */
const GO_ENVIRONMENT = {
  GOTOOLCHAIN: 'local',
  GOFLAGS: '-trimpath -mod=readonly -buildvcs=false',
  GOWORK: 'off',
  CGO_ENABLED: '0',
};

/**
 * Builds all binaries of a recipe.
 * @param work an empty folder, removed by the caller
 * @param log file that takes the output of all commands
 * @returns a folder inside `work` that holds the binaries and nothing else
 * @throws Error saying which command failed
 */
export function buildProgram(recipe: Recipe, work: string, log: string): string {
  const source = join(work, 'source');
  const binaries = join(work, 'bin');
  mkdirSync(source);
  mkdirSync(binaries);
  writeFileSync(log, '');
  copyModule(recipe.name, source);
  if (recipe.name === 'otelcol') writeCollectorSources(source, work, log);
  for (const [binary, target] of Object.entries(recipe.binaries)) {
    goBuild({ cwd: source, log, output: join(binaries, binary), target, recipe });
  }
  return binaries;
}

/**
 * The collector has no ready package: its builder writes a `main` from the manifest. The builder would also fetch what
 * only the tests of the modules need, so it writes the sources alone, and the pinned go.mod takes the place of its own.
 */
function writeCollectorSources(source: string, work: string, log: string): void {
  const manifest = readFileSync(repositoryFile(BUILDER_MANIFEST), 'utf8');
  requirePinned(manifest, readFileSync(join(source, 'go.mod'), 'utf8'));
  const builderSource = join(work, 'builder');
  const builder = join(work, 'builder-binary');
  mkdirSync(builderSource);
  copyModule('builder', builderSource);
  const target = 'go.opentelemetry.io/collector/cmd/builder';
  goBuild({ cwd: builderSource, log, output: builder, target, recipe: {} });
  const local = join(work, 'builder.yaml');
  writeFileSync(local, manifest.replace(/^( +output_path:).*$/m, `$1 ${JSON.stringify(source)}`));
  run(builder, ['--config', local, '--skip-compilation', '--skip-get-modules'], work, log);
  copyModule('otelcol', source);
}

/** @throws Error when the manifest names a component that the committed go.mod does not pin at that version. */
function requirePinned(manifest: string, goMod: string): void {
  const pinned = new Set(
    goMod.split('\n').map((line) => line.trim().replace(/ \/\/ indirect$/, '')),
  );
  for (const [, component] of manifest.matchAll(/^ +- gomod: +(\S+ \S+)$/gm)) {
    if (component !== undefined && !pinned.has(component)) {
      throw new Error(
        `${BUILDER_MANIFEST} names "${component}", test/programs/otelcol/go.mod does not: ` +
          'see test/programs/README.md, "Moving a version"',
      );
    }
  }
}

function copyModule(name: string, to: string): void {
  for (const file of recipeFiles(name)) cpSync(join(recipeFolder(name), file), join(to, file));
}

interface GoBuild {
  readonly cwd: string;
  readonly log: string;
  readonly output: string;
  readonly target: string;
  readonly recipe: Pick<Recipe, 'tags' | 'variables'>;
}

function goBuild({ cwd, log, output, target, recipe }: GoBuild): void {
  const variables = Object.entries(recipe.variables ?? {}).map(
    ([name, value]) => `-X ${name}=${value}`,
  );
  const flags = ['-ldflags', ['-s', '-w', ...variables].join(' ')];
  if (recipe.tags !== undefined) flags.push('-tags', recipe.tags);
  run('go', ['build', ...flags, '-o', output, target], cwd, log);
}

function run(command: string, args: readonly string[], cwd: string, log: string): void {
  const output = openSync(log, 'a');
  try {
    const env = { ...process.env, ...GO_ENVIRONMENT };
    const timeout = BUILD_MINUTES * 60_000;
    execFileSync(command, args, { cwd, env, stdio: ['ignore', output, output], timeout });
  } catch (error) {
    const isLate = error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT';
    const how = isLate
      ? `took longer than ${BUILD_MINUTES} minutes; what is compiled is kept, so run it again`
      : 'failed';
    throw new Error(`"${command} ${args.join(' ')}" ${how}`, { cause: error });
  } finally {
    closeSync(output);
  }
}
