/**
 * Does a command on all logs under a root, and at its nth change of a file kills itself, or finds the disk full from then on
 * for ten changes: `killed-command.ts <root> rotate|rotate-master|rotate-root|erase:<user>|retain:<days>:<Unix ms> <n> SIGKILL|ENOSPC`. Code 3: a log reported the
 * full disk; 4: so did the command itself.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [root = '', command = '', at = '1', how = 'SIGKILL'] = process.argv.slice(2);
const first = Number(at);
let done = 0;

const CHANGES = ['writeSync', 'renameSync', 'fsyncSync', 'fdatasyncSync'] as const;
const REMOVALS = ['rmSync', 'unlinkSync'] as const;
for (const name of how === 'SIGKILL' ? [...CHANGES, ...REMOVALS] : CHANGES) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  const counted = (...args: unknown[]): unknown => {
    done += 1;
    if (done >= first) {
      if (how === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
      else if (done < first + 10)
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    }
    return original(...args);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

const { erase } = await import('../src/erase.ts');
const { rotateKeys } = await import('../src/keys-rotate.ts');
const { rotateRoot } = await import('../src/root-rotation.ts');
const { retain } = await import('../src/retain.ts');
const [, days, nowMs] = /^retain:(\d+):(\d+)$/.exec(command) ?? [];
try {
  const ends = command.startsWith('erase:')
    ? await erase({ root, user: command.slice('erase:'.length) })
    : days !== undefined
      ? await retain({ root, days: Number(days), now: () => Number(nowMs) * 1000 })
      : command === 'rotate-root'
        ? await rotateRoot({ root })
        : await rotateKeys({ root, what: command === 'rotate-master' ? 'master' : 'signing' });
  const full = ends.some((end) => 'failed' in end && end.failed.code === 'ERR_LOGBOOK_DISK_FULL');
  const failed = ends.some((end) => 'failed' in end);
  process.exitCode = full ? 3 : failed ? 5 : 0;
} catch (error) {
  process.exitCode = Object(error).code === 'ERR_LOGBOOK_DISK_FULL' ? 4 : 6;
}
