/**
 * The exporters of one signal: the official OTLP ones, loaded by protocol, and JSON lines on stderr for `console`.
 * stdout is the MCP wire and stays untouched (I9).
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ExportResultCode } from '@opentelemetry/core';
import type { OtlpProtocol } from '../rows/settings.ts';
import type { Exporter } from './batcher.ts';

/** The drain's exporters give up before their first retry, which comes after 800 ms at the earliest. */
export const LAST_TRY_MS = 700;

const require = createRequire(import.meta.url);

const PACKAGES = {
  traces: { name: 'trace', type: 'OTLPTraceExporter' },
  logs: { name: 'logs', type: 'OTLPLogExporter' },
  metrics: { name: 'metrics', type: 'OTLPMetricExporter' },
} as const;

/**
 * Loads an OTLP exporter; it reads endpoint, headers, TLS and compression from the environment itself.
 * @throws when the optional package of a protocol is not installed
 */
export function otlpExporter(
  signal: keyof typeof PACKAGES,
  protocol: OtlpProtocol,
  timeoutMs?: number,
): unknown {
  const { name, type } = PACKAGES[signal];
  const suffix = protocol === 'http/protobuf' ? 'proto' : 'http';
  // A border: the official packages export one class of this name each.
  const module = require(`@opentelemetry/exporter-${name}-otlp-${suffix}`) as Record<
    string,
    new (options: object) => unknown
  >;
  const Constructor = module[type];
  if (Constructor === undefined)
    throw new TypeError(`no ${type} in exporter-${name}-otlp-${suffix}`);
  return new Constructor(timeoutMs === undefined ? {} : { timeoutMillis: timeoutMs });
}

/** One JSON line on stderr for each item. */
export function consoleExporter<T>(toJson: (item: T) => unknown): Exporter<T[]> {
  return {
    export(items, done) {
      try {
        for (const item of items) writeSync(2, `${JSON.stringify(toJson(item))}\n`);
        done({ code: ExportResultCode.SUCCESS });
      } catch (error) {
        done({ code: ExportResultCode.FAILED, ...(error instanceof Error && { error }) });
      }
    },
  };
}
