/** Every authentication event as rows: what is sent, what is answered, and what must be told and entered of it. */
import type { Gate, Made } from './program.ts';
import type { Answer, Ask } from './send.ts';

/** What a row must leave behind; `undefined` = nothing. */
export interface Expected {
  readonly event: string;
  readonly reason?: string;
  /** Absent: the event is told and not entered. */
  readonly kind?: string;
  readonly action?: string;
  readonly outcome?: string;
  readonly clientId?: string;
  /** `iss|sub`; absent = anonymous. */
  readonly person?: string;
  /** The session of the table's own `initialize`, or one that nobody knows. */
  readonly session?: 'own' | 'foreign' | 'any';
  /** Absent: loopback. */
  readonly address?: string;
}

/** One row. */
export interface RowSpec {
  readonly title: string;
  readonly status: number;
  readonly ask: Ask;
  readonly expected: Expected | undefined;
}

const ADA = 'https://id.example|ada';
const BOB = 'https://id.example|bob';
/** Stands for the id that the table's own `initialize` made. */
export const OWN_SESSION = '<own session>';
const FOREIGN = '00000000-0000-4000-8000-000000000000';
const JSON_TYPE = { 'content-type': 'application/json' };
const ACCEPT = { accept: 'application/json, text/event-stream' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'table', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

const rpc = (method: string, params: object = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const INITIALIZE = rpc('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'table', version: '1' },
});
const form = (members: Readonly<Record<string, string>>): string =>
  new URLSearchParams(members).toString();

const REFUSED = { kind: 'authz.denied', action: 'authorize', outcome: 'denied' } as const;
const REJECTED = {
  event: 'request_refused',
  kind: 'authz.denied',
  action: 'authorize',
  outcome: 'failure',
} as const;
const BAD_BEARER = {
  event: 'bearer_refused',
  reason: 'invalid_token',
  kind: 'auth.failure',
  action: 'login',
  outcome: 'denied',
} as const;

/** The rows of one server, in the order in which they are sent. */
export function rowsOf(gate: Gate, made: Made): RowSpec[] {
  const path = gate.sdk === 'v1' ? '/mcp' : '/sessions';
  const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const { tokens } = made;
  const good = as(tokens.good);
  const call = (
    headers: Readonly<Record<string, string>>,
    body: string,
    more: Partial<Ask> = {},
  ): Ask => ({
    path,
    body,
    headers: { ...ACCEPT, ...JSON_TYPE, ...headers },
    ...more,
  });
  const own = { clientId: 'app-1', person: ADA } as const;
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
      ask: call(as(tokens.unknown), INITIALIZE),
      expected: BAD_BEARER,
    },
    {
      title: 'an expired token',
      status: 401,
      ask: call(as(tokens.expired), INITIALIZE),
      expected: BAD_BEARER,
    },
    {
      title: 'a token without the scope',
      status: 403,
      ask: call(as(tokens.weak), INITIALIZE),
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
      expected: {
        event: 'login',
        kind: 'auth.login',
        action: 'login',
        outcome: 'success',
        ...own,
        session: 'own',
      },
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
      ask: call(as(tokens.opaque), INITIALIZE),
      expected: {
        event: 'login',
        kind: 'auth.login',
        action: 'login',
        outcome: 'success',
        clientId: 'app-2',
        person: '|carol',
        session: 'any',
      },
    },
    {
      title: 'a session nobody opened',
      status: 404,
      ask: call({ ...good, 'mcp-session-id': FOREIGN }, rpc('tools/list')),
      expected: {
        event: 'session_refused',
        reason: 'session_unknown',
        ...REFUSED,
        ...own,
        session: 'foreign',
      },
    },
    {
      title: 'no session where one is needed',
      status: 400,
      ask: call(good, rpc('tools/list')),
      expected: {
        event: 'session_refused',
        reason: 'session_missing',
        ...REFUSED,
        ...own,
      },
    },
    {
      title: 'another host name (DNS rebinding)',
      status: 403,
      ask: call({ ...good, host: 'evil.example' }, INITIALIZE),
      expected: { event: 'access_refused', reason: 'invalid_host', ...REFUSED, ...own },
    },
    {
      title: 'another origin',
      status: 403,
      ask: call({ ...good, origin: 'http://evil.example' }, INITIALIZE),
      expected: {
        event: 'access_refused',
        reason: 'invalid_origin',
        ...REFUSED,
        ...own,
      },
    },
    {
      title: 'a method HTTP does not offer here',
      status: 405,
      ask: call(good, INITIALIZE, { method: 'PUT' }),
      expected: { ...REJECTED, reason: 'method_not_allowed', ...own },
    },
    {
      title: 'an answer nobody can give',
      status: 406,
      ask: call({ ...good, accept: 'text/html' }, INITIALIZE),
      expected: { ...REJECTED, reason: 'not_acceptable', ...own },
    },
    {
      title: 'not JSON by its type',
      status: 415,
      ask: call({ ...good, 'content-type': 'text/plain' }, INITIALIZE),
      expected: { ...REJECTED, reason: 'unsupported_media_type', ...own },
    },
    {
      title: 'a body that is too large',
      status: 413,
      ask: call(good, rpc('tools/call', { name: 'echo', arguments: { text: 'x'.repeat(30_000) } })),
      expected: {
        ...REJECTED,
        reason: 'body_too_large',
        ...own,
      },
    },
    {
      title: 'a protocol version nobody speaks',
      status: 400,
      ask: call(
        { ...good, 'mcp-protocol-version': '1999-01-01', 'mcp-session-id': OWN_SESSION },
        rpc('tools/list'),
      ),
      expected: {
        ...REJECTED,
        reason: 'unsupported_version',
        ...own,
        session: 'own',
      },
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
    ...oauthRows(gate, made),
    ...(gate.sdk === 'v1' ? plainRows(good) : modernRows(good)),
  ];
}

/** SDK 1 without sessions. */
function plainRows(good: Readonly<Record<string, string>>): RowSpec[] {
  const headers = { ...ACCEPT, ...JSON_TYPE, ...good };
  return [
    {
      title: 'first use of a token without a session',
      status: 200,
      ask: { path: '/plain', headers, body: rpc('tools/list') },
      expected: {
        event: 'login',
        kind: 'auth.login',
        action: 'login',
        outcome: 'success',
        clientId: 'app-1',
        person: ADA,
      },
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
      expected: {
        event: 'stream_declined',
        reason: 'method_not_allowed',
        clientId: 'app-1',
      },
    },
  ];
}

/** What SDK 2 answers before a message reaches any server. */
function modernRows(good: Readonly<Record<string, string>>): RowSpec[] {
  const modern = (method: string, more: Readonly<Record<string, string>> = {}) => ({
    ...ACCEPT,
    ...JSON_TYPE,
    ...good,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...more,
  });
  const body = (method: string, params: object = {}): string =>
    rpc(method, { ...params, _meta: META });
  const own = { clientId: 'app-1', person: ADA };
  const path = '/mcp';
  return [
    {
      title: 'first use of a token, 2026-07-28',
      status: 200,
      ask: { path, headers: modern('tools/list'), body: body('tools/list') },
      expected: {
        event: 'login',
        kind: 'auth.login',
        action: 'login',
        outcome: 'success',
        ...own,
      },
    },
    {
      title: 'second use of it, 2026-07-28',
      status: 200,
      ask: {
        path,
        headers: modern('tools/call', { 'mcp-name': 'echo' }),
        body: body('tools/call', { name: 'echo', arguments: {} }),
      },
      expected: undefined,
    },
    {
      title: 'a tool that wants a scope of its own',
      status: 403,
      ask: {
        path,
        headers: modern('tools/call', { 'mcp-name': 'drop' }),
        body: body('tools/call', { name: 'drop', arguments: {} }),
      },
      expected: { event: 'scope_refused', reason: 'insufficient_scope', ...REFUSED, ...own },
    },
    {
      title: 'a header that is not the method of the body',
      status: 400,
      ask: { path, headers: modern('tools/list'), body: body('ping') },
      expected: { ...REJECTED, reason: 'header_mismatch', ...own },
    },
    {
      title: 'a revision this server does not speak',
      status: 400,
      ask: {
        path,
        headers: { ...modern('tools/list'), 'mcp-protocol-version': '2027-01-01' },
        body: rpc('tools/list', {
          _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': '2027-01-01' },
        }),
      },
      expected: { ...REJECTED, reason: 'unsupported_version', ...own },
    },
    {
      title: 'a broken envelope',
      status: 400,
      ask: {
        path,
        headers: modern('tools/list'),
        body: rpc('tools/list', {
          _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
        }),
      },
      expected: { ...REJECTED, reason: 'invalid_params', ...own },
    },
  ];
}

/** The OAuth endpoints. */
function oauthRows({ framework }: Gate, made: Made): RowSpec[] {
  const post = (path: string, members: Readonly<Record<string, string>>): Ask => ({
    path,
    headers: FORM,
    body: form(members),
  });
  const authorize = (members: Readonly<Record<string, string>>): Ask => ({
    method: 'GET',
    path: `/authorize?${form({
      response_type: 'code',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      redirect_uri: 'https://app.example/back',
      state: 'state-1',
      ...members,
    })}`,
  });
  const json = (body: object): Ask => ({
    path: '/register',
    headers: JSON_TYPE,
    body: JSON.stringify(body),
  });
  const sdk = framework === 'express'; // elsewhere nothing tells whether a refused client was verified
  const REFUSED_TOKEN = {
    event: 'token_refused',
    kind: 'auth.token.refused',
    outcome: 'denied',
  } as const;
  const exchange = { grant_type: 'authorization_code', client_id: 'app-1' };
  return [
    {
      title: 'authorize: a code',
      status: 302,
      ask: authorize({ client_id: 'app-1', scope: 'tools' }),
      expected: {
        event: 'authorized',
        kind: 'authz.granted',
        action: 'authorize',
        outcome: 'success',
        clientId: 'app-1',
      },
    },
    {
      title: 'authorize: refused in the redirection',
      status: 302,
      ask: authorize({ client_id: 'app-1', scope: 'forbidden' }),
      expected: {
        event: 'authorization_refused',
        reason: 'access_denied',
        ...REFUSED,
        clientId: 'app-1',
      },
    },
    {
      title: 'authorize: sent on to a login page',
      status: 302,
      ask: authorize({ client_id: 'app-1', scope: 'later' }),
      expected: {
        event: 'authorization_started',
        kind: 'authz.granted',
        action: 'authorize',
        outcome: 'unknown',
        clientId: 'app-1',
      },
    },
    {
      title: 'authorize: a client nobody registered',
      status: 400,
      ask: authorize({ client_id: 'nobody' }),
      expected: { event: 'authorization_refused', reason: 'invalid_client', ...REFUSED },
    },
    {
      title: 'token: issued',
      status: 200,
      ask: post('/token', { ...exchange, code: made.code, code_verifier: made.verifier }),
      expected: {
        event: 'token_issued',
        kind: 'auth.token.issued',
        action: 'issue',
        outcome: 'success',
        clientId: 'app-1',
        person: ADA,
      },
    },
    {
      title: 'token: issued at another mount point',
      status: 200,
      ask: post('/tenant/token', { ...exchange, code: made.code, code_verifier: made.verifier }),
      expected: {
        event: 'token_issued',
        kind: 'auth.token.issued',
        action: 'issue',
        outcome: 'success',
        clientId: 'app-1',
        person: ADA,
      },
    },
    ...(sdk ? [] : learnedRows(post, { ...exchange, code: made.wrongCode })),
    {
      title: 'token: a wrong code',
      status: 400,
      ask: post('/token', { ...exchange, code: made.wrongCode, code_verifier: made.verifier }),
      expected: {
        ...REFUSED_TOKEN,
        reason: 'invalid_grant',
        action: 'issue',
        ...(sdk && { clientId: 'app-1' }),
      },
    },
    {
      title: 'token: a wrong client secret',
      status: 400,
      ask: post('/token', {
        grant_type: 'authorization_code',
        client_id: 'app-2',
        client_secret: made.wrongSecret,
        code: made.code,
        code_verifier: made.verifier,
      }),
      expected: { ...REFUSED_TOKEN, reason: 'invalid_client', action: 'issue' },
    },
    {
      title: 'token: refreshed',
      status: 200,
      ask: post('/token', {
        grant_type: 'refresh_token',
        client_id: 'app-2',
        client_secret: made.secret,
        refresh_token: made.refresh,
      }),
      expected: {
        event: 'token_refreshed',
        kind: 'auth.token.refreshed',
        action: 'refresh',
        outcome: 'success',
        clientId: 'app-2',
        person: ADA,
      },
    },
    {
      title: 'token: a wrong refresh token',
      status: 400,
      ask: post('/token', {
        grant_type: 'refresh_token',
        client_id: 'app-1',
        refresh_token: made.wrongRefresh,
      }),
      expected: {
        ...REFUSED_TOKEN,
        reason: 'invalid_grant',
        action: 'refresh',
        ...(sdk && { clientId: 'app-1' }),
      },
    },
    {
      title: 'token: a grant nobody offers',
      status: 400,
      ask: post('/token', { grant_type: 'password', client_id: 'app-1' }),
      expected: {
        ...REFUSED_TOKEN,
        reason: 'unsupported_grant_type',
        action: 'issue',
        ...(sdk && { clientId: 'app-1' }),
      },
    },
    {
      title: 'register: a client',
      status: 201,
      ask: json({ client_name: 'table', redirect_uris: ['https://app.example/back'] }),
      expected: {
        event: 'client_registered',
        kind: 'auth.client.registered',
        action: 'register',
        outcome: 'success',
        clientId: 'app-3',
      },
    },
    {
      title: 'register: refused',
      status: 400,
      ask: json({ client_name: 'evil', redirect_uris: ['https://app.example/back'] }),
      expected: {
        event: 'registration_refused',
        reason: 'invalid_client_metadata',
        kind: 'authz.denied',
        action: 'register',
        outcome: 'denied',
      },
    },
    {
      title: 'revoke: a token',
      status: 200,
      ask: post('/revoke', { client_id: 'app-1', token: made.refresh }),
      expected: {
        event: 'token_revoked',
        kind: 'auth.token.revoked',
        action: 'revoke',
        outcome: 'success',
        clientId: 'app-1',
      },
    },
    {
      title: 'revoke: refused',
      status: 400,
      ask: post('/revoke', { client_id: 'nobody', token: made.refresh }),
      expected: {
        event: 'revocation_refused',
        reason: 'invalid_client',
        kind: 'authz.denied',
        action: 'revoke',
        outcome: 'denied',
      },
    },
  ];
}

/** A path that only the metadata document calls a token endpoint. */
function learnedRows(
  post: (path: string, members: Readonly<Record<string, string>>) => Ask,
  members: Readonly<Record<string, string>>,
): RowSpec[] {
  return [
    {
      title: 'the metadata document',
      status: 200,
      ask: { method: 'GET', path: '/.well-known/oauth-authorization-server/issue' },
      expected: undefined,
    },
    {
      title: 'token: refused at a path that was learned',
      status: 400,
      ask: post('/issue', members),
      expected: {
        event: 'token_refused',
        reason: 'invalid_grant',
        kind: 'auth.token.refused',
        action: 'issue',
        outcome: 'denied',
      },
    },
  ];
}

/** The session id that an answer names. */
export function sessionIn({ headers }: Answer): string | undefined {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
}
