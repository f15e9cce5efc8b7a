/** `verify --deep` on `keys.db`: rows that were changed, swapped or removed are found (audit.md 8), also unused ones. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openKeysForReading } from '../src/access.ts';
import { erase, setHold } from '../src/erase.ts';
import { openLogbook } from '../src/logbook.ts';
import { unwrap, wrap } from '../src/root-secret.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

const ISSUER = 'https://issuer.example';
const [ANN, BEN] = [`${ISSUER}|ann`, `${ISSUER}|ben`];
const AUTHORITY = 'court order 12/26';
let root = '';
let folder = '';

beforeEach(async () => {
  root = aRoot();
  write();
  await setHold({ root, user: ANN, authority: AUTHORITY });
});

function write(): void {
  const logbook = openLogbook({ root, service: 'shop' });
  for (const person of [ANN, BEN]) logbook.record({ kind: 'tool.call', person, payload: {} });
  logbook.close();
  ({ folder } = logbook);
}

function change(...sql: string[]): void {
  const database = new DatabaseSync(join(folder, 'keys.db'));
  for (const each of sql) {
    const { changes } = database.prepare(each).run();
    if (!each.startsWith('CREATE')) expect(changes, each).toBeGreaterThan(0);
  }
  database.close();
}

const others = "actor <> 'system'";
const COLUMNS: readonly (readonly [column: string, free: string])[] = [
  ['lookup', "x'01'"],
  ['actor', "'a_0000000000000000'"],
  ['wrapped', "x'01'"],
];
const SWAPS = COLUMNS.map(([column, free]): [string, string[]] => [
  `the ${column} of two people swapped`,
  [
    `CREATE TEMP TABLE t AS SELECT row_number() OVER (ORDER BY actor) AS n, ${column} AS c FROM subject WHERE ${others}`,
    `UPDATE subject SET ${column} = ${free} WHERE ${column} = (SELECT c FROM t WHERE n = 1)`,
    `UPDATE subject SET ${column} = (SELECT c FROM t WHERE n = 1) WHERE ${column} = (SELECT c FROM t WHERE n = 2)`,
    `UPDATE subject SET ${column} = (SELECT c FROM t WHERE n = 2) WHERE ${column} = ${free}`,
  ],
]);

describe('a keyring', () => {
  test('that is as it was raises no alarm: on hold, lifted, erased, come back', async () => {
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
    await setHold({ root, user: ANN, authority: 'lifted', lift: true });
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
    await erase({ root, user: ANN });
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
    write();
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
  });

  test.each<[string, string[]]>([
    ...SWAPS,
    [
      'another lookup',
      [
        `UPDATE subject SET lookup = x'0102' WHERE actor = (SELECT max(actor) FROM subject WHERE ${others})`,
      ],
    ],
    ['a row of a person removed', [`DELETE FROM subject WHERE ${others}`]],
    ['the system subject removed', ["DELETE FROM subject WHERE actor = 'system'"]],
    ['a period removed', ['DELETE FROM period']],
    ['a period renamed', ["UPDATE period SET month = '2020-01'"]],
    ['the hold removed', ['DELETE FROM hold']],
    [
      'the hold moved to another person',
      [
        `UPDATE hold SET actor = (SELECT actor FROM subject WHERE ${others} AND actor <> hold.actor)`,
      ],
    ],
    ['another time of the hold', ["UPDATE hold SET since = '2020-01-01T00:00:00.000000Z'"]],
    ['another authority', ["UPDATE hold SET authority = x'0102'"]],
    [
      'another key of names',
      ["UPDATE meta SET value = (SELECT wrapped FROM subject LIMIT 1) WHERE name = 'lookup'"],
    ],
  ])('with %s is found', (name, sql) => {
    change(...sql);
    let said;
    try {
      const report = verifyLog(folder, { deep: true });
      expect(report.ok, name).toBe(false);
      said = report.problems[0]?.message;
    } catch (error) {
      // The keyring does not open at all.
      said = Object(error).code;
    }
    expect(said).toMatch(/keys\.db|ERR_LOGBOOK_KEY|key of its seal is gone/);
  });

  test('with two people swapped erases nobody, least of all the wrong one', async () => {
    await setHold({ root, user: ANN, authority: 'lifted', lift: true });
    change(...(SWAPS[0]?.[1] ?? []));
    await expect(erase({ root, user: BEN })).rejects.toMatchObject({
      code: 'ERR_LOGBOOK_KEY_WRONG',
    });
    expect(verifyLog(folder, { deep: true }).counts.erased).toBe(0);
    change(...(SWAPS[0]?.[1] ?? []));
    await erase({ root, user: BEN });
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, counts: { erased: 1 } });
  });

  test('whose rows were bound to their pseudonym alone, as older ones are, opens, passes and is bound anew by the next erasure', async () => {
    const database = new DatabaseSync(join(folder, 'keys.db'));
    const { value } = database.prepare("SELECT value FROM meta WHERE name = 'master'").get() ?? {};
    const key = openKeysForReading(root, {}).wrappingKey(
      Number(Buffer.from(bytesOf(value)).toString()),
    );
    if (key === undefined) throw new Error('no master');
    for (const row of database.prepare('SELECT * FROM subject').all()) {
      const actor = String(row['actor']);
      const place = `subject ${actor} ${Buffer.from(bytesOf(row['lookup'])).toString('base64url')}`;
      const plain = unwrap(key, bytesOf(row['wrapped']), place);
      if (plain === undefined) throw new Error(`row of ${actor} does not open`);
      database
        .prepare('UPDATE subject SET wrapped = ? WHERE actor = ?')
        .run(wrap(key, plain, `subject ${actor}`), actor);
    }
    database.close();
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
    write();
    await erase({ root, user: BEN });
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
    change(`UPDATE subject SET lookup = x'01' WHERE ${others} AND lookup <> x'01'`);
    expect(verifyLog(folder, { deep: true }).ok).toBe(false);
  });
});

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
