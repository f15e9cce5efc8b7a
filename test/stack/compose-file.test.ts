/**
 * What docker-compose.yml promises, read from the file alone: no Docker needed. `npm run test:compose` runs it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { asArray, asRecord } from '../harness/json.ts';
import { findProgram, missingPrograms } from '../harness/programs.ts';
import { RECIPES, repositoryFile } from '../programs/recipes.ts';

const BASE = repositoryFile('docker-compose.yml');
const HARDENED = repositoryFile('docker-compose.hardened.yml');
/** The two that must be root, and the rights they ask for. */
const ROOT = new Map([
  ['init', ['CHOWN', 'DAC_OVERRIDE', 'FOWNER']],
  ['filelogs', ['DAC_READ_SEARCH']],
]);
const ORDER_RULES = [
  'service-keys-order',
  'services-alphabetical-order',
  'service-ports-alphabetical-order',
  'top-level-properties-order',
];

const file = asRecord(parse(readFileSync(BASE, 'utf8'), { merge: true, version: '1.1' }));
const services = Object.entries(asRecord(file['services'])).map(
  ([name, value]): [string, Record<string, unknown>] => [name, asRecord(value)],
);

describe.each(services)('service %s', (name, service) => {
  test('has an exact tag', () => {
    expect(service['image']).toMatch(/:v?\d+\.\d+\.\d+$/);
  });

  test('is no root but where it says why, read-only, without rights, with limits', () => {
    const rights = ROOT.get(name);
    const user = service['user'] ?? 'of the image';
    expect(user === '0:0').toBe(rights !== undefined);
    expect(service['cap_add']).toEqual(rights);
    expect(service['read_only']).toBe(true);
    expect(service['cap_drop']).toEqual(['ALL']);
    expect(service['security_opt']).toEqual(['no-new-privileges:true']);
    expect(service['mem_limit']).toMatch(/^\d+[mg]$/);
    expect(service['pids_limit']).toBe(256);
    expect(asRecord(asRecord(service['logging'])['options'])['max-size']).toBeDefined();
    expect(service['privileged']).toBeUndefined();
  });

  test('publishes on loopback only', () => {
    for (const port of asArray(service['ports'] ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('mounts files that are there, read-only', () => {
    for (const volume of asArray(service['volumes'] ?? [])) {
      const [source, options] =
        typeof volume === 'string'
          ? [volume.replace(/^\$\{\w+:-([^}]*)\}/, '$1').split(':')[0] ?? '', volume]
          : [
              String(asRecord(volume)['source']),
              asRecord(volume)['read_only'] === true ? ':ro' : '',
            ];
      if (!source.startsWith('.') && !isAbsolute(source)) continue;
      if (name !== 'init' || !source.includes('secrets')) expect(options, source).toMatch(/:ro$/);
      if (source.startsWith('./') && !source.startsWith('./secrets')) {
        expect(existsSync(repositoryFile(source)), source).toBe(true);
      }
    }
  });

  test('has no secret in its environment', () => {
    for (const [key, value] of Object.entries(asRecord(service['environment'] ?? {}))) {
      if (/PASSWORD|TOKEN|SECRET|KEY/.test(key))
        expect(String(value), key).toMatch(/^\/run\/secrets\//);
    }
  });
});

test('the versions are those that the tests run', () => {
  const images = services.map(([, service]) => String(service['image']));
  for (const recipe of RECIPES) {
    if (!/^(prometheus|otelcol|loki)$/.test(recipe.name)) continue;
    expect(
      images.some(
        (image) => image.endsWith(`:${recipe.version}`) || image.endsWith(`:v${recipe.version}`),
      ),
    ).toBe(true);
  }
});

test('the stores are on the internal network alone', () => {
  expect(asRecord(asRecord(file['networks'])['backend'])['internal']).toBe(true);
  for (const [name, service] of services) {
    if (!/^(prometheus|loki|tempo)$/.test(name)) continue;
    expect(service['networks'], name).toEqual(['backend']);
    expect(service['ports'], name).toBeUndefined();
  }
});

test('Prometheus of the hardened form differs in the job of the sink and in nothing else', () => {
  const read = (name: string): Record<string, unknown> =>
    asRecord(parse(readFileSync(repositoryFile(`prometheus/${name}`), 'utf8')));
  const jobs = (config: Record<string, unknown>): Record<string, unknown>[] =>
    asArray(config['scrape_configs']).map(asRecord);
  const [base, hardened] = [read('prometheus.yml'), read('prometheus.hardened.yml')];
  const other = jobs(hardened).map((job) => {
    if (job['job_name'] !== 'sink') return job;
    expect(job['scheme']).toBe('https');
    return Object.fromEntries(
      Object.entries(job).filter(([key]) => key !== 'scheme' && key !== 'tls_config'),
    );
  });
  expect({ ...hardened, scrape_configs: other }).toEqual(base);
});

test("compose's own loader takes both files", ({ skip }) => {
  const check = findProgram('compose-check');
  if (check === undefined) return skip(missingPrograms('compose-check'));
  for (const path of [BASE, HARDENED]) {
    const output = execFileSync(check, [path], { encoding: 'utf8', stdio: 'pipe' });
    expect(output).toContain('services:');
  }
});

test('dclint finds nothing but orders that we keep for the reader', () => {
  const dclint = repositoryFile('node_modules/dclint/bin/dclint.cjs');
  const rules = ORDER_RULES.flatMap((rule) => ['--disable-rule', rule]);
  const config = join(import.meta.dirname, '..', 'compose', 'dclint.json');
  execFileSync(
    process.execPath,
    [dclint, BASE, '--config', config, '--max-warnings', '0', ...rules],
    { encoding: 'utf8', stdio: 'pipe' },
  );
});
