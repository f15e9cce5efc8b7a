/** Who called: where a name comes from, in which order, and that the token stays where it was. */
import { describe, expect, test } from 'vitest';
import type { Connection } from '../src/exchange.ts';
import { authOf, identify } from '../src/identity.ts';

function connection(networkTransport?: 'pipe' | 'tcp'): Connection {
  return {
    role: 'server',
    ...(networkTransport !== undefined && { networkTransport }),
    resourceName: () => undefined,
    isRegistered: () => undefined,
    toolAnnotations: () => undefined,
  };
}

const jwt = (claims: object): string =>
  [
    Buffer.from('{"alg":"none"}').toString('base64url'),
    Buffer.from(JSON.stringify(claims)).toString('base64url'),
    'sig',
  ].join('.');

describe('authInfo', () => {
  test('names the subject of its extras before that of its token', () => {
    const found = authOf({
      token: jwt({ iss: 'https://id.example', sub: 'from-token' }),
      clientId: 'app',
      scopes: ['read'],
      extra: { sub: 'from-extra' },
    });
    expect(found).toEqual({
      person: {
        key: 'https://id.example|from-extra',
        source: 'token',
        clientId: 'app',
        claims: { scopes: ['read'] },
      },
      clientId: 'app',
    });
  });

  test('keeps no claim that is not on the list, and never the token', () => {
    const token = jwt({ sub: 'ada', email: 'ada@example.org', ssn: '000-00-0000', jti: 'x' });
    const text = JSON.stringify(authOf({ token, clientId: 'app', scopes: [] }));
    expect(text).toContain('ada@example.org');
    expect(text).not.toContain('000-00');
    expect(text).not.toContain(token.slice(0, 12));
  });

  test('with an opaque token names only its client', () => {
    expect(authOf({ token: 'opaque', clientId: 'app', scopes: [] })).toEqual({ clientId: 'app' });
  });

  test('as bare claims counts, as a function or with a broken token names nobody', () => {
    expect(authOf({ sub: 'ada', iss: 'i' }).person?.key).toBe('i|ada');
    expect(authOf(() => ({ sub: 'ada' }))).toEqual({});
    expect(authOf({ token: 'a.%%%.c' })).toEqual({});
    expect(authOf({ token: `a.${Buffer.from('null').toString('base64url')}.c` })).toEqual({});
  });

  test('cuts a subject that is a whole novel', () => {
    expect(authOf({ sub: 'x'.repeat(10_000) }).person?.key.length).toBeLessThan(300);
  });
});

describe('without authInfo', () => {
  test('stdio names the account of the process, memory and HTTP name nobody', () => {
    const found = identify(undefined, connection('pipe'));
    expect(found.person?.source).toBe('os_user');
    expect(found.person?.key).toMatch(/^os:[^|]+\|.+$/);
    expect(identify(undefined, connection('tcp'))).toEqual({});
    expect(identify(undefined, connection())).toEqual({});
  });

  test('stdio with authInfo names the person of it', () => {
    const found = identify({ authInfo: { extra: { sub: 'ada' } } }, connection('pipe'));
    expect(found.person).toMatchObject({ key: '|ada', source: 'token' });
  });
});
