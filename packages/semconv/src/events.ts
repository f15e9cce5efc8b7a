/** Event names (LogRecord field `eventName`, design/semconv 7.2) and the severities we give them. */

/** Every finished request on the side that is entered. */
export const EVENT_MCP_LOGBOOK_CALL = 'mcp_logbook.call';
/** Bearer or scope refused, token issued, refreshed, revoked, client registered, login, logout. */
export const EVENT_MCP_LOGBOOK_AUTH = 'mcp_logbook.auth';
/** A definition differs from the last seen, log level, server start. */
export const EVENT_MCP_LOGBOOK_CONFIG_CHANGED = 'mcp_logbook.config.changed';
/** A session opened or closed. */
export const EVENT_MCP_LOGBOOK_SESSION = 'mcp_logbook.session';
/** A handler threw. */
export const EVENT_MCP_LOGBOOK_EXCEPTION = 'mcp_logbook.exception';
/** A checkpoint was published; the body is the signed note. */
export const EVENT_MCP_LOGBOOK_CHECKPOINT = 'mcp_logbook.checkpoint';
/** Verification failed, the log shrank, a key changed. */
export const EVENT_MCP_LOGBOOK_INTEGRITY = 'mcp_logbook.integrity';
/** A logbook entry on the audit port (audit.md 5), never in the ordinary logs pipeline. */
export const EVENT_MCP_LOGBOOK_AUDIT = 'mcp_logbook.audit';

/** SeverityNumber values of the OpenTelemetry log data model. */
export const SEVERITY_INFO = 9;
/** See `SEVERITY_INFO`. */
export const SEVERITY_WARN = 13;
/** See `SEVERITY_INFO`. */
export const SEVERITY_ERROR = 17;
/** See `SEVERITY_INFO`. */
export const SEVERITY_FATAL = 21;
