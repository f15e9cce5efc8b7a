/**
 * `frontier`: where a log stood at its last published commit, so that opening does not hash it all again.
 *
 * Two lines: JSON of `FrontierState`, then hex SHA-256 of the first line. Replaced atomically, and only once the
 * segment bytes it speaks of are fsynced: it never runs ahead of the log, so one that does is an integrity failure.
 */
import { readFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { LogbookError } from './errors.ts';
import { replaceFile, isThere } from './durable.ts';

export interface FrontierState {
  /** Leaves under the commit. */
  readonly size: number;
  /** Producer number of the last leaf. */
  readonly seq: number;
  /** Last producer number given out: more than `seq` when entries were lost. */
  readonly given: number;
  /** File names of closed segments that no `segment.closed` entry names yet. */
  readonly undigested: readonly string[];
  /** File name of the segment the commit is in. */
  readonly segment: string;
  /** Bytes of that segment up to and with the commit's newline. */
  readonly offset: number;
  /** Right edge of the tree, biggest subtree first, base64. */
  readonly hashes: readonly string[];
}

export function writeFrontier(path: string, state: FrontierState, sync: boolean): void {
  const line = JSON.stringify(state);
  replaceFile(path, `${line}\n${hash('sha256', line)}\n`, sync);
}

/**
 * @returns `undefined` without the file, or when a power cut left it empty: then the log is hashed from its start
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY`
 */
export function readFrontier(path: string): FrontierState | undefined {
  if (!isThere(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  if (/^\0*$/.test(text)) return undefined;
  const [line = '', digest] = text.split('\n');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const { size, seq, given, undigested, segment, offset, hashes } = Object(value);
  if (
    text !== `${line}\n${digest}\n` ||
    hash('sha256', line) !== digest ||
    !isCount(size) ||
    !isCount(seq) ||
    !isCount(given) ||
    !isCount(offset) ||
    typeof segment !== 'string' ||
    !isTexts(hashes) ||
    !isTexts(undigested)
  ) {
    throw new LogbookError('ERR_LOGBOOK_INTEGRITY', `frontier "${path}" is damaged`);
  }
  return { size, seq, given, undigested, segment, offset, hashes };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
