/**
 * One MCP request or notification as our own small type, whichever SDK, transport or side it came from.
 *
 * Adapters translate traffic into `Exchange` and `Outcome` and do nothing else; the recorder turns the two into a
 * span, an event, metrics and a logbook entry. Everything a peer chose (names, params, messages) is still raw here:
 * nothing of it leaves the process before the recorder's redactor has seen it (I5).
 */

/** `server` = the end that receives, `client` = the end that sends. Of a span: its kind. Of a connection: our role. */
export type Side = 'client' | 'server';

/** What is known of one connection. The adapter fills it while the handshake passes; readers see the latest. */
export interface Connection {
  /** Which end of the connection this process is. */
  readonly role: Side;
  /** `clientInfo` and `serverInfo`: self-reported, unverified. */
  clientName?: string;
  clientVersion?: string;
  serverName?: string;
  serverVersion?: string;
  /** Negotiated at `initialize`, or of the latest request where each request carries it (2026-07-28). */
  protocolVersion?: string;
  /** `Mcp-Session-Id`; absent on stdio and for stateless peers. */
  sessionId?: string;
  /** `pipe` = stdio, `tcp` = HTTP; absent in memory. */
  networkTransport?: 'pipe' | 'tcp';
  /** Lower case, only with `tcp`. */
  networkProtocolName?: 'http' | 'websocket';
  networkProtocolVersion?: string;
  /** Only on the client side of an HTTP connection. */
  serverAddress?: string;
  serverPort?: number;
  /** Who was last seen calling over this connection, and from where. */
  person?: Person;
  peer?: HttpPeer;
  /** True once the peer has shown that it works without sessions (2026-07-28): no session events for it. */
  stateless?: boolean;
  /** Name of the registered resource or template behind a URI, when this process knows it. */
  resourceName(uri: string): string | undefined;
  /** Whether this server registered the tool or prompt; `undefined` when this side cannot know. */
  isRegistered(kind: 'tool' | 'prompt', name: string): boolean | undefined;
  /** Annotations of a registered tool (semconv 7.4). */
  toolAnnotations(name: string): ToolAnnotations | undefined;
}

/** The two hints of MCP tool annotations that decide an entry's `action`. */
export interface ToolAnnotations {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
}

/** A verified (token, request user) or local (OS user) identity. `key` is `iss|sub`, with an empty issuer as `|sub`. */
export interface Person {
  readonly key: string;
  readonly source: 'token' | 'request_user' | 'os_user';
  /** OAuth client id the token was issued to. */
  readonly clientId?: string;
  /** Small, non-secret claims worth keeping in the sealed payload: name, email, scopes. Never the token. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** The network peer of one HTTP request. */
export interface HttpPeer {
  readonly address?: string;
  readonly port?: number;
  readonly userAgent?: string;
}

/** One request or notification on its way. */
export interface Exchange {
  /** `server` when this process received the message, `client` when it sent it: the span's kind. */
  readonly side: Side;
  readonly method: string;
  /** Request id as text; `undefined` for a notification. */
  readonly requestId: string | undefined;
  /** `params` as they came or go, untouched. */
  readonly params: unknown;
  /** `params._meta` when it is an object: the carrier of `traceparent`, `tracestate`, `baggage`. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  readonly connection: Connection;
  readonly person?: Person;
  /** OAuth client id from `authInfo` when no person could be named. */
  readonly clientId?: string;
  readonly peer?: HttpPeer;
}

/** How a request or notification ended. */
export type Outcome =
  /** A JSON-RPC result. `thrown` = what a tool handler threw before the SDK turned it into `isError`. */
  | { readonly type: 'result'; readonly result: unknown; readonly thrown?: unknown }
  /** A JSON-RPC error object. `thrown` as above, when it was seen. */
  | {
      readonly type: 'error';
      readonly code: number;
      readonly message: string;
      readonly data?: unknown;
      readonly thrown?: unknown;
    }
  | { readonly type: 'cancelled'; readonly reason?: string }
  /** No JSON-RPC answer: `timeout`, `connection_closed`, `process_exit`, an HTTP status as text, or an exception's class name. */
  | { readonly type: 'failed'; readonly errorType: string; readonly error?: unknown }
  /** A notification was handed over; nothing answers it. */
  | { readonly type: 'delivered' };

/** An HTTP request that was refused before any MCP message was handled (401 or 403). Never holds the token. */
export interface RefusedAccess {
  readonly status: 401 | 403;
  /** OAuth error code (`invalid_token`, `insufficient_scope`, ...) from WWW-Authenticate or the SDK's OAuthError. */
  readonly reason: string | undefined;
  /** Text of the error; raw, the recorder redacts it. */
  readonly description?: string;
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly peer: HttpPeer;
  /** OAuth client id or person when the token was valid but its scope was not. */
  readonly person?: Person;
  readonly clientId?: string;
  readonly sessionId?: string;
}
