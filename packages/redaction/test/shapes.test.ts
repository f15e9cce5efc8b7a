/** What whole values become where their shape, or the words around them, decide: one row for each class. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const OPAQUE = 'q7Zk2Xw9LmTpR4sDe8Nf';
const redact = (value: unknown): unknown => createRedactor().redact(value).value;
const gone = '[REDACTED:keyed-secret]';

describe('records', () => {
  test.each<[string, unknown, unknown]>([
    ['a user and a password', { auth: ['ana', OPAQUE] }, { auth: ['ana', gone] }],
    [
      'an entry of a secret manager',
      { name: 'projects/1/secrets/db/versions/3', payload: { data: OPAQUE } },
      { name: 'projects/1/secrets/db/versions/3', payload: { data: gone } },
    ],
    [
      'an entry of a key vault',
      { id: 'https://shop.vault.azure.net/secrets/db/1', value: 'plain words' },
      { id: 'https://shop.vault.azure.net/secrets/db/1', value: gone },
    ],
    [
      'a generated password of a state',
      { type: 'random_password', attributes: { length: 20, special: false, result: OPAQUE } },
      { type: 'random_password', attributes: { length: 20, special: false, result: gone } },
    ],
    ['a community of SNMP', { community: OPAQUE, host: 'db' }, { community: gone, host: 'db' }],
    ['a card as a number', { n: 4111111111111111 }, { n: '[REDACTED:card-number]' }],
    [
      'a national number that a label names',
      { label: 'BSN', value: '111222333' },
      { label: 'BSN', value: '[REDACTED:keyed-national]' },
    ],
    [
      'the key of a provider in a row',
      ['Mapbox key', OPAQUE, 'eu-north'],
      ['Mapbox key', gone, 'eu-north'],
    ],
  ])('%s', (_, value, expected) => {
    expect(redact(value)).toEqual(expected);
    const text = JSON.stringify(value);
    expect(redact(text), 'as text').toBe(JSON.stringify(expected));
  });

  test.each<[string, unknown]>([
    ['versions that packages ask for', { cookie: '^0.7.1', 'csrf-token': '~2.0', jwt: '1.4.12' }],
    ['a pair of flags', { auth: ['basic', 'digest'] }],
    ['a result of another length', { length: 3, result: OPAQUE }],
    ['a payload without a vault', { name: 'projects/1/topics/db', payload: { data: OPAQUE } }],
    ['a community of people', { community: 'rust-users' }],
    ['a count of 13 digits that would do for a card', { bytes: 4514456406624 }],
    ['a row about a key of a keyboard', ['Enter key', OPAQUE, 'x']],
  ])('stay: %s', (_, value) => {
    expect(redact(value)).toEqual(value);
  });
});

describe('texts', () => {
  test.each([
    [`Please use pw ${OPAQUE} from now on`, 'Please use pw [REDACTED:context-secret] from now on'],
    [
      `vault login -method=userpass username=ana password=${OPAQUE}`,
      `vault login -method=userpass username=ana password=${gone}`,
    ],
    [
      `curl --header 'Cookie: sid=${OPAQUE}' --compressed https://x.example/`,
      `curl --header 'Cookie: ${gone}' --compressed https://x.example/`,
    ],
    [
      `Please rotate /5hzmV9${OPAQUE}, it is our Algolia token`,
      'Please rotate [REDACTED:context-secret], it is our Algolia token',
    ],
    [
      `npm verbose config auth '//npm.example/:_authToken=${OPAQUE}'`,
      `npm verbose config auth '//npm.example/:_authToken=${gone}'`,
    ],
    [`machine x.example login ana password words`, `machine x.example login ana password ${gone}`],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    'Your account update. Password strength: weak',
    'The user forgot password again',
    'private key (base64url-encoded) of the server',
    'The login token path is /usr/lib/x86_64-linux-gnu/openssl3/Providers2',
    'reset the password 5 times',
  ])('stays: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
