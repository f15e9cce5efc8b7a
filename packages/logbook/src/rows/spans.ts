/**
 * Spans without an SDK: ids, parent, link, sampling and the current span of an asynchronous context (semconv 1.1, 1.5).
 * Without a trace exporter our spans exist only as ids of entries; a context that came in is then passed on unchanged.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createIds } from '@mcp-logbook/instrumentation/recorder';
import {
  formatTraceparent,
  isValidBaggage,
  isValidTracestate,
  parseTraceparent,
} from '@mcp-logbook/instrumentation/telemetry';
import type { CallStart, OpenSpan, TraceParent } from '@mcp-logbook/instrumentation/telemetry';
import type { SpanRow } from './messages.ts';
import { createSampler } from './sampler.ts';
import type { RowsSettings } from './settings.ts';

/** An open span of the rows back end. */
export interface RowSpan extends OpenSpan {
  readonly row: SpanRow;
  readonly parent: TraceParent | undefined;
  readonly baggage: string | undefined;
  /** `operation.active` of it went up: labels to go down with. */
  readonly methodLabel: string;
  readonly toolLabel: string | undefined;
}

/** See the file's header. */
export class Spans {
  readonly #settings: RowsSettings;
  readonly #ids = createIds();
  readonly #sample: ReturnType<typeof createSampler>;
  readonly #current = new AsyncLocalStorage<RowSpan>();
  readonly #traced: boolean;

  constructor(settings: RowsSettings) {
    this.#settings = settings;
    this.#sample = createSampler(settings.sampler, settings.samplerRatio);
    this.#traced = settings.exporters.traces.length > 0;
  }

  begin(start: CallStart): RowSpan {
    const { propagators } = this.#settings;
    const ambient = this.#current.getStore();
    const carried = propagators.traceContext
      ? parseTraceparent(textOf(start.meta, 'traceparent'))
      : undefined;
    const around: TraceParent | undefined =
      ambient === undefined
        ? undefined
        : { traceId: ambient.traceId, spanId: ambient.spanId, sampled: ambient.row.sampled };
    const parent = carried ?? around;
    // The context around a received message becomes a link, unless it is the parent itself.
    const linked =
      carried !== undefined &&
      start.side === 'server' &&
      around !== undefined &&
      around.spanId !== carried.spanId
        ? around
        : undefined;
    const traceId = parent?.traceId ?? this.#ids.traceId();
    const spanId = this.#ids.spanId();
    const state =
      carried === undefined ? ambient?.row.traceState : textOf(start.meta, 'tracestate');
    const baggage = textOf(start.meta, 'baggage') ?? ambient?.baggage;
    return {
      traceId,
      spanId,
      parent,
      baggage: propagators.baggage && isValidBaggage(baggage) ? baggage : undefined,
      methodLabel: start.methodLabel,
      toolLabel: start.toolLabel,
      row: {
        traceId,
        spanId,
        sampled: this.#sample(traceId, parent),
        traceState: isValidTracestate(state) ? state : undefined,
        parentSpanId: parent?.spanId,
        parentRemote: carried !== undefined,
        linkTraceId: linked?.traceId,
        linkSpanId: linked?.spanId,
      },
    };
  }

  run<T>(span: RowSpan, fn: () => T): T {
    return this.#current.run(span, fn);
  }

  inject(span: RowSpan, carrier: Record<string, unknown>): void {
    const { propagators } = this.#settings;
    const context = this.#traced ? { ...span, sampled: span.row.sampled } : span.parent;
    if (propagators.traceContext && context !== undefined) {
      carrier['traceparent'] = formatTraceparent(context);
      if (span.row.traceState !== undefined) carrier['tracestate'] = span.row.traceState;
    }
    if (propagators.baggage && span.baggage !== undefined && carrier['baggage'] === undefined)
      carrier['baggage'] = span.baggage;
  }
}

function textOf(
  meta: Readonly<Record<string, unknown>> | undefined,
  key: string,
): string | undefined {
  const value = meta?.[key];
  return typeof value === 'string' ? value : undefined;
}
