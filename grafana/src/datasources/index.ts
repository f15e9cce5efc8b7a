/**
 * `provisioning/datasources/mcp-logbook.yaml`: the three stores with every link between them (stack.md 3.3).
 *
 *   number -> trace      exemplars of Prometheus; links of the panels
 *   trace -> log line    Tempo's trace to logs; trace -> metrics likewise
 *   log line -> trace    derived field on the structured metadata `trace_id`
 *   log line -> entry    derived field on `mcp_logbook_entry_id`: the copy of the logbook entry in Loki
 *   span -> entry        correlation by span id (Grafana 12 shows it in the trace view)
 *
 * Written as JSON, which is YAML: no second serializer. Grafana interpolates `$NAME` in these files, so a literal `$`
 * is written `$$`; only the three base URLs are meant to be interpolated.
 */
import { METRIC_MCP_SERVER_OPERATION_DURATION as CALLS } from '@mcp-logbook/semconv';
import { DATASOURCE, URL_VARIABLE } from '../names.ts';
import type { GeneratedFile } from '../outputs.ts';
import { logs } from '../queries/logql.ts';
import { countOf, quantileOf, rate, sumBy } from '../queries/promql.ts';

/** A data source as Grafana's file provisioning wants it. */
interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly correlations?: readonly Readonly<Record<string, unknown>>[];
}

/** A `$` that reaches Grafana as one. */
const LITERAL = '$$';
/** A clock may differ a little, and a log record is sent after its span ended. */
const AROUND = { spanStartTimeShift: '-5m', spanEndTimeShift: '5m' } as const;

function provisioned(source: DataSource): Readonly<Record<string, unknown>> {
  return { ...source, access: 'proxy', editable: false, orgId: 1, version: 1 };
}

function prometheus(): DataSource {
  return {
    name: 'MCP Logbook Prometheus',
    uid: DATASOURCE.prometheus,
    type: 'prometheus',
    url: `$${URL_VARIABLE.prometheus}`,
    isDefault: true,
    jsonData: {
      httpMethod: 'POST',
      prometheusType: 'Prometheus',
      // Servers send once a minute unless OTEL_METRIC_EXPORT_INTERVAL says otherwise: rates need four such points.
      timeInterval: '60s',
      // `traceID` is how Tempo's generator calls it.
      exemplarTraceIdDestinations: ['trace_id', 'traceID'].map((name) => ({
        name,
        datasourceUid: DATASOURCE.tempo,
        urlDisplayLabel: 'Open the trace',
      })),
    },
  };
}

function loki(): DataSource {
  return {
    name: 'MCP Logbook Loki',
    uid: DATASOURCE.loki,
    type: 'loki',
    url: `$${URL_VARIABLE.loki}`,
    jsonData: {
      maxLines: 1000,
      derivedFields: [
        {
          name: 'Trace',
          matcherType: 'label',
          matcherRegex: 'trace_id',
          url: `${LITERAL}{__value.raw}`,
          datasourceUid: DATASOURCE.tempo,
          urlDisplayLabel: 'Open the trace',
        },
        {
          name: 'Logbook entry',
          matcherType: 'label',
          matcherRegex: 'mcp_logbook_entry_id',
          url: logs('audit', [], [`audit_record_id="${LITERAL}{__value.raw}"`]),
          datasourceUid: DATASOURCE.loki,
          urlDisplayLabel: 'Open the logbook entry',
        },
      ],
    },
  };
}

function tempo(): DataSource {
  const ofThisSpan = [`${LITERAL}__tags`];
  return {
    name: 'MCP Logbook Tempo',
    uid: DATASOURCE.tempo,
    type: 'tempo',
    url: `$${URL_VARIABLE.tempo}`,
    jsonData: {
      tracesToLogsV2: {
        datasourceUid: DATASOURCE.loki,
        ...AROUND,
        tags: [{ key: 'service.name', value: 'service_name' }],
        filterByTraceID: false,
        filterBySpanID: false,
        customQuery: true,
        query: `{${LITERAL}{__tags}} | trace_id="${LITERAL}{__trace.traceId}"`,
      },
      tracesToMetrics: {
        datasourceUid: DATASOURCE.prometheus,
        spanStartTimeShift: '-30m',
        spanEndTimeShift: '30m',
        tags: [
          { key: 'service.name', value: 'service_name' },
          { key: 'gen_ai.tool.name', value: 'gen_ai_tool_name' },
        ],
        queries: [
          { name: 'p95 of this tool', query: quantileOf(0.95, CALLS, [], ofThisSpan, '5m') },
          {
            name: 'Calls of this tool, by error',
            query: sumBy(['error_type'], rate(countOf(CALLS, ofThisSpan), '5m')),
          },
        ],
      },
      serviceMap: { datasourceUid: DATASOURCE.prometheus },
      nodeGraph: { enabled: true },
      streamingEnabled: { search: false, metrics: false },
    },
    correlations: [
      {
        targetUID: DATASOURCE.loki,
        label: 'Logbook entry',
        description: 'The entry that the logbook has of this call',
        config: {
          type: 'query',
          field: 'spanID',
          target: {
            refId: 'A',
            queryType: 'range',
            expr: logs('audit', [], [`span_id="${LITERAL}{spanID}"`]),
          },
        },
      },
    ],
  };
}

/** The file. */
export function dataSourceFiles(): readonly GeneratedFile[] {
  const file = { apiVersion: 1, datasources: [prometheus(), loki(), tempo()].map(provisioned) };
  return [
    {
      path: 'provisioning/datasources/mcp-logbook.yaml',
      text: `# Generated by grafana/src (npm run generate): do not edit.\n${JSON.stringify(file, undefined, 2)}\n`,
    },
  ];
}
