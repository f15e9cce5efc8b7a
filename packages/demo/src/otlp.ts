/**
 * OTLP/HTTP JSON bodies as the few plain fields the demo shows: opentelemetry-proto v1 in its JSON mapping
 * (lowerCamelCase, hex ids, 64-bit integers as text). Lenient: a field that is missing becomes empty, and a claim of
 * the demo fails instead of the decoding.
 */

/** A finished span. Times are Unix nanoseconds. */
export interface SeenSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'client' | 'server' | 'other';
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly failed: boolean;
  readonly attributes: ReadonlyMap<string, unknown>;
}

/** A log record. */
export interface SeenRecord {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
  readonly severity: number;
  readonly attributes: ReadonlyMap<string, unknown>;
}

/** One point of a metric: a histogram's count, else the value. */
export interface SeenPoint {
  /** The whole resource as text: two processes may share a service's name. */
  readonly origin: string;
  readonly name: string;
  readonly value: number;
  readonly attributes: ReadonlyMap<string, unknown>;
}

type Json = Readonly<Record<string, unknown>>;

/** Spans of one `/v1/traces` body. */
export function spansOf(body: unknown): SeenSpan[] {
  return itemsOf(body, 'resourceSpans', 'scopeSpans', 'spans').map(({ item, service }) => ({
    service,
    traceId: textOf(item['traceId']),
    spanId: textOf(item['spanId']),
    parentSpanId: textOf(item['parentSpanId']),
    name: textOf(item['name']),
    kind: item['kind'] === 2 ? 'server' : item['kind'] === 3 ? 'client' : 'other',
    startNanos: nanosOf(item['startTimeUnixNano']),
    endNanos: nanosOf(item['endTimeUnixNano']),
    failed: objectOf(item['status'])['code'] === 2,
    attributes: attributesOf(item['attributes']),
  }));
}

/** Log records of one `/v1/logs` body. */
export function recordsOf(body: unknown): SeenRecord[] {
  return itemsOf(body, 'resourceLogs', 'scopeLogs', 'logRecords').map(({ item, service }) => ({
    service,
    traceId: textOf(item['traceId']),
    spanId: textOf(item['spanId']),
    eventName: textOf(item['eventName']),
    severity: Number(item['severityNumber'] ?? 0),
    attributes: attributesOf(item['attributes']),
  }));
}

/** Points of one `/v1/metrics` body. */
export function pointsOf(body: unknown): SeenPoint[] {
  return itemsOf(body, 'resourceMetrics', 'scopeMetrics', 'metrics').flatMap(({ item, origin }) => {
    const data = objectOf(item['histogram'] ?? item['sum'] ?? item['gauge']);
    return listOf(data['dataPoints']).map((point) => ({
      origin,
      name: textOf(item['name']),
      value: Number(point['count'] ?? point['asInt'] ?? point['asDouble'] ?? 0),
      attributes: attributesOf(point['attributes']),
    }));
  });
}

function itemsOf(
  body: unknown,
  resourceKey: string,
  scopeKey: string,
  itemKey: string,
): { item: Json; service: string; origin: string }[] {
  return listOf(objectOf(body)[resourceKey]).flatMap((group) => {
    const resource = attributesOf(objectOf(group['resource'])['attributes']);
    const service = textOf(resource.get('service.name'));
    const origin = JSON.stringify([...resource]);
    return listOf(group[scopeKey]).flatMap((scope) =>
      listOf(scope[itemKey]).map((item) => ({ item, service, origin })),
    );
  });
}

function attributesOf(value: unknown): Map<string, unknown> {
  return new Map(listOf(value).map((pair) => [textOf(pair['key']), plainOf(pair['value'])]));
}

function plainOf(value: unknown): unknown {
  const any = objectOf(value);
  if ('intValue' in any) return Number(any['intValue']);
  if ('arrayValue' in any) return listOf(objectOf(any['arrayValue'])['values']).map(plainOf);
  if ('kvlistValue' in any)
    return Object.fromEntries(attributesOf(objectOf(any['kvlistValue'])['values']));
  return any['stringValue'] ?? any['boolValue'] ?? any['doubleValue'] ?? null;
}

/** An attribute's value as text: JSON unless it is a string already. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function nanosOf(value: unknown): bigint {
  return BigInt(typeof value === 'string' || typeof value === 'number' ? value : 0);
}
