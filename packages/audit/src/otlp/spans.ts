/**
 * `ExportTraceServiceRequest` to the MCP SERVER spans in it (opentelemetry-proto trace/v1). Field numbers:
 *
 *   request 1 resource_spans · ResourceSpans 1 resource (1 attributes), 2 scope_spans · ScopeSpans 2 spans
 *   Span 1 trace_id, 2 span_id, 6 kind, 7 start_time_unix_nano fixed64, 8 end_time_unix_nano fixed64, 9 attributes,
 *   15 status · Status 3 code · AnyValue 1 string, 2 bool, 3 int, 4 double
 *
 * A span of another kind or without `mcp.method.name` is left out before anything of it is kept.
 */
import { ATTR_MCP_METHOD_NAME } from '@mcp-logbook/semconv/names';
import type { WireSpan } from '../sink/types.ts';
import { MAX_ATTRIBUTES, MAX_RECORDS } from './limits.ts';
import { readKeyValue } from './logs.ts';
import { malformed, ProtoReader, type Range } from './protobuf.ts';

/** `SPAN_KIND_SERVER` and `STATUS_CODE_ERROR`, by number and by name. */
export const KIND_SERVER = 2;
export const STATUS_ERROR = 2;
export const SERVICE_NAME = 'service.name';

const NOTHING: Range = { start: 0, end: 0 };
const METHOD = Buffer.from(ATTR_MCP_METHOD_NAME);

/** @throws LogbookError `ERR_LOGBOOK_OTLP` */
export function decodeSpansProto(body: Uint8Array): WireSpan[] {
  const reader = new ProtoReader(body);
  const spans: WireSpan[] = [];
  let seen = 0;
  while (reader.seek(1)) {
    const request = reader.enter();
    let service = '';
    // The resource usually comes first, but need not.
    const scopes: Range[] = [];
    while (reader.next()) {
      if (reader.field === 1) {
        const resourceSpans = reader.enter();
        service = readService(reader);
        reader.leave(resourceSpans);
      } else if (reader.field === 2) scopes.push(reader.range());
      else reader.skip();
    }
    for (const scope of scopes) {
      const back = reader.jump(scope);
      while (reader.seek(2)) {
        if (++seen > MAX_RECORDS) throw malformed(`over ${MAX_RECORDS} spans`);
        const scopeSpans = reader.enter();
        const span = readSpan(reader, service);
        reader.leave(scopeSpans);
        if (span !== undefined) spans.push(span);
      }
      reader.resume(back);
    }
    reader.leave(request);
  }
  return spans;
}

function readSpan(reader: ProtoReader, service: string): WireSpan | undefined {
  let trace = NOTHING;
  let span = NOTHING;
  let kind = 0;
  let startUnixNano = 0n;
  let endUnixNano = 0n;
  let isError = false;
  let isMcp = false;
  const pairs: { readonly key: Range; readonly value: Range }[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        trace = reader.range();
        break;
      case 2:
        span = reader.range();
        break;
      case 6:
        kind = reader.int32();
        break;
      case 7:
        startUnixNano = reader.fixed64();
        break;
      case 8:
        endUnixNano = reader.fixed64();
        break;
      case 9: {
        if (pairs.length >= MAX_ATTRIBUTES) throw malformed(`over ${MAX_ATTRIBUTES} attributes`);
        const outside = reader.enter();
        const pair = readKeyValue(reader);
        reader.leave(outside);
        isMcp ||= reader.equals(pair.key.start, pair.key.end, METHOD);
        pairs.push(pair);
        break;
      }
      case 15: {
        const outside = reader.enter();
        isError = readStatus(reader);
        reader.leave(outside);
        break;
      }
      default:
        reader.skip();
    }
  }
  if (kind !== KIND_SERVER || !isMcp) return undefined;
  const attributes = new Map<string, string>();
  for (const { key, value } of pairs) {
    const text = readValue(reader, value);
    if (text !== undefined) attributes.set(reader.textOf(key.start, key.end), text);
  }
  if (!attributes.has(ATTR_MCP_METHOD_NAME)) return undefined;
  return {
    trace: idOf(reader, trace, 16),
    span: idOf(reader, span, 8),
    startUnixNano,
    endUnixNano,
    isError,
    attributes,
    service,
  };
}

/** Ids are 16 and 8 bytes; an MCP span without them has no identity. */
function idOf(reader: ProtoReader, { start, end }: Range, size: number): string {
  if (end - start !== size) throw malformed(`id of ${end - start} bytes, expected ${size}`);
  return reader.hexOf(start, end);
}

function readStatus(reader: ProtoReader): boolean {
  let isError = false;
  while (reader.seek(3)) isError = reader.int32() === STATUS_ERROR;
  return isError;
}

function readService(reader: ProtoReader): string {
  let service = '';
  let count = 0;
  while (reader.seek(1)) {
    if (++count > MAX_ATTRIBUTES) throw malformed(`over ${MAX_ATTRIBUTES} attributes`);
    const resource = reader.enter();
    const { key, value } = readKeyValue(reader);
    reader.leave(resource);
    if (reader.textOf(key.start, key.end) === SERVICE_NAME)
      service = readValue(reader, value) ?? '';
  }
  return service;
}

/** An AnyValue as text; undefined for bytes, lists, maps and nothing. */
function readValue(reader: ProtoReader, value: Range): string | undefined {
  const back = reader.jump(value);
  let text: string | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        text = reader.text();
        break;
      case 2:
        text = String(reader.bool());
        break;
      case 3:
        text = String(reader.int64());
        break;
      case 4:
        text = String(reader.double());
        break;
      default:
        if (reader.field <= 7) text = undefined;
        reader.skip();
    }
  }
  reader.resume(back);
  return text;
}
