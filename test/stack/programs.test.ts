/**
 * The programs that the other tests of the stack run are those that the recipes pin: a test that passes on some other
 * version shows nothing about the one that ships.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  findProgram,
  missingPrograms,
  requireProgram,
  type ProgramName,
} from '../harness/programs.ts';
import { holdLock } from '../programs/lock.ts';
import { RECIPES, binaryFolder, repositoryFile } from '../programs/recipes.ts';

/** The module that each binary is made of; Go writes the modules it linked, with version and hash, into the binary. */
const MODULES: Partial<Record<ProgramName, string>> = {
  prometheus: 'github.com/prometheus/prometheus v0.314.0',
  promtool: 'github.com/prometheus/prometheus v0.314.0',
  loki: 'github.com/grafana/loki/v3 v3.7.8',
  otelcol: 'go.opentelemetry.io/collector/otelcol v0.155.0',
  telemetrygen:
    'github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen v0.155.0',
  fsck: 'github.com/transparency-dev/tessera v1.0.4',
  verifier: 'golang.org/x/mod v0.37.0',
  'tessera-log': 'github.com/transparency-dev/tessera v1.0.4',
  'go-server': 'github.com/modelcontextprotocol/go-sdk v1.8.0',
  'compose-check': 'github.com/compose-spec/compose-go/v2 v2.16.2',
  'docker-compose': 'github.com/docker/compose/v5 v5.5.0',
};

/** Programs that can tell their version, and how they are asked. */
const ASK: Partial<Record<ProgramName, readonly string[]>> = {
  prometheus: ['--version'],
  promtool: ['--version'],
  loki: ['--version'],
  otelcol: ['--version'],
  'docker-compose': ['version', '--short'],
};

for (const recipe of RECIPES) {
  for (const name of Object.keys(recipe.binaries) as ProgramName[]) {
    const path = join(binaryFolder(recipe), name);
    const skipped = existsSync(path) ? '' : ` (${missingPrograms(name) ?? 'not from the cache'})`;
    test.skipIf(skipped !== '')(`${name} is the pinned version${skipped}`, () => {
      const [module, version] = MODULES[name]?.split(' ') ?? [];
      expect(readFileSync(path).includes(`${module}\t${version}\th1:`)).toBe(true);
      const question = ASK[name];
      if (question === undefined) return;
      const answer = execFileSync(path, question, { encoding: 'utf8', timeout: 60_000 });
      expect(answer).toContain(recipe.version);
    });
  }
}

test('the collector has every component of its manifest', ({ skip }) => {
  const missing = missingPrograms('otelcol');
  if (missing !== undefined) return skip(missing);
  const listed = execFileSync(requireProgram('otelcol'), ['components'], { encoding: 'utf8' });
  const manifest = readFileSync(repositoryFile('otel-collector/builder.yaml'), 'utf8');
  const modules = [...manifest.matchAll(/^ +- gomod: +(\S+ \S+)$/gm)].map(
    (match) => match[1] ?? '',
  );
  expect(modules.length).toBeGreaterThan(20);
  for (const module of modules) expect(listed).toContain(module);
  expect(listed, 'no configuration from a URL').not.toMatch(/https?provider/);
});

describe('finding and locking', () => {
  let folder: string;
  let before: string | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'programs-'));
    before = process.env['LOKI_BIN'];
  });
  afterEach(() => {
    if (before === undefined) delete process.env['LOKI_BIN'];
    else process.env['LOKI_BIN'] = before;
    rmSync(folder, { recursive: true });
  });

  test('a program that the environment names wins, and one that cannot run is an error', () => {
    const path = join(folder, 'my-loki');
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
    process.env['LOKI_BIN'] = path;
    expect(findProgram('loki')).toBe(path);
    process.env['LOKI_BIN'] = join(folder, 'nothing');
    expect(() => findProgram('loki')).toThrow(/LOKI_BIN names ".*nothing"/);
  });

  test('the lock waits for a living owner and takes over from a dead one', async () => {
    const path = join(folder, 'lock');
    const said: string[] = [];
    const release = await holdLock(path, (line) => said.push(line));
    let second = false;
    const waiting = holdLock(path, (line) => said.push(line)).then((free) => {
      second = true;
      free();
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(second).toBe(false);
    release();
    await waiting;
    expect(said).toEqual([`waiting for the build of process ${process.pid}`]);

    const dead = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    writeFileSync(path, dead);
    (await holdLock(path, (line) => said.push(line)))();
    expect(said).toHaveLength(1);
  });
});
