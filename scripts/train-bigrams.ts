/**
 * Makes the table of `packages/redaction/src/bigrams.ts`: how improbable each neighbour of a character is in what
 * people write. `node scripts/train-bigrams.ts` writes it into the file, `npm run format` wraps its lines.
 *
 * Sources: the type declarations, JavaScript and Markdown of `SOURCES` as `npm ci` installs them, so the same lockfile
 * makes the same table (a test compares). Every pair of neighbours of a file counts, once for each time it occurs.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Packages of the workspace's own dependencies, pinned, with much text and many names. */
const SOURCES = [
  '@types/node',
  'zod',
  'fast-check',
  'yaml',
  '@modelcontextprotocol/sdk',
  'protobufjs',
];
const MODULES = join(import.meta.dirname, '..', 'node_modules');
const TARGET = join(import.meta.dirname, '..', 'packages', 'redaction', 'src', 'bigrams.ts');
const CLASSES = 37;
/** Counted in for each pair: one that never occurs is rare, not impossible. */
const NEVER = 0.5;
/** 12 bits. */
const MAX_FIFTHS = 60;

/** The table: 37 rows of 37 characters, `#` for 0 and one code unit more for each fifth of a bit. */
export function trainedTable(): string {
  const counts = new Float64Array(CLASSES * CLASSES);
  for (const source of SOURCES)
    for (const path of filesUnder(join(MODULES, source))) count(readFileSync(path, 'utf8'), counts);
  let table = '';
  for (let row = 0; row < CLASSES; row++) {
    const own = counts.subarray(row * CLASSES, (row + 1) * CLASSES);
    const total = own.reduce((sum, n) => sum + n, NEVER * CLASSES);
    for (const n of own) {
      const fifths = Math.round(-5 * Math.log2((n + NEVER) / total));
      table += String.fromCharCode(35 + Math.min(MAX_FIFTHS, fifths));
    }
  }
  return table;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesUnder(path);
    return /(?<!\.min)\.(?:d\.[cm]?ts|[cm]?js|md)$/.test(entry.name) ? [path] : [];
  });
}

function count(text: string, counts: Float64Array): void {
  let before = classOf(text.charCodeAt(0));
  for (let i = 1; i < text.length; i++) {
    const next = classOf(text.charCodeAt(i));
    const pair = before * CLASSES + next;
    counts[pair] = (counts[pair] ?? 0) + 1;
    before = next;
  }
}

/** 0-25 letters without case, 26-35 digits, 36 the rest. */
function classOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  if (code >= 65 && code <= 90) return code - 65;
  return code >= 48 && code <= 57 ? code - 22 : 36;
}

if (process.argv[1] === import.meta.filename) {
  const lines = trainedTable().match(/[^]{1,74}/g) ?? [];
  const literal = lines.map((line) => `  ${JSON.stringify(line)}`).join(' +\n');
  const source = readFileSync(TARGET, 'utf8');
  writeFileSync(
    TARGET,
    source.replace(/(?<=\nexport const TABLE: string =\n)[^]*?(?=;\n\nlet bits)/, () => literal),
  );
}
