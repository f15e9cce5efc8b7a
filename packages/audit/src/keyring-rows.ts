/**
 * The tables of a log's `keys.db`, and what binds each wrapped value to its row: the row's other columns are additional
 * data of the cipher. keyring.ts tells what the tables are for.
 */

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS subject (lookup BLOB PRIMARY KEY, actor TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS period (class TEXT NOT NULL, month TEXT NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (class, month)) STRICT;
CREATE TABLE IF NOT EXISTS hold (actor TEXT PRIMARY KEY, since TEXT NOT NULL, authority BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS erasure (actor TEXT PRIMARY KEY, state INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS retired (master INTEGER PRIMARY KEY) STRICT;
`;

/** What `meta` may hold. */
export const META_NAMES: readonly string[] = ['lookup', 'master', 'rotating'];

/** Additional data of a row; the second is that of keyrings from before all of the row was in it. */
type Place = readonly [now: string, before?: string];

export function subjectPlace(row: Record<string, unknown>): Place {
  const actor = String(row['actor']);
  const lookup = Buffer.from(bytes(row['lookup'])).toString('base64url');
  return [`subject ${actor} ${lookup}`, `subject ${actor}`];
}

export function holdPlace(row: Record<string, unknown>): Place {
  const actor = String(row['actor']);
  return [`hold ${actor} ${String(row['since'])}`, `hold ${actor}`];
}

/** What is wrapped, and where: rows without a place are not. */
export const WRAPPED: readonly {
  readonly table: string;
  readonly column: string;
  readonly place: (row: Record<string, unknown>) => Place | readonly [];
}[] = [
  {
    table: 'meta',
    column: 'value',
    place: ({ name }) => (name === 'lookup' ? ['meta lookup'] : []),
  },
  { table: 'subject', column: 'wrapped', place: subjectPlace },
  {
    table: 'period',
    column: 'wrapped',
    place: ({ class: name, month }) => [`period ${String(name)} ${String(month)}`],
  },
  { table: 'hold', column: 'authority', place: holdPlace },
];

/** A BLOB column. */
export function bytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
