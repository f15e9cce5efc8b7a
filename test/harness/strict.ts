/**
 * The strict check of `@mcp-logbook/semconv` over everything a receiver got: each span, event and metric point by
 * name, kind, unit and attributes; and what the checks cannot see of one item: scope, span events, severity text.
 */
import { checkEvent, checkMetric, checkSpan } from '@mcp-logbook/semconv';
import type { CheckedEvent, CheckedMetric, CheckedSpan } from '@mcp-logbook/semconv';
import type { OtlpLog, OtlpPoint, OtlpSpan } from './otlp.ts';
import type { Receiver } from './receiver.ts';

/** Scopes of semconv.md 7. */
const SCOPES = new Set(['@mcp-logbook/instrumentation', '@mcp-logbook/audit']);

/** Problems of everything received, in words and each once; empty when all is in order. */
export function strictProblems(receiver: Receiver): string[] {
  const problems = [
    ...receiver.rejected,
    ...receiver.spans.flatMap(spanProblems),
    ...receiver.logs.flatMap(eventProblems),
    ...receiver.points.flatMap(pointProblems),
  ];
  return [...new Set(problems)];
}

/** A decoded span as the strict check takes it. */
export function checkedSpan(span: OtlpSpan): CheckedSpan {
  const { name, kind, attributes, traceId, spanId, status, parentSpanId } = span;
  return {
    name,
    kind,
    attributes,
    traceId,
    spanId,
    statusCode: status.code,
    ...(status.message === undefined ? {} : { statusMessage: status.message }),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
  };
}

/** A decoded log record as the strict check takes it. */
export function checkedEvent(log: OtlpLog): CheckedEvent {
  const { eventName, severityNumber, attributes, traceId, spanId, body } = log;
  return {
    eventName: eventName ?? '',
    severityNumber,
    attributes,
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
    ...(body === undefined ? {} : { body }),
  };
}

/** A decoded metric point as the strict check takes it. */
export function checkedMetric(point: OtlpPoint): CheckedMetric {
  const { metric, unit, type, monotonic, attributes, bounds } = point;
  return {
    name: metric,
    unit,
    type: type === 'sum' ? (monotonic ? 'counter' : 'updowncounter') : type,
    attributes,
    ...(bounds === undefined ? {} : { boundaries: bounds }),
  };
}

function spanProblems(span: OtlpSpan): string[] {
  const problems = [...checkSpan(checkedSpan(span)), ...scopeProblems(span.scope)];
  if (span.endUnixNano < span.startUnixNano) problems.push(`span "${span.name}" ends early`);
  if (span.events > 0) problems.push(`span "${span.name}" has span events`);
  return problems;
}

function eventProblems(log: OtlpLog): string[] {
  const problems = [...checkEvent(checkedEvent(log)), ...scopeProblems(log.scope)];
  if (log.severityText !== undefined) problems.push(`event "${log.eventName}" has a severity text`);
  return problems;
}

function pointProblems(point: OtlpPoint): string[] {
  return [...checkMetric(checkedMetric(point)), ...scopeProblems(point.scope)];
}

function scopeProblems(scope: string): string[] {
  return SCOPES.has(scope) ? [] : [`scope "${scope}" is not ours`];
}
