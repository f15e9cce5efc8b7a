/**
 * What a log shows of itself besides its segments: `checkpoint`, `checkpoints.jsonl`, `frontier`.
 *
 * All three speak of a commit whose bytes are fsynced already; the caller sees to that. `checkpoint` holds the newest
 * note, replaced atomically; `checkpoints.jsonl` every published one, `{"checkpoint":"<note>"}` a line. They are not
 * fsynced while the log runs: an older one after a power cut is still true.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_MODE, replaceFile } from './durable.ts';
import { writeFrontier } from './frontier-file.ts';

/** A commit, and where the log stood at it. */
export interface Commit {
  /** The signed note. */
  readonly note: string;
  readonly size: number;
  /** Producer number of the last leaf it signs. */
  readonly seq: number;
  /** Right edge of the tree. */
  readonly edge: readonly Buffer[];
  /** File name of the segment it is in. */
  readonly segment: string;
  /** Offset behind its newline. */
  readonly offset: number;
}

/** Least time between two publications. */
export const PUBLISH_MS = 1000;

export class Publisher {
  readonly #folder: string;
  #size = -1;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Tree size of the newest published commit. */
  get size(): number {
    return this.#size;
  }

  /** When it may publish again, on the clock of `performance.now()`. */
  get dueMs(): number {
    return this.#atMs + PUBLISH_MS;
  }

  /**
   * Writes the three files. A crash in between leaves `frontier` older than `checkpoint`: the next opening reads more.
   * @param given last producer number given out
   * @param undigested closed segments that no entry names yet
   * @param sync fsyncs them, at the end of a log
   */
  publish(commit: Commit, given: number, undigested: readonly string[], sync: boolean): void {
    replaceFile(join(this.#folder, 'checkpoint'), commit.note, sync);
    appendFileSync(
      join(this.#folder, 'checkpoints.jsonl'),
      `${JSON.stringify({ checkpoint: commit.note })}\n`,
      { mode: FILE_MODE },
    );
    writeFrontier(
      join(this.#folder, 'frontier'),
      {
        size: commit.size,
        seq: commit.seq,
        given,
        undigested,
        segment: commit.segment,
        offset: commit.offset,
        hashes: commit.edge.map((hash) => hash.toString('base64')),
      },
      sync,
    );
    this.#size = commit.size;
    this.#atMs = performance.now();
  }
}
