/**
 * Writes `profiles/*.yaml` from `layers/*.yaml`, and `redaction.yaml` from the rules of `@mcp-logbook/redaction`.
 * Run by `npm run generate`; a test fails when a committed file is not what this would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './files.ts';

const root = new URL('../', import.meta.url);

for (const [name, text] of generatedFiles()) {
  const file = new URL(name, root);
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    // A new file.
  }
  if (before === text) continue;
  writeFileSync(file, text);
  process.stdout.write(`wrote otel-collector/${name}\n`);
}
