import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generatedFiles } from '../src/files.ts';
import { PROFILES } from '../src/profiles.ts';

const root = new URL('../', import.meta.url);
const committed = (name: string): string => readFileSync(new URL(name, root), 'utf8');

interface Pipeline {
  readonly receivers?: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters?: readonly string[];
}
interface Configuration {
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly receivers: Readonly<Record<string, unknown>>;
  readonly processors?: Readonly<Record<string, unknown>>;
  readonly connectors?: Readonly<Record<string, unknown>>;
  readonly exporters: Readonly<Record<string, Record<string, unknown>>>;
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<Record<string, Pipeline>>;
  };
}

// The files were written by our generator; `otelcol validate` checks their shape (test/stack).
const read = (name: string): Configuration => parse(committed(name)) as Configuration;
const redaction = parse(committed('redaction.yaml')) as Pick<Configuration, 'processors'>;

test('every generated file is what the layers and the redaction rules make now: else run npm run generate', () => {
  for (const [name, text] of generatedFiles())
    expect(text === committed(name), `otel-collector/${name} is stale`).toBe(true);
  const stray = readdirSync(new URL('profiles/', root)).filter(
    (file) => !PROFILES.some(({ name }) => file === `${name}.yaml`),
  );
  expect(stray).toEqual([]);
});

test('every layer is used and says in its header what it is and why', () => {
  const layers = readdirSync(new URL('layers/', root)).map((file) => file.replace('.yaml', ''));
  expect([...new Set(PROFILES.flatMap((profile) => profile.layers))].sort()).toEqual(layers.sort());
  for (const layer of layers)
    expect(committed(`layers/${layer}.yaml`)).toMatch(new RegExp(`^# ${layer}: \\w.*\\.$`, 'm'));
});

describe.each(PROFILES.map(({ name }) => name))('profile %s', (name) => {
  const config = read(`profiles/${name}.yaml`);
  const pipelines = Object.entries(config.service.pipelines);

  test('uses what it defines and defines what it uses', () => {
    const used = pipelines.flatMap(([, { receivers, processors, exporters }]) => [
      ...(receivers ?? []),
      ...(processors ?? []),
      ...(exporters ?? []),
    ]);
    const own = Object.keys({
      ...config.receivers,
      ...config.processors,
      ...config.connectors,
      ...config.exporters,
    });
    expect(own.filter((id) => !used.includes(id) && id !== 'memory_limiter')).toEqual(
      // Layers for several profiles may bring a processor that this one has no pipeline for.
      own.filter((id) => !used.includes(id) && id !== 'memory_limiter').filter(isShared),
    );
    const known = new Set([...own, ...Object.keys(redaction.processors ?? {})]);
    expect(used.filter((id) => !known.has(id))).toEqual([]);
    expect([...config.service.extensions].sort()).toEqual(
      Object.keys(config.extensions ?? {}).sort(),
    );
  });

  test('redacts in every pipeline of logs and traces that leaves for a store, before anything copies a value out', () => {
    for (const [id, { processors = [], exporters = [] }] of pipelines) {
      const leaves = exporters.some((exporter) =>
        /loki|tempo|gateway|forward\/redacted/.test(exporter),
      );
      if (!leaves || id.startsWith('metrics') || ['traces/out', 'logs/docker'].includes(id))
        continue;
      const at = ['transform/expose', 'redaction/secrets', 'transform/restore'].map((processor) =>
        processors.indexOf(processor),
      );
      expect(at[0], id).toBeGreaterThanOrEqual(0);
      expect(at, id).toEqual([at[0], (at[0] ?? 0) + 1, (at[0] ?? 0) + 2]);
      const lifted = processors.indexOf('groupbyattrs/log_class');
      if (lifted >= 0) expect(lifted).toBeGreaterThan(at[2] ?? 0);
    }
  });

  test('never gives up an audit record, and shares nothing between the audit port and the rest (I10)', () => {
    for (const id of ['otlp_http/audit', 'otlp_http/stray_audit']) {
      const exporter = config.exporters[id];
      if (exporter === undefined) continue;
      expect(exporter).toMatchObject({
        retry_on_failure: { enabled: true, max_elapsed_time: '0s' },
        sending_queue: { block_on_overflow: true, sizer: 'bytes', num_consumers: 1 },
      });
      const { storage } = exporter['sending_queue'] as { readonly storage: string };
      expect(config.extensions?.[storage]).toMatchObject({ fsync: true, recreate: false });
      const sharing = Object.entries(config.exporters).filter(
        ([other, { sending_queue: queue }]) =>
          other !== id && JSON.stringify(queue ?? {}).includes(`"${storage}"`),
      );
      expect(sharing).toEqual([]);
    }
    const fed = pipelines.filter(([, { receivers = [] }]) =>
      receivers.some((receiver) => receiver.startsWith('otlp/audit')),
    );
    // One pipeline a receiver: it listens only when the queue behind it is open (audit.yaml).
    if (fed.length > 0)
      expect(Object.fromEntries(fed.map(([id, { receivers }]) => [id, receivers]))).toEqual({
        'logs/audit': ['otlp/audit'],
        'traces/audit': ['otlp/audit_spans'],
      });
    for (const [id, { processors = [] }] of fed) expect(processors, id).toEqual([]);
  });

  test('asks for a token, or a token and a certificate, at every port', () => {
    for (const [id, receiver] of Object.entries(config.receivers)) {
      if (!id.startsWith('otlp')) continue;
      const { protocols } = receiver as {
        protocols: Record<string, { auth?: object; tls?: object }>;
      };
      for (const protocol of Object.values(protocols)) {
        expect(protocol.auth).toMatchObject({
          authenticator: expect.stringMatching(/^bearertokenauth\//),
        });
        expect(protocol.tls !== undefined).toBe(name.startsWith('hardened'));
        if (name === 'hardened-audit') expect(protocol.tls).toHaveProperty('client_ca_file');
      }
    }
  });
});

/** From layers that several profiles are made of. */
function isShared(id: string): boolean {
  return ['transform/truncate', 'otlp_http/prometheus'].includes(id);
}
