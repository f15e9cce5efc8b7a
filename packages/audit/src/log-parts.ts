/** What a log is opened with, and what it keeps in mind (log.ts). */
import type { FileOps } from './durable.ts';
import type { LogMode } from './entry.ts';
import type { Keyring } from './keyring.ts';
import type { Signer } from './note.ts';
import type { SafeObserver } from './observer.ts';
import type { Commit } from './publisher.ts';
import type { Standing } from './recover-tail.ts';
import type { SpaceWatch } from './space.ts';
import type { Frontier } from './tree.ts';

export interface LogOptions {
  readonly folder: string;
  readonly service: string;
  readonly mode: LogMode;
  readonly signer: Signer;
  /** The key that the first commit brings in, beside the one that signs until then (signing-rotation.ts). */
  readonly incoming?: Signer | undefined;
  readonly keyring: Keyring;
  readonly standing: Standing;
  readonly observer: SafeObserver;
  readonly space: SpaceWatch;
  /** Unix time in whole microseconds. */
  readonly nowMicros: () => number;
  /** Monotonic milliseconds, to notice steps of the clock by; without it none are looked for. */
  readonly steadyMs?: (() => number) | undefined;
  readonly randomBytes?: ((size: number) => Uint8Array) | undefined;
  readonly ops?: FileOps | undefined;
  readonly maxSegmentBytes?: number | undefined;
}

/** Where a group is. */
export interface Placed {
  /** Index of its first item. */
  readonly index: number;
  /** File name of its segment. */
  readonly segment: string;
  /** Of the line of its first item. */
  readonly offset: number;
  /** Offset behind its commit. */
  readonly end: number;
  /** Leaf hashes of the items. */
  readonly hashes: readonly Buffer[];
}

/** The end of what is written. Replaced as a whole by each write, but for the growing frontier. */
export interface Tip {
  readonly frontier: Frontier;
  /** Producer number of the last leaf. */
  readonly seq: number;
  readonly committedSize: number;
  /** Hex SHA-256 of each seal since the last commit. */
  readonly pendingSeals: string;
  /** The last commit of this process. */
  readonly commit: Commit | undefined;
  /** Signs the next commit, and each until a key is brought in. */
  readonly signer: Signer;
}

/** A place to go back to. */
export interface Place {
  readonly tip: Tip;
  readonly offset: number;
}
