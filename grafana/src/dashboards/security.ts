/** Security and audit events: refused access, dangerous tools, changed definitions, secrets. */
import {
  METRIC_MCP_LOGBOOK_AUTH_EVENTS,
  METRIC_MCP_LOGBOOK_CONFIG_CHANGES,
  METRIC_MCP_LOGBOOK_REDACTIONS,
  METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS,
} from '@mcp-logbook/semconv';
import { DASHBOARD } from '../names.ts';
import type { DashboardSpec, Panel, Row } from '../panels/model.ts';
import { countBy, logs, top } from '../queries/logql.ts';
import { grown } from '../queries/grown.ts';
import { increase, namedZero, orZero, own, rate, select, sumBy } from '../queries/promql.ts';
import {
  authLines,
  callLines,
  HERE,
  lokiLines,
  lokiNow,
  NONE_ALLOWED,
  NONE_USUAL,
  PLAIN,
  prom,
  promNow,
  RANGE,
  REFUSALS,
  STEP,
} from './common.ts';
import { callColumns } from './tool-rows.ts';

/** The collector's own count of records that still held a secret (otel-collector, layer `metrics`). */
const LEAKED = 'mcp_logbook_collector_redactions_total';

const numbers: readonly Panel[] = [
  {
    title: 'Refused tokens',
    questions: [6],
    shows: 'Requests without a valid bearer token (401) in the time range.',
    red: 'One address, many refusals: guessing. Many addresses at once: a token expired or the identity provider is down.',
    queries: [
      promNow(
        orZero(
          grown(
            own(METRIC_MCP_LOGBOOK_AUTH_EVENTS, [
              ...HERE,
              'mcp_logbook_auth_event="bearer_refused"',
            ]),
            RANGE,
            [],
          ),
        ),
      ),
    ],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: [{ color: 'green' }, { from: 10, color: 'yellow' }, { from: 100, color: 'red' }],
    width: 4,
    height: 4,
  },
  {
    title: 'Refused scopes',
    questions: [6],
    shows: 'Requests whose token was good and not enough (403) in the time range.',
    red: 'The table below names who wanted what: grant it, or ask why.',
    queries: [
      promNow(
        orZero(
          grown(
            own(METRIC_MCP_LOGBOOK_AUTH_EVENTS, [
              ...HERE,
              'mcp_logbook_auth_event="scope_refused"',
            ]),
            RANGE,
            [],
          ),
        ),
      ),
    ],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: [{ color: 'green' }, { from: 1, color: 'yellow' }, { from: 20, color: 'red' }],
    width: 4,
    height: 4,
  },
  {
    title: 'Destructive calls',
    questions: [10],
    shows: 'Calls of tools that say they write or delete, in the time range.',
    red: 'See who ran what below; outside a change window ask them.',
    queries: [
      lokiNow(
        `${countBy([], callLines('mcp_logbook_action=~"write|delete"'), RANGE)} or vector(0)`,
      ),
    ],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Values redacted',
    questions: [12],
    shows: 'Secrets and personal data that were removed before anything left a server.',
    red: 'A fall to nothing with calls going on: rules or redactor are off. `mcp-logbook redact --explain` tells.',
    queries: [promNow(orZero(grown(own(METRIC_MCP_LOGBOOK_REDACTIONS, HERE), RANGE, [])))],
    view: { kind: 'stat' },
    unit: 'locale',
    decimals: 0,
    steps: PLAIN,
    width: 4,
    height: 4,
  },
  {
    title: 'Secrets leaked',
    questions: [13],
    shows: 'Records in which the collector still found a secret. None is right.',
    red: 'Take the value as leaked to whoever reads telemetry before the collector: rotate it, then add a rule.',
    queries: [promNow(orZero(grown(select(LEAKED), RANGE, [])))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_ALLOWED,
    width: 4,
    height: 4,
  },
  {
    title: 'Redaction incidents',
    questions: [12],
    shows:
      'Values that were cut or withheld because they were too large, too deep or failed the redactor.',
    red: 'Nothing leaked, evidence is missing: raise the limit for that tool, or capture less of it.',
    queries: [promNow(orZero(grown(own(METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS, HERE), RANGE, [])))],
    view: { kind: 'stat', fill: 'background' },
    unit: 'locale',
    decimals: 0,
    steps: NONE_USUAL,
    width: 4,
    height: 4,
  },
];

const authRow: Row = {
  title: 'Access',
  panels: [
    {
      title: 'Refused access by reason',
      questions: [6],
      shows: 'Why requests were refused: OAuth error codes, or what HTTP and MCP said.',
      red: 'invalid_token in a burst: guessing or an expired token; insufficient_scope: see the table.',
      queries: [
        prom(
          orZero(
            sumBy(
              ['mcp_logbook_auth_event', 'mcp_logbook_auth_reason'],
              increase(own(METRIC_MCP_LOGBOOK_AUTH_EVENTS, [...HERE, REFUSALS]), STEP),
            ),
            'mcp_logbook_auth_event',
          ),
          '{{mcp_logbook_auth_event}} {{mcp_logbook_auth_reason}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
    {
      title: 'Refused access by address',
      questions: [6],
      shows: 'Where refused requests came from, which reason, and which program.',
      red: 'Block the address at the proxy; then look whether it succeeded after the refusals.',
      queries: [
        lokiNow(
          top(
            20,
            countBy(
              ['client_address', 'mcp_logbook_auth_reason', 'user_agent_original'],
              authLines(REFUSALS),
              RANGE,
            ),
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'client_address', title: 'Address', width: 120 },
          { field: 'mcp_logbook_auth_reason', title: 'Reason', width: 140 },
          { field: 'user_agent_original', title: 'Program' },
          { field: 'Value #A', title: 'Refused', unit: 'locale', decimals: 0, width: 90 },
        ],
        sort: { by: 'Refused', descending: true },
      },
      unit: 'none',
      width: 8,
      height: 8,
    },
    {
      title: 'Denied by person',
      questions: [6],
      shows: 'Who was refused, by which server and for what; a bad token names nobody.',
      red: 'One person at many servers: they feel for the edges.',
      queries: [
        lokiNow(
          top(
            20,
            countBy(
              [
                'enduser_pseudo_id',
                'mcp_logbook_oauth_client_id',
                'service_name',
                'mcp_logbook_auth_event',
              ],
              authLines(REFUSALS),
              RANGE,
            ),
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'enduser_pseudo_id', title: 'User', width: 180 },
          { field: 'service_name', title: 'Server' },
          { field: 'mcp_logbook_oauth_client_id', title: 'Client id' },
          { field: 'mcp_logbook_auth_event', title: 'Event', width: 120 },
          { field: 'Value #A', title: 'Times', unit: 'locale', decimals: 0, width: 80 },
        ],
        sort: { by: 'Times', descending: true },
      },
      unit: 'none',
      width: 8,
      height: 8,
    },
  ],
};

const dangerRow: Row = {
  title: 'Dangerous tools and resources',
  panels: [
    {
      title: 'Destructive and writing tools',
      questions: [10],
      shows: 'Tools annotated as destructive or writing, and who ran them.',
      red: 'Somebody new in this list: first use of a destructive tool is worth a question.',
      queries: [
        lokiNow(
          top(
            20,
            countBy(
              [
                'gen_ai_tool_name',
                'mcp_logbook_action',
                'enduser_pseudo_id',
                'mcp_logbook_client_name',
                'service_name',
              ],
              callLines('mcp_logbook_action=~"write|delete"'),
              RANGE,
            ),
          ),
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'gen_ai_tool_name', title: 'Tool' },
          {
            field: 'mcp_logbook_action',
            title: 'Action',
            width: 80,
            mappings: [
              { value: 'delete', text: 'delete', color: 'red' },
              { value: 'write', text: 'write', color: 'orange' },
            ],
          },
          { field: 'enduser_pseudo_id', title: 'User', width: 180 },
          { field: 'mcp_logbook_client_name', title: 'Client' },
          { field: 'service_name', title: 'Server' },
          { field: 'Value #A', title: 'Calls', unit: 'locale', decimals: 0, width: 80 },
        ],
        sort: { by: 'Calls', descending: true },
      },
      unit: 'none',
      width: 14,
      height: 8,
    },
    {
      title: 'Watched resources',
      questions: [18],
      shows: 'Reads of resources whose URI fits the field Watched URIs at the top.',
      red: 'Who reads it, and from which client? Restrict the resource if nobody should.',
      queries: [
        lokiNow(
          `${top(
            20,
            countBy(
              ['mcp_resource_uri', 'enduser_pseudo_id'],
              callLines('mcp_resource_uri=~"$uris"', 'mcp_resource_uri!=""'),
              RANGE,
            ),
          )} or ${namedZero('mcp_resource_uri')}`,
        ),
      ],
      view: {
        kind: 'table',
        columns: [
          { field: 'mcp_resource_uri', title: 'Resource' },
          { field: 'enduser_pseudo_id', title: 'User', width: 180 },
          { field: 'Value #A', title: 'Reads', unit: 'locale', decimals: 0, width: 80 },
        ],
        sort: { by: 'Reads', descending: true },
      },
      unit: 'none',
      width: 10,
      height: 8,
    },
  ],
};

const changeRow: Row = {
  title: 'Changed definitions',
  panels: [
    {
      title: 'Definitions changed',
      questions: [11],
      shows: 'Tools, prompts and resources that were added, removed or altered, by kind.',
      red: 'An altered description can turn a harmless tool into an attack on the model: compare the digests, ask the author.',
      queries: [
        prom(
          sumBy(
            ['mcp_logbook_config_item', 'mcp_logbook_config_change'],
            increase(own(METRIC_MCP_LOGBOOK_CONFIG_CHANGES, HERE), STEP),
          ),
          '{{mcp_logbook_config_item}} {{mcp_logbook_config_change}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 7,
    },
    {
      title: 'What changed',
      questions: [11],
      shows: 'Each change with the digest of the definition before and after it.',
      red: 'Not yours: stop the server, then compare with the release you trust.',
      queries: [lokiLines(logs('config', HERE), 100)],
      view: {
        kind: 'table',
        columns: [
          { field: 'Time', title: 'Time', unit: 'dateTimeAsIso', width: 165 },
          { field: 'service_name', title: 'Server' },
          { field: 'mcp_logbook_config_item', title: 'Item', width: 90 },
          { field: 'mcp_logbook_config_change', title: 'Change', width: 90 },
          { field: 'mcp_logbook_config_name', title: 'Name' },
          { field: 'mcp_logbook_config_previous_digest', title: 'Before' },
          { field: 'mcp_logbook_config_digest', title: 'After' },
        ],
      },
      unit: 'none',
      width: 16,
      height: 7,
    },
  ],
};

const redactionRow: Row = {
  title: 'Redaction',
  panels: [
    {
      title: 'Redacted by rule',
      questions: [12],
      shows:
        'Values removed a minute, by the rule that found them and where: arguments or results.',
      red: 'A sudden rise: somebody pastes credentials, or a server returns them. A fall to nothing: see Values redacted.',
      queries: [
        prom(
          `${sumBy(
            ['mcp_logbook_redaction_rule', 'mcp_logbook_direction'],
            rate(own(METRIC_MCP_LOGBOOK_REDACTIONS, HERE), STEP),
          )} * 60`,
          '{{mcp_logbook_redaction_rule}} {{mcp_logbook_direction}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'stacked' },
      unit: 'short',
      width: 8,
      height: 8,
    },
    {
      title: 'Redacted by server',
      questions: [12],
      shows: 'Values removed in the time range, by server.',
      red: 'A server that returns secrets in its results should stop doing so: the redactor is the second line.',
      queries: [
        promNow(
          sumBy(['service_name'], increase(own(METRIC_MCP_LOGBOOK_REDACTIONS, HERE), RANGE)),
          '{{service_name}}',
        ),
      ],
      view: { kind: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 8,
    },
    {
      title: 'Secrets the collector found',
      questions: [13],
      shows: 'Records with a secret that had passed the redaction of their server.',
      red: 'Rotate the value, find the server in Redacted by server and in its log lines, add a rule.',
      queries: [
        prom(
          orZero(sumBy(['service_name'], increase(select(LEAKED), STEP)), 'service_name'),
          '{{service_name}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      steps: NONE_ALLOWED,
      width: 8,
      height: 8,
    },
  ],
};

/** The dashboard. */
export const security: DashboardSpec = {
  uid: DASHBOARD.security,
  title: 'MCP Security',
  description:
    'Refused access, destructive tools, watched resources, changed definitions, redaction.',
  variables: ['environment', 'server', 'client', 'user', 'uris'],
  rows: [
    { title: 'Now', panels: numbers },
    authRow,
    dangerRow,
    redactionRow,
    changeRow,
    {
      title: 'Failed and denied calls',
      panels: [
        {
          title: 'Failed and denied calls',
          questions: [6, 1],
          shows: 'The latest calls that were denied or failed, with trace and logbook entry.',
          red: 'Denied: who, which tool, why. Failed in a burst by one person: stuck, or trying things.',
          queries: [lokiLines(callLines('mcp_logbook_outcome=~"failure|denied"'), 100)],
          view: {
            kind: 'table',
            columns: [
              ...callColumns.slice(0, 2),
              { field: 'service_name', title: 'Server' },
              ...callColumns.slice(2),
            ],
          },
          unit: 'none',
          width: 24,
          height: 9,
        },
      ],
    },
  ],
};
