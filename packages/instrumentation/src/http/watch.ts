/**
 * What happens on HTTP around MCP: who is calling (address, user agent) and who was refused (401, 403) before any MCP
 * message was handled (hooking.md 4). Seen through `node:diagnostics_channel`, so Express, Hono, Fastify and plain
 * `node:http` are alike; subscribed when an MCP SDK is recognised, never before.
 *
 * Of a refused request we keep status, OAuth error code, path, address and user agent; never a header's value besides
 * `user-agent`, never the query, never a token.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RefusedAccess } from '../exchange.ts';
import { authOf } from '../identity.ts';
import type { RecorderPort } from '../ports.ts';
import { current, httpPeer, mcpPaths, trustForwarded, type HttpExchange } from './store.ts';

let watching = false;

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

/** Starts watching the HTTP servers of this process, once. */
export function watchHttp(
  recorder: () => RecorderPort | undefined,
  trustProxy?: () => (address: string) => boolean,
): void {
  if (watching) return;
  watching = true;
  let asked = false;
  subscribe('http.server.request.start', (message) => {
    try {
      const { request, response } = message as {
        request: IncomingMessage;
        response: ServerResponse;
      };
      if (!asked) trustForwarded(trustProxy?.());
      asked = true;
      const exchange: HttpExchange = { request, response, path: pathOf(request.url) };
      watchChallenge(exchange);
      current.enterWith(exchange);
    } catch {
      // Telemetry never breaks a server (I8).
    }
  });
  subscribe('http.server.response.finish', (message) => {
    try {
      const { request, response } = message as {
        request: IncomingMessage;
        response: ServerResponse;
      };
      const status = response.statusCode;
      if (status !== 401 && status !== 403) return;
      const store = current.getStore();
      const exchange =
        store?.request === request
          ? store
          : (exchanges.get(request) ?? { request, response, path: pathOf(request.url) });
      if (!concernsMcp(exchange)) return;
      recorder()?.refused(refusalOf(exchange, status));
    } catch {
      // See above.
    }
  });
}

/** `response.finish` is published outside the request's own context: this finds the way back. */
const exchanges = new WeakMap<IncomingMessage, HttpExchange>();

function watchChallenge(exchange: HttpExchange): void {
  exchanges.set(exchange.request, exchange);
  const { response } = exchange;
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const writeHead = response.writeHead;
  response.writeHead = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
    try {
      if (args[0] === 401 || args[0] === 403) {
        const challenge = challengeIn(args[args.length - 1]);
        if (challenge !== undefined) exchange.challenge = challenge;
      }
    } catch {
      // See above.
    }
    return Reflect.apply(writeHead, this, args) as ServerResponse;
  } as typeof writeHead;
}

/** `www-authenticate` among headers given as an object, as pairs or as a flat list. */
function challengeIn(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const flat: unknown[] = Array.isArray(headers) ? headers.flat() : Object.entries(headers).flat();
  for (let i = 0; i + 1 < flat.length; i += 2)
    if (String(flat[i]).toLowerCase() === 'www-authenticate') return String(flat[i + 1]);
  return undefined;
}

function concernsMcp(exchange: HttpExchange): boolean {
  const { headers } = exchange.request;
  return (
    exchange.isMcp === true ||
    exchange.oauthCode !== undefined ||
    mcpPaths.has(exchange.path) ||
    Object.keys(headers).some((name) => name.startsWith('mcp-')) ||
    (headers.accept?.includes('text/event-stream') === true &&
      headers.accept.includes('application/json'))
  );
}

function refusalOf(exchange: HttpExchange, status: 401 | 403): RefusedAccess {
  const sent = exchange.challenge ?? exchange.response.getHeader('www-authenticate');
  const challenge = typeof sent === 'string' ? sent : '';
  const reason = exchange.oauthCode ?? /\berror="([a-z_]{1,64})"/.exec(challenge)?.[1];
  const text = exchange.oauthMessage ?? /\berror_description="([^"]{1,300})"/.exec(challenge)?.[1];
  const description = text === undefined ? undefined : withoutCredentials(text, exchange.request);
  const { auth } = exchange.request as { auth?: unknown };
  const session = exchange.request.headers['mcp-session-id'];
  return {
    status,
    reason: reason !== undefined && /^[a-z_]{1,64}$/.test(reason) ? reason : undefined,
    ...(description !== undefined && { description }),
    method: exchange.request.method ?? '',
    path: exchange.path,
    peer: httpPeer(exchange),
    ...authOf(auth),
    ...(typeof session === 'string' && { sessionId: session }),
  };
}

/** Shortest credential worth looking for: shorter ones would blank ordinary words. */
const MIN_CREDENTIAL = 6;

/** An error text without what the caller sent as credentials: verifiers like to quote the token they refused. */
function withoutCredentials(text: string, request: IncomingMessage): string {
  const query = /[?&]access_token=([^&#]*)/.exec(request.url ?? '')?.[1] ?? '';
  const sent = [...(request.headers.authorization ?? '').split(/[\s,]+/).slice(1), query];
  return sent
    .filter((credential) => credential.length >= MIN_CREDENTIAL)
    .reduce((rest, credential) => rest.replaceAll(credential, '[REDACTED:bearer-token]'), text);
}

function pathOf(url: string | undefined): string {
  return (url ?? '/').split(/[?#]/, 1)[0] ?? '/';
}
