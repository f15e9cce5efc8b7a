/**
 * Strict checks of what was emitted: unknown key, wrong type, missing key, a key where it is forbidden, the naming and
 * error rules of semconv 1.1 to 1.6 and 7. Used by our tests and by users' own. Each check returns its findings as
 * sentences; an empty list is a pass.
 */
import * as A from './attributes.ts';
import * as E from './events.ts';
import * as M from './metrics.ts';
import { CALLER_ERROR_CODES } from './errors.ts';
import { MCP_METHODS, OTHER } from './kinds.ts';

/** A finished span, as plain values. */
export interface CheckedSpan {
  readonly name: string;
  readonly kind: string;
  readonly statusCode: 'unset' | 'ok' | 'error';
  readonly statusMessage?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Lower-case hex, 32 and 16 digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** A log record with an event name, as plain values. */
export interface CheckedEvent {
  readonly eventName: string;
  readonly severityNumber?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly body?: unknown;
}

/** One metric data point, as plain values. */
export interface CheckedMetric {
  readonly name: string;
  readonly unit: string;
  readonly type: 'histogram' | 'counter' | 'updowncounter' | 'gauge';
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Histograms only. */
  readonly boundaries?: readonly number[];
}

type Kind = 'string' | 'int' | 'boolean' | 'string[]' | 'any';

const CALL_ATTRIBUTES: Readonly<Record<string, Kind>> = {
  [A.ATTR_MCP_METHOD_NAME]: 'string',
  [A.ATTR_MCP_PROTOCOL_VERSION]: 'string',
  [A.ATTR_MCP_SESSION_ID]: 'string',
  [A.ATTR_MCP_RESOURCE_URI]: 'string',
  [A.ATTR_ERROR_TYPE]: 'string',
  [A.ATTR_GEN_AI_OPERATION_NAME]: 'string',
  [A.ATTR_GEN_AI_TOOL_NAME]: 'string',
  [A.ATTR_GEN_AI_PROMPT_NAME]: 'string',
  [A.ATTR_GEN_AI_TOOL_CALL_ARGUMENTS]: 'any',
  [A.ATTR_GEN_AI_TOOL_CALL_RESULT]: 'any',
  [A.ATTR_JSONRPC_REQUEST_ID]: 'string',
  [A.ATTR_JSONRPC_PROTOCOL_VERSION]: 'string',
  [A.ATTR_RPC_RESPONSE_STATUS_CODE]: 'string',
  [A.ATTR_NETWORK_TRANSPORT]: 'string',
  [A.ATTR_NETWORK_PROTOCOL_NAME]: 'string',
  [A.ATTR_NETWORK_PROTOCOL_VERSION]: 'string',
  [A.ATTR_SERVER_ADDRESS]: 'string',
  [A.ATTR_SERVER_PORT]: 'int',
  [A.ATTR_CLIENT_ADDRESS]: 'string',
  [A.ATTR_CLIENT_PORT]: 'int',
  [A.ATTR_ENDUSER_ID]: 'string',
  [A.ATTR_ENDUSER_PSEUDO_ID]: 'string',
  [A.ATTR_MCP_LOGBOOK_ENTRY_ID]: 'string',
  [A.ATTR_MCP_LOGBOOK_OUTCOME]: 'string',
  [A.ATTR_MCP_LOGBOOK_CLIENT_NAME]: 'string',
  [A.ATTR_MCP_LOGBOOK_CLIENT_VERSION]: 'string',
  [A.ATTR_MCP_LOGBOOK_SERVER_NAME]: 'string',
  [A.ATTR_MCP_LOGBOOK_SERVER_VERSION]: 'string',
  [A.ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID]: 'string',
  [A.ATTR_MCP_LOGBOOK_IDENTITY_SOURCE]: 'string',
  [A.ATTR_MCP_LOGBOOK_REQUEST_SIZE]: 'int',
  [A.ATTR_MCP_LOGBOOK_RESPONSE_SIZE]: 'int',
  [A.ATTR_MCP_LOGBOOK_ROUND_ID]: 'string',
  [A.ATTR_MCP_LOGBOOK_ROUND_NUMBER]: 'int',
  [A.ATTR_MCP_LOGBOOK_REDACTION_COUNT]: 'int',
  [A.ATTR_MCP_LOGBOOK_REDACTION_TRUNCATED]: 'boolean',
  [A.ATTR_MCP_LOGBOOK_REDACTION_FAILED]: 'boolean',
  [A.ATTR_MCP_LOGBOOK_REDACTION_RULES]: 'string[]',
};

const OUTCOMES = new Set(['success', 'failure', 'denied', 'unknown']);
const ACTIONS = new Set(
  (
    'execute read write delete set add remove alter start open close ' +
    'login authorize issue refresh revoke register'
  ).split(' '),
);

/** Checks one MCP span against semconv 1.1, 1.2, 1.4 and 7.1. */
export function checkSpan(span: CheckedSpan): string[] {
  const found: string[] = [];
  const { attributes: a } = span;
  checkKeys(a, CALL_ATTRIBUTES, `span "${span.name}"`, found);
  const method = a[A.ATTR_MCP_METHOD_NAME];
  if (typeof method !== 'string')
    found.push(`span "${span.name}": ${A.ATTR_MCP_METHOD_NAME} is required`);
  const target = a[A.ATTR_GEN_AI_TOOL_NAME] ?? a[A.ATTR_GEN_AI_PROMPT_NAME];
  const expected = target === undefined ? String(method) : `${textOf(method)} ${textOf(target)}`;
  if (span.name !== expected) found.push(`span "${span.name}": name should be "${expected}"`);
  if (span.kind !== 'client' && span.kind !== 'server')
    found.push(`span "${span.name}": kind is ${span.kind}`);
  if (!/^[0-9a-f]{32}$/.test(span.traceId) || !/^[0-9a-f]{16}$/.test(span.spanId))
    found.push(`span "${span.name}": malformed trace or span id`);
  if (method === 'tools/call' && a[A.ATTR_GEN_AI_OPERATION_NAME] !== 'execute_tool')
    found.push(`span "${span.name}": ${A.ATTR_GEN_AI_OPERATION_NAME} should be execute_tool`);
  if (method !== 'tools/call' && A.ATTR_GEN_AI_OPERATION_NAME in a)
    found.push(`span "${span.name}": ${A.ATTR_GEN_AI_OPERATION_NAME} only on tools/call`);
  if (
    typeof method === 'string' &&
    method.startsWith('notifications/') &&
    A.ATTR_JSONRPC_REQUEST_ID in a
  )
    found.push(`span "${span.name}": a notification has no request id`);
  if (span.statusCode === 'ok') found.push(`span "${span.name}": status ok is never set`);
  const failed = A.ATTR_ERROR_TYPE in a;
  if (failed !== (span.statusCode === 'error'))
    found.push(`span "${span.name}": error.type and status error go together`);
  if (span.kind === 'server' && CALLER_ERROR_CODES.has(String(a[A.ATTR_ERROR_TYPE])))
    found.push(`span "${span.name}": a caller's mistake is no error of the server`);
  if (a[A.ATTR_ERROR_TYPE] === 'tool_error' && span.statusMessage)
    found.push(`span "${span.name}": no tool text in the status`);
  checkOutcome(a, `span "${span.name}"`, found);
  return found;
}

const EVENT_EXTRA: ReadonlyMap<string, Readonly<Record<string, Kind>>> = new Map<
  string,
  Readonly<Record<string, Kind>>
>([
  [E.EVENT_MCP_LOGBOOK_CALL, { [A.ATTR_MCP_LOGBOOK_ACTION]: 'string' }],
  [
    E.EVENT_MCP_LOGBOOK_AUTH,
    {
      [A.ATTR_MCP_LOGBOOK_AUTH_EVENT]: 'string',
      [A.ATTR_MCP_LOGBOOK_AUTH_REASON]: 'string',
      [A.ATTR_HTTP_RESPONSE_STATUS_CODE]: 'int',
      [A.ATTR_URL_PATH]: 'string',
      [A.ATTR_USER_AGENT_ORIGINAL]: 'string',
      [A.ATTR_MCP_LOGBOOK_ACTION]: 'string',
    },
  ],
  [
    E.EVENT_MCP_LOGBOOK_CONFIG_CHANGED,
    {
      [A.ATTR_MCP_LOGBOOK_CONFIG_ITEM]: 'string',
      [A.ATTR_MCP_LOGBOOK_CONFIG_CHANGE]: 'string',
      [A.ATTR_MCP_LOGBOOK_CONFIG_NAME]: 'string',
      [A.ATTR_MCP_LOGBOOK_CONFIG_DIGEST]: 'string',
      [A.ATTR_MCP_LOGBOOK_CONFIG_PREVIOUS_DIGEST]: 'string',
    },
  ],
  [E.EVENT_MCP_LOGBOOK_SESSION, { [A.ATTR_MCP_LOGBOOK_SESSION_STATE]: 'string' }],
  [
    E.EVENT_MCP_LOGBOOK_EXCEPTION,
    {
      [A.ATTR_EXCEPTION_TYPE]: 'string',
      [A.ATTR_EXCEPTION_MESSAGE]: 'string',
      [A.ATTR_EXCEPTION_STACKTRACE]: 'string',
    },
  ],
  [
    E.EVENT_MCP_LOGBOOK_CHECKPOINT,
    { [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN]: 'string', [A.ATTR_MCP_LOGBOOK_LOG_SIZE]: 'int' },
  ],
  [
    E.EVENT_MCP_LOGBOOK_INTEGRITY,
    {
      [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN]: 'string',
      [A.ATTR_MCP_LOGBOOK_INTEGRITY_CHECK]: 'string',
      [A.ATTR_MCP_LOGBOOK_INTEGRITY_FILE]: 'string',
      [A.ATTR_MCP_LOGBOOK_INTEGRITY_LINE]: 'int',
    },
  ],
]);

const EVENT_REQUIRED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  [E.EVENT_MCP_LOGBOOK_CALL, [A.ATTR_MCP_METHOD_NAME, A.ATTR_MCP_LOGBOOK_OUTCOME]],
  [E.EVENT_MCP_LOGBOOK_AUTH, [A.ATTR_MCP_LOGBOOK_AUTH_EVENT]],
  [
    E.EVENT_MCP_LOGBOOK_CONFIG_CHANGED,
    [A.ATTR_MCP_LOGBOOK_CONFIG_ITEM, A.ATTR_MCP_LOGBOOK_CONFIG_CHANGE],
  ],
  [E.EVENT_MCP_LOGBOOK_SESSION, [A.ATTR_MCP_LOGBOOK_SESSION_STATE]],
  [E.EVENT_MCP_LOGBOOK_EXCEPTION, [A.ATTR_EXCEPTION_TYPE]],
  [E.EVENT_MCP_LOGBOOK_CHECKPOINT, [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN, A.ATTR_MCP_LOGBOOK_LOG_SIZE]],
  [
    E.EVENT_MCP_LOGBOOK_INTEGRITY,
    [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN, A.ATTR_MCP_LOGBOOK_INTEGRITY_CHECK],
  ],
]);

/** Checks one event against semconv 2.1 and 7.2. */
export function checkEvent(event: CheckedEvent): string[] {
  const found: string[] = [];
  const what = `event "${event.eventName}"`;
  const extra = EVENT_EXTRA.get(event.eventName);
  if (extra === undefined) return [`${what}: unknown event name`];
  checkKeys(event.attributes, { ...CALL_ATTRIBUTES, ...extra }, what, found);
  for (const key of EVENT_REQUIRED.get(event.eventName) ?? [])
    if (!(key in event.attributes)) found.push(`${what}: ${key} is required`);
  if (
    ![E.SEVERITY_INFO, E.SEVERITY_WARN, E.SEVERITY_ERROR, E.SEVERITY_FATAL].includes(
      event.severityNumber ?? 0,
    )
  )
    found.push(`${what}: severity is ${event.severityNumber}`);
  if (
    event.eventName === E.EVENT_MCP_LOGBOOK_CALL &&
    event.severityNumber === E.SEVERITY_ERROR &&
    !(A.ATTR_ERROR_TYPE in event.attributes)
  )
    found.push(`${what}: severity ERROR without error.type`);
  if (event.eventName === E.EVENT_MCP_LOGBOOK_CALL && (!event.traceId || !event.spanId))
    found.push(`${what}: trace and span id are required`);
  if (
    event.eventName !== E.EVENT_MCP_LOGBOOK_CHECKPOINT &&
    event.body !== undefined &&
    typeof event.body !== 'string'
  )
    found.push(`${what}: the body is display text only`);
  checkOutcome(event.attributes, what, found);
  return found;
}

const OPERATION_KEYS: Readonly<Record<string, Kind>> = {
  [A.ATTR_MCP_METHOD_NAME]: 'string',
  [A.ATTR_ERROR_TYPE]: 'string',
  [A.ATTR_GEN_AI_TOOL_NAME]: 'string',
  [A.ATTR_GEN_AI_PROMPT_NAME]: 'string',
  [A.ATTR_RPC_RESPONSE_STATUS_CODE]: 'string',
  [A.ATTR_GEN_AI_OPERATION_NAME]: 'string',
  [A.ATTR_MCP_PROTOCOL_VERSION]: 'string',
  [A.ATTR_NETWORK_TRANSPORT]: 'string',
  [A.ATTR_NETWORK_PROTOCOL_NAME]: 'string',
  [A.ATTR_NETWORK_PROTOCOL_VERSION]: 'string',
  [A.ATTR_JSONRPC_PROTOCOL_VERSION]: 'string',
};
const SESSION_KEYS: Readonly<Record<string, Kind>> = {
  [A.ATTR_ERROR_TYPE]: 'string',
  [A.ATTR_MCP_PROTOCOL_VERSION]: 'string',
  [A.ATTR_NETWORK_TRANSPORT]: 'string',
  [A.ATTR_NETWORK_PROTOCOL_NAME]: 'string',
  [A.ATTR_NETWORK_PROTOCOL_VERSION]: 'string',
  [A.ATTR_JSONRPC_PROTOCOL_VERSION]: 'string',
};
const SERVER_END: Readonly<Record<string, Kind>> = {
  [A.ATTR_SERVER_ADDRESS]: 'string',
  [A.ATTR_SERVER_PORT]: 'int',
};
const ORIGIN: Readonly<Record<string, Kind>> = { [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN]: 'string' };
const strings = (...keys: string[]): Record<string, Kind> =>
  Object.fromEntries(keys.map((key) => [key, 'string']));

interface MetricRule {
  readonly type: CheckedMetric['type'];
  readonly unit: string;
  readonly keys: Readonly<Record<string, Kind>>;
  readonly required?: readonly string[];
  readonly boundaries?: readonly number[];
}

const METRICS: ReadonlyMap<string, MetricRule> = new Map<string, MetricRule>([
  [
    M.METRIC_MCP_CLIENT_OPERATION_DURATION,
    {
      type: 'histogram',
      unit: 's',
      keys: { ...OPERATION_KEYS, ...SERVER_END },
      required: [A.ATTR_MCP_METHOD_NAME],
      boundaries: M.DURATION_BUCKETS,
    },
  ],
  [
    M.METRIC_MCP_SERVER_OPERATION_DURATION,
    {
      type: 'histogram',
      unit: 's',
      keys: OPERATION_KEYS,
      required: [A.ATTR_MCP_METHOD_NAME],
      boundaries: M.DURATION_BUCKETS,
    },
  ],
  [
    M.METRIC_MCP_CLIENT_SESSION_DURATION,
    {
      type: 'histogram',
      unit: 's',
      keys: { ...SESSION_KEYS, ...SERVER_END },
      boundaries: M.DURATION_BUCKETS,
    },
  ],
  [
    M.METRIC_MCP_SERVER_SESSION_DURATION,
    { type: 'histogram', unit: 's', keys: SESSION_KEYS, boundaries: M.DURATION_BUCKETS },
  ],
  [
    M.METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
    {
      type: 'updowncounter',
      unit: '{call}',
      keys: strings(A.ATTR_MCP_METHOD_NAME, A.ATTR_GEN_AI_TOOL_NAME),
      required: [A.ATTR_MCP_METHOD_NAME],
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_MESSAGE_SIZE,
    {
      type: 'histogram',
      unit: 'By',
      keys: strings(A.ATTR_MCP_LOGBOOK_DIRECTION, A.ATTR_MCP_METHOD_NAME, A.ATTR_GEN_AI_TOOL_NAME),
      required: [A.ATTR_MCP_LOGBOOK_DIRECTION, A.ATTR_MCP_METHOD_NAME],
      boundaries: M.SIZE_BUCKETS,
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_SESSION_ACTIVE,
    {
      type: 'updowncounter',
      unit: '{session}',
      keys: strings(A.ATTR_NETWORK_TRANSPORT, A.ATTR_MCP_PROTOCOL_VERSION),
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_AUTH_EVENTS,
    {
      type: 'counter',
      unit: '{event}',
      keys: strings(A.ATTR_MCP_LOGBOOK_AUTH_EVENT, A.ATTR_MCP_LOGBOOK_AUTH_REASON),
      required: [A.ATTR_MCP_LOGBOOK_AUTH_EVENT],
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_REDACTIONS,
    {
      type: 'counter',
      unit: '{value}',
      keys: strings(A.ATTR_MCP_LOGBOOK_REDACTION_RULE, A.ATTR_MCP_LOGBOOK_DIRECTION),
      required: [A.ATTR_MCP_LOGBOOK_REDACTION_RULE],
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS,
    {
      type: 'counter',
      unit: '{incident}',
      keys: strings(A.ATTR_MCP_LOGBOOK_REDACTION_INCIDENT),
      required: [A.ATTR_MCP_LOGBOOK_REDACTION_INCIDENT],
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_LOG_ENTRIES,
    {
      type: 'counter',
      unit: '{entry}',
      keys: strings(A.ATTR_MCP_LOGBOOK_KIND, A.ATTR_MCP_LOGBOOK_OUTCOME),
      required: [A.ATTR_MCP_LOGBOOK_KIND, A.ATTR_MCP_LOGBOOK_OUTCOME],
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_LOG_DROPPED,
    {
      type: 'counter',
      unit: '{entry}',
      keys: strings(A.ATTR_MCP_LOGBOOK_REASON),
      required: [A.ATTR_MCP_LOGBOOK_REASON],
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION,
    {
      type: 'histogram',
      unit: 's',
      keys: strings(A.ATTR_MCP_LOGBOOK_MODE),
      required: [A.ATTR_MCP_LOGBOOK_MODE],
      boundaries: M.APPEND_BUCKETS,
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_LOG_SIZE,
    { type: 'gauge', unit: '{entry}', keys: ORIGIN, required: [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN] },
  ],
  [
    M.METRIC_MCP_LOGBOOK_LOG_BYTES,
    { type: 'gauge', unit: 'By', keys: ORIGIN, required: [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN] },
  ],
  [
    M.METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE,
    { type: 'gauge', unit: 's', keys: ORIGIN, required: [A.ATTR_MCP_LOGBOOK_LOG_ORIGIN] },
  ],
  [
    M.METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
    {
      type: 'counter',
      unit: '{item}',
      keys: strings(A.ATTR_MCP_LOGBOOK_SIGNAL, A.ATTR_MCP_LOGBOOK_REASON),
      required: [A.ATTR_MCP_LOGBOOK_SIGNAL],
    },
  ],
  [
    M.METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS,
    {
      type: 'counter',
      unit: '{item}',
      keys: strings(A.ATTR_MCP_LOGBOOK_SIGNAL, A.ATTR_MCP_LOGBOOK_REASON),
      required: [A.ATTR_MCP_LOGBOOK_SIGNAL],
    },
  ],
  [M.METRIC_MCP_LOGBOOK_SHIP_PENDING, { type: 'gauge', unit: '{entry}', keys: ORIGIN }],
  [M.METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE, { type: 'gauge', unit: 's', keys: ORIGIN }],
  [
    M.METRIC_MCP_LOGBOOK_SINK_RECORDS,
    { type: 'counter', unit: '{entry}', keys: strings(A.ATTR_MCP_LOGBOOK_SINK_RESULT) },
  ],
  [
    M.METRIC_MCP_LOGBOOK_SINK_ACK_DURATION,
    { type: 'histogram', unit: 's', keys: {}, boundaries: M.ACK_BUCKETS },
  ],
  [
    M.METRIC_MCP_LOGBOOK_SINK_DELAY,
    { type: 'histogram', unit: 's', keys: {}, boundaries: M.DELAY_BUCKETS },
  ],
  [M.METRIC_MCP_LOGBOOK_SINK_GAPS, { type: 'gauge', unit: '{gap}', keys: ORIGIN }],
  [
    M.METRIC_MCP_LOGBOOK_SINK_UNAUTHORIZED,
    { type: 'counter', unit: '{request}', keys: strings(A.ATTR_MCP_LOGBOOK_SINK_PATH) },
  ],
  [M.METRIC_MCP_LOGBOOK_SINK_HEARTBEAT, { type: 'gauge', unit: 's', keys: {} }],
  [
    M.METRIC_MCP_LOGBOOK_CONFIG_CHANGES,
    {
      type: 'counter',
      unit: '{change}',
      keys: strings(A.ATTR_MCP_LOGBOOK_CONFIG_ITEM, A.ATTR_MCP_LOGBOOK_CONFIG_CHANGE),
    },
  ],
  [M.METRIC_MCP_LOGBOOK_VERIFY_AGE, { type: 'gauge', unit: 's', keys: ORIGIN }],
  [M.METRIC_MCP_LOGBOOK_VERIFY_FAILURES, { type: 'counter', unit: '{failure}', keys: ORIGIN }],
  [M.METRIC_MCP_LOGBOOK_ANCHOR_AGE, { type: 'gauge', unit: 's', keys: ORIGIN }],
  [
    M.METRIC_MCP_LOGBOOK_ERASURES,
    { type: 'counter', unit: '{erasure}', keys: strings(A.ATTR_MCP_LOGBOOK_ERASURE_STATE) },
  ],
  [M.METRIC_MCP_LOGBOOK_HOLDS, { type: 'gauge', unit: '{hold}', keys: {} }],
  [
    M.METRIC_MCP_LOGBOOK_RETENTION_EXPIRED,
    { type: 'counter', unit: '{period}', keys: strings(A.ATTR_MCP_LOGBOOK_CLASS) },
  ],
  ...[
    M.METRIC_NODEJS_EVENTLOOP_DELAY_MIN,
    M.METRIC_NODEJS_EVENTLOOP_DELAY_MAX,
    M.METRIC_NODEJS_EVENTLOOP_DELAY_MEAN,
    M.METRIC_NODEJS_EVENTLOOP_DELAY_STDDEV,
    M.METRIC_NODEJS_EVENTLOOP_DELAY_P50,
    M.METRIC_NODEJS_EVENTLOOP_DELAY_P90,
    M.METRIC_NODEJS_EVENTLOOP_DELAY_P99,
  ].map((name): [string, MetricRule] => [name, { type: 'gauge', unit: 's', keys: {} }]),
  [M.METRIC_NODEJS_EVENTLOOP_UTILIZATION, { type: 'gauge', unit: '1', keys: {} }],
  [M.METRIC_V8JS_MEMORY_HEAP_LIMIT, { type: 'gauge', unit: 'By', keys: {} }],
  ...[
    M.METRIC_V8JS_MEMORY_HEAP_USED,
    M.METRIC_V8JS_MEMORY_HEAP_SPACE_SIZE,
    M.METRIC_V8JS_MEMORY_HEAP_SPACE_AVAILABLE_SIZE,
    M.METRIC_V8JS_MEMORY_HEAP_SPACE_PHYSICAL_SIZE,
  ].map((name): [string, MetricRule] => [
    name,
    { type: 'gauge', unit: 'By', keys: strings(A.ATTR_V8JS_HEAP_SPACE_NAME) },
  ]),
]);

/** Checks one metric data point against semconv 1.6 and 7.3: nothing personal and nothing unbounded is a label. */
export function checkMetric(metric: CheckedMetric): string[] {
  const what = `metric "${metric.name}"`;
  const rule = METRICS.get(metric.name);
  if (rule === undefined) return [`${what}: unknown metric name`];
  const found: string[] = [];
  if (metric.type !== rule.type)
    found.push(`${what}: is a ${metric.type}, should be a ${rule.type}`);
  if (metric.unit !== rule.unit)
    found.push(`${what}: unit is "${metric.unit}", should be "${rule.unit}"`);
  checkKeys(metric.attributes, rule.keys, what, found);
  for (const key of rule.required ?? [])
    if (!(key in metric.attributes)) found.push(`${what}: ${key} is required`);
  const method = metric.attributes[A.ATTR_MCP_METHOD_NAME];
  if (typeof method === 'string' && method !== OTHER && !MCP_METHODS.has(method))
    found.push(`${what}: unknown method "${method}" should be ${OTHER}`);
  if (
    rule.boundaries !== undefined &&
    metric.boundaries !== undefined &&
    rule.boundaries.join() !== metric.boundaries.join()
  )
    found.push(`${what}: bucket boundaries differ from the convention's`);
  return found;
}

function checkKeys(
  attributes: Readonly<Record<string, unknown>>,
  allowed: Readonly<Record<string, Kind>>,
  what: string,
  found: string[],
): void {
  for (const [key, value] of Object.entries(attributes)) {
    const kind = Object.hasOwn(allowed, key)
      ? allowed[key]
      : key.startsWith(A.ATTR_GEN_AI_PROMPT_VARIABLE_PREFIX) && what.startsWith('span')
        ? 'string'
        : undefined;
    if (kind === undefined) found.push(`${what}: attribute ${key} does not belong here`);
    else if (!isOfKind(value, kind))
      found.push(`${what}: attribute ${key} should be ${kind}, is ${typeof value}`);
  }
}

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string' && value !== '';
    case 'int':
      return Number.isSafeInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'string[]':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'any':
      return value !== undefined;
  }
}

function checkOutcome(
  attributes: Readonly<Record<string, unknown>>,
  what: string,
  found: string[],
): void {
  const outcome = attributes[A.ATTR_MCP_LOGBOOK_OUTCOME];
  if (outcome !== undefined && !OUTCOMES.has(textOf(outcome)))
    found.push(`${what}: outcome "${textOf(outcome)}" is unknown`);
  const action = attributes[A.ATTR_MCP_LOGBOOK_ACTION];
  if (action !== undefined && !ACTIONS.has(textOf(action)))
    found.push(`${what}: action "${textOf(action)}" is unknown`);
  for (const key of [
    A.ATTR_MCP_LOGBOOK_CLIENT_NAME,
    A.ATTR_MCP_LOGBOOK_CLIENT_VERSION,
    A.ATTR_MCP_LOGBOOK_SERVER_NAME,
    A.ATTR_MCP_LOGBOOK_SERVER_VERSION,
  ]) {
    const value = attributes[key];
    if (typeof value === 'string' && value.length > 128)
      found.push(`${what}: ${key} is longer than 128 characters`);
  }
}

/** A value inside a finding; one of another type is never a legal name. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : `(${typeof value})`;
}
