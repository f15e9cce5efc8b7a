/** Proofs of the alerts on verification, erasure and the stack itself. */
import { COLLECTOR } from '../collector-names.ts';
import {
  always,
  born,
  counting,
  gauge,
  series,
  showing,
  steadily,
  type Proof,
  type Series,
} from './model.ts';

const COLLECTOR_JOB = { instance: 'otelcol:8888', job: 'otelcol' } as const;
const ORIGIN = { mcp_logbook_log_origin: 'shop/0a1b2c3d' } as const;

function erasures(state: string, atHour: number, hours: number): Series {
  return series(
    'mcp_logbook_erasures_total',
    { job: 'sink', mcp_logbook_erasure_state: state },
    gauge([0, atHour], [2, hours - atHour]),
  );
}

/** All of them. */
export const integrityProofs: readonly Proof[] = [
  {
    alert: 'VerifyFailed',
    quiet: [[series('mcp_logbook_verify_failures_total', ORIGIN, steadily(0))]],
    loud: [series('mcp_logbook_verify_failures_total', ORIGIN, born(1))],
    fires: 45,
    labels: ORIGIN,
    value: '1',
  },
  {
    alert: 'VerifyOverdue',
    quiet: [[series('mcp_logbook_verify_age_seconds', ORIGIN, showing(30, 7_200))]],
    loud: [series('mcp_logbook_verify_age_seconds', ORIGIN, showing(30, 10_800))],
    labels: ORIGIN,
    value: '3h 0m 0s',
  },
  {
    alert: 'AnchorStale',
    quiet: [[series('mcp_logbook_anchor_age_seconds', ORIGIN, showing(30, 14_400))]],
    loud: [series('mcp_logbook_anchor_age_seconds', ORIGIN, showing(30, 18_000))],
    labels: ORIGIN,
    value: '5h 0m 0s',
  },
  {
    alert: 'ErasureOverdue',
    step: '1h',
    quiet: [[erasures('requested', 100, 400), erasures('completed', 150, 400)]],
    loud: [erasures('requested', 100, 400), erasures('completed', 250, 400)],
    before: 170,
    fires: 200,
    clears: 300,
    labels: { job: 'sink' },
    value: '2',
  },
];

/** A file system of 100 GB. */
function disk(free: string, used: string): readonly Series[] {
  const labels = { instance: 'host', mountpoint: '/data', device: 'sda1', type: 'ext4' };
  return [
    series('system_filesystem_usage_bytes', { ...labels, state: 'free' }, free),
    series('system_filesystem_usage_bytes', { ...labels, state: 'used' }, used),
  ];
}

/** What Loki tells of its own disk, 0 to 1. */
function lokiDisk(values: string): Series {
  return series(
    'loki_ingester_wal_disk_usage_percent',
    { instance: 'loki:3100', job: 'loki' },
    values,
  );
}

/** All of them. */
export const pipelineProofs: readonly Proof[] = [
  {
    alert: 'CollectorDown',
    quiet: [[series('up', COLLECTOR_JOB, always(1))]],
    loud: [series('up', COLLECTOR_JOB, showing(1, 0))],
    labels: COLLECTOR_JOB,
    value: '1',
  },
  {
    alert: 'CollectorRestarted',
    quiet: [[series(COLLECTOR.uptime, COLLECTOR_JOB, steadily(60))]],
    loud: [series(COLLECTOR.uptime, COLLECTOR_JOB, '60+60x39 60+60x139')],
    fires: 45,
    labels: { instance: 'otelcol:8888' },
    value: '1',
  },
  {
    alert: 'StackPartDown',
    quiet: [[series('up', { instance: 'loki:3100', job: 'loki' }, always(1))]],
    loud: [series('up', { instance: 'loki:3100', job: 'loki' }, showing(1, 0))],
    labels: { instance: 'loki:3100', job: 'loki' },
    value: '1',
  },
  {
    alert: 'TelemetryDropped',
    quiet: [
      [
        series(
          'mcp_logbook_telemetry_dropped_total',
          { service_name: 'shop', mcp_logbook_signal: 'traces', mcp_logbook_reason: 'queue_full' },
          steadily(0),
        ),
      ],
    ],
    loud: [
      series(
        'mcp_logbook_telemetry_dropped_total',
        { service_name: 'shop', mcp_logbook_signal: 'traces', mcp_logbook_reason: 'queue_full' },
        born(9),
      ),
    ],
    fires: 45,
    labels: {
      service_name: 'shop',
      mcp_logbook_signal: 'traces',
      mcp_logbook_reason: 'queue_full',
    },
    value: '9',
  },
  {
    alert: 'CollectorLosing',
    quiet: [
      [
        series(
          COLLECTOR.sendFailed('log_records'),
          { ...COLLECTOR_JOB, exporter: 'otlp_http/audit' },
          counting(0, 50),
        ),
        series(
          COLLECTOR.sendFailed('spans'),
          { ...COLLECTOR_JOB, exporter: 'otlp_http/tempo' },
          steadily(0),
        ),
      ],
    ],
    loud: [
      series(
        COLLECTOR.sendFailed('spans'),
        { ...COLLECTOR_JOB, exporter: 'otlp_http/tempo' },
        born(11),
      ),
    ],
    fires: 45,
    labels: { instance: 'otelcol:8888', exporter: 'otlp_http/tempo', signal: 'spans' },
    value: '11',
  },
  {
    alert: 'CollectorRefusing',
    quiet: [
      [
        series(
          COLLECTOR.refused('log_records'),
          { ...COLLECTOR_JOB, receiver: 'otlp/audit' },
          counting(0, 5),
        ),
      ],
    ],
    loud: [
      series(COLLECTOR.refused('log_records'), { ...COLLECTOR_JOB, receiver: 'otlp' }, born(6)),
    ],
    fires: 45,
    labels: { instance: 'otelcol:8888', receiver: 'otlp', signal: 'log_records' },
    value: '6',
  },
  {
    alert: 'ExportQueueGrowing',
    quiet: [
      [
        series(
          COLLECTOR.queueSize,
          { ...COLLECTOR_JOB, exporter: 'otlp_http/loki' },
          showing(0, 800),
        ),
        series(
          COLLECTOR.queueCapacity,
          { ...COLLECTOR_JOB, exporter: 'otlp_http/loki' },
          always(1000),
        ),
      ],
    ],
    loud: [
      series(
        COLLECTOR.queueSize,
        { ...COLLECTOR_JOB, exporter: 'otlp_http/loki' },
        showing(0, 900),
      ),
      series(
        COLLECTOR.queueCapacity,
        { ...COLLECTOR_JOB, exporter: 'otlp_http/loki' },
        always(1000),
      ),
    ],
    labels: { instance: 'otelcol:8888', exporter: 'otlp_http/loki' },
    value: '90%',
  },
  {
    alert: 'DiskDaysLeft',
    step: '1h',
    quiet: [disk('100000000000-100000000x30', '0x30')],
    // Ten gigabytes an hour for five hours, then nothing more.
    loud: disk('100000000000x5 90000000000-10000000000x4 50000000000x20', '0x30'),
    before: 5,
    fires: 9,
    clears: 25,
    labels: { instance: 'host', mountpoint: '/data' },
    value: '0',
  },
  {
    alert: 'DiskAlmostFull',
    quiet: [disk(showing(50, 10), showing(50, 90))],
    loud: disk(showing(50, 5), showing(50, 95)),
    labels: { instance: 'host', mountpoint: '/data' },
    value: '5%',
  },
  {
    alert: 'DiskDaysLeft',
    step: '1h',
    quiet: [[lokiDisk('0.5+0.001x30')]],
    loud: [lokiDisk('0.5x5 0.56+0.06x4 0.8x20')],
    before: 5,
    fires: 9,
    clears: 25,
    labels: { instance: 'loki:3100' },
    value: '0',
  },
  {
    alert: 'DiskAlmostFull',
    quiet: [[lokiDisk(showing(0.5, 0.89))]],
    loud: [lokiDisk(showing(0.5, 0.95))],
    labels: { instance: 'loki:3100' },
    value: '5%',
  },
];
