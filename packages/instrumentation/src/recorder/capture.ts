/**
 * How much of a call's content is kept, by tool, prompt or method name (MCP_LOGBOOK_CAPTURE, MCP_LOGBOOK_CAPTURE_SPANS):
 * one level, or a list `glob=level,glob=level` of which the first match wins.
 */

/** `none` < `metadata` (sizes and counts) < `arguments` < `full`. */
export type CaptureLevel = 'none' | 'metadata' | 'arguments' | 'full';

/** One rule; `*` matches any text, `?` one character. */
export interface CaptureRule {
  readonly glob: string;
  readonly level: CaptureLevel;
}

/** Names come from the peer: the cache is cleared when it grows past this. */
const MAX_CACHED_NAMES = 1_000;

/** Looks a level up; `fallback` where no rule matches. */
export function createCapture(
  rules: readonly CaptureRule[],
  fallback: CaptureLevel,
): (name: string) => CaptureLevel {
  const compiled = rules.map(({ glob, level }) => ({ pattern: globPattern(glob), level }));
  const only = compiled[0];
  // The usual case, one level for all, needs no look-up.
  if (only === undefined) return () => fallback;
  if (rules[0]?.glob === '*') return () => only.level;
  const cache = new Map<string, CaptureLevel>();
  return (name) => {
    let level = cache.get(name);
    if (level === undefined) {
      level = compiled.find(({ pattern }) => pattern.test(name))?.level ?? fallback;
      if (cache.size >= MAX_CACHED_NAMES) cache.clear();
      cache.set(name, level);
    }
    return level;
  };
}

function globPattern(glob: string): RegExp {
  // Runs of `*` collapse: two next to each other would backtrack quadratically.
  const source = glob
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's');
}
