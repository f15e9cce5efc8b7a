/** Every token family, by its record: three made-up tokens in every place, and what must stay. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Automaton, buildAutomaton } from '../src/automaton.ts';
import { createRedactor } from '../src/index.ts';
import { TOKEN_RULES } from '../src/rules.ts';
import { vectorsOf } from '../src/rules/vectors.ts';
import { PLACES, survives } from './generate.ts';

const redactor = createRedactor();

test('there are at least 260 families, each with id, literals, lengths and the source of the fact', () => {
  expect(new Set(TOKEN_RULES.map(({ id }) => id)).size).toBeGreaterThanOrEqual(260);
  for (const { id, prefixes, min, source, before } of TOKEN_RULES) {
    expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(prefixes.length, id).toBeGreaterThan(0);
    expect(
      prefixes.every((literal) => literal.length >= (before === undefined ? 2 : 1)),
      id,
    ).toBe(true);
    expect(min + (before?.min ?? 0), id).toBeGreaterThanOrEqual(8);
    expect(source.length, id).toBeGreaterThan(3);
  }
});

test('the generator follows the record: the same seed the same tokens, another seed others', () => {
  for (const rule of TOKEN_RULES) {
    const vectors = vectorsOf(rule, 1);
    expect(vectors).toEqual(vectorsOf(rule, 1));
    expect(vectors).not.toEqual(vectorsOf(rule, 2));
    expect(vectors).toHaveLength(3);
    for (const { text, secret } of vectors) expect(text).toContain(secret);
  }
});

const tablesOfTexts = (texts: readonly string[]): Automaton<string> =>
  buildAutomaton(new Map(texts.map((text) => [text, [text]])));

test('the tables of all literals take less than a megabyte', () => {
  const { next, classes } = tablesOfTexts(
    TOKEN_RULES.flatMap(({ prefixes }) => prefixes.map((literal) => literal.toLowerCase())),
  );
  expect(next.byteLength + classes.byteLength).toBeLessThan(1_048_576);
});

test('literals that no table can hold are refused by name', () => {
  expect(() => tablesOfTexts(['abc', 'd\u00e9f'])).toThrow('literal "d\u00e9f" is not ASCII');
  expect(() => tablesOfTexts(['abc', ''])).toThrow('a literal is empty');
  const many = Array.from({ length: 53 }, (_, i) => String.fromCharCode(i < 48 ? i : i + 10));
  expect(() => tablesOfTexts(many)).toThrow('too many different characters');
});

describe.each(TOKEN_RULES.map((rule) => [`${rule.id}: ${rule.prefixes[0]}`, rule] as const))(
  '%s',
  (_, rule) => {
    // At least one of each literal.
    const vectors = vectorsOf(rule, 7, Math.max(3, rule.prefixes.length));

    test('is found in every place', () => {
      for (const [place, put] of Object.entries(PLACES)) {
        for (const { text, secret } of vectors) {
          const { value } = redactor.redact(put(text), { personal: false });
          expect(survives(secret, JSON.stringify(value)), `${place}: ${text}`).toBe(false);
        }
      }
    });

    test('is found by its own rule, or by the name it begins with', () => {
      const found = vectors.flatMap(({ text }) => [
        ...redactor.redactText(text, { personal: false }).counts.keys(),
      ]);
      expect(
        found.some((id) => id === rule.id || id === 'keyed-secret'),
        found.join(),
      ).toBe(true);
    });

    test('stays when one character too short', () => {
      for (const { text } of vectors) {
        if (rule.min === 0) continue;
        const ends = rule.prefixes
          .filter((prefix) => text.includes(prefix))
          .map((prefix) => text.indexOf(prefix) + prefix.length);
        const end = Math.min(...ends) + rule.min - 1;
        const { counts } = redactor.redactText(text.slice(0, end), { personal: false });
        expect(counts.get(rule.id), text.slice(0, end)).toBeUndefined();
      }
    });
  },
);

describe('a token begins at the edge of a word', () => {
  const token = `AKIA${'QX7ZK2W9LMTPR4SD'}`;

  test.each(['', ' ', '"', 'v%3D', 'a\\n', 'a\\u0022', 'a\\x22', 'a\u001b[31m', 'a\u001b[0;1m'])(
    'also behind %j',
    (before) => {
      expect(redactor.redactText(before + token)).toMatchObject({
        value: `${before}[REDACTED:aws-access-key]`,
      });
    },
  );

  test.each(['a', 'warm', 'm', 'x22', 'u0022', '3D', '31m'])('not behind %j', (before) => {
    expect(redactor.redactText(before + token)).toMatchObject({ value: before + token });
  });
});

describe('what looks like a token and is none stays', () => {
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
  const id = (length: number): string => randomBytes(length).toString('hex').slice(0, length);
  const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB').toString('base64');
  const lookalikes: readonly (readonly [string, string])[] = [
    [
      'Stripe objects',
      `cus_${id(14)} pi_3${id(23)} price_1${id(23)} evt_1${id(23)} acct_1${id(15)}`,
    ],
    [
      'publishable keys',
      `pk_live_${id(24)} pk_test_${id(24)} FLWPUBK-${hex(16)}-X pk-lf-${randomUUID()}`,
    ],
    ['GitHub node ids', 'MDQ6VXNlcjU4MzIzMQ== U_kgDOAAhLqw R_kgDOGq0qMQ PR_kwDOGq0qMc5abcdE'],
    ['ARNs', 'arn:aws:iam::123456789012:role/service-role/AdminRoleForLambdaFunctions'],
    [
      'AWS identifiers',
      'AIDAJQABLZS4A3QDU576Q AROAJQABLZS4A3QDU576Q i-0abcd1234efgh5678 vpc-0a1b2c3d4e5f',
    ],
    [
      'Vault accessors',
      'token_accessor hmac accessor_9f86d081 wrapping_accessor 4XVaIDbJaSoYTsRwvT2gbcdk',
    ],
    [
      'public keys',
      `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${randomBytes(30).toString('base64')} bob@host`,
    ],
    ['age recipients', 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
    [
      'certificates as base64',
      `certificate-authority-data: ${certificate}${randomBytes(90).toString('base64')}`,
    ],
    ['wallet public keys', `xpub661MyMwAqRbcF${id(80)} npub1${id(58)} ed25519:${id(43)}`],
    [
      'digests',
      `sha256:${hex(32)} sha512-${createHash('sha512').update('x').digest('base64')} ${hex(20)}`,
    ],
    ['trace contexts', `00-${hex(16)}-${hex(8)}-01 ${hex(16)}:${hex(8)}:0:1`],
    [
      'identifiers',
      `${randomUUID()} 01ARZ3NDEKTSV4RRFFQ69G5FAV 1234567890123456789 ${randomUUID()}:${randomUUID()}`,
    ],
    ['regions and data centers', 'us-east-1 eu-central-1 https://us12.api.mailchimp.com/3.0/lists'],
    [
      'dotted names',
      'com.example.platform.service.internal.configuration.AbstractRepositoryFactoryBean',
    ],
    [
      'file names',
      'task-list-of-the-quarterly-report-2024-11-26.final.version.docx pat.tern.txt st.ate.json',
    ],
    [
      'prose',
      'risk-averse, ask-me-anything, sk-learn, api-docs, key-value store, re_evaluate, live_reload',
    ],
    [
      'constants',
      'SKIP_TESTS AKIRA ASIAN SCWEB API-GATEWAY-TIMEOUT GOOGLE PTHREAD_MUTEX_INITIALIZER',
    ],
    [
      'OAuth client ids',
      '123456789012-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com',
    ],
    ['versions', '1.0.0-rc.1 v1.24.0-alpine3.19 0.0.0-20240115103000-abcdef012345 t1.medium b_1'],
    [
      'channels and chats',
      'C024BE91L T024BE7LD -1001234567890 @channel <@U024BE7LH> 80351110224678912',
    ],
    [
      'webhook documentation',
      'https://hooks.slack.com/services/ and https://discord.com/api/webhooks/{id}/{token}',
    ],
    ['placeholders', 'sk-... ghp_xxxx AKIA... xoxb-... glpat-... hf_*** npm_XXXX'],
    [
      'coordinates and hosts',
      '0.1234567,51.5 db-1.internal.example.com:5432/app?sslmode=require 10.0.0.1:8080',
    ],
  ];
  test.each(lookalikes)('%s', (_, text) => {
    const { value, counts } = redactor.redactText(text, { personal: false });
    expect(value, [...counts.keys()].join()).toBe(text);
  });
});
