/** `anchor`: the newest checkpoint of every log to a file elsewhere, to witnesses, to a time-stamp authority. */
import { anchorLog, LogbookError, type Witness } from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { logsUnder, rootOf, UsageError } from './usage.ts';

export async function anchor(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      copy: { type: 'string' },
      witness: { type: 'string', multiple: true },
      'witness-key': { type: 'string', multiple: true },
      timestamp: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const { copy, timestamp: timeStampUrl } = values;
  const witnesses = witnessesOf(values.witness ?? [], values['witness-key'] ?? []);
  if (copy === undefined && timeStampUrl === undefined && witnesses.length === 0)
    throw new UsageError('anchor needs somebody who keeps the checkpoint', 'e.g. --copy FILE');
  const root = rootOf(values.dir);
  const folders = positionals.length > 0 ? positionals : logsUnder(root);
  if (folders.length === 0)
    throw new UsageError(`no log under "${root}"`, 'name a folder with --dir');
  let code = 0;
  for (const folder of folders) {
    try {
      const report = await anchorLog(folder, { copy, witnesses, timeStampUrl });
      const { origin, size, cosignedBy, stamped } = report;
      const kept = [
        ...(copy === undefined ? [] : [`copied to ${copy}`]),
        ...cosignedBy.map((name) => `cosigned by ${name}`),
        ...(stamped === undefined ? [] : [`stamped ${stamped.time}: ${stamped.file}`]),
      ].join(', ');
      process.stdout.write(
        values.json === true
          ? `${JSON.stringify({ folder, ...report })}\n`
          : `ok   ${origin} at ${size} entries: ${kept}\n`,
      );
    } catch (error) {
      if (!(error instanceof LogbookError) || error.code === 'ERR_LOGBOOK_KEY_MALFORMED')
        throw error;
      process.stderr.write(`mcp-logbook: ${folder}: ${error.message}\n`);
      if (error.hint !== undefined) process.stderr.write(`mcp-logbook: hint: ${error.hint}\n`);
      // A refused log is the worst that can happen to any of them.
      code = error.code === 'ERR_LOGBOOK_INTEGRITY' || code === 1 ? 1 : 3;
    }
  }
  return code;
}

function witnessesOf(urls: readonly string[], keys: readonly string[]): Witness[] {
  if (urls.length !== keys.length)
    throw new UsageError('each --witness URL needs its --witness-key VKEY', 'in the same order');
  return urls.map((url, n) => ({ url, vkey: keys[n] ?? '' }));
}
