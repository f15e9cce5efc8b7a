/** Calls whose arguments say by their place which one is secret. */
import { describe, expect, test } from 'vitest';
import { callSecret, CALLS } from '../src/calls.ts';
import { createRedactor } from '../src/index.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;

describe('every call', () => {
  test.each([...CALLS])('%s', (name, place) => {
    const others = Array.from({ length: place }, (_, i) => `f(a, "b"), ${i}`.split(', 0')[0]);
    const lead = `${name}${others.map((_, i) => `g(${i}, ")"), `).join('')}`;
    const span = callSecret(`${lead}"hunter22x", 1)`, name.length, place);
    expect(span).toEqual({ start: lead.length + 1, end: lead.length + 10 });
  });
});

describe('goes', () => {
  test.each([
    'DriverManager.getConnection("jdbc:mysql://db1/shop", "shop", "[hunter22x]");',
    "new mysqli('db1', 'shop', '[hunter22x]', 'shopdb')",
    'new NetworkCredential("ana", "[hunter22x]")',
    '.basic_auth("ana", Some("[hunter22x]"))',
    "jwt.sign({ id: user.id, roles: ['a', 'b'] }, '[owl-run-in-22]', { expiresIn: '1h' })",
    "hmac.new(b'[hunter22x]', body, 'sha256')",
    'smtp.PlainAuth("", "ana", "[hunter22x]", host)',
  ])('%s', (line) => {
    const text = line.replace(/\[([\w-]+)\]/, '$1');
    expect(redact(text)).toBe(line.replace(/\[[\w-]+\]/, '[REDACTED:keyed-secret]'));
  });
});

describe('stays', () => {
  test.each([
    'getConnection(url, user, password)',
    'getConnection(url, "shop")',
    'jwt.verify(token, getKey, { algorithms: ["RS256"] })',
    "jwt.sign(payload, 'secret')",
    "createHmac('sha256', key).update('x1y2z3w4')",
    'new NetworkCredential("ana", "<password>")',
    "sequelize('db', 'user', process.env.DB_PASSWORD)",
    'basic_auth("ana", (((((("hunter22x",',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
