/** A bar for work that takes more than a second, on a terminal only: share, rate and time left, on one line. */
import type { VerifyProgress } from '@mcp-logbook/audit';

/** The part of a stream that a bar needs. */
export interface BarStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressBar {
  readonly draw: (done: VerifyProgress) => void;
  /** Takes the bar away. */
  clear(): void;
}

/** Shorter work shows nothing. */
const QUIET_MS = 1000;
const REDRAW_MS = 100;
const WIDTH = 30;

/** @returns undefined where nobody looks: pipes, files */
export function progressBar(
  stream: BarStream,
  now: () => number = () => performance.now(),
): ProgressBar | undefined {
  if (stream.isTTY !== true) return undefined;
  const started = now();
  let drawn = started + QUIET_MS - REDRAW_MS;
  let shown = false;
  return {
    draw: ({ bytes, totalBytes, leaves }) => {
      const at = now();
      if (at - drawn < REDRAW_MS) return;
      drawn = at;
      shown = true;
      const seconds = (at - started) / 1000;
      const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
      const full = Math.round(share * WIDTH);
      const rate = Math.round(leaves / seconds).toLocaleString('en');
      const left = share === 0 ? '' : `, ${Math.ceil((seconds / share) * (1 - share))} s left`;
      const bar = `${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}`;
      stream.write(`\r\u001b[K[${bar}] ${Math.floor(share * 100)} %  ${rate} entries/s${left}`);
    },
    clear: () => {
      if (shown) stream.write('\r\u001b[K');
      shown = false;
    },
  };
}
