/** The cells under a sensitive heading, in every kind of table that text has. */
import { describe, expect, test } from 'vitest';
import { columnValues, copiedValues, htmlValues } from '../src/columns.ts';
import { lookAt } from './cut.ts';

const table = (text: string): string => lookAt(text, 'password', columnValues);
const lines = (...rows: readonly string[]): string => rows.join('\n');

describe('goes', () => {
  test.each([
    [
      'CSV',
      lines('id,password,name', '1,x1y2z3,bob', '2,z3y2x1,eve', ''),
      lines('id,password,name', '1,<cut>,bob', '2,<cut>,eve', ''),
    ],
    [
      'CSV with quotes',
      lines('"id","password"', '"1","x1y2z3"'),
      lines('"id","password"', '"1","<cut>"'),
    ],
    ['the first column', lines('password;name', 'x1y2z3;bob'), lines('password;name', '<cut>;bob')],
    ['tabs', 'name\tpassword\nbob\tx1y2z3', 'name\tpassword\nbob\t<cut>'],
    ['with carriage returns', 'name,password\r\nbob,x1y2z3\r\n', 'name,password\r\nbob,<cut>\r\n'],
    [
      'Markdown',
      lines('| name | password |', '|------|:--------:|', '| bob | `x1y2z3` |'),
      lines('| name | password |', '|------|:--------:|', '| bob | `<cut>` |'),
    ],
    [
      'psql',
      lines(' id | password ', '----+----------', '  1 | x1y2z3'),
      lines(' id | password ', '----+----------', '  1 | <cut>'),
    ],
    [
      'box drawing',
      lines('│ id │ password │', '├────┼──────────┤', '│ 1 │ x1y2z3 │'),
      lines('│ id │ password │', '├────┼──────────┤', '│ 1 │ <cut> │'),
    ],
    [
      'colons, with more of them in the value',
      lines('user:password', 'bob:x1:y2z3'),
      lines('user:password', 'bob:<cut>'),
    ],
    [
      'JSON arrays',
      lines('["id", "password"]', '[1, "x1y2z3"]'),
      lines('["id", "password"]', '[1, "<cut>"]'),
    ],
    [
      'fixed width',
      lines('NAME     PASSWORD  AGE', 'bob      x1y2z3    5', 'eve      z3y2x1    6'),
      lines('NAME     PASSWORD  AGE', 'bob      <cut>    5', 'eve      <cut>    6'),
    ],
  ])('%s', (_, text, expected) => {
    expect(table(text)).toBe(expected);
  });

  test('up to a line of another shape', () => {
    expect(table(lines('id,password', '1,x1y2z3', 'the end', '2,z3y2x1'))).toBe(
      lines('id,password', '1,<cut>', 'the end', '2,z3y2x1'),
    );
  });

  test('of fixed width: the first column, and up to a line that is too short', () => {
    expect(table(lines('PASSWORD  NAME', 'x1y2z3    bob'))).toBe(
      lines('PASSWORD  NAME', '<cut>    bob'),
    );
    expect(
      table(lines('NAME     PASSWORD  AGE', 'bob      x1y2z3    5', 'end', 'eve      z3y2x1    6')),
    ).toBe(lines('NAME     PASSWORD  AGE', 'bob      <cut>    5', 'end', 'eve      z3y2x1    6'));
  });

  test('in 500 rows', () => {
    const text = lines('id,password', ...Array.from({ length: 501 }, (_, i) => `${i},x1y2z3`));
    expect(table(text).split('<cut>')).toHaveLength(501);
  });
});

describe('stays', () => {
  test.each([
    ['a table without rows', 'id,password'],
    ['words', lines('id,password', '1,required')],
    ['placeholders and our own marks', lines('a,password', '1,****', '2,[REDACTED:keyed-secret]')],
    ['a cell with a blank', lines('a,password', '1,x1 y2 z3')],
    ['a path to it', lines('a,password', '1,/run/secrets/x1y2')],
    ['colons under other names', lines('name:password', 'bob:x1y2z3')],
    ['words with one blank', lines('PASSWORD AGE', 'x1y2z3 5')],
    ['a sentence', lines('user, the password was wrong! Again', 'a, x1y2z3')],
    ['one name and its value', lines('password: x', 'other: x1y2z3')],
    ['a heading of one cell', lines('password', 'x1y2z3')],
    [
      'columns that do not stand below each other',
      lines('NAME     PASSWORD  AGE', 'bobby-is-long x1y2z3'),
    ],
  ])('%s', (_, text) => {
    expect(table(text)).toBe(text);
  });
});

describe('COPY', () => {
  const copy = (text: string): string => lookAt(text, 'password', copiedValues);

  test('the column of the dump goes, up to its end', () => {
    expect(
      copy(
        'COPY public.users (id, password, name) FROM stdin;\n1\tx1y2z3\tbob\n2\tz3y2x1\teve\n\\.\nx\tx1y2z3\ty',
      ),
    ).toBe(
      'COPY public.users (id, password, name) FROM stdin;\n1\t<cut>\tbob\n2\t<cut>\teve\n\\.\nx\tx1y2z3\ty',
    );
  });

  test.each([
    'COPY t (id, password) TO stdout;\n1\tx1y2z3',
    'SELECT f(id, password) FROM stdin;\n1\tx1y2z3',
    'COPY (id password FROM stdin;\n1\tx1y2z3',
  ])('%j stays', (text) => {
    expect(copy(text)).toBe(text);
  });
});

describe('HTML', () => {
  const html = (text: string): string => lookAt(text, 'password', htmlValues);

  test('the cells of the column go', () => {
    expect(
      html(
        '<tr><th>id</th><th>password</th></tr><tr><td>1</td><td class="x">x1y2z3</td></tr><tr><td>2</td><td>z3y2x1</td></tr>',
      ),
    ).toBe(
      '<tr><th>id</th><th>password</th></tr><tr><td>1</td><td class="x"><cut></td></tr><tr><td>2</td><td><cut></td></tr>',
    );
  });

  test.each([
    '<b>password</b><tr><td>x1y2z3</td></tr>',
    '<tr><th>password</th></tr><tr><td>required</td></tr>',
    '<tr><th>id</th><th>password</th></tr><tr><td>x1y2z3</td></tr>',
  ])('%s stays', (text) => {
    expect(html(text)).toBe(text);
  });
});
