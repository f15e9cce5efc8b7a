/** What browser scripts type, pairs of user and password, and codes that stand before their name. */
import { describe, expect, test } from 'vitest';
import { codeBefore, codeLines } from '../src/codes.ts';
import { authValue, typedValue } from '../src/typed.ts';
import { lookAt } from './cut.ts';

describe('what is typed into a field', () => {
  test.each([
    ['.fill(', `page.fill("#password", "a b")`, `page.fill("#password", "<cut>")`],
    [
      '.fill(',
      `page.getByLabel('Password').fill('x1')`,
      `page.getByLabel('Password').fill('<cut>')`,
    ],
    [
      '.type(',
      `cy.get('input[name=password]').type('x1')`,
      `cy.get('input[name=password]').type('<cut>')`,
    ],
    [
      '.send_keys(',
      `find(By.ID, "password").send_keys("x1")`,
      `find(By.ID, "password").send_keys("<cut>")`,
    ],
  ])('%s goes where its selector speaks of a secret', (word, text, expected) => {
    expect(lookAt(text, word, typedValue)).toBe(expected);
  });

  test.each([
    ['.fill(', `page.fill("#city", "Oslo22")`],
    ['.fill(', `page.getByLabel('City').fill('x1')`],
    ['.fill(', `page.fill("#password", process.env.P)`],
    ['.fill(', `page.fill("#password", "\${P}")`],
    ['.fill(', `array.fill(0)`],
  ])('%s stays: %s', (word, text) => {
    expect(lookAt(text, word, typedValue)).toBe(text);
  });
});

describe('a user and a password', () => {
  test('the password goes', () => {
    expect(lookAt(`get(u, auth=("bob", "hunter22"))`, 'auth=(', authValue)).toBe(
      `get(u, auth=("bob", "<cut>"))`,
    );
  });
  test.each([`get(u, auth=("bob", "basic"))`, `get(u, auth=(user, password))`])(
    'stays: %s',
    (text) => {
      expect(lookAt(text, 'auth=(', authValue)).toBe(text);
    },
  );
});

describe('codes', () => {
  test.each([
    [' is your ', '482913 is your login code', '<cut> is your login code'],
    [
      ' is your ',
      'G-482913 is your Acme verification code.',
      'G-<cut> is your Acme verification code.',
    ],
    [' as your ', 'Use 4829 as your one-time PIN.', 'Use <cut> as your one-time PIN.'],
  ])('before%sgo: %s', (word, text, expected) => {
    expect(lookAt(text, word, codeBefore)).toBe(expected);
  });
  test.each([
    [' is your ', '482913 is your order number'],
    [' is your ', 'x482913 is your login code'],
    [' is your ', '482 is your login code'],
  ])('stay: %s%s', (word, text) => {
    expect(lookAt(text, word, codeBefore)).toBe(text);
  });

  test('the lines below a heading go', () => {
    expect(
      lookAt('Recovery codes:\n1. k4x9-7qpd\n- m2z83wrt\nKeep them', 'recovery code', codeLines),
    ).toBe('Recovery codes:\n1. <cut>\n- <cut>\nKeep them');
  });
  test.each(['Recovery codes:\nkept1here\nand not there', 'recovery codes are kept\nx1x1\nx2x2'])(
    'stay: %j',
    (text) => {
      expect(lookAt(text, 'recovery code', codeLines)).toBe(text);
    },
  );
});
