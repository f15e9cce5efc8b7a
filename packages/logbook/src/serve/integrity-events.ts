/** `mcp_logbook.integrity`, FATAL (semconv 7.2): sent by OTLP where an endpoint is set, for the alert on it. */
import {
  ATTR_MCP_LOGBOOK_INTEGRITY_CHECK,
  ATTR_MCP_LOGBOOK_INTEGRITY_FILE,
  ATTR_MCP_LOGBOOK_INTEGRITY_LINE,
  ATTR_MCP_LOGBOOK_LOG_ORIGIN,
  EVENT_MCP_LOGBOOK_INTEGRITY,
  SEVERITY_FATAL,
} from '@mcp-logbook/semconv/names';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { pushes, resourceOf, SCOPE } from './metrics.ts';

export interface IntegrityEvents {
  failed(
    origin: string,
    problem: {
      readonly check: string;
      readonly message: string;
      readonly file: string;
      readonly line: number;
    },
  ): void;
  /** Sends what waits. Never rejects. */
  close(): Promise<void>;
}

/** @param env `OTEL_*`; without an endpoint nothing is sent anywhere */
export function startIntegrityEvents(
  env: Readonly<Record<string, string | undefined>>,
  version: string,
): IntegrityEvents {
  if (!pushes(env, 'LOGS')) return { failed: () => undefined, close: async () => undefined };
  const exporter = new OTLPLogExporter();
  const provider = new LoggerProvider({
    resource: resourceOf(version),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger(SCOPE, version);
  return {
    failed: (origin, { check, message, file, line }) => {
      logger.emit({
        eventName: EVENT_MCP_LOGBOOK_INTEGRITY,
        severityNumber: SEVERITY_FATAL,
        severityText: 'FATAL',
        body: message,
        attributes: {
          [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: origin,
          [ATTR_MCP_LOGBOOK_INTEGRITY_CHECK]: check,
          [ATTR_MCP_LOGBOOK_INTEGRITY_FILE]: file,
          [ATTR_MCP_LOGBOOK_INTEGRITY_LINE]: line,
        },
      });
      // Once in the life of a log: it does not wait for a batch.
      provider.forceFlush().catch(() => undefined);
    },
    close: async () => {
      await provider.shutdown().catch(() => undefined);
    },
  };
}
