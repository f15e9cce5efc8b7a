/** Requests at the gate of an MCP endpoint: tokens, sessions, and what HTTP itself refuses. */
import type { Made } from './program.ts';
import {
  bearer,
  BOB,
  LOGIN,
  MCP_HEADERS,
  OWN,
  REFUSED,
  REJECTED,
  type RowSpec,
  rpc,
} from './rows.ts';
import type { Ask } from './send.ts';

/** Stands for the id that the table's own `initialize` made. */
export const OWN_SESSION = '<own session>';
const FOREIGN = '00000000-0000-4000-8000-000000000000';
const INITIALIZE = rpc('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'table', version: '1' },
});
const BAD_BEARER = {
  event: 'bearer_refused',
  reason: 'invalid_token',
  kind: 'auth.failure',
  action: 'login',
  outcome: 'denied',
} as const;

/** An endpoint with sessions, and a route with a limit. */
export function gateRows(path: string, tokens: Made['tokens']): RowSpec[] {
  const good = bearer(tokens.good);
  const call = (
    headers: Readonly<Record<string, string>>,
    body: string,
    more: Partial<Ask> = {},
  ): Ask => ({ path, body, headers: { ...MCP_HEADERS, ...headers }, ...more });
  return [
    {
      title: 'no token',
      status: 401,
      ask: call({}, INITIALIZE),
      expected: BAD_BEARER,
    },
    {
      title: 'no token, behind a trusted proxy, with an address the client made up before it',
      status: 401,
      ask: call({ 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }, INITIALIZE),
      expected: { ...BAD_BEARER, address: '203.0.113.7' },
    },
    {
      title: 'a token nobody issued',
      status: 401,
      ask: call(bearer(tokens.unknown), INITIALIZE),
      expected: BAD_BEARER,
    },
    {
      title: 'an expired token',
      status: 401,
      ask: call(bearer(tokens.expired), INITIALIZE),
      expected: BAD_BEARER,
    },
    {
      title: 'a token without the scope',
      status: 403,
      ask: call(bearer(tokens.weak), INITIALIZE),
      expected: {
        event: 'scope_refused',
        reason: 'insufficient_scope',
        ...REFUSED,
        clientId: 'app-1',
        person: BOB,
      },
    },
    {
      title: 'a good token opens a session',
      status: 200,
      ask: call(good, INITIALIZE),
      expected: { ...LOGIN, ...OWN, session: 'own' },
    },
    {
      title: 'a second request of the session',
      status: 200,
      ask: call({ ...good, 'mcp-session-id': OWN_SESSION }, rpc('tools/list')),
      expected: undefined,
    },
    {
      title: 'an opaque token names its user by the verifier',
      status: 200,
      ask: call(bearer(tokens.opaque), INITIALIZE),
      expected: { ...LOGIN, clientId: 'app-2', person: '|carol', session: 'any' },
    },
    {
      title: 'a session nobody opened',
      status: 404,
      ask: call({ ...good, 'mcp-session-id': FOREIGN }, rpc('tools/list')),
      expected: {
        event: 'session_refused',
        reason: 'session_unknown',
        ...REFUSED,
        ...OWN,
        session: 'foreign',
      },
    },
    {
      title: 'no session where one is needed',
      status: 400,
      ask: call(good, rpc('tools/list')),
      expected: { event: 'session_refused', reason: 'session_missing', ...REFUSED, ...OWN },
    },
    {
      title: 'another host name (DNS rebinding)',
      status: 403,
      ask: call({ ...good, host: 'evil.example' }, INITIALIZE),
      expected: { event: 'access_refused', reason: 'invalid_host', ...REFUSED, ...OWN },
    },
    {
      title: 'another origin',
      status: 403,
      ask: call({ ...good, origin: 'http://evil.example' }, INITIALIZE),
      expected: { event: 'access_refused', reason: 'invalid_origin', ...REFUSED, ...OWN },
    },
    {
      title: 'a method HTTP does not offer here',
      status: 405,
      ask: call(good, INITIALIZE, { method: 'PUT' }),
      expected: { ...REJECTED, reason: 'method_not_allowed', ...OWN },
    },
    {
      title: 'an answer nobody can give',
      status: 406,
      ask: call({ ...good, accept: 'text/html' }, INITIALIZE),
      expected: { ...REJECTED, reason: 'not_acceptable', ...OWN },
    },
    {
      title: 'not JSON by its type',
      status: 415,
      ask: call({ ...good, 'content-type': 'text/plain' }, INITIALIZE),
      expected: { ...REJECTED, reason: 'unsupported_media_type', ...OWN },
    },
    {
      title: 'a body that is too large',
      status: 413,
      ask: call(good, rpc('tools/call', { name: 'echo', arguments: { text: 'x'.repeat(30_000) } })),
      expected: { ...REJECTED, reason: 'body_too_large', ...OWN },
    },
    {
      title: 'a protocol version nobody speaks',
      status: 400,
      ask: call(
        { ...good, 'mcp-protocol-version': '1999-01-01', 'mcp-session-id': OWN_SESSION },
        rpc('tools/list'),
      ),
      expected: { ...REJECTED, reason: 'unsupported_version', ...OWN, session: 'own' },
    },
    {
      title: 'the first of a limited route',
      status: 200,
      ask: call({}, '{}', { path: '/limited' }),
      expected: undefined,
    },
    {
      title: 'too many requests',
      status: 429,
      ask: call({}, '{}', { path: '/limited' }),
      expected: { event: 'rate_refused', reason: 'too_many_requests', ...REFUSED },
    },
  ];
}

/** SDK 1 without sessions. */
export function plainRows(tokens: Made['tokens']): RowSpec[] {
  const headers = { ...MCP_HEADERS, ...bearer(tokens.good) };
  return [
    {
      title: 'first use of a token without a session',
      status: 200,
      ask: { path: '/plain', headers, body: rpc('tools/list') },
      expected: { ...LOGIN, ...OWN },
    },
    {
      title: 'second use of it',
      status: 200,
      ask: { path: '/plain', headers, body: rpc('tools/list') },
      expected: undefined,
    },
    {
      title: 'no stream to open',
      status: 405,
      ask: { method: 'GET', path: '/plain', headers },
      expected: { event: 'stream_declined', reason: 'method_not_allowed', clientId: 'app-1' },
    },
  ];
}
