/** `prove ID`: one entry of a log for an outsider, as a C2SP tlog-proof on stdout. */
import { LogbookError, prove as makeProof } from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { accessOf } from './access.ts';
import { logsUnder, UsageError } from './usage.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function prove(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      disclose: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const [id, ...logs] = positionals;
  if (id === undefined || !UUID.test(id))
    throw new UsageError('prove needs the id of an entry', 'mcp-logbook query --json shows ids');
  const { root, ...access } = accessOf(values.dir);
  const disclose = values.disclose === true ? access : undefined;
  const folders = logs.length > 0 ? logs : logsUnder(root);
  if (folders.length === 0)
    throw new UsageError(`no log under "${root}"`, 'name a folder with --dir');
  try {
    for (const folder of folders) {
      const proof = makeProof(folder, id, { disclose });
      if (proof === undefined) continue;
      process.stdout.write(
        values.json === true ? `${JSON.stringify({ folder, id, proof })}\n` : proof,
      );
      return 0;
    }
  } catch (error) {
    if (!(error instanceof LogbookError) || error.code !== 'ERR_LOGBOOK_UNPROVABLE') throw error;
    process.stderr.write(`mcp-logbook: ${error.message}\nmcp-logbook: hint: ${error.hint}\n`);
    return 1;
  }
  process.stderr.write(`mcp-logbook: no entry has that id in ${folders.length} log(s)\n`);
  return 1;
}
