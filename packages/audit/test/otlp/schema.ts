/**
 * The part of opentelemetry-proto that the tests encode with protobufjs, an independent implementation; written from
 * the specification's field numbers, with fields the decoder does not know among them.
 */
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message LogRecord { fixed64 time_unix_nano = 1; fixed64 observed_time_unix_nano = 11; int32 severity_number = 2; string severity_text = 3;
  AnyValue body = 5; repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8; bytes trace_id = 9;
  bytes span_id = 10; string event_name = 12; }
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message Status { string message = 2; int32 code = 3; }
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Span { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15; fixed32 flags = 16; }
message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
`;

const { root } = protobuf.parse(PROTO);

export const LogsRequest: protobuf.Type = root.lookupType('ExportLogsServiceRequest');
export const TraceRequest: protobuf.Type = root.lookupType('ExportTraceServiceRequest');

/** Protobuf bytes of a request given as a plain object with lowerCamel names, 64-bit numbers as text. */
export function encodeWith(type: protobuf.Type, request: object): Buffer {
  return Buffer.from(type.encode(Object(withHalves(request))).finish());
}

/** 64-bit numbers as the halves that protobufjs takes without its optional `long`. */
function withHalves(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHalves);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (typeof inner !== 'string' || !/(?:UnixNano|intValue)$/.test(name))
        return [name, withHalves(inner)];
      const bits = BigInt.asUintN(64, BigInt(inner));
      return [name, { low: Number(bits & 0xffff_ffffn), high: Number(bits >> 32n) }];
    }),
  );
}
