/**
 * The benches in their quick form: each prints every row of the table with a figure, and writes the same as
 * JSON.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { asArray, asRecord } from '../harness/json.ts';
import { testFolder } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { verifies } from '../requirements.ts';

verifies('M3.9', 'M5.6', 'M6.6');

afterAll(removeSandboxes);

test('npm run bench prints the table, one figure a row, and writes JSON', () => {
  const table = runBench('main.ts', 'bench');
  expect(table.rows).toBeGreaterThanOrEqual(7);
  for (const words of [
    'blocking',
    'stdio',
    'start-up',
    'memory',
    'verify',
    'sdk 2: cpu',
    'stdio, sdk 2',
    'server of sdk 2',
  ]) {
    expect(table.text).toContain(words);
  }
  expect(table.text).toMatch(
    /of it redaction[^\n]* [+-]?[\d.]+ us main \(the call [\d.]+ us before, [\d.]+ us after\)/,
  );
}, 200_000);

test('npm run bench:logbook does the same for the logbook', () => {
  const table = runBench('logbook.ts', 'bench-logbook');
  expect(table.rows).toBe(11);
  for (const words of [
    'append',
    'fdatasync',
    'strict',
    'keyless',
    '--deep',
    'query',
    'size',
    'archive',
    'open',
    'grows',
  ]) {
    expect(table.text).toContain(words);
  }
}, 200_000);

/** Runs it in a folder of its own, and holds its table against its JSON. */
function runBench(file: string, name: string): { readonly rows: number; readonly text: string } {
  const sandbox = aSandbox();
  const run = spawnSync(process.execPath, [join(testFolder, 'bench', file), '--quick'], {
    cwd: sandbox.root,
    env: { PATH: process.env['PATH'] ?? '' },
    encoding: 'utf8',
    timeout: 180_000,
  });
  expect(run.status, run.stderr).toBe(0);
  const json = asRecord(
    JSON.parse(readFileSync(join(sandbox.root, '.bench', `${name}.json`), 'utf8')),
  );
  const rows = asArray(json['rows']).map(asRecord);
  for (const row of rows) {
    expect(run.stdout).toContain(`| ${JSON.stringify(row['what']).slice(1, -1)} |`);
    for (const value of Object.values(asRecord(row['values']))) {
      expect(Number.isFinite(value)).toBe(true);
    }
  }
  return { rows: rows.length, text: run.stdout.toLowerCase() };
}
