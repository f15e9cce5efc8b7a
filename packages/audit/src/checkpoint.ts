/**
 * C2SP checkpoint text (c2sp.org/tlog-checkpoint): the text of the signed note over a tree.
 *
 *   <origin>
 *   <tree size, decimal, no leading zeros>
 *   <root hash, base64>
 *   <extension lines, any number, none empty>
 *
 * This log writes two extension lines: `time <unix ns> <monotonic ns> <boot id>` and `seals <base64>`.
 * Reading is strict: `formatCheckpoint(parseCheckpoint(text)) === text`, or it is refused.
 */
import { LogbookError } from './errors.ts';
import { HASH_BYTES } from './hash.ts';
import { decodeBase64 } from './note.ts';

/** What a checkpoint says. */
export interface Checkpoint {
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  /** Root hash, 32 bytes. */
  readonly root: Uint8Array;
  /** Further lines, without newlines. */
  readonly extensions: readonly string[];
}

/** The two extension lines of this log's commits. */
export interface CommitExtensions {
  readonly unixNanos: bigint;
  readonly monotonicNanos: bigint;
  /** Names the boot that the monotonic time belongs to. */
  readonly bootId: string;
  /** SHA-256 over the concatenated SHA-256 of each seal text since the last commit, 32 bytes. */
  readonly seals: Uint8Array;
}

/** Gives the note text of a checkpoint. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions } = checkpoint;
  let text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
  for (const line of extensions) text += `${line}\n`;
  return text;
}

/**
 * Reads the note text of a checkpoint.
 * @throws LogbookError `ERR_LOGBOOK_CHECKPOINT_MALFORMED`
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeText, rootText, ...extensions] = text.split('\n');
  const last = extensions.pop();
  const root = decodeBase64(rootText ?? '');
  const size = Number(sizeText);
  if (origin === undefined || origin === '' || last !== '' || extensions.includes('')) {
    throw malformed('lines must be origin, size, root and extensions');
  }
  if (
    sizeText === undefined ||
    !/^(?:0|[1-9][0-9]*)$/.test(sizeText) ||
    !Number.isSafeInteger(size)
  ) {
    throw malformed(`tree size must be a decimal number, instead got "${sizeText?.slice(0, 40)}"`);
  }
  if (root?.length !== HASH_BYTES) throw malformed('root must be 32 bytes in base64');
  return { origin, size, root, extensions };
}

/** Gives the extension lines of a commit, in their order. Inverse of `parseCommitExtensions`. */
export function formatCommitExtensions(extensions: CommitExtensions): string[] {
  const { unixNanos, monotonicNanos, bootId, seals } = extensions;
  return [
    `time ${unixNanos} ${monotonicNanos} ${bootId}`,
    `seals ${Buffer.from(seals).toString('base64')}`,
  ];
}

/**
 * Reads the extension lines of a commit.
 * @throws LogbookError `ERR_LOGBOOK_CHECKPOINT_MALFORMED`
 */
export function parseCommitExtensions(lines: readonly string[]): CommitExtensions {
  const [timeLine, sealsLine, ...rest] = lines;
  const time = /^time (0|[1-9][0-9]*) (0|[1-9][0-9]*) (\S+)$/.exec(timeLine ?? '');
  const sealsText = /^seals (\S+)$/.exec(sealsLine ?? '')?.[1];
  const seals = decodeBase64(sealsText ?? '');
  if (
    time?.[1] === undefined ||
    time[2] === undefined ||
    time[3] === undefined ||
    rest.length > 0
  ) {
    throw malformed('a commit has one "time" and one "seals" line');
  }
  if (seals?.length !== HASH_BYTES) throw malformed('"seals" must be 32 bytes in base64');
  return { unixNanos: BigInt(time[1]), monotonicNanos: BigInt(time[2]), bootId: time[3], seals };
}

function malformed(what: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_CHECKPOINT_MALFORMED', `checkpoint: ${what}`);
}
