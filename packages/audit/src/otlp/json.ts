/**
 * The same two requests as OTLP/JSON (opentelemetry.io/docs/specs/otlp, JSON Protobuf Encoding): names in lowerCamel or
 * as in the .proto, 64-bit numbers as text or number, enumerations as number or name, ids in hex, `null` = absent,
 * unknown names passed over. Before `JSON.parse` one pass over the bytes bounds depth and number of values, since a
 * body of brackets would be a hundred times its size in memory.
 */
import { isUtf8 } from 'node:buffer';
import {
  ATTR_MCP_LOGBOOK_KIND,
  ATTR_MCP_LOGBOOK_PAYLOAD,
  ATTR_MCP_LOGBOOK_PAYLOAD_SEALED,
  ATTR_MCP_METHOD_NAME,
} from '@mcp-logbook/semconv/names';
import type { WireRecord, WireSpan } from '../sink/types.ts';
import { MAX_ATTRIBUTES, MAX_JSON_DEPTH, MAX_JSON_TOKENS, MAX_RECORDS } from './limits.ts';
import { malformed } from './protobuf.ts';
import { KIND_SERVER, SERVICE_NAME, STATUS_ERROR } from './spans.ts';

type Json = Readonly<Record<string, unknown>>;

/** @throws LogbookError `ERR_LOGBOOK_OTLP` */
export function decodeLogsJson(body: Uint8Array): WireRecord[] {
  const records: WireRecord[] = [];
  for (const resourceLogs of listOf(parse(body), 'resourceLogs', 'resource_logs')) {
    for (const scopeLogs of listOf(resourceLogs, 'scopeLogs', 'scope_logs')) {
      for (const record of listOf(scopeLogs, 'logRecords', 'log_records')) {
        if (records.length >= MAX_RECORDS) throw malformed(`over ${MAX_RECORDS} records`);
        records.push(recordOf(record));
      }
    }
  }
  return records;
}

/** @throws LogbookError `ERR_LOGBOOK_OTLP` */
export function decodeSpansJson(body: Uint8Array): WireSpan[] {
  const spans: WireSpan[] = [];
  let seen = 0;
  for (const resourceSpans of listOf(parse(body), 'resourceSpans', 'resource_spans')) {
    const resource = objectOf(resourceSpans['resource'], 'resource');
    const service = attributesOf(resource).get(SERVICE_NAME) ?? '';
    for (const scopeSpans of listOf(resourceSpans, 'scopeSpans', 'scope_spans')) {
      for (const span of listOf(scopeSpans, 'spans')) {
        if (++seen > MAX_RECORDS) throw malformed(`over ${MAX_RECORDS} spans`);
        const read = spanOf(span, service);
        if (read !== undefined) spans.push(read);
      }
    }
  }
  return spans;
}

function recordOf(record: Json): WireRecord {
  let kind: string | undefined;
  let sealed: string | undefined;
  let clear: string | undefined;
  for (const { key, value } of pairsOf(record)) {
    if (key === ATTR_MCP_LOGBOOK_KIND) kind = stringValue(value);
    else if (key === ATTR_MCP_LOGBOOK_PAYLOAD_SEALED) sealed = stringValue(value);
    else if (key === ATTR_MCP_LOGBOOK_PAYLOAD) clear = stringValue(value);
  }
  return {
    eventName: textOf(record, 'eventName', 'event_name'),
    timeUnixNano: nanosOf(record, 'timeUnixNano', 'time_unix_nano'),
    body: stringValue(objectOf(record['body'], 'body')),
    kind,
    sealed,
    clear,
  };
}

function spanOf(span: Json, service: string): WireSpan | undefined {
  const kind = span['kind'];
  if (kind !== KIND_SERVER && kind !== 'SPAN_KIND_SERVER') return undefined;
  const attributes = attributesOf(span);
  if (!attributes.has(ATTR_MCP_METHOD_NAME)) return undefined;
  const code = objectOf(span['status'], 'status')['code'];
  return {
    trace: idOf(textOf(span, 'traceId', 'trace_id'), 32),
    span: idOf(textOf(span, 'spanId', 'span_id'), 16),
    startUnixNano: nanosOf(span, 'startTimeUnixNano', 'start_time_unix_nano'),
    endUnixNano: nanosOf(span, 'endTimeUnixNano', 'end_time_unix_nano'),
    isError: code === STATUS_ERROR || code === 'STATUS_CODE_ERROR',
    attributes,
    service,
  };
}

function attributesOf(of: Json): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const { key, value } of pairsOf(of)) {
    const text = valueText(value);
    if (text !== undefined) attributes.set(key, text);
  }
  return attributes;
}

function pairsOf(of: Json): { readonly key: string; readonly value: Json }[] {
  const list = listOf(of, 'attributes');
  if (list.length > MAX_ATTRIBUTES) throw malformed(`over ${MAX_ATTRIBUTES} attributes`);
  return list.map((pair) => ({
    key: textOf(pair, 'key'),
    value: objectOf(pair['value'], 'attribute value'),
  }));
}

/** An AnyValue's string; undefined when it holds something else. */
function stringValue(value: Json): string | undefined {
  const text = named(value, 'stringValue', 'string_value');
  if (text === undefined || text === null) return undefined;
  if (typeof text !== 'string') throw malformed('stringValue is not a text');
  return text;
}

/** An AnyValue as text, spelled as the protobuf decoder spells it; undefined for bytes, lists, maps and nothing. */
function valueText(value: Json): string | undefined {
  const text = stringValue(value);
  if (text !== undefined) return text;
  const bool = named(value, 'boolValue', 'bool_value');
  if (typeof bool === 'boolean') return String(bool);
  const int = named(value, 'intValue', 'int_value');
  if (Number.isSafeInteger(int)) return String(int);
  if (typeof int === 'string' && /^-?\d{1,19}$/.test(int)) return String(BigInt(int));
  const double = named(value, 'doubleValue', 'double_value');
  if (typeof double === 'number') return String(double);
  if (double === 'NaN' || double === 'Infinity' || double === '-Infinity') return double;
  if (typeof double === 'string' && double.trim() !== '' && !Number.isNaN(Number(double)))
    return String(Number(double));
  return undefined;
}

function nanosOf(of: Json, camel: string, snake: string): bigint {
  const value = named(of, camel, snake) ?? 0;
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) {
    const nanos = BigInt(value);
    if (nanos <= 0xffff_ffff_ffff_ffffn) return nanos;
  }
  // Beyond 2^53 a JSON number has lost its last digits already: what is left is the time all the same.
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 64)
    return BigInt(value);
  throw malformed(`${camel} is not a 64-bit number`);
}

function idOf(text: string, digits: number): string {
  if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text))
    throw malformed(`id is not ${digits} hex digits`);
  return text.toLowerCase();
}

function textOf(of: Json, camel: string, snake: string = camel): string {
  const value = named(of, camel, snake) ?? '';
  if (typeof value !== 'string') throw malformed(`${camel} is not a text`);
  return value;
}

function listOf(of: Json, camel: string, snake: string = camel): readonly Json[] {
  const value = named(of, camel, snake) ?? [];
  if (!Array.isArray(value)) throw malformed(`${camel} is not a list`);
  return value.map((item: unknown) => {
    if (!isObject(item)) throw malformed(`${camel} holds what is not an object`);
    return item;
  });
}

function objectOf(value: unknown, name: string): Json {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw malformed(`${name} is not an object`);
  return value;
}

function named(of: Json, camel: string, snake: string): unknown {
  return Object.hasOwn(of, camel) ? of[camel] : Object.hasOwn(of, snake) ? of[snake] : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(body: Uint8Array): Json {
  if (!isUtf8(body)) throw malformed('not UTF-8');
  bound(body);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  } catch {
    // The parser's message quotes the body.
    throw malformed('not JSON');
  }
  if (!isObject(value)) throw malformed('not a JSON object');
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Counts what costs memory, outside of texts. Not a parser: what it lets through may still be no JSON. */
function bound(body: Uint8Array): void {
  let depth = 0;
  let tokens = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) {
      for (at += 1; at < body.length && body[at] !== QUOTE; at += 1) {
        if (body[at] === BACKSLASH) at += 1;
      }
    } else if (byte === COMMA) tokens += 1;
    else if ((byte | 0x20) === 0x7b) {
      // `[` and `{`
      tokens += 1;
      if (++depth > MAX_JSON_DEPTH) throw malformed(`JSON over ${MAX_JSON_DEPTH} deep`);
    } else if ((byte | 0x20) === 0x7d) depth -= 1;
  }
  if (tokens > MAX_JSON_TOKENS) throw malformed(`over ${MAX_JSON_TOKENS} JSON values`);
}
