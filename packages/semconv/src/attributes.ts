/**
 * Attribute names. The OpenTelemetry MCP and GenAI conventions (semantic-conventions-genai, September 2026, all
 * Development unless said) exactly as published, then our own under `mcp_logbook.*`.
 *
 * A local copy, as contrib's guidelines ask: unstable names are never imported at run time.
 */

/** string. JSON-RPC method. Required on both spans. */
export const ATTR_MCP_METHOD_NAME = 'mcp.method.name';
/** string. Negotiated protocol version, or that of the request (2026-07-28). */
export const ATTR_MCP_PROTOCOL_VERSION = 'mcp.protocol.version';
/** string. `Mcp-Session-Id`. Never on metrics. */
export const ATTR_MCP_SESSION_ID = 'mcp.session.id';
/** string. URI of a resource, redacted. Opt-in on metrics; we never put it there. */
export const ATTR_MCP_RESOURCE_URI = 'mcp.resource.uri';
/** string. Class of the failure, equal on span, metric and event. Stable. */
export const ATTR_ERROR_TYPE = 'error.type';
/** string. `execute_tool` for `tools/call`, absent otherwise. */
export const ATTR_GEN_AI_OPERATION_NAME = 'gen_ai.operation.name';
/** string. `params.name` of `tools/call`. */
export const ATTR_GEN_AI_TOOL_NAME = 'gen_ai.tool.name';
/** string. `params.name` of `prompts/get`. */
export const ATTR_GEN_AI_PROMPT_NAME = 'gen_ai.prompt.name';
/** any. Arguments of a tool call, redacted. Opt-in. */
export const ATTR_GEN_AI_TOOL_CALL_ARGUMENTS = 'gen_ai.tool.call.arguments';
/** any. Result of a tool call, redacted. Opt-in. */
export const ATTR_GEN_AI_TOOL_CALL_RESULT = 'gen_ai.tool.call.result';
/** string template. One per argument of `prompts/get`, redacted. Opt-in. */
export const ATTR_GEN_AI_PROMPT_VARIABLE_PREFIX = 'gen_ai.prompt.variable.';
/** string. Request id as text; never for notifications, never on metrics. */
export const ATTR_JSONRPC_REQUEST_ID = 'jsonrpc.request.id';
/** string. Only if not `2.0`. */
export const ATTR_JSONRPC_PROTOCOL_VERSION = 'jsonrpc.protocol.version';
/** string. JSON-RPC error code, also where it is no error of the server. */
export const ATTR_RPC_RESPONSE_STATUS_CODE = 'rpc.response.status_code';
/** string. `pipe`, `tcp`, `quic`. Stable. */
export const ATTR_NETWORK_TRANSPORT = 'network.transport';
/** string, lower case. Stable. */
export const ATTR_NETWORK_PROTOCOL_NAME = 'network.protocol.name';
/** string. Stable. */
export const ATTR_NETWORK_PROTOCOL_VERSION = 'network.protocol.version';
/** string. Client side over a network. Stable. */
export const ATTR_SERVER_ADDRESS = 'server.address';
/** int. Stable. */
export const ATTR_SERVER_PORT = 'server.port';
/** string. Server side over a network. Stable. */
export const ATTR_CLIENT_ADDRESS = 'client.address';
/** int. Stable. */
export const ATTR_CLIENT_PORT = 'client.port';
/** string. Plain user id, only with identity `plain`. */
export const ATTR_ENDUSER_ID = 'enduser.id';
/** string. Fleet pseudonym `p_` + 16 base32 characters (audit.md 2). */
export const ATTR_ENDUSER_PSEUDO_ID = 'enduser.pseudo.id';
/** string. Stable. */
export const ATTR_EXCEPTION_TYPE = 'exception.type';
/** string, redacted. Stable. */
export const ATTR_EXCEPTION_MESSAGE = 'exception.message';
/** string, redacted. Stable. */
export const ATTR_EXCEPTION_STACKTRACE = 'exception.stacktrace';
/** int. Stable. */
export const ATTR_HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';
/** string. Path without query. Stable. */
export const ATTR_URL_PATH = 'url.path';
/** string, redacted. Stable. */
export const ATTR_USER_AGENT_ORIGINAL = 'user_agent.original';

// The draft names of the wire form of audit.md 5.
/** string, UUID. */
export const ATTR_AUDIT_RECORD_ID = 'audit.record.id';
/** string. */
export const ATTR_AUDIT_ACTION = 'audit.action';
/** string. */
export const ATTR_AUDIT_OUTCOME = 'audit.outcome';
/** string. */
export const ATTR_AUDIT_TARGET_ID = 'audit.target.id';
/** int. */
export const ATTR_AUDIT_SEQUENCE_NUMBER = 'audit.sequence.number';

// Our own (design/semconv 7.1 to 7.3).
/** string, UUID v7. The way from a trace to the evidence. Span, event. */
export const ATTR_MCP_LOGBOOK_ENTRY_ID = 'mcp_logbook.entry.id';
/** string: `success`, `failure`, `denied`, `unknown`. Span, event; metric `mcp_logbook.log.entries`. */
export const ATTR_MCP_LOGBOOK_OUTCOME = 'mcp_logbook.outcome';
/** string: `execute`, `read`, `write`, `delete`, and those of 7.4. Event. */
export const ATTR_MCP_LOGBOOK_ACTION = 'mcp_logbook.action';
/** string, self-reported, redacted, at most 128 characters. Span, event. */
export const ATTR_MCP_LOGBOOK_CLIENT_NAME = 'mcp_logbook.client.name';
/** As `mcp_logbook.client.name`. */
export const ATTR_MCP_LOGBOOK_CLIENT_VERSION = 'mcp_logbook.client.version';
/** As `mcp_logbook.client.name`. */
export const ATTR_MCP_LOGBOOK_SERVER_NAME = 'mcp_logbook.server.name';
/** As `mcp_logbook.client.name`. */
export const ATTR_MCP_LOGBOOK_SERVER_VERSION = 'mcp_logbook.server.version';
/** string. Verified OAuth client id. Span, event. */
export const ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID = 'mcp_logbook.oauth.client_id';
/** string: `token`, `request_user`, `os_user`, `none`. Span, event. */
export const ATTR_MCP_LOGBOOK_IDENTITY_SOURCE = 'mcp_logbook.identity.source';
/** int, bytes of JSON before redaction. Span, event. */
export const ATTR_MCP_LOGBOOK_REQUEST_SIZE = 'mcp_logbook.request.size';
/** int, bytes of JSON before redaction. Span, event. */
export const ATTR_MCP_LOGBOOK_RESPONSE_SIZE = 'mcp_logbook.response.size';
/** string, UUID: the same on every request of one call that takes several (`input_required`). Span, event. */
export const ATTR_MCP_LOGBOOK_ROUND_ID = 'mcp_logbook.round.id';
/** int from 1: which of them this is. Span, event. */
export const ATTR_MCP_LOGBOOK_ROUND_NUMBER = 'mcp_logbook.round.number';
/** int. Span, event. */
export const ATTR_MCP_LOGBOOK_REDACTION_COUNT = 'mcp_logbook.redaction.count';
/** boolean. Span, event. */
export const ATTR_MCP_LOGBOOK_REDACTION_TRUNCATED = 'mcp_logbook.redaction.truncated';
/** boolean. Span, event. */
export const ATTR_MCP_LOGBOOK_REDACTION_FAILED = 'mcp_logbook.redaction.failed';
/** string[], rule ids, at most 16. Span, event. */
export const ATTR_MCP_LOGBOOK_REDACTION_RULES = 'mcp_logbook.redaction.rules';
/** string, resource, set by the collector: `call`, `auth`, `config`, `audit`, `app`. */
export const ATTR_MCP_LOGBOOK_LOG_CLASS = 'mcp_logbook.log.class';
/**
 * string: `login`, `token_issued`, `token_refreshed`, `token_revoked`, `client_registered`, `authorized`,
 * `authorization_started`, `stream_declined`; refusals end in `_refused`: `bearer_`, `scope_`, `access_`, `session_`,
 * `rate_`, `request_`, `token_`, `revocation_`, `registration_`, `authorization_`. Event, metric.
 */
export const ATTR_MCP_LOGBOOK_AUTH_EVENT = 'mcp_logbook.auth.event';
/** string, OAuth error code. Event, metric. */
export const ATTR_MCP_LOGBOOK_AUTH_REASON = 'mcp_logbook.auth.reason';
/** string: `tool`, `prompt`, `resource`, `log_level`, `server`. */
export const ATTR_MCP_LOGBOOK_CONFIG_ITEM = 'mcp_logbook.config.item';
/** string: `added`, `removed`, `altered`. */
export const ATTR_MCP_LOGBOOK_CONFIG_CHANGE = 'mcp_logbook.config.change';
/** string. */
export const ATTR_MCP_LOGBOOK_CONFIG_NAME = 'mcp_logbook.config.name';
/** string. */
export const ATTR_MCP_LOGBOOK_CONFIG_DIGEST = 'mcp_logbook.config.digest';
/** string. */
export const ATTR_MCP_LOGBOOK_CONFIG_PREVIOUS_DIGEST = 'mcp_logbook.config.previous_digest';
/** string: `opened`, `closed`. */
export const ATTR_MCP_LOGBOOK_SESSION_STATE = 'mcp_logbook.session.state';
/** string, C2SP origin of a log. */
export const ATTR_MCP_LOGBOOK_LOG_ORIGIN = 'mcp_logbook.log.origin';
/** int, number of leaves. */
export const ATTR_MCP_LOGBOOK_LOG_SIZE = 'mcp_logbook.log.size';
/** string. */
export const ATTR_MCP_LOGBOOK_INTEGRITY_CHECK = 'mcp_logbook.integrity.check';
/** string. Event `mcp_logbook.integrity`. */
export const ATTR_MCP_LOGBOOK_INTEGRITY_FILE = 'mcp_logbook.integrity.file';
/** int. Event `mcp_logbook.integrity`. */
export const ATTR_MCP_LOGBOOK_INTEGRITY_LINE = 'mcp_logbook.integrity.line';
/** string: `request`, `response`. Metric. */
export const ATTR_MCP_LOGBOOK_DIRECTION = 'mcp_logbook.direction';
/** string, rule id. Metric. */
export const ATTR_MCP_LOGBOOK_REDACTION_RULE = 'mcp_logbook.redaction.rule';
/** string: `truncated`, `failed`, `rule_disabled`, `allowed` (a find that the allow-list let stay). Metric. */
export const ATTR_MCP_LOGBOOK_REDACTION_INCIDENT = 'mcp_logbook.redaction.incident';
/** string, entry kind. Metric, wire form. */
export const ATTR_MCP_LOGBOOK_KIND = 'mcp_logbook.kind';
/** string, retention class. Metric, wire form. */
export const ATTR_MCP_LOGBOOK_CLASS = 'mcp_logbook.class';
/** string, low cardinality. Metric. */
export const ATTR_MCP_LOGBOOK_REASON = 'mcp_logbook.reason';
/** string: mode of the audit path. Metric. */
export const ATTR_MCP_LOGBOOK_MODE = 'mcp_logbook.mode';
/** string: `traces`, `logs`, `metrics`. Metric. */
export const ATTR_MCP_LOGBOOK_SIGNAL = 'mcp_logbook.signal';
/** string: a space of V8's heap. Metric. */
export const ATTR_V8JS_HEAP_SPACE_NAME = 'v8js.heap.space.name';
/** string: `stored`, `duplicate`, `conflict`, `quarantined`, `refused`. Metric. */
export const ATTR_MCP_LOGBOOK_SINK_RESULT = 'mcp_logbook.sink.result';
/** string: `/v1/logs`, `/v1/traces`, `read`, `admin`. Metric. */
export const ATTR_MCP_LOGBOOK_SINK_PATH = 'mcp_logbook.sink.path';
/** string. Metric. */
export const ATTR_MCP_LOGBOOK_ERASURE_STATE = 'mcp_logbook.erasure.state';
/** string, HPKE-sealed payload. Wire form only. */
export const ATTR_MCP_LOGBOOK_PAYLOAD_SEALED = 'mcp_logbook.payload.sealed';
/** string, clear payload, only inside TLS or loopback. Wire form only. */
export const ATTR_MCP_LOGBOOK_PAYLOAD = 'mcp_logbook.payload';
