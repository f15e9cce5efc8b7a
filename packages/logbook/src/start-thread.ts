/** Threads of this package: programs that its package.json names under `imports`. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts one, without the preloads that NODE_OPTIONS names: neither ours nor anyone's belongs in there.
 * @throws Error where Node.js does not permit it
 */
export function startThread(
  program: `#${string}`,
  options: Omit<WorkerOptions, 'env' | 'execArgv'>,
): Worker {
  const require = createRequire(import.meta.url);
  const file = require.resolve(program);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const execArgv = file.endsWith('.ts') ? ['--conditions=@mcp-logbook/source'] : [];
  return new Worker(file, { ...options, env, execArgv: [...execArgv, ...plugAndPlay(require)] });
}

/** Under yarn's Plug and Play packages lie in archives: a thread finds them by what finds them here. */
function plugAndPlay(require: NodeJS.Require): string[] {
  if (process.versions['pnp'] === undefined) return [];
  const api = require.resolve('pnpapi');
  const loader = api.replace(/\.cjs$/, '.loader.mjs');
  const forModules = existsSync(loader) ? ['--loader', pathToFileURL(loader).href] : [];
  return ['--require', api, ...forModules];
}
