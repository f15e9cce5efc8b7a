/** Retention and erasure: what is kept, what is due, who asked to be forgotten. */
import {
  METRIC_MCP_LOGBOOK_ERASURES,
  METRIC_MCP_LOGBOOK_HOLDS,
  METRIC_MCP_LOGBOOK_LOG_BYTES,
  METRIC_MCP_LOGBOOK_LOG_SIZE,
  METRIC_MCP_LOGBOOK_RETENTION_EXPIRED,
} from '@mcp-logbook/semconv';
import { DASHBOARD } from '../names.ts';
import type { DashboardSpec, Panel, Row } from '../panels/model.ts';
import { countBy, logs } from '../queries/logql.ts';
import { aggregate, increase, own, sumBy } from '../queries/promql.ts';
import { lokiLines, lokiNow, PLAIN, prom, promNow, RANGE, STEP } from './common.ts';

const ORIGIN = 'mcp_logbook_log_origin';
/** Entries that a log makes about itself (packages/semconv, `ControlKind`). */
const OWN_KINDS =
  'log[.].*|key[.].*|segment[.].*|archive[.].*|retention[.].*|erasure[.].*|hold[.].*|clock[.].*|producer[.]gap|id[.]conflict|checkpoint[.].*';
const STATE = 'mcp_logbook_erasure_state';

const numbers: readonly Panel[] = [
  {
    title: 'Entries kept',
    questions: [24, 26],
    shows:
      'Leaves of all logs. Erasing a person blanks what is sealed; the leaf stays, so the proof stays.',
    red: 'It never falls. If it does, see Audit integrity.',
    queries: [prom(sumBy([], own(METRIC_MCP_LOGBOOK_LOG_SIZE)), 'entries')],
    view: { kind: 'stat', sparkline: true },
    unit: 'short',
    steps: PLAIN,
    width: 6,
    height: 4,
  },
  {
    title: 'Bytes kept',
    questions: [24],
    shows: 'Size of all logs on disk.',
    red: 'Nearer to the disk’s end than you like: shorten the retention of classes that need not stay.',
    queries: [prom(sumBy([], own(METRIC_MCP_LOGBOOK_LOG_BYTES)), 'bytes')],
    view: { kind: 'stat', sparkline: true },
    unit: 'bytes',
    steps: PLAIN,
    width: 6,
    height: 4,
  },
  {
    title: 'Erasures open',
    questions: [26],
    shows: 'Requests to erase a person in the central log that have begun and are not done.',
    red: 'The sink goes on by itself; its lines on stderr say what hinders it, most often a full disk. The law gives a month.',
    queries: [
      promNow(
        `clamp_min(${sumBy([], own(METRIC_MCP_LOGBOOK_ERASURES, [`${STATE}="requested"`]))} - ${sumBy([], own(METRIC_MCP_LOGBOOK_ERASURES, [`${STATE}=~"completed|denied"`]))}, 0)`,
      ),
    ],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: [{ color: 'green' }, { from: 1, color: 'orange' }],
    width: 6,
    height: 4,
  },
  {
    title: 'Holds',
    questions: [26],
    shows:
      'People in the central log whose entries must not be erased nor expire for the time being.',
    red: 'A hold that nobody remembers keeps data too long: `mcp-logbook hold lift` with its authority.',
    queries: [promNow(sumBy([], own(METRIC_MCP_LOGBOOK_HOLDS)))],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 6,
    height: 4,
  },
];

const keptRow: Row = {
  title: 'What is kept',
  panels: [
    {
      title: 'Size of each log',
      questions: [24],
      shows: 'Bytes of each log, by origin: the central one and those of the servers.',
      red: 'A local log that only grows: its shipper does not prune, because the sink has not confirmed.',
      queries: [
        prom(aggregate('max', [ORIGIN], own(METRIC_MCP_LOGBOOK_LOG_BYTES)), `{{${ORIGIN}}}`),
      ],
      view: { kind: 'timeseries' },
      unit: 'bytes',
      width: 12,
      height: 8,
    },
    {
      title: 'Lines in Loki by class',
      questions: [24, 26],
      shows:
        'Lines of the time range by class. Kept for: app 7 days, call 31 days, auth 92 days, config and audit a year.',
      red: 'A class that is far larger than the others: shorten it in loki.yaml, or lower what is logged.',
      queries: [
        lokiNow(
          `sum by (mcp_logbook_log_class) (count_over_time({mcp_logbook_log_class=~".+"} [${RANGE}]))`,
        ),
      ],
      view: { kind: 'pie' },
      unit: 'locale',
      decimals: 0,
      width: 12,
      height: 8,
    },
  ],
};

const erasureRow: Row = {
  title: 'Erasure and retention',
  panels: [
    {
      title: 'Erasures by state',
      questions: [26],
      shows: 'Requests, refusals and completions in the central log, over the time range.',
      red: 'Requested and not completed for days: see Erasures open.',
      queries: [
        prom(sumBy([STATE], increase(own(METRIC_MCP_LOGBOOK_ERASURES), STEP)), `{{${STATE}}}`),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
    {
      title: 'Expired by class',
      questions: [26],
      shows:
        'Months of a retention class whose payloads nobody can read any more in the central log, because their time was over.',
      red: 'Nothing for longer than a class is kept: `mcp-logbook retain --dry-run` tells what is due.',
      queries: [
        prom(
          sumBy(['mcp_logbook_class'], increase(own(METRIC_MCP_LOGBOOK_RETENTION_EXPIRED), STEP)),
          '{{mcp_logbook_class}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
    {
      title: 'What the log says of itself',
      questions: [26, 20],
      shows: 'Entries by kind, among them erasures, holds, expiries, starts and stops of logs.',
      red: 'erasure.denied: a hold stood against it. log.recovered: a process died while writing.',
      queries: [
        lokiNow(
          countBy(
            ['mcp_logbook_kind'],
            logs('audit', [], [`mcp_logbook_kind=~"${OWN_KINDS}"`]),
            RANGE,
          ),
        ),
      ],
      view: { kind: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
    {
      title: 'Erasures, holds, expiries',
      questions: [26],
      shows:
        'Each of them as an entry of a server’s log; a certificate of erasure cites its id. Those of the central log are counted above and listed by `mcp-logbook query --kind erasure.completed`.',
      red: 'erasure.requested without erasure.completed after it: overdue.',
      queries: [
        lokiLines(logs('audit', [], ['mcp_logbook_kind=~"erasure.*|hold.*|retention.*"']), 100),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'Time', title: 'Time', unit: 'dateTimeAsIso', width: 165 },
          { field: 'mcp_logbook_kind', title: 'Kind', width: 160 },
          { field: 'enduser_pseudo_id', title: 'User', width: 190 },
          { field: 'audit_outcome', title: 'Outcome', width: 100 },
          { field: 'audit_record_id', title: 'Entry' },
        ],
      },
      unit: 'none',
      whenEmpty: 'none in this time range',
      width: 24,
      height: 7,
    },
  ],
};

/** The dashboard. */
export const retention: DashboardSpec = {
  uid: DASHBOARD.retention,
  title: 'MCP Retention',
  description: 'What is kept for how long, and what was erased on request.',
  variables: ['environment', 'server'],
  rows: [{ title: 'Now', panels: numbers }, keptRow, erasureRow],
};
