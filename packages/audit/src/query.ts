/**
 * What a query asks and what it answers. The work is done by `reader.ts`; `query` opens one for a single question.
 */
import type { Leaf } from './leaf.ts';
import { openReader, type ReaderOptions } from './reader.ts';

/** Conditions that all must hold. Empty texts are conditions too. */
export interface QueryFilter {
  /** `iss|sub`, plain `sub`, e-mail or user name claim, fleet pseudonym `p_...` or the log's own `a_...`. */
  readonly user?: string | undefined;
  /** Name of a tool, prompt or resource: the leaf's `target`, or, where that is `_OTHER`, the name in the payload. */
  readonly tool?: string | undefined;
  readonly kind?: string | undefined;
  readonly outcome?: string | undefined;
  /** Service name or origin (`service/0a1b2c3d`) of the log. */
  readonly server?: string | undefined;
  readonly session?: string | undefined;
  /** Trace id, 32 hex digits. */
  readonly trace?: string | undefined;
  /** Unix microseconds, inclusive. A `Date` is taken as well. */
  readonly since?: number | Date | undefined;
  /** Exclusive. */
  readonly until?: number | Date | undefined;
  /** Most rows; default 100. */
  readonly limit?: number | undefined;
  /** Text in leaf or payload, upper or lower case. Opens every seal it passes (10 us each). */
  readonly text?: string | undefined;
}

/** One entry. */
export interface QueryRow {
  /** Folder of the log. */
  readonly folder: string;
  readonly origin: string;
  /** Index of the leaf. */
  readonly index: number;
  readonly leaf: Leaf;
  /** Why there is a payload or none; `absent` = in a central log, it never came; `unopened` = it was not asked for. */
  readonly sealed: 'opened' | 'unopened' | 'erased' | 'absent' | 'no-key' | 'damaged';
  /** What the recorder sealed, parsed; see audit.md 1. */
  readonly payload?: unknown;
  /** `segments/<name>.jsonl` and the 1-based line of the leaf. */
  readonly location: { readonly file: string; readonly line: number };
}

/**
 * Finds entries over all logs under a root, newest first.
 * @throws LogbookError `ERR_LOGBOOK_KEY_WRONG` when the root key is not the logs'; without any key rows have no payload
 */
export function query(
  root: string,
  filter: QueryFilter = {},
  options: ReaderOptions = {},
): QueryRow[] {
  const reader = openReader(root, options);
  try {
    return reader.query(filter);
  } finally {
    reader.close();
  }
}
