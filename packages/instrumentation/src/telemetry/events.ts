/** Events as plain values: what happened, how severe, with which attributes (semconv 7.2). Pure. */
import {
  ATTR_ENDUSER_ID,
  ATTR_ENDUSER_PSEUDO_ID,
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_STACKTRACE,
  ATTR_EXCEPTION_TYPE,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_MCP_LOGBOOK_ACTION,
  ATTR_MCP_LOGBOOK_AUTH_EVENT,
  ATTR_MCP_LOGBOOK_AUTH_REASON,
  ATTR_MCP_LOGBOOK_CONFIG_CHANGE,
  ATTR_MCP_LOGBOOK_CONFIG_DIGEST,
  ATTR_MCP_LOGBOOK_CONFIG_ITEM,
  ATTR_MCP_LOGBOOK_CONFIG_NAME,
  ATTR_MCP_LOGBOOK_CONFIG_PREVIOUS_DIGEST,
  ATTR_MCP_LOGBOOK_ENTRY_ID,
  ATTR_MCP_LOGBOOK_INTEGRITY_CHECK,
  ATTR_MCP_LOGBOOK_INTEGRITY_FILE,
  ATTR_MCP_LOGBOOK_INTEGRITY_LINE,
  ATTR_MCP_LOGBOOK_LOG_ORIGIN,
  ATTR_MCP_LOGBOOK_LOG_SIZE,
  ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID,
  ATTR_MCP_LOGBOOK_OUTCOME,
  ATTR_MCP_LOGBOOK_SESSION_STATE,
  ATTR_MCP_METHOD_NAME,
  ATTR_MCP_SESSION_ID,
  ATTR_URL_PATH,
  ATTR_USER_AGENT_ORIGINAL,
  EVENT_MCP_LOGBOOK_AUTH,
  EVENT_MCP_LOGBOOK_CALL,
  EVENT_MCP_LOGBOOK_CHECKPOINT,
  EVENT_MCP_LOGBOOK_CONFIG_CHANGED,
  EVENT_MCP_LOGBOOK_EXCEPTION,
  EVENT_MCP_LOGBOOK_INTEGRITY,
  EVENT_MCP_LOGBOOK_SESSION,
  SEVERITY_ERROR,
  SEVERITY_FATAL,
  SEVERITY_INFO,
  SEVERITY_WARN,
} from '@mcp-logbook/semconv/names';
import { callAttributes, set, setConnection, setPeer, setServerEnd } from './attributes.ts';
import type {
  AttributeMap,
  AuthRecord,
  CallRecord,
  CheckpointRecord,
  ConfigRecord,
  EventData,
  IntegrityRecord,
  SessionRecord,
} from './record.ts';

/** The event of a finished request, or `undefined` where the side is not entered. */
export function callEvent(record: CallRecord): EventData | undefined {
  if (!record.entered) return undefined;
  const attributes = callAttributes(record);
  set(attributes, ATTR_MCP_LOGBOOK_ACTION, record.action);
  return {
    eventName: EVENT_MCP_LOGBOOK_CALL,
    severityNumber: severityOf(record),
    timeMicros: record.startMicros + record.durationMicros,
    attributes,
  };
}

/** The event of a handler that threw. */
export function exceptionEvent(record: CallRecord): EventData | undefined {
  if (record.exceptionType === undefined) return undefined;
  const attributes: AttributeMap = { [ATTR_MCP_METHOD_NAME]: record.method };
  attributes[ATTR_EXCEPTION_TYPE] = record.exceptionType;
  set(attributes, ATTR_EXCEPTION_MESSAGE, record.exceptionMessage);
  set(attributes, ATTR_EXCEPTION_STACKTRACE, record.exceptionStack);
  return {
    eventName: EVENT_MCP_LOGBOOK_EXCEPTION,
    severityNumber: SEVERITY_ERROR,
    timeMicros: record.startMicros + record.durationMicros,
    attributes,
  };
}

/** The event of a session. */
export function sessionEvent(record: SessionRecord): EventData | undefined {
  if (!record.entered) return undefined;
  const attributes: AttributeMap = { [ATTR_MCP_LOGBOOK_SESSION_STATE]: record.state };
  setConnection(attributes, record.connection);
  if (record.connection.role === 'client') setServerEnd(attributes, record.connection);
  set(attributes, ATTR_ERROR_TYPE, record.errorType);
  set(attributes, ATTR_MCP_LOGBOOK_ENTRY_ID, record.entryId);
  return {
    eventName: EVENT_MCP_LOGBOOK_SESSION,
    severityNumber: SEVERITY_INFO,
    timeMicros: record.timeMicros,
    attributes,
  };
}

/** The event of an access, or `undefined` where the side is not entered. */
export function authEvent(record: AuthRecord): EventData | undefined {
  if (!record.entered) return undefined;
  const attributes: AttributeMap = {
    [ATTR_MCP_LOGBOOK_AUTH_EVENT]: record.event,
    [ATTR_MCP_LOGBOOK_OUTCOME]: record.outcome,
    [ATTR_MCP_LOGBOOK_ACTION]: record.action,
  };
  set(attributes, ATTR_HTTP_RESPONSE_STATUS_CODE, record.status);
  set(attributes, ATTR_MCP_SESSION_ID, record.sessionId);
  set(attributes, ATTR_MCP_LOGBOOK_AUTH_REASON, record.reason);
  set(attributes, ATTR_URL_PATH, record.path);
  setPeer(attributes, record.peerAddress, record.peerPort);
  set(attributes, ATTR_USER_AGENT_ORIGINAL, record.userAgent);
  set(attributes, ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID, record.oauthClientId);
  set(attributes, ATTR_ENDUSER_ID, record.enduserId);
  set(attributes, ATTR_ENDUSER_PSEUDO_ID, record.enduserPseudoId);
  set(attributes, ATTR_MCP_LOGBOOK_ENTRY_ID, record.entryId);
  return {
    eventName: EVENT_MCP_LOGBOOK_AUTH,
    severityNumber: record.event.endsWith('_refused') ? SEVERITY_WARN : SEVERITY_INFO,
    timeMicros: record.timeMicros,
    attributes,
  };
}

/** The event of a definition that is not what it was. */
export function configEvent(record: ConfigRecord): EventData {
  const attributes: AttributeMap = {
    [ATTR_MCP_LOGBOOK_CONFIG_ITEM]: record.item,
    [ATTR_MCP_LOGBOOK_CONFIG_CHANGE]: record.change,
    [ATTR_MCP_LOGBOOK_CONFIG_NAME]: record.name,
  };
  set(attributes, ATTR_MCP_LOGBOOK_CONFIG_DIGEST, record.digest);
  set(attributes, ATTR_MCP_LOGBOOK_CONFIG_PREVIOUS_DIGEST, record.previousDigest);
  set(attributes, ATTR_MCP_LOGBOOK_ENTRY_ID, record.entryId);
  return {
    eventName: EVENT_MCP_LOGBOOK_CONFIG_CHANGED,
    severityNumber: SEVERITY_WARN,
    timeMicros: record.timeMicros,
    attributes,
  };
}

/** The event of a published checkpoint; its body is the signed note. */
export function checkpointEvent(record: CheckpointRecord): EventData {
  return {
    eventName: EVENT_MCP_LOGBOOK_CHECKPOINT,
    severityNumber: SEVERITY_INFO,
    timeMicros: record.timeMicros,
    attributes: {
      [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: record.origin,
      [ATTR_MCP_LOGBOOK_LOG_SIZE]: record.size,
    },
    body: record.note,
  };
}

/** The event of a log that is not what was signed. */
export function integrityEvent(record: IntegrityRecord): EventData {
  return {
    eventName: EVENT_MCP_LOGBOOK_INTEGRITY,
    severityNumber: SEVERITY_FATAL,
    timeMicros: record.timeMicros,
    attributes: {
      [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: record.origin,
      [ATTR_MCP_LOGBOOK_INTEGRITY_CHECK]: record.check,
      [ATTR_MCP_LOGBOOK_INTEGRITY_FILE]: record.file,
      [ATTR_MCP_LOGBOOK_INTEGRITY_LINE]: record.line,
    },
    body: record.message,
  };
}

/** INFO; WARN for a tool's `isError`, a refusal or a cancellation; ERROR where semconv 1.4 says error. */
function severityOf(record: CallRecord): number {
  if (record.errorType === 'tool_error' || record.errorType === 'cancelled') return SEVERITY_WARN;
  if (record.outcome === 'denied') return SEVERITY_WARN;
  return record.errorType === undefined ? SEVERITY_INFO : SEVERITY_ERROR;
}
