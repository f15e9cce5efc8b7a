/**
 * The one error class of this package and the registry of its codes. A message says what failed, on which thing, what
 * was expected and found; never a secret, never a payload.
 */

/** Stable codes; callers switch on them. */
export type LogbookErrorCode =
  /** Misuse of the API or bad input. */
  | 'ERR_LOGBOOK_USAGE'
  /** The root secret is missing, unreadable or another one than the log was written with. */
  | 'ERR_LOGBOOK_KEY'
  /** Frontier, last commit, published checkpoint and segments do not agree: never appended to, never repaired. */
  | 'ERR_LOGBOOK_INTEGRITY'
  /** A line, note or file is not of the documented form. */
  | 'ERR_LOGBOOK_FORMAT'
  /** A seal does not open, or its content does not match its leaf. */
  | 'ERR_LOGBOOK_SEAL'
  /** Reading or writing failed; `cause` has the system error. */
  | 'ERR_LOGBOOK_IO'
  /** No space left. */
  | 'ERR_LOGBOOK_DISK_FULL'
  /** Another process writes this log. */
  | 'ERR_LOGBOOK_LOCKED'
  /** After `close()`. */
  | 'ERR_LOGBOOK_CLOSED';

/** Every error this package throws. `hint` says what to do next. */
export class LogbookError extends Error {
  override readonly name = 'LogbookError';
  readonly code: LogbookErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: LogbookErrorCode,
    message: string,
    options?: { cause?: unknown; hint?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options?.hint;
  }
}
