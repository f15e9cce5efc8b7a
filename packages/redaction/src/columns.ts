/**
 * Tables in text: the cells under a heading that is a sensitive name. Comma, semicolon, tab, colon or bar between the
 * cells (CSV, Markdown, psql, mysql, box drawing), JSON arrays a line, columns of fixed width, `COPY` dumps, HTML.
 *
 * The heading's line is at most 1,024 characters, the rows 16 KiB and 500 lines (I5).
 */
import { charset, runEnd, runStart, signBefore } from './charset.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import { isHumped } from './program-text.ts';
import type { Assigned } from './values.ts';
import { isIssued, isStrong } from './wordy.ts';

const MAX_LINE = 1_024;
const MAX_TEXT = 16_384;
const MAX_ROWS = 500;
const HEADING = /^[\s"'`*[\](]*[\p{L}_][\p{L}\d_ .()#/-]{0,40}[\s"'`*[\])]*$|^\s*$/u;
const RULE = /^[\s|+:=\-\u2500-\u257f]+$/;

/** The cells under the heading at `start..end`; `undefined` when it heads no column. */
export function columnValues(text: string, start: number, end: number): Assigned[] | undefined {
  // A heading has rows below it.
  const rest = text.slice(end, end + MAX_LINE);
  const newline = rest.indexOf('\n');
  if (newline < 0) return undefined;
  const before = lastSign(text, start);
  const after = firstSign(text, end);
  // Most names head nothing: `password = x`.
  if (!SIGNS.includes(before) && !SIGNS.includes(after) && !OFFSET.test(rest)) return undefined;
  const lead = text.slice(Math.max(0, start - MAX_LINE), start);
  const lineStart = start - lead.length + lead.lastIndexOf('\n') + 1;
  const lineEnd = end + newline;
  const line = text.slice(lineStart, lineEnd);
  for (const sign of SIGNS) {
    if (before !== sign && after !== sign) continue;
    // `user:password` alone: a line with a blank is one name and its value.
    if (sign === ':' && (/\s/.test(line.trimEnd()) || !/^user/i.test(line))) return undefined;
    // Of `||user||password||` the rows are written with one bar.
    const signs = sign === '|' && line.startsWith('||') ? '||' : sign;
    const cells = line.split(signs);
    if (cells.length < 2 || !cells.every((cell) => HEADING.test(cell))) return undefined;
    // A list in code: `'checkPin',` alone, or texts in single quotes that no bracket opens.
    if (sign === ',' && (cells[1]?.trim() === '' || CODE_LIST.test(line))) return undefined;
    const column = text.slice(lineStart, start).split(signs).length - 1;
    // All at once: a find moves the scan behind the rows, and with it behind the other headings.
    const columns = secretHeadings(cells, column);
    return belowSign(text, lineEnd + 1, sign, columns, cells.length);
  }
  if (line[0] === '#') return belowComment(text, line, lineEnd);
  if (!/(?:^|\n| {2})$/.test(lead) || !OFFSET.test(rest)) return undefined;
  return /\S {2,}\S/.test(line) && /^[A-Za-z_ ]+\r?$/.test(line)
    ? belowOffset(text, lineEnd + 1, secretOffsets(line, start - lineStart))
    : undefined;
}

const CODE_LIST = /^\s*'/;

/** No call, no member of anything. */
const PLAIN = /^[^.()=<>{}]*$/;

/** A column whose cells must go. */
interface Column {
  /** Its number, or where its cells begin. */
  readonly at: number;
  /** Headed `Secret`: it may hold the names of secrets. */
  readonly isNamed: boolean;
}

function columnOf(at: number, heading: string): Column {
  return { at, isNamed: /^\W*secrets?\W*$/i.test(heading) };
}

/** The columns under sensitive names, from the one at `first` on, which is one. */
function secretHeadings(cells: readonly string[], first: number): Column[] {
  return cells.flatMap((cell, i) =>
    i === first ||
    (i > first &&
      PLAIN.test(cell) &&
      classifyKey(cell.replace(/["'`*[\]]/g, '').trim()) === 'secret')
      ? [columnOf(i, cell)]
      : [],
  );
}

/** What stands behind a heading in columns of fixed width. */
const OFFSET = /^(?: {2}|\r?\n)/;
const SIGNS = [',', ';', '\t', '|', '\u2502', ':'];
const AROUND = charset(' "\'`*[]()');

function firstSign(text: string, from: number): string {
  return text[runEnd(AROUND, text, from, 40)] ?? '';
}

function lastSign(text: string, from: number): string {
  return signBefore(text, runStart(AROUND, text, from, 39)) ?? '';
}

function belowSign(
  text: string,
  from: number,
  sign: string,
  columns: readonly Column[],
  count: number,
): Assigned[] {
  const found: Assigned[] = [];
  eachLine(text, from, (line, at) => {
    if (RULE.test(line)) return true;
    const cells = cellsOf(line, sign);
    if (cells.length !== count && !(sign === ':' && cells.length > count)) return false;
    for (const { at: column, isNamed } of columns) {
      const offset = cells.slice(0, column).reduce((sum, cell) => sum + cell.length + 1, 0);
      const cell = sign === ':' ? line.slice(offset) : (cells[column] ?? '');
      add(found, cell, at + offset, isNamed);
    }
    return true;
  });
  return found;
}

/** The cells of a row; a sign inside quotes is part of a cell. */
function cellsOf(line: string, sign: string): readonly string[] {
  return line.includes('"') && (sign === ',' || sign === ';')
    ? (line.match(sign === ',' ? COMMA_CELLS : SEMICOLON_CELLS) ?? [])
    : line.split(sign);
}
const COMMA_CELLS = /(?<=^|,)(?:[ \t]*"(?:[^"]|"")*"[ \t]*(?=,|$)|[^,]*)/g;
const SEMICOLON_CELLS = /(?<=^|;)(?:[ \t]*"(?:[^"]|"")*"[ \t]*(?=;|$)|[^;]*)/g;

/** The columns of fixed width under sensitive names, from the one at `first` on, which is one. */
function secretOffsets(line: string, first: number): Column[] {
  const columns: Column[] = [];
  for (const match of line.slice(first).matchAll(/(?<=^| {2})\S{1,64}/g))
    if (match.index === 0 || classifyKey(match[0]) === 'secret')
      columns.push(columnOf(first + match.index, match[0]));
  return columns;
}

function belowOffset(text: string, from: number, columns: readonly Column[]): Assigned[] {
  const found: Assigned[] = [];
  eachLine(text, from, (line, at) => {
    if (RULE.test(line)) return true;
    for (const { at: offset, isNamed } of columns) {
      if (line.length <= offset || (offset > 0 && line[offset - 1] !== ' ')) return false;
      add(found, /^\S*/.exec(line.slice(offset))?.[0] ?? '', at + offset, isNamed);
    }
    return true;
  });
  return found;
}

/** The words of rows below a comment that names their columns: `# client  server  secret`, of which each is one word. */
function belowComment(text: string, line: string, end: number): Assigned[] {
  const headings = line
    .replace(/^#\s*/, '')
    .trimEnd()
    .split(/\t+| {2,}/);
  const columns = headings.flatMap((heading, i) =>
    classifyKey(heading) === 'secret' ? [columnOf(i, '')] : [],
  );
  const found: Assigned[] = [];
  if (headings.length < 3 || columns.length === 0) return found;
  eachLine(text, end + 1, (row, at) => {
    if (row === '' || row[0] === '#') return true;
    const words = [...row.matchAll(/"[^"]*"|\S+/g)];
    if (words.length > headings.length + 1) return false;
    for (const { at: place, isNamed } of columns) {
      const word = words[place];
      if (word !== undefined) add(found, word[0], at + word.index, isNamed);
    }
    return true;
  });
  return found;
}

function eachLine(text: string, from: number, see: (line: string, at: number) => boolean): void {
  const rows = text.slice(from, from + MAX_TEXT);
  let at = 0;
  for (let row = 0; row < MAX_ROWS && at < rows.length; row++) {
    const newline = rows.indexOf('\n', at);
    const end = newline < 0 ? rows.length : newline;
    if (!see(rows.slice(at, end).replace(/\r$/, ''), from + at)) return;
    at = end + 1;
  }
}

function add(found: Assigned[], cell: string, at: number, isNamed: boolean): void {
  const value = cell.replace(/^[\s"'`[]+/, '');
  const start = at + cell.length - value.length;
  const kept = value.replace(/[\s"'`\],;]+$/, '');
  if (/\s|REDACTED:/.test(kept) || isPlaceholder(kept) || isHumped(kept)) return;
  if (isNamed ? !isStrong(kept) : !isStrong(kept, true) && !isIssued(kept)) return;
  found.push({ start, end: start + kept.length });
}

/** The rows of `COPY t (a, token) FROM stdin;`, tab between the cells. */
export function copiedValues(text: string, start: number, end: number): Assigned[] | undefined {
  const lead = text.slice(Math.max(0, start - MAX_LINE), start);
  const open = lead.lastIndexOf('(');
  if (open < 0 || !/\bCOPY\s{1,4}[\w."]{1,128}\s{0,4}$/i.test(lead.slice(0, open)))
    return undefined;
  const rest = text.slice(end, end + MAX_LINE);
  const tail = /^[^)]{0,512}\)\s{1,4}FROM\s{1,4}stdin[^;\n]{0,80};[ \t]{0,4}\r?\n/i.exec(rest);
  if (tail === null) return undefined;
  const before = lead
    .slice(open + 1)
    .split(',')
    .slice(0, -1);
  const behind = (tail[0].split(')', 1)[0] ?? '').split(',').slice(1);
  const columns = secretHeadings([...before, '', ...behind], before.length);
  const count = before.length + 1 + behind.length;
  return belowSign(text, end + tail[0].length, '\t', columns, count);
}

/** The cells under `<th>password</th>`. */
export function htmlValues(text: string, start: number, end: number): Assigned[] | undefined {
  if (!/<t[hd][^<>]{0,80}>\s{0,4}$/i.test(text.slice(Math.max(0, start - 100), start)))
    return undefined;
  const lead = text.slice(Math.max(0, start - MAX_LINE), start);
  const row = lead.slice(lead.toLowerCase().lastIndexOf('<tr'));
  const column = row.split(/<t[hd]\b/i).length - 2;
  const rest = text.slice(end, end + MAX_TEXT);
  const behind =
    /^.{0,1024}?<\/tr>/is.exec(rest)?.[0].match(/(?<=<t[hd]\b[^<>]{0,80}>)[^<>]{0,64}/gi) ?? [];
  const headings = [...Array.from({ length: column + 1 }, () => ''), ...behind];
  const columns = secretHeadings(headings, column);
  const found: Assigned[] = [];
  for (const match of rest.matchAll(/<tr\b.{0,2048}?<\/tr>/gis)) {
    const cells = [...match[0].matchAll(/<td\b[^<>]{0,80}>([^<>]{0,512})/gi)];
    for (const { at, isNamed } of columns) {
      const cell = cells[at];
      if (cell === undefined) continue;
      const value = cell[1] ?? '';
      add(found, value, end + match.index + cell.index + cell[0].length - value.length, isNamed);
    }
  }
  return found.length === 0 ? undefined : found;
}
