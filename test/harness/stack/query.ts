/**
 * Reading the stores back by their own query languages over HTTP. Nothing here knows what is stored.
 *
 * Times are Unix milliseconds. A store that answers an error is an `Error` with the store's own words.
 */
import { asArray, asRecord } from '../json.ts';

/** A stretch of time, Unix milliseconds. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One log line; `labels` has index labels and structured metadata together, as Loki answers. */
export interface LogLine {
  readonly labels: ReadonlyMap<string, string>;
  readonly timeUnixNano: bigint;
  readonly line: string;
}

/** One series of an instant query. */
export interface Sample {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** A span that a TraceQL search matched. */
export interface FoundSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Loki's default for `max_entries_limit_per_query`. */
const LOKI_PAGE = 5_000;

/** All lines of a LogQL log query, oldest first, read in pages. */
export async function logLines(base: string, query: string, range: Range): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const seen = new Set<string>();
  let from = BigInt(Math.floor(range.fromMs)) * 1_000_000n;
  const to = BigInt(Math.ceil(range.toMs)) * 1_000_000n;
  for (;;) {
    const answer = await get(base, '/loki/api/v1/query_range', {
      query,
      start: String(from),
      end: String(to),
      limit: String(LOKI_PAGE),
      direction: 'forward',
    });
    const page = asArray(asRecord(asRecord(answer)['data'])['result']).flatMap((stream) => {
      const labels = textMap(asRecord(stream)['stream']);
      return asArray(asRecord(stream)['values']).map((value) => {
        const [time, line] = asArray(value);
        return { labels, timeUnixNano: BigInt(String(time)), line: String(line) };
      });
    });
    const fresh = page.filter((item) => {
      // The next page begins at the last time of this one, so lines of that time come twice.
      const key = `${item.timeUnixNano}\n${item.line}\n${JSON.stringify([...item.labels])}`;
      return !seen.has(key) && seen.add(key);
    });
    lines.push(...fresh);
    if (page.length < LOKI_PAGE || fresh.length === 0) break;
    from = page.reduce((last, item) => (item.timeUnixNano > last ? item.timeUnixNano : last), from);
  }
  return lines.toSorted((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : 1));
}

/** A LogQL metric query at one moment. */
export async function logSamples(base: string, query: string, atMs: number): Promise<Sample[]> {
  const answer = await get(base, '/loki/api/v1/query', {
    query,
    time: String(BigInt(Math.floor(atMs)) * 1_000_000n),
  });
  return samplesOf(answer);
}

/** A PromQL query at one moment; default now. */
export async function promSamples(base: string, query: string, atMs?: number): Promise<Sample[]> {
  const answer = await get(base, '/api/v1/query', {
    query,
    ...(atMs !== undefined && { time: String(atMs / 1_000) }),
  });
  return samplesOf(answer);
}

/** Spans that a TraceQL query matches; `select(...)` in the query brings attributes. At most `limit` traces. */
export async function foundSpans(
  base: string,
  query: string,
  range: Range,
  limit = 10_000,
): Promise<FoundSpan[]> {
  const answer = await get(base, '/api/search', {
    q: query,
    start: String(Math.floor(range.fromMs / 1_000)),
    end: String(Math.ceil(range.toMs / 1_000)),
    limit: String(limit),
    spss: '100',
  });
  return asArray(asRecord(answer)['traces'] ?? []).flatMap((trace) => {
    // Tempo leaves out leading zeros.
    const traceId = textOf(asRecord(trace)['traceID']).padStart(32, '0');
    return asArray(asRecord(trace)['spanSets'] ?? []).flatMap((set) =>
      asArray(asRecord(set)['spans'] ?? []).map((span) => ({
        traceId,
        spanId: textOf(asRecord(span)['spanID']).padStart(16, '0'),
        name: textOf(asRecord(span)['name']),
        attributes: new Map(
          asArray(asRecord(span)['attributes'] ?? []).map((attribute): [string, string] => [
            String(asRecord(attribute)['key']),
            String(Object.values(asRecord(asRecord(attribute)['value'])).at(0)),
          ]),
        ),
      })),
    );
  });
}

/** Span ids of one trace fetched by its id; empty when Tempo has no such trace. */
export async function traceSpanIds(base: string, traceId: string): Promise<string[]> {
  const response = await fetch(new URL(`/api/v2/traces/${traceId}`, base), {
    signal: AbortSignal.timeout(60_000),
    headers: { accept: 'application/json' },
  });
  if (response.status === 404) return [];
  const text = await response.text();
  if (!response.ok) throw new Error(`${base} trace ${traceId}: ${response.status} ${text}`);
  const trace = asRecord(asRecord(JSON.parse(text))['trace'] ?? {});
  return asArray(trace['resourceSpans'] ?? []).flatMap((resource) =>
    asArray(asRecord(resource)['scopeSpans'] ?? []).flatMap((scope) =>
      asArray(asRecord(scope)['spans'] ?? []).map((span) =>
        Buffer.from(String(asRecord(span)['spanId']), 'base64').toString('hex'),
      ),
    ),
  );
}

/**
 * Asks again until `good` holds.
 * @throws Error with the last answer or error after `timeoutMs`
 */
export async function until<T>(
  ask: () => Promise<T>,
  good: (answer: T) => boolean,
  timeoutMs: number,
  describe: (answer: T | undefined) => string,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let answer: T | undefined;
    let problem = '';
    try {
      answer = await ask();
      if (good(answer)) return answer;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${timeoutMs} ms: ${describe(answer)} ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function get(
  base: string,
  path: string,
  params: Readonly<Record<string, string>>,
): Promise<unknown> {
  const url = new URL(path, base);
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value);
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!response.ok)
    throw new Error(
      `${path} answered ${response.status} to ${params['query'] ?? params['q']}: ${text.slice(0, 500)}`,
    );
  return JSON.parse(text);
}

function samplesOf(answer: unknown): Sample[] {
  return asArray(asRecord(asRecord(answer)['data'])['result']).map((series) => ({
    labels: textMap(asRecord(series)['metric']),
    value: Number(asArray(asRecord(series)['value'])[1]),
  }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textMap(value: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries(asRecord(value)).map(([key, text]) => [key, String(text)]));
}
