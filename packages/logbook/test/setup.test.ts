/** The entry about what a process records with: complete, the same for the same set-up, without anything secret (I5). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openReader } from '@mcp-logbook/audit';
import { readConfig } from '../src/config.ts';
import { LazyLogbook } from '../src/lazy-logbook.ts';
import { setupEntry } from '../src/setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'logbook-setup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const configOf = (env: Record<string, string>) => readConfig(env, () => {});
const digestOf = (env: Record<string, string>): unknown =>
  Object(setupEntry(configOf(env)).payload)['digest'];

test('a log begins with the set-up of each process that opens it, behind its start', () => {
  const config = configOf({
    MCP_LOGBOOK_DIR: folder,
    MCP_LOGBOOK_MODE: 'strict',
    MCP_LOGBOOK_SIDES: 'both',
  });
  for (const n of [1, 2]) {
    const log = new LazyLogbook(config, undefined, 'shop', () => setupEntry(config));
    log.record({ kind: 'auth.login', payload: { n } });
    log.close();
  }
  const reader = openReader(folder);
  const rows = reader.query({ limit: 20 }).toReversed();
  reader.close();
  expect(rows.map(({ leaf }) => leaf.kind)).toEqual([
    'log.genesis',
    'log.started',
    'config.changed',
    'auth.login',
    'log.stopped',
    'log.started',
    'config.changed',
    'auth.login',
    'log.stopped',
  ]);
  const [first, second] = rows.filter(({ leaf }) => leaf.kind === 'config.changed');
  expect(first?.leaf).toMatchObject({ action: 'start', target: 'setup', outcome: 'success' });
  expect(first?.payload).toMatchObject({
    item: 'setup',
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    setup: { mode: 'strict', sides: 'both', identity: 'pseudonym', node: process.version },
  });
  expect(second?.payload).toEqual(first?.payload);
});

test.each([
  ['mode', { MCP_LOGBOOK_MODE: 'best-effort' }],
  ['capture', { MCP_LOGBOOK_CAPTURE: 'secret_*=none,*=arguments' }],
  ['capture of spans', { MCP_LOGBOOK_CAPTURE_SPANS: 'full' }],
  ['sides', { MCP_LOGBOOK_SIDES: 'client' }],
  ['identity', { MCP_LOGBOOK_IDENTITY: 'plain' }],
  ['root secret', { MCP_LOGBOOK_PASSPHRASE_FILE: '/etc/pass' }],
  ['retention', { MCP_LOGBOOK_RETENTION: 'hipaa' }],
  ['audit port', { MCP_LOGBOOK_AUDIT_ENDPOINT: 'http://127.0.0.1:4320' }],
  ['alerts', { MCP_LOGBOOK_ALERT_URL: 'http://127.0.0.1:1' }],
  ['proxies', { MCP_LOGBOOK_TRUST_PROXY: 'true' }],
  ['telemetry', { OTEL_SDK_DISABLED: 'true' }],
])('another %s is another digest', (_, env) => {
  expect(digestOf(env)).not.toBe(digestOf({}));
  expect(digestOf(env)).toBe(digestOf({ ...env }));
});

test('no address, path or argument stands in it', () => {
  const text = JSON.stringify(
    setupEntry(
      configOf({
        MCP_LOGBOOK_DIR: '/canary/dir',
        MCP_LOGBOOK_KEY_FILE: '/canary/key',
        MCP_LOGBOOK_KEY_COMMAND: '/canary/command',
        MCP_LOGBOOK_CHECKPOINT_COPY: '/canary/copy',
        MCP_LOGBOOK_ALERT_URL: 'https://hooks.example/canary',
        MCP_LOGBOOK_AUDIT_ENDPOINT: 'https://user:canary@sink.example',
        MCP_LOGBOOK_AUDIT_TOKEN_FILE: '/canary/token',
      }),
    ),
  );
  expect(text).not.toContain('canary');
  expect(text).not.toContain(process.argv[1]);
});
