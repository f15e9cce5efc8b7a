/**
 * `definitions.json` in a log's folder: what servers offered last, kept by those who compare it (a recorder of calls).
 * A text of theirs, replaced as a whole; without it, or when it cannot be read, the next list is the first one again, and
 * an entry says so. Evidence are the entries about changes, never this file.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './durable.ts';

const NAME = 'definitions.json';
const MAX_BYTES = 16 * 1024 * 1024;

/** See the file's header. Methods throw what the disk refuses. */
export class DefinitionsFile {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, NAME);
  }

  /** @returns undefined without a file, or with one over 16 MiB */
  read(): string | undefined {
    const { size } = statSync(this.#path, { throwIfNoEntry: false }) ?? { size: Infinity };
    return size > MAX_BYTES ? undefined : readFileSync(this.#path, 'utf8');
  }

  write(text: string): void {
    if (Buffer.byteLength(text) <= MAX_BYTES) replaceFile(this.#path, text, false);
  }
}
