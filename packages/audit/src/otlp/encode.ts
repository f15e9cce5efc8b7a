/**
 * The wire form of audit.md 5: entries as an OTLP `ExportLogsServiceRequest` in protobuf.
 *
 *   resource_logs { resource { service.name }, scope_logs { scope { name }, log_records... } }   one a service, in order
 *   LogRecord { 1 time fixed64, 5 body string, 6 attributes, 9 trace_id, 10 span_id, 12 event_name }
 *
 * An entry's body is its exact leaf line; a commit's record has kind `checkpoint.observed` and the signed note as body.
 * The attributes are for routing and copies only: the sink trusts the leaf alone.
 */
import {
  ATTR_AUDIT_ACTION,
  ATTR_AUDIT_OUTCOME,
  ATTR_AUDIT_RECORD_ID,
  ATTR_AUDIT_SEQUENCE_NUMBER,
  ATTR_AUDIT_TARGET_ID,
  ATTR_ENDUSER_PSEUDO_ID,
  ATTR_MCP_LOGBOOK_CLASS,
  ATTR_MCP_LOGBOOK_KIND,
  ATTR_MCP_LOGBOOK_LOG_ORIGIN,
  ATTR_MCP_LOGBOOK_PAYLOAD,
  ATTR_MCP_LOGBOOK_PAYLOAD_SEALED,
  EVENT_MCP_LOGBOOK_AUDIT,
} from '@mcp-logbook/semconv/names';
import { parseTime, type Leaf } from '../leaf.ts';
import { FIXED64, LENGTH, VARINT } from './protobuf.ts';
import { SERVICE_NAME } from './spans.ts';

/** Scope of everything the log, shipper and sink send. */
const SCOPE = '@mcp-logbook/audit';
/** Kind of a record whose body is a producer's commit note. */
export const KIND_CHECKPOINT = 'checkpoint.observed';

/** One record to encode. */
export interface AuditRecord {
  readonly service: string;
  readonly timeUnixNano: bigint;
  readonly body: string;
  /** 32 and 16 hex digits. */
  readonly trace?: string | undefined;
  readonly span?: string | undefined;
  readonly attributes: readonly (readonly [key: string, value: string | number])[];
}

/** What goes with a leaf. */
export interface Carried {
  /** Fleet pseudonym of the person, when known. */
  readonly pseudonym?: string | undefined;
  /** See hpke.ts. */
  readonly sealed?: string | undefined;
  /** Base64url salt, `.`, payload as JSON text. */
  readonly clear?: string | undefined;
}

/** The record of one entry; `line` is the leaf's exact line. */
export function entryRecord(line: string, leaf: Leaf, carried: Carried): AuditRecord {
  const attributes: [string, string | number][] = [
    [ATTR_AUDIT_RECORD_ID, leaf.id],
    [ATTR_AUDIT_ACTION, leaf.action],
    [ATTR_AUDIT_OUTCOME, leaf.outcome],
    [ATTR_AUDIT_SEQUENCE_NUMBER, leaf.seq],
    [ATTR_MCP_LOGBOOK_KIND, leaf.kind],
    [ATTR_MCP_LOGBOOK_CLASS, leaf.class],
    [ATTR_MCP_LOGBOOK_LOG_ORIGIN, leaf.stream],
  ];
  if (leaf.target !== undefined) attributes.push([ATTR_AUDIT_TARGET_ID, leaf.target]);
  const { pseudonym, sealed, clear } = carried;
  if (pseudonym !== undefined) attributes.push([ATTR_ENDUSER_PSEUDO_ID, pseudonym]);
  if (sealed !== undefined) attributes.push([ATTR_MCP_LOGBOOK_PAYLOAD_SEALED, sealed]);
  if (clear !== undefined) attributes.push([ATTR_MCP_LOGBOOK_PAYLOAD, clear]);
  return {
    service: leaf.service,
    timeUnixNano: nanosOf(leaf.time),
    body: line,
    trace: leaf.trace,
    span: leaf.span,
    attributes,
  };
}

/** A text in the form of a time may still be none: `2026-99-99`. */
function nanosOf(time: string): bigint {
  const micros = parseTime(time);
  return Number.isSafeInteger(micros) && micros > 0 ? BigInt(micros) * 1000n : 0n;
}

/** The record of one commit note of a producer. */
export function checkpointRecord(
  note: string,
  origin: string,
  service: string,
  timeUnixNano: bigint,
): AuditRecord {
  return {
    service,
    timeUnixNano,
    body: note,
    attributes: [
      [ATTR_MCP_LOGBOOK_KIND, KIND_CHECKPOINT],
      [ATTR_MCP_LOGBOOK_LOG_ORIGIN, origin],
    ],
  };
}

/** The protobuf bytes of one request, records in the order given. */
export function encodeLogs(records: readonly AuditRecord[]): Buffer {
  const writer = new BackwardWriter();
  let at = records.length - 1;
  while (at >= 0) {
    const service = records[at]?.service ?? '';
    const resourceLogsEnd = writer.position;
    const scopeLogsEnd = writer.position;
    for (let record = records[at]; record?.service === service; record = records[at]) {
      writeRecord(writer, record);
      at -= 1;
    }
    const scopeEnd = writer.position;
    writer.text(1, SCOPE);
    writer.message(1, scopeEnd);
    writer.message(2, scopeLogsEnd);
    const resourceEnd = writer.position;
    writer.attribute(1, SERVICE_NAME, service);
    writer.message(1, resourceEnd);
    writer.message(1, resourceLogsEnd);
  }
  return writer.bytes;
}

/** Fields from the last to the first: the writer goes backwards. */
function writeRecord(writer: BackwardWriter, record: AuditRecord): void {
  const recordEnd = writer.position;
  writer.text(12, EVENT_MCP_LOGBOOK_AUDIT);
  if (record.span !== undefined) writer.hex(10, record.span);
  if (record.trace !== undefined) writer.hex(9, record.trace);
  for (let n = record.attributes.length - 1; n >= 0; n -= 1) {
    const pair = record.attributes[n];
    if (pair !== undefined) writer.attribute(6, pair[0], pair[1]);
  }
  const bodyEnd = writer.position;
  writer.text(1, record.body);
  writer.message(5, bodyEnd);
  writer.fixed64(1, record.timeUnixNano);
  writer.message(2, recordEnd);
}

const INITIAL_BYTES = 256 * 1024;
/** Longest tag or length. */
const MAX_VARINT_BYTES = 8;

/**
 * Fills a buffer from its end: what is inside a message is written before its length, so every length is known when
 * its turn comes and nothing is measured twice or moved.
 */
class BackwardWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #at = INITIAL_BYTES;

  /** Bytes written so far: the end of a message that begins now. */
  get position(): number {
    return this.#buffer.length - this.#at;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(this.#at);
  }

  /** Closes a message: what was written since `end` was the position. */
  message(field: number, end: number): void {
    this.#reserve(2 * MAX_VARINT_BYTES);
    this.#varint(this.position - end);
    this.#varint((field << 3) | LENGTH);
  }

  text(field: number, text: string): void {
    const end = this.position;
    const size = Buffer.byteLength(text);
    this.#reserve(size);
    this.#at -= size;
    this.#buffer.write(text, this.#at);
    this.message(field, end);
  }

  hex(field: number, hex: string): void {
    const end = this.position;
    this.#reserve(hex.length >>> 1);
    this.#at -= hex.length >>> 1;
    this.#buffer.write(hex, this.#at, 'hex');
    this.message(field, end);
  }

  fixed64(field: number, value: bigint): void {
    this.#reserve(8 + MAX_VARINT_BYTES);
    this.#at -= 8;
    this.#buffer.writeBigUInt64LE(value, this.#at);
    this.#varint((field << 3) | FIXED64);
  }

  /** A KeyValue; numbers are whole and at least 0. */
  attribute(field: number, key: string, value: string | number): void {
    const end = this.position;
    if (typeof value === 'string') this.text(1, value);
    else {
      this.#reserve(2 * MAX_VARINT_BYTES);
      this.#varint(value);
      this.#varint((3 << 3) | VARINT);
    }
    this.message(2, end);
    this.text(1, key);
    this.message(field, end);
  }

  #varint(value: number): void {
    let size = 1;
    for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
    this.#at -= size;
    let rest = value;
    for (let n = 0; n < size; n += 1) {
      this.#buffer[this.#at + n] = (rest % 0x80) | (n + 1 < size ? 0x80 : 0);
      rest = Math.floor(rest / 0x80);
    }
  }

  #reserve(more: number): void {
    if (more <= this.#at) return;
    const { bytes } = this;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, bytes.length + more));
    bytes.copy(larger, larger.length - bytes.length);
    this.#at = larger.length - bytes.length;
    this.#buffer = larger;
  }
}
