/**
 * Our metrics under the names that Prometheus gives them (OTLP translation `UnderscoreEscapingWithSuffixes`):
 * dots become `_`, the unit and `_total` are appended, units in braces vanish.
 *
 * Every metric of ours in `@mcp-logbook/semconv` stands in the table: the compiler sees to it.
 */
import {
  METRIC_MCP_CLIENT_OPERATION_DURATION,
  METRIC_MCP_CLIENT_SESSION_DURATION,
  METRIC_MCP_LOGBOOK_ANCHOR_AGE,
  METRIC_MCP_LOGBOOK_AUTH_EVENTS,
  METRIC_MCP_LOGBOOK_CONFIG_CHANGES,
  METRIC_MCP_LOGBOOK_ERASURES,
  METRIC_MCP_LOGBOOK_HOLDS,
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
  METRIC_MCP_LOGBOOK_RETENTION_EXPIRED,
  METRIC_MCP_LOGBOOK_SESSION_ACTIVE,
  METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE,
  METRIC_MCP_LOGBOOK_SHIP_PENDING,
  METRIC_MCP_LOGBOOK_SINK_ACK_DURATION,
  METRIC_MCP_LOGBOOK_SINK_DELAY,
  METRIC_MCP_LOGBOOK_SINK_GAPS,
  METRIC_MCP_LOGBOOK_SINK_HEARTBEAT,
  METRIC_MCP_LOGBOOK_SINK_RECORDS,
  METRIC_MCP_LOGBOOK_SINK_UNAUTHORIZED,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
  METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS,
  METRIC_MCP_LOGBOOK_VERIFY_AGE,
  METRIC_MCP_LOGBOOK_VERIFY_FAILURES,
  METRIC_MCP_SERVER_OPERATION_DURATION,
  METRIC_MCP_SERVER_SESSION_DURATION,
  METRIC_NODEJS_EVENTLOOP_DELAY_P99,
  METRIC_V8JS_MEMORY_HEAP_USED,
} from '@mcp-logbook/semconv';
import type * as semconv from '@mcp-logbook/semconv';

/** Every `METRIC_*` of semconv. */
type AnyMetric = {
  [K in keyof typeof semconv]: K extends `METRIC_${string}` ? (typeof semconv)[K] : never;
}[keyof typeof semconv];

/** A metric by its OpenTelemetry name: all of ours, and of the runtime's those that somebody reads. */
export type OwnMetric =
  | Exclude<AnyMetric, `nodejs.${string}` | `v8js.${string}`>
  | typeof METRIC_NODEJS_EVENTLOOP_DELAY_P99
  | typeof METRIC_V8JS_MEMORY_HEAP_USED;

/** How a metric adds up, and its unit where it becomes a suffix. */
interface Instrument {
  readonly type: 'histogram' | 'counter' | 'gauge';
  readonly unit: 's' | 'By' | '';
}

const seconds = { type: 'histogram', unit: 's' } as const;
const counter = { type: 'counter', unit: '' } as const;
const gauge = { type: 'gauge', unit: '' } as const;
const age = { type: 'gauge', unit: 's' } as const;

/** Instruments of semconv.md 1.6 and 7.3; an updowncounter is a gauge to Prometheus. */
const INSTRUMENTS: Readonly<Record<OwnMetric, Instrument>> = {
  [METRIC_MCP_CLIENT_OPERATION_DURATION]: seconds,
  [METRIC_MCP_SERVER_OPERATION_DURATION]: seconds,
  [METRIC_MCP_CLIENT_SESSION_DURATION]: seconds,
  [METRIC_MCP_SERVER_SESSION_DURATION]: seconds,
  [METRIC_MCP_LOGBOOK_OPERATION_ACTIVE]: gauge,
  [METRIC_MCP_LOGBOOK_MESSAGE_SIZE]: { type: 'histogram', unit: 'By' },
  [METRIC_MCP_LOGBOOK_SESSION_ACTIVE]: gauge,
  [METRIC_MCP_LOGBOOK_AUTH_EVENTS]: counter,
  [METRIC_MCP_LOGBOOK_REDACTIONS]: counter,
  [METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS]: counter,
  [METRIC_MCP_LOGBOOK_LOG_ENTRIES]: counter,
  [METRIC_MCP_LOGBOOK_LOG_DROPPED]: counter,
  [METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION]: seconds,
  [METRIC_MCP_LOGBOOK_LOG_SIZE]: gauge,
  [METRIC_MCP_LOGBOOK_LOG_BYTES]: { type: 'gauge', unit: 'By' },
  [METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE]: age,
  [METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED]: counter,
  [METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS]: counter,
  [METRIC_MCP_LOGBOOK_SHIP_PENDING]: gauge,
  [METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE]: age,
  [METRIC_MCP_LOGBOOK_SINK_RECORDS]: counter,
  [METRIC_MCP_LOGBOOK_SINK_ACK_DURATION]: seconds,
  [METRIC_MCP_LOGBOOK_SINK_DELAY]: seconds,
  [METRIC_MCP_LOGBOOK_SINK_GAPS]: gauge,
  [METRIC_MCP_LOGBOOK_SINK_HEARTBEAT]: age,
  [METRIC_MCP_LOGBOOK_SINK_UNAUTHORIZED]: counter,
  [METRIC_MCP_LOGBOOK_CONFIG_CHANGES]: counter,
  [METRIC_MCP_LOGBOOK_VERIFY_AGE]: age,
  [METRIC_MCP_LOGBOOK_VERIFY_FAILURES]: counter,
  [METRIC_MCP_LOGBOOK_ANCHOR_AGE]: age,
  [METRIC_MCP_LOGBOOK_ERASURES]: counter,
  [METRIC_MCP_LOGBOOK_HOLDS]: gauge,
  [METRIC_MCP_LOGBOOK_RETENTION_EXPIRED]: counter,
  [METRIC_NODEJS_EVENTLOOP_DELAY_P99]: age,
  [METRIC_V8JS_MEMORY_HEAP_USED]: { type: 'gauge', unit: 'By' },
};

const UNIT_SUFFIX = { s: '_seconds', By: '_bytes', '': '' } as const;

/** Name of the series in Prometheus; for a histogram without `_bucket`, `_count`, `_sum`. */
export function seriesOf(metric: OwnMetric): string {
  const { type, unit } = INSTRUMENTS[metric];
  const name = metric.replaceAll('.', '_');
  // A unit that the name ends with already is not said twice (`mcp_logbook.log.bytes`).
  const suffix = name.endsWith(UNIT_SUFFIX[unit]) ? '' : UNIT_SUFFIX[unit];
  return `${name}${suffix}${type === 'counter' ? '_total' : ''}`;
}

/** Every series name that our metrics can have. */
export function ownSeries(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const metric of Object.keys(INSTRUMENTS) as OwnMetric[]) {
    const name = seriesOf(metric);
    if (INSTRUMENTS[metric].type !== 'histogram') names.add(name);
    else for (const part of ['bucket', 'count', 'sum']) names.add(`${name}_${part}`);
  }
  return names;
}
