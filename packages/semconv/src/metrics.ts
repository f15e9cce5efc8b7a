/** Metric names: the four histograms of the MCP conventions (semconv 1.6), our own and the runtime's (7.3). */

/** histogram, `s`. */
export const METRIC_MCP_CLIENT_OPERATION_DURATION = 'mcp.client.operation.duration';
/** histogram, `s`. */
export const METRIC_MCP_SERVER_OPERATION_DURATION = 'mcp.server.operation.duration';
/** histogram, `s`. */
export const METRIC_MCP_CLIENT_SESSION_DURATION = 'mcp.client.session.duration';
/** histogram, `s`. */
export const METRIC_MCP_SERVER_SESSION_DURATION = 'mcp.server.session.duration';
/** updowncounter, `{call}`. */
export const METRIC_MCP_LOGBOOK_OPERATION_ACTIVE = 'mcp_logbook.operation.active';
/** histogram, `By`. */
export const METRIC_MCP_LOGBOOK_MESSAGE_SIZE = 'mcp_logbook.message.size';
/** updowncounter, `{session}`. */
export const METRIC_MCP_LOGBOOK_SESSION_ACTIVE = 'mcp_logbook.session.active';
/** counter, `{event}`. */
export const METRIC_MCP_LOGBOOK_AUTH_EVENTS = 'mcp_logbook.auth.events';
/** counter, `{value}`. */
export const METRIC_MCP_LOGBOOK_REDACTIONS = 'mcp_logbook.redactions';
/** counter, `{incident}`. */
export const METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS = 'mcp_logbook.redaction.incidents';
/** counter, `{entry}`. */
export const METRIC_MCP_LOGBOOK_LOG_ENTRIES = 'mcp_logbook.log.entries';
/** counter, `{entry}`. */
export const METRIC_MCP_LOGBOOK_LOG_DROPPED = 'mcp_logbook.log.dropped';
/** histogram, `s`. */
export const METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION = 'mcp_logbook.log.append.duration';
/** gauge, `{entry}`. */
export const METRIC_MCP_LOGBOOK_LOG_SIZE = 'mcp_logbook.log.size';
/** gauge, `By`. */
export const METRIC_MCP_LOGBOOK_LOG_BYTES = 'mcp_logbook.log.bytes';
/** gauge, `s`. */
export const METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE = 'mcp_logbook.log.checkpoint.age';
/** counter, `{item}`. */
export const METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED = 'mcp_logbook.telemetry.dropped';
/** counter, `{item}`. */
export const METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS = 'mcp_logbook.telemetry.errors';
/** gauge, `{entry}`. */
export const METRIC_MCP_LOGBOOK_SHIP_PENDING = 'mcp_logbook.ship.pending';
/** gauge, `s`. */
export const METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE = 'mcp_logbook.ship.oldest.age';
/** counter, `{entry}`. */
export const METRIC_MCP_LOGBOOK_SINK_RECORDS = 'mcp_logbook.sink.records';
/** histogram, `s`. */
export const METRIC_MCP_LOGBOOK_SINK_ACK_DURATION = 'mcp_logbook.sink.ack.duration';
/** histogram, `s`. */
export const METRIC_MCP_LOGBOOK_SINK_DELAY = 'mcp_logbook.sink.delay';
/** gauge, `{gap}`. */
export const METRIC_MCP_LOGBOOK_SINK_GAPS = 'mcp_logbook.sink.gaps';
/** counter, `{request}`. Wrong or missing credentials. */
export const METRIC_MCP_LOGBOOK_SINK_UNAUTHORIZED = 'mcp_logbook.sink.unauthorized';
/** gauge, `s`. Unix time when the sink last stored something, or was idle and able to. */
export const METRIC_MCP_LOGBOOK_SINK_HEARTBEAT = 'mcp_logbook.sink.heartbeat';
/** counter, `{change}`. */
export const METRIC_MCP_LOGBOOK_CONFIG_CHANGES = 'mcp_logbook.config.changes';
/** gauge, `s`. */
export const METRIC_MCP_LOGBOOK_VERIFY_AGE = 'mcp_logbook.verify.age';
/** counter, `{failure}`. */
export const METRIC_MCP_LOGBOOK_VERIFY_FAILURES = 'mcp_logbook.verify.failures';
/** gauge, `s`. */
export const METRIC_MCP_LOGBOOK_ANCHOR_AGE = 'mcp_logbook.anchor.age';
/** counter, `{erasure}`. */
export const METRIC_MCP_LOGBOOK_ERASURES = 'mcp_logbook.erasures';
/** gauge, `{hold}`. */
export const METRIC_MCP_LOGBOOK_HOLDS = 'mcp_logbook.holds';
/** counter, `{period}`: a class and month. */
export const METRIC_MCP_LOGBOOK_RETENTION_EXPIRED = 'mcp_logbook.retention.expired';

// Of the runtime, with the names of @opentelemetry/instrumentation-runtime-node.
/** gauge, `s`. */
export const METRIC_NODEJS_EVENTLOOP_DELAY_MIN = 'nodejs.eventloop.delay.min';
/** gauge, `s`. */
export const METRIC_NODEJS_EVENTLOOP_DELAY_MAX = 'nodejs.eventloop.delay.max';
/** gauge, `s`. */
export const METRIC_NODEJS_EVENTLOOP_DELAY_MEAN = 'nodejs.eventloop.delay.mean';
/** gauge, `s`. */
export const METRIC_NODEJS_EVENTLOOP_DELAY_STDDEV = 'nodejs.eventloop.delay.stddev';
/** gauge, `s`. */
export const METRIC_NODEJS_EVENTLOOP_DELAY_P50 = 'nodejs.eventloop.delay.p50';
/** gauge, `s`. */
export const METRIC_NODEJS_EVENTLOOP_DELAY_P90 = 'nodejs.eventloop.delay.p90';
/** gauge, `s`. */
export const METRIC_NODEJS_EVENTLOOP_DELAY_P99 = 'nodejs.eventloop.delay.p99';
/** gauge, `1`: 0 to 1. */
export const METRIC_NODEJS_EVENTLOOP_UTILIZATION = 'nodejs.eventloop.utilization';
/** gauge, `By`. */
export const METRIC_V8JS_MEMORY_HEAP_LIMIT = 'v8js.memory.heap.limit';
/** gauge, `By`, by `v8js.heap.space.name`. */
export const METRIC_V8JS_MEMORY_HEAP_USED = 'v8js.memory.heap.used';
/** gauge, `By`, by `v8js.heap.space.name`. */
export const METRIC_V8JS_MEMORY_HEAP_SPACE_SIZE = 'v8js.memory.heap.space.size';
/** gauge, `By`, by `v8js.heap.space.name`. */
export const METRIC_V8JS_MEMORY_HEAP_SPACE_AVAILABLE_SIZE = 'v8js.memory.heap.space.available_size';
/** gauge, `By`, by `v8js.heap.space.name`. */
export const METRIC_V8JS_MEMORY_HEAP_SPACE_PHYSICAL_SIZE = 'v8js.memory.heap.space.physical_size';

/** Bucket boundaries in seconds that the MCP conventions advise for all four histograms. */
export const DURATION_BUCKETS: readonly number[] = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];
/** Bucket boundaries in bytes of `mcp_logbook.message.size`: powers of four from 64 B to 4 MiB. */
export const SIZE_BUCKETS: readonly number[] = [
  64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304,
];
/** Bucket boundaries in seconds of `mcp_logbook.log.append.duration`: 10 us to 1 s. */
export const APPEND_BUCKETS: readonly number[] = [
  0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 1,
];
/** Bucket boundaries in seconds of `mcp_logbook.sink.ack.duration`: 0.5 ms to 10 s, dense round its aim of 50 ms. */
export const ACK_BUCKETS: readonly number[] = [
  0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
];
/** Bucket boundaries in seconds of `mcp_logbook.sink.delay`: 50 ms to a day, since a shipper may catch up on an outage. */
export const DELAY_BUCKETS: readonly number[] = [
  0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400,
];
