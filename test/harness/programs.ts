/**
 * Finds the real programs that the stack's tests run: first the variable that names one (`LOKI_BIN=/usr/bin/loki`),
 * then the cache that `npm run programs` fills, then PATH. A test that misses one skips and says so: never a silent
 * pass.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RECIPES, binaryFolder } from '../programs/recipes.ts';

/** Where a program is named by the environment. Tempo has no recipe: its modules cannot be had. */
const VARIABLES = {
  prometheus: 'PROMETHEUS_BIN',
  promtool: 'PROMTOOL_BIN',
  loki: 'LOKI_BIN',
  otelcol: 'OTELCOL_BIN',
  tempo: 'TEMPO_BIN',
  telemetrygen: 'TELEMETRYGEN_BIN',
  fsck: 'FSCK_BIN',
  'tessera-log': 'TESSERA_LOG_BIN',
  'go-server': 'GO_SERVER_BIN',
  verifier: 'VERIFIER_BIN',
  'compose-check': 'COMPOSE_CHECK_BIN',
  'docker-compose': 'DOCKER_COMPOSE_BIN',
} as const;

/** Names that mean something else on an ordinary machine: `fsck` on PATH checks file systems. */
const NEVER_FROM_PATH: ReadonlySet<string> = new Set([
  'fsck',
  'tessera-log',
  'go-server',
  'verifier',
  'compose-check',
]);

export type ProgramName = keyof typeof VARIABLES;

/**
 * The path of a program, or undefined where it is not on this machine.
 * @throws Error when the environment names a file that cannot be executed
 */
export function findProgram(name: ProgramName): string | undefined {
  const variable = VARIABLES[name];
  const named = process.env[variable];
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`${variable} names "${named}", which cannot be executed`);
  }
  const recipe = RECIPES.find((candidate) => name in candidate.binaries);
  const folders = recipe === undefined ? [] : [binaryFolder(recipe)];
  if (!NEVER_FROM_PATH.has(name)) folders.push(...(process.env['PATH'] ?? '').split(delimiter));
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path));
}

/** What a test says when it skips for want of programs; undefined when all are there. */
export function missingPrograms(...names: ProgramName[]): string | undefined {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return undefined;
  const remedy = missing.includes('tempo') ? 'TEMPO_BIN=...' : 'npm run programs';
  return `skipped: no ${missing.join(', no ')} binary (${remedy})`;
}

/**
 * The path of a program that the caller has already looked for.
 * @throws Error in the words of `missingPrograms`
 */
export function requireProgram(name: ProgramName): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(missingPrograms(name));
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
