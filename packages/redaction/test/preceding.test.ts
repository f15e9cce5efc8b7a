/** Values that a sentence says before their name. */
import { expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redactor = createRedactor();
const left = (text: string): unknown => redactor.redact(text).value;
const secret = ['Cobalt', 'Maple', '382!'].join('-');

test.each([
  'Use ? as the password for the staging box.',
  '? is the admin password',
  'The box takes "?" as its default password.',
  'from today on ? is your new API key, please keep it',
  '`?` was the old passphrase.',
])('%s', (text) => {
  expect(left(text.replace('?', secret))).toBe(text.replace('?', '[REDACTED:keyed-secret]'));
});

test.each([
  'Argon2id is the password hash we use',
  'bcrypt-12 is the default password hasher',
  'x-api-key2 is the API key header',
  'version2 is the token format',
  'OAuth2.0 is the access token standard',
  'use env.DB_PASS2 as the password',
  'user-4821 is the password owner',
  '4f9a2c1d is the token of the session cache',
  'A password is the main password.',
])('stays: %s', (text) => {
  expect(left(text)).toBe(text);
});
