/** Proofs of the alerts on the way to the central log. */
import { COLLECTOR } from '../collector-names.ts';
import {
  always,
  born,
  counter,
  counting,
  series,
  showing,
  steadily,
  type Proof,
  type Series,
} from './model.ts';

const COLLECTOR_JOB = { instance: 'otelcol:8888', job: 'otelcol' } as const;
const SINK = { instance: 'sink:4319', job: 'sink' } as const;
const SERVER = { deployment_environment_name: 'production', service_name: 'shop' } as const;
const ORIGIN = { mcp_logbook_log_origin: 'shop/0a1b2c3d' } as const;
const HEARTBEAT = 'mcp_logbook_sink_heartbeat_seconds';
const SERVERS = series('mcp_logbook_log_size', { ...SERVER, ...ORIGIN, job: 'shop' }, always(5));
/** The heartbeat of a sink that is well: the time itself, which starts at 0 in a rule test. */
const BEATING = counter([0, 1], [60, 179]);
/** One that stands still from step 40 to 69. */
const STOPPED = '0+60x39 2340x29 4200+60x109';

function exporter(metric: string, name: string, values: string): Series {
  return series(metric, { ...COLLECTOR_JOB, exporter: name, data_type: 'logs' }, values);
}

function results(result: string, values: string): Series {
  return series(
    'mcp_logbook_sink_records_total',
    { ...SINK, mcp_logbook_sink_result: result },
    values,
  );
}

/** Cumulative buckets of the sink: under `bound` by phase, everything under `next`. */
function buckets(
  name: string,
  [bound, next]: readonly [string, string],
  under: string,
): readonly Series[] {
  const all = steadily(10);
  return [
    series(name, { ...SINK, le: bound }, under),
    series(name, { ...SINK, le: next }, all),
    series(name, { ...SINK, le: '+Inf' }, all),
  ];
}

const sendFailed = COLLECTOR.sendFailed('log_records');
const enqueueFailed = COLLECTOR.enqueueFailed('log_records');
const refused = COLLECTOR.refused('log_records');

/** All of them. */
export const auditProofs: readonly Proof[] = [
  {
    alert: 'AuditLost',
    quiet: [
      [exporter(sendFailed, 'otlp_http/audit', steadily(0))],
      // The searchable copy may fail: that is another alert.
      [exporter(sendFailed, 'otlp_http/loki', counting(0, 50))],
    ],
    loud: [exporter(sendFailed, 'otlp_http/audit', born(7))],
    fires: 45,
    labels: { instance: 'otelcol:8888', exporter: 'otlp_http/audit' },
    value: '7',
  },
  {
    alert: 'EntriesDropped',
    quiet: [
      [
        series(
          'mcp_logbook_log_dropped_total',
          { ...SERVER, mcp_logbook_reason: 'write_failed' },
          steadily(0),
        ),
      ],
    ],
    loud: [
      series(
        'mcp_logbook_log_dropped_total',
        { ...SERVER, instance: 'a', mcp_logbook_reason: 'write_failed' },
        born(3),
      ),
    ],
    fires: 45,
    labels: { ...SERVER, mcp_logbook_reason: 'write_failed' },
    value: '3',
  },
  {
    alert: 'AuditGap',
    quiet: [[series('mcp_logbook_sink_gaps', { ...SINK, ...ORIGIN }, always(0))]],
    loud: [series('mcp_logbook_sink_gaps', { ...SINK, ...ORIGIN }, showing(0, 2))],
    labels: ORIGIN,
    value: '2',
  },
  {
    alert: 'AuditRefused',
    quiet: [
      [
        exporter(enqueueFailed, 'otlp_http/loki', counting(0, 50)),
        series(refused, { ...COLLECTOR_JOB, receiver: 'otlp' }, counting(0, 50)),
      ],
    ],
    loud: [
      exporter(enqueueFailed, 'otlp_http/audit', born(4)),
      series(refused, { ...COLLECTOR_JOB, receiver: 'otlp/audit' }, steadily(0)),
    ],
    fires: 45,
    labels: { instance: 'otelcol:8888', refused_by: 'otlp_http/audit' },
    value: '4',
  },
  {
    alert: 'AuditQueueGrowing',
    quiet: [
      [
        exporter(COLLECTOR.queueSize, 'otlp_http/audit', showing(0, 500)),
        exporter(COLLECTOR.queueCapacity, 'otlp_http/audit', always(1000)),
      ],
    ],
    loud: [
      exporter(COLLECTOR.queueSize, 'otlp_http/audit', showing(0, 600)),
      exporter(COLLECTOR.queueCapacity, 'otlp_http/audit', always(1000)),
    ],
    labels: { instance: 'otelcol:8888', exporter: 'otlp_http/audit' },
    value: '60%',
  },
  {
    alert: 'StrayAuditRecords',
    quiet: [[series(COLLECTOR.strayAudit, SERVER, steadily(0))]],
    loud: [series(COLLECTOR.strayAudit, SERVER, born(5))],
    fires: 45,
    labels: { service_name: 'shop' },
    value: '5',
  },
  {
    alert: 'AuditSilent',
    quiet: [
      [series(HEARTBEAT, SINK, BEATING), SERVERS],
      // No server is running, so nothing has to arrive.
      [series(HEARTBEAT, SINK, STOPPED)],
    ],
    loud: [series(HEARTBEAT, SINK, STOPPED), SERVERS],
    labels: { instance: 'sink:4319' },
    value: '26m 0s',
  },
  {
    alert: 'AuditLagging',
    quiet: [[series('mcp_logbook_ship_oldest_age_seconds', ORIGIN, showing(0, 60))]],
    loud: [series('mcp_logbook_ship_oldest_age_seconds', ORIGIN, showing(0, 300))],
    labels: ORIGIN,
    value: '5m 0s',
  },
  {
    alert: 'AuditDelayHigh',
    quiet: [buckets('mcp_logbook_sink_delay_seconds_bucket', ['60', '300'], steadily(10))],
    loud: buckets('mcp_logbook_sink_delay_seconds_bucket', ['60', '300'], counting(10, 0)),
    labels: { instance: 'sink:4319' },
    value: '4m 48s',
  },
  {
    alert: 'AuditConflict',
    quiet: [[results('duplicate', counting(0, 50)), results('conflict', steadily(0))]],
    loud: [results('conflict', born(1))],
    fires: 45,
    labels: { instance: 'sink:4319' },
    value: '1',
  },
  {
    alert: 'AuditQuarantined',
    quiet: [[results('stored', counting(0, 50)), results('quarantined', steadily(0))]],
    loud: [results('quarantined', born(2))],
    fires: 45,
    labels: { instance: 'sink:4319' },
    value: '2',
  },
  {
    alert: 'SinkRefusing',
    quiet: [[results('refused', counting(0, 10))]],
    loud: [results('refused', counting(0, 20))],
    labels: { instance: 'sink:4319' },
    value: '100',
  },
  {
    alert: 'SinkUnauthorized',
    quiet: [
      [
        series(
          'mcp_logbook_sink_unauthorized_total',
          { ...SINK, mcp_logbook_sink_path: '/v1/logs' },
          counting(0, 1),
        ),
      ],
    ],
    loud: [
      series(
        'mcp_logbook_sink_unauthorized_total',
        { ...SINK, mcp_logbook_sink_path: '/v1/logs' },
        counting(0, 2),
      ),
    ],
    labels: { instance: 'sink:4319', mcp_logbook_sink_path: '/v1/logs' },
    value: '10',
  },
  {
    alert: 'SinkSlow',
    quiet: [buckets('mcp_logbook_sink_ack_duration_seconds_bucket', ['1', '5'], steadily(10))],
    loud: buckets('mcp_logbook_sink_ack_duration_seconds_bucket', ['1', '5'], counting(10, 0)),
    labels: { instance: 'sink:4319' },
    value: '4.96s',
  },
];
