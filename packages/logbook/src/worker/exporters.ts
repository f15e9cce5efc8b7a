/**
 * The exporters of one signal: the official OTLP ones, loaded by protocol, and JSON lines on stderr for `console`.
 * stdout is the MCP wire and stays untouched (I9).
 */
import { writeSync } from 'node:fs';
import { ExportResultCode } from '@opentelemetry/core';
import type { OtlpProtocol, RowsSettings } from '../rows/settings.ts';
import type { Exporter } from './batcher.ts';

/** The drain's exporters give up before their first retry, which comes after 800 ms at the earliest. */
export const LAST_TRY_MS = 700;

const PACKAGES = {
  traces: { name: 'trace', type: 'OTLPTraceExporter' },
  logs: { name: 'logs', type: 'OTLPLogExporter' },
  metrics: { name: 'metrics', type: 'OTLPMetricExporter' },
} as const;

type Signal = keyof typeof PACKAGES;
type Exporting = new (options: object) => unknown;

/** The class of each OTLP exporter that the settings ask for, or why it could not be loaded. */
export type Exporters = ReadonlyMap<Signal, Exporting | Error>;

/**
 * Loads the OTLP exporters, as the ES modules that the rest of the export is: a `require` would load all they share with it
 * a second time (run: 105 ms of CPU instead of 74, most of what an exit waits for that finds no worker). Never rejects.
 */
export async function loadExporters({ exporters, protocols }: RowsSettings): Promise<Exporters> {
  const signals = (Object.keys(PACKAGES) as Signal[]).filter((one) =>
    exporters[one].includes('otlp'),
  );
  return new Map(
    await Promise.all(
      signals.map(
        async (signal) =>
          [
            signal,
            await loadExporter(signal, protocols[signal]).catch((error: Error) => error),
          ] as const,
      ),
    ),
  );
}

/** @throws Error when the optional package of a protocol is not installed */
async function loadExporter(signal: Signal, protocol: OtlpProtocol): Promise<Exporting> {
  const { name, type } = PACKAGES[signal];
  const from = `@opentelemetry/exporter-${name}-otlp-${protocol === 'http/protobuf' ? 'proto' : 'http'}`;
  // A border: the official packages export one class of this name each.
  const { [type]: exporting } = (await import(from)) as Record<string, Exporting>;
  if (exporting === undefined) throw new TypeError(`no ${type} in ${from}`);
  return exporting;
}

/**
 * Makes an OTLP exporter; it reads endpoint, headers, TLS and compression from the environment itself.
 * @throws Error why it could not be loaded
 */
export function otlpExporter(exporters: Exporters, signal: Signal, timeoutMs?: number): unknown {
  const exporting = exporters.get(signal);
  if (typeof exporting !== 'function')
    throw exporting ?? new TypeError(`no ${signal} are asked for`);
  return new exporting(timeoutMs === undefined ? {} : { timeoutMillis: timeoutMs });
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
