/**
 * `query` over 100,000 entries: the right rows, newest first, fast once warm, and the same after the index is gone.
 *
 * ENTRIES = how many (default 100,000).
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogbook, openReader, type QueryFilter, type Reader } from '@mcp-logbook/audit';
import { mcpLogbook } from '../harness/cli.ts';
import { asRecord } from '../harness/json.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { verifies } from '../requirements.ts';

verifies('M3.8');

const ENTRIES = Number(process.env['ENTRIES'] ?? 100_000);
const START_MS = Date.UTC(2026, 0, 1);

let sandbox: Sandbox;
let folder = '';

/** Entry `index` of the log: who, which tool, when (one a second). */
const userOf = (index: number): string => `user-${index % 50}`;
const toolOf = (index: number): string => `tool-${index % 7}`;
const timeOf = (index: number): number => START_MS + index * 1_000;

beforeAll(() => {
  sandbox = aSandbox();
  let nowMs = START_MS - 1_000;
  const logbook = openLogbook({ root: sandbox.logs, service: 'query', now: () => nowMs * 1_000 });
  for (let index = 0; index < ENTRIES; index += 1) {
    nowMs = timeOf(index);
    logbook.record({
      kind: 'tool.call',
      action: 'execute',
      outcome: index % 10 === 0 ? 'failure' : 'success',
      target: toolOf(index),
      person: `https://issuer.example|${userOf(index)}`,
      payload: { arguments: { index } },
    });
  }
  logbook.close();
  folder = logbook.folder;
}, 120_000);

afterAll(removeSandboxes);

/** Indexes of entries, newest first, by the rule the test states. */
function expected(matches: (index: number) => boolean, limit: number): number[] {
  const indexes: number[] = [];
  for (let index = ENTRIES - 1; index >= 0 && indexes.length < limit; index -= 1) {
    if (matches(index)) indexes.push(index);
  }
  return indexes;
}

/** Indexes of the entries that a filter finds, in the order of the answer. */
function found(reader: Reader, filter: QueryFilter): number[] {
  return reader.query({ kind: 'tool.call', ...filter }).map(({ payload }) => {
    const { arguments: args } = asRecord(payload);
    return Number(asRecord(args)['index']);
  });
}

const QUESTIONS: readonly (readonly [string, QueryFilter, (index: number) => boolean])[] = [
  ['the newest', { limit: 20 }, () => true],
  ['a user by subject', { user: 'user-7', limit: 50 }, (index) => index % 50 === 7],
  [
    'a user by issuer and subject',
    { user: 'https://issuer.example|user-8', limit: 50 },
    (index) => index % 50 === 8,
  ],
  ['a tool', { tool: 'tool-3', limit: 50 }, (index) => index % 7 === 3],
  [
    'a user and a tool',
    { user: 'user-9', tool: 'tool-2', limit: 50 },
    (index) => index % 50 === 9 && index % 7 === 2,
  ],
  [
    'a window of time, its end excluded',
    { since: new Date(timeOf(500)), until: new Date(timeOf(540)), limit: 100 },
    (index) => index >= 500 && index < 540,
  ],
  [
    'failures of a user',
    { user: 'user-10', outcome: 'failure', limit: 10 },
    (index) => index % 50 === 10,
  ],
  ['nobody', { user: 'user-999', limit: 10 }, () => false],
];

describe(`over ${ENTRIES} entries`, () => {
  test.each(QUESTIONS)('%s: what was done, newest first', (_, filter, matches) => {
    const reader = openReader(sandbox.logs);
    expect(found(reader, filter)).toEqual(expected(matches, filter.limit ?? 100));
    reader.close();
  });

  test.each(QUESTIONS)('%s: median under 20 ms, in-process and warm', (_, filter) => {
    const reader = openReader(sandbox.logs);
    reader.query(filter);
    const times = Array.from({ length: 9 }, () => {
      const startMs = performance.now();
      reader.query({ ...filter, limit: Math.min(filter.limit ?? 50, 50) });
      return performance.now() - startMs;
    }).toSorted((a, b) => a - b);
    reader.close();
    expect(times[4]).toBeLessThan(20);
  });

  test('with index.db deleted it says the same', () => {
    const before = openReader(sandbox.logs);
    const answers = QUESTIONS.map(([, filter]) => before.query(filter));
    before.close();
    rmSync(join(folder, 'index.db'), { force: true });
    for (const suffix of ['-wal', '-shm']) {
      rmSync(join(folder, `index.db${suffix}`), { force: true });
    }
    const after = openReader(sandbox.logs);
    expect(QUESTIONS.map(([, filter]) => after.query(filter))).toEqual(answers);
    after.close();
  });

  test('the query command prints the same as JSON Lines, and nothing else on stdout', () => {
    const run = mcpLogbook([
      'query',
      `--dir=${sandbox.logs}`,
      '--json',
      '--user=user-7',
      '--tool=tool-1',
      '--limit=5',
    ]);
    expect([run.code, run.stderr]).toEqual([0, '']);
    const lines = run.stdout.trim().split('\n');
    expect(lines).toHaveLength(5);
    for (const [at, index] of expected((n) => n % 50 === 7 && n % 7 === 1, 5).entries()) {
      expect(lines[at]).toContain(`"index":${index}`);
      expect(lines[at]).toContain('"tool-1"');
    }
  });
});
