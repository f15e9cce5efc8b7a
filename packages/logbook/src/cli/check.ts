/** `check PROOF --key VKEY`: what a proof shows and whether it is true; needs neither the log nor a secret. */
import { checkProof, LogbookError, type ProofReport } from '@mcp-logbook/audit';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { plain } from './row-line.ts';
import { UsageError } from './usage.ts';

export function check(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      witness: { type: 'string', multiple: true },
      dir: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1 || values.key === undefined)
    throw new UsageError(
      'check needs one file (or - for stdin) and --key VKEY',
      'the key is the "vkey" of log.json; get it from the log\'s operator, not with the proof',
    );
  const text = readFileSync(path === '-' ? 0 : path, 'utf8');
  const report = checked(text, values.key, values.witness ?? []);
  process.stdout.write(values.json === true ? `${JSON.stringify(report)}\n` : textOf(report));
  return report.ok ? 0 : 1;
}

function checked(text: string, key: string, witnesses: readonly string[]): ProofReport {
  try {
    return checkProof(text, key, witnesses);
  } catch (error) {
    if (error instanceof LogbookError)
      throw new UsageError(error.message, error.hint ?? 'give the whole C2SP verifier key');
    throw error;
  }
}

function textOf({
  ok,
  problem,
  origin,
  index,
  size,
  signedAt,
  leaf,
  payload,
  signedBy,
}: ProofReport): string {
  if (!ok) return `FAIL ${problem}\n`;
  const lines = [
    `ok   entry ${index} of ${size} in log ${origin}`,
    `     signed ${signedAt ?? 'at a time that is not said'} by ${signedBy.join(', ')}`,
    `     ${plain(JSON.stringify(leaf))}`,
    payload === undefined
      ? '     payload not disclosed'
      : `     payload, which the entry commits to: ${plain(payload)}`,
  ];
  return `${lines.join('\n')}\n`;
}
