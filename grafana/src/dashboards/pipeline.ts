/** Pipeline health: does telemetry arrive, is any lost, and how long does the disk last? */
import {
  METRIC_MCP_LOGBOOK_LOG_BYTES,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
  METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS,
} from '@mcp-logbook/semconv';
import { DASHBOARD } from '../names.ts';
import type { DashboardSpec, Panel, Row } from '../panels/model.ts';
import { grown } from '../queries/grown.ts';
import { aggregate, increase, orZero, own, rate, select, sumBy } from '../queries/promql.ts';
import { HERE, NONE_ALLOWED, NONE_USUAL, PLAIN, prom, promNow, RANGE, STEP } from './common.ts';
import { SPEAKING_STATE } from './silence.ts';

const SIGNALS = ['spans', 'log_records', 'metric_points'] as const;
const READABLE = { spans: 'spans', log_records: 'log records', metric_points: 'points' } as const;
/** Everything whose loss counts: given up after all retries, or the queue was full. */
const LOST: string = SIGNALS.flatMap((signal) => [
  `sum(${increase(`otelcol_exporter_send_failed_${signal}_total`, RANGE)})`,
  `sum(${increase(`otelcol_exporter_enqueue_failed_${signal}_total`, RANGE)})`,
])
  .map((expr) => `(${expr} or vector(0))`)
  .join(' + ');
const REFUSED: string = SIGNALS.map(
  (signal) => `(sum(${increase(`otelcol_receiver_refused_${signal}_total`, RANGE)}) or vector(0))`,
).join(' + ');

const numbers: readonly Panel[] = [
  {
    title: 'Programs down',
    questions: [23],
    shows: 'Parts of the stack that Prometheus cannot scrape.',
    red: 'Programs below names it; `docker compose ps` and its log tell why.',
    queries: [promNow('count(up == 0) or vector(0)')],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    width: 4,
    height: 4,
  },
  {
    title: 'Lost',
    questions: [23],
    shows:
      'Spans, log records and points given up after all retries or refused by a full queue, in the time range.',
    red: 'The store behind that exporter is away: see Failed to deliver. The logbook has its own way and is not touched.',
    queries: [promNow(LOST)],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    width: 4,
    height: 4,
  },
  {
    title: 'Refused',
    questions: [23],
    shows: 'What the collector sent back to servers: too little memory, or nobody behind it.',
    red: 'Servers try again a few times, then count it as dropped: more memory, or fewer senders.',
    queries: [promNow(REFUSED)],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_USUAL,
    width: 4,
    height: 4,
  },
  {
    title: 'Dropped by servers',
    questions: [23],
    shows: 'Spans, log records and points that servers could not deliver, in the time range.',
    red: 'By server below: the collector cannot be reached from there, or more comes than it may send.',
    queries: [promNow(orZero(grown(own(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED, HERE), RANGE, [])))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_USUAL,
    width: 4,
    height: 4,
  },
  {
    title: 'Own faults',
    questions: [23],
    shows: 'Our own faults inside servers: caught, counted, never passed on to the server.',
    red: 'Please report it: the stderr of the server has one line for it.',
    queries: [promNow(orZero(grown(own(METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS, HERE), RANGE, [])))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_USUAL,
    width: 4,
    height: 4,
  },
  {
    title: 'Collector up for',
    questions: [23],
    shows: 'Since the last start of the youngest collector.',
    red: 'Small again and again: it is killed for its memory. Raise the limit, or sample traces.',
    queries: [promNow('min(otelcol_process_uptime_seconds_total)')],
    view: { kind: 'stat' },
    unit: 's',
    decimals: 0,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
];

const flowRow: Row = {
  title: 'Flow',
  panels: [
    {
      title: 'Taken in',
      questions: [23],
      shows: 'What the collector took from servers, by signal.',
      red: 'A fall to nothing: servers cannot reach it, or their token is refused.',
      queries: SIGNALS.map((signal) =>
        prom(`sum(${rate(`otelcol_receiver_accepted_${signal}_total`, STEP)})`, READABLE[signal]),
      ),
      view: { kind: 'timeseries' },
      unit: 'cps',
      width: 8,
      height: 8,
    },
    {
      title: 'Handed to stores',
      questions: [23],
      shows: 'What the collector delivered, by exporter.',
      red: 'Less than was taken in, for long: a queue grows. See Queues.',
      queries: SIGNALS.map((signal) =>
        prom(
          sumBy(['exporter'], rate(`otelcol_exporter_sent_${signal}_total`, STEP)),
          `{{exporter}} ${READABLE[signal]}`,
        ),
      ),
      view: { kind: 'timeseries' },
      unit: 'cps',
      width: 8,
      height: 8,
    },
    {
      title: 'Failed to deliver',
      questions: [23],
      shows:
        'Given up after all retries, by exporter. For audit records any value is loss, or a shutdown going on.',
      red: 'The exporter names the store: is it up, has it disk, does it refuse (400) what it gets?',
      queries: SIGNALS.map((signal) =>
        prom(
          orZero(
            sumBy(['exporter'], increase(`otelcol_exporter_send_failed_${signal}_total`, STEP)),
            'exporter',
          ),
          `{{exporter}} ${READABLE[signal]}`,
        ),
      ),
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
    {
      title: 'Queues',
      questions: [21, 23],
      shows: 'How full each queue of the collector is.',
      red: 'Growing: the store is slow or away. Full: telemetry is refused, audit blocks and waits.',
      queries: [
        prom(
          `${aggregate('max', ['exporter'], 'otelcol_exporter_queue_size')} / ${aggregate('max', ['exporter'], 'otelcol_exporter_queue_capacity')}`,
          '{{exporter}}',
        ),
      ],
      view: { kind: 'timeseries', limitLine: true, max: 1 },
      unit: 'percentunit',
      steps: [{ color: 'green' }, { from: 0.8, color: 'red' }],
      width: 8,
      height: 8,
    },
    {
      title: 'Refused by stores',
      questions: [23],
      shows:
        'Lines that Loki and spans that Tempo refused, by reason. They are lost there; the logbook has them.',
      red: 'Too old: a replay after an outage. Too large or too many: see limits in loki.yaml and tempo.yaml.',
      queries: [
        prom(
          orZero(sumBy(['reason'], increase('loki_discarded_samples_total', STEP)), 'reason'),
          'Loki {{reason}}',
        ),
        prom(
          orZero(sumBy(['reason'], increase('tempo_discarded_spans_total', STEP)), 'reason'),
          'Tempo {{reason}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
    {
      title: 'Dropped by server',
      questions: [23],
      shows: 'What servers could not deliver, by server, signal and reason.',
      red: 'queue_full: more than it may send. export_failed: no way to the collector from there.',
      queries: [
        prom(
          orZero(
            sumBy(
              ['service_name', 'mcp_logbook_signal', 'mcp_logbook_reason'],
              increase(own(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED, HERE), STEP),
            ),
            'service_name',
          ),
          '{{service_name}} {{mcp_logbook_signal}} {{mcp_logbook_reason}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
  ],
};

/** Bytes on disk that each store tells of itself. */
const STORE_BYTES = [
  prom(sumBy([], own(METRIC_MCP_LOGBOOK_LOG_BYTES)), 'logbooks'),
  prom(
    'sum(prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes + prometheus_tsdb_head_chunks_storage_size_bytes)',
    'Prometheus',
  ),
];

const DISK_USED = 'max(loki_ingester_wal_disk_usage_percent)';
/** Free share by growth a day; a shrinking or resting disk has no end and shows the most. */
const DAYS_LEFT = `clamp_max((1 - ${DISK_USED}) / clamp_min(max(deriv(loki_ingester_wal_disk_usage_percent[6h])) * 86400, 0.00001), 999)`;

const diskRow: Row = {
  title: 'Disk and programs',
  panels: [
    {
      title: 'Bytes on disk',
      questions: [24],
      shows:
        'What the logbooks and Prometheus hold; Loki and Tempo tell what they take in beside it.',
      red: 'Steeper than usual: a chatty server, or capture level full for large results.',
      queries: STORE_BYTES,
      view: { kind: 'timeseries' },
      unit: 'bytes',
      width: 5,
      height: 8,
    },
    {
      title: 'Growth a day',
      questions: [24],
      shows:
        'At the pace of the time range: bytes a day of logbooks, Prometheus and lines into Loki (before compression).',
      red: 'Divide the free disk by it: that many days are left.',
      queries: [
        promNow(
          `sum(rate(loki_distributor_bytes_received_total[${RANGE}])) * 86400`,
          'Loki, uncompressed',
        ),
        promNow(
          `clamp_min(sum(deriv(${own(METRIC_MCP_LOGBOOK_LOG_BYTES)}[${RANGE}])), 0) * 86400`,
          'logbooks',
        ),
      ],
      view: { kind: 'bars' },
      unit: 'bytes',
      width: 5,
      height: 8,
    },
    {
      title: 'Disk used',
      questions: [24],
      shows:
        'How full the disk is that Loki writes to. In the bundle all stores are on it; where they are not, node_exporter tells of the others.',
      red: 'Shorten retention (loki.yaml, tempo.yaml, MCP_LOGBOOK_RETENTION) or add disk. The sink keeps a reserve, then refuses: nothing is lost, everything waits.',
      queries: [promNow(DISK_USED)],
      view: { kind: 'stat' },
      unit: 'percentunit',
      decimals: 0,
      steps: [{ color: 'green' }, { from: 0.8, color: 'yellow' }, { from: 0.9, color: 'red' }],
      width: 3,
      height: 8,
    },
    {
      title: 'Days left',
      questions: [24],
      shows:
        'Until that disk is full at the growth of the last six hours; 999 stands for that or longer.',
      red: 'Below a week: see Growth a day for what grows.',
      queries: [promNow(DAYS_LEFT)],
      view: { kind: 'stat' },
      unit: 'd',
      decimals: 0,
      steps: [{ color: 'red' }, { from: 7, color: 'yellow' }, { from: 30, color: 'green' }],
      width: 3,
      height: 8,
    },
    {
      title: 'Programs',
      questions: [23, 24],
      shows: 'Parts of the stack: up, memory.',
      red: 'Down: its log. Memory that only grows: too many series or streams.',
      queries: [
        promNow(aggregate('min', ['job'], 'up')),
        promNow(
          sumBy(['job'], 'process_resident_memory_bytes or otelcol_process_memory_rss_bytes'),
        ),
        promNow(
          sumBy(
            ['job'],
            `rate(process_cpu_seconds_total[${STEP}]) or rate(otelcol_process_cpu_seconds_total[${STEP}])`,
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'job', title: 'Program' },
          {
            field: 'Value #A',
            title: 'State',
            width: 80,
            mappings: [
              { value: '1', text: 'up', color: 'green' },
              { value: '0', text: 'down', color: 'red' },
            ],
          },
          { field: 'Value #B', title: 'Memory', unit: 'bytes', width: 110 },
          { field: 'Value #C', title: 'Cores', unit: 'short', decimals: 2, width: 80 },
        ],
        sort: { by: 'Program', descending: false },
      },
      unit: 'none',
      width: 8,
      height: 8,
    },
  ],
};

const silenceRow: Row = {
  title: 'Servers',
  panels: [
    {
      title: 'Silence',
      questions: [27],
      shows: 'Green while a server sends metrics, red while it is silent; servers of the last day.',
      red: 'Stopped on purpose: nothing to do. One: its host. Many at once: the collector, its token, the network.',
      queries: [prom(SPEAKING_STATE, '{{service_name}}')],
      view: { kind: 'states' },
      unit: 'none',
      steps: [{ color: 'red' }, { from: 1, color: 'green' }],
      mappings: [
        { value: '0', text: 'silent', color: 'red' },
        { value: '1', text: 'sending', color: 'green' },
      ],
      width: 12,
      height: 7,
    },
    {
      title: 'Audit records on the wrong port',
      questions: [23],
      shows:
        'Records for the logbook that came to the telemetry port. They reach the sink, but can stall telemetry.',
      red: 'Set MCP_LOGBOOK_AUDIT_ENDPOINT of that server to the audit port (4320).',
      queries: [
        prom(
          orZero(
            sumBy(
              ['service_name'],
              increase(select('mcp_logbook_collector_stray_audit_total'), STEP),
            ),
            'service_name',
          ),
          '{{service_name}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 12,
      height: 7,
    },
  ],
};

/** The dashboard. */
export const pipeline: DashboardSpec = {
  uid: DASHBOARD.pipeline,
  title: 'MCP Pipeline',
  description:
    'Collector, stores and the way to them: what flows, what is lost, how long the disk lasts.',
  variables: ['environment', 'server'],
  rows: [{ title: 'Now', panels: numbers }, flowRow, diskRow, silenceRow],
};
