/** Rows back into the objects OpenTelemetry's exporters take. Pure: names and rules are those of the recorder. */
import { SpanKind, SpanStatusCode, TraceFlags, createTraceState } from '@opentelemetry/api';
import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import {
  SCOPE_NAME,
  SCOPE_VERSION,
  spanAttributes,
  spanName,
} from '@mcp-logbook/instrumentation/telemetry';
import type { AttributeMap, CallRecord, EventData } from '@mcp-logbook/instrumentation/telemetry';
import type { SpanRow } from '../rows/messages.ts';

const SCOPE: InstrumentationScope = { name: SCOPE_NAME, version: SCOPE_VERSION };

/** A finished span. */
export function rebuildSpan(row: SpanRow, record: CallRecord, resource: Resource): ReadableSpan {
  const context = spanContextOf(row);
  const parentSpanContext: SpanContext | undefined =
    row.parentSpanId === undefined
      ? undefined
      : {
          traceId: row.traceId,
          spanId: row.parentSpanId,
          traceFlags: context.traceFlags,
          isRemote: row.parentRemote,
        };
  const { linkTraceId, linkSpanId } = row;
  return {
    name: spanName(record),
    kind: record.side === 'server' ? SpanKind.SERVER : SpanKind.CLIENT,
    spanContext: () => context,
    ...(parentSpanContext !== undefined && { parentSpanContext }),
    startTime: hrTime(record.startMicros),
    endTime: hrTime(record.startMicros + record.durationMicros),
    duration: hrTime(record.durationMicros),
    status:
      record.errorType === undefined
        ? { code: SpanStatusCode.UNSET }
        : {
            code: SpanStatusCode.ERROR,
            ...(record.statusMessage !== undefined && { message: record.statusMessage }),
          },
    attributes: attributesOf(spanAttributes(record)),
    links:
      linkTraceId === undefined || linkSpanId === undefined
        ? []
        : [{ context: { traceId: linkTraceId, spanId: linkSpanId, traceFlags: TraceFlags.NONE } }],
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** A log record; with a span's identity when it belongs to a call. */
export function rebuildEvent(
  event: EventData,
  row: SpanRow | undefined,
  resource: Resource,
): ReadableLogRecord {
  return {
    hrTime: hrTime(event.timeMicros),
    hrTimeObserved: hrTime(event.timeMicros),
    eventName: event.eventName,
    severityNumber: event.severityNumber,
    ...(event.body !== undefined && { body: event.body }),
    ...(row !== undefined && { spanContext: spanContextOf(row) }),
    attributes: attributesOf(event.attributes),
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
  };
}

/** Unix or plain microseconds as seconds and nanoseconds. */
export function hrTime(micros: number): HrTime {
  const seconds = Math.floor(micros / 1e6);
  return [seconds, (micros - seconds * 1e6) * 1000];
}

function spanContextOf(row: SpanRow): SpanContext {
  return {
    traceId: row.traceId,
    spanId: row.spanId,
    traceFlags: row.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    ...(row.traceState !== undefined && { traceState: createTraceState(row.traceState) }),
  };
}

function attributesOf(attributes: AttributeMap): Attributes {
  // AttributeMap holds JSON values only, all of which the 3.x exporters take.
  return attributes as Attributes;
}
