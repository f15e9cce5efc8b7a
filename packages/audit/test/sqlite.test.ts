/** `node:sqlite` on every Node.js that we take: 22.15 has no `isTransaction`. */
import { expect, test } from 'vitest';
import { type Database, loadSqlite, withIsTransaction } from '../src/sqlite.ts';

/** A database as Node.js 22.15 gives it. */
function anOldDatabase(): Database {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(':memory:');
  const old: Pick<Database, 'exec' | 'prepare'> = {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql),
  };
  return withIsTransaction(old as Database); // the rest is not asked for here
}

test('a database knows whether it is in a transaction where Node.js does not say, and keeps the transaction', () => {
  const database = anOldDatabase();
  expect(database.isTransaction).toBe(false);
  database.exec('CREATE TABLE t (n)');
  database.exec('BEGIN; INSERT INTO t VALUES (1)');
  expect(database.isTransaction).toBe(true);
  database.exec('COMMIT');
  expect(database.isTransaction).toBe(false);
  expect(database.prepare('SELECT n FROM t').all()).toEqual([{ n: 1 }]);
  database.exec('BEGIN; INSERT INTO t VALUES (2)');
  expect(database.isTransaction).toBe(true);
  database.exec('ROLLBACK');
  expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 1 });
});

test('where Node.js says it, its word counts', () => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(':memory:');
  expect(withIsTransaction(database)).toBe(database);
  expect(database.isTransaction).toBe(false);
});
