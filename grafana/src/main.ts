/**
 * `npm run generate`, this package's part: writes every generated file and removes stale ones from the folders that
 * hold nothing else. Writes only what differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GENERATED_FOLDERS, outputs } from './outputs.ts';

/** `grafana/`, from `src/` and `dist/` alike. */
const root = join(import.meta.dirname, '..');

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const files = outputs();
const wanted = new Set(files.map(({ path }) => path));
for (const { path, text } of files) {
  const full = join(root, path);
  if (textOf(full) === text) continue;
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  process.stderr.write(`wrote grafana/${path}\n`);
}
for (const folder of GENERATED_FOLDERS) {
  const full = join(root, folder);
  mkdirSync(full, { recursive: true });
  for (const name of readdirSync(full)) {
    if (wanted.has(`${folder}/${name}`)) continue;
    rmSync(join(full, name), { recursive: true });
    process.stderr.write(`removed grafana/${folder}/${name}\n`);
  }
}
