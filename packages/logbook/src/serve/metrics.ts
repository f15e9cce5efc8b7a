/**
 * The sink's metrics (semconv 7.3): counted by the OpenTelemetry SDK, read by `/metrics`, and pushed by OTLP as well when
 * an endpoint is set. Names in Prometheus are the same both ways.
 *
 * Labels are results, paths and log origins: never a person, an address or a request.
 */
import type { SinkObserver } from '@mcp-logbook/audit';
import {
  ACK_BUCKETS,
  ATTR_MCP_LOGBOOK_CLASS,
  ATTR_MCP_LOGBOOK_ERASURE_STATE,
  ATTR_MCP_LOGBOOK_LOG_ORIGIN,
  ATTR_MCP_LOGBOOK_SINK_PATH,
  ATTR_MCP_LOGBOOK_SINK_RESULT,
  DELAY_BUCKETS,
  METRIC_MCP_LOGBOOK_ERASURES,
  METRIC_MCP_LOGBOOK_HOLDS,
  METRIC_MCP_LOGBOOK_LOG_BYTES,
  METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE,
  METRIC_MCP_LOGBOOK_ANCHOR_AGE,
  METRIC_MCP_LOGBOOK_LOG_SIZE,
  METRIC_MCP_LOGBOOK_RETENTION_EXPIRED,
  METRIC_MCP_LOGBOOK_SINK_ACK_DURATION,
  METRIC_MCP_LOGBOOK_SINK_DELAY,
  METRIC_MCP_LOGBOOK_SINK_GAPS,
  METRIC_MCP_LOGBOOK_SINK_HEARTBEAT,
  METRIC_MCP_LOGBOOK_SINK_RECORDS,
  METRIC_MCP_LOGBOOK_SINK_UNAUTHORIZED,
  METRIC_MCP_LOGBOOK_VERIFY_AGE,
  METRIC_MCP_LOGBOOK_VERIFY_FAILURES,
} from '@mcp-logbook/semconv/names';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { prometheusText, pullReader, type PullReader } from './prometheus.ts';

/** Scope of the metrics of the log, the shipper and the sink (semconv 7). */
export const SCOPE = '@mcp-logbook/audit';
const SERVICE = 'mcp-logbook-sink';

export interface SinkMetrics {
  /** Everything but `problem`. */
  readonly observer: Omit<SinkObserver, 'problem'>;
  /** Names the log, which is known only once it is open. */
  named(origin: string): void;
  /** All that is signed was found as signed. */
  verified(): void;
  verifyFailed(): void;
  /** Anchors were compared: when the log signed the newest, Unix milliseconds, if there is one. */
  anchored(signedMs: number | undefined): void;
  /** What `/metrics` answers. */
  text(): Promise<string>;
  /** Pushes the last values, if any are pushed. Never rejects. */
  close(): Promise<void>;
}

/** @param env `OTEL_*` as the specification says; without an endpoint nothing is sent anywhere */
export function startSinkMetrics(
  env: Readonly<Record<string, string | undefined>>,
  version: string,
): SinkMetrics {
  const pull = pullReader();
  const readers: (PullReader | PeriodicExportingMetricReader)[] = [pull];
  if (pushes(env))
    readers.push(new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() }));
  const provider = new MeterProvider({ resource: resourceOf(version), readers });
  const meter = provider.getMeter(SCOPE, version);

  const records = meter.createCounter(METRIC_MCP_LOGBOOK_SINK_RECORDS, {
    unit: '{entry}',
    description: 'Records by what became of them',
  });
  const unauthorized = meter.createCounter(METRIC_MCP_LOGBOOK_SINK_UNAUTHORIZED, {
    unit: '{request}',
    description: 'Requests with wrong or missing credentials',
  });
  const acknowledged = meter.createHistogram(METRIC_MCP_LOGBOOK_SINK_ACK_DURATION, {
    unit: 's',
    description: 'From the body read to the answer sent',
    advice: { explicitBucketBoundaries: [...ACK_BUCKETS] },
  });
  const delay = meter.createHistogram(METRIC_MCP_LOGBOOK_SINK_DELAY, {
    unit: 's',
    description: 'From the event to its entry being durable',
    advice: { explicitBucketBoundaries: [...DELAY_BUCKETS] },
  });
  const gaps = meter.createGauge(METRIC_MCP_LOGBOOK_SINK_GAPS, {
    unit: '{gap}',
    description: 'Open gaps in the numbers of a stream',
  });
  const heartbeat = meter.createGauge(METRIC_MCP_LOGBOOK_SINK_HEARTBEAT, {
    unit: 's',
    description: 'Unix time when the sink last stored something, or was idle and able to',
  });
  const erasures = meter.createCounter(METRIC_MCP_LOGBOOK_ERASURES, {
    unit: '{erasure}',
    description: 'Erasures of people in the log, by state',
  });
  const holds = meter.createGauge(METRIC_MCP_LOGBOOK_HOLDS, {
    unit: '{hold}',
    description: 'People whose entries are held against erasure and expiry',
  });
  const expired = meter.createCounter(METRIC_MCP_LOGBOOK_RETENTION_EXPIRED, {
    unit: '{period}',
    description: 'Months of a class whose payloads expired',
  });
  // From the first scrape on, so that the first event is an increase.
  for (const result of ['stored', 'duplicate', 'conflict', 'quarantined', 'refused'])
    records.add(0, { [ATTR_MCP_LOGBOOK_SINK_RESULT]: result });
  for (const path of ['/v1/logs', '/v1/traces', 'read', 'admin'])
    unauthorized.add(0, { [ATTR_MCP_LOGBOOK_SINK_PATH]: path });

  for (const state of ['requested', 'denied', 'completed'])
    erasures.add(0, { [ATTR_MCP_LOGBOOK_ERASURE_STATE]: state });
  expired.add(0, { [ATTR_MCP_LOGBOOK_CLASS]: 'default' });

  let origin: string | undefined;
  let log: { size: number; bytes: number; checkpointAtMs: number } | undefined;
  const observe = (
    name: string,
    unit: string,
    description: string,
    value: (state: NonNullable<typeof log>) => number,
  ): void =>
    meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
      if (log !== undefined && origin !== undefined)
        result.observe(value(log), { [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: origin });
    });
  observe(METRIC_MCP_LOGBOOK_LOG_SIZE, '{entry}', 'Entries of the log', ({ size }) => size);
  observe(METRIC_MCP_LOGBOOK_LOG_BYTES, 'By', 'Bytes of the log', ({ bytes }) => bytes);
  observe(
    METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE,
    's',
    'Age of the latest published checkpoint',
    ({ checkpointAtMs }) => Math.max(0, Date.now() - checkpointAtMs) / 1000,
  );

  const failures = meter.createCounter(METRIC_MCP_LOGBOOK_VERIFY_FAILURES, {
    unit: '{failure}',
    description: 'Checks of the log that failed',
  });
  const ages = { verified: undefined, anchored: undefined } as {
    verified: number | undefined;
    anchored: number | undefined;
  };
  const observeAge = (name: string, description: string, of: keyof typeof ages): void =>
    meter.createObservableGauge(name, { unit: 's', description }).addCallback((result) => {
      const since = ages[of];
      if (since !== undefined && origin !== undefined)
        result.observe(Math.max(0, Date.now() - since) / 1000, {
          [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: origin,
        });
    });
  observeAge(METRIC_MCP_LOGBOOK_VERIFY_AGE, 'Since the log was last found as signed', 'verified');
  observeAge(
    METRIC_MCP_LOGBOOK_ANCHOR_AGE,
    'Age of the newest checkpoint kept elsewhere',
    'anchored',
  );

  return {
    observer: {
      records: (result, count) => records.add(count, { [ATTR_MCP_LOGBOOK_SINK_RESULT]: result }),
      unauthorized: (path) => unauthorized.add(1, { [ATTR_MCP_LOGBOOK_SINK_PATH]: path }),
      acknowledged: (seconds) => acknowledged.record(seconds),
      delay: (seconds) => delay.record(Math.max(0, seconds)),
      gaps: (stream, count) => gaps.record(count, { [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: stream }),
      erasures: (state, count) => erasures.add(count, { [ATTR_MCP_LOGBOOK_ERASURE_STATE]: state }),
      holds: (count) => holds.record(count),
      expired: (retentionClass) => expired.add(1, { [ATTR_MCP_LOGBOOK_CLASS]: retentionClass }),
      heartbeat: (unixSeconds) => heartbeat.record(unixSeconds),
      log: (size, bytes, ageSeconds) => {
        log = { size, bytes, checkpointAtMs: Date.now() - ageSeconds * 1000 };
      },
    },
    named: (name) => {
      origin = name;
      // From now on: a log that was never found sound is overdue as well.
      ages.verified ??= Date.now();
      failures.add(0, { [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: name });
    },
    verified: () => {
      ages.verified = Date.now();
    },
    verifyFailed: () => {
      if (origin !== undefined) failures.add(1, { [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: origin });
    },
    anchored: (signedMs) => {
      ages.anchored = signedMs ?? ages.anchored;
    },
    text: () => prometheusText(pull),
    close: async () => {
      // What cannot be pushed at the end is only telemetry.
      await provider.shutdown({ timeoutMillis: 3_000 }).catch(() => undefined);
    },
  };
}

/** Who the sink is in telemetry. */
export function resourceOf(version: string): ReturnType<typeof defaultResource> {
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': SERVICE, 'service.version': version }))
    .merge(detectResources({ detectors: [envDetector] }));
}

/** Whether a signal is sent: its endpoint is set, and nothing switches it off. */
export function pushes(
  env: Readonly<Record<string, string | undefined>>,
  signal: 'METRICS' | 'LOGS' = 'METRICS',
): boolean {
  const value = (name: string): string => env[name]?.trim() ?? '';
  const endpoint =
    value(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) || value('OTEL_EXPORTER_OTLP_ENDPOINT');
  return (
    endpoint !== '' &&
    value('OTEL_SDK_DISABLED').toLowerCase() !== 'true' &&
    ['', 'otlp'].includes(value(`OTEL_${signal}_EXPORTER`).toLowerCase())
  );
}
