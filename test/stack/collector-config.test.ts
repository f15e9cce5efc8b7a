/** The shipped configurations under the real program: they validate, start, and keep their ports shut. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type Collector,
  ownMetric,
  prepareCollector,
  type ProfileName,
  startCollector,
  stopCollectors,
  validateProfile,
} from '../harness/collector.ts';
import { bodyText, FakeStores } from '../harness/fake-stores.ts';
import { FakeSink, JSON_TO_SINK, JSON_TO_STRAY_SINK } from '../harness/fake-sink.ts';
import { logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { findProgram, missingPrograms } from '../harness/programs.ts';
import { eventually } from '../harness/wait.ts';

const skipped = missingPrograms('otelcol');
const run = promisify(execFile);
const PROFILES: readonly ProfileName[] = [
  'default',
  'default-sampling',
  'hardened',
  'hardened-sampling',
  'hardened-audit',
  'agent',
  'filelogs',
];

afterAll(stopCollectors);

describe.skipIf(skipped !== undefined)(`configurations ${skipped ?? ''}`, () => {
  test.each(PROFILES)('%s is valid and nothing is said about it', async (profile) => {
    expect(await validateProfile(profile)).toEqual({ code: 0, printed: '' });
  });

  test('a wrong layer is refused, so the check can fail', async () => {
    const { code, printed } = await validateProfile('default', ['exporters: { otlp_htp/x: {} }']);
    expect(code).not.toBe(0);
    expect(printed).toContain('otlp_htp');
  });

  test.each(['missing', 'empty'])(
    'with a token file that is %s it does not start, and says which',
    async (what) => {
      const collector = await prepareCollector();
      if (what === 'missing') rmSync(collector.intakeTokenFile);
      else writeFileSync(collector.intakeTokenFile, '');
      await expect(collector.service.start()).rejects.toThrow(/intake_token/);
    },
  );

  test('sampling keeps failed, refused and slow traces whole and a tenth of the others', async () => {
    const stores = await FakeStores.start();
    const collector = await startCollector({
      profile: 'default-sampling',
      env: stores.env,
      extra: [
        'exporters: { otlp_http/tempo: { encoding: json } }',
        'processors: { tail_sampling: { decision_wait: 1s } }',
      ],
    });
    const plain = Array.from({ length: 400 }, (_, i) => ({ name: `plain ${i}` }));
    const kept = [
      { name: 'kept failed', isError: true },
      { name: 'kept slow', durationMs: 2_500 },
      { name: 'kept denied', attributes: { 'mcp_logbook.outcome': 'denied' } },
      { name: 'kept tool error', attributes: { 'error.type': 'tool_error' } },
    ];
    const body = spansBody({ service: 'weather' }, [...plain, ...kept]);
    expect(await postOtlp(collector.otlp, 'traces', body, collector.intakeToken)).toBe(200);
    const names = () => stores.spans.map(({ name }) => name);
    await eventually(
      () => names().filter((name) => name.startsWith('kept')).length === kept.length,
      60_000,
      () => names().join(),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const plainKept = names().filter((name) => name.startsWith('plain')).length;
    // 40 expected; 5 sigma are 30.
    expect(plainKept).toBeGreaterThan(9);
    expect(plainKept).toBeLessThan(71);
    await stores.stop();
  });
});

describe.skipIf(skipped !== undefined || findProgram('telemetrygen') === undefined)(
  'telemetrygen over gRPC',
  () => {
    test('is taken in with the token and refused without', async () => {
      const stores = await FakeStores.start();
      const collector = await startCollector({
        env: stores.env,
        extra: [
          'exporters: { otlp_http/tempo: { encoding: json }, otlp_http/loki: { encoding: json }, otlp_http/prometheus: { encoding: json } }',
        ],
      });
      const generate = async (signal: string, token: string): Promise<boolean> => {
        const count =
          signal === 'metrics' ? '--metrics' : signal === 'logs' ? '--logs' : '--traces';
        const args = [
          signal,
          '--otlp-insecure',
          '--rate',
          '0',
          '--otlp-endpoint',
          collector.grpc,
          count,
          '5',
          '--service',
          'generated',
          '--otlp-header',
          `authorization="Bearer ${token}"`,
        ];
        return await run(findProgram('telemetrygen') ?? '', args, {
          timeout: token === 'wrong' ? 3_000 : 20_000,
          killSignal: 'SIGKILL',
        }).then(
          () => true,
          () => false,
        );
      };
      expect(await generate('traces', collector.intakeToken)).toBe(true);
      expect(await generate('logs', collector.intakeToken)).toBe(true);
      expect(await generate('metrics', collector.intakeToken)).toBe(true);
      await eventually(
        () =>
          stores.spans.length === 10 &&
          stores.logs.length === 5 &&
          stores.points.some(({ metric }) => metric === 'gen'),
        60_000,
        () =>
          `${stores.spans.length} spans, ${stores.logs.length} records, ${stores.points.length} points`,
      );
      expect(new Set(stores.spans.map(({ resource }) => resource['service.name']))).toEqual(
        new Set(['generated']),
      );
      const accepted = await ownMetric(collector, 'otelcol_receiver_accepted_spans_total', {
        transport: 'grpc',
      });
      await generate('traces', 'wrong');
      expect(
        await ownMetric(collector, 'otelcol_receiver_accepted_spans_total', { transport: 'grpc' }),
      ).toBe(accepted);
      expect(accepted).toBe(10);
      await stores.stop();
    });
  },
);

describe.skipIf(skipped !== undefined)('hardened profile', () => {
  test('the audit port wants a certificate of our CA and the token, the shared port TLS and the token', async () => {
    const sink = await FakeSink.start((given) => given === audit.sinkToken);
    const stores = await FakeStores.start();
    // The fake sink speaks no TLS; its own end of mutual TLS is tested with the real sink.
    const plainSink = { SINK_URL: sink.url };
    const audit = await startHardened('hardened-audit', { ...stores.env, ...plainSink }, [
      JSON_TO_SINK,
    ]);
    const telemetry = await startHardened('hardened', { ...stores.env, ...plainSink }, [
      JSON_TO_STRAY_SINK,
      'exporters: { otlp_http/loki: { encoding: json } }',
    ]);
    const body = logsBody({ service: 'weather' }, [
      { eventName: 'mcp_logbook.audit', body: 'over TLS' },
    ]);
    let sent = body;
    const port = (url: string): string => url.replace('http:', 'https:');
    const curl = async (
      of: Collector,
      url: string,
      token: string,
      ...more: string[]
    ): Promise<string> => {
      const args = [
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '--cacert',
        join(of.folder, 'ca.crt'),
        '-H',
        'content-type: application/json',
        '-H',
        `authorization: Bearer ${token}`,
        '--data',
        JSON.stringify(sent),
        ...more,
        `${port(url)}/v1/logs`,
      ];
      return await run('curl', args).then(
        ({ stdout }) => stdout,
        () => 'no connection',
      );
    };
    const certificate = [
      '--cert',
      join(audit.folder, 'client.crt'),
      '--key',
      join(audit.folder, 'client.key'),
    ];
    const foreign = [
      '--cert',
      join(telemetry.folder, 'client.crt'),
      '--key',
      join(telemetry.folder, 'client.key'),
    ];
    expect(await curl(audit, audit.audit, audit.intakeToken)).toBe('no connection');
    expect(await curl(audit, audit.audit, audit.intakeToken, ...foreign)).toBe('no connection');
    expect(await curl(audit, audit.audit, 'wrong', ...certificate)).toBe('401');
    expect(await postOtlp(audit.audit, 'logs', body, audit.intakeToken)).toBe(400);
    expect(await postOtlp(telemetry.otlp, 'logs', body, telemetry.intakeToken)).toBe(400);
    expect(await curl(telemetry, telemetry.otlp, 'wrong')).toBe('401');
    expect(sink.records).toEqual([]);
    expect(await curl(audit, audit.audit, audit.intakeToken, ...certificate)).toBe('200');
    await eventually(
      () => sink.records.length === 1,
      60_000,
      () => 'not in the sink',
    );
    sent = logsBody({ service: 'weather' }, [{ body: 'a line over TLS' }]);
    expect(await curl(telemetry, telemetry.otlp, telemetry.intakeToken)).toBe('200');
    await eventually(
      () => stores.logs.some((one) => bodyText(one) === 'a line over TLS'),
      60_000,
      () => 'not in Loki',
    );
    await sink.stop();
    await stores.stop();
  });
});

/** A hardened collector with a CA of its own in its folder. */
async function startHardened(
  profile: ProfileName,
  env: Readonly<Record<string, string>>,
  extra: readonly string[],
): Promise<Collector> {
  const collector = await prepareCollector({ profile, env, extra });
  const { folder } = collector;
  const ssl = async (...args: string[]): Promise<unknown> =>
    await run('openssl', args, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await ssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test CA',
  );
  for (const name of ['server', 'client']) {
    writeFileSync(join(folder, `${name}.ext`), 'subjectAltName=IP:127.0.0.1\n');
    await ssl(
      'req',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    await ssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
    );
  }
  await collector.service.start();
  return collector;
}
