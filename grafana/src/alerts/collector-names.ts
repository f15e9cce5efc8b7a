/** Selectors of the collector's own metrics as Prometheus scrapes them from port 8888 (job `otelcol`), 0.155.0. */

/**
 * See the file's header. Component ids are those of otel-collector/README.md; the stray exporter carries audit records
 * that came to the telemetry port.
 */
export const COLLECTOR = {
  auditExporters: 'exporter=~"otlp_http/audit|otlp_http/stray_audit"',
  otherExporters: 'exporter!~"otlp_http/audit|otlp_http/stray_audit"',
  auditReceiver: 'receiver="otlp/audit"',
  otherReceivers: 'receiver!="otlp/audit"',
  /** What became of items, by the three signals. */
  signals: ['log_records', 'spans', 'metric_points'],
  sendFailed: (signal: string): string => `otelcol_exporter_send_failed_${signal}_total`,
  enqueueFailed: (signal: string): string => `otelcol_exporter_enqueue_failed_${signal}_total`,
  refused: (signal: string): string => `otelcol_receiver_refused_${signal}_total`,
  queueSize: 'otelcol_exporter_queue_size',
  queueCapacity: 'otelcol_exporter_queue_capacity',
  uptime: 'otelcol_process_uptime_seconds_total',
  /** Records in which the collector's redaction masked something: its `count` connector. */
  secretsFound: 'mcp_logbook_collector_secrets_total',
  /** Audit records that came to the telemetry port: its `count` connector. */
  strayAudit: 'mcp_logbook_collector_stray_audit_total',
} as const;
