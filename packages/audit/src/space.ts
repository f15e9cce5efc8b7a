/**
 * Space on the log's disk: told once under 20 % and once under 10 % free, each only while less than 20 GiB are free,
 * and a reserve of 64 KiB that is given up when the disk is full, so that the entry which says so still fits.
 */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_MODE } from './durable.ts';
import { LogbookError } from './errors.ts';
import type { SafeObserver } from './observer.ts';

const WARN_FREE = 0.2;
const ACT_FREE = 0.1;
/** With as much free nothing is told: of a big disk a fifth is months of entries, and a warning would be noise. */
const PLENTY_BYTES = 20 * 2 ** 30;
const CHECK_MS = 60_000;
const RESERVE_BYTES = 64 * 1024;

export class SpaceWatch {
  readonly #folder: string;
  readonly #observer: SafeObserver;
  #nextCheckMs = performance.now() + CHECK_MS;
  #told = 1;

  constructor(folder: string, observer: SafeObserver) {
    this.#folder = folder;
    this.#observer = observer;
  }

  /** Looks at most once a minute; costs nothing else. */
  check(): void {
    if (performance.now() < this.#nextCheckMs) return;
    this.#nextCheckMs = performance.now() + CHECK_MS;
    try {
      const { bavail, blocks, bsize } = statfsSync(this.#folder);
      if (blocks > 0) this.judge(bavail / blocks, bavail * bsize);
    } catch {
      // A file system that cannot say how much is free.
    }
  }

  /**
   * Tells of a stage once, and again after there was more space.
   * @param free part of the disk, 0 to 1
   * @param freeBytes the same in bytes
   */
  judge(free: number, freeBytes: number): void {
    const stage =
      freeBytes >= PLENTY_BYTES || free >= WARN_FREE ? 1 : free >= ACT_FREE ? WARN_FREE : ACT_FREE;
    if (stage < this.#told) {
      const percent = Math.floor(free * 100);
      const mebibytes = Math.floor(freeBytes / 2 ** 20);
      const message = `${percent} % (${mebibytes} MiB) free on the disk of log folder "${this.#folder}"`;
      this.#observer.solved('ERR_LOGBOOK_LOW_SPACE');
      this.#observer.problem(
        new LogbookError('ERR_LOGBOOK_LOW_SPACE', message, {
          hint: 'free space before the log stops',
        }),
      );
    }
    this.#told = stage;
  }

  /** Makes the reserve if there is none. Never throws. */
  keepReserve(): void {
    const path = join(this.#folder, 'reserve');
    try {
      if (!existsSync(path))
        writeFileSync(path, Buffer.alloc(RESERVE_BYTES, 0x20), { mode: FILE_MODE });
    } catch {
      // No space for it, or no right: then there is none.
      rmSync(path, { force: true });
    }
  }

  /** Gives its blocks back. Never throws. */
  releaseReserve(): void {
    try {
      rmSync(join(this.#folder, 'reserve'), { force: true });
    } catch {
      // Nothing to win.
    }
  }
}
