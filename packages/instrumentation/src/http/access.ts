/**
 * An HTTP exchange that is over, as the access event it was; most were none (hooking.md 4).
 *
 * Read are: status, OAuth error code, of `Location` the member `error` and that there is a `code`, the members of a
 * request body listed in `ASKED`, and of an issued token's claims those of `identity.ts`. Codes, verifiers, secrets and tokens
 * are never kept; an error's text only where it is about a bearer, without what the caller sent.
 */
import type { AccessEvent, AccessName } from '../exchange.ts';
import { authOf, type Identified } from '../identity.ts';
import { isLearned, learnEndpoints } from './endpoints.ts';
import { ownerOf } from './logins.ts';
import { isOAuthCode, reasonOf } from './reasons.ts';
import { httpPeer, mcpPaths, type HttpExchange } from './store.ts';
import { askedIn, bodyOf, sentHeader } from './tap.ts';
import { fieldsOf, textOf } from '../values.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What may be read of a request at an OAuth endpoint. */
const ASKED = ['grant_type', 'client_id', 'scope', 'resource'] as const;
const MAX_ASKED = 512;

/** See the file's header. */
export function accessOf(exchange: HttpExchange): AccessEvent | undefined {
  const { request, response, role, path } = exchange;
  const status = response.statusCode;
  if (role === 'metadata') {
    if (status === 200) learnEndpoints(bodyOf(exchange) ?? {});
    return undefined;
  }
  if (role !== undefined && request.method !== 'OPTIONS' && isOAuth(exchange))
    return oauthEvent(exchange, role);
  if (status < 400 || status > 499 || !concernsMcp(exchange)) return undefined;
  // A message that reached MCP has a span of its own; its JSON-RPC error may set the status of HTTP.
  if (exchange.isMcp === true && status !== 401 && status !== 403) return undefined;
  return refusal(exchange, status, mcpPaths.has(path));
}

/** Whether an exchange has to do with MCP at all. */
export function concernsMcp(exchange: HttpExchange): boolean {
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

/** The session an HTTP request belongs to. */
export function sessionOf(exchange: HttpExchange): string | undefined {
  const sent = exchange.request.headers['mcp-session-id'];
  if (typeof sent === 'string') return sent;
  return sentHeader(exchange, 'mcp-session-id') ?? exchange.sessionId;
}

/** The access token of a request, borne or bound to a key (RFC 6750, 9449); never leaves this module but into a digest. */
export function bearerOf(exchange: HttpExchange): string | undefined {
  return /^(?:bearer|dpop)\s+(\S+)/i.exec(exchange.request.headers.authorization ?? '')?.[1];
}

/** What every event of an exchange has. */
export function eventOf(exchange: HttpExchange, event: AccessName, who: Identified): AccessEvent {
  const session = sessionOf(exchange);
  return {
    event,
    side: 'server',
    status: exchange.response.statusCode,
    method: exchange.request.method ?? '',
    path: exchange.path,
    isKnownPath: mcpPaths.has(exchange.path),
    peer: httpPeer(exchange),
    ...who,
    ...(session !== undefined && { sessionId: session }),
  };
}

function refusal(exchange: HttpExchange, status: number, isKnownPath: boolean): AccessEvent {
  const { request } = exchange;
  const sent = sentHeader(exchange, 'www-authenticate') ?? '';
  const body = bodyOf(exchange);
  const rpc = rpcErrorOf(body);
  const code =
    exchange.oauthCode ?? /\berror="([a-z_]{1,64})"/.exec(sent)?.[1] ?? textOf(body?.['error']);
  const reason = code !== undefined && /^[a-z_]{1,64}$/.test(code) ? code : reasonOf(status, rpc);
  const isStream = request.method === 'GET' || request.method === 'DELETE';
  const event = status === 405 && isStream ? 'stream_declined' : nameOf(status, reason);
  const text =
    exchange.oauthMessage ??
    /\berror_description="([^"]{1,300})"/.exec(sent)?.[1] ??
    (event === 'bearer_refused' ? undefined : rpc?.message);
  const description = text === undefined ? undefined : withoutCredentials(text, exchange);
  return {
    ...eventOf(exchange, event, whoOf(exchange, event)),
    isKnownPath,
    ...(reason !== undefined && { reason }),
    ...(description !== undefined && { description }),
  };
}

function nameOf(status: number, reason: string | undefined): AccessName {
  if (status === 401) return 'bearer_refused';
  if (status === 403) return reason === 'insufficient_scope' ? 'scope_refused' : 'access_refused';
  if (status === 429) return 'rate_refused';
  return reason === 'session_unknown' || reason === 'session_missing'
    ? 'session_refused'
    : 'request_refused';
}

/**
 * Who was refused: whom the gate let in before it said no, else whose token it is. A token that this process verified
 * before is known by its digest; of another one the claims count only where its scope was short, since RFC 6750 says
 * `insufficient_scope` of valid tokens alone. A refused bearer names nobody.
 */
function whoOf(exchange: HttpExchange, event: AccessName): Identified {
  if (event === 'bearer_refused') return authOf((exchange.request as { auth?: unknown }).auth);
  const found = callerOf(exchange);
  const token = bearerOf(exchange);
  if (isKnown(found) || token === undefined || event !== 'scope_refused') return found;
  return authOf({ token });
}

/** Whom the gate let in, as far as this request or an earlier one with its token told. */
export function callerOf(exchange: HttpExchange): Identified {
  const found = authOf((exchange.request as { auth?: unknown }).auth);
  if (isKnown(found)) return found;
  if (exchange.who !== undefined && isKnown(exchange.who)) return exchange.who;
  const token = bearerOf(exchange);
  return (token === undefined ? undefined : ownerOf(token)) ?? {};
}

function isKnown({ person, clientId }: Identified): boolean {
  return person !== undefined || clientId !== undefined;
}

/** A trace of OAuth at a path that is named like an endpoint. */
function isOAuth(exchange: HttpExchange): boolean {
  if (isLearned(exchange.path) || exchange.oauthCode !== undefined) return true;
  const { client } = exchange.request as { client?: unknown };
  // `request.client` is the socket, too: only a client of OAuth has an id.
  if (textOf(fieldsOf(client)['client_id']) !== undefined) return true;
  const { grant_type: grant, client_id: id } = askedOf(exchange);
  if (exchange.role === 'authorize')
    return id !== undefined && exchange.query?.has('response_type') === true;
  if ((grant ?? id) !== undefined) return true;
  const { access_token: token, client_id: made, error } = bodyOf(exchange) ?? {};
  return (
    isOAuthCode(textOf(error)) || textOf(exchange.role === 'register' ? made : token) !== undefined
  );
}

function oauthEvent(exchange: HttpExchange, role: string): AccessEvent | undefined {
  const { request, response } = exchange;
  const status = response.statusCode;
  const client = textOf(fieldsOf((request as { client?: unknown }).client)['client_id']);
  const asked = askedOf(exchange);
  const answer = bodyOf(exchange) ?? {};
  const code = exchange.oauthCode ?? textOf(answer['error']) ?? reasonOf(status, undefined);
  const failed = status >= 400;
  const base = (event: AccessName, who: Identified): AccessEvent => ({
    ...eventOf(exchange, event, who),
    isKnownPath: true,
    ...(Object.keys(asked).length > 0 && { asked }),
    ...(failed && code !== undefined && { reason: code }),
  });
  const verified = clientOf(client);
  switch (role) {
    case 'token': {
      if (failed) return base('token_refused', verified);
      const refreshed = asked['grant_type'] === 'refresh_token';
      const event = refreshed ? 'token_refreshed' : 'token_issued';
      return base(event, holderOf(answer, grantedTo(exchange)));
    }
    case 'revoke':
      return failed
        ? base('revocation_refused', verified)
        : base('token_revoked', clientOf(grantedTo(exchange)));
    case 'register': {
      if (failed) return base('registration_refused', {});
      const id = textOf(answer['client_id']);
      const name = textOf(answer['client_name']);
      return {
        ...base('client_registered', clientOf(id)),
        ...(name !== undefined && { asked: { ...asked, client_name: name } }),
      };
    }
    default:
      return authorization(exchange, base, failed);
  }
}

function clientOf(id: string | undefined): Identified {
  return id === undefined ? {} : { clientId: id };
}

/** `/authorize`: a page or a redirection; what it was about stands in the query of `Location`. */
function authorization(
  exchange: HttpExchange,
  base: (event: AccessName, who: Identified) => AccessEvent,
  failed: boolean,
): AccessEvent {
  if (failed) return base('authorization_refused', {});
  // The client was validated before anything else than an error was said.
  const id = askedOf(exchange)['client_id'];
  const who: Identified = { ...visitor(exchange), ...(id !== undefined && { clientId: id }) };
  const to = URL.parse(sentHeader(exchange, 'location') ?? '', 'http://_');
  const error = to?.searchParams.get('error') ?? undefined;
  if (error !== undefined) return { ...base('authorization_refused', who), reason: error };
  return base(to?.searchParams.has('code') === true ? 'authorized' : 'authorization_started', who);
}

/** Who is logged in at the authorization server, if its own middleware says so. */
function visitor(exchange: HttpExchange): Identified {
  const { auth, user } = exchange.request as { auth?: unknown; user?: unknown };
  const { person } = authOf(auth ?? (fieldsOf(user)['sub'] === undefined ? undefined : user));
  return person === undefined ? {} : { person };
}

/** Whose token was issued: decoded only, it was made here a moment ago. */
function holderOf(answer: Fields, client: string | undefined): Identified {
  const tokens = [answer['access_token'], answer['id_token']];
  const { person } = tokens
    .map((token) => authOf({ token, clientId: client }))
    .find((found) => found.person !== undefined) ?? { person: undefined };
  return {
    ...(person !== undefined && { person }),
    ...(client !== undefined && { clientId: client }),
  };
}

function askedOf(exchange: HttpExchange): Readonly<Record<string, string>> {
  const asked: Record<string, string> = { ...askedIn(exchange, ASKED) };
  for (const name of ASKED) {
    const value = exchange.query?.get(name) ?? undefined;
    if (value !== undefined) asked[name] ??= value.slice(0, MAX_ASKED);
  }
  return asked;
}

/** The client of a request that was granted: the one the SDK verified, else the one that was named. */
function grantedTo(exchange: HttpExchange): string | undefined {
  const { client } = exchange.request as { client?: unknown };
  const basic = /^basic\s+(\S+)/i.exec(exchange.request.headers.authorization ?? '')?.[1];
  // The part before the colon is the id; the secret behind it is not looked at.
  const named = basic === undefined ? '' : Buffer.from(basic, 'base64').toString('utf8');
  return (
    textOf(fieldsOf(client)['client_id']) ??
    askedOf(exchange)['client_id'] ??
    textOf(decodeURIComponent(named.split(':', 1)[0] ?? ''))
  );
}

function rpcErrorOf(
  body: Fields | undefined,
): { readonly code: number; readonly message: string } | undefined {
  const { code, message } = fieldsOf(body?.['error']);
  return typeof code === 'number' && typeof message === 'string' ? { code, message } : undefined;
}

/** Shortest credential worth looking for: shorter ones would blank ordinary words. */
const MIN_CREDENTIAL = 6;

/** An error text without what the caller sent as credentials: verifiers like to quote the token they refused. */
function withoutCredentials(text: string, { request }: HttpExchange): string {
  const query = /[?&]access_token=([^&#]*)/.exec(request.url ?? '')?.[1] ?? '';
  const { authorization = '', dpop: proof = [] } = request.headers;
  const sent = [...authorization.split(/[\s,]+/).slice(1), ...[proof].flat(), query];
  return sent
    .filter((credential) => credential.length >= MIN_CREDENTIAL)
    .reduce((rest, credential) => rest.replaceAll(credential, '[REDACTED:bearer-token]'), text);
}
