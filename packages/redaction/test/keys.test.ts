/** What a name says about its value. */
import { describe, expect, test } from 'vitest';
import { classifyKey, isPlaceholder, querySecret } from '../src/keys.ts';

describe('names', () => {
  test.each([
    [
      'secret',
      [
        'password',
        'userPassword',
        'DB_PASSWORD',
        'X-Api-Key',
        'apikey',
        'APIKey',
        'client.secret',
        'mytoken',
        'access_tokens',
        'security code',
        'seedPhrase',
        'pass word',
        'db_pass',
        'X-Hub-Signature',
        'пароль',
        'senha',
      ],
    ],
    ['pass', ['pass', 'PW']],
    ['weak', ['key', 'session', 'auth', 'sig', 'nonce', 'primaryKey', 'secondary_key']],
    [
      'benign',
      [
        'token_type',
        'password_policy',
        'secretKeyRef',
        'foreignKey',
        'max_tokens',
        'progressToken',
        'nextPageToken',
        'public_key_secret',
        'has_password',
        'name',
        'tokens',
      ],
    ],
    [
      'none',
      [
        'author',
        'keyboard',
        'compass',
        'proxy_pass',
        'first pass',
        'monkey',
        'description_text_body',
        '',
        '___',
      ],
    ],
    ['email', ['email', 'userEmail', 'contact_email_address']],
    ['phone', ['phone', 'mobile_number']],
    ['number', ['ssn', 'iban', 'passport_no']],
    ['birth', ['dob', 'dateOfBirth']],
    ['person', ['firstName', 'billing_address']],
  ])('%s', (kind, names) => {
    expect(names.map((name) => [name, classifyKey(name)])).toEqual(
      names.map((name) => [name, kind]),
    );
  });

  test('are the same with a number behind them', () => {
    for (const name of [
      'password',
      'api_key_',
      'key',
      'primaryKey',
      'email',
      'author',
      'proxy_pass',
    ])
      expect([name, classifyKey(`${name}12`)]).toEqual([name, classifyKey(name)]);
    expect(classifyKey('123')).toBe('none');
  });

  test('are judged by their end when they are long, and without our marks', () => {
    expect(classifyKey(`${'x '.repeat(100)}password`)).toBe('secret');
    expect(classifyKey(`password${' x'.repeat(100)}`)).toBe('none');
    expect(classifyKey('[REDACTED:github-token]')).toBe('none');
    expect(classifyKey('[REDACTED:email] password')).toBe('secret');
  });
});

describe('words that are secret only behind others', () => {
  test.each([
    'pass phrase',
    'seed_phrase',
    'recovery phrase',
    'mfa_code',
    'backup codes',
    'otpCode',
    'pass word',
    'my image_pull_secret',
    'contraseña',
  ])('%s is', (name) => {
    expect(classifyKey(name)).toBe('secret');
  });

  test.each([
    'catch phrase',
    'error_code',
    'country codes',
    'key word',
    'image_pull_secrets',
    'count',
  ])('%s is not', (name) => {
    expect(['secret', 'pass']).not.toContain(classifyKey(name));
  });

  test('a digit of every kind may stand behind', () => {
    for (const digit of '0123456789') expect(classifyKey(`password${digit}`)).toBe('secret');
    expect(classifyKey('p9')).toBe(classifyKey('p'));
  });
});

describe('in place of a secret stand', () => {
  test.each([
    '',
    '  ',
    '${X}',
    '$TOKEN',
    '{{ x }}',
    '<your-token>',
    '%TOKEN%',
    '****',
    'xxxx',
    'changeme',
    'null',
    'string',
    'process.env.X',
    'vault://secret/x',
    'arn:aws:secretsmanager:eu:1:x',
    '/run/secrets/x',
    'key.pem',
    'your_api_key',
    '[REDACTED:x]',
    'sk-...',
    '#{x}',
  ])('%s', (value) => {
    expect(isPlaceholder(value)).toBe(true);
  });

  test.each([
    '^0.7.1',
    '~2.4',
    '>=12.0.0 <20',
    '1.4.12',
    '5.0.0-beta.1',
    'workspace:*',
    'npm:tough-cookie@4.1.3',
  ])('a version: %s', (value) => {
    expect(isPlaceholder(value)).toBe(true);
  });

  test.each(['756.1234.5678.97', '123.456.789', '1.2', '^hunter22', '1.2.3-x7Zk2Xw9'])(
    'no version: %s',
    (value) => {
      expect(isPlaceholder(value)).toBe(false);
    },
  );

  test.each(['hunter22', '$Ab1cdefgh2', '<x', 'a.b.c', 'x1x1', '{"a":1}', `<${'x'.repeat(65)}>`])(
    'not %s',
    (value) => {
      expect(isPlaceholder(value)).toBe(false);
    },
  );
});

describe('in a query', () => {
  const RANDOM = 'q7Zk2Xw9LmTpR4sD';
  test.each([
    ['sig', RANDOM],
    ['X-Amz-Signature', '0123456789abcdef'.repeat(4)],
    ['code', RANDOM],
    ['pwd', 'x1y2z3!!'],
  ])('%s=%s is secret', (name, value) => {
    expect(querySecret(name, value)).toBe(true);
  });

  test.each([
    ['page', RANDOM],
    ['code', 'en-US'],
    ['code', 'x1y2z3'],
    ['state', '0123456789abcdef'.repeat(4)],
    ['key', 'a-name-of-things'],
    ['pwd', 'password'],
    ['sig', '${SIGNATURE_1}'],
  ])('%s=%s is not', (name, value) => {
    expect(querySecret(name, value)).toBe(false);
  });
});
