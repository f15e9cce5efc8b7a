/** Threads of this package: programs that its package.json names under `imports`. */
import { createRequire } from 'node:module';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts one, without the preloads that NODE_OPTIONS names: neither ours nor anyone's belongs in there.
 * @throws Error where Node.js does not permit it
 */
export function startThread(
  program: `#${string}`,
  options: Omit<WorkerOptions, 'env' | 'execArgv'>,
): Worker {
  const file = createRequire(import.meta.url).resolve(program);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const execArgv = file.endsWith('.ts') ? ['--conditions=@mcp-logbook/source'] : [];
  return new Worker(file, { ...options, env, execArgv });
}
