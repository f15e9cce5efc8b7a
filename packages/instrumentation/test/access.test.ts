/** Who was refused, by the access token of the request: borne (RFC 6750) or bound to a key (DPoP, RFC 9449). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { accessOf, bearerOf } from '../src/http/access.ts';
import type { HttpExchange } from '../src/http/store.ts';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const TOKEN = `${part({ alg: 'none' })}.${part({ iss: 'https://id.example', sub: 'ada', azp: 'app' })}.c2lnbmF0dXJl`;
const PROOF = `${part({ typ: 'dpop+jwt' })}.${part({ jti: 'one', htu: 'https://mcp.example' })}.cHJvb2Y`;

/** An exchange that is over, as far as `accessOf` looks at it. */
function refused(scheme: string, oauthCode: string, oauthMessage: string): HttpExchange {
  const headers = { authorization: `${scheme} ${TOKEN}`, dpop: PROOF, 'mcp-method': 'tools/call' };
  const request = { method: 'POST', url: '/mcp', headers };
  const statusCode = oauthCode === 'insufficient_scope' ? 403 : 401;
  const response = { statusCode, getHeader: () => undefined };
  return {
    request: request as unknown as IncomingMessage,
    response: response as unknown as ServerResponse,
    direct: { address: '127.0.0.1', port: 1 },
    path: '/mcp',
    role: undefined,
    oauthCode,
    oauthMessage,
  };
}

test.each(['Bearer', 'DPoP', 'dpop'])('a valid token by %s names who lacked a scope', (scheme) => {
  const exchange = refused(scheme, 'insufficient_scope', 'needs admin');
  expect(bearerOf(exchange)).toBe(TOKEN);
  expect(accessOf(exchange)).toMatchObject({
    event: 'scope_refused',
    person: { key: 'https://id.example|ada', source: 'token', clientId: 'app' },
    clientId: 'app',
    reason: 'insufficient_scope',
  });
});

test.each(['Bearer', 'DPoP'])('a refused token by %s names nobody and stands nowhere', (scheme) => {
  const event = accessOf(
    refused(scheme, 'invalid_dpop_proof', `proof ${PROOF} of ${TOKEN} is old`),
  );
  expect(event).toMatchObject({ event: 'bearer_refused', reason: 'invalid_dpop_proof' });
  expect(event?.person).toBeUndefined();
  const text = JSON.stringify(event);
  for (const secret of [TOKEN, PROOF]) expect(text).not.toContain(secret);
  expect(event?.description).toMatch(/^proof \[REDACTED:[\w-]+\] of \[REDACTED:[\w-]+\] is old$/);
});

test('other schemes are no access token', () => {
  expect(bearerOf(refused('Basic', 'invalid_token', ''))).toBeUndefined();
});
