/**
 * What the rows back end and its export worker need to know. `config.ts` makes it from the environment, once, frozen;
 * it is structured-cloned into the worker, so it holds plain data only.
 */

/** Exporters of one signal, as in `OTEL_{TRACES,LOGS,METRICS}_EXPORTER`; an empty list = the signal is off. */
export type ExporterList = readonly ('otlp' | 'console')[];

/** OTLP/HTTP encodings the worker can load. `http/protobuf` needs the optional `-otlp-proto` packages. */
export type OtlpProtocol = 'http/json' | 'http/protobuf';

/** Samplers decided on the main thread (OTEL_TRACES_SAMPLER). */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** Limits of one batched signal (OTEL_BSP_*, OTEL_BLRP_*). */
export interface BatchLimits {
  /** Longest wait of a record before its batch is sent; default 1,000 ms. */
  readonly delayMs: number;
  /** Most records waiting; more are dropped and counted (I10). Default 2,048. */
  readonly queueSize: number;
  /** Most records in one request. Default 512. */
  readonly batchSize: number;
}

/** One thing per signal. */
export interface PerSignal<T> {
  readonly traces: T;
  readonly logs: T;
  readonly metrics: T;
}

/** Settings of `startRows`. All lists empty = no worker, no network: ids and propagation only. */
export interface RowsSettings {
  /** `service.name` unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES name one. */
  readonly serviceName: string;
  readonly serviceVersion?: string;
  readonly exporters: PerSignal<ExporterList>;
  readonly protocols: PerSignal<OtlpProtocol>;
  readonly sampler: SamplerName;
  /** OTEL_TRACES_SAMPLER_ARG, 0 to 1. */
  readonly samplerRatio: number;
  /** OTEL_PROPAGATORS: which of the two formats are read and written. */
  readonly propagators: { readonly traceContext: boolean; readonly baggage: boolean };
  readonly spans: BatchLimits;
  readonly logRecords: BatchLimits;
  /** OTEL_METRIC_EXPORT_INTERVAL, OTEL_METRIC_EXPORT_TIMEOUT. */
  readonly metricIntervalMs: number;
  readonly metricTimeoutMs: number;
  /** Longest wait of the exit for the worker, once it has loaded its exporters; default 1,000 ms. */
  readonly drainMs: number;
  /** OTEL_LOG_LEVEL of the worker's own diagnostics, which go to stderr; absent = none. */
  readonly logLevel?: 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all';
}

/** What the worker needs to ship logs; see `ShipperOptions` of @mcp-logbook/audit. */
export interface ShipSettings {
  readonly endpoint: string;
  readonly tokenFile: string | undefined;
  readonly recipient: string | undefined;
  readonly certificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly keyFile: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly keyCommand: string | undefined;
  readonly pseudonymKeyFile: string | undefined;
  /** False = records name nobody, not even by pseudonym. */
  readonly pseudonyms: boolean;
}

/** The defaults, for tests and for whatever the environment leaves open. */
export const DEFAULT_ROWS_SETTINGS: RowsSettings = Object.freeze({
  serviceName: 'unknown_service:node',
  exporters: { traces: [], logs: [], metrics: [] },
  protocols: { traces: 'http/json', logs: 'http/json', metrics: 'http/json' },
  sampler: 'parentbased_always_on',
  samplerRatio: 1,
  propagators: { traceContext: true, baggage: true },
  spans: { delayMs: 1_000, queueSize: 2_048, batchSize: 512 },
  logRecords: { delayMs: 1_000, queueSize: 2_048, batchSize: 512 },
  metricIntervalMs: 60_000,
  metricTimeoutMs: 30_000,
  drainMs: 1_000,
} satisfies RowsSettings);
