/** Public names of `@mcp-logbook/instrumentation`: the instrumentation, its options and the logbook as it knows it. */
export { McpInstrumentation } from './instrumentation.ts';
export type { McpInstrumentationConfig } from './instrumentation.ts';
export type { AuditEntry, AuditPort } from './ports.ts';
