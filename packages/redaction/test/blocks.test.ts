/** Blocks of key material: which part goes and where a block ends. */
import { describe, expect, test } from 'vitest';
import { keyBlock, puttyLines } from '../src/blocks.ts';
import { lookAt } from './cut.ts';

const PRIVATE = ['PRIVATE', 'KEY'].join(' ');
const BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEF';
const pem = (text: string): string => lookAt(text, '-----begin', keyBlock);

describe('of a PEM block goes the body', () => {
  test.each([
    [
      'between its lines',
      `a\n-----BEGIN ${PRIVATE}-----\n${BODY}\n${BODY}\n-----END ${PRIVATE}-----\nb`,
      `a\n-----BEGIN ${PRIVATE}-----<cut>-----END ${PRIVATE}-----\nb`,
    ],
    [
      'that is never closed',
      `-----BEGIN ${PRIVATE}-----\n${BODY}\n`,
      `-----BEGIN ${PRIVATE}-----<cut>\n`,
    ],
    [
      'on one line',
      `-----BEGIN EC ${PRIVATE}----- ${BODY} -----END EC ${PRIVATE}-----`,
      `-----BEGIN EC ${PRIVATE}-----<cut>-----END EC ${PRIVATE}-----`,
    ],
    [
      'with escaped line ends',
      String.raw`"-----BEGIN ${PRIVATE}-----\n${BODY}\n-----END ${PRIVATE}-----\n"`,
      String.raw`"-----BEGIN ${PRIVATE}-----<cut>-----END ${PRIVATE}-----\n"`,
    ],
    [
      'pasted into code line by line',
      `"-----BEGIN ${PRIVATE}-----\\n" +\n"${BODY}\\n" +\n"-----END ${PRIVATE}-----"`,
      `"-----BEGIN ${PRIVATE}-----<cut>-----END ${PRIVATE}-----"`,
    ],
    [
      'of a diff',
      `+-----BEGIN ${PRIVATE}-----\n+${BODY}\n+-----END ${PRIVATE}-----`,
      `+-----BEGIN ${PRIVATE}-----<cut>-----END ${PRIVATE}-----`,
    ],
    [
      'and its headers stay',
      `-----BEGIN RSA ${PRIVATE}-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n${BODY}\n-----END RSA ${PRIVATE}-----`,
      `-----BEGIN RSA ${PRIVATE}-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n<cut>-----END RSA ${PRIVATE}-----`,
    ],
    [
      'of an OpenVPN key',
      `-----BEGIN OpenVPN Static key V1-----\n0123456789abcdef\n-----END`,
      `-----BEGIN OpenVPN Static key V1-----<cut>-----END`,
    ],
  ])('%s', (_, text, expected) => {
    expect(pem(text)).toBe(expected);
  });

  test('of SSH2 as well', () => {
    const text = `---- BEGIN SSH2 ENCRYPTED ${PRIVATE} ----\n${BODY}\n---- END SSH2`;
    expect(lookAt(text, '---- begin', keyBlock)).toBe(
      `---- BEGIN SSH2 ENCRYPTED ${PRIVATE} ----<cut>---- END SSH2`,
    );
  });

  test('as long as a line of key material is, or when no word stands behind it', () => {
    const line = BODY.slice(0, 24);
    expect(pem(`-----BEGIN ${PRIVATE}----- ${line} then`)).not.toContain(line);
    expect(pem(`-----BEGIN ${PRIVATE}----- ${line.slice(1)} then`)).toContain(line.slice(1));
    expect(pem(`-----BEGIN ${PRIVATE}-----\nabc 123`)).toBe(`-----BEGIN ${PRIVATE}-----<cut>`);
  });

  test('and a sentence behind it stays', () => {
    expect(pem(`-----BEGIN ${PRIVATE}-----\n${BODY}\nthis is the end`)).toBe(
      `-----BEGIN ${PRIVATE}-----<cut>\nthis is the end`,
    );
  });
});

describe('nothing goes', () => {
  test.each([
    ['of a certificate', `-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----`],
    ['of a public key', `-----BEGIN ${'PUBLIC'} KEY-----\n${BODY}\n-----END`],
    ['of a title that is not closed', `-----BEGIN ${PRIVATE} and so on`],
    ['of an empty block', `-----BEGIN ${PRIVATE}-----\n-----END ${PRIVATE}-----`],
    ['of a placeholder', `-----BEGIN ${PRIVATE}-----\n...\n-----END ${PRIVATE}-----`],
    ['of our own mark', `-----BEGIN ${PRIVATE}-----[REDACTED:private-key]-----END ${PRIVATE}-----`],
    ['of a sentence about it', `-----BEGIN ${PRIVATE}----- is the first line`],
  ])('%s', (_, text) => {
    expect(pem(text)).toBe(text);
  });
});

describe('of a PuTTY key go as many lines as it says', () => {
  const putty = (text: string): string => lookAt(text, 'Private-Lines:', puttyLines);

  test.each([
    ['one', `Private-Lines: 1\n${BODY}\n${BODY}\n`, `Private-Lines: 1\n<cut>\n${BODY}\n`],
    [
      'two',
      `Private-Lines: 2\n${BODY}\n${BODY}\nPrivate-MAC: 00`,
      `Private-Lines: 2\n<cut>\nPrivate-MAC: 00`,
    ],
    [
      'two, escaped',
      String.raw`Private-Lines: 2\r\n${BODY}\r\n${BODY}\r\nx`,
      String.raw`Private-Lines: 2\r\n<cut>\r\nx`,
    ],
    ['more than there are', `Private-Lines: 9\n${BODY}`, `Private-Lines: 9\n<cut>`],
    ['none', `Private-Lines: 0\n${BODY}`, `Private-Lines: 0\n${BODY}`],
    ['not a number', `Private-Lines: x\n${BODY}`, `Private-Lines: x\n${BODY}`],
  ])('%s', (_, text, expected) => {
    expect(putty(text)).toBe(expected);
  });
});
