/** Parts of docs/compatibility.md that runs write: each between its marks `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));

/** @throws Error when the document has lost its marks */
export function writeSection(name: string, content: string): void {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const text = readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no marks ${begin} ${end}`);
  writeFileSync(DOCUMENT, `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`);
}
