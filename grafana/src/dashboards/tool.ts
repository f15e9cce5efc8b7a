/** Tool detail: one tool (or all of a server): how often, how well, how fast, how large, and the calls themselves. */
import {
  METRIC_MCP_LOGBOOK_MESSAGE_SIZE,
  METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
} from '@mcp-logbook/semconv';
import { DASHBOARD } from '../names.ts';
import { cell, label, toDashboard, toLogs, toTraces } from '../panels/links.ts';
import type { DashboardSpec, Panel } from '../panels/model.ts';
import {
  bucketsOf,
  increase,
  orZero,
  own,
  quantileOf,
  rate,
  quantile,
  ratio,
  select,
  sumBy,
  topk,
} from '../queries/promql.ts';
import { spans } from '../queries/traceql.ts';
import {
  ANY_TOOL,
  CALLS,
  FAILED,
  FAILING_STEPS,
  HERE,
  LATENCY_STEPS,
  PLAIN,
  prom,
  promBuckets,
  promNow,
  RANGE,
  STEP,
  THIS_TOOL,
  work,
} from './common.ts';
import { callRow, sizeRow } from './tool-rows.ts';

const IT: readonly string[] = [...HERE, THIS_TOOL, ANY_TOOL];
const finished = (...matchers: readonly string[]): string => work(THIS_TOOL, ANY_TOOL, ...matchers);
/** Calls of the tool whose name is a label of the clicked series. */
const ofClickedTool = spans([
  'kind = server',
  `resource.service.name = "${label('service_name')}"`,
  `span.gen_ai.tool.name = "${label('gen_ai_tool_name')}"`,
]);

const numbers: readonly Panel[] = [
  {
    title: 'Calls',
    questions: [2],
    shows: 'Calls of the chosen tools a second.',
    red: 'A sudden rise: who calls? Clients and users, or the table of calls below.',
    queries: [prom(sumBy([], rate(finished(), STEP)), 'calls')],
    view: { kind: 'stat', sparkline: true },
    unit: 'reqps',
    decimals: 2,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Failing',
    questions: [2, 5],
    shows: 'Share of failed calls: errors of the server and results marked isError.',
    red: 'See below whether the protocol or the tool failed, then open a failed trace.',
    queries: [prom(ratio([], rate(finished(FAILED), STEP), rate(finished(), STEP)), 'failing')],
    view: { kind: 'stat', sparkline: true },
    unit: 'percentunit',
    decimals: 1,
    steps: FAILING_STEPS,
    width: 4,
    height: 4,
  },
  {
    title: 'p50',
    questions: [3],
    shows: 'Half of the calls are answered within this time.',
    red: 'Everything is slow, not just some calls: look at what the server waits for.',
    queries: [prom(quantileOf(0.5, CALLS, [], IT, STEP), 'p50')],
    view: { kind: 'stat', sparkline: true },
    unit: 's',
    steps: LATENCY_STEPS,
    width: 4,
    height: 4,
  },
  {
    title: 'p99',
    questions: [3],
    shows: 'Ninety-nine of a hundred calls are answered within this time.',
    red: 'Open the slowest calls below; their spans tell where the time went.',
    queries: [prom(quantileOf(0.99, CALLS, [], IT, STEP), 'p99')],
    view: { kind: 'stat', sparkline: true },
    unit: 's',
    steps: LATENCY_STEPS,
    width: 4,
    height: 4,
  },
  {
    title: 'In flight',
    questions: [17],
    shows: 'Calls begun and not ended.',
    red: 'A number that stays up without calls is a handler that never answers.',
    queries: [prom(orZero(sumBy([], own(METRIC_MCP_LOGBOOK_OPERATION_ACTIVE, IT))), 'in flight')],
    view: { kind: 'stat', sparkline: true },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Largest results',
    questions: [14],
    shows: 'p99 of the size of results.',
    red: 'Large results fill the context of the model: see sizes below for the tool and the client.',
    queries: [
      prom(
        quantileOf(
          0.99,
          METRIC_MCP_LOGBOOK_MESSAGE_SIZE,
          [],
          [...IT, 'mcp_logbook_direction="response"'],
          STEP,
        ),
        'p99',
      ),
    ],
    view: { kind: 'stat', sparkline: true },
    unit: 'bytes',
    steps: [
      { color: 'green' },
      { from: 65_536, color: 'yellow' },
      { from: 1_048_576, color: 'red' },
    ],
    width: 4,
    height: 4,
  },
];

const speed: readonly Panel[] = [
  {
    title: 'Latency by tool',
    questions: [3, 4],
    shows: 'p95 of the twelve slowest tools. Click a line for its traces.',
    red: 'Click the line, open the longest span, look for the child that takes the time.',
    queries: [
      prom(
        topk(12, quantileOf(0.95, CALLS, ['service_name', 'gen_ai_tool_name'], IT, STEP)),
        '{{service_name}} {{gen_ai_tool_name}}',
      ),
    ],
    view: { kind: 'timeseries', legend: 'table', limitLine: true, logarithmic: true },
    unit: 's',
    steps: LATENCY_STEPS,
    links: [toTraces('Traces of this tool', ofClickedTool)],
    width: 12,
    height: 8,
  },
  {
    title: 'Latency with single calls',
    questions: [4],
    shows:
      'p95 of the eight slowest tools, as Tempo measures it from spans. Each dot is one call: click it for its trace.',
    red: 'The dots far above the line are the calls to open.',
    queries: [
      prom(
        topk(
          8,
          quantile(
            0.95,
            ['service', 'gen_ai_tool_name'],
            rate(
              select('traces_spanmetrics_latency_bucket', [
                'service=~"$server"',
                'span_kind="SPAN_KIND_SERVER"',
                THIS_TOOL,
                ANY_TOOL,
              ]),
              STEP,
            ),
          ),
        ),
        '{{service}} {{gen_ai_tool_name}}',
        true,
      ),
    ],
    view: { kind: 'timeseries', legend: 'none', logarithmic: true },
    unit: 's',
    width: 12,
    height: 8,
  },
  {
    title: 'Spread of latency',
    questions: [3],
    shows:
      'How many calls took how long; two bands are two ways through the tool (cached and not, found and not found).',
    red: 'A new band at the top: a dependency times out or a cache stopped working.',
    queries: [promBuckets(sumBy(['le'], increase(bucketsOf(CALLS, IT), STEP)))],
    view: { kind: 'heatmap' },
    unit: 's',
    links: [toDashboard('clients', 'Who calls')],
    width: 24,
    height: 7,
  },
];

const faults: readonly Panel[] = [
  {
    title: 'Tool errors and protocol errors',
    questions: [5],
    shows:
      'tool_error is a result marked isError, which no HTTP or RPC error rate sees. A number is a JSON-RPC code; anything else is an exception or a timeout.',
    red: 'tool_error: the tool or its input. -32603 or an exception: a defect of the server. Timeouts: what it waits for.',
    queries: [
      prom(
        orZero(sumBy(['error_type'], rate(finished(FAILED), STEP)), 'error_type'),
        '{{error_type}}',
      ),
    ],
    view: { kind: 'timeseries', style: 'stacked' },
    unit: 'reqps',
    width: 8,
    height: 8,
  },
  {
    title: "Callers' mistakes",
    questions: [5],
    shows:
      'Answers with a JSON-RPC code that are the caller’s own fault (-32602 wrong arguments, -32601 no such method, ...): no failures of the server, but failures for whoever called.',
    red: 'After a release: a changed schema that clients do not know yet. Otherwise a confused model: look at the calls.',
    queries: [
      prom(
        orZero(
          sumBy(
            ['rpc_response_status_code', 'mcp_method_name'],
            rate(
              `mcp_server_operation_duration_seconds_count{${[...HERE, 'rpc_response_status_code!=""', 'error_type=""'].join(',')}}`,
              STEP,
            ),
          ),
          'mcp_method_name',
        ),
        '{{rpc_response_status_code}} {{mcp_method_name}}',
      ),
    ],
    view: { kind: 'timeseries', style: 'stacked' },
    unit: 'reqps',
    links: [toLogs('These calls', '{mcp_logbook_log_class="call"} | rpc_response_status_code!=""')],
    width: 8,
    height: 8,
  },
  {
    title: 'Failures by tool',
    questions: [5, 2],
    shows: 'Failed calls in the time range, by tool and kind. Click one for its failed traces.',
    red: 'Open a trace of the first row; compare it with one that worked.',
    queries: [
      promNow(
        sumBy(
          ['service_name', 'gen_ai_tool_name', 'error_type'],
          increase(finished(FAILED), RANGE),
        ),
      ),
    ],
    view: {
      kind: 'table',
      columns: [
        {
          field: 'gen_ai_tool_name',
          title: 'Tool',
          link: toTraces(
            'Failed traces of this tool',
            spans([
              'kind = server',
              'status = error',
              `resource.service.name = "${cell('Server')}"`,
              `span.gen_ai.tool.name = "${cell('Tool')}"`,
            ]),
          ),
        },
        { field: 'service_name', title: 'Server', width: 145 },
        { field: 'error_type', title: 'Kind', width: 100 },
        { field: 'Value #A', title: 'Failures', unit: 'locale', decimals: 0, width: 105 },
      ],
      sort: { by: 'Failures', descending: true },
    },
    unit: 'none',
    width: 8,
    height: 8,
  },
];

/** The dashboard. */
export const tool: DashboardSpec = {
  uid: DASHBOARD.tool,
  title: 'MCP Tools',
  description:
    'One tool or all tools of a server: rate, failures, latency, sizes, and the calls behind the numbers.',
  variables: ['environment', 'server', 'tool', 'client', 'user'],
  rows: [
    { title: 'Now', panels: numbers },
    { title: 'Speed', panels: speed },
    { title: 'Failures', panels: faults },
    callRow,
    sizeRow,
  ],
};
