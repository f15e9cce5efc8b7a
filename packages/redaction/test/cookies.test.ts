/** Lists of cookies: values go that can be secret, settings and attributes stay. */
import { describe, expect, test } from 'vitest';
import { cookieSecrets } from '../src/cookies.ts';
import { createRedactor } from '../src/index.ts';
import { cut } from './cut.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;
const gone = '[REDACTED:keyed-secret]';

describe('a list of cookies', () => {
  test.each([
    ['sid=abc123; theme=dark; lang=en-GB; n=1', 'sid=<cut>; theme=dark; lang=en-GB; n=1'],
    [
      'sid=abc123; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly',
      'sid=<cut>; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly',
    ],
    ['token=dark; remember=ana|x1y2z3', 'token=<cut>; remember=<cut>'],
    ['a="x1 y2"; b=', 'a=<cut>; b='],
    ['sid=<session>; sid=[REDACTED:keyed-secret]', 'sid=<session>; sid=[REDACTED:keyed-secret]'],
    ['accepted', 'accepted'],
  ])('%s', (list, expected) => {
    expect(cut(list, cookieSecrets(list))).toBe(expected);
  });

  test('what comes behind 64 that went is not looked at kindly', () => {
    const list = `${'a=x1y2z3; '.repeat(64)}theme=dark`;
    expect(cut(list, cookieSecrets(list))).toBe(`${'a=<cut>; '.repeat(64)}theme=<cut>`);
  });
});

test('a header, and a field of that name, give the same', () => {
  const list = 'theme=dark; sid=q7Zk2Xw9LmTpR4s; Path=/';
  const expected = `theme=dark; sid=${gone}; Path=/`;
  expect(redact(`Set-Cookie: ${list}\r\nVary: Cookie`)).toBe(
    `Set-Cookie: ${expected}\r\nVary: Cookie`,
  );
  expect(redact({ 'set-cookie': list })).toEqual({ 'set-cookie': expected });
  expect(redact(`{"h":"Cookie: ${list}"}`)).toBe(`{"h":"Cookie: ${expected}"}`);
});

test.each(['Cookie: this site uses cookies', 'Set-Cookie: theme=dark; Path=/', 'Cookie:\nx=y'])(
  '%s stays',
  (text) => {
    expect(redact(text)).toBe(text);
  },
);
