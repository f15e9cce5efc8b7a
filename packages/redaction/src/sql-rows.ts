/**
 * `INSERT INTO t (a, password) VALUES ('x', 'y'), ...`: the values under the column that a sensitive name heads.
 *
 * The column list is at most 1,024 characters, the rows 16 KiB and 200: longer statements are cut at the next look.
 */
import { charset, isIn } from './charset.ts';
import { isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';

const MAX_LIST = 1_024;
/** What may stand behind a column's name. */
const NEXT_COLUMN = charset(',)"`] ');
const MAX_ROWS_LENGTH = 16_384;
/** Parentheses in a row: calls in calls. */
const MAX_DEPTH = 3;
const MAX_ROWS = 200;
const MAX_STRING = 1_024;
const LEAD = /\b(?:INTO|COPY)\s{1,4}[\w."`[\]]{1,128}\s{0,4}$/i;
const VALUES = /\)\s{0,8}(?:OUTPUT\s[^(]{0,80})?VALUES\s{0,8}/iy;

/** The values of the column that is named around `start..end`; `undefined` when it is no column of an INSERT. */
export function insertedValues(text: string, start: number, end: number): Assigned[] | undefined {
  if (end < text.length && !isIn(NEXT_COLUMN, text, end)) return undefined;
  const from = Math.max(0, start - MAX_LIST);
  const open = from + text.slice(from, start).lastIndexOf('(');
  if (open < from || !LEAD.test(text.slice(Math.max(0, open - 160), open))) return undefined;
  const close = end + text.slice(end, end + MAX_LIST).indexOf(')');
  if (close < end) return undefined;
  const column = text.slice(open + 1, start).split(',').length - 1;
  VALUES.lastIndex = close;
  if (!VALUES.test(text)) return undefined;
  const found: Assigned[] = [];
  const limit = Math.min(text.length, VALUES.lastIndex + MAX_ROWS_LENGTH);
  for (let at = VALUES.lastIndex, row = 0; row < MAX_ROWS && text[at] === '('; row++) {
    const next = readRow(text, at + 1, limit, column, found);
    const comma = /^\s{0,8},\s{0,8}(?=\()/.exec(text.slice(next, next + 20));
    if (comma === null) break;
    at = next + comma[0].length;
  }
  return found;
}

/** Reads one row; adds the literal in `column`. @returns the index behind the closing parenthesis */
function readRow(
  text: string,
  from: number,
  limit: number,
  column: number,
  found: Assigned[],
): number {
  let field = 0;
  let depth = 0;
  for (let at = from; at < limit; at++) {
    const character = text[at];
    if (character === "'" || character === '"') {
      const start = at + 1;
      at = stringEnd(text, start, character, Math.min(limit, start + MAX_STRING));
      if (field === column && !isPlaceholder(text.slice(start, at))) found.push({ start, end: at });
    } else if (character === ',' && depth === 0) field++;
    else if (character === '(') {
      if (++depth > MAX_DEPTH) return limit;
    } else if (character === ')' && depth-- === 0) return at + 1;
  }
  return limit;
}

function stringEnd(text: string, from: number, quote: string, limit: number): number {
  let at = from;
  while (at < limit) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at;
      at++;
    }
    at++;
  }
  return limit;
}
