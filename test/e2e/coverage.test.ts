/**
 * The gate between requirements and tests: reads the sources of all tests and compares their citations with the list.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../harness/process.ts';
import { REQUIREMENTS } from '../requirements.ts';

const CITATION = /\bverifies\(([^)]*)\)/g;

function citedIds(): Map<string, string[]> {
  const cited = new Map<string, string[]>();
  for (const folder of [testFolder, join(testFolder, '..', 'packages')]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || !entry.name.endsWith('.test.ts')) continue;
      if (path.includes('node_modules') || path.includes('/dist/')) continue;
      for (const [, list = ''] of readFileSync(path, 'utf8').matchAll(CITATION)) {
        for (const [, id = ''] of list.matchAll(/'([MW]\d+\.\d+)'/g)) {
          cited.set(id, [...(cited.get(id) ?? []), entry.name]);
        }
      }
    }
  }
  return cited;
}

test('every requirement is cited by at least one test', () => {
  const cited = citedIds();
  expect(Object.keys(REQUIREMENTS).filter((id) => !cited.has(id))).toEqual([]);
});

test('every citation names a requirement', () => {
  const unknown = [...citedIds()].filter(([id]) => !Object.hasOwn(REQUIREMENTS, id));
  expect(unknown).toEqual([]);
});
