/**
 * The file a log is being written to: open, append, sync, give up, go on in the next.
 *
 * `offset` counts bytes of whole writes. A write that fails is cut off again, by path and not by the descriptor, which
 * is never used after a failure; until that succeeds nothing more is appended. After a failed fsync nobody knows what
 * of `[synced, offset)` is on disk: `replay` copies it into a fresh segment. What a crash leaves on the way:
 *   1. `<first>.<old name>.<synced>.new` written and fsynced   old segment still longer than `synced`: the copy is dropped
 *   2. old segment cut to `synced`                             the copy is renamed by the next opening
 *   3. copy renamed to `<first>.jsonl`                         done
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFileOps, syncFolder, writeAll, type FileOps } from './durable.ts';
import { LogbookError } from './errors.ts';
import { formatSegmentName, parseSegmentName } from './segment.ts';

/** Where the file stands when a log is opened. */
export interface SegmentStanding {
  /** Name of the last segment; absent for an empty log. */
  readonly segment: string | undefined;
  readonly offset: number;
  /** Day (`YYYY-MM-DD`) of its first leaf. */
  readonly day: string | undefined;
}

export class SegmentWriter {
  readonly #folder: string;
  readonly #ops: FileOps;
  #name: string | undefined;
  #fd: number | undefined;
  #offset: number;
  #synced = 0;
  /** Leaves of the log up to `#synced`. */
  #syncedSize = 0;
  #dirty = false;
  #syncing: number | undefined;
  /** Length to cut the file to before anything else is appended. */
  #cutTo: number | undefined;
  day: string | undefined;

  constructor(logFolder: string, standing: SegmentStanding, ops: FileOps = nodeFileOps) {
    this.#folder = join(logFolder, 'segments');
    this.#ops = ops;
    this.#name = standing.segment;
    this.#offset = standing.offset;
    this.day = standing.day;
  }

  /** File name, once there is one. */
  get name(): string | undefined {
    return this.#name;
  }

  get path(): string {
    return join(this.#folder, this.#name ?? '');
  }

  get offset(): number {
    return this.#offset;
  }

  /** Bytes known to be on disk. */
  get synced(): number {
    return this.#synced;
  }

  /** Whether bytes wait for a sync that nobody has begun. */
  get needsSync(): boolean {
    return this.#dirty && this.#syncing === undefined;
  }

  /** Index of its first leaf. */
  get first(): number | undefined {
    return this.#name === undefined ? undefined : parseSegmentName(this.#name);
  }

  /** Opens the file; a new one is named after the log's size. */
  open(size: number): void {
    if (this.#cutTo !== undefined) {
      this.#ops.truncate(this.path, this.#cutTo);
      this.#cutTo = undefined;
    }
    if (this.#fd !== undefined) return;
    const fresh = this.#name === undefined;
    const name = this.#name ?? formatSegmentName(size);
    this.#fd = this.#ops.open(join(this.#folder, name), fresh ? 'ax' : 'a');
    this.#name = name;
    if (fresh) syncFolder(this.#folder);
  }

  /** Appends whole lines in one write. On an exception call `abandon`. */
  write(bytes: Uint8Array): void {
    if (this.#fd === undefined) throw new LogbookError('ERR_LOGBOOK_IO', 'segment is not open');
    writeAll(this.#ops, this.#fd, bytes, 0, bytes.length);
    this.#offset += bytes.length;
    this.#dirty = true;
  }

  /** Fdatasync, waiting. `size` = leaves of the log now. On an exception call `abandon` or `replay`. */
  sync(size: number): void {
    if (this.#fd === undefined) return;
    const upTo = this.#offset;
    this.#dirty = false;
    this.#ops.datasync(this.#fd);
    this.#synced = upTo;
    this.#syncedSize = size;
  }

  /** Fdatasync in the background, one at a time. `done` is not called when the file was left meanwhile. */
  syncLater(size: number, done: (error: Error | null) => void): void {
    const fd = this.#fd;
    if (fd === undefined || this.#syncing !== undefined || !this.#dirty) return;
    const upTo = this.#offset;
    this.#dirty = false;
    this.#syncing = fd;
    this.#ops.datasyncLater(fd, (error) => {
      this.#syncing = undefined;
      if (this.#fd !== fd) {
        // Rotated, closed or given up: those paths have synced or judged for themselves, and left closing to us.
        this.#closeQuietly(fd);
        return;
      }
      if (error === null && upTo > this.#synced) {
        this.#synced = upTo;
        this.#syncedSize = size;
      }
      done(error);
    });
  }

  /**
   * Fdatasync in the background of everything written so far, for a writer that writes nothing meanwhile.
   * On a rejection call `abandon`.
   */
  syncSoon(size: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#dirty) resolve();
      else this.syncLater(size, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Whether the open file is still the one under its name, and as long as what was written. */
  isIntact(): boolean {
    if (this.#fd === undefined) return true;
    const open = this.#ops.stat(this.#fd);
    const named = statSync(this.path, { throwIfNoEntry: false });
    return open.nlink > 0 && named?.ino === open.ino && named.size === this.#offset;
  }

  /** Leaves the descriptor after a failure; what lies behind `offset` is cut off, now or before the next append. */
  abandon(offset: number = this.#offset): void {
    this.release();
    if (this.#name === undefined) return;
    this.#offset = offset;
    this.#synced = Math.min(this.#synced, offset);
    this.#cutTo = offset;
    try {
      this.#ops.truncate(this.path, offset);
      this.#cutTo = undefined;
    } catch {
      // Tried again by `open`.
    }
  }

  /**
   * After a failed fsync: everything since the last good one goes, fsynced, into a fresh segment.
   * @throws when that fails too
   */
  replay(): void {
    this.release();
    if (this.#name === undefined) return;
    const bytes = readFileSync(this.path).subarray(this.#synced, this.#offset);
    if (bytes.length !== this.#offset - this.#synced) {
      throw new LogbookError('ERR_LOGBOOK_INTEGRITY', `segment "${this.#name}" lost bytes`);
    }
    const name = formatSegmentName(this.#syncedSize);
    if (this.#synced === 0) {
      // Nothing of it is surely on disk: a whole new file takes its place.
      this.#fsyncedCopy(this.path, bytes);
    } else {
      const copy = join(this.#folder, `${name}.${this.#name}.${this.#synced}.new`);
      this.#fsyncedCopy(copy, bytes);
      this.#ops.truncate(this.path, this.#synced);
      renameSync(copy, join(this.#folder, name));
      syncFolder(this.#folder);
      this.#name = name;
      this.#offset = bytes.length;
    }
    this.#synced = this.#offset;
    this.#dirty = false;
  }

  /** Leaves a full segment for the next one, which `open` makes. @returns its path */
  next(day: string): string {
    const { path } = this;
    this.release();
    this.#name = undefined;
    this.#offset = 0;
    this.#synced = 0;
    this.#dirty = false;
    this.day = day;
    return path;
  }

  /** Closes the descriptor. */
  release(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    // A sync in flight still uses the number: it closes it when it ends.
    if (fd !== undefined && fd !== this.#syncing) this.#closeQuietly(fd);
  }

  #fsyncedCopy(path: string, bytes: Uint8Array): void {
    const fd = this.#ops.open(`${path}.part`, 'w');
    try {
      writeAll(this.#ops, fd, bytes, 0, bytes.length);
      this.#ops.datasync(fd);
    } finally {
      this.#closeQuietly(fd);
    }
    renameSync(`${path}.part`, path);
    syncFolder(this.#folder);
  }

  #closeQuietly(fd: number): void {
    try {
      this.#ops.close(fd);
    } catch {
      // Nothing depends on it: its bytes are synced or given up.
    }
  }
}

/** Ends a `replay` that a crash interrupted, before segments are read. */
export function finishReplay(logFolder: string): void {
  const folder = join(logFolder, 'segments');
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.part')) rmSync(join(folder, name));
    const match = /^(\d{12}\.jsonl)\.(\d{12}\.jsonl)\.(\d+)\.new$/.exec(name);
    const [, fresh, old, synced] = match ?? [];
    if (fresh === undefined || old === undefined) continue;
    const cut = statSync(join(folder, old), { throwIfNoEntry: false })?.size === Number(synced);
    if (cut) renameSync(join(folder, name), join(folder, fresh));
    else rmSync(join(folder, name));
    syncFolder(folder);
  }
}
