import { describe, expect, test } from 'vitest';
import { createRedactor, createSecretMemory } from '../src/index.ts';

const redactor = createRedactor();
const text = (value: string): string => redactor.redactText(value).value;
const value = (input: unknown): unknown => redactor.redact(input).value;
const KEYED = '[REDACTED:keyed-secret]';

test.each([
  [
    'postgres://bob:hunter22@db.example:5432/app?sslmode=require',
    'postgres://bob:[REDACTED:url-credentials]@db.example:5432/app?sslmode=require',
  ],
  ['https://bob:p@ss@db.example/x', 'https://bob:[REDACTED:url-credentials]@db.example/x'],
  [
    'Server=db;Database=app;User Id=sa;Password=hunter22;Encrypt=true',
    `Server=db;Database=app;User Id=sa;Password=${KEYED};Encrypt=true`,
  ],
  ['Authorization: Bearer abcdef123456', `Authorization: Bearer ${KEYED}`],
  [
    'curl -H "Authorization: Bearer abcdef123456" https://x.example/',
    `curl -H "Authorization: Bearer ${KEYED}" https://x.example/`,
  ],
  ['Cookie: sid=abc123; theme=dark\nHost: x', `Cookie: sid=${KEYED}; theme=dark\nHost: x`],
  ['mysql --password=hunter22 --host db', `mysql --password=${KEYED} --host db`],
  ['mysql --password hunter22 --host db', `mysql --password ${KEYED} --host db`],
  ['export DB_PASSWORD="hunter 22" # local', `export DB_PASSWORD="${KEYED}" # local`],
  ['curl -u bob:hunter22 https://x.example/', `curl -u bob:${KEYED} https://x.example/`],
  ["CREATE USER x IDENTIFIED BY 'hunter22'", `CREATE USER x IDENTIFIED BY '${KEYED}'`],
  ['pay with 4111 1111 1111 1111 now', 'pay with [REDACTED:card-number] now'],
  ['DE89 3704 0044 0532 0130 00 is it', '[REDACTED:iban] is it'],
  ['SSN: 123-45-6789', 'SSN: [REDACTED:ssn]'],
  ['Passwort geändert zu hunter22', `Passwort geändert zu ${KEYED}`],
  ['La password è stata cambiata in hunter22', `La password è stata cambiata in ${KEYED}`],
  ['password impostata su hunter22, ciao', `password impostata su ${KEYED}, ciao`],
  ['the password has been reset to hunter22', `the password has been reset to ${KEYED}`],
  ['password is now set to hunter22', `password is now set to ${KEYED}`],
  ['mail jane.doe@mail.example today', 'mail [REDACTED:email] today'],
  ['call +49 30 1234567 or (212) 555-0100', 'call [REDACTED:phone] or [REDACTED:phone]'],
])('%s: the secret goes, what stands around it stays', (input, expected) => {
  expect(text(input)).toBe(expected);
  expect(text(expected)).toBe(expected);
});

test('a PEM private key goes whether closed or not, a certificate stays', () => {
  const kind = ['PRIVATE', 'KEY'].join(' ');
  expect(text(`a -----BEGIN RSA ${kind}-----\nMIIabc\nxyz\n-----END RSA ${kind}----- b`)).toBe(
    `a -----BEGIN RSA ${kind}-----[REDACTED:private-key]-----END RSA ${kind}----- b`,
  );
  expect(text(`-----BEGIN ${kind}-----\nMIIabc`)).toBe(
    `-----BEGIN ${kind}-----[REDACTED:private-key]`,
  );
  expect(
    text(`note://x/?token=-----BEGIN ${kind}-----\nMIIabc\n-----END ${kind}-----`),
  ).not.toContain('MIIabc');
  expect(text(`{"token": "-----BEGIN ${kind}-----\\nMIIabc\\n-----END`)).not.toContain('MIIabc');
  const certificate = '-----BEGIN CERTIFICATE-----\nMIIabc\n-----END CERTIFICATE-----';
  expect(text(certificate)).toBe(certificate);
});

test('keyed values go, with their shape, booleans, null and placeholders kept', () => {
  expect(
    value({
      password: 'x',
      pin: 1234,
      apiKey: null,
      secret: true,
      token: '${TOKEN}',
      credentials: { user: 'bob', key: 'abc', name: 'n' },
    }),
  ).toEqual({
    password: KEYED,
    pin: KEYED,
    apiKey: null,
    secret: true,
    token: '${TOKEN}',
    credentials: { user: 'bob', key: KEYED, name: 'n' },
  });
});

test('names beside values, header rows, flags and environment lists are understood', () => {
  expect(
    value([
      { name: 'DB_PASSWORD', value: 'hunter22' },
      { name: 'HOST', value: 'db' },
    ]),
  ).toEqual([
    { name: 'DB_PASSWORD', value: KEYED },
    { name: 'HOST', value: 'db' },
  ]);
  expect(
    value({
      headers: [
        ['authorization', 'Bearer abc123'],
        ['accept', '*/*'],
      ],
    }),
  ).toEqual({
    headers: [
      ['authorization', `Bearer ${KEYED}`],
      ['accept', '*/*'],
    ],
  });
  expect(
    value({ args: ['--token', 'hunter22', '--verbose'], Env: ['PG_PASSWORD=hunter22', 'A=b'] }),
  ).toEqual({
    args: ['--token', KEYED, '--verbose'],
    Env: [`PG_PASSWORD=${KEYED}`, 'A=b'],
  });
});

const BENIGN: readonly unknown[] = [
  {
    _meta: { progressToken: 12, nextCursor: 'eyJpZCI6MTIzfQ' },
    max_tokens: 4096,
    total_tokens: 12,
    token_type: 'bearer',
    tokens: ['the', 'cat'],
  },
  {
    author: 'jane',
    primaryKey: 'id',
    secretKeyRef: { name: 'db', key: 'password' },
    key: 'name',
    password_policy: 'strong',
    tokenCount: 5,
  },
  {
    name: 'login',
    inputSchema: {
      type: 'object',
      properties: {
        password: { type: 'string', description: 'The password of the user' },
        token: { type: 'string' },
      },
      required: ['password', 'token', 'email'],
    },
  },
  {
    id: '550e8400-e29b-41d4-a716-446655440000',
    sha: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    integrity: 'sha512-abcDEF123',
  },
  {
    text: 'User authenticated. The token is used for signing; see the password policy. Set your API key in the settings.',
  },
  { text: 'const secret = crypto.randomBytes(32); if (password === expected) return token;' },
  { text: 'interface A { token: string; password?: string; apiKey: string | undefined }' },
  { text: 'password: process.env.PASSWORD, token: ${{ secrets.GITHUB_TOKEN }}, key: <your key>' },
  {
    text: 'task-list risk-free ask-me-anything-about-the-sk-lang disk-usage-of-the-home-directory',
  },
  { text: 'lodash@4.17.21 @scope/pkg git@github.com:a/b.git icon@2x.png' },
  {
    text: 'at 1700000000000 took 12345678901234567 ns, version 10.20.30.40, ids 1234567890 and 9007199254740993',
  },
  { uri: 'file:///home/bob/a.txt', mimeType: 'text/plain' },
  {
    clientInfo: { name: 'client', version: '1.0.0' },
    capabilities: {},
    protocolVersion: '2025-11-25',
  },
  {
    sort_key: 'created_at',
    foreignKey: 'user_id',
    cacheKey: 'user:12',
    publicKey: 'abc',
    key_id: 'k-1',
    keyboard: 'us',
    monkey: 'x',
    turkey: 'y',
  },
  { message: 'Invalid password', error: 'token expired', status: 'password reset required' },
  { basic: 'Basic authentication is required', text: 'send a bearer token with each call' },
];

test.each(BENIGN.map((one) => [JSON.stringify(one).slice(0, 70), one] as const))(
  'nothing is lost of %s',
  (_, input) => {
    const { value: output, total, counts } = redactor.redact(input);
    expect(output).toEqual(input);
    expect([...counts]).toEqual([]);
    expect(total).toBe(0);
  },
);

describe('binary content', () => {
  test('of image, audio and blob becomes type, size and digest', () => {
    const data = Buffer.from('not really an image').toString('base64');
    const out = JSON.stringify(
      value({
        content: [
          { type: 'image', data, mimeType: 'image/png' },
          { type: 'resource', resource: { uri: 'a://b', blob: data } },
        ],
      }),
    );
    expect(out).toContain('[BINARY image/png 19 bytes sha256:');
    expect(out).toContain('[BINARY data 19 bytes sha256:');
    expect(out).not.toContain(data);
  });

  test('in buffers and data URIs goes too', () => {
    const base64 = Buffer.from('password=hunter22'.repeat(8)).toString('base64');
    expect(value({ a: Buffer.from('hunter22') })).toEqual({
      a: expect.stringMatching(/^\[BINARY bytes 8 bytes sha256:[0-9a-f]{12}\]$/),
    });
    expect(text(`src="data:image/png;base64,${base64}"`)).toBe(
      'src="data:image/png;base64,[REDACTED:binary]"',
    );
  });
});

test('personal data stays where the context says so, secrets do not', () => {
  const input = { email: 'jane@mail.example', password: 'hunter22' };
  expect(redactor.redact(input, { personal: false }).value).toEqual({
    email: 'jane@mail.example',
    password: KEYED,
  });
});

test('a tool schema makes its password and writeOnly properties secret', () => {
  const inputSchema = {
    type: 'object',
    properties: {
      code: { type: 'string', format: 'password' },
      what: { writeOnly: true },
      plain: { type: 'string' },
    },
  };
  expect(
    redactor.redact(
      { name: 't', arguments: { code: 'abc', what: 'def', plain: 'ghi' } },
      { inputSchema },
    ).value,
  ).toEqual({
    name: 't',
    arguments: { code: KEYED, what: KEYED, plain: 'ghi' },
  });
});

test('the bytes before redaction are told for plain data, not for what JSON reads otherwise', () => {
  const plain = { a: 'ü', password: 'hunter22' };
  expect(redactor.redactToJson(plain).originalBytes).toBe(Buffer.byteLength(JSON.stringify(plain)));
  expect(redactor.redactToJson({ a: 'ü' })).toMatchObject({
    json: '{"a":"ü"}',
    originalBytes: 10,
    total: 0,
  });
  expect(redactor.redactToJson({ a: new Map([['b', 1]]) })).toMatchObject({
    json: '{"a":{"b":1}}',
    originalBytes: undefined,
  });
});

test.each([65_535, 65_536, 65_537, 65_536 + 40, 65_536 + 41, 200_000])(
  'of a text of %i characters nothing unread is passed on',
  (length) => {
    const secret = `gh${'p_'}${'aB3'.repeat(12)}`;
    const input = `${'word '.repeat(length / 5).slice(0, length - secret.length - 1)} ${secret}`;
    const { value: output, truncated } = redactor.redactText(input);
    expect(output).not.toContain(secret.slice(0, 10));
    expect(truncated).toBe(length > 65_536 + 40);
    if (truncated) expect(output).toMatch(/\[TRUNCATED \d+ chars\]$/);
  },
);

test('the rule set has a version and a hash', () => {
  expect(redactor.rules).toMatch(/^\d+\.\d+\+[0-9a-f]{8}$/);
});

test('a value longer than a page goes whole, bare or quoted', () => {
  const long = 'aB3'.repeat(5_000);
  expect(text(`password=${long} end`)).toBe(`password=${KEYED} end`);
  expect(text(`password="${long}" end`)).toBe(`password="${KEYED}" end`);
});

test('a memory prints no secret', async () => {
  const secrets = createSecretMemory();
  redactor.redact({ password: 'hunter2222' }, { secrets });
  const { inspect } = await import('node:util');
  expect(inspect(secrets, { showHidden: true, depth: 9 })).not.toContain('hunter2222');
});

test('records are told apart though their last names, or all their names in another order, agree', () => {
  const secret = 'hunter2-hunter2';
  for (let i = 0; i < 100; i++) {
    const name = `n${i}`;
    expect(
      value([
        { place: secret, [name]: 1 },
        { password: secret, [name]: 1 },
      ]),
    ).toEqual([
      { place: secret, [name]: 1 },
      { password: KEYED, [name]: 1 },
    ]);
    expect(value({ [name]: 1, password: secret, place: secret })).toEqual({
      [name]: 1,
      password: KEYED,
      place: secret,
    });
    expect(value({ [name]: 1, place: secret, password: secret })).toEqual({
      [name]: 1,
      place: secret,
      password: KEYED,
    });
  }
});
