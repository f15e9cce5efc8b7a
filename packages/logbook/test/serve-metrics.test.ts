/** The sink's metrics: names as Prometheus gives them by OTLP translation, labels bounded, checked by semconv. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { checkMetric } from '@mcp-logbook/semconv';
import { afterEach, expect, test } from 'vitest';
import { startSinkMetrics, type SinkMetrics } from '../src/serve/metrics.ts';

let metrics: SinkMetrics | undefined;
afterEach(async () => {
  await metrics?.close();
});

function feed(fed: SinkMetrics): void {
  fed.named('sink/01234567');
  const { observer } = fed;
  observer.records('stored', 3);
  observer.records('duplicate', 2);
  observer.unauthorized('/v1/logs');
  observer.acknowledged(0.004);
  observer.delay(1.5);
  observer.delay(-1);
  observer.gaps('shop/89abcdef', 2);
  observer.erasures('requested', 2);
  observer.erasures('completed', 1);
  observer.holds(3);
  observer.expired('default');
  observer.heartbeat(1_800_000_000);
  observer.log(5, 1234, 7);
}

test('every series stands under its translated name, with unit suffix, its labels and the promoted service name', async () => {
  metrics = startSinkMetrics({}, '1.2.3');
  feed(metrics);
  const text = await metrics.text();
  const service = 'service_name="mcp-logbook-sink",service_version="1.2.3"';
  for (const line of [
    `mcp_logbook_sink_records_total{mcp_logbook_sink_result="stored",${service}} 3`,
    `mcp_logbook_sink_records_total{mcp_logbook_sink_result="duplicate",${service}} 2`,
    `mcp_logbook_sink_records_total{mcp_logbook_sink_result="refused",${service}} 0`,
    `mcp_logbook_sink_unauthorized_total{mcp_logbook_sink_path="/v1/logs",${service}} 1`,
    `mcp_logbook_sink_ack_duration_seconds_count{${service}} 1`,
    `mcp_logbook_sink_ack_duration_seconds_bucket{${service},le="0.005"} 1`,
    `mcp_logbook_sink_ack_duration_seconds_bucket{${service},le="0.002"} 0`,
    `mcp_logbook_sink_delay_seconds_sum{${service}} 1.5`,
    `mcp_logbook_sink_gaps{mcp_logbook_log_origin="shop/89abcdef",${service}} 2`,
    `mcp_logbook_erasures_total{mcp_logbook_erasure_state="requested",${service}} 2`,
    `mcp_logbook_erasures_total{mcp_logbook_erasure_state="completed",${service}} 1`,
    `mcp_logbook_erasures_total{mcp_logbook_erasure_state="denied",${service}} 0`,
    `mcp_logbook_holds{${service}} 3`,
    `mcp_logbook_retention_expired_total{mcp_logbook_class="default",${service}} 1`,
    `mcp_logbook_sink_heartbeat_seconds{${service}} 1800000000`,
    `mcp_logbook_log_size{mcp_logbook_log_origin="sink/01234567",${service}} 5`,
    `mcp_logbook_log_bytes{mcp_logbook_log_origin="sink/01234567",${service}} 1234`,
  ])
    expect(text).toContain(`${line}\n`);
  const age = /^mcp_logbook_log_checkpoint_age_seconds\{.*\} ([\d.]+)$/m.exec(text);
  expect(Number(age?.[1])).toBeGreaterThanOrEqual(7);
  expect(Number(age?.[1])).toBeLessThan(12);
  expect(text).toContain('# TYPE mcp_logbook_sink_records_total counter\n');
  expect(text).not.toMatch(/_seconds_seconds|_bytes_bytes|otel_scope|target_info|# UNIT/);
});

test('without an endpoint nothing is sent; with one, the same metrics are pushed by OTLP under semconv names', async () => {
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      bodies.push(`${request.url ?? ''} ${body}`);
      response.end('{}');
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const before = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
  try {
    for (const env of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRICS_EXPORTER: 'none' },
    ]) {
      const silent = startSinkMetrics(env, '1.2.3');
      feed(silent);
      await silent.close();
    }
    expect(bodies).toEqual([]);
    const pushing = startSinkMetrics({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, '1.2.3');
    feed(pushing);
    await pushing.close();
  } finally {
    if (before === undefined) delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    else process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = before;
    receiver.close();
  }
  expect(bodies[0]).toMatch(/^\/v1\/metrics /);
  interface Point {
    readonly attributes?: readonly { key: string; value: { stringValue?: string } }[];
    readonly explicitBounds?: readonly number[];
  }
  interface Pushed {
    readonly name: string;
    readonly unit: string;
    readonly sum?: { readonly dataPoints: readonly Point[] };
    readonly gauge?: { readonly dataPoints: readonly Point[] };
    readonly histogram?: { readonly dataPoints: readonly Point[] };
  }
  const { resourceMetrics } = JSON.parse((bodies[0] ?? '').replace(/^\S+ /, '')) as {
    resourceMetrics: { scopeMetrics: { scope: { name: string }; metrics: Pushed[] }[] }[];
  };
  const scope = resourceMetrics[0]?.scopeMetrics[0];
  expect(scope?.scope.name).toBe('@mcp-logbook/audit');
  expect(scope?.metrics.map(({ name }) => name).toSorted()).toEqual([
    'mcp_logbook.erasures',
    'mcp_logbook.holds',
    'mcp_logbook.log.bytes',
    'mcp_logbook.log.checkpoint.age',
    'mcp_logbook.log.size',
    'mcp_logbook.retention.expired',
    'mcp_logbook.sink.ack.duration',
    'mcp_logbook.sink.delay',
    'mcp_logbook.sink.gaps',
    'mcp_logbook.sink.heartbeat',
    'mcp_logbook.sink.records',
    'mcp_logbook.sink.unauthorized',
    'mcp_logbook.verify.age',
    'mcp_logbook.verify.failures',
  ]);
  for (const { name, unit, sum, gauge, histogram } of scope?.metrics ?? []) {
    const type = sum !== undefined ? 'counter' : gauge !== undefined ? 'gauge' : 'histogram';
    for (const point of (sum ?? gauge ?? histogram)?.dataPoints ?? []) {
      const attributes = Object.fromEntries(
        (point.attributes ?? []).map(({ key, value }) => [key, value.stringValue]),
      );
      const boundaries = point.explicitBounds;
      const checked = { name, unit, type, attributes, ...(boundaries && { boundaries }) } as const;
      expect(checkMetric(checked)).toEqual([]);
    }
  }
});
