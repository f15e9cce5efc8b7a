/**
 * Runs a panel's queries on the live stores, as Grafana would: variables filled in, ranges for graphs and lines, one
 * moment for numbers. Says how much came back; a store that refuses a query is an Error in the store's words.
 */
import { fillIn, type Panel, type Query } from '@mcp-logbook/grafana';
import { asArray, asRecord } from '../json.ts';
import { foundSpans, type Range } from './query.ts';

/** Base URLs to ask. */
export interface Stores {
  readonly prometheus: string;
  readonly loki: string;
  readonly tempo: string;
}

/** How many points a graph asks for. */
const POINTS = 60;

/** Series, rows, lines or spans that the queries of a panel gave, together. */
export async function answersOf(panel: Panel, stores: Stores, range: Range): Promise<number> {
  let sum = 0;
  for (const query of panel.queries) sum += await answersTo(query, stores, range);
  return sum;
}

/** Whether only Tempo or what its generator writes can answer the panel. */
export function needsTempo(panel: Panel): boolean {
  return panel.queries.every(
    (query) => query.source === 'tempo' || /\btraces_(spanmetrics|service)/.test(query.expr),
  );
}

async function answersTo(query: Query, stores: Stores, range: Range): Promise<number> {
  const seconds = Math.ceil((range.toMs - range.fromMs) / 1_000);
  const step = Math.max(5, Math.ceil(seconds / POINTS));
  const filled = (text: string): string => fillIn(text, { range: seconds, step });
  if (query.source === 'tempo' && query.mode === 'serviceMap') {
    // Grafana draws it from the counters that Tempo's generator writes to Prometheus.
    const edges = await ask(new URL('/api/v1/query', stores.prometheus), {
      query: 'sum by (client, server) (traces_service_graph_request_total)',
    });
    return asArray(asRecord(asRecord(edges)['data'])['result']).length;
  }
  if (query.source === 'tempo') {
    return (await foundSpans(stores.tempo, filled(query.query), range, query.limit ?? 20)).length;
  }
  const loki = query.source === 'loki';
  const path = loki ? '/loki/api/v1/query' : '/api/v1/query';
  const instant = query.mode === 'instant';
  // Loki takes nanoseconds, Prometheus seconds.
  const at = (ms: number): string =>
    loki ? String(BigInt(Math.floor(ms)) * 1_000_000n) : String(ms / 1_000);
  const answer = await ask(new URL(instant ? path : `${path}_range`, stores[query.source]), {
    query: filled(query.expr),
    ...(instant
      ? { time: at(range.toMs) }
      : { start: at(range.fromMs), end: at(range.toMs), step: String(step) }),
    ...(query.mode === 'logs' && { limit: String(query.limit ?? 100) }),
  });
  const { result } = asRecord(asRecord(answer)['data']);
  return asArray(result).length;
}

async function ask(url: URL, params: Readonly<Record<string, string>>): Promise<unknown> {
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value);
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${response.status} to ${params['query']}: ${text.slice(0, 400)}`);
  }
  const answer: unknown = JSON.parse(text);
  if (asRecord(answer)['status'] !== 'success') {
    throw new Error(`no success for ${params['query']}: ${text.slice(0, 400)}`);
  }
  return answer;
}
