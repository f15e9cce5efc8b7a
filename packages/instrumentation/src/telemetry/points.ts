/**
 * Metric points of a record (semconv 1.6, 7.3). Pure. Labels are bounded: methods of the specification, registered
 * names, else `_OTHER`; never a person, session, request, argument or client address.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_MCP_LOGBOOK_AUTH_EVENT,
  ATTR_MCP_LOGBOOK_AUTH_REASON,
  ATTR_MCP_LOGBOOK_CONFIG_CHANGE,
  ATTR_MCP_LOGBOOK_CONFIG_ITEM,
  ATTR_MCP_LOGBOOK_DIRECTION,
  ATTR_MCP_LOGBOOK_REDACTION_INCIDENT,
  ATTR_MCP_LOGBOOK_REDACTION_RULE,
  ATTR_MCP_METHOD_NAME,
  ATTR_MCP_PROTOCOL_VERSION,
  ATTR_NETWORK_PROTOCOL_NAME,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_NETWORK_TRANSPORT,
  ATTR_RPC_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_MCP_CLIENT_OPERATION_DURATION,
  METRIC_MCP_CLIENT_SESSION_DURATION,
  METRIC_MCP_LOGBOOK_AUTH_EVENTS,
  METRIC_MCP_LOGBOOK_CONFIG_CHANGES,
  METRIC_MCP_LOGBOOK_MESSAGE_SIZE,
  METRIC_MCP_LOGBOOK_REDACTIONS,
  METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS,
  METRIC_MCP_LOGBOOK_SESSION_ACTIVE,
  METRIC_MCP_SERVER_OPERATION_DURATION,
  METRIC_MCP_SERVER_SESSION_DURATION,
} from '@mcp-logbook/semconv/names';
import type { MetricName } from './instruments.ts';
import type {
  AuthRecord,
  CallRecord,
  ConfigRecord,
  ConnectionView,
  Labels,
  SessionRecord,
} from './record.ts';

/** Takes one point. */
export type PointSink = (metric: MetricName, value: number, labels: Labels) => void;

type OpenLabels = Record<string, string | number>;

/** Points of a finished call: duration, sizes, redactions, incidents. */
export function callPoints(record: CallRecord, sink: PointSink): void {
  const labels: OpenLabels = { [ATTR_MCP_METHOD_NAME]: record.methodLabel };
  if (record.method === 'tools/call') labels[ATTR_GEN_AI_OPERATION_NAME] = 'execute_tool';
  add(labels, ATTR_GEN_AI_TOOL_NAME, record.toolLabel);
  add(labels, ATTR_GEN_AI_PROMPT_NAME, record.promptLabel);
  add(labels, ATTR_ERROR_TYPE, record.errorType);
  add(labels, ATTR_RPC_RESPONSE_STATUS_CODE, record.rpcCode);
  addConnection(labels, record.connection, record.side === 'client');
  sink(
    record.side === 'client'
      ? METRIC_MCP_CLIENT_OPERATION_DURATION
      : METRIC_MCP_SERVER_OPERATION_DURATION,
    record.durationMicros / 1e6,
    labels,
  );
  sizePoint(record, 'request', record.requestSize, sink);
  sizePoint(record, 'response', record.responseSize, sink);
  for (const { direction, rule, count } of record.redactions) {
    sink(METRIC_MCP_LOGBOOK_REDACTIONS, count, {
      [ATTR_MCP_LOGBOOK_REDACTION_RULE]: rule,
      [ATTR_MCP_LOGBOOK_DIRECTION]: direction,
    });
  }
  if (record.truncated) incidentPoint('truncated', sink);
  if (record.failed) incidentPoint('failed', sink);
}

/** Points of a session: how many are open, how long it was. */
export function sessionPoints(record: SessionRecord, sink: PointSink): void {
  const { connection } = record;
  const labels: OpenLabels = {};
  add(labels, ATTR_NETWORK_TRANSPORT, connection.networkTransport);
  add(labels, ATTR_MCP_PROTOCOL_VERSION, connection.protocolVersion);
  sink(METRIC_MCP_LOGBOOK_SESSION_ACTIVE, record.state === 'opened' ? 1 : -1, labels);
  if (record.durationMicros === undefined) return;
  const durationLabels: OpenLabels = {};
  add(durationLabels, ATTR_ERROR_TYPE, record.errorType);
  addConnection(durationLabels, connection, connection.role === 'client');
  sink(
    connection.role === 'client'
      ? METRIC_MCP_CLIENT_SESSION_DURATION
      : METRIC_MCP_SERVER_SESSION_DURATION,
    record.durationMicros / 1e6,
    durationLabels,
  );
}

/** The point of an access event. */
export function authPoints(record: AuthRecord, sink: PointSink): void {
  const labels: OpenLabels = { [ATTR_MCP_LOGBOOK_AUTH_EVENT]: record.event };
  add(labels, ATTR_MCP_LOGBOOK_AUTH_REASON, record.reason);
  sink(METRIC_MCP_LOGBOOK_AUTH_EVENTS, 1, labels);
}

/** The point of a changed definition. */
export function configPoints({ item, change }: ConfigRecord, sink: PointSink): void {
  sink(METRIC_MCP_LOGBOOK_CONFIG_CHANGES, 1, {
    [ATTR_MCP_LOGBOOK_CONFIG_ITEM]: item,
    [ATTR_MCP_LOGBOOK_CONFIG_CHANGE]: change,
  });
}

/** Labels made before: both parts are bounded (known methods, registered tools), so this is too. */
const activeLabelsOf = new Map<string, Labels>();

/** Labels of `mcp_logbook.operation.active`; the same object for the same names, so that a back end knows the series. */
export function activeLabels(methodLabel: string, toolLabel: string | undefined): Labels {
  const key = toolLabel === undefined ? methodLabel : `${methodLabel}\n${toolLabel}`;
  const known = activeLabelsOf.get(key);
  if (known !== undefined) return known;
  const labels: OpenLabels = { [ATTR_MCP_METHOD_NAME]: methodLabel };
  add(labels, ATTR_GEN_AI_TOOL_NAME, toolLabel);
  activeLabelsOf.set(key, labels);
  return labels;
}

function sizePoint(
  record: CallRecord,
  direction: 'request' | 'response',
  size: number | undefined,
  sink: PointSink,
): void {
  if (size === undefined) return;
  const labels: OpenLabels = {
    [ATTR_MCP_LOGBOOK_DIRECTION]: direction,
    [ATTR_MCP_METHOD_NAME]: record.methodLabel,
  };
  add(labels, ATTR_GEN_AI_TOOL_NAME, record.toolLabel);
  sink(METRIC_MCP_LOGBOOK_MESSAGE_SIZE, size, labels);
}

function incidentPoint(incident: 'truncated' | 'failed', sink: PointSink): void {
  sink(METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS, 1, {
    [ATTR_MCP_LOGBOOK_REDACTION_INCIDENT]: incident,
  });
}

function addConnection(labels: OpenLabels, connection: ConnectionView, dialled: boolean): void {
  add(labels, ATTR_MCP_PROTOCOL_VERSION, connection.protocolVersion);
  add(labels, ATTR_NETWORK_TRANSPORT, connection.networkTransport);
  add(labels, ATTR_NETWORK_PROTOCOL_NAME, connection.networkProtocolName);
  add(labels, ATTR_NETWORK_PROTOCOL_VERSION, connection.networkProtocolVersion);
  if (dialled && connection.serverAddress !== undefined) {
    add(labels, ATTR_SERVER_ADDRESS, connection.serverAddress);
    add(labels, ATTR_SERVER_PORT, connection.serverPort);
  }
}

function add(labels: OpenLabels, key: string, value: string | number | undefined): void {
  if (value !== undefined && value !== '') labels[key] = value;
}
