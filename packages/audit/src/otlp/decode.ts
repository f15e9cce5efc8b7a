/**
 * What the sink reads: OTLP request bodies, protobuf or JSON, into records and spans (sink/types.ts). Untrusted; what is
 * malformed in any part is refused as a whole.
 */
import type { WireRecord, WireSpan } from '../sink/types.ts';
import { decodeLogsJson, decodeSpansJson } from './json.ts';
import { decodeLogsProto } from './logs.ts';
import { decodeSpansProto } from './spans.ts';

/** `application/x-protobuf` or `application/json`. */
export type OtlpEncoding = 'proto' | 'json';

/**
 * All log records of an `ExportLogsServiceRequest`, in order.
 * @throws LogbookError `ERR_LOGBOOK_OTLP`
 */
export function decodeLogs(body: Uint8Array, encoding: OtlpEncoding): WireRecord[] {
  return encoding === 'proto' ? decodeLogsProto(body) : decodeLogsJson(body);
}

/**
 * The SERVER spans with `mcp.method.name` of an `ExportTraceServiceRequest`, in order.
 * @throws LogbookError `ERR_LOGBOOK_OTLP` also on such a span without ids
 */
export function decodeSpans(body: Uint8Array, encoding: OtlpEncoding): WireSpan[] {
  return encoding === 'proto' ? decodeSpansProto(body) : decodeSpansJson(body);
}
