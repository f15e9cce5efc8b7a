/** Whose request it was: chains of trusted proxies, and clients that write chains of their own. */
import { describe, expect, test } from 'vitest';
import { clientAddress } from '../src/http/forwarded.ts';
import { refusedStatus } from '../src/seam/client-auth.ts';

const proxies = (address: string): boolean => address.startsWith('10.') || address === '::1';
const list = (value: string): { 'x-forwarded-for': string } => ({ 'x-forwarded-for': value });

describe('a forwarded address', () => {
  test.each([
    ['one proxy', '10.0.0.1', list('203.0.113.7'), '203.0.113.7'],
    ['two proxies', '10.0.0.1', list('203.0.113.7, 10.0.0.2'), '203.0.113.7'],
    [
      'what the client itself wrote on the left is not believed',
      '10.0.0.1',
      list('198.51.100.1, 203.0.113.7, 10.0.0.2'),
      '203.0.113.7',
    ],
    ['only proxies: the one farthest away', '10.0.0.1', list('10.0.0.3, 10.0.0.2'), '10.0.0.3'],
    ['with a port', '10.0.0.1', list('203.0.113.7:4711'), '203.0.113.7'],
    ['IPv6 in brackets with a port', '::1', list('[2001:db8::7]:4711'), '2001:db8::7'],
    ['IPv6 alone', '::1', list('2001:db8::7'), '2001:db8::7'],
    ['nothing forwarded', '10.0.0.1', {}, undefined],
    ['text that is no address', '10.0.0.1', list('<script>'), undefined],
    ['a hidden hop ends the chain', '10.0.0.1', list('203.0.113.7, unknown, 10.0.0.2'), '10.0.0.2'],
    ['nobody trusted speaks', '203.0.113.9', list('198.51.100.1'), undefined],
    ['no socket', undefined, list('198.51.100.1'), undefined],
    [
      'Forwarded comes first',
      '10.0.0.1',
      { forwarded: 'for=203.0.113.7;proto=https, for="10.0.0.2:80"', ...list('198.51.100.1') },
      '203.0.113.7',
    ],
    ['Forwarded, IPv6', '10.0.0.1', { forwarded: 'For="[2001:db8::7]:4711"' }, '2001:db8::7'],
    ['Forwarded, hidden', '10.0.0.1', { forwarded: 'for=_hidden' }, undefined],
  ])('%s', (_title, direct, headers, expected) => {
    expect(clientAddress(direct, headers, proxies)).toBe(expected);
  });

  test('of a chain without end costs little and yields its end', () => {
    const long = `${'198.51.100.1, '.repeat(50_000)}203.0.113.7`;
    expect(clientAddress('10.0.0.1', list(long), proxies)).toBe('203.0.113.7');
  });
});

describe('what a server refused a client', () => {
  class UnauthorizedError extends Error {}
  class Short extends Error {
    static readonly mcpBrand = 'mcp.InsufficientScopeError';
  }
  test.each([
    ['SDK 1, by the name of its class', new UnauthorizedError('x'), 401],
    ['SDK 2, by its brand, however the class is called', new Short('x'), 403],
    ['an error of HTTP with a code', Object.assign(new Error('x'), { code: 403 }), 403],
    ['an error of HTTP with a status', Object.assign(new Error('x'), { status: 401 }), 401],
    ['another status', Object.assign(new Error('x'), { code: 500 }), undefined],
    ['no error', { code: 401 }, undefined],
  ])('%s', (_title, error, status) => {
    expect(refusedStatus(error)).toBe(status);
  });
});
