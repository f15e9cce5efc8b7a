/**
 * The one error class of this package and the registry of its codes.
 * Codes are stable: callers switch on them. An expected refusal (misuse, a full disk, a wrong key) and a broken
 * assumption (corruption) never share a code. Messages are lower case, without a full stop, name the thing in quotes,
 * say what was expected and found, and never hold a secret or a payload.
 */

/** Every code a `LogbookError` can carry. */
export type LogbookErrorCode =
  // Formats (note.ts, checkpoint.ts, tree.ts, tlog-proof.ts, leaf.ts, seal.ts)
  | 'ERR_LOGBOOK_KEY_MALFORMED'
  | 'ERR_LOGBOOK_NOTE_MALFORMED'
  | 'ERR_LOGBOOK_NOTE_UNVERIFIED'
  | 'ERR_LOGBOOK_NOTE_SIGNATURE'
  | 'ERR_LOGBOOK_CHECKPOINT_MALFORMED'
  | 'ERR_LOGBOOK_TREE'
  | 'ERR_LOGBOOK_PROOF_MALFORMED'
  | 'ERR_LOGBOOK_FORMAT'
  | 'ERR_LOGBOOK_SEAL'
  // What came in over OTLP cannot be read (otlp/)
  | 'ERR_LOGBOOK_OTLP'
  // The folder and its writer
  | 'ERR_LOGBOOK_USAGE'
  | 'ERR_LOGBOOK_CLOSED'
  | 'ERR_LOGBOOK_LOCKED'
  | 'ERR_LOGBOOK_IO'
  | 'ERR_LOGBOOK_DISK_FULL'
  | 'ERR_LOGBOOK_LOW_SPACE'
  | 'ERR_LOGBOOK_READ_ONLY'
  | 'ERR_LOGBOOK_KEY_MISSING'
  | 'ERR_LOGBOOK_KEY_WRONG'
  | 'ERR_LOGBOOK_FORMAT_VERSION'
  | 'ERR_LOGBOOK_TORN_TAIL'
  | 'ERR_LOGBOOK_INTEGRITY'
  // The sink (sink/store): what it had to put aside, or cannot index
  | 'ERR_LOGBOOK_SINK'
  // Reading
  | 'ERR_LOGBOOK_NOT_A_LOG'
  | 'ERR_LOGBOOK_INDEX'
  // What was to be proven cannot be: no such entry, not signed yet, no payload to disclose (prove.ts)
  | 'ERR_LOGBOOK_UNPROVABLE'
  // A source of anchors cannot be read (anchors.ts)
  | 'ERR_LOGBOOK_ANCHOR'
  // Erasure and holds: no log knows the person
  | 'ERR_LOGBOOK_UNKNOWN_PERSON';

/** What this package throws. `cause` keeps the system's own error, `hint` says what to do next. */
export class LogbookError extends Error {
  override readonly name = 'LogbookError';
  readonly code: LogbookErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: LogbookErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly hint?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options?.hint;
  }
}

/**
 * What the system refused, as an error of ours: a full disk keeps its own code. One of ours passes through.
 * @param what what failed, on which thing
 * @param hint what to do next; of a full disk it is to free space
 */
export function asLogbookError(
  error: unknown,
  what: string,
  hint = 'see that this process may write there',
): LogbookError {
  if (error instanceof LogbookError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  // SQLite's own full disk: the keyring is a database.
  const sqliteFull = error instanceof Error && 'errcode' in error && error.errcode === 13;
  const full = code === 'ENOSPC' || code === 'EDQUOT' || sqliteFull;
  return new LogbookError(full ? 'ERR_LOGBOOK_DISK_FULL' : 'ERR_LOGBOOK_IO', `${what}: ${code}`, {
    cause: error,
    hint: full ? 'free space on that disk' : hint,
  });
}
