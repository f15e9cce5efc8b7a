/** What commands share: the error of wrong usage, the root folder, times. */
import { defaultRoot } from '@mcp-logbook/audit';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './usage-error.ts';

export { UsageError };

/** Root folder of the logs: `--dir`, else MCP_LOGBOOK_DIR, else the platform's state folder. */
export function rootOf(dir: string | undefined): string {
  const fromEnvironment = process.env.MCP_LOGBOOK_DIR?.trim();
  return (
    dir ??
    (fromEnvironment === undefined || fromEnvironment === '' ? defaultRoot() : fromEnvironment)
  );
}

/** Folders of all logs under a root. */
export function logsUnder(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'log.json')));
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A time as RFC 3339 or relative to now (`15m`, `24h`, `7d`).
 * @throws UsageError
 */
export function timeOf(option: string, text: string, nowMs: number = Date.now()): Date {
  const relative = /^(\d{1,9})([smhd])$/.exec(text);
  if (relative !== null)
    return new Date(nowMs - Number(relative[1]) * UNITS[relative[2] as keyof typeof UNITS]);
  const absolute = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(absolute.getTime()))
    throw new UsageError(
      `${option} is not a time`,
      'give RFC 3339, e.g. 2026-11-25T22:00:00Z, or 15m, 24h, 7d',
    );
  return absolute;
}
