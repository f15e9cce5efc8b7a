/**
 * MCP_LOGBOOK_COMPILE_CACHE=true: code of the server compiled once and kept in the state folder, so that it starts
 * faster than without us (hotpath.md 3). Process-wide, hence opt-in. Only a cache: its faults are nobody's.
 */
import { defaultRoot } from '@mcp-logbook/audit/default-root';
import { mkdirSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';

/** Turns the cache on for everything loaded from now on. */
export function keepCompileCache(root: string | undefined): void {
  try {
    const base = root === undefined || root.trim() === '' ? defaultRoot() : root.trim();
    const folder = join(base, 'compile-cache');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    Module.enableCompileCache(folder);
    process.once('exit', () => {
      Module.flushCompileCache();
    });
  } catch {
    // Slower is all.
  }
}
