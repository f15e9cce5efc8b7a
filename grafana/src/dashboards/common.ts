/** What the dashboards share: their variables inside queries, windows, colours, shorthands. */
import {
  METRIC_MCP_SERVER_OPERATION_DURATION,
  METRIC_MCP_SERVER_SESSION_DURATION,
} from '@mcp-logbook/semconv';
import type { LokiQuery, PrometheusQuery, Step, TempoQuery } from '../panels/model.ts';
import { logs } from '../queries/logql.ts';
import { bucketsOf, countOf, select } from '../queries/promql.ts';
import type { OwnMetric } from '../queries/series.ts';

/** Duration of calls on the server side: rate, errors and latency all come from it. */
export const CALLS: OwnMetric = METRIC_MCP_SERVER_OPERATION_DURATION;
/** Duration of sessions on the server side. */
export const SESSIONS: OwnMetric = METRIC_MCP_SERVER_SESSION_DURATION;

/** The chosen environments and servers; PromQL and LogQL write it alike. */
export const HERE: readonly string[] = [
  'deployment_environment_name=~"$environment"',
  'service_name=~"$server"',
];
/** What people and agents ask for; not pings, lists, notifications. */
export const WORK = 'mcp_method_name=~"tools/call|resources/read|prompts/get"';
/** Counted as failed: by the server itself (semconv.md 1.4), or by the tool (`isError`). */
export const FAILED = 'error_type!=""';
/** Calls of the chosen tools. */
export const THIS_TOOL = 'gen_ai_tool_name=~"$tool"';
/** Only calls of tools. */
export const ANY_TOOL = 'gen_ai_tool_name!=""';

/** Window of a rate on a graph. */
export const STEP = '$__rate_interval';
/** The whole time range of the dashboard. */
export const RANGE = '$__range';

/** One line for each finished call of the chosen servers. */
export function allCallLines(...filters: readonly string[]): string {
  return logs('call', HERE, ['mcp_logbook_outcome!=""', ...filters]);
}

/** One line for each finished call of the chosen servers, clients and people. */
export function callLines(...filters: readonly string[]): string {
  return allCallLines(
    'mcp_logbook_client_name=~"$client"',
    'enduser_pseudo_id=~"$user"',
    ...filters,
  );
}

/** Only what was refused: logins, tokens and clients that were granted are events too. */
export const REFUSALS = 'mcp_logbook_auth_event=~".+_refused"';

/** One line for each event of authentication of the chosen servers. */
export function authLines(...filters: readonly string[]): string {
  return logs('auth', HERE, ['mcp_logbook_auth_event!=""', ...filters]);
}

/** Selector of finished work of the chosen servers. */
export function work(...matchers: readonly string[]): string {
  return countOf(CALLS, [...HERE, WORK, ...matchers]);
}

/** What the collector counts of servers that send spans alone (its layer `traces`); as `work`. */
const SPANS_ALONE: readonly string[] = [...HERE, WORK, 'span_kind="SPAN_KIND_SERVER"'];

/**
 * The same of both kinds of servers: those that send metrics, and beside them those that send spans alone. A server is
 * never in both, so the two are put side by side (`or`): added up over servers, each of them counts once.
 * @param make an expression by label of a selector maker: given matchers it selects calls
 */
export function bothKinds(
  make: (select: (...matchers: readonly string[]) => string) => string,
): string {
  return `${make(work)} or ${make((...matchers) => select('mcp_spans_calls_total', [...SPANS_ALONE, ...matchers]))}`;
}

/** As `bothKinds` for buckets of durations. */
export function bothBuckets(
  matchers: readonly string[],
  make: (buckets: string) => string,
): string {
  return `${make(bucketsOf(CALLS, [...HERE, WORK, ...matchers]))} or ${make(select('mcp_spans_duration_seconds_bucket', [...SPANS_ALONE, ...matchers]))}`;
}

/** Lines over time. */
export function prom(expr: string, legend: string, exemplar = false): PrometheusQuery {
  return { source: 'prometheus', mode: 'range', expr, legend, ...(exemplar && { exemplar }) };
}

/** The value now, or one row for each series. */
export function promNow(expr: string, legend?: string): PrometheusQuery {
  return {
    source: 'prometheus',
    mode: 'instant',
    expr,
    ...(legend !== undefined && { legend }),
  };
}

/** Buckets over time. */
export function promBuckets(expr: string): PrometheusQuery {
  return { source: 'prometheus', mode: 'heatmap', expr, legend: '{{le}}' };
}

/** Lines of text. */
export function lokiLines(expr: string, limit: number): LokiQuery {
  return { source: 'loki', mode: 'logs', expr, limit };
}

/** Numbers made of lines, over time. */
export function loki(expr: string, legend: string): LokiQuery {
  return { source: 'loki', mode: 'range', expr, legend };
}

/** Numbers made of lines, one row for each series. */
export function lokiNow(expr: string, legend?: string): LokiQuery {
  return { source: 'loki', mode: 'instant', expr, ...(legend !== undefined && { legend }) };
}

/** Spans. */
export function traces(query: string, limit: number): TempoQuery {
  return { source: 'tempo', mode: 'spans', query, limit };
}

/** Share of failed calls. */
export const FAILING_STEPS: readonly Step[] = [
  { color: 'green' },
  { from: 0.01, color: 'yellow' },
  { from: 0.05, color: 'red' },
];
/** Seconds a person or model waits for a tool. */
export const LATENCY_STEPS: readonly Step[] = [
  { color: 'green' },
  { from: 1, color: 'yellow' },
  { from: 5, color: 'red' },
];
/** Any at all is wrong. */
export const NONE_ALLOWED: readonly Step[] = [{ color: 'green' }, { from: 1, color: 'red' }];
/** Any at all is worth a look. */
export const NONE_USUAL: readonly Step[] = [{ color: 'green' }, { from: 1, color: 'orange' }];
/** Just a number. */
export const PLAIN: readonly Step[] = [{ color: 'blue' }];
