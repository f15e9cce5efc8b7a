/**
 * `retain`: what time asks of every log under the root, now. Code 0: done everywhere; 3: a log was not reached, refused,
 * or its writer has not answered yet.
 */
import { LogbookError, planRetention, retain as retainNow } from '@mcp-logbook/audit';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { accessOf } from './access.ts';
import { tell } from './ends.ts';
import { UsageError } from './usage.ts';

/** `retain [--dry-run]` */
export async function retain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const json = values.json === true;
  const access = accessOf(values.dir);
  try {
    if (values['dry-run'] !== true) {
      return tell(await retainNow(access), json, ({ archived }) => {
        const bytes = archived.reduce((sum, one) => sum + one.bytes, 0);
        const left = archived.reduce((sum, one) => sum + one.archivedBytes, 0);
        const what = `${segments(archived.length)} archived`;
        return [0, archived.length === 0 ? what : `${what}, ${bytes} bytes are ${left} now`];
      });
    }
    for (const { folder, origin, archive } of planRetention(access)) {
      const line = json
        ? JSON.stringify({ folder, origin, outcome: 'planned', archive })
        : `${basename(folder)}: would archive ${segments(archive.length)}${archive
            .map(({ segment, bytes }) => `\n  ${segment} (${bytes} bytes)`)
            .join('')}`;
      process.stdout.write(`${line}\n`);
    }
    return 0;
  } catch (error) {
    if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_NOT_A_LOG')
      throw new UsageError(error.message, error.hint ?? 'see mcp-logbook --help');
    throw error;
  }
}

function segments(count: number): string {
  return count === 1 ? '1 segment' : `${count} segments`;
}
