/**
 * The only writer of ours to the terminal, and only to stderr: stdout is the MCP wire on stdio (I9). One line at most
 * in normal life; the same kind of warning is written once in a process. Written with `writeSync`, so that nothing is
 * lost at exit and nothing of ours depends on streams the program may have changed.
 */
import { writeSync } from 'node:fs';

const warned = new Set<string>();

/** Writes `mcp-logbook: <message>` once for each `kind`. Never throws; a closed stderr is no reason to. */
export function warnOnce(kind: string, message: string): void {
  if (warned.has(kind)) return;
  warned.add(kind);
  try {
    writeSync(2, `mcp-logbook: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  } catch {
    // Nobody listens.
  }
}

/** An error in one line with what to do next, if it says so. Messages of ours never hold a payload or secret. */
export function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { hint } = error as { hint?: unknown };
  return typeof hint === 'string' ? `${error.message}; ${hint}` : error.message;
}
