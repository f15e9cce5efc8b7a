/** Parts of docs/compatibility.md that runs write: each between its marks `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));

/**
 * Writes a part: the day and what is said of it, then the table, a line an element.
 * @throws Error when the document has lost its marks
 */
export function writeSection(name: string, note: string, table: readonly string[]): void {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const text = readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no marks ${begin} ${end}`);
  const content = `Run on ${new Date().toISOString().slice(0, 10)}, ${note}\n\n${table.join('\n')}`;
  writeFileSync(DOCUMENT, `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`);
}

/** `3 of 4 <what> seen whole and unchanged.` */
export function seenOf(all: readonly boolean[], what: string): string {
  return `${all.filter(Boolean).length} of ${all.length} ${what} seen whole and unchanged.`;
}

/** A cell of such a table. */
export function yesOrNo(good: boolean): string {
  return good ? 'yes' : '**no**';
}
