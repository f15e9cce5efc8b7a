/**
 * The bench in its quick form: it prints every row of the table with a figure, and writes the same as JSON.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { asArray, asRecord } from '../harness/json.ts';
import { testFolder } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { verifies } from '../requirements.ts';

verifies('M3.9');

afterAll(removeSandboxes);

test('npm run bench prints the table, one figure a row, and writes JSON', () => {
  const sandbox = aSandbox();
  const run = spawnSync(process.execPath, [join(testFolder, 'bench', 'main.ts'), '--quick'], {
    cwd: sandbox.root,
    env: { PATH: process.env['PATH'] ?? '' },
    encoding: 'utf8',
    timeout: 180_000,
  });
  expect(run.status, run.stderr).toBe(0);
  const json = asRecord(
    JSON.parse(readFileSync(join(sandbox.root, '.bench', 'bench.json'), 'utf8')),
  );
  const rows = asArray(json['rows']).map(asRecord);
  expect(rows.length).toBeGreaterThanOrEqual(7);
  for (const row of rows) {
    expect(run.stdout).toContain(`| ${JSON.stringify(row['what']).slice(1, -1)} |`);
    for (const value of Object.values(asRecord(row['values']))) {
      expect(Number.isFinite(value)).toBe(true);
    }
  }
  for (const words of ['blocking', 'stdio', 'start-up', 'memory', 'verify']) {
    expect(run.stdout.toLowerCase()).toContain(words);
  }
}, 200_000);
