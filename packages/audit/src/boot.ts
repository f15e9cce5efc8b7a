/**
 * A name for this boot of the machine: monotonic times of commits compare only within one.
 *
 * Linux has one; elsewhere each process makes its own, which only says less.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

let known: string | undefined;

export function bootId(): string {
  known ??= linuxBootId() ?? randomUUID();
  return known;
}

function linuxBootId(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return /^[0-9a-f-]{36}$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
