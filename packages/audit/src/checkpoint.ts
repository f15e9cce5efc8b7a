/**
 * C2SP checkpoints (c2sp.org/tlog-checkpoint) as text: the part of a commit that is signed.
 *
 *   origin "\n" size "\n" base64(root) "\n"
 *   "time " unix-ns " " monotonic-ns " " boot-id "\n"
 *   "seals " base64(SHA-256 over the SHA-256 of each seal text since the last commit) "\n"
 *
 * Parsing is the strict inverse of formatting: `formatCheckpoint(parseCheckpoint(t)) === t`.
 */
import { LogbookError } from './errors.ts';
import { HASH_BYTES } from './hash.ts';
import { decodeBase64 } from './note.ts';

/** What one commit says. */
export interface Checkpoint {
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
  /** Unix time in nanoseconds. */
  readonly timeNs: bigint;
  /** Monotonic clock in nanoseconds, comparable within one boot id. */
  readonly monotonicNs: bigint;
  readonly bootId: string;
  /** 32 bytes. */
  readonly seals: Buffer;
}

/** Text of a checkpoint; ends in a newline. */
export function formatCheckpoint(c: Checkpoint): string {
  return `${c.origin}\n${c.size}\n${c.root.toString('base64')}\ntime ${c.timeNs} ${c.monotonicNs} ${c.bootId}\nseals ${c.seals.toString('base64')}\n`;
}

/**
 * Reads the text of a checkpoint of ours.
 * @throws LogbookError `ERR_LOGBOOK_FORMAT`
 */
export function parseCheckpoint(text: string): Checkpoint {
  const match =
    /^([^\n]+)\n(\d{1,16})\n([A-Za-z0-9+/=]{44})\ntime (\d{1,20}) (\d{1,20}) ([\w.-]{1,64})\nseals ([A-Za-z0-9+/=]{44})\n$/.exec(
      text,
    );
  const [, origin, sizeText, rootText, time, monotonic, bootId, sealsText] = match ?? [];
  const size = Number(sizeText);
  const root = decodeBase64(rootText ?? '');
  const seals = decodeBase64(sealsText ?? '');
  if (
    origin === undefined ||
    time === undefined ||
    monotonic === undefined ||
    bootId === undefined ||
    root?.length !== HASH_BYTES ||
    seals?.length !== HASH_BYTES ||
    !Number.isSafeInteger(size)
  )
    throw new LogbookError(
      'ERR_LOGBOOK_FORMAT',
      'checkpoint is not origin, size, root, time and seals',
    );
  const parsed: Checkpoint = {
    origin,
    size,
    root,
    timeNs: BigInt(time),
    monotonicNs: BigInt(monotonic),
    bootId,
    seals,
  };
  if (formatCheckpoint(parsed) !== text)
    throw new LogbookError('ERR_LOGBOOK_FORMAT', 'checkpoint is not in its canonical form');
  return parsed;
}
