/** Clients and users: who calls, how much, what is new about them. From log lines: metrics never name people. */
import { METRIC_MCP_SERVER_OPERATION_DURATION } from '@mcp-logbook/semconv';
import { DASHBOARD } from '../names.ts';
import { cell, toDashboard } from '../panels/links.ts';
import type { Column, DashboardSpec, Panel, Row } from '../panels/model.ts';
import { countBy, distinctBy, lineRateBy, sumOfNumberBy, top } from '../queries/logql.ts';
import { countOf, increase, sumBy } from '../queries/promql.ts';
import {
  callLines,
  HERE,
  loki,
  lokiLines,
  lokiNow,
  NONE_USUAL,
  PLAIN,
  promNow,
  RANGE,
} from './common.ts';
import { callColumns } from './tool-rows.ts';

const PERSON = 'enduser_pseudo_id';
const CLIENT = 'mcp_logbook_client_name';
const VERSION = 'mcp_logbook_client_version';
const TOOL = 'gen_ai_tool_name';

const known = callLines(`${PERSON}!=""`);
const namedClient = callLines(`${CLIENT}!=""`);

const numbers: readonly Panel[] = [
  {
    title: 'People',
    questions: [1],
    shows: 'Different people (pseudonyms) who called in the time range.',
    red: 'Far more than you have: a leaked token or a client that invents users.',
    queries: [lokiNow(`count(${countBy([PERSON], known, RANGE)}) or vector(0)`)],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Clients',
    questions: [1],
    shows: 'Different client programs, by the name and version they give.',
    red: 'One you did not roll out: see First seen below.',
    queries: [lokiNow(`count(${countBy([CLIENT, VERSION], namedClient, RANGE)}) or vector(0)`)],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Calls a person',
    questions: [8],
    shows: 'Calls of the busiest person in the time range.',
    red: 'Far above the next: the table of people names them.',
    queries: [lokiNow(`max(${countBy([PERSON], known, RANGE)}) or vector(0)`)],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Without a person',
    questions: [1],
    shows:
      'Share of calls that no identity came with: neither token nor user of the operating system.',
    red: 'Give these servers authentication, or MCP_LOGBOOK_IDENTITY is none there.',
    queries: [
      lokiNow(
        `(${countBy([], callLines(`${PERSON}=""`), RANGE)} or vector(0)) / ${countBy([], callLines(), RANGE)}`,
      ),
    ],
    view: { kind: 'stat' },
    unit: 'percentunit',
    decimals: 1,
    steps: [{ color: 'green' }, { from: 0.1, color: 'yellow' }],
    width: 4,
    height: 4,
  },
  {
    title: 'New clients',
    questions: [7],
    shows:
      'Client programs and versions seen in the time range and not in the same time before it.',
    red: 'Expected after a roll-out. Otherwise ask who installed it.',
    queries: [lokiNow(`count(${firstSeen([CLIENT, VERSION], namedClient)}) or vector(0)`)],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_USUAL,
    width: 4,
    height: 4,
  },
  {
    title: 'New people',
    questions: [7],
    shows: 'People seen in the time range and not in the same time before it.',
    red: 'Expected in the morning. At night: which client, which address?',
    queries: [lokiNow(`count(${firstSeen([PERSON], known)}) or vector(0)`)],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_USUAL,
    width: 4,
    height: 4,
  },
];

/** What the window has and the window before it had not. */
function firstSeen(labels: readonly string[], lines: string): string {
  const before = `sum by (${labels.join(', ')}) (count_over_time(${lines} [${RANGE}] offset ${RANGE}))`;
  return `${countBy(labels, lines, RANGE)} unless ${before}`;
}

const people: readonly Panel[] = [
  {
    title: 'Calls by person',
    questions: [8],
    shows: 'Calls a second of the busiest people.',
    red: 'A line far above its own past: an agent in a loop, or somebody else with that token.',
    queries: [loki(top(10, lineRateBy([PERSON], known, '$__auto')), `{{${PERSON}}}`)],
    interval: '1m',
    view: { kind: 'timeseries' },
    unit: 'reqps',
    width: 12,
    height: 8,
  },
  {
    title: 'Calls by hour of the day',
    questions: [8],
    shows: 'When people call, in hours of UTC, over the time range: choose days to see the habit.',
    red: 'Calls in hours when nobody works: look at the calls of that hour.',
    queries: [
      lokiNow(
        countBy(
          ['hour'],
          `${known} | label_format hour=\`{{ __timestamp__ | date "15" }}h\``,
          RANGE,
        ),
      ),
    ],
    view: {
      kind: 'table',
      columns: [
        { field: 'hour', title: 'Hour', width: 90 },
        { field: 'Value #A', title: 'Calls', unit: 'locale', decimals: 0, cell: 'bar' },
      ],
      sort: { by: 'Hour', descending: false },
    },
    unit: 'none',
    width: 12,
    height: 8,
  },
  {
    title: 'People and their baseline',
    questions: [8, 1],
    shows:
      'Calls in the time range, how many times the pace of their seven days before it that is (nothing for somebody new), and the share that failed. Click one for everything they did.',
    red: 'A ratio far above 1 without a reason: talk to them, then look at their tools.',
    queries: [
      lokiNow(countBy([PERSON], known, RANGE)),
      // Of the week before the range: a new person has none, hence no ratio, instead of the largest one.
      lokiNow(
        `${lineRateBy([PERSON], known, RANGE)} / ${lineRateBy([PERSON], known, '7d', RANGE)}`,
      ),
      lokiNow(
        `${countBy([PERSON], callLines(`${PERSON}!=""`, 'mcp_logbook_outcome=~"failure|denied"'), RANGE)} / ${countBy([PERSON], known, RANGE)}`,
      ),
      lokiNow(distinctBy([PERSON], TOOL, callLines(`${PERSON}!=""`, `${TOOL}!=""`), RANGE)),
    ],
    view: {
      kind: 'table',
      columns: [
        {
          field: PERSON,
          title: 'User',
          width: 190,
          link: toDashboard('clients', 'Only this person', { user: cell('User') }),
        },
        { field: 'Value #A', title: 'Calls', unit: 'locale', decimals: 0, cell: 'bar' },
        {
          field: 'Value #B',
          title: 'vs own week',
          unit: 'short',
          decimals: 1,
          width: 125,
        },
        {
          field: 'Value #C',
          title: 'Failing',
          unit: 'percentunit',
          decimals: 1,
          width: 90,
          steps: [{ color: 'green' }, { from: 0.2, color: 'yellow' }, { from: 0.5, color: 'red' }],
        },
        { field: 'Value #D', title: 'Tools', unit: 'locale', decimals: 0, width: 80 },
      ],
      sort: { by: 'Calls', descending: true },
    },
    unit: 'none',
    width: 12,
    height: 9,
  },
  {
    title: 'Sessions with most tools',
    questions: [9],
    shows: 'HTTP sessions by how many different tools they used. stdio sessions have no id.',
    red: 'An agent that tries everything: look at its calls; at tools it has no business with, revoke its token.',
    queries: [
      lokiNow(
        top(
          20,
          distinctBy(
            ['mcp_session_id', CLIENT, PERSON],
            TOOL,
            callLines('mcp_session_id!=""', `${TOOL}!=""`),
            RANGE,
          ),
        ),
      ),
    ],
    view: {
      kind: 'table',
      columns: [
        { field: 'mcp_session_id', title: 'Session' },
        { field: CLIENT, title: 'Client' },
        { field: PERSON, title: 'User', width: 190 },
        {
          field: 'Value #A',
          title: 'Tools',
          unit: 'locale',
          decimals: 0,
          width: 80,
          steps: [{ color: 'green' }, { from: 10, color: 'yellow' }, { from: 20, color: 'red' }],
        },
      ],
      sort: { by: 'Tools', descending: true },
    },
    unit: 'none',
    width: 12,
    height: 9,
  },
];

const clientColumns: readonly Column[] = [
  {
    field: CLIENT,
    title: 'Client',
    link: toDashboard('clients', 'Only this client', { client: cell('Client') }),
  },
  { field: VERSION, title: 'Version', width: 90 },
];

const clientRow: Row = {
  title: 'Clients',
  panels: [
    {
      title: 'Client by client',
      questions: [1, 15],
      shows: 'Client programs with their calls, failures and the bytes of results they took.',
      red: 'The one with most failures: wrong arguments show as its own mistakes in Tool detail.',
      queries: [
        lokiNow(countBy([CLIENT, VERSION], namedClient, RANGE)),
        lokiNow(
          `${countBy([CLIENT, VERSION], callLines(`${CLIENT}!=""`, 'mcp_logbook_outcome=~"failure|denied"'), RANGE)} / ${countBy([CLIENT, VERSION], namedClient, RANGE)}`,
        ),
        lokiNow(sumOfNumberBy([CLIENT, VERSION], namedClient, 'mcp_logbook_response_size', RANGE)),
      ],
      view: {
        kind: 'table',
        columns: [
          ...clientColumns,
          { field: 'Value #A', title: 'Calls', unit: 'locale', decimals: 0, cell: 'bar' },
          {
            field: 'Value #B',
            title: 'Failing',
            unit: 'percentunit',
            decimals: 1,
            width: 90,
            steps: [
              { color: 'green' },
              { from: 0.2, color: 'yellow' },
              { from: 0.5, color: 'red' },
            ],
          },
          { field: 'Value #C', title: 'Result bytes', unit: 'bytes', width: 130 },
        ],
        sort: { by: 'Calls', descending: true },
      },
      unit: 'none',
      width: 12,
      height: 8,
    },
    {
      title: 'First seen',
      questions: [7],
      shows:
        'Pairs of client and tool seen in the time range and not in the same time before it: new clients, new versions, new tools.',
      red: 'A tool nobody deployed, or a client nobody knows: ask its owner before it calls again.',
      queries: [
        lokiNow(
          firstSeen(
            [CLIENT, VERSION, TOOL, 'service_name'],
            callLines(`${CLIENT}!=""`, `${TOOL}!=""`),
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          ...clientColumns,
          { field: TOOL, title: 'Tool' },
          { field: 'service_name', title: 'Server' },
          { field: 'Value #A', title: 'Calls', unit: 'locale', decimals: 0, width: 80 },
        ],
        sort: { by: 'Calls', descending: false },
      },
      unit: 'none',
      whenEmpty: 'nothing new',
      width: 12,
      height: 8,
    },
  ],
};

const readRow: Row = {
  title: 'Resources and prompts',
  panels: [
    {
      title: 'Resources read most',
      questions: [18],
      shows:
        'URIs of resources by reads in the time range. Secrets in URIs are redacted before they come here.',
      red: 'A URI that should not be readable: take it off the server; Security lists watched ones.',
      queries: [
        lokiNow(
          top(
            15,
            countBy(['mcp_resource_uri', 'service_name'], callLines('mcp_resource_uri!=""'), RANGE),
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'mcp_resource_uri', title: 'Resource' },
          { field: 'service_name', title: 'Server' },
          { field: 'Value #A', title: 'Reads', unit: 'locale', decimals: 0, width: 90 },
        ],
        sort: { by: 'Reads', descending: true },
      },
      unit: 'none',
      width: 12,
      height: 7,
    },
    {
      title: 'Prompts used most',
      questions: [18],
      shows: 'Prompts fetched in the time range.',
      red: 'A prompt nobody should use any more: remove it from the server.',
      queries: [
        promNow(
          sumBy(
            ['gen_ai_prompt_name', 'service_name'],
            increase(
              countOf(METRIC_MCP_SERVER_OPERATION_DURATION, [...HERE, 'gen_ai_prompt_name!=""']),
              RANGE,
            ),
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'gen_ai_prompt_name', title: 'Prompt' },
          { field: 'service_name', title: 'Server' },
          { field: 'Value #A', title: 'Uses', unit: 'locale', decimals: 0, width: 90 },
        ],
        sort: { by: 'Uses', descending: true },
      },
      unit: 'none',
      width: 12,
      height: 7,
    },
  ],
};

/** The dashboard. */
export const clients: DashboardSpec = {
  uid: DASHBOARD.clients,
  title: 'MCP Clients',
  description:
    'Who calls which tool from which client, who is new, and who is far from their own habit.',
  variables: ['environment', 'server', 'client', 'user'],
  rows: [
    { title: 'Now', panels: numbers },
    { title: 'People', panels: people },
    clientRow,
    {
      title: 'What they did',
      panels: [
        {
          title: 'Calls',
          questions: [1],
          shows:
            'Who called which tool, when, from which client, with what outcome; newest first. The links lead to the trace and to the logbook entry.',
          red: 'Filter by person or client at the top; `mcp-logbook query` shows arguments to those who hold the key.',
          queries: [lokiLines(callLines(), 200)],
          view: {
            kind: 'table',
            columns: [
              ...callColumns.slice(0, 2),
              { field: 'service_name', title: 'Server' },
              { field: 'mcp_method_name', title: 'Method', width: 120 },
              ...callColumns.slice(2),
            ],
          },
          unit: 'none',
          width: 24,
          height: 10,
        },
      ],
    },
    readRow,
  ],
};
