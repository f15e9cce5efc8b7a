/** What a command that writes did in each log: one line a log on stdout, what went wrong on stderr. */
import type { LogbookError } from '@mcp-logbook/audit';
import { basename } from 'node:path';
import { lineOf } from '../diag.ts';

type Ends<T> = readonly ({ readonly folder: string; readonly origin: string } & (
  | { readonly done: T }
  | { readonly failed: LogbookError }
  | { readonly waiting: true }
))[];

/** One line a log. @returns the exit code: 3 before 1 before 0 */
export function tell<T>(
  ends: Ends<T>,
  json: boolean,
  lineOfDone: (done: T) => [number, string],
): number {
  let code = 0;
  for (const end of ends) {
    const name = basename(end.folder);
    if ('done' in end) {
      const [own, line] = lineOfDone(end.done);
      code = Math.max(code, own);
      const { folder, origin, done } = end;
      process.stdout.write(
        json ? `${JSON.stringify({ folder, origin, ...done })}\n` : `${name}: ${line}\n`,
      );
      continue;
    }
    code = 3;
    if (json) {
      const { folder, origin } = end;
      const error = 'failed' in end ? end.failed.message : undefined;
      const outcome = 'failed' in end ? 'failed' : 'waiting';
      process.stdout.write(`${JSON.stringify({ folder, origin, outcome, error })}\n`);
    }
    process.stderr.write(
      'failed' in end
        ? `mcp-logbook: error: ${name}: ${lineOf(end.failed)}; run the command again, it goes on where it stopped\n`
        : `mcp-logbook: ${name}: its writer has the request and has not answered; it, or the next writer, does it\n`,
    );
  }
  return code;
}
