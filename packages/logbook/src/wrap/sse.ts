/**
 * Cuts a stream of server-sent events (WHATWG HTML 9.2) into events and shows the data of each; an event ends at an empty
 * line. Only what is needed to read: `id` and comments are bytes that pass.
 */
import { Lines, type LongLine } from '@mcp-logbook/instrumentation/lines';
import type { Passage } from './pump.ts';

/** Who looks at the events. */
export interface EventLooker {
  /**
   * @param event its type, `message` where it does not say
   * @returns other data in its place, where events are held; `undefined` = as it came
   */
  data(text: string, event: string): string | undefined;
  /** An event with a line that was too long to read. */
  long(line: LongLine): void;
}

/** `after`, `before`: bytes pass unchanged, events are looked at then. `held`: whole events, which may be changed. */
export function events(looker: EventLooker, look: 'after' | 'before' | 'held'): Passage {
  let data: string[] = [];
  let event = '';
  let waiting: Buffer[] = [];
  let ready: Buffer[] = [];
  const dispatch = (): void => {
    const text = data.join('\n');
    const instead = text === '' ? undefined : looker.data(text, event === '' ? 'message' : event);
    if (look === 'held')
      ready.push(...(instead === undefined ? waiting : changed(waiting, instead)));
    data = [];
    event = '';
    waiting = [];
  };
  const lines = new Lines({
    line(bytes) {
      if (look === 'held') waiting.push(bytes);
      const text = bytes.toString('utf8').replace(/\r?\n$/, '');
      if (text === '') dispatch();
      else if (text.startsWith('data:')) data.push(valueOf(text, 5));
      else if (text.startsWith('event:')) event = valueOf(text, 6);
    },
    piece: (bytes) => void (look === 'held' && waiting.push(bytes)),
    long: ({ head, tail }) => looker.long({ head: head.replace(/^data: ?/, ''), tail }),
  });
  const flush = (forward: (bytes: Buffer) => void): void => {
    const all = ready;
    ready = [];
    for (const bytes of all) forward(bytes);
  };
  return {
    take(chunk, forward) {
      if (look === 'after') forward(chunk);
      lines.push(chunk);
      if (look === 'before') forward(chunk);
      flush(forward);
    },
    end(forward) {
      lines.end();
      ready.push(...waiting);
      flush(forward);
    },
  };
}

/** Behind the name of a field; one space after the colon is not part of it. */
function valueOf(line: string, colonEnd: number): string {
  return line.slice(line[colonEnd] === ' ' ? colonEnd + 1 : colonEnd);
}

/** The lines of an event with other data, on one line. */
function changed(lines: readonly Buffer[], data: string): Buffer[] {
  const others = lines.slice(0, -1).filter((line) => !line.toString('latin1').startsWith('data:'));
  return [...others, Buffer.from(`data: ${data}\n\n`)];
}
