/** The optional SDK: what it may not do to stdout, and what is said when it is missing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasOwnSdk } from '../src/backend.ts';
import { startFullSdk } from '../src/full-sdk.ts';

const sdk = { shutdown: () => Promise.resolve() };

test('a missing package is one line that says what to install', () => {
  const warnings: string[] = [];
  const started = startFullSdk(
    'grpc',
    {},
    (_, line) => warnings.push(line),
    () => {
      throw new Error('not found');
    },
  );
  expect(started).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining('npm install @opentelemetry/sdk-node')]);
});

test('the SDK cannot put its own logger over ours', () => {
  const set: unknown[] = [];
  const diag = { setLogger: (logger: unknown) => set.push(logger) > 0 };
  const load = (name: string): unknown =>
    name === '@opentelemetry/api'
      ? { diag }
      : {
          startNodeSdk: () => {
            diag.setLogger('console');
            return sdk;
          },
        };
  expect(startFullSdk('grpc', {}, () => {}, load)).toBe(sdk);
  expect(set).toHaveLength(1);
  expect(set).not.toContain('console');
});

test('console is hidden from the SDK while it starts, and only then', () => {
  const env: Record<string, string | undefined> = {
    OTEL_TRACES_EXPORTER: 'zipkin,console',
    OTEL_LOGS_EXPORTER: 'console',
  };
  const before = { ...env };
  let seen: unknown;
  const load = (name: string): unknown =>
    name === '@opentelemetry/api'
      ? { diag: { setLogger: () => true } }
      : {
          startNodeSdk: () => {
            seen = { ...env };
            return sdk;
          },
        };
  startFullSdk('exporter "zipkin"', env, () => {}, load);
  expect(seen).toMatchObject({ OTEL_TRACES_EXPORTER: 'zipkin', OTEL_LOGS_EXPORTER: 'none' });
  expect(env).toEqual(before);
});

test('a configuration file with a console exporter is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logbook-sdk-'));
  const path = join(folder, 'otel.yaml');
  writeFileSync(
    path,
    'tracer_provider:\n  processors:\n    - simple:\n        exporter:\n          console:\n',
  );
  const warnings: string[] = [];
  const load = (): never => {
    throw new Error('must not be asked');
  };
  const env = { OTEL_CONFIG_FILE: path };
  expect(startFullSdk(path, env, (_, line) => warnings.push(line), load)).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining('stdout')]);
  rmSync(folder, { recursive: true });
});

test.each([
  ['nothing', undefined, false],
  ['an API without a provider', { version: '1.10.0' }, false],
  ['a provider', { version: '1.10.0', trace: {} }, true],
  ['a provider of an API too old for ours', { version: '1.9.1', trace: {} }, false],
])('%s is an SDK of the program: %s', (_, api, expected) => {
  expect(hasOwnSdk({ [Symbol.for('opentelemetry.js.api.1')]: api })).toBe(expected);
});
