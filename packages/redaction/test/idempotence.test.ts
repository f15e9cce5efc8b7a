/**
 * Redacting what was redacted changes nothing: a log, a span and an audit record of one value agree, and a second
 * gateway (the sink's, the collector's) finds nothing to do.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, createSecretMemory, type Redactor } from '../src/index.ts';
import { anyValue } from './generate.ts';

const plain = createRedactor();
const withRules = createRedactor({
  rules: {
    literals: ['Nightjar', 'über'],
    prefixes: [{ id: 'acme-key', prefix: 'acme_live_', charset: 'a-z0-9', min: 8 }],
    patterns: [{ id: 'staff-number', literal: 'staff', pattern: '[0-9]{6}', budgetMs: 1_000 }],
    pseudonyms: ['email', 'keyed-secret', 'phone'],
    masks: ['card-number', 'acme-key', 'github-token'],
    allow: [{ rule: 'email', path: '**.owner' }],
  },
  hook: (text) => text.replaceAll('kiwi', 'fig'),
});
const runs = { numRuns: process.env['SLOW'] === '1' ? 50_000 : 2_000 };
const GITHUB = `gh${'p_'}${'aB3xY9'.repeat(6)}`;
const KEYED = '[REDACTED:keyed-secret]';

/** Redacts once and says what a second time changes. */
function settled(redactor: Redactor, input: unknown, secrets = createSecretMemory()): unknown {
  const { value } = redactor.redact(input, { secrets });
  expect(redactor.redact(value).value).toEqual(value);
  return value;
}

describe('built-in rules find nothing in their own output', () => {
  test('where a description stands for an image, an attached file or bytes', () => {
    const data = Buffer.from('no image at all').toString('base64');
    const value = settled(plain, {
      content: [{ type: 'image', data, mimeType: 'image/png' }],
      contents: [{ uri: 'file:///srv/.env', blob: data }],
    });
    expect(
      JSON.stringify(value).match(/\[BINARY \S+ 15 bytes sha256:[0-9a-f]{12}\]/g),
    ).toHaveLength(2);
    // What only looks like a description is described: anybody can send it.
    const sent = { uri: 'file:///x', blob: `[BINARY ${GITHUB} 1 bytes sha256:0123456789abcdef]` };
    expect(JSON.stringify(settled(plain, sent))).not.toContain(GITHUB);
  });

  test.each<[string, unknown, unknown]>([
    [
      'an attached file of nothing but padding has no bytes',
      { uri: 'file:///x', blob: '=' },
      { uri: 'file:///x', blob: '[BINARY data 0 bytes sha256:380918b946a5]' },
    ],
    [
      'the rest of a token that was cut in two goes with it',
      { parts: [GITHUB.slice(0, 26), 'Rk83jd0Lq2mZx7Vb9Tn4'] },
      { parts: ['[REDACTED:github-token]', KEYED] },
    ],
    [
      'a kind that says nothing more once a token was cut from it leaves the value to the name above',
      { owner: { pin: { data: 44004400, kind: `${GITHUB}Bearer ` } } },
      { owner: { pin: { data: KEYED, kind: '[REDACTED:github-token] ' } } },
    ],
    [
      'a list after a personal mark keeps its ids',
      ['ada@example.org', 'Rk83jd0Lq2mZx7Vb9Tn4'],
      ['[REDACTED:email]', 'Rk83jd0Lq2mZx7Vb9Tn4'],
    ],
    [
      'a mark is no name of the value beside it',
      { name: GITHUB, value: 'plain' },
      { name: '[REDACTED:github-token]', value: 'plain' },
    ],
    [
      'a bearer token is no name either',
      { name: 'Bearer hunter22', v: '!' },
      { name: 'Bearer [REDACTED:bearer-token]', v: '!' },
    ],
    [
      'a number that became a mark is no attached file',
      { blob: 44_004_400, uri: 4_111_111_111_111_111, password: 1 },
      { blob: 44_004_400, uri: '[REDACTED:card-number]', password: KEYED },
    ],
    [
      'a name is cut until nothing is found in it',
      { [`${GITHUB}+1 212-555-0100`]: true },
      { '[REDACTED:github-token][REDACTED:phone]': true },
    ],
    [
      'a name that was too long to be one is read once something was cut from it',
      { k: `Authorization: ${GITHUB}${'x'.repeat(40)}`, v: 'hunter22' },
      { k: `Authorization: ${KEYED}`, v: KEYED },
    ],
    [
      'a placeholder that something was cut from is no placeholder',
      { credentials: '}}DE89 3704 0044 0532 0130 00' },
      { credentials: KEYED },
    ],
    [
      'of a personal field what is left is judged too',
      { key: 'ssn ada@example.org', v: 1_000_000 },
      { key: 'ssn [REDACTED:email]', v: '[REDACTED:keyed-number]' },
    ],
    [
      'a text beside a phrase that lost its blanks goes whole',
      { text: '{4111 1111 1111 1111', title: 'API key' },
      { text: KEYED, title: 'API key' },
    ],
    [
      'a phrase under a secret name that lost its blanks for a mark',
      { credentials: { from: 'Authorization: A', label: '' } },
      { credentials: { from: KEYED, label: '' } },
    ],
    [
      'a title below a secret name that lost its blanks for a mark',
      { credentials: { title: ':DE89 3704 0044 0532 0130 00' } },
      { credentials: { title: ':[REDACTED:iban]' } },
    ],
    [
      'a heading that something was cut from names no column',
      { headers: [`${GITHUB}{this is my tokenAuthorization: `], rows: [['image']] },
      { headers: ['[REDACTED:github-token]{this is my tokenAuthorization: '], rows: [['image']] },
    ],
  ])('%s', (_, input, expected) => {
    expect(settled(plain, input)).toEqual(expected);
  });

  test('whatever stands beside, inside and around them', () => {
    fc.assert(
      fc.property(anyValue, (value) => void settled(plain, value)),
      runs,
    );
  });
});

test('an echo cut out of a text leaves nothing that is read anew', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const secrets = createSecretMemory();
      const found = plain.redact(
        { password: 'x1Y2z3Night', apiKey: 'q7Zk2Xw9LmTpR4sD' },
        { secrets },
      );
      expect(found.total).toBe(2);
      const result = settled(plain, value, secrets);
      expect(JSON.stringify(result)).not.toMatch(/x1Y2z3Night|q7Zk2Xw9LmTpR4sD/);
    }),
    runs,
  );
});

describe("the user's rules cut anywhere, and what they leave is read as a new value", () => {
  test('a placeholder that a literal was cut from', () => {
    const value = settled(withRules, { password: `#{${'Nightjar'.repeat(3)}` });
    expect(JSON.stringify(value)).toMatch(/^\{"password":"\[REDACTED:keyed-secret#\w{8}\]"\}$/);
  });

  test('a pseudonym holds digits and is no phone number', () => {
    const { phone } = settled(withRules, { phone: 'of ada@example.org' }) as { phone: string };
    expect(phone).toMatch(/^(of )?\[REDACTED:(email|keyed-phone)/);
  });

  test('what the allow-list let stay at its path stays when the names on the path are cut', () => {
    const redactor = createRedactor({
      rules: { literals: ['Nightjar'], allow: [{ rule: 'email', path: 'Nightjar.mail_to' }] },
    });
    const { value, allowed } = redactor.redact({ Nightjar: { mail_to: 'ada@example.org' } });
    expect(value).toEqual({ '[REDACTED:user-literal]': { mail_to: 'ada@example.org' } });
    expect([...(allowed ?? [])]).toEqual([['email', 1]]);
  });

  test('a hook is asked once about each text, and a find is told once', () => {
    const texts: string[] = [];
    const finds: unknown[] = [];
    const redactor = createRedactor({
      rules: { literals: ['Nightjar'] },
      hook: (text) => void texts.push(text),
    });
    redactor.redact(['a Nightjar', 'plain'], { explain: (find) => finds.push(find) });
    expect(texts).toEqual(['a [REDACTED:user-literal]', 'plain']);
    expect(finds).toEqual([{ rule: 'user-literal', path: '0', start: 2, end: 10 }]);
  });

  test('whatever stands beside, inside and around them', () => {
    fc.assert(
      fc.property(anyValue, (value) => void settled(withRules, value)),
      runs,
    );
  });
});
