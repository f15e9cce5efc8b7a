/** `query`: entries over all logs under the root, newest first; unseals what the key allows. */
import { query as find, type QueryRow } from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { rootOf, timeOf, UsageError } from './usage.ts';

const FILTERS = ['user', 'tool', 'kind', 'outcome', 'server', 'session', 'trace', 'text'] as const;

export function query(args: readonly string[]): number {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: text,
      json: { type: 'boolean' },
      since: text,
      until: text,
      limit: text,
      user: text,
      tool: text,
      kind: text,
      outcome: text,
      server: text,
      session: text,
      trace: text,
      text,
    },
  });
  const limit = values.limit === undefined ? 100 : Number(values.limit);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new UsageError('--limit is not a whole number of at least 1', 'e.g. --limit 20');
  const rows = find(rootOf(values.dir), {
    ...Object.fromEntries(FILTERS.map((name) => [name, values[name]])),
    ...(values.since !== undefined && { since: timeOf('--since', values.since) }),
    ...(values.until !== undefined && { until: timeOf('--until', values.until) }),
    limit,
  });
  for (const row of rows)
    process.stdout.write(`${values.json === true ? JSON.stringify(row) : lineOf(row)}\n`);
  return 0;
}

function lineOf({ leaf, payload, sealed }: QueryRow): string {
  const person = (payload as { person?: unknown } | undefined)?.person;
  const who = typeof person === 'string' ? person : (leaf.actor ?? '-');
  const duration = leaf.us === undefined ? '' : ` ${(leaf.us / 1000).toFixed(1)} ms`;
  return `${leaf.time}  ${leaf.kind.padEnd(14)} ${leaf.outcome.padEnd(7)} ${leaf.service} ${leaf.target ?? '-'} ${who}${duration}${sealed === 'opened' ? '' : ` [${sealed}]`}`;
}
