/**
 * The PromQL alerts by Prometheus' own checker: the rule files are well formed, and each rule stays silent under its
 * limit, fires with exactly the expected words, and lets go again (`grafana/rules/test`, generated from the proofs).
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findProgram, missingPrograms } from '../harness/programs.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { verifies } from '../requirements.ts';

verifies('M4.5');

const run = promisify(execFile);
const skipped = missingPrograms('promtool');
const TESTS = join(ROOT, 'grafana/rules/test');
const RULES = join(ROOT, 'grafana/rules/prometheus');

describe.skipIf(skipped !== undefined)(`PromQL alerts, ${skipped ?? 'by promtool'}`, () => {
  const promtool = findProgram('promtool') ?? '';

  it('rule files have no mistake', async () => {
    const files = readdirSync(RULES).map((name) => join(RULES, name));
    const { stdout } = await run(promtool, ['check', 'rules', ...files]);
    expect(stdout.match(/SUCCESS/g)).toHaveLength(files.length);
    expect(stdout).not.toContain('FAILED');
  });

  // One test for each file, all at once: the story of a day costs seconds, and a failure should name its file.
  it.concurrent.each(readdirSync(TESTS))(
    'every rule of %s is silent under its limit, fires, and resolves',
    async (name) => {
      const options = { maxBuffer: 16 * 1024 * 1024 };
      const said = await run(promtool, ['test', 'rules', join(TESTS, name)], options).then(
        ({ stdout }) => stdout,
        (error: { stdout?: string; stderr?: string }) => `FAILED ${error.stdout} ${error.stderr}`,
      );
      expect(said).not.toContain('FAILED');
      expect(said).toContain('SUCCESS');
    },
    180_000,
  );
});
