/** Sends OTLP over HTTP in JSON, and makes small bodies of it. Attributes are given as plain values. */

/** A plain attribute value. */
export type Plain =
  | string
  | number
  | boolean
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** One log record to send. */
export interface LogToSend {
  readonly eventName?: string;
  readonly body?: Plain;
  readonly severityText?: string;
  readonly attributes?: Readonly<Record<string, Plain>>;
  readonly timeMs?: number;
}

/** One span to send. */
export interface SpanToSend {
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind?: number;
  readonly attributes?: Readonly<Record<string, Plain>>;
  readonly statusMessage?: string;
  readonly isError?: boolean;
  readonly traceState?: string;
  readonly events?: readonly {
    readonly name: string;
    readonly attributes?: Readonly<Record<string, Plain>>;
  }[];
  readonly durationMs?: number;
  readonly traceId?: string;
}

/** Where items come from. */
export interface Sender {
  readonly service: string;
  readonly scope?: string;
  readonly resource?: Readonly<Record<string, Plain>>;
}

/** Posts a body: an object or its JSON text, or protobuf bytes. @returns the status code, 0 when no connection came about */
export async function postOtlp(
  base: string,
  signal: 'logs' | 'traces' | 'metrics',
  body: object | Uint8Array | string,
  token?: string,
): Promise<number> {
  const isBytes = body instanceof Uint8Array;
  try {
    const response = await fetch(`${base}/v1/${signal}`, {
      method: 'POST',
      headers: {
        'content-type': isBytes ? 'application/x-protobuf' : 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: isBytes ? Buffer.from(body) : typeof body === 'string' ? body : JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

/** An `ExportLogsServiceRequest`. */
export function logsBody(sender: Sender, logs: readonly LogToSend[]): object {
  const logRecords = logs.map(({ eventName, body, severityText, attributes, timeMs }) => ({
    timeUnixNano: nanos(timeMs ?? Date.now()),
    ...(eventName !== undefined && { eventName }),
    ...(severityText !== undefined && { severityText }),
    ...(body !== undefined && { body: value(body) }),
    attributes: pairs(attributes),
  }));
  return {
    resourceLogs: [
      { resource: resourceOf(sender), scopeLogs: [{ scope: scopeOf(sender), logRecords }] },
    ],
  };
}

/** An `ExportTraceServiceRequest`. */
export function spansBody(sender: Sender, spans: readonly SpanToSend[]): object {
  const now = Date.now();
  const list = spans.map((span) => ({
    traceId: span.traceId ?? hex(32),
    spanId: hex(16),
    name: span.name,
    kind: span.kind ?? 2,
    startTimeUnixNano: nanos(now - (span.durationMs ?? 5)),
    endTimeUnixNano: nanos(now),
    ...(span.traceState !== undefined && { traceState: span.traceState }),
    attributes: pairs(span.attributes),
    events: (span.events ?? []).map(({ name, attributes }) => ({
      timeUnixNano: nanos(now),
      name,
      attributes: pairs(attributes),
    })),
    status: {
      ...(span.statusMessage !== undefined && { message: span.statusMessage }),
      ...((span.isError ?? false) && { code: 2 }),
    },
  }));
  return {
    resourceSpans: [
      { resource: resourceOf(sender), scopeSpans: [{ scope: scopeOf(sender), spans: list }] },
    ],
  };
}

/** An `ExportMetricsServiceRequest` with one counter of one point. */
export function counterBody(
  sender: Sender,
  name: string,
  count: number,
  attributes: Readonly<Record<string, Plain>>,
): object {
  const now = Date.now();
  const point = {
    startTimeUnixNano: nanos(now - 1_000),
    timeUnixNano: nanos(now),
    asInt: String(count),
    attributes: pairs(attributes),
  };
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] };
  return {
    resourceMetrics: [
      {
        resource: resourceOf(sender),
        scopeMetrics: [{ scope: scopeOf(sender), metrics: [{ name, sum }] }],
      },
    ],
  };
}

function resourceOf({ service, resource }: Sender): object {
  return { attributes: pairs({ 'service.name': service, ...resource }) };
}

function scopeOf({ scope }: Sender): object {
  return { name: scope ?? '@mcp-logbook/instrumentation' };
}

function pairs(attributes: Readonly<Record<string, Plain>> = {}): object[] {
  return Object.entries(attributes).map(([key, plain]) => ({ key, value: value(plain) }));
}

function value(plain: Plain): object {
  if (typeof plain === 'string') return { stringValue: plain };
  if (typeof plain === 'boolean') return { boolValue: plain };
  if (typeof plain === 'number')
    return Number.isInteger(plain) ? { intValue: String(plain) } : { doubleValue: plain };
  if (isList(plain)) return { arrayValue: { values: plain.map(value) } };
  return { kvlistValue: { values: pairs(plain) } };
}

function isList(plain: Plain): plain is readonly Plain[] {
  return Array.isArray(plain);
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function hex(length: number): string {
  return Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join('');
}
