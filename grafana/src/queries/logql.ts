/**
 * LogQL over what the collector sends to Loki. Four labels are indexed (`service_name`, `service_namespace`,
 * `deployment_environment_name`, `mcp_logbook_log_class`); everything else is structured metadata and is filtered
 * without a parser. Shared by dashboards and alerts: nothing here knows a dashboard variable.
 */

/** What the collector sorts log records into (semconv.md 7.1). */
export type LogClass = 'call' | 'auth' | 'config' | 'audit' | 'app';

/** `{mcp_logbook_log_class="call",...} | filter | filter`. */
export function logs(
  logClass: LogClass,
  matchers: readonly string[] = [],
  filters: readonly string[] = [],
): string {
  const selector = `{${[`mcp_logbook_log_class="${logClass}"`, ...matchers].join(',')}}`;
  return [selector, ...filters].join(' | ');
}

/** How many lines in the window, by structured metadata or label. */
export function countBy(labels: readonly string[], query: string, window: string): string {
  return sumOver(labels, `count_over_time(${query} [${window}])`);
}

/** Lines per second, by structured metadata or label; of a window that ended `ago`. */
export function lineRateBy(
  labels: readonly string[],
  query: string,
  window: string,
  ago?: string,
): string {
  return sumOver(labels, `rate(${query} [${window}]${ago === undefined ? '' : ` offset ${ago}`})`);
}

/** Sum of a number in structured metadata over the window. */
export function sumOfNumberBy(
  labels: readonly string[],
  query: string,
  key: string,
  window: string,
): string {
  return sumOver(labels, `sum_over_time(${query} | ${key}!="" | unwrap ${key} [${window}])`);
}

/** How many different values of `key` there are, by `labels`. */
export function distinctBy(
  labels: readonly string[],
  key: string,
  query: string,
  window: string,
): string {
  return `count by (${labels.join(', ')}) (${countBy([...labels, key], query, window)})`;
}

/** The largest `limit` of a vector. */
export function top(limit: number, expr: string): string {
  return `topk(${limit}, ${expr})`;
}

function sumOver(labels: readonly string[], expr: string): string {
  return labels.length === 0 ? `sum(${expr})` : `sum by (${labels.join(', ')}) (${expr})`;
}
