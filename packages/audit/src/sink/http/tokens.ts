/**
 * The file of bearer tokens: one a line, `#` starts a comment, blank lines are skipped.
 *
 * It may hold the old and the new token at once, so that tokens rotate without a refused request: add the new line,
 * change the senders, remove the old line. The file is looked at again when it changed (size, time of change, inode; a
 * renamed or re-linked file has another inode). A file that has become unreadable or empty never locks everybody out:
 * the tokens last read stay in force and the problem is told once.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { LogbookError } from '../../errors.ts';

/** Shorter ones are guessed, or are the word "changeme". */
const MIN_TOKEN_LENGTH = 16;
const MAX_FILE_BYTES = 65_536;
/** Between two looks at the file's state: one `stat` a second at most, whatever the load. */
const LOOK_MS = 500;

export class TokenFile {
  readonly #path: string;
  readonly #problem: (error: Error) => void;
  /** SHA-256 of each token, so that all comparisons are of equal length. */
  #digests: readonly Buffer[];
  #seen: string;
  #lookedMs = performance.now();
  #told = '';

  /** @throws LogbookError `ERR_LOGBOOK_USAGE` when the file cannot be used at the start */
  constructor(path: string, problem: (error: Error) => void) {
    this.#path = path;
    this.#problem = problem;
    this.#seen = this.#state();
    this.#digests = this.#read();
  }

  /** Number of the token that an `Authorization` header carries, or undefined: none of them. */
  match(header: string | undefined): number | undefined {
    this.#look();
    const token = /^bearer +([^\s]+) *$/i.exec(header ?? '')?.[1];
    if (token === undefined) return undefined;
    const digest = digestOf(token);
    let found: number | undefined;
    // Always against all of them: how long it takes says nothing about which one it was.
    for (const [index, known] of this.#digests.entries())
      if (timingSafeEqual(digest, known)) found = index;
    return found;
  }

  /** Whether a token is in both files. */
  shares(other: TokenFile): boolean {
    return this.#digests.some((mine) => other.#digests.some((theirs) => mine.equals(theirs)));
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = now;
    try {
      const state = this.#state();
      if (state === this.#seen) return;
      this.#digests = this.#read();
      this.#seen = state;
      this.#told = '';
    } catch (error) {
      // Not yet `seen`: it is read again at the next look, for instance in the middle of a rotation.
      const problem = error instanceof Error ? error : new Error('unreadable token file');
      if (problem.message === this.#told) return;
      this.#told = problem.message;
      this.#problem(problem);
    }
  }

  #state(): string {
    try {
      const { ino, size, mtimeNs, ctimeNs } = statSync(this.#path, { bigint: true });
      return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    } catch (cause) {
      throw unusable(this.#path, 'cannot be read', cause);
    }
  }

  #read(): Buffer[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (cause) {
      throw unusable(this.#path, 'cannot be read', cause);
    }
    if (text.length > MAX_FILE_BYTES) throw unusable(this.#path, 'is larger than 64 KiB');
    const tokens = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    if (tokens.length === 0) throw unusable(this.#path, 'holds no token');
    if (tokens.some((token) => /\s/.test(token)))
      throw unusable(this.#path, 'has a line with a space in it');
    if (tokens.some((token) => token.length < MIN_TOKEN_LENGTH))
      throw unusable(this.#path, `holds a token of fewer than ${MIN_TOKEN_LENGTH} characters`);
    return tokens.map(digestOf);
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unusable(path: string, why: string, cause?: unknown): LogbookError {
  return new LogbookError('ERR_LOGBOOK_USAGE', `token file "${path}" ${why}`, {
    cause,
    hint: 'one token a line, e.g. of `openssl rand -hex 32`; two lines while a token is being changed',
  });
}
