/** The OAuth endpoints: authorize, token, register, revoke. */
import type { Gate, Made } from './program.ts';
import { ADA, JSON_TYPE, OWN, REFUSED, type RowSpec } from './rows.ts';
import type { Ask } from './send.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ISSUED = {
  event: 'token_issued',
  kind: 'auth.token.issued',
  action: 'issue',
  outcome: 'success',
  ...OWN,
} as const;
const REFUSED_TOKEN = {
  event: 'token_refused',
  kind: 'auth.token.refused',
  outcome: 'denied',
} as const;

type Members = Readonly<Record<string, string>>;

const form = (members: Members): string => new URLSearchParams(members).toString();
const post = (path: string, members: Members): Ask => ({
  path,
  headers: FORM,
  body: form(members),
});
const json = (body: object): Ask => ({
  path: '/register',
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});

/** Their rows, in the order in which they are sent. */
export function oauthRows({ framework }: Gate, made: Made): RowSpec[] {
  const authorize = (members: Members): Ask => ({
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
  const sdk = framework === 'express'; // elsewhere nothing tells whether a refused client was verified
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
      expected: ISSUED,
    },
    {
      title: 'token: issued at another mount point',
      status: 200,
      ask: post('/tenant/token', { ...exchange, code: made.code, code_verifier: made.verifier }),
      expected: ISSUED,
    },
    ...(sdk ? [] : learnedRows({ ...exchange, code: made.wrongCode })),
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
function learnedRows(members: Members): RowSpec[] {
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
      expected: { ...REFUSED_TOKEN, reason: 'invalid_grant', action: 'issue' },
    },
  ];
}
