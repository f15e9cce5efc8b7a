/**
 * Small files that may change while they are used: tokens, certificates, a recipient key. Read again when their inode,
 * size or time changed, so that a rotation needs no restart.
 */
import { readFileSync, statSync } from 'node:fs';
import { LogbookError } from '../errors.ts';

/** A chain of certificates is some KiB. */
const MAX_BYTES = 1024 * 1024;

export class WatchedFile<T> {
  readonly path: string;
  readonly #what: string;
  readonly #parse: (text: string) => T;
  #seen = '';
  #value: T | undefined;

  /**
   * @param what names it in messages
   * @param parse what its text means; throws a LogbookError that does not repeat it
   */
  constructor(path: string, what: string, parse: (text: string) => T) {
    this.path = path;
    this.#what = what;
    this.#parse = parse;
  }

  /**
   * Its present value; the same object until the file changes.
   * @throws LogbookError `ERR_LOGBOOK_IO`, or what `parse` throws
   */
  read(): T {
    try {
      const { ino, size, mtimeMs, ctimeMs } = statSync(this.path);
      const now = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
      if (now === this.#seen && this.#value !== undefined) return this.#value;
      if (size > MAX_BYTES) throw new Error('too large');
      this.#value = this.#parse(readFileSync(this.path, 'utf8'));
      this.#seen = now;
      return this.#value;
    } catch (cause) {
      if (cause instanceof LogbookError) throw cause;
      throw new LogbookError('ERR_LOGBOOK_IO', `cannot read ${this.#what} file "${this.path}"`, {
        cause,
      });
    }
  }
}

/** The token of a file: one line of visible ASCII, as a header can carry it. */
export function parseToken(text: string): string {
  const token = text.trim();
  if (!/^[\u0021-\u007e]{1,4096}$/.test(token))
    throw new LogbookError('ERR_LOGBOOK_USAGE', 'token file is not one line of visible ASCII');
  return token;
}
