/**
 * The back end for a program with its own OpenTelemetry SDK: the public API only (`@opentelemetry/api` 1.10). Names and
 * rules come from telemetry/*, the same as in the rows back end.
 */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  logs,
  metrics,
  propagation,
  trace,
} from '@opentelemetry/api';
import type { Attributes, Context, Link, Logger, Meter, Span, Tracer } from '@opentelemetry/api';
import { METRIC_MCP_LOGBOOK_OPERATION_ACTIVE } from '@mcp-logbook/semconv/names';
import { spanAttributes, spanName, startAttributes } from '../telemetry/attributes.ts';
import type { OpenSpan, TelemetryBackend } from '../telemetry/backend.ts';
import {
  authEvent,
  callEvent,
  checkpointEvent,
  configEvent,
  exceptionEvent,
  integrityEvent,
  sessionEvent,
} from '../telemetry/events.ts';
import { createInstrument } from '../telemetry/create-instrument.ts';
import type { RecordPoint } from '../telemetry/create-instrument.ts';
import { SCOPE_NAME, SCOPE_VERSION } from '../telemetry/instruments.ts';
import type { MetricName } from '../telemetry/instruments.ts';
import {
  activeLabels,
  authPoints,
  callPoints,
  configPoints,
  sessionPoints,
} from '../telemetry/points.ts';
import type { EventData, Labels } from '../telemetry/record.ts';

/** Where tracer, logger and meter come from; asked each time, since an SDK may set them late. */
export interface ApiProviders {
  readonly tracer: () => Tracer;
  readonly logger: () => Logger;
  readonly meter: () => Meter;
}

interface ApiSpan extends OpenSpan {
  readonly span: Span;
  readonly context: Context;
  readonly methodLabel: string;
  readonly toolLabel: string | undefined;
}

const GLOBAL: ApiProviders = {
  tracer: () => trace.getTracer(SCOPE_NAME, SCOPE_VERSION),
  logger: () => logs.getLogger(SCOPE_NAME, SCOPE_VERSION),
  meter: () => metrics.getMeter(SCOPE_NAME, SCOPE_VERSION),
};

/** Makes the back end; without providers it uses the global ones. */
export function createApiBackend(providers: ApiProviders = GLOBAL): TelemetryBackend {
  let meter: Meter | undefined;
  let instruments = new Map<MetricName, RecordPoint>();
  const point = (metric: MetricName, value: number, labels: Labels): void => {
    const current = providers.meter();
    // The global meter has no proxy: a provider that came later has other instruments.
    if (current !== meter && providers !== GLOBAL) instruments = new Map();
    meter = current;
    let record = instruments.get(metric);
    if (record === undefined) {
      record = createInstrument(current, metric);
      instruments.set(metric, record);
    }
    record(value, labels);
  };
  const emit = (event: EventData | undefined, of: Context): void => {
    if (event === undefined) return;
    providers.logger().emit({
      eventName: event.eventName,
      severityNumber: event.severityNumber,
      timestamp: event.timeMicros / 1000,
      attributes: event.attributes as Attributes,
      context: of,
      ...(event.body !== undefined && { body: event.body }),
    });
  };
  return {
    kind: 'api',
    begin(start) {
      const ambient = context.active();
      const parent = start.meta === undefined ? ambient : propagation.extract(ambient, start.meta);
      const around = trace.getSpanContext(ambient);
      const carried = trace.getSpanContext(parent);
      const links: Link[] =
        start.side === 'server' && around !== undefined && carried?.spanId !== around.spanId
          ? [{ context: around }]
          : [];
      const span = providers.tracer().startSpan(
        spanName(start),
        {
          kind: start.side === 'server' ? SpanKind.SERVER : SpanKind.CLIENT,
          attributes: startAttributes(start) as Attributes,
          links,
          startTime: start.startMicros / 1000,
        },
        parent,
      );
      const { methodLabel, toolLabel } = start;
      point(METRIC_MCP_LOGBOOK_OPERATION_ACTIVE, 1, activeLabels(methodLabel, toolLabel));
      const { traceId, spanId } = span.spanContext();
      const open: ApiSpan = {
        traceId,
        spanId,
        span,
        context: trace.setSpan(parent, span),
        methodLabel,
        toolLabel,
      };
      return open;
    },
    run: (open, fn) => context.with((open as ApiSpan).context, fn),
    inject: (open, carrier) => propagation.inject((open as ApiSpan).context, carrier),
    end(open, record) {
      // Spans come from `begin` above and nowhere else.
      const { span, context: of, methodLabel, toolLabel } = open as ApiSpan;
      point(METRIC_MCP_LOGBOOK_OPERATION_ACTIVE, -1, activeLabels(methodLabel, toolLabel));
      if (span.isRecording()) span.setAttributes(spanAttributes(record) as Attributes);
      if (record.errorType !== undefined)
        span.setStatus({
          code: SpanStatusCode.ERROR,
          ...(record.statusMessage !== undefined && { message: record.statusMessage }),
        });
      span.end((record.startMicros + record.durationMicros) / 1000);
      emit(callEvent(record), of);
      emit(exceptionEvent(record), of);
      callPoints(record, point);
    },
    session(record) {
      emit(sessionEvent(record), ROOT_CONTEXT);
      sessionPoints(record, point);
    },
    auth(record) {
      emit(authEvent(record), context.active());
      authPoints(record, point);
    },
    config(record) {
      emit(configEvent(record), ROOT_CONTEXT);
      configPoints(record, point);
    },
    checkpoint: (record) => emit(checkpointEvent(record), ROOT_CONTEXT),
    integrity: (record) => emit(integrityEvent(record), ROOT_CONTEXT),
    measure: point,
  };
}
