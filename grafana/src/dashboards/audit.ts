/** Audit integrity: is every record there, in time, unchanged? */
import {
  METRIC_MCP_LOGBOOK_ANCHOR_AGE,
  METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE,
  METRIC_MCP_LOGBOOK_LOG_DROPPED,
  METRIC_MCP_LOGBOOK_LOG_ENTRIES,
  METRIC_MCP_LOGBOOK_LOG_SIZE,
  METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE,
  METRIC_MCP_LOGBOOK_SHIP_PENDING,
  METRIC_MCP_LOGBOOK_SINK_ACK_DURATION,
  METRIC_MCP_LOGBOOK_SINK_DELAY,
  METRIC_MCP_LOGBOOK_SINK_GAPS,
  METRIC_MCP_LOGBOOK_SINK_RECORDS,
  METRIC_MCP_LOGBOOK_VERIFY_AGE,
  METRIC_MCP_LOGBOOK_VERIFY_FAILURES,
} from '@mcp-logbook/semconv';
import { DASHBOARD } from '../names.ts';
import { cell, toTrace } from '../panels/links.ts';
import type { DashboardSpec, Panel, Row } from '../panels/model.ts';
import { logs } from '../queries/logql.ts';
import { grown } from '../queries/grown.ts';
import {
  aggregate,
  increase,
  orZero,
  own,
  quantileOf,
  rate,
  select,
  sumBy,
} from '../queries/promql.ts';
import { HERE, lokiLines, NONE_ALLOWED, PLAIN, prom, promNow, RANGE, STEP } from './common.ts';

const ORIGIN = 'mcp_logbook_log_origin';
const RESULT = 'mcp_logbook_sink_result';
/** Both exporters that carry audit records. */
const AUDIT_EXPORTERS = 'exporter=~"otlp_http/audit|otlp_http/stray_audit"';

function records(result: string): string {
  return own(METRIC_MCP_LOGBOOK_SINK_RECORDS, [`${RESULT}="${result}"`]);
}

const numbers: readonly Panel[] = [
  {
    title: 'Entries',
    questions: [20],
    shows: 'Leaves of all logs that report: the central log and the local ones.',
    red: 'It must never fall: a smaller log is a cut log. Run `mcp-logbook verify` against a kept checkpoint.',
    queries: [prom(sumBy([], own(METRIC_MCP_LOGBOOK_LOG_SIZE)), 'entries')],
    view: { kind: 'stat', sparkline: true },
    unit: 'short',
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Stored centrally',
    questions: [20],
    shows: 'Records that the sink stored in the time range.',
    red: 'Nothing while servers work: the audit port, its token or the collector. See Delay and Waiting.',
    queries: [promNow(orZero(grown(records('stored'), RANGE, [])))],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: [{ color: 'red' }, { from: 1, color: 'blue' }],
    width: 4,
    height: 4,
  },
  {
    title: 'Gaps',
    questions: [22],
    shows: 'Missing numbers in the streams of the central log.',
    red: 'The table of gaps names the stream: `mcp-logbook ship --from SEQ` on that server fills it.',
    queries: [promNow(orZero(sumBy([], own(METRIC_MCP_LOGBOOK_SINK_GAPS))))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    width: 4,
    height: 4,
  },
  {
    title: 'Conflicts',
    questions: [22, 20],
    shows: 'Records with the id of another and other contents, in the time range.',
    red: 'Somebody changed a record or copied a log folder: compare both, they are kept.',
    queries: [promNow(orZero(grown(records('conflict'), RANGE, [])))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    width: 4,
    height: 4,
  },
  {
    title: 'Quarantined',
    questions: [22],
    shows: 'Bodies and records that the sink could not take and kept aside, in the time range.',
    red: 'Look into the folder quarantine of the sink: garbage, a foreign sender, or an unknown key.',
    queries: [promNow(orZero(grown(records('quarantined'), RANGE, [])))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    width: 4,
    height: 4,
  },
  {
    title: 'Dropped at source',
    questions: [22, 23],
    shows: 'Entries that a server could not write to its own log, in the time range.',
    red: 'Disk full or no rights on the state folder. In mode strict the call was refused instead.',
    queries: [promNow(orZero(grown(own(METRIC_MCP_LOGBOOK_LOG_DROPPED, HERE), RANGE, [])))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    width: 4,
    height: 4,
  },
];

const chainRow: Row = {
  title: 'The chain',
  panels: [
    {
      title: 'Age of the latest checkpoint',
      questions: [20],
      shows:
        'How long ago each log was last signed. Origins are logs, one for each server and one for the sink.',
      red: 'Older than an hour while entries come in: the process that signs is gone, or its disk is full.',
      queries: [
        prom(
          aggregate('max', [ORIGIN], own(METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE)),
          `{{${ORIGIN}}}`,
        ),
      ],
      view: { kind: 'timeseries', limitLine: true },
      unit: 's',
      steps: [{ color: 'green' }, { from: 3_600, color: 'red' }],
      width: 8,
      height: 8,
    },
    {
      title: 'Verification',
      questions: [20],
      shows: 'Age of the last verification, by log.',
      red: 'Run `mcp-logbook verify --deep`; if it fails, keep the disk as it is and follow the runbook.',
      queries: [
        prom(aggregate('max', [ORIGIN], own(METRIC_MCP_LOGBOOK_VERIFY_AGE)), `{{${ORIGIN}}}`),
      ],
      view: { kind: 'timeseries', limitLine: true },
      unit: 's',
      steps: [{ color: 'green' }, { from: 7_200, color: 'red' }],
      width: 8,
      height: 8,
    },
    {
      title: 'Failed checks',
      questions: [20],
      shows: 'Checks of the chain that failed in the time range.',
      red: 'Evidence was changed or cut. Stop nothing, copy the disk, follow the runbook.',
      queries: [
        promNow(
          sumBy([ORIGIN], increase(own(METRIC_MCP_LOGBOOK_VERIFY_FAILURES), RANGE)),
          `{{${ORIGIN}}}`,
        ),
      ],
      view: { kind: 'stat', fill: 'background' },
      unit: 'locale',
      decimals: 0,
      steps: NONE_ALLOWED,
      width: 4,
      height: 8,
    },
    {
      title: 'Age of anchors',
      questions: [20],
      shows:
        'Age of the newest kept checkpoint that the central log was compared with (`serve --anchors`).',
      red: 'Without a kept checkpoint nobody can tell that the newest entries were cut off: repair the anchor.',
      queries: [
        promNow(aggregate('max', [ORIGIN], own(METRIC_MCP_LOGBOOK_ANCHOR_AGE)), `{{${ORIGIN}}}`),
      ],
      view: { kind: 'stat' },
      unit: 's',
      steps: [{ color: 'green' }, { from: 14_400, color: 'red' }],
      whenEmpty: 'no anchor is compared',
      width: 4,
      height: 8,
    },
  ],
};

const lagRow: Row = {
  title: 'In time',
  panels: [
    {
      title: 'From event to signed',
      questions: [21],
      shows: 'Time from a call to its entry being durable in the central log.',
      red: 'Over a minute: the server cannot reach the collector, or the sink refuses. See Waiting and Pipeline health.',
      queries: [0.5, 0.95, 0.99].map((q) =>
        prom(quantileOf(q, METRIC_MCP_LOGBOOK_SINK_DELAY, [], [], STEP), `p${q * 100}`),
      ),
      view: { kind: 'timeseries', limitLine: true },
      unit: 's',
      steps: [{ color: 'green' }, { from: 60, color: 'red' }],
      width: 6,
      height: 8,
    },
    {
      title: 'Acknowledgement of the sink',
      questions: [21],
      shows: 'Time from a body being read to its answer, that is, to fsync.',
      red: 'The aim is p99 under 50 ms: a slow disk, or another program on it.',
      queries: [0.5, 0.99].map((q) =>
        prom(quantileOf(q, METRIC_MCP_LOGBOOK_SINK_ACK_DURATION, [], [], STEP), `p${q * 100}`),
      ),
      view: { kind: 'timeseries', limitLine: true },
      unit: 's',
      steps: [{ color: 'green' }, { from: 0.05, color: 'red' }],
      width: 6,
      height: 8,
    },
    {
      title: 'Waiting at the servers',
      questions: [21],
      shows: 'Entries that a server wrote and the collector has not yet taken, by log.',
      red: 'A climb: audit port unreachable or token refused. Nothing is lost, the local log keeps them.',
      queries: [prom(sumBy([ORIGIN], own(METRIC_MCP_LOGBOOK_SHIP_PENDING)), `{{${ORIGIN}}}`)],
      view: { kind: 'timeseries' },
      unit: 'locale',
      decimals: 0,
      width: 6,
      height: 8,
    },
    {
      title: 'Oldest that waits',
      questions: [21],
      shows:
        'Age of the oldest entry not yet shipped, by log; and what fills the audit queues of the collector.',
      red: 'Above a minute: see the server’s stderr, then the collector’s audit receiver.',
      queries: [
        prom(aggregate('max', [ORIGIN], own(METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE)), `{{${ORIGIN}}}`),
      ],
      view: { kind: 'timeseries', limitLine: true },
      unit: 's',
      steps: [{ color: 'green' }, { from: 60, color: 'red' }],
      width: 6,
      height: 8,
    },
  ],
};

const completeRow: Row = {
  title: 'Complete',
  panels: [
    {
      title: 'What the sink did with records',
      questions: [22],
      shows:
        'Stored, duplicates (harmless: a resent batch), conflicts, quarantined, refused (the sender comes again).',
      red: 'Duplicates in bulk: acknowledgements get lost. Refused: the sink has no disk, no lock or too much to do.',
      queries: [
        prom(sumBy([RESULT], rate(own(METRIC_MCP_LOGBOOK_SINK_RECORDS), STEP)), `{{${RESULT}}}`),
      ],
      view: { kind: 'timeseries', style: 'stacked' },
      colours: {
        stored: 'green',
        duplicate: 'blue',
        refused: 'yellow',
        quarantined: 'orange',
        conflict: 'red',
      },
      unit: 'cps',
      width: 8,
      height: 8,
    },
    {
      title: 'Gaps by stream',
      questions: [22],
      shows: 'Streams of the central log with missing numbers.',
      red: '`mcp-logbook ship --from SEQ` on that server. If its disk is gone, the gap entry is the record of it.',
      queries: [
        promNow(orZero(aggregate('max', [ORIGIN], own(METRIC_MCP_LOGBOOK_SINK_GAPS)), ORIGIN)),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: ORIGIN, title: 'Stream' },
          {
            field: 'Value #A',
            title: 'Missing',
            unit: 'locale',
            decimals: 0,
            width: 100,
            steps: NONE_ALLOWED,
            cell: 'background',
          },
        ],
        sort: { by: 'Missing', descending: true },
      },
      unit: 'none',
      width: 8,
      height: 8,
    },
    {
      title: 'Audit queue of the collector',
      questions: [21],
      shows: 'How full the queues that carry audit records are.',
      red: 'Above half for minutes: the sink is away or too slow. The queue is on disk and blocks when full; nothing is dropped.',
      queries: [
        prom(
          `${aggregate('max', ['exporter'], select('otelcol_exporter_queue_size', [AUDIT_EXPORTERS]))} / ${aggregate('max', ['exporter'], select('otelcol_exporter_queue_capacity', [AUDIT_EXPORTERS]))}`,
          '{{exporter}}',
        ),
      ],
      view: { kind: 'timeseries', limitLine: true, max: 1 },
      unit: 'percentunit',
      steps: [{ color: 'green' }, { from: 0.5, color: 'red' }],
      width: 8,
      height: 8,
    },
  ],
};

const entryRow: Row = {
  title: 'The entries',
  panels: [
    {
      title: 'Entries by kind',
      questions: [20, 1],
      shows: 'Entries a second that servers made, by kind.',
      red: 'auth.failure or authz.denied on top: see Security.',
      queries: [
        prom(
          sumBy(['mcp_logbook_kind'], rate(own(METRIC_MCP_LOGBOOK_LOG_ENTRIES, HERE), STEP)),
          '{{mcp_logbook_kind}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'stacked' },
      unit: 'cps',
      width: 8,
      height: 9,
    },
    {
      title: 'Latest entries',
      questions: [1, 20],
      shows:
        'The searchable copy of the logbook: who (pseudonym), what, with what outcome. The evidence is the central log: `mcp-logbook prove ID` makes a proof of one entry.',
      red: 'An entry here that the central log has not, or the reverse: verify both.',
      queries: [lokiLines(logs('audit', ['service_name=~".*"'], ['audit_record_id!=""']), 200)],
      view: {
        kind: 'table',
        columns: [
          { field: 'Time', title: 'Time', unit: 'dateTimeAsIso', width: 165 },
          { field: 'mcp_logbook_kind', title: 'Kind', width: 130 },
          { field: 'audit_action', title: 'Action', width: 90 },
          {
            field: 'audit_outcome',
            title: 'Outcome',
            width: 105,
            mappings: [
              { value: 'success', text: 'success', color: 'green' },
              { value: 'failure', text: 'failure', color: 'red' },
              { value: 'denied', text: 'denied', color: 'orange' },
            ],
          },
          { field: 'audit_target_id', title: 'Target' },
          { field: 'enduser_pseudo_id', title: 'User', width: 180 },
          { field: 'audit_sequence_number', title: 'Number', width: 90 },
          { field: 'trace_id', title: 'Trace', link: toTrace(cell('Trace')) },
          { field: 'audit_record_id', title: 'Entry' },
        ],
      },
      unit: 'none',
      width: 16,
      height: 9,
    },
  ],
};

/** The dashboard. */
export const audit: DashboardSpec = {
  uid: DASHBOARD.audit,
  title: 'MCP Audit',
  description: 'The signed logbook: complete, in time, unchanged.',
  variables: ['environment', 'server'],
  rows: [{ title: 'Now', panels: numbers }, chainRow, lagRow, completeRow, entryRow],
};
