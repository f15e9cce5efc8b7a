/** Random OTLP requests in the lowerCamel object form that protobufjs and JSON share, for fast-check. */
import fc from 'fast-check';

export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: object;
  readonly kvlistValue?: object;
  readonly bytesValue?: string;
}
export interface Pair {
  readonly key: string;
  readonly value?: AnyValue;
}
export interface LogRecord {
  readonly timeUnixNano: string;
  readonly eventName?: string;
  readonly body?: AnyValue;
  readonly attributes: readonly Pair[];
}
export interface LogsBody {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Pair[];
  readonly status?: { readonly code?: number; readonly message?: string };
}
export interface SpansBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** Well-formed text: protobuf strings are UTF-8. */
const text = fc.string({ unit: 'binary', maxLength: 40 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const scalar: fc.Arbitrary<AnyValue> = fc.oneof(
  text.map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  int64.map((intValue) => ({ intValue })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    // JSON has no minus zero.
    .map((doubleValue) => ({ doubleValue: doubleValue === 0 ? 0 : doubleValue })),
);
const anyValue: fc.Arbitrary<AnyValue> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
  fc
    .array(fc.record({ key: text, value: scalar }), { maxLength: 3 })
    .map((values) => ({ kvlistValue: { values } })),
  fc.constant({ bytesValue: 'AAEC' }),
  fc.constant({}),
);
const keys = fc.oneof(
  fc.constantFrom(
    'mcp_logbook.kind',
    'mcp_logbook.payload',
    'mcp_logbook.payload.sealed',
    'service.name',
    'mcp.method.name',
    'mcp_logbook.payloae',
  ),
  text,
);
const pairs: fc.Arbitrary<Pair[]> = fc.uniqueArray(
  fc.record({ key: keys, value: anyValue }, { requiredKeys: ['key'] }),
  { maxLength: 6, selector: ({ key }) => key },
);
const resource = fc.record({ attributes: pairs });
const hexId = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((id) => Buffer.from(id).toString('hex'));

const logRecord: fc.Arbitrary<LogRecord> = fc.record(
  {
    timeUnixNano: nanos,
    observedTimeUnixNano: nanos,
    severityNumber: fc.nat(24),
    severityText: text,
    eventName: text,
    body: anyValue,
    attributes: pairs,
    flags: fc.nat(255),
  },
  { requiredKeys: ['timeUnixNano', 'attributes'] },
);
export const logsBody: fc.Arbitrary<LogsBody> = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource,
      scopeLogs: fc.array(
        fc.record({
          scope: fc.record({ name: text }),
          logRecords: fc.array(logRecord, { maxLength: 4 }),
          schemaUrl: text,
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 3 },
  ),
});

const span: fc.Arbitrary<Span> = fc.record(
  {
    traceId: hexId(16),
    spanId: hexId(8),
    parentSpanId: hexId(8),
    name: text,
    kind: fc.constantFrom(0, 1, 2, 2, 2, 3),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes: pairs,
    events: fc.array(fc.record({ timeUnixNano: nanos, name: text, attributes: pairs }), {
      maxLength: 2,
    }),
    status: fc.record({ code: fc.nat(2), message: text }, { requiredKeys: [] }),
  },
  {
    requiredKeys: [
      'traceId',
      'spanId',
      'kind',
      'startTimeUnixNano',
      'endTimeUnixNano',
      'attributes',
    ],
  },
);
export const spansBody: fc.Arbitrary<SpansBody> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource,
      scopeSpans: fc.array(
        fc.record({ scope: fc.record({ name: text }), spans: fc.array(span, { maxLength: 4 }) }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 3 },
  ),
});
