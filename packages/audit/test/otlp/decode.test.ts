import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogbookError } from '../../src/errors.ts';
import { decodeLogs, decodeSpans } from '../../src/otlp/decode.ts';
import { MAX_JSON_DEPTH, MAX_RECORDS } from '../../src/otlp/limits.ts';
import type { WireRecord, WireSpan } from '../../src/sink/types.ts';
import { logsBody, spansBody } from './arbitrary.ts';
import type { AnyValue, LogsBody, Pair, Span, SpansBody } from './arbitrary.ts';
import { encodeWith, LogsRequest, TraceRequest } from './schema.ts';

const RUNS = { numRuns: 200 };

describe('decodeLogs', () => {
  it('reads what protobufjs wrote, whatever else is in the request', () => {
    fc.assert(
      fc.property(logsBody, (body) => {
        expect(decodeLogs(encodeWith(LogsRequest, body), 'proto')).toEqual(recordsOf(body));
      }),
      RUNS,
    );
  });

  it('reads the same from JSON, in lowerCamel and in snake_case', () => {
    fc.assert(
      fc.property(logsBody, (body) => {
        const expected = recordsOf(body);
        expect(decodeLogs(jsonOf(body), 'json')).toEqual(expected);
        expect(decodeLogs(jsonOf(snake(body)), 'json')).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('reads requests of 0, 1 and many records', () => {
    for (const count of [0, 1, 2, 1_000]) {
      const request = requestOf(count);
      const expected = Array.from({ length: count }, (_, n) => `line ${n}`);
      expect(decodeLogs(encodeWith(LogsRequest, request), 'proto').map(({ body }) => body)).toEqual(
        expected,
      );
      expect(decodeLogs(jsonOf(request), 'json').map(({ body }) => body)).toEqual(expected);
    }
    expect(decodeLogs(new Uint8Array(), 'proto')).toEqual([]);
  });

  it('cut at any offset gives the whole records before it or one coded error', () => {
    const bytes = encodeWith(LogsRequest, requestOf(3));
    const whole = decodeLogs(bytes, 'proto');
    for (let size = 0; size < bytes.length; size += 1) {
      const got = attempt(() => decodeLogs(bytes.subarray(0, size), 'proto'));
      if (got !== undefined) expect(got).toEqual(whole.slice(0, got.length));
    }
    const json = jsonOf(requestOf(3));
    for (let size = 0; size < json.length; size += 1)
      expect(attempt(() => decodeLogs(json.subarray(0, size), 'json'))).toBeUndefined();
  });

  it('of damaged bytes gives what protobufjs gives, or one coded error', () => {
    fc.assert(
      fc.property(logsBody, fc.nat(), fc.nat(255), (body, place, value) => {
        const bytes = encodeWith(LogsRequest, body);
        if (bytes.length === 0) return;
        bytes[place % bytes.length] = value;
        const got = attempt(() => decodeLogs(bytes, 'proto'));
        if (got === undefined) return;
        // Its decoder does not check wire types: where it fails or sees more, ours may have passed a field over.
        let other: number | undefined;
        try {
          other = recordsOf(
            // A border: the schema's own object form.
            LogsRequest.toObject(LogsRequest.decode(bytes), {
              longs: String,
              arrays: true,
            }) as LogsBody,
          ).length;
        } catch {
          return;
        }
        expect(got).toHaveLength(other);
      }),
      { numRuns: 2_000 },
    );
  });

  it('random bytes never give anything but records or the coded error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        attempt(() => decodeLogs(bytes, 'proto'));
        attempt(() => decodeSpans(bytes, 'proto'));
        attempt(() => decodeLogs(bytes, 'json'));
        attempt(() => decodeSpans(bytes, 'json'));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['a length beyond the body', '0affffffff0f'],
    ['a length one too long', '0a0200'],
    ['a length of 2^32', '0affffffff1f'],
    ['a length that goes beyond its parent', '0a0412050a01'],
    ['field number 0', '0000'],
    ['an eleven-byte number', '08ffffffffffffffffffff01'],
    ['a cut number', '08ff'],
    ['wire type 6', '0e'],
    ['wire type 7', '0f'],
    ['an end without its group', '0c'],
    ['a group without end', '13'],
    ['a group that ends as another', '131c'],
    ['groups in groups without end', '13'.repeat(1_000)],
    ['records where a number should be', '0801'],
    ['text that is not UTF-8', '0a0712051203' + '6201ff'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeLogs(Buffer.from(hex, 'hex'), 'proto')).toThrow(/^malformed OTLP body: /);
    expect(attempt(() => decodeLogs(Buffer.from(hex, 'hex'), 'proto'))).toBeUndefined();
  });

  it('passes over unknown fields of every wire type, groups too', () => {
    // Fields 100 to 103: varint, fixed64, length, fixed32; 104: a group with a group inside.
    const unknown =
      'a00601' + 'a9060102030405060708' + 'b20602ffff' + 'bd0601020304' + 'c306c3060801c406c406';
    const bytes = Buffer.concat([
      Buffer.from(unknown, 'hex'),
      encodeWith(LogsRequest, requestOf(1)),
      Buffer.from(unknown, 'hex'),
    ]);
    expect(decodeLogs(bytes, 'proto').map(({ body }) => body)).toEqual(['line 0']);
  });

  it('bounds the number of records', () => {
    // An empty record is two bytes: a small body must not become a large heap.
    const records = Buffer.alloc(2 * (MAX_RECORDS + 1));
    for (let at = 0; at < records.length; at += 2) records[at] = 0x12;
    const wrap = (field: number, inner: Buffer): Buffer => {
      const bytes: number[] = [(field << 3) | 2];
      for (let rest = inner.length; ; rest >>>= 7) {
        bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
        if (rest <= 0x7f) break;
      }
      return Buffer.concat([Buffer.from(bytes), inner]);
    };
    const body = (size: number): Buffer => wrap(1, wrap(2, records.subarray(0, 2 * size)));
    expect(decodeLogs(body(MAX_RECORDS), 'proto')).toHaveLength(MAX_RECORDS);
    expect(() => decodeLogs(body(MAX_RECORDS + 1), 'proto')).toThrow(/over 100000 records/);
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['a list where an object should be', '{"resourceLogs":{}}'],
    ['a number where a record should be', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[1]}]}]}'],
    ['a time that is no number', jsonRecord('"timeUnixNano":"soon"')],
    ['a negative time', jsonRecord('"timeUnixNano":-1')],
    ['a time over 64 bits', jsonRecord('"timeUnixNano":"18446744073709551616"')],
    ['a body that is a text itself', jsonRecord('"body":"line"')],
    ['a string value that is a number', jsonRecord('"body":{"stringValue":1}')],
    ['deep nesting', `{"a":${'['.repeat(MAX_JSON_DEPTH)}${']'.repeat(MAX_JSON_DEPTH)}}`],
    ['deep nesting without end', '['.repeat(1_000_000)],
    ['many values', `{"a":[${'0,'.repeat(8_000_000)}0]}`],
  ])('refuses %s in JSON', (_, text) => {
    expect(attempt(() => decodeLogs(Buffer.from(text), 'json'))).toBeUndefined();
  });

  it('takes times as text and as number, null as absent and foreign names in JSON', () => {
    const read = (fields: string): WireRecord | undefined =>
      decodeLogs(Buffer.from(jsonRecord(fields)), 'json')[0];
    expect(read('"timeUnixNano":"1764100000000000001"')?.timeUnixNano).toBe(1764100000000000001n);
    expect(read('"timeUnixNano":1764100000000000000')?.timeUnixNano).toBe(1764100000000000000n);
    expect(read('"timeUnixNano":null,"body":null,"foreign":[{"a":1}]')).toMatchObject({
      timeUnixNano: 0n,
      body: undefined,
    });
    // A bracket inside of a text is text.
    const brackets = '['.repeat(100);
    expect(read(`"body":{"stringValue":"\\"${brackets}\\\\"}`)?.body).toBe(`"${brackets}\\`);
  });

  it('never repeats the body in its message', () => {
    const secret = 'sk-canary-0123456789';
    for (const text of [`{"resourceLogs":"${secret}"`, `{"resourceLogs":"${secret}"}`, secret]) {
      let message = '';
      try {
        decodeLogs(Buffer.from(text), 'json');
      } catch (error) {
        if (error instanceof Error) message = `${error.message} ${String(error.cause)}`;
      }
      expect(message).toMatch(/malformed OTLP body/);
      expect(message).not.toContain('canary');
    }
  });
});

describe('decodeSpans', () => {
  it('reads the MCP SERVER spans of what protobufjs wrote', () => {
    fc.assert(
      fc.property(spansBody, (body) => {
        expect(decodeSpans(encodeWith(TraceRequest, protoForm(body)), 'proto')).toEqual(
          spansOf(body),
        );
      }),
      RUNS,
    );
  });

  it('reads the same from JSON, ids in either case, kinds and codes by name', () => {
    fc.assert(
      fc.property(spansBody, (body) => {
        const expected = spansOf(body);
        expect(decodeSpans(jsonOf(body), 'json')).toEqual(expected);
        expect(decodeSpans(jsonOf(snake(namedForm(body))), 'json')).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('finds the service also when the resource comes last', () => {
    const one = aSpansBody();
    const [first] = one.resourceSpans;
    const bytes = encodeWith(
      TraceRequest,
      protoForm({ resourceSpans: first === undefined ? [] : [first] }),
    );
    expect(decodeSpans(bytes, 'proto')[0]?.service).toBe('shop');
    const inner = bytes.subarray(2);
    const resourceSize = (inner[1] ?? 0) + 2;
    const turned = Buffer.concat([
      bytes.subarray(0, 2),
      inner.subarray(resourceSize),
      inner.subarray(0, resourceSize),
    ]);
    expect(bytes.length).toBeLessThan(128);
    expect(decodeSpans(turned, 'proto')).toEqual(decodeSpans(bytes, 'proto'));
  });

  it('refuses an MCP span without ids of 16 and 8 bytes', () => {
    for (const ids of [
      { traceId: '' },
      { spanId: '' },
      { spanId: 'aabb' },
      { traceId: 'zz'.repeat(16) },
    ]) {
      const body = aSpansBody(ids);
      expect(attempt(() => decodeSpans(jsonOf(body), 'json'))).toBeUndefined();
      if (ids.traceId?.startsWith('zz') === true) continue;
      const bytes = encodeWith(TraceRequest, protoForm(body));
      expect(attempt(() => decodeSpans(bytes, 'proto'))).toBeUndefined();
    }
  });

  it('cut at any offset gives the whole spans before it or one coded error', () => {
    const bytes = encodeWith(TraceRequest, protoForm(aSpansBody()));
    const whole = decodeSpans(bytes, 'proto');
    expect(whole).toHaveLength(1);
    for (let size = 0; size < bytes.length; size += 1) {
      const got = attempt(() => decodeSpans(bytes.subarray(0, size), 'proto'));
      if (got !== undefined) expect(got).toEqual([]);
    }
  });
});

/** The result, or undefined for the coded error; anything else is thrown on. */
function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_OTLP') return undefined;
    throw error;
  }
}

function jsonOf(body: object): Buffer {
  return Buffer.from(JSON.stringify(body));
}

function jsonRecord(fields: string): string {
  return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{${fields}}]}]}]}`;
}

function requestOf(count: number): LogsBody {
  const logRecords = Array.from({ length: count }, (_, n) => ({
    timeUnixNano: String(n),
    eventName: 'mcp_logbook.audit',
    body: { stringValue: `line ${n}` },
    attributes: [{ key: 'mcp_logbook.kind', value: { stringValue: 'tool.call' } }],
  }));
  return { resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords }] }] };
}

/** What the decoder must make of a request: straight from the object form. */
function recordsOf(body: LogsBody): WireRecord[] {
  return (body.resourceLogs ?? []).flatMap(({ scopeLogs }) =>
    (scopeLogs ?? []).flatMap(({ logRecords }) =>
      (logRecords ?? []).map(({ timeUnixNano, eventName, body: value, attributes }) => ({
        eventName: eventName ?? '',
        timeUnixNano: BigInt(timeUnixNano ?? 0),
        body: value?.stringValue,
        kind: stringOf(attributes, 'mcp_logbook.kind'),
        sealed: stringOf(attributes, 'mcp_logbook.payload.sealed'),
        clear: stringOf(attributes, 'mcp_logbook.payload'),
      })),
    ),
  );
}

function spansOf(body: SpansBody): WireSpan[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.flatMap((span) => {
        const attributes = new Map<string, string>();
        for (const { key, value } of span.attributes) {
          const text = textOf(value);
          if (text !== undefined) attributes.set(key, text);
        }
        if (span.kind !== 2 || !attributes.has('mcp.method.name')) return [];
        const service = resource.attributes.find(({ key }) => key === 'service.name');
        return {
          trace: span.traceId,
          span: span.spanId,
          startUnixNano: BigInt(span.startTimeUnixNano),
          endUnixNano: BigInt(span.endTimeUnixNano),
          isError: span.status?.code === 2,
          attributes,
          service: textOf(service?.value) ?? '',
        };
      }),
    ),
  );
}

function stringOf(attributes: readonly Pair[], wanted: string): string | undefined {
  return attributes.find(({ key }) => key === wanted)?.value?.stringValue;
}

function textOf(value: AnyValue | undefined): string | undefined {
  if (value?.stringValue !== undefined) return value.stringValue;
  if (value?.boolValue !== undefined) return String(value.boolValue);
  if (value?.intValue !== undefined) return value.intValue;
  return value?.doubleValue === undefined ? undefined : String(value.doubleValue);
}

/** Ids as protobufjs takes bytes: base64. */
function protoForm(body: SpansBody): object {
  return mapSpans(body, ({ traceId, spanId, ...span }) => ({
    ...span,
    parentSpanId: '',
    traceId: Buffer.from(traceId, 'hex').toString('base64'),
    spanId: Buffer.from(spanId, 'hex').toString('base64'),
  }));
}

/** Enumerations by name, ids in capitals. */
function namedForm(body: SpansBody): object {
  const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT'];
  const codes = ['UNSET', 'OK', 'ERROR'];
  return mapSpans(body, (span) => ({
    ...span,
    traceId: span.traceId.toUpperCase(),
    spanId: span.spanId.toUpperCase(),
    kind: `SPAN_KIND_${kinds[span.kind]}`,
    status: { code: `STATUS_CODE_${codes[span.status?.code ?? 0]}` },
  }));
}

function mapSpans(body: SpansBody, map: (span: Span) => object): object {
  return {
    resourceSpans: body.resourceSpans.map(({ resource, scopeSpans }) => ({
      resource,
      scopeSpans: scopeSpans.map(({ spans }) => ({ spans: spans.map(map) })),
    })),
  };
}

/** Every name in snake_case; values stay. */
function snake(value: unknown): object {
  const turn = (of: unknown): unknown => {
    if (Array.isArray(of)) return of.map(turn);
    if (typeof of !== 'object' || of === null) return of;
    return Object.fromEntries(
      Object.entries(of).map(([name, inner]) => [
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        turn(inner),
      ]),
    );
  };
  return Object(turn(value));
}

function aSpansBody(ids: { readonly traceId?: string; readonly spanId?: string } = {}): SpansBody {
  const span: Span = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    kind: 2,
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
    attributes: [{ key: 'mcp.method.name', value: { stringValue: 'ping' } }],
    ...ids,
  };
  const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] };
}
