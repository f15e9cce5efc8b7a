/**
 * Series that other programs make, under their names in Prometheus. Only these may appear in a query besides our own
 * (series.ts): a test holds every dashboard to it, so a typing mistake is found before a panel stays empty.
 */

/** Name in Prometheus, and who makes it and why we read it. */
export const FOREIGN_SERIES: Readonly<Record<string, string>> = {
  up: 'Prometheus: whether a scrape worked',
  process_resident_memory_bytes: 'Go client library: memory of Loki, Tempo, Prometheus, Grafana',
  process_cpu_seconds_total: 'Go client library: their processor time',

  otelcol_receiver_accepted_spans_total: 'collector: taken in',
  otelcol_receiver_accepted_log_records_total: 'collector: taken in',
  otelcol_receiver_accepted_metric_points_total: 'collector: taken in',
  otelcol_receiver_refused_spans_total: 'collector: sent back to the sender',
  otelcol_receiver_refused_log_records_total: 'collector: sent back to the sender',
  otelcol_receiver_refused_metric_points_total: 'collector: sent back to the sender',
  otelcol_exporter_sent_spans_total: 'collector: handed to a store',
  otelcol_exporter_sent_log_records_total: 'collector: handed to a store',
  otelcol_exporter_sent_metric_points_total: 'collector: handed to a store',
  otelcol_exporter_send_failed_spans_total: 'collector: given up after all retries',
  otelcol_exporter_send_failed_log_records_total: 'collector: given up after all retries',
  otelcol_exporter_send_failed_metric_points_total: 'collector: given up after all retries',
  otelcol_exporter_enqueue_failed_spans_total: 'collector: the queue was full',
  otelcol_exporter_enqueue_failed_log_records_total: 'collector: the queue was full',
  otelcol_exporter_enqueue_failed_metric_points_total: 'collector: the queue was full',
  otelcol_exporter_queue_size: 'collector: what waits, in the unit of the queue',
  otelcol_exporter_queue_capacity: 'collector: room for what waits',
  otelcol_process_uptime_seconds_total: 'collector: since its start',
  otelcol_process_cpu_seconds_total: 'collector: processor time',
  otelcol_process_memory_rss_bytes: 'collector: memory',
  mcp_logbook_collector_redactions_total:
    'collector, layer metrics: records that still held a secret',
  mcp_logbook_collector_stray_audit_total:
    'collector, layer stray-audit: audit records on the wrong port',
  mcp_spans_calls_total: 'collector, layer traces: servers that send spans alone',
  mcp_spans_duration_seconds_bucket: 'collector, layer traces: servers that send spans alone',

  loki_discarded_samples_total: 'Loki: lines refused, by reason',
  loki_distributor_bytes_received_total: 'Loki: bytes taken in',
  loki_ingester_wal_disk_usage_percent: 'Loki: how full its disk is, 0 to 1',
  tempo_discarded_spans_total: 'Tempo: spans refused, by reason',
  traces_spanmetrics_latency_bucket: 'Tempo, generator: latency of spans, with exemplars',
  prometheus_tsdb_storage_blocks_bytes: 'Prometheus: bytes of its blocks',
  prometheus_tsdb_wal_storage_size_bytes: 'Prometheus: bytes of its write-ahead log',
  prometheus_tsdb_head_chunks_storage_size_bytes: 'Prometheus: bytes of its newest chunks',
};
