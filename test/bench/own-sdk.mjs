/** Preload of `calls.ts`: a program's own OpenTelemetry SDK whose exporters do nothing, with `McpInstrumentation`. */
import { metrics, trace, logs } from '@opentelemetry/api';
import { openLogbook } from '@mcp-logbook/audit';
import { McpInstrumentation } from '@mcp-logbook/instrumentation';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const exporter = {
  export: (_items, done) => done({ code: 0 }),
  shutdown: async () => {},
  forceFlush: async () => {},
};
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] }),
);
logs.setGlobalLoggerProvider(
  new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] }),
);
metrics.setGlobalMeterProvider(new MeterProvider({}));
const log =
  process.env.BENCH_LOG === '1'
    ? openLogbook({ root: process.env.MCP_LOGBOOK_DIR, service: 'bench' })
    : undefined;
new McpInstrumentation(log === undefined ? {} : { auditPort: log });
