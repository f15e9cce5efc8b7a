/**
 * `ExportLogsServiceRequest` to records (opentelemetry-proto logs/v1, stable since 1.0). Field numbers:
 *
 *   request 1 resource_logs · ResourceLogs 2 scope_logs · ScopeLogs 2 log_records
 *   LogRecord 1 time_unix_nano fixed64, 5 body AnyValue, 6 attributes KeyValue, 12 event_name
 *   KeyValue 1 key, 2 value · AnyValue 1 string_value
 *
 * Everything else is passed over, unread (3 us a record).
 */
import {
  ATTR_MCP_LOGBOOK_KIND,
  ATTR_MCP_LOGBOOK_PAYLOAD,
  ATTR_MCP_LOGBOOK_PAYLOAD_SEALED,
} from '@mcp-logbook/semconv/names';
import type { WireRecord } from '../sink/types.ts';
import { MAX_RECORDS } from './limits.ts';
import { malformed, ProtoReader, type Range } from './protobuf.ts';

const KIND = Buffer.from(ATTR_MCP_LOGBOOK_KIND);
const SEALED = Buffer.from(ATTR_MCP_LOGBOOK_PAYLOAD_SEALED);
const CLEAR = Buffer.from(ATTR_MCP_LOGBOOK_PAYLOAD);
const NOTHING: Range = { start: 0, end: 0 };

/** @throws LogbookError `ERR_LOGBOOK_OTLP` */
export function decodeLogsProto(body: Uint8Array): WireRecord[] {
  const reader = new ProtoReader(body);
  const records: WireRecord[] = [];
  while (reader.seek(1)) {
    const request = reader.enter();
    while (reader.seek(2)) {
      const resourceLogs = reader.enter();
      while (reader.seek(2)) {
        if (records.length >= MAX_RECORDS) throw malformed(`over ${MAX_RECORDS} records`);
        const scopeLogs = reader.enter();
        records.push(readRecord(reader));
        reader.leave(scopeLogs);
      }
      reader.leave(resourceLogs);
    }
    reader.leave(request);
  }
  return records;
}

function readRecord(reader: ProtoReader): WireRecord {
  let eventName = '';
  let timeUnixNano = 0n;
  let body: string | undefined;
  let kind: string | undefined;
  let sealed: string | undefined;
  let clear: string | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        timeUnixNano = reader.fixed64();
        break;
      case 5: {
        const record = reader.enter();
        body = readString(reader);
        reader.leave(record);
        break;
      }
      case 6: {
        const record = reader.enter();
        const { key, value } = readKeyValue(reader);
        reader.leave(record);
        const { start, end } = key;
        if (reader.equals(start, end, KIND)) kind = stringOf(reader, value);
        else if (reader.equals(start, end, SEALED)) sealed = stringOf(reader, value);
        else if (reader.equals(start, end, CLEAR)) clear = stringOf(reader, value);
        break;
      }
      case 12:
        eventName = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return { eventName, timeUnixNano, body, kind, sealed, clear };
}

/** Key and value of a KeyValue as ranges: most are not looked at further. */
export function readKeyValue(reader: ProtoReader): { readonly key: Range; readonly value: Range } {
  let key = NOTHING;
  let value = NOTHING;
  while (reader.next()) {
    if (reader.field === 1) key = reader.range();
    else if (reader.field === 2) value = reader.range();
    else reader.skip();
  }
  return { key, value };
}

function stringOf(reader: ProtoReader, value: Range): string | undefined {
  const back = reader.jump(value);
  const text = readString(reader);
  reader.resume(back);
  return text;
}

/** An AnyValue's string; undefined when it holds something else. */
function readString(reader: ProtoReader): string | undefined {
  let text: string | undefined;
  while (reader.next()) {
    if (reader.field === 1) text = reader.text();
    else {
      if (reader.field <= 7) text = undefined;
      reader.skip();
    }
  }
  return text;
}
