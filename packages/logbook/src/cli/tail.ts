/** `tail`: follows all logs under the root, filters as `query`; ends with SIGINT or when stdout is closed. */
import { openReader } from '@mcp-logbook/audit';
import { accessOf } from './access.ts';
import { FILTER_OPTIONS, filterOf } from './filters.ts';
import { tellProblems } from './problems.ts';
import { painter, rowLine } from './row-line.ts';
import { parseArgs } from 'node:util';

/** Between two looks; one look at nothing new is one stat a log. */
const POLL_MS = 250;

export async function tail(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: FILTER_OPTIONS });
  const filter = filterOf(values);
  const { root, ...access } = accessOf(values.dir);
  const reader = openReader(root, access);
  const paint = painter();
  let open = true;
  const stop = (): void => {
    open = false;
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.once('error', stop);
  try {
    // With --since the past is told first, oldest first; without it only what comes.
    let cursor = values.since === undefined ? reader.end() : {};
    const code = tellProblems(reader);
    while (open) {
      const news = reader.entriesSince(cursor, filter);
      cursor = news.cursor;
      for (const row of news.rows)
        process.stdout.write(
          `${values.json === true ? JSON.stringify(row) : rowLine(row, paint)}\n`,
        );
      if (news.rows.length === 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return code;
  } finally {
    reader.close();
  }
}
