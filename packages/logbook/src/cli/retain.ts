/**
 * `retain`: what time asks of every log under the root, now. Code 0: done everywhere; 3: a log was not reached, refused,
 * or its writer has not answered yet.
 */
import {
  LogbookError,
  planRetention,
  retain as retainNow,
  type Retained,
} from '@mcp-logbook/audit';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { warnOnce } from '../diag.ts';
import { askSink } from '../erase/sink-client.ts';
import { accessOf } from './access.ts';
import { tellOfBackups } from './backups.ts';
import { tell } from './ends.ts';
import { sinkOf, SINK_OPTIONS } from './sink-options.ts';
import { UsageError } from './usage.ts';

/** `retain [--dry-run | --sink URL ...]` */
export async function retain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
      ...SINK_OPTIONS,
    },
  });
  const json = values.json === true;
  const sink = sinkOf(values);
  if (sink !== undefined) {
    if (values['dry-run'] === true)
      throw new UsageError('--dry-run is not for --sink', "run it on the sink's machine");
    // By the sink's own settings.
    const { ends, backups } = await askSink<Retained>(sink, 'retain', {});
    if (backups !== undefined) process.stderr.write(`mcp-logbook: ${backups}\n`);
    return tell(ends, json, (done) => [0, lineOfDone(done)]);
  }
  const { retentionDays: days, shippedDays, ship } = readConfig(process.env, warnOnce);
  const time = { days, shippedDays: ship === undefined ? undefined : shippedDays };
  const access = { ...accessOf(values.dir), ...time };
  try {
    if (values['dry-run'] !== true) {
      const ends = await retainNow(access);
      const code = tell(ends, json, (done) => [0, lineOfDone(done)]);
      if (ends.some((end) => 'done' in end && end.done.expired.length > 0)) tellOfBackups(access);
      return code;
    }
    for (const { folder, origin, archive, expire, prune, holds } of planRetention(access)) {
      const line = json
        ? JSON.stringify({ folder, origin, outcome: 'planned', archive, expire, prune, holds })
        : [
            `${basename(folder)}: would archive ${counted(archive.length, 'segment')}, expire ${counted(expire.length, 'month')}, remove ${counted(prune.length, 'segment')}${putOff(holds)}`,
            ...archive.map(({ segment, bytes }) => `  ${segment} (${bytes} bytes)`),
            ...prune.map((segment) => `  ${segment} with all its entries`),
            ...expire.map((period) => `  payloads of class ${period.class}, ${period.month}`),
          ].join('\n');
      process.stdout.write(`${line}\n`);
    }
    return 0;
  } catch (error) {
    if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_NOT_A_LOG')
      throw new UsageError(error.message, error.hint ?? 'see mcp-logbook --help');
    throw error;
  }
}

function lineOfDone({ archived, expired, pruned, holds }: Retained): string {
  const bytes = archived.reduce((sum, one) => sum + one.bytes, 0);
  const left = archived.reduce((sum, one) => sum + one.archivedBytes, 0);
  const sizes = archived.length === 0 ? '' : ` (${bytes} bytes are ${left} now)`;
  return `${counted(archived.length, 'segment')} archived${sizes}, expired ${counted(expired.length, 'month')}, removed ${counted(pruned.segments, 'segment')}${putOff(holds)}`;
}

function putOff(holds: number): string {
  return holds === 0 ? '' : `; put off by ${counted(holds, 'hold')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
