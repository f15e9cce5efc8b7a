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

/** What a server offers, by the lists of MCP. */
export type DefinitionItem = 'tool' | 'prompt' | 'resource';

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
  /** How long ago it came or went, milliseconds; default: now. */
  readonly agoMs?: number;
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

/** `errorType` of a call that is no longer followed, because too many are open or its id was used again: its end is not known. */
export const GIVEN_UP = 'never_answered';

/** What happened between a client and the gate in front of MCP (semconv 7.2); names that end in `_refused` are refusals. */
export type AccessName =
  /** First use of a session, or of a token where there are no sessions. */
  | 'login'
  /** HTTP 401. */
  | 'bearer_refused'
  /** HTTP 403 with `insufficient_scope`. */
  | 'scope_refused'
  /** Any other HTTP 403: host, origin, or a rule of the server's own. */
  | 'access_refused'
  /** HTTP 400 or 404 about the session. */
  | 'session_refused'
  /** HTTP 429. */
  | 'rate_refused'
  /** Any other answer from 400 to 499, given before a message reached MCP: 405, 413, 415, headers, envelope, version. */
  | 'request_refused'
  /** HTTP 405 to GET or DELETE where MCP is spoken: no stream here, or no session to end. How two sides agree. */
  | 'stream_declined'
  | 'token_issued'
  | 'token_refreshed'
  | 'token_refused'
  | 'token_revoked'
  | 'revocation_refused'
  | 'client_registered'
  | 'registration_refused'
  | 'authorized'
  /** Sent on to a page or another server that decides. */
  | 'authorization_started'
  | 'authorization_refused';

/** One such event. Never holds a token, code, secret or verifier. */
export interface AccessEvent {
  readonly event: AccessName;
  /** `server` = the gate is ours, `client` = it was shut or opened to us. */
  readonly side: Side;
  /** HTTP status, where one was seen. */
  readonly status?: number;
  /** Why: an OAuth error code, or one of our own words for what HTTP and JSON-RPC said. */
  readonly reason?: string;
  /** Text of the error; raw, the recorder redacts it. */
  readonly description?: string;
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** The path is configured, not chosen by the caller: an OAuth endpoint, or one on which MCP was spoken. */
  readonly isKnownPath?: boolean;
  readonly peer: HttpPeer;
  /** OAuth client id or person, when the token or the client was verified. */
  readonly person?: Person;
  readonly clientId?: string;
  readonly sessionId?: string;
  /** Of a request at an OAuth endpoint, as it was sent: `client_id`, `client_name`, `grant_type`, `scope`, `resource`. */
  readonly asked?: Readonly<Record<string, string>>;
}
