/** Logs whose keys rotate: made, written to, and rotated by a process that a fault meets. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openLogbook, type Logbook } from '../src/logbook.ts';

/** With MCP_LOGBOOK_FULL=1: every file operation, every byte. */
export const all: boolean = process.env['MCP_LOGBOOK_FULL'] === '1';

export const service = 'shop';
const SCRIPT = join(import.meta.dirname, 'killed-command.ts');

export function enter(root: string, count: number): Logbook {
  const logbook = openLogbook({ root, service });
  for (let n = 0; n < count; n += 1) call(logbook, n);
  return logbook;
}

export function call(logbook: Logbook, n: number): void {
  logbook.record({ kind: 'tool.call', target: 'buy', person: `|user-${n % 3}`, payload: { n } });
  if (n % 7 === 6) logbook.commit();
}

/** Rotates in a process that is killed at its file operation `at`, or finds the disk full from there on. */
export function runRotation(
  root: string,
  at: number,
  how: 'SIGKILL' | 'ENOSPC',
  command = 'rotate',
): number | null {
  const args = ['--conditions=@mcp-logbook/source', SCRIPT, root, command, String(at), how];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  return child.status;
}
