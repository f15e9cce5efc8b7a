/**
 * Attributes of one call: those a span has at its start, those it has at its end, those its event shares (semconv 1.2,
 * 7.1). Pure: a record in, plain attributes out.
 */
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_CLIENT_PORT,
  ATTR_ENDUSER_ID,
  ATTR_ENDUSER_PSEUDO_ID,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_PROMPT_VARIABLE_PREFIX,
  ATTR_GEN_AI_TOOL_CALL_ARGUMENTS,
  ATTR_GEN_AI_TOOL_CALL_RESULT,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_JSONRPC_REQUEST_ID,
  ATTR_MCP_LOGBOOK_CLIENT_NAME,
  ATTR_MCP_LOGBOOK_CLIENT_VERSION,
  ATTR_MCP_LOGBOOK_ENTRY_ID,
  ATTR_MCP_LOGBOOK_IDENTITY_SOURCE,
  ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID,
  ATTR_MCP_LOGBOOK_OUTCOME,
  ATTR_MCP_LOGBOOK_REDACTION_COUNT,
  ATTR_MCP_LOGBOOK_REDACTION_FAILED,
  ATTR_MCP_LOGBOOK_REDACTION_RULES,
  ATTR_MCP_LOGBOOK_REDACTION_TRUNCATED,
  ATTR_MCP_LOGBOOK_REQUEST_SIZE,
  ATTR_MCP_LOGBOOK_RESPONSE_SIZE,
  ATTR_MCP_LOGBOOK_ROUND_ID,
  ATTR_MCP_LOGBOOK_ROUND_NUMBER,
  ATTR_MCP_LOGBOOK_SERVER_NAME,
  ATTR_MCP_LOGBOOK_SERVER_VERSION,
  ATTR_MCP_METHOD_NAME,
  ATTR_MCP_PROTOCOL_VERSION,
  ATTR_MCP_RESOURCE_URI,
  ATTR_MCP_SESSION_ID,
  ATTR_NETWORK_PROTOCOL_NAME,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_NETWORK_TRANSPORT,
  ATTR_RPC_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@mcp-logbook/semconv/names';
import type { AttributeMap, AttributeValue, CallRecord, ConnectionView } from './record.ts';

/** Most rule ids on one span. */
const MAX_RULES = 16;
/** Most prompt variables on one span; a peer chooses how many it sends. */
const MAX_PROMPT_VARIABLES = 32;

/** `{method} {target}`; the target is a tool or prompt name (semconv 1.1). */
export function spanName(call: {
  readonly method: string;
  readonly tool: string | undefined;
  readonly prompt: string | undefined;
}): string {
  const target = call.tool ?? call.prompt;
  return target === undefined || target === '' ? call.method : `${call.method} ${target}`;
}

/** What samplers must see: the attributes a span starts with. */
export function startAttributes(call: {
  readonly method: string;
  readonly tool: string | undefined;
  readonly prompt: string | undefined;
}): AttributeMap {
  const attributes: AttributeMap = { [ATTR_MCP_METHOD_NAME]: call.method };
  if (call.method === 'tools/call') attributes[ATTR_GEN_AI_OPERATION_NAME] = 'execute_tool';
  set(attributes, ATTR_GEN_AI_TOOL_NAME, call.tool);
  set(attributes, ATTR_GEN_AI_PROMPT_NAME, call.prompt);
  return attributes;
}

/** Attributes that span and event of a call share. */
export function callAttributes(record: CallRecord): AttributeMap {
  const attributes = startAttributes(record);
  set(attributes, ATTR_ERROR_TYPE, record.errorType);
  set(attributes, ATTR_RPC_RESPONSE_STATUS_CODE, record.rpcCode);
  set(attributes, ATTR_JSONRPC_REQUEST_ID, record.requestId);
  set(attributes, ATTR_MCP_RESOURCE_URI, record.uri);
  setConnection(attributes, record.connection);
  if (record.side === 'client') setServerEnd(attributes, record.connection);
  else setPeer(attributes, record.peerAddress, record.peerPort);
  set(attributes, ATTR_ENDUSER_ID, record.enduserId);
  set(attributes, ATTR_ENDUSER_PSEUDO_ID, record.enduserPseudoId);
  set(attributes, ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID, record.oauthClientId);
  set(attributes, ATTR_MCP_LOGBOOK_IDENTITY_SOURCE, record.identitySource);
  set(attributes, ATTR_MCP_LOGBOOK_ENTRY_ID, record.entryId);
  if (record.requestId !== undefined) attributes[ATTR_MCP_LOGBOOK_OUTCOME] = record.outcome;
  set(attributes, ATTR_MCP_LOGBOOK_ROUND_ID, record.roundId);
  set(attributes, ATTR_MCP_LOGBOOK_ROUND_NUMBER, record.roundNumber);
  set(attributes, ATTR_MCP_LOGBOOK_REQUEST_SIZE, record.requestSize);
  set(attributes, ATTR_MCP_LOGBOOK_RESPONSE_SIZE, record.responseSize);
  setRedactions(attributes, record);
  set(attributes, ATTR_GEN_AI_TOOL_CALL_ARGUMENTS, contentOf(record.tool, record.argumentsJson));
  set(attributes, ATTR_GEN_AI_TOOL_CALL_RESULT, contentOf(record.tool, record.resultJson));
  return attributes;
}

/** Attributes of a finished span. */
export function spanAttributes(record: CallRecord): AttributeMap {
  const attributes = callAttributes(record);
  const variables = contentOf(record.prompt, record.argumentsJson);
  if (variables !== null && typeof variables === 'object' && !Array.isArray(variables)) {
    for (const [name, value] of Object.entries(variables).slice(0, MAX_PROMPT_VARIABLES)) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      set(attributes, `${ATTR_GEN_AI_PROMPT_VARIABLE_PREFIX}${name}`, text);
    }
  }
  return attributes;
}

/** Sets a value unless it is unknown; empty text counts as unknown. */
export function set(
  attributes: AttributeMap,
  key: string,
  value: AttributeValue | undefined,
): void {
  if (value !== undefined && value !== '') attributes[key] = value;
}

/** Client address and port: the port only with an address. */
export function setPeer(
  attributes: AttributeMap,
  address: string | undefined,
  port: number | undefined,
): void {
  if (address === undefined || address === '') return;
  attributes[ATTR_CLIENT_ADDRESS] = address;
  set(attributes, ATTR_CLIENT_PORT, port);
}

/** Server address and port, where we are the one who dialled. */
export function setServerEnd(attributes: AttributeMap, connection: ConnectionView): void {
  if (connection.serverAddress === undefined || connection.serverAddress === '') return;
  attributes[ATTR_SERVER_ADDRESS] = connection.serverAddress;
  set(attributes, ATTR_SERVER_PORT, connection.serverPort);
}

/** What is known of the connection. */
export function setConnection(attributes: AttributeMap, connection: ConnectionView): void {
  set(attributes, ATTR_MCP_PROTOCOL_VERSION, connection.protocolVersion);
  set(attributes, ATTR_MCP_SESSION_ID, connection.sessionId);
  set(attributes, ATTR_NETWORK_TRANSPORT, connection.networkTransport);
  set(attributes, ATTR_NETWORK_PROTOCOL_NAME, connection.networkProtocolName);
  set(attributes, ATTR_NETWORK_PROTOCOL_VERSION, connection.networkProtocolVersion);
  set(attributes, ATTR_MCP_LOGBOOK_CLIENT_NAME, connection.clientName);
  set(attributes, ATTR_MCP_LOGBOOK_CLIENT_VERSION, connection.clientVersion);
  set(attributes, ATTR_MCP_LOGBOOK_SERVER_NAME, connection.serverName);
  set(attributes, ATTR_MCP_LOGBOOK_SERVER_VERSION, connection.serverVersion);
}

function setRedactions(attributes: AttributeMap, record: CallRecord): void {
  if (record.truncated) attributes[ATTR_MCP_LOGBOOK_REDACTION_TRUNCATED] = true;
  if (record.failed) attributes[ATTR_MCP_LOGBOOK_REDACTION_FAILED] = true;
  if (record.redactions.length === 0) return;
  let total = 0;
  const rules = new Set<string>();
  for (const { rule, count } of record.redactions) {
    total += count;
    if (rules.size < MAX_RULES) rules.add(rule);
  }
  attributes[ATTR_MCP_LOGBOOK_REDACTION_COUNT] = total;
  attributes[ATTR_MCP_LOGBOOK_REDACTION_RULES] = [...rules];
}

/** Captured content as a structure; as text when it does not parse (it was cut). Only for calls that have a name. */
function contentOf(name: string | undefined, json: string | undefined): AttributeValue | undefined {
  if (name === undefined || json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    // JSON.parse yields exactly the shapes of AttributeValue.
    return value as AttributeValue;
  } catch {
    return json;
  }
}
