/**
 * The metrics we fill: name, instrument, unit, description, buckets (semconv 1.6 and 7.3, column *main job*).
 * A back end turns this table into instruments of whatever meter it has.
 */
import {
  APPEND_BUCKETS,
  DURATION_BUCKETS,
  METRIC_MCP_CLIENT_OPERATION_DURATION,
  METRIC_MCP_CLIENT_SESSION_DURATION,
  METRIC_MCP_LOGBOOK_AUTH_EVENTS,
  METRIC_MCP_LOGBOOK_CONFIG_CHANGES,
  METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION,
  METRIC_MCP_LOGBOOK_LOG_BYTES,
  METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE,
  METRIC_MCP_LOGBOOK_LOG_DROPPED,
  METRIC_MCP_LOGBOOK_LOG_ENTRIES,
  METRIC_MCP_LOGBOOK_LOG_SIZE,
  METRIC_MCP_LOGBOOK_MESSAGE_SIZE,
  METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
  METRIC_MCP_LOGBOOK_REDACTIONS,
  METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS,
  METRIC_MCP_LOGBOOK_SESSION_ACTIVE,
  METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE,
  METRIC_MCP_LOGBOOK_SHIP_PENDING,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
  METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS,
  METRIC_MCP_SERVER_OPERATION_DURATION,
  METRIC_MCP_LOGBOOK_VERIFY_AGE,
  METRIC_MCP_LOGBOOK_VERIFY_FAILURES,
  METRIC_MCP_SERVER_SESSION_DURATION,
  SIZE_BUCKETS,
} from '@mcp-logbook/semconv/names';

/** How an instrument adds up. */
export type InstrumentType = 'histogram' | 'counter' | 'updowncounter' | 'gauge';

/** One row of the table. */
export interface InstrumentDefinition {
  readonly type: InstrumentType;
  readonly unit: string;
  readonly description: string;
  readonly boundaries?: readonly number[];
}

const duration = (description: string): InstrumentDefinition => ({
  type: 'histogram',
  unit: 's',
  description,
  boundaries: DURATION_BUCKETS,
});
const counter = (unit: string, description: string): InstrumentDefinition => ({
  type: 'counter',
  unit,
  description,
});
const gauge = (unit: string, description: string): InstrumentDefinition => ({
  type: 'gauge',
  unit,
  description,
});

/** Names of the metrics we fill. */
export type MetricName =
  | typeof METRIC_MCP_CLIENT_OPERATION_DURATION
  | typeof METRIC_MCP_SERVER_OPERATION_DURATION
  | typeof METRIC_MCP_CLIENT_SESSION_DURATION
  | typeof METRIC_MCP_SERVER_SESSION_DURATION
  | typeof METRIC_MCP_LOGBOOK_OPERATION_ACTIVE
  | typeof METRIC_MCP_LOGBOOK_MESSAGE_SIZE
  | typeof METRIC_MCP_LOGBOOK_SESSION_ACTIVE
  | typeof METRIC_MCP_LOGBOOK_AUTH_EVENTS
  | typeof METRIC_MCP_LOGBOOK_CONFIG_CHANGES
  | typeof METRIC_MCP_LOGBOOK_REDACTIONS
  | typeof METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS
  | typeof METRIC_MCP_LOGBOOK_LOG_ENTRIES
  | typeof METRIC_MCP_LOGBOOK_LOG_DROPPED
  | typeof METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION
  | typeof METRIC_MCP_LOGBOOK_LOG_SIZE
  | typeof METRIC_MCP_LOGBOOK_LOG_BYTES
  | typeof METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE
  | typeof METRIC_MCP_LOGBOOK_SHIP_PENDING
  | typeof METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE
  | typeof METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED
  | typeof METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS
  | typeof METRIC_MCP_LOGBOOK_VERIFY_AGE
  | typeof METRIC_MCP_LOGBOOK_VERIFY_FAILURES;

/** The table, by name. */
export const INSTRUMENTS: Readonly<Record<MetricName, InstrumentDefinition>> = {
  [METRIC_MCP_CLIENT_OPERATION_DURATION]: duration(
    'Duration of an MCP request or notification as its sender saw it',
  ),
  [METRIC_MCP_SERVER_OPERATION_DURATION]: duration(
    'Duration of an MCP request or notification as its receiver saw it',
  ),
  [METRIC_MCP_CLIENT_SESSION_DURATION]: duration('Duration of an MCP session as its client saw it'),
  [METRIC_MCP_SERVER_SESSION_DURATION]: duration('Duration of an MCP session as its server saw it'),
  [METRIC_MCP_LOGBOOK_OPERATION_ACTIVE]: {
    type: 'updowncounter',
    unit: '{call}',
    description: 'Calls begun and not yet ended',
  },
  [METRIC_MCP_LOGBOOK_MESSAGE_SIZE]: {
    type: 'histogram',
    unit: 'By',
    description: 'Size of parameters and results as JSON, before redaction',
    boundaries: SIZE_BUCKETS,
  },
  [METRIC_MCP_LOGBOOK_SESSION_ACTIVE]: {
    type: 'updowncounter',
    unit: '{session}',
    description: 'Sessions opened and not yet closed',
  },
  [METRIC_MCP_LOGBOOK_AUTH_EVENTS]: counter(
    '{event}',
    'Events of authentication and authorization',
  ),
  [METRIC_MCP_LOGBOOK_CONFIG_CHANGES]: counter(
    '{change}',
    'Tools, prompts and resources added, removed or altered',
  ),
  [METRIC_MCP_LOGBOOK_REDACTIONS]: counter('{value}', 'Values removed, by rule'),
  [METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS]: counter(
    '{incident}',
    'Values cut or withheld because they could not be searched',
  ),
  [METRIC_MCP_LOGBOOK_LOG_ENTRIES]: counter('{entry}', 'Entries of the logbook'),
  [METRIC_MCP_LOGBOOK_LOG_DROPPED]: counter('{entry}', 'Entries that could not be written'),
  [METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION]: {
    type: 'histogram',
    unit: 's',
    description: 'Time to enter one entry',
    boundaries: APPEND_BUCKETS,
  },
  [METRIC_MCP_LOGBOOK_LOG_SIZE]: gauge('{entry}', 'Leaves of the log'),
  [METRIC_MCP_LOGBOOK_LOG_BYTES]: gauge('By', 'Bytes of the log'),
  [METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE]: gauge('s', 'Age of the latest checkpoint'),
  [METRIC_MCP_LOGBOOK_SHIP_PENDING]: gauge('{entry}', 'Entries not yet accepted by the audit port'),
  [METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE]: gauge(
    's',
    'Age of the oldest entry not yet accepted by the audit port',
  ),
  [METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED]: counter(
    '{item}',
    'Spans, log records and points that were not delivered',
  ),
  [METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS]: counter('{item}', 'Faults inside the instrumentation'),
  [METRIC_MCP_LOGBOOK_VERIFY_AGE]: gauge('s', 'Since the log was last found as signed'),
  [METRIC_MCP_LOGBOOK_VERIFY_FAILURES]: counter('{failure}', 'Checks of the log that failed'),
};

/** Name and version of the instrumentation scope of all spans, events and metrics (semconv 7). */
export const SCOPE_NAME = '@mcp-logbook/instrumentation';
/** See `SCOPE_NAME`. A test compares it with package.json. */
export const SCOPE_VERSION = '0.1.0';
