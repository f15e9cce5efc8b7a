/** Metrics in the worker: the official SDK aggregates, one reader per exporter sends. */
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
import type { RowsSettings } from '../rows/settings.ts';
import { consoleExporter } from './exporters.ts';

/** Told of every export. */
export type MetricsObserver = (error: Error | undefined) => void;

/** Takes points and sends them. */
export interface Metrics {
  readonly point: PointSink;
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
  return {
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
