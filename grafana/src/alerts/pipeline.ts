/** Alerts on the stack itself: what is down, what telemetry is lost, how long the disk lasts. Questions 23, 24. */
import { grown } from '../queries/grown.ts';
import { COLLECTOR } from './collector-names.ts';
import type { AlertBody, Clock } from './model.ts';
import { THRESHOLDS } from './thresholds.ts';

/** All of them. */
export function pipelineAlerts(t: Clock): readonly AlertBody[] {
  return [...alive(t), ...telemetry(t), ...disk(t)];
}

function alive(t: Clock): readonly AlertBody[] {
  const { down, restarted } = THRESHOLDS;
  const window = t(restarted.window);
  return [
    {
      name: 'CollectorDown',
      source: 'prometheus',
      question: 23,
      severity: 'critical',
      query: '(1 - up{job="otelcol"}) or absent(up{job="otelcol"})',
      op: '>',
      threshold: 0,
      for: t(down.for),
      range: '5m',
      summary: 'The collector {instance} does not answer',
      description: `Prometheus has not reached the collector {instance} for ${t(down.for)}. Telemetry is being lost; audit records wait in the servers' own logs.`,
    },
    {
      name: 'CollectorRestarted',
      source: 'prometheus',
      question: 23,
      severity: 'info',
      query: `sum by (instance) (resets(${COLLECTOR.uptime}[${window}]))`,
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: 'The collector {instance} restarted {value} times',
      description: `The collector {instance} restarted {value} times within ${window}. What was in memory (telemetry, undecided traces) is lost; the audit queue is on disk.`,
    },
    {
      name: 'StackPartDown',
      source: 'prometheus',
      question: 23,
      severity: 'critical',
      query: '1 - up{job=~"loki|tempo|grafana|sink|alertmanager"}',
      op: '>',
      threshold: 0,
      for: t(down.for),
      range: '5m',
      summary: '{job} ({instance}) does not answer',
      description: `Prometheus has not reached {job} ({instance}) for ${t(down.for)}.`,
    },
  ];
}

function telemetry(t: Clock): readonly AlertBody[] {
  const { telemetryLoss, exportQueue } = THRESHOLDS;
  const window = t(telemetryLoss.window);
  const all = (queries: readonly string[]): string => queries.join(' or ');
  const perSignal = (metric: (signal: string) => string, selector: string, label: string): string =>
    all(
      COLLECTOR.signals.map(
        (signal) =>
          `label_replace(${grown(`${metric(signal)}{${selector}}`, window, ['instance', label])}, "signal", "${signal}", "", "")`,
      ),
    );
  const { otherExporters, otherReceivers, queueSize, queueCapacity } = COLLECTOR;
  const failed = all([
    perSignal(COLLECTOR.sendFailed, otherExporters, 'exporter'),
    perSignal(COLLECTOR.enqueueFailed, otherExporters, 'exporter'),
  ]);
  return [
    {
      name: 'TelemetryDropped',
      source: 'prometheus',
      question: 23,
      severity: 'warning',
      query: grown('mcp_logbook_telemetry_dropped_total', window, [
        'deployment_environment_name',
        'service_name',
        'mcp_logbook_signal',
        'mcp_logbook_reason',
      ]),
      op: '>',
      threshold: telemetryLoss.count,
      for: '0s',
      range: window,
      summary: '{service_name} lost {value} items of its {mcp_logbook_signal}',
      description: `{service_name} could not deliver {value} {mcp_logbook_signal} within ${window} ({mcp_logbook_reason}). The logbook is not affected, dashboards are.`,
    },
    {
      name: 'CollectorLosing',
      source: 'prometheus',
      question: 23,
      severity: 'warning',
      query: `sum by (instance, exporter, signal) (${failed})`,
      op: '>',
      threshold: telemetryLoss.count,
      for: '0s',
      range: window,
      summary: 'The collector lost {value} {signal} for {exporter}',
      description: `The collector {instance} gave up on {value} {signal} for {exporter} within ${window}: the store behind it is down, full or refuses them.`,
    },
    {
      name: 'CollectorRefusing',
      source: 'prometheus',
      question: 23,
      severity: 'warning',
      query: perSignal(COLLECTOR.refused, otherReceivers, 'receiver'),
      op: '>',
      threshold: telemetryLoss.count,
      for: '0s',
      range: window,
      summary: 'The collector refused {value} {signal}',
      description: `{receiver} of the collector {instance} refused {value} {signal} within ${window}: memory limit reached, or a pipeline behind it fails.`,
    },
    {
      name: 'ExportQueueGrowing',
      source: 'prometheus',
      question: 23,
      severity: 'warning',
      query: `max by (instance, exporter) (${queueSize}{${otherExporters}}) / max by (instance, exporter) (${queueCapacity}{${otherExporters}})`,
      op: '>',
      threshold: exportQueue.ratio,
      for: t(exportQueue.for),
      range: '5m',
      summary: 'The queue of {exporter} is {value:percent} full',
      description: `The queue of {exporter} in the collector {instance} is {value:percent} full, for ${t(exportQueue.for)} (limit ${exportQueue.ratio * 100} %). When it is full, telemetry is dropped.`,
    },
  ];
}

function disk(t: Clock): readonly AlertBody[] {
  const { diskDays, diskFree } = THRESHOLDS;
  // Three sources. Loki tells of the disk it writes to, in every installation; the collector's host metrics and
  // node_exporter tell of all others, where there is one.
  const lokiFree = '1 - max by (instance) (loki_ingester_wal_disk_usage_percent)';
  const by = 'instance, mountpoint';
  const free = `sum by (${by}) (system_filesystem_usage_bytes{state="free"})`;
  const nodeFree = `sum by (${by}) (node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"})`;
  const size = `sum by (${by}) (system_filesystem_usage_bytes)`;
  const nodeSize = `sum by (${by}) (node_filesystem_size_bytes{fstype!~"tmpfs|overlay|squashfs"})`;
  const growth = t(diskDays.growth);
  /** At least so much is taken to go each second: a disk that rests has no end, and nothing is divided by 0. */
  const days = (room: string, least: string): string =>
    `(${room}) / clamp_min(-deriv((${room})[${growth}:5m]), ${least}) / 86400`;
  return [
    {
      name: 'DiskDaysLeft',
      source: 'prometheus',
      question: 24,
      severity: 'warning',
      query: `(${days(lokiFree, '1e-9')}) or (${days(free, '1')}) or (${days(nodeFree, '1')})`,
      op: '<',
      threshold: diskDays.days,
      for: t(diskDays.for),
      range: growth,
      summary: 'The disk of {instance} {mountpoint} is full in {value} days',
      description: `At the growth of the last ${growth} the file system of {instance} {mountpoint} is full in {value} days (limit ${diskDays.days}).`,
    },
    {
      name: 'DiskAlmostFull',
      source: 'prometheus',
      question: 24,
      severity: 'critical',
      query: `(${lokiFree}) or (${free} / ${size}) or (${nodeFree} / ${nodeSize})`,
      op: '<',
      threshold: diskFree.ratio,
      for: t(diskFree.for),
      range: '5m',
      summary: '{value:percent} of the disk of {instance} {mountpoint} are left',
      description: `{value:percent} of the file system of {instance} {mountpoint} are free (limit ${diskFree.ratio * 100} %). The sink keeps a reserve and then refuses.`,
    },
  ];
}
