import { TOKEN_RULES, vectorsOf } from '@mcp-logbook/redaction/rules';
import { describe, expect, test } from 'vitest';
import { assignmentPatterns, keyPatterns } from '../src/keyed.ts';
import { shapePatterns } from '../src/shapes.ts';
import { hasPattern, tokenPatterns } from '../src/tokens.ts';

// RE2 and V8 agree on what these patterns use; test/stack/collector-redaction proves them in the collector itself.
const all = [...shapePatterns(), ...assignmentPatterns(), ...tokenPatterns()];
const values = all.map((pattern) => new RegExp(pattern.replace('(?i:', '(?:'), 'su'));
const keys = keyPatterns().map((pattern) => new RegExp(pattern, 'u'));
const masks = (text: string): boolean => values.some((pattern) => pattern.test(text));
const masksKey = (name: string): boolean => keys.some((pattern) => pattern.test(name));

test('every pattern begins with two literal characters, which is what makes it fast, and none looks ahead or behind', () => {
  for (const pattern of all) {
    expect(pattern).toMatch(/^(?:\\.|[^\\[\](){}.*+?^$|]){2}/u);
    expect(pattern).not.toMatch(/\(\?[=!<]/);
  }
});

test('every token family of the engine has a pattern but those whose literal says too little, and new ones get theirs', () => {
  let without = 0;
  for (const rule of TOKEN_RULES) {
    const vectors = vectorsOf(rule, 3, rule.prefixes.length);
    rule.prefixes.forEach((literal, i) => {
      const { text } = vectors[i] ?? { text: '' };
      if (hasPattern(rule, literal)) expect(masks(text), `${rule.id}: ${text}`).toBe(true);
      else without++;
    });
  }
  expect(without).toBeLessThan(TOKEN_RULES.length / 8);
});

describe('what the engine has been at stays, so no alarm comes of it', () => {
  test.each([
    'Authorization: [REDACTED:keyed-secret]',
    'Authorization: Bearer [REDACTED:keyed-secret]',
    '{"password":"[REDACTED:keyed-secret]","n":1}',
    String.raw`{"text":"{\"apiKey\":\"[REDACTED:keyed-secret]\"}"}`,
    'postgres://bob:[REDACTED:url-credentials]@db.example:5432/app',
    'https://hooks.slack.com/services/[REDACTED:slack-webhook]',
    'Cookie: [REDACTED:keyed-secret]',
    'mysql --password=[REDACTED:keyed-secret] --host db',
    "CREATE USER x IDENTIFIED BY '[REDACTED:keyed-secret]'",
    `-----BEGIN ${'PRIVATE'} KEY-----[REDACTED:private-key]-----END ${'PRIVATE'} KEY-----`,
    'curl -u bob:[REDACTED:keyed-secret] https://x.example/',
  ])('%s', (text) => {
    expect(masks(text)).toBe(false);
  });
});

describe('what is no secret stays', () => {
  test.each([
    'tools/call get_forecast',
    '{"progressToken":12,"nextCursor":"eyJwYWdlIjoyfQ","max_tokens":1024,"total_tokens":77}',
    'the password: required, at least 12 characters',
    '{"type":"object","properties":{"password":{"type":"string","format":"password"}}}',
    '{"token":"string","apiKey":null,"secret":true}',
    'password=$' + '{DB_PASSWORD}',
    'token = process.env.TOKEN',
    'task-2024-quarterly-report-for-the-board',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '0199d7f2-7c3e-7bb0-9d2a-1f0e6f0a5c11',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'http://weather.example:8080/mcp?city=Ulm&page_token=abc123def456',
    'basic authentication is not supported',
    'bearer token missing',
    'next_page_token: abc123def456ghi789',
    'file:///home/user/notes/secret_santa_2024.md',
    'p_k7x2m4q6r8s1t3v5',
    'Cookie policy: enabled',
    'TypeError: cannot read properties of undefined (reading "token")',
  ])('%s', (text) => {
    expect(values.filter((pattern) => pattern.test(text)).map(String)).toEqual([]);
  });

  test.each([
    'mcp.method.name',
    'mcp.session.id',
    'gen_ai.usage.input_tokens',
    'gen_ai.token.type',
    'progress_token',
    'next_page_token',
    'nextCursor',
    'secret_id',
    'password_policy',
    'primaryKey',
    'cache_key',
    'key',
    'author',
    'url.path',
    'http.request.header.user-agent',
    'mcp_logbook.redaction.count',
    'mcp_logbook.payload.sealed',
    'session.id',
    'token_type',
    'max_tokens',
    'idempotency_key',
    'pinned',
    'opinion',
  ])('the name %s', (name) => {
    expect(masksKey(name)).toBe(false);
  });
});

describe('names that give a secret away are masked', () => {
  test.each([
    'password',
    'userPassword',
    'DB_PASSWORD',
    'db.password',
    'client_secret',
    'clientSecret',
    'api_key',
    'apiKey',
    'X-API-Key',
    'OPENAI_API_KEY',
    'access_token',
    'accessToken',
    'refresh-token',
    'GITHUB_TOKEN',
    'token',
    'authorization',
    'http.request.header.authorization',
    'http.request.header.cookie',
    'set-cookie',
    'private_key',
    'credentials',
    'pin',
    'otp',
    'passphrase',
    'recovery_phrase',
    'пароль',
  ])('%s', (name) => {
    expect(masksKey(name)).toBe(true);
  });
});
