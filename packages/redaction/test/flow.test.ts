/** Lists and maps in brackets behind a sensitive name, item by item. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;

describe('goes', () => {
  test.each([
    'passwords: [[a1b2c3], [d4e5f6]]',
    "passwords: ['[abc123x]', '[def456x]']",
    'api_keys = ["[ak-live-7812]", "[ak-live-9921]"]',
    'api_keys: [ [ak-live-7812], [ak-live-9921] ]',
    'access_tokens: [\n  [q7Zk2Xw9Lm],\n  [TpR4sDe8Nf]\n]',
    'secrets: {mail: [q7Zk2Xw9Lm], api: "[TpR4sDe8Nf]"}',
    'passwords => ["[q7Zk2Xw9Lm]"]',
    '{user: x, password: [hunter2]}',
    'db: {user: shop, password: [hunter2], host: db1}',
  ])('%s', (line) => {
    const text = line.replace(/\[(\w[\w-]*)\](?!\])|\[(\w[\w-]*)\](?=\])/g, '$1$2');
    const expected = line.replace(/\[(\w[\w-]*)\]/g, '[REDACTED:keyed-secret]');
    expect(text).not.toBe(line);
    expect(redact(`${text}\nx: y`)).toBe(`${expected}\nx: y`);
    expect(redact(redact(`${text}\nx: y`))).toBe(`${expected}\nx: y`);
  });
});

describe('stays', () => {
  test.each([
    'passwords: [user.password for user in users]',
    'api_keys: [key1, key2]',
    'tokens: [the, quick, brown99]',
    'secrets: [db-creds, tls-cert-2]',
    'keys: [a1b2c3, d4e5f6]',
    'passwords: []',
    'passwords: {min: 8, max: 64}',
    'api_keys: [${KEY_ONE}, ${KEY_TWO}]',
    'passwords: [a1b2c3, d4e5f6',
    'f"password={password!r}"',
    `"node_modules/cookie": {\n  "version": "0.7.2",\n  "integrity": "sha512-${'aB3x'.repeat(21)}ab=="\n}`,
    "'set-cookie': ['theme=dark', 'lang=en']",
    "token_variants = ['+i6t-inline', '+i6t-use-option']",
  ])('%s', (text) => {
    expect(redact(`${text}\nx: y`)).toBe(`${text}\nx: y`);
  });
});

test('a thousand names with lists cost no more than one after the other', () => {
  const text = 'passwords: [a1b2c3, d4e5f6]\n'.repeat(2_000);
  const start = process.cpuUsage();
  expect(redact(text)).not.toContain('a1b2c3');
  const { user, system } = process.cpuUsage(start); // the machine may be shared
  expect(user + system).toBeLessThan(1_000_000);
});
