/**
 * What `serve` says: one stderr line for each start, stop and problem, plain or as JSON. A problem that lasts is said
 * again once a minute at most, with how often it came.
 */

/** Between two lines of the same problem. */
const QUIET_MS = 60_000;

export interface Lines {
  info(event: string, text: string, facts?: Readonly<Record<string, string | number>>): void;
  problem(error: Error): void;
}

/** @param write takes whole lines */
export function createLines(
  json: boolean,
  write: (line: string) => void,
  nowMs: () => number = Date.now,
): Lines {
  const told = new Map<string, { atMs: number; silent: number }>();
  const line = (
    level: 'info' | 'error',
    event: string,
    text: string,
    facts: Readonly<Record<string, string | number>>,
  ): void => {
    const time = new Date(nowMs()).toISOString();
    write(
      json
        ? `${JSON.stringify({ time, level, event, message: text, ...facts })}\n`
        : `${time} mcp-logbook serve: ${level === 'error' ? 'problem: ' : ''}${oneLine(text)}\n`,
    );
  };
  return {
    info: (event, text, facts = {}) => line('info', event, text, facts),
    problem: (error) => {
      const { message } = error;
      const { hint } = error as { readonly hint?: unknown };
      const before = told.get(message);
      if (before !== undefined && nowMs() - before.atMs < QUIET_MS) {
        before.silent += 1;
        return;
      }
      // Messages are few, but one could hold a number: never more than this are remembered.
      if (told.size > 1_000) told.clear();
      told.set(message, { atMs: nowMs(), silent: 0 });
      const again = before === undefined || before.silent === 0 ? '' : ` (${before.silent} more)`;
      const text = `${message}${typeof hint === 'string' ? `; ${hint}` : ''}${again}`;
      line('error', 'problem', text, {});
    },
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
