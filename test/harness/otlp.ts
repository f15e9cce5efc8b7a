/**
 * OTLP/HTTP JSON, decoded: one flat object per span, log record and metric point.
 *
 * Field names are those of opentelemetry-proto v1 in its JSON mapping (lowerCamelCase, hex ids, 64-bit integers as
 * text). Decoding is strict about what a receiver relies on: an id of the wrong length or a missing time is an error,
 * because a real backend would drop such an item.
 */
import { asArray, asRecord } from './json.ts';

/** An OTLP `AnyValue` as plain JavaScript. Integers beyond 2^53 stay text. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/** Attributes by key. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Where an item came from: resource and scope are repeated on each. */
export interface Origin {
  readonly resource: Attributes;
  readonly scope: string;
}

/** Text of a span's kind, as the specification spells it. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unspecified';

export interface OtlpSpan extends Origin {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events: number;
  readonly status: {
    readonly code: 'unset' | 'ok' | 'error';
    readonly message: string | undefined;
  };
}

export interface OtlpLog extends Origin {
  readonly eventName: string | undefined;
  readonly timeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string | undefined;
  readonly body: AttributeValue | undefined;
  readonly attributes: Attributes;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

export interface OtlpPoint extends Origin {
  readonly metric: string;
  readonly unit: string;
  readonly type: 'histogram' | 'sum' | 'gauge';
  readonly monotonic: boolean | undefined;
  readonly attributes: Attributes;
  /** Of a histogram: how many; else the value. */
  readonly value: number;
  readonly sum: number | undefined;
  readonly bounds: readonly number[] | undefined;
  readonly cumulative: boolean;
}

const SPAN_KINDS: readonly SpanKind[] = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];

/** Spans of one `/v1/traces` body. */
export function decodeSpans(body: unknown): OtlpSpan[] {
  return items(body, 'resourceSpans', 'scopeSpans', 'spans').map(({ item, origin }) => {
    const status = asRecord(item['status'] ?? {});
    const code = Number(status['code'] ?? 0);
    return {
      ...origin,
      traceId: hex(item['traceId'], 32),
      spanId: hex(item['spanId'], 16),
      parentSpanId: optionalHex(item['parentSpanId'], 16),
      name: text(item['name']),
      kind: SPAN_KINDS[Number(item['kind'] ?? 0)] ?? 'unspecified',
      startUnixNano: nanos(item['startTimeUnixNano']),
      endUnixNano: nanos(item['endTimeUnixNano']),
      attributes: attributes(item['attributes']),
      links: asArray(item['links'] ?? [])
        .map(asRecord)
        .map((link) => ({ traceId: hex(link['traceId'], 32), spanId: hex(link['spanId'], 16) })),
      events: asArray(item['events'] ?? []).length,
      status: {
        code: code === 2 ? 'error' : code === 1 ? 'ok' : 'unset',
        message: optionalText(status['message']),
      },
    };
  });
}

/** Log records of one `/v1/logs` body. */
export function decodeLogs(body: unknown): OtlpLog[] {
  return items(body, 'resourceLogs', 'scopeLogs', 'logRecords').map(({ item, origin }) => ({
    ...origin,
    eventName: optionalText(item['eventName']),
    timeUnixNano: nanos(item['timeUnixNano']),
    severityNumber: Number(item['severityNumber'] ?? 0),
    severityText: optionalText(item['severityText']),
    // An AnyValue without a value is how exporters write "no body".
    body: anyValue(item['body'] ?? {}) ?? undefined,
    attributes: attributes(item['attributes']),
    traceId: optionalHex(item['traceId'], 32),
    spanId: optionalHex(item['spanId'], 16),
  }));
}

/** Metric points of one `/v1/metrics` body, one object per point. */
export function decodePoints(body: unknown): OtlpPoint[] {
  return items(body, 'resourceMetrics', 'scopeMetrics', 'metrics').flatMap(({ item, origin }) => {
    const type = (['histogram', 'sum', 'gauge'] as const).find((name) => item[name] !== undefined);
    if (type === undefined) throw new Error(`metric ${text(item['name'])} has no known data`);
    const data = asRecord(item[type]);
    return asArray(data['dataPoints'] ?? [])
      .map(asRecord)
      .map((point) => ({
        ...origin,
        metric: text(item['name']),
        unit: optionalText(item['unit']) ?? '',
        type,
        monotonic: type === 'sum' ? data['isMonotonic'] === true : undefined,
        attributes: attributes(point['attributes']),
        value: Number(point['count'] ?? point['asInt'] ?? point['asDouble'] ?? 0),
        sum: point['sum'] === undefined ? undefined : Number(point['sum']),
        bounds:
          point['explicitBounds'] === undefined
            ? undefined
            : asArray(point['explicitBounds']).map(Number),
        cumulative: data['aggregationTemporality'] === 2,
      }));
  });
}

/** A text attribute; empty when it is absent or of another type. */
export function textOf(item: { readonly attributes: Attributes }, key: string): string {
  const value = item.attributes[key];
  return typeof value === 'string' ? value : '';
}

/** An OTLP `AnyValue` as plain JavaScript. */
export function anyValue(value: unknown): AttributeValue {
  const any = asRecord(value);
  const [kind] = Object.keys(any);
  switch (kind) {
    case undefined:
      return null;
    case 'stringValue':
    case 'bytesValue':
      return text(any[kind]);
    case 'boolValue':
      return any[kind] === true;
    case 'intValue': {
      const integer = Number(any[kind]);
      return Number.isSafeInteger(integer) ? integer : String(any[kind]);
    }
    case 'doubleValue':
      return Number(any[kind]);
    case 'arrayValue':
      return asArray(asRecord(any[kind])['values'] ?? []).map(anyValue);
    case 'kvlistValue':
      return attributes(asRecord(any[kind])['values']);
    default:
      throw new Error(`unknown AnyValue kind ${kind}`);
  }
}

function items(
  body: unknown,
  resourceKey: string,
  scopeKey: string,
  itemKey: string,
): { item: Record<string, unknown>; origin: Origin }[] {
  return asArray(asRecord(body)[resourceKey] ?? [])
    .map(asRecord)
    .flatMap((resourceItem) => {
      const resource = attributes(asRecord(resourceItem['resource'] ?? {})['attributes']);
      return asArray(resourceItem[scopeKey] ?? [])
        .map(asRecord)
        .flatMap((scopeItem) => {
          const scope = optionalText(asRecord(scopeItem['scope'] ?? {})['name']) ?? '';
          return asArray(scopeItem[itemKey] ?? [])
            .map(asRecord)
            .map((item) => ({ item, origin: { resource, scope } }));
        });
    });
}

function attributes(value: unknown): Record<string, AttributeValue> {
  const result: Record<string, AttributeValue> = {};
  for (const pair of asArray(value ?? []).map(asRecord)) {
    const key = text(pair['key']);
    if (Object.hasOwn(result, key)) throw new Error(`attribute ${key} appears twice`);
    result[key] = anyValue(pair['value']);
  }
  return result;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`expected a string, got ${typeof value}`);
  return value;
}

function optionalText(value: unknown): string | undefined {
  return value === undefined || value === '' ? undefined : text(value);
}

function hex(value: unknown, length: number): string {
  const id = text(value);
  if (!/^[0-9a-f]+$/.test(id) || id.length !== length || /^0+$/.test(id)) {
    throw new Error(`expected ${length} lower-case hex digits, not all zero, got "${id}"`);
  }
  return id;
}

function optionalHex(value: unknown, length: number): string | undefined {
  return value === undefined || value === '' ? undefined : hex(value, length);
}

function nanos(value: unknown): bigint {
  const time = BigInt(text(String(value)));
  if (time <= 0n) throw new Error('a time is missing');
  return time;
}
