/** Metrics in the worker: the official SDK aggregates, one reader per exporter sends. */
import type { Gauge } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  createInstrument,
  SCOPE_NAME,
  SCOPE_VERSION,
} from '@mcp-logbook/instrumentation/telemetry';
import type { MetricName, PointSink, RecordPoint } from '@mcp-logbook/instrumentation/telemetry';
import {
  ATTR_V8JS_HEAP_SPACE_NAME,
  METRIC_NODEJS_EVENTLOOP_UTILIZATION,
} from '@mcp-logbook/semconv/names';
import type { RuntimePoint } from '../rows/messages.ts';
import type { RowsSettings } from '../rows/settings.ts';
import { consoleExporter } from './exporters.ts';

/** Told of every export. */
export type MetricsObserver = (error: Error | undefined) => void;

/** Takes points and sends them. */
export interface Metrics {
  readonly point: PointSink;
  /** Takes readings of the runtime; the latest of each counts. */
  runtime(points: readonly RuntimePoint[]): void;
  /** Sends the last values through exporters that do not retry. */
  drain(): Promise<boolean>;
}

/** Sends through `normal`, and through `last` once the drain has begun. */
class SwitchingExporter implements PushMetricExporter {
  readonly #normal: PushMetricExporter;
  readonly #last: () => PushMetricExporter;
  readonly #observe: MetricsObserver;
  draining = false;
  ok = true;

  constructor(
    normal: PushMetricExporter,
    last: () => PushMetricExporter,
    observe: MetricsObserver,
  ) {
    this.#normal = normal;
    this.#last = last;
    this.#observe = observe;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    const exporter = this.draining ? this.#last() : this.#normal;
    exporter.export(metrics, (result) => {
      this.ok = result.code === ExportResultCode.SUCCESS;
      this.#observe(this.ok ? undefined : (result.error ?? new Error('export failed')));
      // The failure is counted above; to the reader it is done.
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.#normal.shutdown();
  }

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }
}

/** Starts metrics. */
export function startMetrics(
  settings: RowsSettings,
  resource: Resource,
  otlp: (timeoutMs?: number) => PushMetricExporter,
  observe: MetricsObserver,
): Metrics {
  const exporters = settings.exporters.metrics.map((name) =>
    name === 'otlp'
      ? new SwitchingExporter(otlp(), () => otlp(700), observe)
      : new SwitchingExporter(stderrExporter(), stderrExporter, observe),
  );
  const provider = new MeterProvider({
    resource,
    readers: exporters.map(
      (exporter) =>
        new PeriodicExportingMetricReader({
          exporter,
          exportIntervalMillis: settings.metricIntervalMs,
          exportTimeoutMillis: Math.min(settings.metricTimeoutMs, settings.metricIntervalMs),
        }),
    ),
  });
  const meter = provider.getMeter(SCOPE_NAME, SCOPE_VERSION);
  const instruments = new Map<MetricName, RecordPoint>();
  const gauges = new Map<string, Gauge>();
  return {
    runtime(points) {
      for (const { metric, value, space } of points) {
        let gauge = gauges.get(metric);
        if (gauge === undefined) {
          gauge = meter.createGauge(metric, runtimeOptions(metric));
          gauges.set(metric, gauge);
        }
        gauge.record(value, space === undefined ? {} : { [ATTR_V8JS_HEAP_SPACE_NAME]: space });
      }
    },
    point(metric, value, labels) {
      let record = instruments.get(metric);
      if (record === undefined) {
        record = createInstrument(meter, metric);
        instruments.set(metric, record);
      }
      record(value, labels);
    },
    async drain() {
      for (const exporter of exporters) exporter.draining = true;
      await provider.forceFlush();
      return exporters.every(({ ok }) => ok);
    },
  };
}

/** Units as in @opentelemetry/instrumentation-runtime-node, so that its dashboards read ours. */
function runtimeOptions(metric: string): { unit: string; description: string } {
  if (metric === METRIC_NODEJS_EVENTLOOP_UTILIZATION)
    return { unit: '1', description: 'Share of the time in which the event loop was busy' };
  if (metric.startsWith('nodejs.eventloop.delay.'))
    return { unit: 's', description: 'Delay of the event loop since the last reading' };
  return { unit: 'By', description: "Memory of V8's heap" };
}

function stderrExporter(): PushMetricExporter {
  const lines = consoleExporter<ResourceMetrics>(({ resource, scopeMetrics }) => ({
    resource: resource.attributes,
    metrics: scopeMetrics.flatMap(({ metrics }) => metrics),
  }));
  return {
    export: (metrics, done) => lines.export([metrics], done),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}
