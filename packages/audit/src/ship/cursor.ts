/**
 * `ship.json`: up to where a log was accepted by the central log's collector or sink. One line of JSON:
 *
 *   {"format":1,"origin":"shop/0a1b2c3d","segment":"000000000000.jsonl","offset":4096,"line":13,"index":5}
 *
 * `segment`, `offset` and `line` (1-based) are behind the last accepted line, `index` counts the entries before it.
 * Replaced atomically after every acceptance and not fsynced: an older one only sends again what the sink has already
 * (at least once). Written by the holder of `ship.db` alone. It belongs to the log and not to a destination.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile, isThere } from '../durable.ts';
import { isInLog, LOG_START, type LogCursor } from '../entries.ts';

/** More is damage. */
const MAX_BYTES = 4096;

/**
 * Where to go on; the log's start without a usable file, or when it speaks of another log or of more than is there
 * (a restored backup).
 */
export function readCursor(folder: string, origin: string): LogCursor {
  const path = join(folder, 'ship.json');
  if (!isThere(path)) return LOG_START;
  let value: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    value = text.length > MAX_BYTES ? undefined : JSON.parse(text);
  } catch {
    return LOG_START;
  }
  const { format, origin: of, segment, offset, line, index } = Object(value);
  const cursor = { segment, offset, line, index };
  return format === 1 && of === origin && isCursor(cursor) && isInLog(folder, cursor)
    ? cursor
    : LOG_START;
}

export function writeCursor(folder: string, origin: string, cursor: LogCursor): void {
  const { segment, offset, line, index } = cursor;
  const state = { format: 1, origin, segment, offset, line, index };
  replaceFile(join(folder, 'ship.json'), `${JSON.stringify(state)}\n`, false);
}

function isCursor(value: Record<keyof LogCursor, unknown>): value is LogCursor {
  return (
    typeof value.segment === 'string' &&
    /^(?:\d{12}\.jsonl)?$/.test(value.segment) &&
    [value.offset, value.line, value.index].every(
      (count) => Number.isSafeInteger(count) && Number(count) >= 0,
    )
  );
}
