/** Options that `query` and `tail` share, and the filter they make. */
import type { QueryFilter } from '@mcp-logbook/audit';
import { timeOf, UsageError } from './usage.ts';

type Name = 'dir' | 'since' | 'until' | 'limit' | keyof Conditions;
type Conditions = Record<
  'user' | 'tool' | 'kind' | 'outcome' | 'server' | 'session' | 'trace' | 'text',
  string
>;

/** For `parseArgs`. */
export const FILTER_OPTIONS: Readonly<
  Record<Name, { readonly type: 'string' }> & { json: { readonly type: 'boolean' } }
> = {
  json: { type: 'boolean' },
  dir: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  user: { type: 'string' },
  tool: { type: 'string' },
  kind: { type: 'string' },
  outcome: { type: 'string' },
  server: { type: 'string' },
  session: { type: 'string' },
  trace: { type: 'string' },
  text: { type: 'string' },
};

const OUTCOMES = ['success', 'failure', 'denied', 'unknown'];

/** What `parseArgs` makes of them. */
export type FilterValues = { readonly [Key in Name]?: string | undefined } & {
  readonly json?: boolean | undefined;
};

/**
 * The filter that was asked for.
 * @throws UsageError
 */
export function filterOf(values: FilterValues): QueryFilter {
  const { dir: _dir, json: _json, since, until, limit, ...conditions } = values;
  if (conditions.outcome !== undefined && !OUTCOMES.includes(conditions.outcome))
    throw new UsageError(
      `--outcome is not one of ${OUTCOMES.join(', ')}`,
      'e.g. --outcome failure',
    );
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit))
    throw new UsageError('--limit is not a whole number of at least 1', 'e.g. --limit 20');
  return {
    ...conditions,
    ...(since !== undefined && { since: timeOf('--since', since) }),
    ...(until !== undefined && { until: timeOf('--until', until) }),
    ...(limit !== undefined && { limit: Number(limit) }),
  };
}
