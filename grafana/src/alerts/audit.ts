/** Alerts on the way to the central log: lost, refused, silent, late, with a gap. Questions 21 to 23. */
import { grown } from '../queries/grown.ts';
import { COLLECTOR } from './collector-names.ts';
import type { AlertBody, Clock } from './model.ts';
import { secondsOf } from './model.ts';
import { THRESHOLDS } from './thresholds.ts';

const RECORDS = 'mcp_logbook_sink_records_total';
const SERVER = ['deployment_environment_name', 'service_name'] as const;

/** All of them. */
export function auditAlerts(t: Clock): readonly AlertBody[] {
  return [...lost(t), ...refusedOnTheWay(t), ...late(t), ...atTheSink(t)];
}

function lost(t: Clock): readonly AlertBody[] {
  const { auditLoss } = THRESHOLDS;
  const window = t(auditLoss.window);
  const failed = `${COLLECTOR.sendFailed('log_records')}{${COLLECTOR.auditExporters}}`;
  return [
    {
      name: 'AuditLost',
      source: 'prometheus',
      question: 23,
      severity: 'critical',
      query: grown(failed, window, ['instance', 'exporter']),
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: 'The collector gave up on {value} audit records',
      description: `{exporter} of the collector {instance} gave up on {value} audit records within ${window}. It only gives up on answers that mean "never" or at shutdown: these records are not in the central log.`,
    },
    {
      name: 'EntriesDropped',
      source: 'prometheus',
      question: 23,
      severity: 'critical',
      query: grown('mcp_logbook_log_dropped_total', window, [...SERVER, 'mcp_logbook_reason']),
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: '{service_name} could not enter {value} calls in its logbook',
      description: `{service_name} dropped {value} entries within ${window} ({mcp_logbook_reason}): these calls happened and are in no log. Their numbers are burned, so the gap will show.`,
    },
    {
      name: 'AuditGap',
      source: 'prometheus',
      question: 22,
      severity: 'critical',
      query: 'max by (mcp_logbook_log_origin) (mcp_logbook_sink_gaps)',
      op: '>',
      threshold: 0,
      for: t(THRESHOLDS.auditGap.for),
      range: '5m',
      summary: '{value} gaps in the records of {mcp_logbook_log_origin}',
      description:
        'The central log misses numbers of the stream {mcp_logbook_log_origin}: {value} gaps are open. Records were lost on the way, dropped by the server, or removed by somebody.',
    },
  ];
}

function refusedOnTheWay(t: Clock): readonly AlertBody[] {
  const { auditLoss, auditQueue } = THRESHOLDS;
  const window = t(auditLoss.window);
  const by = ['instance', 'refused_by'];
  const enqueue = `${COLLECTOR.enqueueFailed('log_records')}{${COLLECTOR.auditExporters}}`;
  const refused = `${COLLECTOR.refused('log_records')}{${COLLECTOR.auditReceiver}}`;
  const named = (query: string, label: string): string =>
    `label_replace(${query}, "refused_by", "$1", "${label}", "(.+)")`;
  const ratio = `max by (instance, exporter) (${COLLECTOR.queueSize}{${COLLECTOR.auditExporters}}) / max by (instance, exporter) (${COLLECTOR.queueCapacity}{${COLLECTOR.auditExporters}})`;
  return [
    {
      name: 'AuditRefused',
      source: 'prometheus',
      question: 23,
      severity: 'critical',
      query: `sum by (${by.join(', ')}) (${named(grown(enqueue, window, ['instance', 'exporter']), 'exporter')} or ${named(grown(refused, window, ['instance', 'receiver']), 'receiver')})`,
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: 'The collector refused {value} audit records',
      description: `{refused_by} of the collector {instance} refused {value} audit records within ${window}. Shippers come again, other senders do not.`,
    },
    {
      name: 'AuditQueueGrowing',
      source: 'prometheus',
      question: 21,
      severity: 'critical',
      query: ratio,
      op: '>',
      threshold: auditQueue.ratio,
      for: t(auditQueue.for),
      range: '5m',
      summary: 'The audit queue of the collector is {value:percent} full',
      description: `The queue of {exporter} in the collector {instance} is {value:percent} full, for ${t(auditQueue.for)} (limit ${auditQueue.ratio * 100} %): the sink is away or too slow. When it is full the audit port stalls and the servers' own logs are the only record.`,
    },
    {
      name: 'StrayAuditRecords',
      source: 'prometheus',
      question: 23,
      severity: 'warning',
      query: grown(COLLECTOR.strayAudit, window, ['service_name']),
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: '{service_name} sends audit records to the telemetry port',
      description: `{value} audit records of {service_name} came to the telemetry port within ${window}. They still reach the central log, but share a queue that may stall the port.`,
    },
  ];
}

function late(t: Clock): readonly AlertBody[] {
  const { auditSilent, auditLag } = THRESHOLDS;
  const memory = t(auditSilent.memory);
  const heartbeat = 'mcp_logbook_sink_heartbeat_seconds{job="sink"}';
  const age = `time() - max by (instance) (last_over_time(${heartbeat}[${memory}]))`;
  const never = `absent_over_time(${heartbeat}[${memory}]) * ${secondsOf(memory)}`;
  const servers = 'count(present_over_time(mcp_logbook_log_size{job!="sink"}[5m]))';
  const window = t(auditLag.window);
  return [
    {
      name: 'AuditSilent',
      source: 'prometheus',
      question: 21,
      severity: 'critical',
      query: `((${age}) or (${never})) and on() (${servers} > 0)`,
      op: '>',
      threshold: secondsOf(t(`${auditSilent.seconds}s`)),
      for: '0s',
      range: memory,
      summary: 'No sign of life from the sink for {value:duration}',
      description: `The last heartbeat of the sink {instance} is {value:duration} old (limit ${auditSilent.seconds} s), while servers are running: nothing is entered in the central log.`,
    },
    {
      name: 'AuditLagging',
      source: 'prometheus',
      question: 21,
      severity: 'warning',
      query: 'max by (mcp_logbook_log_origin) (mcp_logbook_ship_oldest_age_seconds)',
      op: '>',
      threshold: auditLag.seconds,
      for: t(auditLag.for),
      range: '5m',
      summary: 'Entries of {mcp_logbook_log_origin} wait for {value:duration}',
      description: `The oldest entry of {mcp_logbook_log_origin} that has not reached the collector is {value:duration} old (limit ${auditLag.seconds} s). It is safe in the server's own log.`,
    },
    {
      name: 'AuditDelayHigh',
      source: 'prometheus',
      question: 21,
      severity: 'warning',
      query: `histogram_quantile(0.95, ${grown('mcp_logbook_sink_delay_seconds_bucket', window, ['instance', 'le'])})`,
      op: '>',
      threshold: auditLag.seconds,
      for: t(auditLag.for),
      range: window,
      summary: 'Records are signed {value:duration} after their event',
      description: `p95 from event to signed entry in the sink {instance} is {value:duration} (limit ${auditLag.seconds} s). Until then a record can still be lost or changed.`,
    },
  ];
}

function atTheSink(t: Clock): readonly AlertBody[] {
  const { auditConflict, auditRefusals, auditUnauthorized, auditAck } = THRESHOLDS;
  const results = (pattern: string): string => `${RECORDS}{mcp_logbook_sink_result="${pattern}"}`;
  const window = t(auditConflict.window);
  const ackWindow = t(auditAck.window);
  return [
    {
      name: 'AuditConflict',
      source: 'prometheus',
      question: 22,
      severity: 'critical',
      query: grown(results('conflict'), window, ['instance']),
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: '{value} records came twice with different content',
      description: `{value} records that the sink {instance} got within ${window} have the id of a stored entry and other content. Both are kept. Somebody may be rewriting history.`,
    },
    {
      name: 'AuditQuarantined',
      source: 'prometheus',
      question: 22,
      severity: 'warning',
      query: grown(results('quarantined'), window, ['instance']),
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: '{value} audit records went to quarantine',
      description: `The sink {instance} could not read or not trust {value} records within ${window}. They are kept in its quarantine folder, not in the log.`,
    },
    {
      name: 'SinkRefusing',
      source: 'prometheus',
      question: 21,
      severity: 'warning',
      query: grown(results('refused'), t(auditRefusals.window), ['instance']),
      op: '>',
      threshold: auditRefusals.count,
      for: t(auditRefusals.for),
      range: t(auditRefusals.window),
      summary: 'The sink answers "come again" to {value} records',
      description: `The sink {instance} sent {value} records back within ${t(auditRefusals.window)} (limit ${auditRefusals.count}), for ${t(auditRefusals.for)}: its disk, its lock or its memory is the limit. The collector keeps them.`,
    },
    {
      name: 'SinkUnauthorized',
      source: 'prometheus',
      question: 6,
      severity: 'warning',
      query: grown('mcp_logbook_sink_unauthorized_total', t(auditUnauthorized.window), [
        'instance',
        'mcp_logbook_sink_path',
      ]),
      op: '>',
      threshold: auditUnauthorized.count,
      for: '0s',
      range: t(auditUnauthorized.window),
      summary: '{value} requests to the sink with wrong credentials',
      description: `{value} requests to {mcp_logbook_sink_path} of the sink {instance} had no valid credentials within ${t(auditUnauthorized.window)} (limit ${auditUnauthorized.count}): a token was rotated on one side only, or somebody tries.`,
    },
    {
      name: 'SinkSlow',
      source: 'prometheus',
      question: 21,
      severity: 'warning',
      query: `histogram_quantile(0.99, ${grown('mcp_logbook_sink_ack_duration_seconds_bucket', ackWindow, ['instance', 'le'])})`,
      op: '>',
      threshold: auditAck.p99Seconds,
      for: t(auditAck.for),
      range: ackWindow,
      summary: 'The sink needs {value:duration} to acknowledge',
      description: `p99 of the acknowledgement of the sink {instance} is {value:duration} (limit ${auditAck.p99Seconds} s; the aim is 50 ms).`,
    },
  ];
}
