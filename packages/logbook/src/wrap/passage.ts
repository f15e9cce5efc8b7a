/** The two ways for a stream of lines through the wrapper: `watched`, unchanged, and `held`, line by line. */
import { Lines, type LongLine } from '@mcp-logbook/instrumentation/lines';
import type { Passage } from './pump.ts';

/** Who looks at the lines of one direction. What it returns goes on in a line's place, if lines are held at all. */
export interface Looker {
  /** @returns `undefined` = the line as it came */
  line(bytes: Buffer): Buffer | undefined;
  long(line: LongLine): Buffer | undefined;
}

/** Every byte passes unchanged and at once; lines are looked at `after` their bytes went on, or `before`. */
export function watched(looker: Looker, look: 'after' | 'before'): Passage {
  const lines = new Lines({
    line: (bytes) => void looker.line(bytes),
    piece: () => {},
    long: (line) => void looker.long(line),
  });
  return {
    take(chunk, forward) {
      if (look === 'after') forward(chunk);
      lines.push(chunk);
      if (look === 'before') forward(chunk);
    },
    end: () => lines.end(),
  };
}

/** Lines go on when they are complete and were looked at. One that is too long passes unread, unless `refusesLong`. */
export function held(looker: Looker, refusesLong: boolean): Passage {
  let ready: Buffer[] = [];
  const lines = new Lines({
    line: (bytes) => void ready.push(looker.line(bytes) ?? bytes),
    piece: (bytes) => void (refusesLong || ready.push(bytes)),
    long: (line) => {
      const instead = looker.long(line);
      if (refusesLong && instead !== undefined) ready.push(instead);
    },
  });
  const flush = (forward: (bytes: Buffer) => void): void => {
    const all = ready;
    ready = [];
    for (const bytes of all) forward(bytes);
  };
  return {
    take(chunk, forward) {
      lines.push(chunk);
      flush(forward);
    },
    end(forward) {
      lines.end();
      flush(forward);
    },
  };
}
