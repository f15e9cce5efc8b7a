/** Fleet: is everything all right, and if not, where? The page to start from. */
import {
  METRIC_MCP_LOGBOOK_AUTH_EVENTS,
  METRIC_MCP_LOGBOOK_SESSION_ACTIVE,
  METRIC_MCP_LOGBOOK_SINK_GAPS,
} from '@mcp-logbook/semconv';
import { DASHBOARD } from '../names.ts';
import { cell, label, toDashboard } from '../panels/links.ts';
import type { DashboardSpec, Panel } from '../panels/model.ts';
import { grown } from '../queries/grown.ts';
import { increase, orZero, own, quantile, rate, ratio, sumBy } from '../queries/promql.ts';
import {
  ANY_TOOL,
  bothBuckets,
  bothKinds,
  FAILED,
  FAILING_STEPS,
  HERE,
  LATENCY_STEPS,
  NONE_ALLOWED,
  NONE_USUAL,
  PLAIN,
  prom,
  promNow,
  RANGE,
  REFUSALS,
  STEP,
} from './common.ts';
import { processRow, saturationRow, sessionRow } from './fleet-rows.ts';
import { SILENT_COUNT, SPEAKING_COUNT } from './silence.ts';

/** Over all chosen servers together: both kinds have the same buckets (semconv.md 1.6, the collector's layer `traces`). */
const quantileOfAll = (q: number): string =>
  quantile(
    q,
    [],
    bothBuckets([], (buckets) => rate(buckets, STEP)),
  );

const now: readonly Panel[] = [
  {
    title: 'Calls',
    questions: [2],
    shows: 'Tool calls, resource reads and prompts a second, all chosen servers together.',
    red: 'A fall to nothing with servers up means clients cannot reach them: look at Refused and at Silent.',
    queries: [
      prom(
        sumBy(
          [],
          bothKinds((calls) => rate(calls(), STEP)),
        ),
        'calls',
      ),
    ],
    view: { kind: 'stat', sparkline: true },
    unit: 'reqps',
    decimals: 1,
    steps: PLAIN,
    links: [toDashboard('tool', 'By tool')],
    width: 3,
    height: 4,
  },
  {
    title: 'Failing',
    questions: [2],
    shows: 'Share of calls that failed in the server or whose tool said isError.',
    red: 'Open Tool detail, sort the table of failures by tool and open one of its traces.',
    queries: [
      prom(
        ratio(
          [],
          bothKinds((calls) => rate(calls(FAILED), STEP)),
          bothKinds((calls) => rate(calls(), STEP)),
        ),
        'failing',
      ),
    ],
    view: { kind: 'stat', sparkline: true },
    unit: 'percentunit',
    decimals: 1,
    steps: FAILING_STEPS,
    links: [toDashboard('tool', 'By tool')],
    width: 3,
    height: 4,
  },
  {
    title: 'p95',
    questions: [3],
    shows: 'Nineteen of twenty calls are answered within this time.',
    red: 'The table of tools below names the slow one; Tool detail shows its slowest traces.',
    queries: [prom(quantileOfAll(0.95), 'p95')],
    view: { kind: 'stat', sparkline: true },
    unit: 's',
    steps: LATENCY_STEPS,
    links: [toDashboard('tool', 'By tool')],
    width: 3,
    height: 4,
  },
  {
    title: 'Sessions',
    questions: [16],
    shows: 'Sessions opened and not yet closed; stateless peers (2026-07-28) have none.',
    red: 'A steady climb without more calls means clients do not close: see session length below.',
    queries: [prom(sumBy([], own(METRIC_MCP_LOGBOOK_SESSION_ACTIVE, HERE)), 'sessions')],
    view: { kind: 'stat', sparkline: true },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 3,
    height: 4,
  },
  {
    title: 'Servers',
    questions: [27],
    shows: 'Servers that sent metrics in the last five minutes.',
    red: 'Fewer than you run: the table of silence at the bottom names the missing ones.',
    queries: [promNow(orZero(SPEAKING_COUNT))],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: [{ color: 'red' }, { from: 1, color: 'blue' }],
    width: 3,
    height: 4,
  },
  {
    title: 'Silent',
    questions: [27],
    shows: 'Servers heard of in the last day and not in the last five minutes.',
    red: 'Stopped on purpose: nothing to do. Otherwise look at its host, then at the collector (Pipeline health).',
    queries: [promNow(orZero(SILENT_COUNT))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_USUAL,
    links: [toDashboard('pipeline', 'Pipeline health')],
    width: 3,
    height: 4,
  },
  {
    title: 'Refused',
    questions: [6],
    shows:
      'Accesses refused in the time range: a missing, bad or too narrow token, a bad session, another host, a token or client not given.',
    red: 'Open Security: which address, which reason, and whether one of them got in afterwards.',
    queries: [
      promNow(orZero(grown(own(METRIC_MCP_LOGBOOK_AUTH_EVENTS, [...HERE, REFUSALS]), RANGE, []))),
    ],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: [{ color: 'green' }, { from: 10, color: 'yellow' }, { from: 100, color: 'red' }],
    links: [toDashboard('security', 'Security and audit events')],
    width: 3,
    height: 4,
  },
  {
    title: 'Log gaps',
    questions: [22],
    shows:
      'Missing numbers in the streams of the central log. Each is a record that was made and never arrived.',
    red: 'Audit integrity names the stream; `mcp-logbook ship --from SEQ` on that server fills the gap.',
    queries: [promNow(orZero(sumBy([], own(METRIC_MCP_LOGBOOK_SINK_GAPS))))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    links: [toDashboard('audit', 'Audit integrity')],
    width: 3,
    height: 4,
  },
];

const traffic: readonly Panel[] = [
  {
    title: 'Calls by server',
    questions: [2],
    shows: 'Tool calls, resource reads and prompts a second. Click a line for that server.',
    red: 'A server that falls to nothing while others go on has lost its clients or its token.',
    queries: [
      prom(
        bothKinds((calls) => sumBy(['service_name'], rate(calls(), STEP))),
        '{{service_name}}',
      ),
    ],
    view: { kind: 'timeseries', style: 'stacked' },
    unit: 'reqps',
    links: [toDashboard('tool', 'This server', { server: label('service_name') })],
    width: 8,
    height: 8,
  },
  {
    title: 'Failing calls by server',
    questions: [2],
    shows: 'Share of calls that failed. Click a line for that server.',
    red: 'One server: its own fault, or what it depends on. All at once: network, identity provider, a bad release of a client.',
    queries: [
      prom(
        bothKinds((calls) =>
          ratio(['service_name'], rate(calls(FAILED), STEP), rate(calls(), STEP)),
        ),
        '{{service_name}}',
      ),
    ],
    view: { kind: 'timeseries', limitLine: true },
    unit: 'percentunit',
    steps: FAILING_STEPS,
    links: [toDashboard('tool', 'This server', { server: label('service_name') })],
    width: 8,
    height: 8,
  },
  {
    title: 'Latency',
    questions: [3],
    shows:
      'Half, nineteen of twenty and ninety-nine of a hundred calls are answered within these times.',
    red: 'p50 up: everything is slow. Only p99 up: one tool or one argument; see the table of tools.',
    queries: [0.5, 0.95, 0.99].map((q) => prom(quantileOfAll(q), `p${q * 100}`)),
    view: { kind: 'timeseries' },
    unit: 's',
    links: [toDashboard('tool', 'Slowest calls')],
    width: 8,
    height: 8,
  },
];

const TOOL_LABELS: readonly string[] = ['service_name', 'gen_ai_tool_name'];
const SERVER_LABELS: readonly string[] = ['service_name', 'service_version'];
/** p95 over the whole range, by server and tool; `offset` is PromQL's, with a blank before it. */
const p95ByTool = (offset: string): string =>
  bothBuckets([ANY_TOOL], (buckets) =>
    quantile(0.95, TOOL_LABELS, `rate(${buckets}[${RANGE}]${offset})`),
  );
const p95Now = p95ByTool('');

const tables: readonly Panel[] = [
  {
    title: 'Server by server',
    questions: [2, 3],
    shows: 'Each server in the time range: calls, failures, p95. Click one for its tools.',
    red: 'Start with the server that fails most; many failures of few calls may be one bad client.',
    queries: [
      promNow(bothKinds((calls) => grown(calls(), RANGE, SERVER_LABELS))),
      promNow(
        bothKinds((calls) =>
          ratio(SERVER_LABELS, increase(calls(FAILED), RANGE), increase(calls(), RANGE)),
        ),
      ),
      promNow(bothBuckets([], (buckets) => quantile(0.95, SERVER_LABELS, rate(buckets, RANGE)))),
    ],
    view: {
      kind: 'table',
      columns: [
        {
          field: 'service_name',
          title: 'Server',
          link: toDashboard('tool', 'Tools of this server', { server: cell('Server') }),
        },
        { field: 'service_version', title: 'Version', width: 90 },
        { field: 'Value #A', title: 'Calls', unit: 'locale', decimals: 0, cell: 'bar' },
        {
          field: 'Value #B',
          title: 'Failing',
          unit: 'percentunit',
          decimals: 1,
          width: 90,
          steps: FAILING_STEPS,
        },
        { field: 'Value #C', title: 'p95', unit: 's', width: 90, steps: LATENCY_STEPS },
      ],
      sort: { by: 'Calls', descending: true },
    },
    unit: 'none',
    width: 10,
    height: 9,
  },
  {
    title: 'Tool by tool',
    questions: [2, 3],
    shows:
      'Each tool in the time range, its p95 and how that compares with the same time last week (1 = unchanged, 2 = twice as slow, new = nothing to compare with). Click one for its details.',
    red: 'Worse than 1.5 without more calls is a regression: compare versions, then open the slowest traces.',
    queries: [
      promNow(bothKinds((calls) => grown(calls(ANY_TOOL), RANGE, TOOL_LABELS))),
      promNow(
        bothKinds((calls) =>
          ratio(
            TOOL_LABELS,
            increase(calls(ANY_TOOL, FAILED), RANGE),
            increase(calls(ANY_TOOL), RANGE),
          ),
        ),
      ),
      promNow(p95Now),
      promNow(`(${p95Now}) / (${p95ByTool(' offset 1w')}) or (${p95Now}) * NaN`),
    ],
    view: {
      kind: 'table',
      columns: [
        {
          field: 'gen_ai_tool_name',
          title: 'Tool',
          link: toDashboard('tool', 'This tool', { server: cell('Server'), tool: cell('Tool') }),
        },
        { field: 'service_name', title: 'Server' },
        { field: 'Value #A', title: 'Calls', unit: 'locale', decimals: 0, cell: 'bar' },
        {
          field: 'Value #B',
          title: 'Failing',
          unit: 'percentunit',
          decimals: 1,
          width: 90,
          steps: FAILING_STEPS,
        },
        { field: 'Value #C', title: 'p95', unit: 's', width: 90, steps: LATENCY_STEPS },
        {
          field: 'Value #D',
          title: 'vs week ago',
          unit: 'short',
          decimals: 2,
          width: 125,
          steps: [{ color: 'green' }, { from: 1.5, color: 'yellow' }, { from: 2, color: 'red' }],
          mappings: [{ value: 'null+nan', text: 'new', color: 'text' }],
        },
      ],
      sort: { by: 'Calls', descending: true },
    },
    unit: 'none',
    width: 14,
    height: 9,
  },
];

/** The dashboard. */
export const fleet: DashboardSpec = {
  uid: DASHBOARD.fleet,
  title: 'MCP Fleet',
  description: 'All MCP servers at a glance: traffic, failures, latency, sessions, silence.',
  variables: ['environment', 'server'],
  rows: [
    { title: 'Now', panels: now },
    { title: 'Traffic', panels: traffic },
    { title: 'Servers and tools', panels: tables },
    sessionRow,
    saturationRow,
    processRow,
  ],
};
