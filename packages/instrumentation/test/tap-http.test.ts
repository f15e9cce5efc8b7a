/** The HTTP tap in processes of their own: servers on node:http without an SDK, and those that have one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const FIXTURES = join(import.meta.dirname, 'fixtures');

interface Seen {
  readonly ev: string;
  readonly n?: number;
  readonly method?: string;
  readonly type?: string;
  readonly [key: string]: unknown;
}

function run(env: Record<string, string>, watched = true, script = 'http-by-hand.mjs') {
  const folder = mkdtempSync(join(tmpdir(), 'tap-'));
  const file = join(folder, 'seen.jsonl');
  const hook = watched ? ['--require', join(FIXTURES, 'preload.ts')] : [];
  try {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--no-warnings', '--conditions=@mcp-logbook/source', ...hook, join(FIXTURES, script)],
      {
        encoding: 'utf8',
        timeout: 30_000,
        maxBuffer: 64 * 1024 * 1024,
        env: { PATH: dirname(process.execPath), SEEN: file, ...env },
      },
    );
    const seen = !watched
      ? []
      : readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Seen);
    return { seen, stdout, stderr, status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CASES = [
  { ON: 'node', ANSWERS: 'json' },
  { ON: 'node', ANSWERS: 'pieces', SESSIONS: '1' },
  { ON: 'node', ANSWERS: 'sse', SESSIONS: '1' },
  { ON: 'express', ANSWERS: 'json' },
];

test.each(CASES)(
  'a hand-written server on $ON that answers by $ANSWERS is seen whole and unchanged (I8)',
  (env) => {
    const plain = run(env as Record<string, string>, false);
    const it = run(env as Record<string, string>);
    expect([it.stdout, it.stderr, it.status]).toEqual([plain.stdout, plain.stderr, plain.status]);
    expect(it.stdout.split('\n').length).toBeGreaterThan(10);
    const begun = it.seen.filter(({ ev }) => ev === 'begin');
    const requests = begun.filter(({ requestId }) => requestId !== undefined);
    expect(requests.map(({ method, requestId }) => `${method} ${String(requestId)}`)).toEqual([
      'initialize 0',
      'tools/list 1',
      'tools/call a',
      'tools/call b',
      'tools/call c',
      'tools/call d',
      'fails 2',
      'resources/list 3',
    ]);
    expect(begun.filter(({ method }) => method === 'notifications/initialized')).toHaveLength(1);
    const ends = it.seen.filter(({ ev }) => ev === 'end');
    const ended = requests.map(({ n }) =>
      ends.filter((end) => end.n === n).map(({ type }) => type),
    );
    expect(ended).toEqual([...Array.from({ length: 6 }, () => ['result']), ['failed'], ['error']]);
    const [, list, first] = requests;
    expect(first).toMatchObject({
      registered: true,
      peer: { address: '127.0.0.1', userAgent: 'spy/2' },
      connection: {
        serverName: 'web-by-hand',
        networkTransport: 'tcp',
        networkProtocolName: 'http',
        ...('SESSIONS' in env && { sessionId: 's-1', clientName: 'web' }),
      },
    });
    expect(list?.agoMs).toBeGreaterThan(0);
    expect(ends.find(({ n }) => n === first?.n)).toMatchObject({
      result: { content: [{ text: 'größer 🥊' }] },
    });
    expect(it.seen.filter(({ ev }) => ev === 'access')).toMatchObject([
      { event: 'bearer_refused', status: 401, path: '/mcp', reason: 'invalid_token' },
    ]);
  },
);

test('servers of the SDK are recorded by the seam alone', () => {
  const it = run({}, true, 'http.mjs');
  expect(it.stderr).toBe('');
  const begun = it.seen.filter(({ ev, side }) => ev === 'begin' && side === 'server');
  const keys = begun.map(({ method, requestId, connection }) =>
    JSON.stringify([method, requestId, (connection as { sessionId?: string }).sessionId]),
  );
  expect(keys.length).toBeGreaterThan(2);
  expect(new Set(keys).size).toBe(keys.length);
  expect(begun.filter(({ agoMs }) => agoMs !== undefined)).toEqual([]);
});

test('a server that gets other JSON is no MCP server: no recorder', () => {
  const it = run({ ONLY_LOGS: '1' });
  expect(it.status).toBe(0);
  expect(it.seen).toEqual([{ ev: 'recognised', recognised: 0 }]);
});
