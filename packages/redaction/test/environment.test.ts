/** Secrets of the process's own environment: which variables hold one, and that it goes in every form. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';
import { environmentSecrets } from '../src/policy/environment.ts';

const SECRET = 'wq7Zk2Xw9Lm4Tb';
const MARK = '[REDACTED:environment-secret]';

describe('a secret is', () => {
  test.each<[string, Record<string, string>, readonly string[]]>([
    ['the value of a variable with a secret name', { ACME_API_TOKEN: SECRET }, [SECRET]],
    [
      'a passphrase, by its blanks',
      { DB_PASSWORD: 'correct horse battery' },
      ['correct horse battery'],
    ],
    ['8 characters', { DB_PASSWORD: 'abcd1!xy' }, ['abcd1!xy']],
    [
      'the password of a URL, whatever the variable is called',
      { DATABASE_URL: `postgres://app:${SECRET}@db.example/shop` },
      [SECRET],
    ],
    [
      'the password of a URL under a secret name',
      { AMQP_SECRET: `amqp://app:${SECRET}@mq.example` },
      [SECRET],
    ],
    [
      'the token in a list of headers',
      { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${SECRET}` },
      [SECRET],
    ],
    ['without the line end that files add', { ACME_API_TOKEN: `${SECRET}\n` }, [SECRET]],
    [
      'a key that begins with a slash',
      { AWS_SECRET_ACCESS_KEY: '/wJalrX7Zk2Xw9Lm4Tb3xY9kQ8' },
      ['/wJalrX7Zk2Xw9Lm4Tb3xY9kQ8'],
    ],
    ['kept once', { A_TOKEN: SECRET, B_TOKEN: SECRET }, [SECRET]],
  ])('%s', (_, environment, expected) => {
    expect(environmentSecrets(environment)).toEqual(expected);
  });
});

describe('no secret is', () => {
  test.each<[string, Record<string, string>]>([
    ['a value under another name', { APP_NAME: SECRET, PATH: '/usr/bin:/bin' }],
    ['7 characters', { DB_PASSWORD: 'abc1!xy' }],
    ['a word', { DB_PASSWORD: 'postgresql', TOKEN_MODE_SECRET: 'development' }],
    ['the name of a thing', { CREDENTIAL: 'my-profile-2', SECRET: 'eu-central-1' }],
    [
      'a placeholder',
      { API_TOKEN: '${VAULT_TOKEN}', DB_PASSWORD: 'changeme', X_SECRET: '<your-secret-here>' },
    ],
    [
      'a path',
      {
        PWD: '/srv/shop-service',
        TOKEN: '/run/secrets/token_2026',
        SECRET: '~/keys/app1.pem',
        PASSWORD: 'C:\\keys\\app1',
      },
    ],
    ['a URL without a password', { TOKEN: 'https://auth.example/token/v2' }],
    ['the name of a file that holds one', { DB_PASSWORD_FILE: SECRET }],
    ['empty or not set', { API_TOKEN: '', DB_PASSWORD: ' '.repeat(9) }],
  ])('%s', (_, environment) => {
    expect(environmentSecrets(environment)).toEqual([]);
  });
});

test('no more than a hundred are looked for', () => {
  const many = Object.fromEntries(
    Array.from({ length: 150 }, (_, i) => [`T${i}_TOKEN`, `${SECRET}${i}`]),
  );
  expect(environmentSecrets(many)).toHaveLength(100);
});

describe.each([
  ['one secret', {}],
  // More than are searched for one by one.
  [
    'a hundred secrets',
    Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`T${i}_TOKEN`, `q${i}x9Lm4Tb7Zk`])),
  ],
])('with %s in the environment', (_, others) => {
  const secret = `${SECRET} "ö/`;
  const redactor = createRedactor({ environment: { ACME_API_TOKEN: secret, ...others } });

  test.each([
    ['as it is', secret],
    ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
    ['percent-encoded', encodeURIComponent(secret)],
  ])('it goes %s, and what stands around it stays', (_form, text) => {
    expect(redactor.redactText(`started with ${text} today`).value).toBe(
      `started with ${MARK} today`,
    );
  });

  test.each([0, 1, 2])('it goes in base64 at offset %i', (offset) => {
    const bytes = Buffer.from(`${'x'.repeat(offset)}${secret}yy`);
    for (const base64 of [bytes.toString('base64'), bytes.toString('base64url')]) {
      const { value } = redactor.redactText(`started with ${base64} today`);
      expect(value).toMatch(/^started with \S{0,4}\[REDACTED:environment-secret\]\S{0,8} today$/);
    }
  });

  test('it goes in names, lists and JSON texts', () => {
    const { value, counts } = redactor.redact({
      [`x ${secret}`]: [secret],
      text: JSON.stringify({ a: secret }),
    });
    expect(value).toEqual({ [`x ${MARK}`]: [MARK], text: `{"a":"${MARK}"}` });
    expect(counts.get('environment-secret')).toBe(3);
  });
});

test('a number is found as a number', () => {
  const redactor = createRedactor({ environment: { DEVICE_PIN: '440044004400' } });
  expect(redactor.redact([440044004400, 44, 'n 440044004400'])).toMatchObject({
    value: [MARK, 44, `n ${MARK}`],
  });
});

test('the rule set is called the same on every host: its hash says nothing of the environment', () => {
  const { rules } = createRedactor();
  expect(createRedactor({ environment: { ACME_API_TOKEN: SECRET } }).rules).toBe(rules);
});

test('a secret of the environment that the allow-list names stays', () => {
  const redactor = createRedactor({
    environment: { ACME_API_TOKEN: SECRET },
    rules: { allow: [{ rule: 'environment-secret', path: 'a' }] },
  });
  expect(redactor.redact({ a: SECRET, b: SECRET }).value).toEqual({ a: SECRET, b: MARK });
});
