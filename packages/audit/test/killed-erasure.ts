/** Erases a person and kills itself at its nth change of a file: `killed-erasure.ts <root> <user> <n>`. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [root = '', user = '', at = '1'] = process.argv.slice(2);
let left = Number(at);

for (const name of [
  'writeSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'fsyncSync',
  'fdatasyncSync',
] as const) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  const counted = (...args: unknown[]): unknown => {
    left -= 1;
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

const { erase } = await import('../src/erase.ts');
await erase({ root, user });
