/** Secrets of several words, and sentences behind the same names. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;

describe('goes', () => {
  test.each([
    'passphrase: [correct horse battery staple]',
    'passphrase=[maple lantern orbit]',
    'Passphrase for the backups: [maple lantern orbit velvet]',
    'the passphrase is [correct horse battery staple].',
    'the password is [correct horse battery staple]',
    'Das Kennwort ist [apfel wolke fenster garten]',
    'wifi passphrase: [Maple lantern7 orbit]',
    'password: [correct horse battery staple]',
    'Password: [Purple monkey dishwasher banana]',
    'db_passphrase: [maple lantern orbit velvet]',
    'Kennwort: [apfel wolke fenster garten]',
  ])('%s', (line) => {
    const text = line.replace(/[[\]]/g, '');
    const expected = line.replace(/\[.*\]/, '[REDACTED:keyed-secret]');
    expect(redact(text)).toBe(expected);
    expect(redact(`x: y\n${text}\nz: y`)).toBe(`x: y\n${expected}\nz: y`);
    expect(redact({ text: `{"note": "${text}"}` })).toEqual({ text: `{"note":"${expected}"}` });
    expect(redact(expected)).toBe(expected);
  });
});

describe('stays', () => {
  test.each([
    'passphrase: the one you set earlier',
    'passphrase: must have at least four words',
    'passphrase: leave empty',
    'Passphrase: enter the words of the file',
    'password: minimum twelve letters required',
    'password: ask the team about it',
    'password: reset link sent again',
    'password: see the wiki page',
    'the passphrase is checked against wordlists',
    'the passphrase is derived using scrypt',
    'passphrase: optional',
    'the password is correct',
    'the password is case sensitive and not stored',
    'the password is checked against known lists',
    'the secret is fresh local ingredients daily',
    'password cracking tools hashcat john',
    'secret: kept by operations people, not here',
    'password: one two',
    'Token: what opens every door',
    'Password: wrong or missing',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
