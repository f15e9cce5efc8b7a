/**
 * Gives a log's newest published checkpoint to others to keep: a file elsewhere, C2SP witnesses, an RFC 3161 authority.
 *
 * Cosigned notes go to the end of `checkpoints.jsonl` (one write to a file that is only appended to, so a running writer
 * does not mind); time stamps into `receipts/<size>.tsr` beside the stamped note `receipts/<size>.note`.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseCheckpoint } from './checkpoint.ts';
import { parseWitnessVkey } from './cosignature.ts';
import { FILE_MODE, isThere } from './durable.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { readIdentity } from './folder.ts';
import { listedKeys } from './key-chain.ts';
import { openNote, type Verifier } from './note.ts';
import type { LogbookObserver } from './observer.ts';
import { timeStamp } from './timestamp.ts';
import { cosign, type Witness } from './witness.ts';

/** Who keeps it. */
export interface AnchorLogOptions {
  /** File that gets a line `{"checkpoint":"<note>"}`; several logs may share it. */
  readonly copy?: string | undefined;
  readonly witnesses?: readonly Witness[] | undefined;
  /** URL of an RFC 3161 authority. */
  readonly timeStampUrl?: string | undefined;
}

/** What was kept where. */
export interface AnchorLogReport {
  readonly origin: string;
  /** Entries under the checkpoint. */
  readonly size: number;
  readonly copied: boolean;
  /** Names of the witnesses that cosigned. */
  readonly cosignedBy: readonly string[];
  /** Time by the authority, RFC 3339, and the file of its answer. */
  readonly stamped?: { readonly time: string; readonly file: string };
}

/**
 * @param folder the log's folder
 * @throws LogbookError `ERR_LOGBOOK_UNPROVABLE` when nothing was published yet, `ERR_LOGBOOK_INTEGRITY` when a witness
 * refuses the log, `ERR_LOGBOOK_ANCHOR`, `ERR_LOGBOOK_IO`, `ERR_LOGBOOK_NOT_A_LOG`
 */
export async function anchorLog(
  folder: string,
  options: AnchorLogOptions,
): Promise<AnchorLogReport> {
  const identity = readIdentity(folder);
  if (identity === undefined)
    throw new LogbookError('ERR_LOGBOOK_NOT_A_LOG', `no log in "${folder}": it has no log.json`);
  const keys = listedKeys(identity);
  const published = newestNote(folder, keys);
  const { size } = parseCheckpoint(openNote(published, keys).text);
  let note = published;
  const cosignedBy: string[] = [];
  for (const witness of options.witnesses ?? []) {
    note = await cosign(folder, note, witness, cosignedSize(folder, witness));
    cosignedBy.push(parseWitnessVkey(witness.vkey).name);
  }
  try {
    if (note !== published) append(join(folder, 'checkpoints.jsonl'), note);
    if (options.copy !== undefined) append(options.copy, note);
  } catch (error) {
    throw asLogbookError(error, `cannot keep the checkpoint of "${folder}"`);
  }
  const stamped =
    options.timeStampUrl === undefined
      ? undefined
      : await stamp(folder, size, note, options.timeStampUrl);
  return {
    origin: identity.origin,
    size,
    copied: options.copy !== undefined,
    cosignedBy,
    ...(stamped !== undefined && { stamped }),
  };
}

async function stamp(
  folder: string,
  size: number,
  note: string,
  url: string,
): Promise<{ readonly time: string; readonly file: string }> {
  const { response, time } = await timeStamp(url, Buffer.from(note));
  const file = join(folder, 'receipts', `${size}.tsr`);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'receipts', `${size}.note`), note, { mode: FILE_MODE });
    writeFileSync(file, response, { mode: FILE_MODE });
  } catch (error) {
    throw asLogbookError(error, `cannot keep the time stamp "${file}"`);
  }
  return { time, file };
}

function newestNote(folder: string, keys: readonly Verifier[]): string {
  const path = join(folder, 'checkpoint');
  const note = isThere(path) ? readFileSync(path, 'utf8') : '';
  try {
    openNote(note, keys);
    return note;
  } catch (cause) {
    throw new LogbookError(
      'ERR_LOGBOOK_UNPROVABLE',
      `log "${folder}" has no published checkpoint of its key`,
      { cause, hint: 'a running server publishes one within a minute, an ended one has' },
    );
  }
}

/** Tree size of the newest note in `checkpoints.jsonl` that a witness cosigned; 0 when there is none. */
function cosignedSize(folder: string, witness: Witness): number {
  const verifier = parseWitnessVkey(witness.vkey);
  for (const note of publishedNotes(folder).toReversed()) {
    try {
      return parseCheckpoint(openNote(note, [verifier]).text).size;
    } catch {
      // Not one of this witness.
    }
  }
  return 0;
}

/** Notes of `checkpoints.jsonl`, oldest first; lines that are none are left to `verify`. */
export function publishedNotes(folder: string): string[] {
  const path = join(folder, 'checkpoints.jsonl');
  if (!isThere(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const { checkpoint } = Object(JSON.parse(line));
        return typeof checkpoint === 'string' ? [checkpoint] : [];
      } catch {
        return [];
      }
    });
}

/** An observer that also appends each checkpoint to a file, and reports when that fails. */
export function copyingCheckpoints(
  path: string | undefined,
  observer: LogbookObserver | undefined,
): LogbookObserver | undefined {
  if (path === undefined) return observer;
  let failing = false;
  return {
    ...observer,
    checkpoint: (note, size, origin) => {
      try {
        append(path, note);
        failing = false;
      } catch (error) {
        // Told once, until it works again.
        if (!failing)
          observer?.problem?.(asLogbookError(error, `cannot copy a checkpoint to "${path}"`));
        failing = true;
      }
      observer?.checkpoint?.(note, size, origin);
    },
  };
}

/** One line at the end of a file, in one write. */
function append(path: string, checkpoint: string): void {
  appendFileSync(path, `${JSON.stringify({ checkpoint })}\n`, { mode: FILE_MODE });
}
