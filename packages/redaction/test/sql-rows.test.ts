/** The values under a sensitive column of an INSERT. */
import { describe, expect, test } from 'vitest';
import { insertedValues } from '../src/sql-rows.ts';
import { lookAt } from './cut.ts';

const at = (text: string): string => lookAt(text, 'password', insertedValues);

describe('goes', () => {
  test.each([
    [
      'of one row',
      "INSERT INTO users (name, password) VALUES ('bob', 'hunter22');",
      "INSERT INTO users (name, password) VALUES ('bob', '<cut>');",
    ],
    [
      'of every row',
      "INSERT INTO users (password, name) VALUES ('a1','bob'), ('b2','eve')",
      "INSERT INTO users (password, name) VALUES ('<cut>','bob'), ('<cut>','eve')",
    ],
    [
      'of a quoted column',
      'insert into "users" ("id","password") values (1,\'hunter22\')',
      'insert into "users" ("id","password") values (1,\'<cut>\')',
    ],
    [
      'of a column in back quotes',
      "INSERT INTO `u` (`id`, `password`) VALUES (1, 'x1')",
      "INSERT INTO `u` (`id`, `password`) VALUES (1, '<cut>')",
    ],
    [
      'behind calls with commas',
      "INSERT INTO u (a, password) VALUES (coalesce(null, now(), 1), 'x1')",
      "INSERT INTO u (a, password) VALUES (coalesce(null, now(), 1), '<cut>')",
    ],
    [
      'inside a call',
      "INSERT INTO u (a, password) VALUES (1, crypt('x1'))",
      "INSERT INTO u (a, password) VALUES (1, crypt('<cut>'))",
    ],
    [
      'with a doubled quote in it',
      "INSERT INTO u (password, a) VALUES ('it''s x1', 2)",
      "INSERT INTO u (password, a) VALUES ('<cut>', 2)",
    ],
    [
      'with an escaped quote in it',
      String.raw`INSERT INTO u (password, a) VALUES ('it\'s x1', 2)`,
      "INSERT INTO u (password, a) VALUES ('<cut>', 2)",
    ],
    [
      'behind commas in a text',
      "INSERT INTO u (a, password) VALUES ('x, y', 'x1')",
      "INSERT INTO u (a, password) VALUES ('x, y', '<cut>')",
    ],
    [
      'behind OUTPUT',
      "INSERT INTO u (password) OUTPUT inserted.id VALUES ('x1')",
      "INSERT INTO u (password) OUTPUT inserted.id VALUES ('<cut>')",
    ],
    [
      'of a row that is cut off',
      "INSERT INTO u (a, password) VALUES ('x', 'hunter2",
      "INSERT INTO u (a, password) VALUES ('x', '<cut>",
    ],
  ])('%s', (_, text, expected) => {
    expect(at(text)).toBe(expected);
  });

  test('of 200 rows', () => {
    const text = `INSERT INTO u (password) VALUES ${"('x1'), ".repeat(201)}`;
    expect(at(text).split('<cut>')).toHaveLength(201);
  });
});

describe('stays', () => {
  test.each([
    ['a placeholder', "INSERT INTO u (a, password) VALUES (1, '***')"],
    ['a parameter', 'INSERT INTO u (a, password) VALUES (?, $1)'],
    ['a list that is no INSERT', "SELECT f(a, password) VALUES (1, 'hunter22')"],
    ['a list without values', 'INSERT INTO u (a, password) SELECT 1, x FROM y'],
    ['a list that is not closed', "INSERT INTO u (a, password VALUES 1, 'hunter22'"],
    ['a name that goes on', "INSERT INTO u (a, password_hint) VALUES (1, 'the cat')"],
    ['calls in calls in calls', "INSERT INTO u (a, password) VALUES (f(g(h(i(1)))), 'hunter22')"],
    [
      'columns behind 1,024 characters of others',
      `INSERT INTO u (${'a, '.repeat(400)}password) VALUES (1)`,
    ],
  ])('%s', (_, text) => {
    expect(at(text)).toBe(text);
  });
});
