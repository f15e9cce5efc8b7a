/** What an erasure or a new master means for backups of keys, on stderr. */
import { renewBackup, type CommandOptions } from '@mcp-logbook/audit';
import { lineOf } from '../diag.ts';

/** Makes a new backup where there was one, and names those that are to be destroyed. */
export function tellOfBackups(access: CommandOptions): void {
  const say = (line: string): void => void process.stderr.write(`mcp-logbook: ${line}\n`);
  try {
    const renewed = renewBackup(access);
    if (renewed === undefined) {
      say(
        'destroy what backups there are of keys/ and keys.db from before; keys backup FILE makes a new one',
      );
      return;
    }
    const older = renewed.older.map((file) => `"${file}"`).join(', ');
    say(
      `a new backup of keys is "${renewed.file}"; destroy the older ones: ${older}, and copies of keys/`,
    );
  } catch (error) {
    say(`no new backup of keys was made: ${lineOf(error)}`);
  }
}
