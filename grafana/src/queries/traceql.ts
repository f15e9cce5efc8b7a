/** TraceQL over the spans of MCP servers. */

/** `{ a && b }`. */
export function spans(conditions: readonly string[]): string {
  return `{ ${conditions.join(' && ')} }`;
}

/** Spans of `child` anywhere below a span of `parent`. */
export function below(parent: readonly string[], child: readonly string[]): string {
  return `${spans(parent)} >> ${spans(child)}`;
}

/** Adds columns to a table of found spans. */
export function withColumns(query: string, attributes: readonly string[]): string {
  return `${query} | select(${attributes.join(', ')})`;
}
