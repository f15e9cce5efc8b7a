/** Entries of the logbook, read as a script would: `mcp-logbook query --json`. */
import { mcpLogbook } from './processes.ts';

/** One entry: the fields the demo judges, and the whole line as text. */
export interface Entry {
  readonly kind: string;
  readonly target: string;
  readonly outcome: string;
  readonly text: string;
}

/** More than any run of the demo makes. */
const ALL = '100000';

/**
 * Entries under a root, newest first, all of them unless a filter limits them.
 * @throws Error when the command fails
 */
export async function entriesOf(root: string, ...filter: readonly string[]): Promise<Entry[]> {
  const limit = filter.includes('--limit') ? [] : ['--limit', ALL];
  const args = ['query', '--dir', root, '--json', ...filter, ...limit];
  const { code, stdout, stderr } = await mcpLogbook(args, false);
  if (code !== 0) throw new Error(`query ended with ${code}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((text) => {
      const row: unknown = JSON.parse(text);
      return {
        kind: fieldOf(row, 'kind'),
        target: fieldOf(row, 'target'),
        outcome: fieldOf(row, 'outcome'),
        text,
      };
    });
}

function fieldOf(row: unknown, key: string): string {
  const fields = new Map(Object.entries(Object(row) as Record<string, unknown>));
  const value = fields.get(key) ?? new Map(Object.entries(Object(fields.get('leaf')))).get(key);
  return typeof value === 'string' ? value : '';
}
