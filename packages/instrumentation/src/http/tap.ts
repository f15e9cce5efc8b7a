/**
 * What an answer says of itself: its challenge, its redirection, its session, and the first bytes of its body where it is
 * a refusal or comes from an OAuth endpoint. `response.getHeader()` misses what went through `writeHead(status, headers)`
 * (Hono's adapter, `toNodeHandler` of SDK 2), so `writeHead` is wrapped; `write` and `end` pass on exactly what they got
 * (I8). The bytes stay in memory until the response is over, and only `access.ts` reads them.
 */
import type { ServerResponse } from 'node:http';
import { unpacked } from '../tap/encoding.ts';
import type { HttpExchange } from './store.ts';

/** More than any OAuth or JSON-RPC error needs. */
const MAX_BODY = 16_384;
const MAX_ASKED = 512;
const GRANTED = ['mcp-session-id', 'content-type', 'content-encoding'];
const ELSEWHERE = ['location'];
const REFUSED = ['www-authenticate', 'content-encoding'];

/** Wraps the three methods through which every answer goes. `onHead` runs before the head is written. */
export function tapResponse(
  exchange: HttpExchange,
  onHead: (exchange: HttpExchange, status: number) => void,
): void {
  const { response } = exchange;
  /* eslint-disable typescript/unbound-method -- called with their own `this` below */
  const { writeHead, write, end } = response;
  /* eslint-enable typescript/unbound-method */
  response.writeHead = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
    try {
      // A second head is the program's mistake, and Node says so.
      if (!response.headersSent) {
        const status = typeof args[0] === 'number' ? args[0] : response.statusCode;
        noteHeaders(exchange, status, args[args.length - 1]);
        onHead(exchange, status);
      }
    } catch {
      // Telemetry never breaks a server (I8).
    }
    return Reflect.apply(writeHead, this, args) as ServerResponse;
  } as typeof writeHead;
  let isEnding = false; // over HTTP/2 `end` calls `write`
  response.write = function (this: ServerResponse, ...args: unknown[]): boolean {
    if (!isEnding) keep(exchange, args[0], args[1]);
    return Reflect.apply(write, this, args) as boolean;
  } as typeof write;
  response.end = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
    keep(exchange, args[0], args[1]);
    isEnding = true;
    return Reflect.apply(end, this, args) as ServerResponse;
  } as typeof end;
}

/**
 * Keeps the first bytes of a request to an OAuth endpoint, as its parser gets them: outside Express nothing parsed hangs
 * on the request. `askedIn` reads four members of it and nothing else.
 */
export function tapRequest(exchange: HttpExchange): void {
  const { request } = exchange;
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const { push } = request;
  let kept = 0;
  request.push = function (this: typeof request, ...args: unknown[]): boolean {
    const chunk = args[0];
    if (chunk instanceof Uint8Array && kept < MAX_BODY) {
      exchange.sent ??= [];
      exchange.sent.push(Buffer.from(chunk.subarray(0, MAX_BODY - kept)));
      kept += chunk.length;
    }
    return Reflect.apply(push, this, args) as boolean;
  } as typeof push;
}

/** The whole of such a body as one JSON object, or `undefined`. */
export function sentOf(exchange: HttpExchange): Readonly<Record<string, unknown>> | undefined {
  return jsonOf(exchange.sent, undefined);
}

/** Named members of the body of a request to an OAuth endpoint: a form, or JSON. */
export function askedIn(
  exchange: HttpExchange,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const asked: Record<string, string> = {};
  const text = Buffer.concat(exchange.sent ?? []).toString('utf8');
  try {
    const isJson = text.trimStart().startsWith('{');
    const json = isJson ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : undefined;
    const form = isJson ? undefined : new URLSearchParams(text);
    for (const name of names) {
      const value = json === undefined ? form?.get(name) : json[name];
      if (typeof value === 'string' && value !== '') asked[name] = value.slice(0, MAX_ASKED);
    }
  } catch {
    // Not JSON after all: it asks for nothing.
  }
  return asked;
}

/** A header of the answer, lower-case name. */
export function sentHeader(exchange: HttpExchange, name: string): string | undefined {
  const value = exchange.sentHeaders?.[name] ?? exchange.response.getHeader(name);
  return typeof value === 'string' ? value : undefined;
}

/** The body as one JSON object, or `undefined`. */
export function bodyOf(exchange: HttpExchange): Readonly<Record<string, unknown>> | undefined {
  return jsonOf(exchange.body, sentHeader(exchange, 'content-encoding'));
}

function jsonOf(
  chunks: Buffer[] | undefined,
  encoding: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (chunks === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(unpacked(Buffer.concat(chunks), encoding).toString('utf8'));
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function noteHeaders(exchange: HttpExchange, status: number, headers: unknown): void {
  if (typeof headers !== 'object' || headers === null) return;
  for (const wanted of status < 300 ? GRANTED : status < 400 ? ELSEWHERE : REFUSED) {
    const value = headerIn(headers, wanted);
    if (value !== undefined) exchange.sentHeaders = { ...exchange.sentHeaders, [wanted]: value };
  }
}

/** One of the headers given as an object, as pairs or as a flat list. */
function headerIn(headers: object, name: string): string | undefined {
  const flat: unknown[] = Array.isArray(headers) ? headers.flat() : Object.entries(headers).flat();
  for (let i = 0; i + 1 < flat.length; i += 2)
    if (String(flat[i]).toLowerCase() === name) return String(flat[i + 1]);
  return undefined;
}

function keep(exchange: HttpExchange, chunk: unknown, encoding: unknown): void {
  const { statusCode } = exchange.response;
  if (statusCode < 400 && exchange.role === undefined && exchange.isListen !== true) return;
  const had = exchange.bodyBytes ?? 0;
  if (had >= MAX_BODY) return;
  try {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : chunk instanceof Uint8Array
          ? Buffer.from(chunk) // a copy: the program may use its buffer again
          : undefined;
    if (bytes === undefined) return;
    exchange.body ??= [];
    exchange.body.push(bytes.subarray(0, MAX_BODY - had));
    exchange.bodyBytes = had + bytes.length;
  } catch {
    // See above.
  }
}
