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
const PUBLISH_MS = 1000;

export class Publisher {
  readonly #folder: string;
  #size = -1;
  #atMs = Number.NEGATIVE_INFINITY;
  /** Unref'd: the end of a log publishes at once. */
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Tree size of the newest published commit. */
  get size(): number {
    return this.#size;
  }

  /** Whether it may publish now; else `again` is called when it may. */
  isDue(again: () => void): boolean {
    const waitMs = this.#atMs + PUBLISH_MS - performance.now();
    if (waitMs <= 0) return true;
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        again();
      },
      Math.min(waitMs + 1, PUBLISH_MS),
    ).unref();
    return false;
  }

  /** Nothing is called any more. */
  stop(): void {
    clearTimeout(this.#timer);
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
