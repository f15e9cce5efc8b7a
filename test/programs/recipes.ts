/**
 * The real programs that the stack's tests run, and where their binaries are kept.
 *
 * Each recipe is a folder beside this file with a small `go.mod` and its `go.sum`: the version is pinned by hash, and
 * nothing but the Go module proxy is asked. One go.mod a program, because their pins clash.
 *
 * A binary lies in `${XDG_CACHE_HOME:-~/.cache}/mcp-logbook/bin/<name>-<version>-<digest>/<binary>`. The digest covers
 * all that decides what is built (the recipe's files, its packages, tags and linker flags), so a changed recipe makes
 * a new folder, and two checkouts with different recipes never take each other's binary.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How one program is built. */
export interface Recipe {
  readonly name: string;
  /** Where its module is, from the repository's root; default: the folder of its name beside this file. */
  readonly folder?: string;
  /** Version of the program as its makers count it, without `v`; of one of our own that of the library it rests on. */
  readonly version: string;
  /** Go packages, each with the name of the binary made from it. */
  readonly binaries: Readonly<Record<string, string>>;
  readonly tags?: string;
  /** Variables that the linker fills, so that the program can tell its own version. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Built only when it is named: what `npm test` does not need. */
  readonly onlyByName?: true;
  /** Further files that decide the result, as paths from the repository's root. */
  readonly inputs?: readonly string[];
}

export const BUILDER_MANIFEST = 'otel-collector/builder.yaml';

/** In the order of building: what most tests need first. */
export const RECIPES: readonly Recipe[] = [
  { name: 'verifier', folder: 'test/verifier', version: '0.37.0', binaries: { verifier: '.' } },
  { name: 'go-server', version: '1.8.0', binaries: { 'go-server': '.' } },
  {
    name: 'prometheus',
    version: '3.14.0',
    binaries: {
      prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
      promtool: 'github.com/prometheus/prometheus/cmd/promtool',
    },
    tags: 'netgo,remove_all_sd',
    variables: { 'github.com/prometheus/common/version.Version': '3.14.0' },
  },
  {
    name: 'otelcol',
    version: '0.155.0',
    binaries: { otelcol: '.' },
    tags: 'grpcnotrace,remove_all_sd',
    inputs: [BUILDER_MANIFEST, 'test/programs/builder/go.mod', 'test/programs/builder/go.sum'],
  },
  {
    name: 'loki',
    version: '3.7.8',
    binaries: { loki: 'github.com/grafana/loki/v3/cmd/loki' },
    tags: 'netgo',
    variables: { 'github.com/grafana/loki/v3/pkg/util/build.Version': '3.7.8' },
  },
  {
    name: 'telemetrygen',
    version: '0.155.0',
    binaries: {
      telemetrygen: 'github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen',
    },
  },
  {
    name: 'fsck',
    version: '1.0.4',
    binaries: { fsck: 'github.com/transparency-dev/tessera/cmd/fsck' },
  },
  { name: 'tessera-log', version: '1.0.4', binaries: { 'tessera-log': '.' } },
  {
    name: 'compose-check',
    version: '2.16.2',
    binaries: { 'compose-check': 'github.com/compose-spec/compose-go/v2/cmd' },
  },
  {
    name: 'compose',
    version: '5.5.0',
    binaries: { 'docker-compose': 'github.com/docker/compose/v5/cmd' },
    variables: { 'github.com/docker/compose/v5/internal.Version': 'v5.5.0' },
    onlyByName: true, // `npm run test:compose` names it
  },
];

const ROOT = join(import.meta.dirname, '..', '..');

/** The folder of a recipe's module files. */
export function recipeFolder(name: string): string {
  const { folder } = RECIPES.find((recipe) => recipe.name === name) ?? {};
  return folder === undefined ? join(import.meta.dirname, name) : repositoryFile(folder);
}

/** A recipe's files: the pins and, of a program of our own, its source. */
export function recipeFiles(name: string): string[] {
  return readdirSync(recipeFolder(name)).filter((file) => /^go\.(?:mod|sum)$|\.go$/.test(file));
}

export function repositoryFile(path: string): string {
  return join(ROOT, path);
}

/** The cache's folder; it is made by the first build. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(base, 'mcp-logbook', 'bin');
}

/** The folder in which a recipe's binaries lie once they are built. */
export function binaryFolder(recipe: Recipe): string {
  return join(cacheFolder(), `${recipe.name}-${recipe.version}-${digest(recipe)}`);
}

function digest(recipe: Recipe): string {
  const hash = createHash('sha256');
  const { binaries, tags, variables } = recipe;
  hash.update(JSON.stringify([process.platform, process.arch, binaries, tags, variables]));
  const folder = recipeFolder(recipe.name);
  const inputs = (recipe.inputs ?? []).map((path) => repositoryFile(path));
  const own = recipeFiles(recipe.name).map((file) => join(folder, file));
  for (const path of [...own, ...inputs]) {
    hash.update(createHash('sha256').update(readFileSync(path)).digest());
  }
  return hash.digest('hex').slice(0, 12);
}
