/** What the shape of a record says about its members. */
import { describe, expect, test } from 'vitest';
import {
  isBinaryField,
  isHarmlessUnder,
  isSchemaType,
  isSecretFlag,
  leadsToSecret,
  headedTable,
  isAlternating,
  isSecretMember,
  isSameName,
  siblingNaming,
  speaksOfSecret,
  tableOf,
} from '../src/frames.ts';
import { infosOf } from '../src/key-info.ts';

const naming = (record: Record<string, unknown>) =>
  siblingNaming(record, infosOf(Object.keys(record)).namers);

describe('a sibling names the value', () => {
  test.each<[Record<string, unknown>, string, boolean]>([
    [{ name: 'DB_PASSWORD', value: 'x' }, 'secret', true],
    [{ key: 'email', value: 'x' }, 'email', true],
    [{ header: 'X-Api-Key', value: 'x' }, 'secret', true],
    [{ name: 'key', value: 'x' }, 'weak', true],
    [{ type: 'password', value: 'x' }, 'secret', true],
    [{ name: 'count', label: 'Password', value: 'x' }, 'secret', true],
    [{ sensitive: true, value: 'x' }, 'secret', true],
    [{ message: 'Password', text: 'x' }, 'secret', false],
    [{ title: 'API key', text: 'x' }, 'secret', false],
    [{ element: 'Password field', text: 'x' }, 'secret', false],
    [{ element: '#password', text: 'x' }, 'secret', true],
    [{ selector: '#login input', description: 'the secret to use', text: 'x' }, 'secret', false],
  ])('%j', (record, kind, sure) => {
    expect(naming(record)).toEqual({ kind, sure });
  });

  test.each<Record<string, unknown>>([
    { name: 'count', value: 'x' },
    { name: 'x'.repeat(60) + ' password', value: 'x' },
    { name: 'p', value: 'x' },
    { name: 5, value: 'x' },
    { sensitive: 'true', value: 'x' },
    { other: 'password', value: 'x' },
    { name: '[REDACTED:github-token]', value: 'x' },
    { title: 'token_type', value: 'x' },
  ])('%j does not', (record) => {
    expect(naming(record)).toBeUndefined();
  });
});

describe('a phrase speaks of a secret', () => {
  test.each([
    'Password field',
    '#password',
    'input[name="api_key"]',
    'API key created',
    'your secret',
  ])('%s', (text) => {
    expect(speaksOfSecret(text)).toBe(true);
  });

  test.each(['Spinach', 'keyboard', 'max_tokens', 'page 5', '[REDACTED:keyed-secret] gone', ''])(
    '%s does not',
    (text) => {
      expect(speaksOfSecret(text)).toBe(false);
    },
  );
});

describe('a table', () => {
  test('has its columns named beside its rows', () => {
    const rows = [['bob', 'x']];
    expect(tableOf({ columns: ['name', 'password'], rows })).toEqual({
      rows,
      table: { columns: new Set([1]), byColumn: false, heading: undefined },
    });
  });

  test('may name them in objects', () => {
    expect(
      tableOf({ fields: [{ name: 'id' }, { name: 'token' }], data: [[1, 'x']] })?.table.columns,
    ).toEqual(new Set([1]));
  });

  test('goes by column when its lists are as long as the rows are many', () => {
    expect(
      tableOf({
        columns: ['name', 'password'],
        data: [
          ['a', 'b', 'c'],
          ['x', 'y', 'z'],
        ],
      })?.table.byColumn,
    ).toBe(true);
    expect(
      tableOf({
        names: ['name', 'password'],
        values: [
          ['a', 'b'],
          ['x', 'y'],
        ],
      })?.table.byColumn,
    ).toBe(true);
    expect(
      tableOf({
        columns: ['name', 'password'],
        rows: [
          ['a', 'b'],
          ['x', 'y'],
        ],
      })?.table.byColumn,
    ).toBe(false);
  });

  test.each<Record<string, unknown>>([
    { columns: ['name', 'age'], rows: [['bob', 5]] },
    { columns: ['name', 'password'], rows: [{ name: 'bob' }] },
    { columns: 'password', rows: [['x']] },
    { columns: ['password'] },
    { rows: [['password'], ['x']] },
    { columns: [`${'x'.repeat(64)} password`], rows: [['x']] },
  ])('%j is none with secrets', (record) => {
    expect(tableOf(record)).toBeUndefined();
  });

  test('may be a list of lists with its names in the first', () => {
    const heading = ['id', 'password'];
    expect(headedTable([heading, [1, 'x'], [2, 'y']])).toEqual({
      columns: new Set([1]),
      byColumn: false,
      heading,
    });
  });

  test.each([
    [[['id', 'password'], [1]]],
    [[['id', 'password']]],
    [[['password'], ['x']]],
    [
      [
        ['password', 'x'],
        ['name', 'y'],
      ],
    ],
    [
      [
        ['id', 'what is the password?'],
        [1, 'x'],
      ],
    ],
    [
      [
        ['id', 5],
        [1, 'x'],
      ],
    ],
    [
      [
        ['id', 'age'],
        [1, 5],
      ],
    ],
  ])('%j is none', (list) => {
    expect(headedTable(list)).toBeUndefined();
  });
});

describe('a list alternates names and values', () => {
  test.each([[['Accept', '*/*', 'X-Api-Key', 'x1']], [['password', 'x1', 'user', 'bob']]])(
    '%j',
    (list) => {
      expect(isAlternating(list)).toBe(true);
    },
  );

  test.each([
    [['password', 'x1']],
    [['Accept', '*/*', 'Host', 'db']],
    [['Accept', '*/*', 'X-Api-Key']],
    [['password', 'secret', 'token', 'key']],
    [['-x', '1', 'password', 'x1']],
    [['password', 'x1', 5, 'y']],
    [Array.from({ length: 514 }, (_, i) => (i % 2 === 0 ? 'password' : 'x1'))],
  ])('%j does not', (list) => {
    expect(isAlternating(list)).toBe(false);
  });
});

describe('members that are secret by their record', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['d', { kty: 'RSA', d: 'x' }, true],
    ['n', { kty: 'RSA', n: 'x' }, false],
    ['d', { d: 'x' }, false],
    ['d', { kty: {}, d: 'x' }, false],
    ['data', { kind: 'Secret', metadata: {}, data: {} }, true],
    ['stringData', { kind: 'Secret', metadata: {}, stringData: {} }, true],
    ['data', { kind: 'ConfigMap', metadata: {}, data: {} }, false],
    ['data', { kind: 'Secret', data: {} }, false],
  ])('%s of %j: %s', (key, record, expected) => {
    expect(isSecretMember(record, key)).toBe(expected);
  });
});

describe('a value repeats its name', () => {
  test.each([
    ['password', 'Password', true],
    ['api_key', 'API key:', true],
    ['apiKey', 'api-key', true],
    ['password1', 'Password 2', true],
    ['password', 'passwords', false],
    ['passwords', 'password', false],
    ['password', 'passw0rd', false],
    ['pin', 'PIN', false],
    // Digits and other scripts hold no letter that a name could repeat: `密码: 48291734`, an item of a list of secrets.
    ['', '1234', false],
    ['密码', '48291734', false],
    ['é'.repeat(5), 'é'.repeat(5), true],
    [`${'a'.repeat(33)}`, `${'a'.repeat(33)}`, false],
  ])('%s: %s is %s', (key, value, expected) => {
    expect(isSameName(key, value)).toBe(expected);
  });
});

describe('the item behind', () => {
  test.each(['--password', '--api-key', `--${'x'.repeat(52)}-password`])('%s is secret', (item) => {
    expect(isSecretFlag(item)).toBe(true);
  });

  test.each([
    5,
    '-password',
    '---password',
    '--verbose',
    'password',
    `--${'x'.repeat(53)}-password`,
  ])('%s is not', (item) => {
    expect(isSecretFlag(item)).toBe(false);
  });

  test.each([
    ['user', 'the password', true],
    ['x'.repeat(39), 'token', true],
    ['x', '[REDACTED:github-token]', true],
    ['x', '[REDACTED:keyed-secret]', true],
    ['x'.repeat(40), 'token', false],
    [5, 'token', false],
    ['x', '[REDACTED:email]', false],
    ['x', 'name', false],
    ['x', `${' '.repeat(64)}token`, false],
  ])('%s ... %s leads to a secret: %s', (first, before, expected) => {
    expect(leadsToSecret(first, before)).toBe(expected);
  });
});

test('bytes are the data of an image or a sound, and the blob of a resource', () => {
  const of = (key: string, type: unknown, record = {}): boolean => isBinaryField(key, type, record);
  expect([
    of('data', 'image'),
    of('data', 'audio'),
    of('blob', 0, { uri: 'x' }),
    of('blob', 0, { uri: 5 }),
  ]).toEqual([true, true, true, true]);
  expect([
    of('data', 'text'),
    of('data', undefined),
    of('blob', 'image'),
    of('text', 'image', { uri: 'x' }),
  ]).toEqual([false, false, false, false]);
});

test('a type of JSON Schema describes, another one does not', () => {
  expect(['string', 'object', 'null'].every(isSchemaType)).toBe(true);
  expect(['text', 5, undefined, ['string']].some(isSchemaType)).toBe(false);
});

test('times and counts under a secret name stay, unless their own name is secret', () => {
  const time = '2026-11-26T10:00:00Z';
  expect([isHarmlessUnder(time, 'none'), isHarmlessUnder(999_999, 'none')]).toEqual([true, true]);
  expect([
    isHarmlessUnder(time, 'secret'),
    isHarmlessUnder(1e6, 'none'),
    isHarmlessUnder('x', 'none'),
    isHarmlessUnder(null, 'none'),
  ]).toEqual([false, false, false, false]);
});

test('the first column of a table may be the secret one', () => {
  expect(tableOf({ columns: ['password', 'name'], rows: [['x', 'bob']] })?.table.columns).toEqual(
    new Set([0]),
  );
  expect(
    tableOf({
      columns: ['password', 'b'],
      values: [
        ['x', 'y'],
        ['z', 'w'],
      ],
    })?.table.byColumn,
  ).toBe(false);
});

test('names of 64 characters are names', () => {
  const name = `${'x'.repeat(55)} password`;
  expect(naming({ name, value: 'x' })?.kind).toBe('secret');
  expect(naming({ name: `x${name}`, value: 'x' })).toBeUndefined();
  expect(tableOf({ columns: [name], rows: [['x']] })).toBeDefined();
  expect(tableOf({ columns: [`x${name}`], rows: [['x']] })).toBeUndefined();
});
