/** One look of a `LogWatch` over all that came, in slices: used by the sink's verification and by a server's. */
import type { LogWatch, WatchProblem } from '@mcp-logbook/audit/watch';

/** What a look found. */
export interface Looked {
  readonly problem?: WatchProblem;
  /** Entries that were found to be as signed. */
  readonly size: number;
  readonly slices: number;
}

/** An erasure may be overwriting a seal at this moment: looked at again before it is told. */
const AGAIN_MS = 1000;

/**
 * @param rest before each further slice
 * @throws LogbookError `ERR_LOGBOOK_IO`
 */
export async function lookOver(
  watch: LogWatch,
  rest: () => Promise<void>,
  sliceBytes?: number,
): Promise<Looked> {
  let doubted = false;
  let slices = 0;
  for (;;) {
    const { problem, size, complete } = watch.step(sliceBytes);
    slices += 1;
    if (problem !== undefined) {
      if (doubted) return { problem, size, slices };
      doubted = true;
      await pause(AGAIN_MS);
    } else if (complete) {
      return { size, slices };
    } else {
      doubted = false;
      await rest();
    }
  }
}

/** No entry for so long is idle. */
const IDLE_MS = 200;
/** A server that is never idle is waited for so long. */
const MAX_WAIT_MS = 10_000;

/** @param entries one word that changes with every entry */
export async function untilIdle(entries: Int32Array): Promise<void> {
  for (let waited = 0; waited < MAX_WAIT_MS; waited += IDLE_MS) {
    const before = Atomics.load(entries, 0);
    await pause(IDLE_MS);
    if (Atomics.load(entries, 0) === before) return;
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
