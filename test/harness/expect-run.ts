/**
 * What one finished session must have left behind: spans, events, metric points and entries that agree with each
 * other and with the requests that were made (M3.2, M3.3). Used by every end-to-end test that runs a whole session.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_JSONRPC_REQUEST_ID,
  ATTR_MCP_LOGBOOK_ENTRY_ID,
  ATTR_MCP_METHOD_NAME,
  EVENT_MCP_LOGBOOK_CALL,
  METRIC_MCP_SERVER_OPERATION_DURATION,
} from '@mcp-logbook/semconv';
import { expect } from 'vitest';
import { callLeaves } from './logbook.ts';
import { type OtlpSpan, textOf } from './otlp.ts';
import type { Receiver } from './receiver.ts';

/** Methods whose requests are entered in the log (semconv.md 7.4), with the kind of the entry. */
export const ENTERED: Readonly<Record<string, string>> = {
  'tools/call': 'tool.call',
  'resources/read': 'resource.read',
  'resources/subscribe': 'resource.read',
  'prompts/get': 'prompt.get',
};

/** The same for what a server asks of its client. */
export const ENTERED_WHEN_ASKED: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
};

/** Methods the conventions know; a metric says `_OTHER` for the rest. */
const UNKNOWN_METHODS = new Set(['no/such/method']);

/** Server spans of requests, which have an id; notifications have none. */
export function requestSpans(receiver: Receiver): OtlpSpan[] {
  return receiver.spans.filter(
    (span) => span.kind === 'server' && span.attributes[ATTR_JSONRPC_REQUEST_ID] !== undefined,
  );
}

/**
 * Compares a receiver and a logbook root with the requests of a session.
 * @param requests methods the client sent, in order
 * @param asked methods the server asked of the client
 */
export function expectSession(
  receiver: Receiver,
  root: string,
  requests: readonly string[],
  asked: readonly string[],
): void {
  expect(receiver.rejected).toEqual([]);

  // One server span for each request.
  const spans = requestSpans(receiver);
  expect(counts(spans.map((span) => textOf(span, ATTR_MCP_METHOD_NAME)))).toEqual(counts(requests));
  const askedSpans = receiver.spans.filter(
    (span) => span.kind === 'client' && span.attributes[ATTR_JSONRPC_REQUEST_ID] !== undefined,
  );
  expect(counts(askedSpans.map((span) => textOf(span, ATTR_MCP_METHOD_NAME)))).toEqual(
    counts(asked),
  );

  // One event for each, in the span's own context, with the same error type.
  const events = receiver.logs.filter((record) => record.eventName === EVENT_MCP_LOGBOOK_CALL);
  for (const span of spans) {
    const own = events.filter((event) => event.spanId === span.spanId);
    expect(own, `events of span ${span.name}`).toHaveLength(1);
    expect(own[0]?.traceId).toBe(span.traceId);
    expect(own[0]?.attributes[ATTR_ERROR_TYPE]).toEqual(span.attributes[ATTR_ERROR_TYPE]);
    expect(own[0]?.attributes[ATTR_MCP_LOGBOOK_ENTRY_ID]).toEqual(
      span.attributes[ATTR_MCP_LOGBOOK_ENTRY_ID],
    );
  }

  // One metric point's worth for each.
  const measured = new Map<string, number>();
  for (const point of receiver.latest(METRIC_MCP_SERVER_OPERATION_DURATION)) {
    const method = textOf(point, ATTR_MCP_METHOD_NAME);
    measured.set(method, (measured.get(method) ?? 0) + point.value);
  }
  for (const [method, count] of Object.entries(
    counts(requests.map((name) => (UNKNOWN_METHODS.has(name) ? '_OTHER' : name))),
  )) {
    expect([method, measured.get(method)]).toEqual([method, count]);
  }

  // One entry for each request that is entered, found from its span by id and by span id.
  const leaves = callLeaves(root);
  const wanted = [
    ...requests.flatMap((method) => ENTERED[method] ?? []),
    ...asked.flatMap((method) => ENTERED_WHEN_ASKED[method] ?? []),
  ];
  expect(counts(leaves.map(({ leaf }) => String(leaf['kind'])))).toEqual(counts(wanted));
  const byId = new Map(leaves.map(({ leaf }) => [leaf['id'], leaf]));
  expect(byId.size).toBe(leaves.length);
  for (const span of spans) {
    const kind = ENTERED[textOf(span, ATTR_MCP_METHOD_NAME)];
    const leaf = byId.get(textOf(span, ATTR_MCP_LOGBOOK_ENTRY_ID));
    expect(leaf?.['kind'], `entry of span ${span.name}`).toBe(kind);
    if (leaf === undefined) continue;
    expect(leaf['span']).toBe(span.spanId);
    expect(leaf['trace']).toBe(span.traceId);
  }
}

/** How often each text occurs, keys sorted. */
export function counts(texts: readonly string[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const text of texts.toSorted()) result[text] = (result[text] ?? 0) + 1;
  return result;
}
