/** One look of a `LogWatch` over all that came, in slices: used by the sink's verification and by a server's. */
import type { LogWatch, WatchProblem, WatchSlice } from '@mcp-logbook/audit';

/** What a look found. */
export interface Looked {
  readonly problem?: WatchProblem;
  /** Entries that were found to be as signed. */
  readonly size: number;
  /** Milliseconds of work, pauses not counted. */
  readonly workedMs: number;
}

export interface LookOptions {
  /** Before each further slice. */
  readonly rest: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
  readonly slice?: WatchSlice;
}

/** An erasure may be overwriting a seal at this moment: looked at again before it is told. */
const AGAIN_MS = 1000;

/** @throws LogbookError `ERR_LOGBOOK_IO` */
export async function lookOver(
  watch: LogWatch,
  { rest, wait, slice }: LookOptions,
): Promise<Looked> {
  let doubted = false;
  let workedMs = 0;
  for (;;) {
    const began = performance.now();
    const { problem, size, complete } = watch.step(slice);
    workedMs += performance.now() - began;
    if (problem !== undefined) {
      if (doubted) return { problem, size, workedMs };
      doubted = true;
      await wait(AGAIN_MS);
    } else if (complete) {
      return { size, workedMs };
    } else {
      doubted = false;
      await rest();
    }
  }
}
