/** Lower half of Tool detail: the calls behind the numbers, and their sizes. */
import { METRIC_MCP_LOGBOOK_MESSAGE_SIZE } from '@mcp-logbook/semconv';
import { cell, toEntry, toTrace } from '../panels/links.ts';
import type { Column, Row, Step } from '../panels/model.ts';
import { sumOfNumberBy, top } from '../queries/logql.ts';
import { quantileOf, rate, sumBy, sumOf, topk } from '../queries/promql.ts';
import { below, spans, withColumns } from '../queries/traceql.ts';
import {
  ANY_TOOL,
  callLines,
  HERE,
  LATENCY_STEPS,
  lokiLines,
  lokiNow,
  prom,
  RANGE,
  STEP,
  THIS_TOOL,
  traces,
} from './common.ts';

const IT: readonly string[] = [...HERE, THIS_TOOL, ANY_TOOL];
/** Spans of the chosen tools on the server side. */
const SERVER_SPANS: readonly string[] = [
  'kind = server',
  'span.mcp.method.name = "tools/call"',
  'resource.service.name =~ "$server"',
  'span.gen_ai.tool.name =~ "$tool"',
];
const SPAN_COLUMNS: readonly string[] = [
  'resource.service.name',
  'span.gen_ai.tool.name',
  'span.error.type',
  'span.mcp_logbook.client.name',
  'span.mcp_logbook.entry.id',
];
/** Columns of a table of calls. */
export const callColumns: readonly Column[] = [
  { field: 'Time', title: 'Time', unit: 'dateTimeAsIso', width: 165 },
  {
    field: 'mcp_logbook_outcome',
    title: 'Outcome',
    width: 105,
    mappings: [
      { value: 'success', text: 'success', color: 'green' },
      { value: 'failure', text: 'failure', color: 'red' },
      { value: 'denied', text: 'denied', color: 'orange' },
    ],
  },
  { field: 'gen_ai_tool_name', title: 'Tool' },
  { field: 'error_type', title: 'Error', width: 100 },
  { field: 'mcp_logbook_client_name', title: 'Client' },
  { field: 'enduser_pseudo_id', title: 'User', width: 170 },
  { field: 'mcp_logbook_response_size', title: 'Result', unit: 'bytes', width: 90 },
  { field: 'trace_id', title: 'Trace', width: 130, link: toTrace(cell('Trace')) },
  {
    field: 'mcp_logbook_entry_id',
    title: 'Logbook entry',
    width: 140,
    link: toEntry(cell('Logbook entry')),
  },
];

/** As LATENCY_STEPS, in Tempo's nanoseconds. */
const SPAN_STEPS: readonly Step[] = LATENCY_STEPS.map(({ from, color }) =>
  from === undefined ? { color } : { from: from * 1e9, color },
);
/** First columns of a table of spans. */
const SPAN_START: readonly Column[] = [
  { field: 'Start time', title: 'Time', width: 190 },
  { field: 'Span ID', title: 'Span', width: 165 },
  { field: 'Duration', title: 'Duration', width: 110, steps: SPAN_STEPS },
];

/** The calls behind the numbers: Q1, Q4, Q19. */
export const callRow: Row = {
  title: 'The calls themselves',
  panels: [
    {
      title: 'Slowest and failed calls',
      questions: [4],
      shows:
        'Spans of the chosen tools that failed or took over half a second. Click a span id for the whole trace.',
      red: 'In the trace, the span’s log lines lead to the log, and from there to the logbook entry.',
      queries: [
        traces(
          withColumns(
            `${spans([...SERVER_SPANS, '(status = error || duration > 500ms)'])}`,
            SPAN_COLUMNS,
          ),
          50,
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          ...SPAN_START,
          { field: 'gen_ai.tool.name', title: 'Tool' },
          { field: 'service.name', title: 'Server' },
          { field: 'error.type', title: 'Error', width: 120 },
          { field: 'mcp_logbook.client.name', title: 'Client' },
          {
            field: 'mcp_logbook.entry.id',
            title: 'Logbook entry',
            link: toEntry(cell('Logbook entry')),
          },
        ],
        sort: { by: 'Duration', descending: true },
      },
      unit: 'none',
      width: 24,
      height: 9,
    },
    {
      title: 'What it waits for',
      questions: [19],
      shows:
        'Spans below the chosen tools: databases, HTTP, other MCP servers. Needs instrumentation of those libraries too.',
      red: 'The longest of them is the dependency behind the slow tool: go to its owner with this trace.',
      queries: [
        traces(
          withColumns(below(SERVER_SPANS, ['kind = client']), [
            'resource.service.name',
            'span.mcp.method.name',
            'span.error.type',
          ]),
          50,
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          ...SPAN_START,
          { field: 'service.name', title: 'Caller' },
          { field: 'mcp.method.name', title: 'Method', width: 220 },
          { field: 'error.type', title: 'Error', width: 100 },
        ],
        sort: { by: 'Duration', descending: true },
      },
      unit: 'none',
      width: 12,
      height: 10,
    },
    {
      title: 'Who calls whom',
      questions: [19],
      shows:
        'Clients, servers and what they call in turn, from spans; the numbers are the average time and calls a second.',
      red: 'A red ring is the share of failures of that server: click it for its requests.',
      queries: [{ source: 'tempo', mode: 'serviceMap', query: '' }],
      view: { kind: 'nodeGraph' },
      unit: 'none',
      width: 12,
      height: 10,
    },
    {
      title: 'Latest calls',
      questions: [1, 4],
      shows: 'The latest calls of the chosen tools: follow the trace, or the entry in the logbook.',
      red: 'Filter a column by a click on its funnel; failed ones are red.',
      queries: [lokiLines(callLines('gen_ai_tool_name=~"$tool"', 'gen_ai_tool_name!=""'), 200)],
      view: { kind: 'table', columns: callColumns },
      unit: 'none',
      width: 24,
      height: 10,
    },
  ],
};

/** Q14, Q15. */
export const sizeRow: Row = {
  title: 'Sizes',
  panels: [
    {
      title: 'Size of arguments and results',
      questions: [14],
      shows: 'p50 and p99 of the JSON of arguments and results, before redaction.',
      red: 'A step up in results: a tool without paging, or a new default. Its owner should cut or page.',
      queries: [0.5, 0.99].flatMap((q) =>
        ['request', 'response'].map((direction) =>
          prom(
            quantileOf(
              q,
              METRIC_MCP_LOGBOOK_MESSAGE_SIZE,
              [],
              [...IT, `mcp_logbook_direction="${direction}"`],
              STEP,
            ),
            `${direction} p${q * 100}`,
          ),
        ),
      ),
      view: { kind: 'timeseries', logarithmic: true },
      unit: 'bytes',
      width: 8,
      height: 8,
    },
    {
      title: 'Result bytes by tool',
      questions: [14, 15],
      shows:
        'What tools put into the context of models, bytes a second: calls times size; the eight largest.',
      red: 'The top line costs the most: fewer fields, paging, or a summary.',
      queries: [
        prom(
          topk(
            8,
            sumBy(
              ['gen_ai_tool_name'],
              rate(
                sumOf(METRIC_MCP_LOGBOOK_MESSAGE_SIZE, [...IT, 'mcp_logbook_direction="response"']),
                STEP,
              ),
            ),
          ),
          '{{gen_ai_tool_name}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'stacked' },
      unit: 'Bps',
      width: 8,
      height: 8,
    },
    {
      title: 'Result bytes by client and tool',
      questions: [15],
      shows: 'Bytes of results in the time range, the ten largest pairs of client and tool.',
      red: 'Agree a budget with the owner of the client, or limit the tool.',
      queries: [
        lokiNow(
          top(
            10,
            sumOfNumberBy(
              ['mcp_logbook_client_name', 'gen_ai_tool_name'],
              callLines('gen_ai_tool_name=~"$tool"', 'gen_ai_tool_name!=""'),
              'mcp_logbook_response_size',
              RANGE,
            ),
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'mcp_logbook_client_name', title: 'Client' },
          { field: 'gen_ai_tool_name', title: 'Tool' },
          { field: 'Value #A', title: 'Result bytes', unit: 'bytes', cell: 'bar' },
        ],
        sort: { by: 'Result bytes', descending: true },
      },
      unit: 'none',
      width: 8,
      height: 8,
    },
  ],
};
