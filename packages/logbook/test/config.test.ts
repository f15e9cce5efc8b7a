/** Configuration: each variable with a good and a bad value, the file, and what makes the network silent. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig, type Config } from '../src/config.ts';
import { trusts } from '../src/trusted-proxies.ts';

const folder = mkdtempSync(join(tmpdir(), 'logbook-config-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(env: Record<string, string>): { config: Config; warnings: string[] } {
  const warnings: string[] = [];
  const config = readConfig(env, (_, message) => warnings.push(message));
  return { config, warnings };
}

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('an empty environment', () => {
  test('means blocking, full capture, nothing on spans, pseudonyms, the server side, no network', () => {
    const { config, warnings } = read({});
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      mode: 'blocking',
      capture: [{ glob: '*', level: 'full' }],
      captureSpans: [{ glob: '*', level: 'none' }],
      sides: 'server',
      identity: 'pseudonym',
      trustProxy: false,
      sdkDisabled: false,
      fullSdk: undefined,
      dir: undefined,
    });
    expect(config.rows.exporters).toEqual({ traces: [], logs: [], metrics: [] });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('an empty variable counts as unset', () => {
    expect(read({ MCP_LOGBOOK_MODE: '', OTEL_TRACES_SAMPLER: ' ' })).toEqual(read({}));
  });
});

const GOOD: readonly (readonly [string, string, (config: Config) => unknown, unknown])[] = [
  ['MCP_LOGBOOK_DIR', 'logs', (c) => c.dir, 'logs'],
  ['MCP_LOGBOOK_MODE', 'strict', (c) => c.mode, 'strict'],
  ['MCP_LOGBOOK_MODE', 'Best-Effort', (c) => c.mode, 'best-effort'],
  ['MCP_LOGBOOK_CAPTURE', 'metadata', (c) => c.capture, [{ glob: '*', level: 'metadata' }]],
  [
    'MCP_LOGBOOK_CAPTURE',
    'get_*=full, *=none',
    (c) => c.capture,
    [
      { glob: 'get_*', level: 'full' },
      { glob: '*', level: 'none' },
    ],
  ],
  ['MCP_LOGBOOK_CAPTURE_SPANS', 'full', (c) => c.captureSpans, [{ glob: '*', level: 'full' }]],
  ['MCP_LOGBOOK_SIDES', 'both', (c) => c.sides, 'both'],
  ['MCP_LOGBOOK_IDENTITY', 'none', (c) => c.identity, 'none'],
  ['MCP_LOGBOOK_KEY_FILE', 'k', (c) => c.keyFile, 'k'],
  ['MCP_LOGBOOK_PASSPHRASE_FILE', 'p', (c) => c.passphraseFile, 'p'],
  ['MCP_LOGBOOK_KEY_COMMAND', 'vault key', (c) => c.keyCommand, 'vault key'],
  ['MCP_LOGBOOK_PSEUDONYM_KEY_FILE', 'f', (c) => c.pseudonymKeyFile, 'f'],
  ['MCP_LOGBOOK_VERIFY_EVERY', '2.5', (c) => c.verifyEveryMs, 2500],
  ['MCP_LOGBOOK_CHECKPOINT_COPY', '/mnt/kept.jsonl', (c) => c.checkpointCopy, '/mnt/kept.jsonl'],
  ['MCP_LOGBOOK_RETENTION', 'HIPAA', (c) => c.retentionDays, 2192],
  ['MCP_LOGBOOK_RETENTION', '400d', (c) => c.retentionDays, 400],
  ['MCP_LOGBOOK_SHIPPED_DAYS', '3', (c) => c.shippedDays, 3],
  ['MCP_LOGBOOK_SHIPPED_DAYS', 'Never', (c) => c.shippedDays, undefined],
  ['MCP_LOGBOOK_TRUST_PROXY', 'true', (c) => c.trustProxy, true],
  ['MCP_LOGBOOK_TRUST_PROXY', '10.0.0.0/8,::1', (c) => c.trustProxy, ['10.0.0.0/8', '::1']],
  [
    'MCP_LOGBOOK_AUDIT_ENDPOINT',
    'https://collector:4320',
    (c) => c.ship,
    {
      endpoint: 'https://collector:4320',
      tokenFile: undefined,
      recipient: undefined,
      certificate: undefined,
      clientKey: undefined,
      clientCertificate: undefined,
    },
  ],
  ['OTEL_SERVICE_NAME', 'shop', (c) => c.serviceName, 'shop'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=b,service.name=my%20shop', (c) => c.serviceName, 'my shop'],
  ['OTEL_TRACES_SAMPLER', 'traceidratio', (c) => c.rows.sampler, 'traceidratio'],
  ['OTEL_TRACES_SAMPLER_ARG', '0.25', (c) => c.rows.samplerRatio, 0.25],
  [
    'OTEL_PROPAGATORS',
    'baggage',
    (c) => c.rows.propagators,
    { traceContext: false, baggage: true },
  ],
  ['OTEL_BSP_SCHEDULE_DELAY', '50', (c) => c.rows.spans.delayMs, 50],
  [
    'OTEL_BLRP_MAX_QUEUE_SIZE',
    '9',
    (c) => c.rows.logRecords,
    { delayMs: 1_000, queueSize: 9, batchSize: 9 },
  ],
  ['OTEL_METRIC_EXPORT_INTERVAL', '500', (c) => c.rows.metricIntervalMs, 500],
  ['OTEL_METRIC_EXPORT_TIMEOUT', '400', (c) => c.rows.metricTimeoutMs, 400],
  ['OTEL_LOG_LEVEL', 'DEBUG', (c) => c.rows.logLevel, 'debug'],
  ['OTEL_SDK_DISABLED', 'true', (c) => c.sdkDisabled, true],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf', (c) => c.rows.protocols.logs, 'http/protobuf'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', (c) => c.fullSdk, 'grpc'],
  ['OTEL_TRACES_EXPORTER', 'zipkin', (c) => c.fullSdk, 'exporter "zipkin"'],
  ['OTEL_CONFIG_FILE', 'otel.yaml', (c) => c.fullSdk, 'otel.yaml'],
  ['OTEL_LOGS_EXPORTER', 'console', (c) => c.rows.exporters.logs, ['console']],
];

test.each(GOOD)('%s=%s is taken without a word', (name, value, pick, expected) => {
  const { config, warnings } = read({ ...ENDPOINT, [name]: value });
  expect(warnings).toEqual([]);
  const found = pick(config);
  // `grpc` stands alone or inside a sentence.
  if (expected === 'grpc') expect(found).toContain('grpc');
  else expect(found).toEqual(expected);
});

const BAD: readonly (readonly [string, string])[] = [
  ['MCP_LOGBOOK_MODE', 'fast'],
  ['MCP_LOGBOOK_CAPTURE', 'a=all'],
  ['MCP_LOGBOOK_CAPTURE_SPANS', 'some'],
  ['MCP_LOGBOOK_SIDES', 'left'],
  ['MCP_LOGBOOK_RETENTION', '0d'],
  ['MCP_LOGBOOK_SHIPPED_DAYS', '0'],
  ['MCP_LOGBOOK_IDENTITY', 'full'],
  ['MCP_LOGBOOK_TRUST_PROXY', 'example.org'],
  ['MCP_LOGBOOK_AUDIT_ENDPOINT', 'ftp://user:secret@collector'],
  ['MCP_LOGBOOK_AUDIT_ENDPOINT', 'collector:4320'],
  ['OTEL_TRACES_SAMPLER', 'random'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ['OTEL_BSP_SCHEDULE_DELAY', '-1'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', 'many'],
  ['OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', '0'],
  ['OTEL_METRIC_EXPORT_INTERVAL', 'NaN'],
  ['OTEL_LOG_LEVEL', 'loud'],
  ['OTEL_SDK_DISABLED', 'yes'],
];

test.each(BAD)(
  '%s=%s is one line that names it and not the value; the default stays',
  (name, value) => {
    const { config, warnings } = read({ [name]: value });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(name);
    expect(warnings[0]).toContain('keeping');
    expect(warnings[0]).not.toContain('secret');
    expect(config).toEqual(read({}).config);
  },
);

test('an endpoint of one signal switches on that signal only', () => {
  const { config } = read({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:4318/v1/logs' });
  expect(config.rows.exporters).toEqual({ traces: [], logs: ['otlp'], metrics: [] });
});

test('the audit port takes its credentials from files named by variables', () => {
  const names = ['TOKEN_FILE', 'RECIPIENT', 'CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'];
  const files = Object.fromEntries(names.map((name) => [`MCP_LOGBOOK_AUDIT_${name}`, `/${name}`]));
  expect(
    read({ MCP_LOGBOOK_AUDIT_ENDPOINT: 'http://localhost:4320', ...files }).config.ship,
  ).toEqual({
    endpoint: 'http://localhost:4320',
    tokenFile: '/TOKEN_FILE',
    recipient: '/RECIPIENT',
    certificate: '/CERTIFICATE',
    clientKey: '/CLIENT_KEY',
    clientCertificate: '/CLIENT_CERTIFICATE',
  });
  expect(read(files).config.ship).toBeUndefined();
});

test('a disabled SDK has no exporter and asks for no package, whatever else is set', () => {
  const { config } = read({
    ...ENDPOINT,
    OTEL_SDK_DISABLED: 'true',
    OTEL_TRACES_EXPORTER: 'zipkin',
  });
  expect(config.rows.exporters).toEqual({ traces: [], logs: [], metrics: [] });
  expect(config.fullSdk).toBeUndefined();
  expect(config.mode).toBe('blocking');
});

describe('the file of MCP_LOGBOOK_CONFIG', () => {
  const path = join(folder, 'config.json');

  test('gives what the environment leaves open', () => {
    writeFileSync(path, JSON.stringify({ MCP_LOGBOOK_MODE: 'off', MCP_LOGBOOK_SIDES: 'both' }));
    const { config } = read({ MCP_LOGBOOK_CONFIG: path, MCP_LOGBOOK_MODE: 'strict' });
    expect([config.mode, config.sides]).toEqual(['strict', 'both']);
  });

  test.each([
    ['no JSON', '{"MCP_LOGBOOK_MODE": "sesame'],
    ['no object', '[1]'],
  ])('with %s in it is one line that quotes nothing of it', (_, text) => {
    writeFileSync(path, text);
    const { config, warnings } = read({ MCP_LOGBOOK_CONFIG: path });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('sesame');
    expect(config).toEqual(read({}).config);
  });

  test('cannot switch the network on: exporters read their endpoint from the environment', () => {
    writeFileSync(path, JSON.stringify(ENDPOINT));
    expect(read({ MCP_LOGBOOK_CONFIG: path }).config.rows.exporters.traces).toEqual([]);
  });

  test('has a schema whose defaults are the defaults', () => {
    const schema = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', 'src', 'config.schema.json'), 'utf8'),
    ) as { properties: Record<string, { default?: unknown; enum?: unknown[] }> };
    const defaults = Object.entries(schema.properties).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    expect(defaults.length).toBeGreaterThan(4);
    writeFileSync(path, JSON.stringify(Object.fromEntries(defaults)));
    const { config, warnings } = read({ MCP_LOGBOOK_CONFIG: path });
    expect(warnings).toEqual([]);
    expect(config).toEqual(read({}).config);
  });

  test('may list levels, first match wins; the environment wins over it', () => {
    const list = [
      { glob: 'vault_*', level: 'none' },
      { glob: '*', level: 'metadata' },
    ];
    writeFileSync(path, JSON.stringify({ MCP_LOGBOOK_CAPTURE: list }));
    expect(read({ MCP_LOGBOOK_CONFIG: path }).config.capture).toEqual(list);
    expect(read({ MCP_LOGBOOK_CONFIG: path, MCP_LOGBOOK_CAPTURE: 'full' }).config.capture).toEqual([
      { glob: '*', level: 'full' },
    ]);
    writeFileSync(path, JSON.stringify({ MCP_LOGBOOK_CAPTURE: [{ glob: '*', level: 'some' }] }));
    const { config, warnings } = read({ MCP_LOGBOOK_CONFIG: path });
    expect([config.capture, warnings.length]).toEqual([[{ glob: '*', level: 'full' }], 1]);
  });

  test('holds the redaction rules, with the file they stand in', () => {
    writeFileSync(path, JSON.stringify({ redaction: { masks: ['email'] } }));
    expect(read({ MCP_LOGBOOK_CONFIG: path }).config.redaction).toEqual({
      file: path,
      value: { masks: ['email'] },
    });
    expect(read({}).config.redaction).toBeUndefined();
  });

  test('that is missing is one line', () => {
    expect(read({ MCP_LOGBOOK_CONFIG: join(folder, 'none.json') }).warnings).toHaveLength(1);
  });
});

describe('trusted proxies', () => {
  test.each([
    [['10.0.0.0/8'], '10.200.3.4', true],
    [['10.0.0.0/8'], '11.0.0.1', false],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', true],
    [['::1'], '::1', true],
    [['2001:db8::/32'], '2001:db8::1', false],
    [['0.0.0.0/0'], '8.8.8.8', true],
    [['10.0.0.0/33'], '10.0.0.0', false],
  ])('%j and %s: %s', (rule, address, expected) => {
    expect(trusts(rule, address)).toBe(expected);
  });
});
