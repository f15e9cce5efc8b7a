/**
 * The PromQL alerts by Prometheus' own checker: the rule files are well formed, and each rule stays silent under its
 * limit, fires with exactly the expected words, and lets go again (`grafana/rules/test`, generated from the proofs).
 *
 * A story asks about one alert, but promtool evaluates every rule of the file at every step of it, most of a minute of
 * processor. So each story is played to its own rule alone; with MCP_LOGBOOK_FULL=1 to the files as they are.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { asArray, asRecord } from '../harness/json.ts';
import { findProgram, missingPrograms } from '../harness/programs.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { verifies } from '../requirements.ts';

verifies('M4.5');

const run = promisify(execFile);
const skipped = missingPrograms('promtool');
const TESTS = join(ROOT, 'grafana/rules/test');
const RULES = join(ROOT, 'grafana/rules/prometheus');
const FULL = process.env['MCP_LOGBOOK_FULL'] === '1';
const pieces = mkdtempSync(join(tmpdir(), 'mcp-logbook-rules-'));

afterAll(() => rmSync(pieces, { recursive: true, force: true }));

/** The stories of one file: one file for each alert, with its own rule alone; the file itself under `--full`. */
function storiesOf(name: string): readonly string[] {
  if (FULL) return [join(TESTS, name)];
  const file = asRecord(parse(readFileSync(join(TESTS, name), 'utf8')));
  const rules = asArray(file['rule_files']).flatMap((path) =>
    asArray(asRecord(parse(readFileSync(join(TESTS, String(path)), 'utf8')))['groups']).flatMap(
      (group) => asArray(asRecord(group)['rules']).map(asRecord),
    ),
  );
  const tests = new Map<string, object[]>();
  for (const test of asArray(file['tests']).map(asRecord)) {
    const looks = asArray(test['alert_rule_test']).map((look) => asRecord(look)['alertname']);
    const [alert, ...others] = new Set(looks.map(String));
    // A story that asked about two alerts could not be played to one.
    expect(others).toEqual([]);
    tests.set(String(alert), [...(tests.get(String(alert)) ?? []), test]);
  }
  return [...tests].map(([alert, own]) => {
    const chosen = rules.filter((rule) => rule['alert'] === alert);
    expect([alert, chosen.length]).toEqual([alert, 1]);
    const rule = `${alert}.rule.yml`;
    const path = join(pieces, `${name}-${alert}.yml`);
    writeFileSync(
      join(pieces, rule),
      stringify({ groups: [{ name: alert, rules: chosen }] }, { aliasDuplicateObjects: false }),
    );
    writeFileSync(
      path,
      stringify({ ...file, rule_files: [rule], tests: own }, { aliasDuplicateObjects: false }),
    );
    return path;
  });
}

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
      const stories = storiesOf(name);
      expect(stories.length).toBeGreaterThan(0);
      const said = await run(promtool, ['test', 'rules', ...stories], options).then(
        ({ stdout }) => stdout,
        (error: { stdout?: string; stderr?: string }) => `FAILED ${error.stdout} ${error.stderr}`,
      );
      expect(said).not.toContain('FAILED');
      expect(said.match(/SUCCESS/g)).toHaveLength(stories.length);
    },
    180_000,
  );
});
