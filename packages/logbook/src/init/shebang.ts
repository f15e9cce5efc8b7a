/** What a command names on this machine: the file that PATH finds, and its first line where it is a script. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Machine } from './entry.ts';

/** This machine, as an entry's plan asks for it. */
export function thisMachine(env: Env): Machine {
  return { shebang: (command) => shebangOf(command, env), exists: existsSync };
}

type Env = Readonly<Record<string, string | undefined>>;

/** The file that a command starts, or `undefined` when there is none. */
export function programOf(command: string, env: Env): string | undefined {
  if (isAbsolute(command) || /[/\\]/.test(command))
    return isProgram(command) ? resolve(command) : undefined;
  const endings =
    process.platform === 'win32' ? (env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';') : [''];
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    for (const ending of endings) {
      const path = join(folder, `${command}${ending}`);
      if (isProgram(path)) return path;
    }
  }
  return undefined;
}

/** The first bytes of a file, at most `length`; none when it cannot be read. */
export function headOf(path: string, length: number): Buffer {
  const head = Buffer.alloc(length);
  try {
    const fd = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(fd, head, 0, length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return head.subarray(0, 0);
  }
}

/** The first line of a script with `#!`, else the empty text. */
export function shebangOf(command: string, env: Env): string {
  const program = programOf(command, env);
  if (program === undefined) return '';
  const line = headOf(program, 256).toString('latin1').split('\n')[0] ?? '';
  return line.startsWith('#!') ? line.trimEnd() : '';
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
