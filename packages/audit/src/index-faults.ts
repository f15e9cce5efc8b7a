/** What the tables of an `index.db` (index-db.ts) say against each other, whatever the log says. */
import { type Database, strangeSchema } from './sqlite.ts';

/** Columns of an entry that are numbers of words. */
const WORDS = ['kind', 'outcome', 'service', 'target', 'actor', 'segment'];

/** Names in a term of 16 bytes each that are of nobody, and names too many. */
const PEOPLE = `
SELECT (SELECT count(*) FROM person_term t LEFT JOIN person p ON p.id = t.person
          WHERE p.id IS NULL OR instr(p.terms, t.term) = 0)
     + abs((SELECT coalesce(sum(length(terms)), 0) FROM person) - 16 * (SELECT count(*) FROM person_term)) AS n`;

/**
 * Rows that no entry refers to: an index only grows, and each was made for an entry. One that is missing is seen where its
 * entry is compared.
 */
const UNUSED = `
SELECT abs((SELECT count(*) FROM person) - (SELECT count(DISTINCT person) FROM entry))
     + abs((SELECT count(*) FROM session) - (SELECT count(DISTINCT session) FROM entry))
     + abs((SELECT count(*) FROM word) - (SELECT count(word) FROM (
         ${WORDS.map((column) => `SELECT ${column} AS word FROM entry`).join(' UNION ')})))
     + (SELECT count(*) FROM meta WHERE name NOT IN ('version', 'check', 'state')) AS n`;

/**
 * @param schema what its tables and indexes are made with
 * @returns undefined when they agree
 */
export function indexFaults(database: Database, schema: string): string | undefined {
  const count = (sql: string): unknown => database.prepare(sql).get()?.['n'];
  try {
    const check = database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
    if (check !== 'ok') return 'its tables and indexes differ';
    const strange = strangeSchema(database, schema);
    if (strange !== undefined) return `"${strange}" is none of its tables`;
    if (count(PEOPLE) !== 0) return 'the names of its people differ';
    return count(UNUSED) === 0 ? undefined : 'it has rows that belong to no entry';
  } catch {
    return 'it cannot be read';
  }
}
