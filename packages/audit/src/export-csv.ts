/**
 * Entries as CSV (RFC 4180): a header, CRLF behind each record, quotes where a cell holds a comma, a quote or a line break.
 *
 * A cell that a spreadsheet would take for a formula gets an apostrophe in front: names and payloads are chosen by peers.
 * That covers `=`, `+`, `-`, `@`, their full-width forms, a tab and a carriage return, also behind blanks (OWASP, CSV injection).
 */
import type { QueryRow } from './query.ts';

type Cell = string | number | undefined;

/** Columns in order. New ones come at the end. */
const COLUMNS: ReadonlyArray<readonly [name: string, cell: (row: QueryRow) => Cell]> = [
  ['time', ({ leaf }) => leaf.time],
  ['kind', ({ leaf }) => leaf.kind],
  ['action', ({ leaf }) => leaf.action],
  ['outcome', ({ leaf }) => leaf.outcome],
  ['target', ({ leaf }) => leaf.target],
  ['service', ({ leaf }) => leaf.service],
  ['actor', ({ leaf }) => leaf.actor],
  ['error', ({ leaf }) => leaf.error],
  ['duration_us', ({ leaf }) => leaf.us],
  ['trace', ({ leaf }) => leaf.trace],
  ['span', ({ leaf }) => leaf.span],
  ['class', ({ leaf }) => leaf.class],
  ['stream', ({ leaf }) => leaf.stream],
  ['seq', ({ leaf }) => leaf.seq],
  ['id', ({ leaf }) => leaf.id],
  ['log', ({ origin }) => origin],
  ['index', ({ index }) => index],
  ['sealed', ({ sealed }) => sealed],
  ['person', ({ payload }) => personOf(payload)],
  ['payload', ({ payload }) => (payload === undefined ? undefined : JSON.stringify(payload))],
];

const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r]/;

/** The first line, with its line break. */
export const CSV_HEADER: string = `${COLUMNS.map(([name]) => name).join(',')}\r\n`;

/** One entry, with its line break. */
export function csvLine(row: QueryRow): string {
  return `${COLUMNS.map(([, cell]) => csvCell(cell(row))).join(',')}\r\n`;
}

function csvCell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  if (value === undefined) return '';
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function personOf(payload: unknown): string | undefined {
  const person: unknown = Object(payload).person;
  return typeof person === 'string' ? person : undefined;
}
