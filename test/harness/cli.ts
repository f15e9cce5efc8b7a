/** Runs the `mcp-logbook` command of the workspace, as a user would, and returns what it printed. */
import { spawnSync } from 'node:child_process';
import { BIN, testFolder } from './process.ts';

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command; `env` is the whole environment but for PATH. */
export function mcpLogbook(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): CommandRun {
  const run = spawnSync(process.execPath, [BIN, ...args], {
    cwd: testFolder,
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** `verify` of all logs under a root. */
export function verifyRoot(root: string, ...args: readonly string[]): CommandRun {
  return mcpLogbook(['verify', '--dir', root, ...args]);
}
