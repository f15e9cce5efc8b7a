/**
 * Our own standard output as a stream that can be closed: `process.stdout` never closes, and a client waits for the end of
 * it. A closed descriptor 1 would be given to the next file that is opened, and a stray print would write into it; so
 * it is filled with the null device at once.
 */
import { fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { devNull } from 'node:os';
import type { Writable } from 'node:stream';

/** Standard output, asynchronous where it is a pipe or socket: a client that does not read never stops this process. */
export function openStdout(): Writable {
  const kind = fstatSync(1);
  if (!kind.isFIFO() && !kind.isSocket()) return process.stdout;
  const stdout = new Socket({ fd: 1, readable: false, writable: true });
  stdout.on('close', () => {
    while (openSync(devNull, 'w') < 1);
  });
  return stdout;
}
