import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LOG_START, scanEntries } from '../src/entries.ts';
import { openLogbook, type Logbook } from '../src/logbook.ts';
import type { VerifyProgress } from '../src/progress.ts';
import { query, type QueryFilter } from '../src/query.ts';
import { openReader } from '../src/reader.ts';
import { blankSeal } from '../src/seal.ts';
import { listSegments } from '../src/segment.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

const ISSUER = 'https://issuer.example';

/** Entries `from` to `to` of a log; which is which is told by their number. */
function enter(logbook: Logbook, from: number, to: number): void {
  for (let at = from; at < to; at += 1) {
    logbook.record({
      kind: at % 5 === 4 ? 'resource.read' : 'tool.call',
      outcome: at % 3 === 0 ? 'failure' : 'success',
      target: `tool-${at % 4}`,
      trace: String(at % 6).repeat(32),
      ...(at % 7 === 6 ? {} : { person: `${ISSUER}|user-${at % 3}` }),
      payload: {
        ...(at % 7 === 6 ? {} : { person: `${ISSUER}|user-${at % 3}` }),
        identity: { source: 'jwt', clientId: 'agent', email: `User-${at % 3}@Example.com` },
        session: `session-${at % 2}`,
        request: { arguments: { at, text: `say "hello" ${at}` } },
      },
    });
  }
}

/** The numbers of the entries that a filter finds. */
function found(root: string, filter: QueryFilter): number[] {
  return query(root, { limit: 10_000, ...filter }).flatMap(
    ({ payload }) => numberOf(payload) ?? [],
  );
}

function numberOf(payload: unknown): number | undefined {
  const at: unknown = Object(payload)?.request?.arguments?.at;
  return typeof at === 'number' ? at : undefined;
}

function expected(count: number, matches: (at: number) => boolean): number[] {
  return Array.from({ length: count }, (_, at) => at)
    .filter(matches)
    .toReversed();
}

function aClosedLog(entries: number): { root: string; folder: string; logbook: Logbook } {
  const root = aRoot();
  const logbook = openLogbook({ root, service: 'reader' });
  enter(logbook, 0, entries);
  logbook.close();
  return { root, folder: logbook.folder, logbook };
}

test('a tool that no list had named is found by the name in the payload, and only by who has keys', () => {
  const root = aRoot();
  const logbook = openLogbook({ root, service: 'early' });
  const called = (target: string, name: string): void => {
    logbook.record({
      kind: 'tool.call',
      outcome: 'success',
      target,
      payload: { request: { name } },
    });
  };
  called('_OTHER', 'echo');
  called('echo', 'echo');
  called('_OTHER', 'other');
  logbook.close();
  const targets = (tool: string): unknown[] =>
    query(root, { tool }).map(({ leaf, payload }) => [leaf.target, payload]);
  expect(targets('echo')).toEqual([
    ['echo', { request: { name: 'echo' } }],
    ['_OTHER', { request: { name: 'echo' } }],
  ]);
  expect(targets('_OTHER')).toHaveLength(2);
  expect(targets('none')).toEqual([]);
  const reader = openReader(root);
  try {
    const [row, ...more] = reader.rows({ tool: 'other' }, { payloads: false });
    expect([row?.sealed, row?.payload, more]).toEqual(['unopened', undefined, []]);
    const { rows } = reader.entriesSince({}, { tool: 'echo' });
    expect(rows.map(({ leaf }) => leaf.target)).toEqual(['_OTHER', 'echo']);
  } finally {
    reader.close();
  }
  rmSync(join(root, 'keys'), { recursive: true });
  expect(query(root, { tool: 'echo' }).map(({ leaf }) => leaf.target)).toEqual(['echo']);
});

describe('a query', () => {
  const { root, folder, logbook } = aClosedLog(40);
  const known = (at: number): boolean => at % 7 !== 6;
  const byUser = (user: number) => (at: number) => known(at) && at % 3 === user;

  test.each<[string, QueryFilter, (at: number) => boolean]>([
    ['everything', {}, () => true],
    ['issuer and subject', { user: `${ISSUER}|user-1` }, byUser(1)],
    ['plain subject', { user: 'user-1' }, byUser(1)],
    [
      'e-mail in any case, also where no person is known',
      { user: 'USER-2@example.COM' },
      (at) => at % 3 === 2,
    ],
    ['fleet pseudonym', { user: logbook.pseudonym(`${ISSUER}|user-0`) }, byUser(0)],
    ['nobody', { user: 'user-9' }, () => false],
    ['tool', { tool: 'tool-2' }, (at) => at % 4 === 2],
    ['a tool that never was', { tool: 'tool-9' }, () => false],
    ['kind', { kind: 'resource.read' }, (at) => at % 5 === 4],
    ['outcome', { outcome: 'failure' }, (at) => at % 3 === 0],
    ['server', { server: 'reader' }, () => true],
    ['origin', { server: logbook.origin }, () => true],
    ['another server', { server: 'other' }, () => false],
    ['session', { session: 'session-1' }, (at) => at % 2 === 1],
    ['trace', { trace: '3'.repeat(32) }, (at) => at % 6 === 3],
    ['what is no trace', { trace: "' OR 1=1" }, () => false],
    ['text', { text: 'SAY "HELLO" 7' }, (at) => at === 7],
    ['a piece of JSON', { text: '"at":1' }, (at) => String(at).startsWith('1')],
    [
      'several at once',
      { user: 'user-1', tool: 'tool-0', outcome: 'success' },
      (at) => byUser(1)(at) && at % 4 === 0,
    ],
  ])('by %s finds just those, newest first', (_, filter, matches) => {
    expect(found(root, filter)).toEqual(expected(40, matches));
  });

  test('by the pseudonym in the log finds the same as by person', () => {
    const [row] = query(root, { user: 'user-1', limit: 1 });
    expect(row?.leaf.actor).toMatch(/^a_/);
    expect(found(root, { user: row?.leaf.actor })).toEqual(expected(40, byUser(1)));
  });

  test('is bounded by its limit, and by time', () => {
    expect(query(root, { limit: 0 })).toEqual([]);
    expect(query(root, { limit: 3 })).toHaveLength(3);
    const rows = query(root, { limit: 100 });
    const times = rows.map(({ leaf }) => leaf.time);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(query(root, { until: new Date('2020-01-01') })).toEqual([]);
    expect(query(root, { since: new Date('2020-01-01'), limit: 100 })).toHaveLength(rows.length);
  });

  test('says where each row is in the file', () => {
    for (const { index, leaf, location } of query(root, { limit: 100 })) {
      const line =
        readFileSync(join(folder, location.file), 'utf8').split('\n')[location.line - 1] ?? '';
      expect(JSON.parse(line).leaf).toEqual(leaf);
      expect(leaf.seq).toBe(index + 1);
    }
  });

  test('without the root key has leaves and no payloads', () => {
    const copy = aClosedLog(3);
    rmSync(join(copy.root, 'keys'), { recursive: true });
    const rows = query(copy.root, { kind: 'tool.call' });
    expect(rows).toHaveLength(3);
    expect(rows.every(({ sealed, payload }) => sealed === 'no-key' && payload === undefined)).toBe(
      true,
    );
  });

  test('of a root without logs is empty', () => {
    expect(query(aRoot())).toEqual([]);
    expect(query(join(aRoot(), 'nowhere'))).toEqual([]);
  });

  test('shows a blanked seal as erased, and passes over a damaged line', () => {
    const copy = aClosedLog(4);
    const segment = join(copy.folder, 'segments', '000000000000.jsonl');
    const lines = readFileSync(segment, 'utf8').split('\n');
    const first = lines.findIndex((line) => line.includes('"tool-0"'));
    const second = lines.findIndex((line) => line.includes('"tool-1"'));
    writeFileSync(
      segment,
      lines
        .with(first + 1, blankSeal(lines[first + 1] ?? ''))
        .with(second, 'x'.repeat(lines[second]?.length ?? 0))
        .join('\n'),
    );
    expect(
      query(copy.root, { kind: 'tool.call' }).map(({ leaf, sealed }) => [leaf.target, sealed]),
    ).toEqual([
      ['tool-3', 'opened'],
      ['tool-2', 'opened'],
      ['tool-0', 'erased'],
    ]);
  });
});

describe('the index', () => {
  test('deleted, damaged, of another log or behind gives the same answers (I4)', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'big' });
    enter(logbook, 0, 4000);
    logbook.close();
    const path = join(logbook.folder, 'index.db');
    const filters: QueryFilter[] = [
      {},
      { user: 'user-2' },
      { tool: 'tool-1', outcome: 'failure' },
      { session: 'session-0' },
    ];
    const ask = (): number[][] => filters.map((filter) => found(root, filter));
    const first = ask();
    expect(first[0]).toHaveLength(4000);
    expect(existsSync(path)).toBe(true);
    expect(ask()).toEqual(first);
    const index = readFileSync(path);
    rmSync(path);
    expect(ask()).toEqual(first);
    writeFileSync(path, 'not a database');
    expect(ask()).toEqual(first);
    rmSync(path);

    const more = openLogbook({ root, service: 'big' });
    enter(more, 4000, 4100);
    more.close();
    writeFileSync(path, index);
    expect(found(root, {})).toEqual(expected(4100, () => true));
    expect(found(root, { user: 'user-2' })).toEqual(
      expected(4100, (at) => at % 7 !== 6 && at % 3 === 2),
    );

    const other = aClosedLog(5);
    writeFileSync(join(other.folder, 'index.db'), index);
    expect(found(other.root, {})).toEqual([4, 3, 2, 1, 0]);
    expect(readdirSync(logbook.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }, 120_000);

  test('says how far its making is, entries and bytes, up to the end', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'told' });
    enter(logbook, 0, 4000);
    logbook.close();
    const told: VerifyProgress[] = [];
    query(root, {}, { progress: (done) => told.push(done) });
    expect(told.length).toBeGreaterThan(1);
    const { size } = statSync(join(logbook.folder, 'segments', '000000000000.jsonl'));
    const last = told.at(-1);
    // Entries of the log itself count as well.
    expect(last).toMatchObject({ bytes: size, totalBytes: size });
    expect(last?.leaves).toBeGreaterThanOrEqual(4000);
    expect(told.every(({ bytes }, n) => n === 0 || bytes > (told[n - 1]?.bytes ?? 0))).toBe(true);
    told.length = 0;
    query(root, {}, { progress: (done) => told.push(done) });
    expect(told).toEqual([]);
  }, 120_000);

  test('of a reader with keys keeps its people when one without has read on', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'lent' });
    enter(logbook, 0, 4000);
    logbook.close();
    query(root);
    const more = openLogbook({ root, service: 'lent' });
    enter(more, 4000, 8000);
    more.close();
    const keys = join(root, 'keys');
    renameSync(keys, `${keys}-away`);
    expect(query(root, { limit: 10_000, kind: 'tool.call' })).toHaveLength(6400);
    renameSync(`${keys}-away`, keys);
    expect(found(root, { user: 'user-2' })).toEqual(
      expected(8000, (at) => at % 7 !== 6 && at % 3 === 2),
    );
  }, 120_000);

  test('holds no user, session, argument or claim in clear', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'clear' });
    enter(logbook, 0, 4000);
    logbook.close();
    query(root);
    const bytes = readFileSync(join(logbook.folder, 'index.db'));
    for (const text of ['user-1', 'issuer.example', 'session-1', 'hello', 'agent', 'xample.com']) {
      expect(bytes.includes(text), text).toBe(false);
    }
    // It is searched in the right place: the tool's name is there.
    expect(bytes.includes('tool-1')).toBe(true);
  }, 120_000);

  test('is not published while a writer holds the log, and answers are complete all the same', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'held' });
    enter(logbook, 0, 4000);
    expect(found(root, {})).toHaveLength(4000);
    expect(existsSync(join(logbook.folder, 'index.db'))).toBe(false);
    enter(logbook, 4000, 4010);
    expect(found(root, { tool: 'tool-1' })).toEqual(expected(4010, (at) => at % 4 === 1));
    logbook.close();
  }, 120_000);
});

describe('an open reader', () => {
  test('sees what is written after it was opened, in logs that begin later, too', () => {
    const root = aRoot();
    const reader = openReader(root);
    expect(reader.query()).toEqual([]);
    const one = openLogbook({ root, service: 'one' });
    enter(one, 0, 2);
    expect(reader.query({ kind: 'tool.call' })).toHaveLength(2);
    const two = openLogbook({ root, service: 'two' });
    enter(two, 0, 3);
    enter(one, 2, 3);
    expect(reader.query({ kind: 'tool.call' })).toHaveLength(6);
    expect(reader.query({ server: 'two', kind: 'tool.call' })).toHaveLength(3);
    expect(
      reader
        .logs()
        .map(({ origin }) => origin.split('/')[0])
        .toSorted(),
    ).toEqual(['one', 'two']);
    one.close();
    two.close();
    reader.close();
  });

  test('finds the end of a large log without an index, and the same end as by reading all of it', () => {
    const root = aRoot();
    let days = 0;
    const logbook = openLogbook({
      root,
      service: 'end',
      now: () => Date.now() * 1000 + days * 86_400_000_000,
    });
    const payload = { text: 'x'.repeat(100_000) };
    for (days = 0; days < 3; days += 1) {
      // Beyond 2 MiB a query would make an index file.
      for (let at = 0; at < 12; at += 1) logbook.record({ kind: 'tool.call', payload });
      logbook.commit();
    }
    logbook.record({ kind: 'tool.call', target: 'last', payload });
    let indexed = 0;
    const reader = openReader(root, { progress: () => void (indexed += 1) });
    const end = reader.end();
    expect(indexed).toBe(0);
    expect(end).toEqual({
      [basename(logbook.folder)]: scanEntries(logbook.folder, LOG_START, () => true),
    });
    expect(listSegments(logbook.folder).length).toBeGreaterThan(2);
    logbook.record({ kind: 'tool.call', target: 'news', payload });
    const [row, ...more] = reader.entriesSince(end).rows;
    expect(more).toEqual([]);
    expect(row).toMatchObject({ leaf: { target: 'news' }, sealed: 'opened' });
    const lines = readFileSync(join(logbook.folder, row?.location.file ?? ''), 'utf8').split('\n');
    expect(JSON.parse(lines[(row?.location.line ?? 0) - 1] ?? '').leaf.seq).toBe(
      (row?.index ?? 0) + 1,
    );
    reader.close();
    logbook.close();
  });

  test('follows logs from a cursor: every entry once, in order, as the filter says', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'follow' });
    enter(logbook, 0, 5);
    const reader = openReader(root);
    let cursor = reader.end();
    expect(reader.entriesSince(cursor).rows).toEqual([]);
    const seen: (number | undefined)[] = [];
    const users: (number | undefined)[] = [];
    for (let at = 5; at < 12; at += 1) {
      enter(logbook, at, at + 1);
      const filtered = reader.entriesSince(cursor, { user: 'user-1' });
      users.push(...filtered.rows.map(({ payload }) => numberOf(payload)));
      const next = reader.entriesSince(JSON.parse(JSON.stringify(cursor)));
      seen.push(...next.rows.map(({ payload }) => numberOf(payload)));
      cursor = next.cursor;
      logbook.commit();
    }
    expect(seen).toEqual([5, 6, 7, 8, 9, 10, 11]);
    expect(users).toEqual([7, 10]);
    const late = openLogbook({ root, service: 'late' });
    enter(late, 20, 21);
    expect(reader.entriesSince(cursor, { kind: 'resource.read' }).rows).toEqual([]);
    expect(
      reader.entriesSince(cursor, { tool: 'tool-0' }).rows.map(({ payload }) => numberOf(payload)),
    ).toEqual([20]);
    late.close();
    logbook.close();
    reader.close();
  });
});
