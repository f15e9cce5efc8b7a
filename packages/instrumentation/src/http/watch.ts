/**
 * What happens on HTTP around MCP: who is calling (address, user agent), who was let in, who was refused before any MCP
 * message was handled, and what the OAuth endpoints of this process did (hooking.md 4). Seen through
 * `node:diagnostics_channel`, so Express, Hono, Fastify, plain `node:http` and (tap/http2.ts) HTTP/2 are alike; subscribed
 * when an MCP SDK is recognised or the first request of MCP comes (tap/http.ts), never before.
 */
import { channel, subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authOf, type Identified } from '../identity.ts';
import type { RecorderPort } from '../ports.ts';
import { accessOf, bearerOf, callerOf, concernsMcp, eventOf, sessionOf } from './access.ts';
import { roleOf } from './endpoints.ts';
import { isListen, watchListen } from './listen.ts';
import { isFirstUse } from './logins.ts';
import { current, trustForwarded, type HttpExchange } from './store.ts';
import { HTTP2_REQUEST, unlearn } from '../tap/doors.ts';
import { around } from '../tap/streams.ts';
import { tapRequest, tapResponse } from './tap.ts';

let watching = false;
let trustedOf: (() => (address: string) => boolean) | undefined;
let recorderOf: () => RecorderPort | undefined = () => undefined;

/** `response.finish` is published outside the request's own context: this finds the way back. */
const exchanges = new WeakMap<IncomingMessage, HttpExchange>();

/** Called by rewritten sources when the SDK turns an OAuth error into an answer. Outside a request it means nothing. */
export function noteOAuthError(error: unknown): void {
  const exchange = current.getStore();
  if (exchange === undefined || typeof error !== 'object' || error === null) return;
  const { errorCode, code, message } = error as {
    errorCode?: unknown;
    code?: unknown;
    message?: unknown;
  };
  const name = errorCode ?? code; // SDK 1, SDK 2
  if (typeof name === 'string') exchange.oauthCode = name;
  if (typeof message === 'string') exchange.oauthMessage = message;
}

/**
 * The seam found out who sent a message. The first request of a session waits for the answer, which names the session.
 */
export function noteCaller(who: Identified, method: string, session: string | undefined): void {
  const exchange = current.getStore();
  if (exchange === undefined) return;
  exchange.who = who;
  if (session !== undefined) exchange.sessionId = session;
  if (method !== 'initialize') noteLogin(exchange);
}

/** Starts watching the HTTP servers of this process, once. */
export function watchHttp(
  recorder: () => RecorderPort | undefined,
  trustProxy?: () => (address: string) => boolean,
): void {
  if (watching) return;
  watching = true;
  recorderOf = recorder;
  trustedOf = trustProxy;
  subscribe('http.server.request.start', (message) => {
    const exchange = begun(message);
    if (exchange !== undefined) current.enterWith(exchange);
  });
  // Cast: without an exchange there is none in the context either.
  channel(HTTP2_REQUEST).bindStore(current, (message) => begun(message) as HttpExchange);
  subscribe('http.server.response.finish', (message) => {
    const exchange = exchanges.get((message as { request: IncomingMessage }).request);
    if (exchange !== undefined) finished(exchange);
  });
}

/** A request came. */
function begun(message: unknown): HttpExchange | undefined {
  try {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    return watchRequest(request, response);
  } catch {
    return undefined; // Telemetry never breaks a server (I8).
  }
}

/** An answer was sent whole. */
function finished(exchange: HttpExchange): void {
  try {
    const event = accessOf(exchange);
    if (event !== undefined) recorderOf()?.access(event);
    if (exchange.isListen !== true) delete exchange.body; // a subscription is told when it is closed
    delete exchange.sent;
  } catch {
    // See above.
  }
}

/** Watches one request; one that began before the watch did is watched from now on. */
export function watchRequest(request: IncomingMessage, response: ServerResponse): HttpExchange {
  const known = exchanges.get(request);
  if (known !== undefined) return known;
  // Asked at the first request, since the answer stands in the configuration.
  const trusted = trustedOf;
  trustedOf = undefined;
  if (trusted !== undefined) trustForwarded(trusted());
  const exchange = exchangeOf(request, response);
  exchanges.set(request, exchange);
  tapResponse(exchange, noteHead);
  // Of an answer over HTTP/2 no channel tells that it is sent.
  if (request.httpVersionMajor === 2) response.once('finish', () => finished(exchange));
  if (isListen(exchange)) exchange.isListen = true;
  if (request.method === 'POST' && (exchange.role ?? exchange.isListen) !== undefined)
    tapRequest(exchange);
  if (request.method === 'POST') keepContext(exchange);
  return exchange;
}

/**
 * What reads a body by its events, as Fastify's parser and transports by hand do, is called in the context in which its bytes
 * came: that of the connection, unless they came with the head.
 */
function keepContext(exchange: HttpExchange): void {
  around(exchange.request, 'push', (push, args) => current.run(exchange, () => push(...args)));
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): HttpExchange {
  const url = request.url ?? '/';
  const path = url.split(/[?#]/, 1)[0] ?? '/';
  const role = roleOf(path);
  const { remoteAddress: address, remotePort: port } = request.socket;
  const exchange = { request, response, direct: { address, port }, path, role };
  if (role !== 'authorize') return exchange;
  return { ...exchange, query: new URLSearchParams(url.slice(path.length + 1)) };
}

/** The head of an answer is about to be written: who was let in without a message of theirs being seen? */
function noteHead(exchange: HttpExchange, status: number): void {
  // The SDK refuses a transport without sessions that is used again, and many servers use theirs again.
  if (status >= 500 && exchange.isMcp !== true) unlearn(exchange.path);
  if (status >= 400) return;
  noteLogin(exchange);
  const recorder = exchange.isListen === true ? recorderOf() : undefined;
  if (recorder !== undefined) watchListen(exchange, status, callerOf(exchange), recorder);
}

/** Tells of a caller's first use of its session or token. */
function noteLogin(exchange: HttpExchange): void {
  if (exchange.isTold === true) return;
  const { auth } = exchange.request as { auth?: unknown };
  const who = exchange.who ?? authOf(auth);
  if ((who.person ?? who.clientId) === undefined || !concernsMcp(exchange)) return;
  exchange.isTold = true;
  const token = bearerOf(exchange);
  if (isFirstUse(who, sessionOf(exchange), token))
    recorderOf()?.access(eventOf(exchange, 'login', who));
}
