/** The HTTP tap in processes of their own: servers on node:http and node:http2 without an SDK, and those that have one. */
import { expect, test } from 'vitest';
import { run } from './fixture-run.ts';

const CASES: Record<string, string>[] = [
  { ON: 'node', ANSWERS: 'json' },
  { ON: 'node', ANSWERS: 'pieces', SESSIONS: '1' },
  { ON: 'node', ANSWERS: 'sse', SESSIONS: '1' },
  { ON: 'express', ANSWERS: 'json' },
  { ON: 'node', ANSWERS: 'json', ENCODING: 'gzip' },
  { ON: 'node', ANSWERS: 'pieces', ENCODING: 'br' },
  { ON: 'node', ANSWERS: 'pieces', ENCODING: 'deflate', SESSIONS: '1' },
  { ON: 'node', ANSWERS: 'sse', ENCODING: 'gzip', SESSIONS: '1' },
  { ON: 'node', ANSWERS: 'sse', ENCODING: 'br' },
  { ON: 'hono', ANSWERS: 'json', ENCODING: 'gzip' },
  { ON: 'http2', ANSWERS: 'json' },
  { ON: 'http2', ANSWERS: 'pieces', SESSIONS: '1' },
  { ON: 'http2', ANSWERS: 'sse', SESSIONS: '1' },
];

test.each(CASES)(
  'a hand-written server on $ON that answers by $ANSWERS, packed by $ENCODING, is seen whole and unchanged (I8)',
  (env) => {
    const plain = run('http-by-hand.mjs', { env, preload: false });
    const it = run('http-by-hand.mjs', { env });
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
  const it = run('http.mjs');
  expect(it.stderr).toBe('');
  const begun = it.seen.filter(({ ev, side }) => ev === 'begin' && side === 'server');
  const keys = begun.map(({ method, requestId, connection }) =>
    JSON.stringify([method, requestId, (connection as { sessionId?: string }).sessionId]),
  );
  expect(keys.length).toBeGreaterThan(2);
  expect(new Set(keys).size).toBe(keys.length);
  expect(begun.filter(({ agoMs }) => agoMs !== undefined)).toEqual([]);
});

test('a server of the SDK whose transport reads a body by its events is recorded by the seam alone, with its callers', () => {
  const plain = run('http-events.mjs', { preload: false });
  const it = run('http-events.mjs');
  expect([it.stdout, it.stderr, it.status]).toEqual([plain.stdout, '', 0]);
  const begun = it.seen.filter(({ ev }) => ev === 'begin');
  expect(begun.map(({ method }) => method)).toEqual([
    'initialize',
    'notifications/initialized',
    'tools/list',
    'tools/call',
  ]);
  for (const one of begun)
    expect(one).toMatchObject({
      peer: { address: '127.0.0.1', userAgent: 'spy/3' },
      connection: { networkTransport: 'tcp', networkProtocolVersion: '1.1' },
    });
});

test('a request without a handshake is of the revision that its header names', () => {
  const it = run('http-stateless.mjs');
  expect([it.stderr, it.status]).toEqual(['', 0]);
  const begun = it.seen.filter(({ ev }) => ev === 'begin');
  const versions = begun.map(
    ({ connection }) => (connection as { protocolVersion?: string }).protocolVersion,
  );
  expect(versions).toEqual([undefined, '2025-03-26', '2025-06-18']);
});

test('requests that an SDK never has, on a path where it had one, are failed calls', () => {
  const plain = run('http-used-again.mjs', { preload: false });
  const it = run('http-used-again.mjs');
  expect([it.stdout, it.stderr, it.status]).toEqual([plain.stdout, '', 0]);
  expect(plain.stdout.match(/^500 /gm)).toHaveLength(3);
  const begun = it.seen.filter(({ ev, requestId }) => ev === 'begin' && requestId !== undefined);
  const ends = begun.map(({ n }) => it.seen.filter((one) => one.ev === 'end' && one.n === n));
  expect(begun.map(({ method }) => method)).toEqual(['initialize', 'tools/list', 'tools/call']);
  expect(ends).toMatchObject([
    [{ type: 'result' }],
    [{ type: 'failed', errorType: '500' }],
    [{ type: 'failed', errorType: '500' }],
  ]);
});

test('a server that gets other JSON is no MCP server: no recorder', () => {
  const it = run('http-by-hand.mjs', { env: { ONLY_LOGS: '1' } });
  expect(it.status).toBe(0);
  expect(it.seen).toEqual([{ ev: 'recognised', recognised: 0 }]);
});

test.each(['accepted', 'answer'])(
  'HTTP+SSE of 2024-11-05 by hand is seen whole and unchanged, %s first (I8)',
  (FIRST) => {
    const plain = run('sse-by-hand.mjs', { env: { FIRST }, preload: false });
    const it = run('sse-by-hand.mjs', { env: { FIRST } });
    expect([it.stdout, it.stderr, it.status]).toEqual([plain.stdout, plain.stderr, plain.status]);
    expect(plain.stdout.match(/^202.*/gm)).toEqual(
      Array.from({ length: 2 }, () => '202 202 202 202 202 202 202 202 202 401'),
    );
    for (const name of ['a', 'b']) {
      const own = it.seen.filter(
        ({ ev, connection }) =>
          ev === 'begin' && (connection as { sessionId?: string }).sessionId === name,
      );
      const told = own.map(({ n, side, method, requestId, params, peer, connection }) => [
        side,
        method,
        requestId,
        (params as { arguments?: { text?: string } } | undefined)?.arguments?.text,
        (peer as { userAgent?: string } | undefined)?.userAgent,
        (connection as { clientName?: string }).clientName,
        it.seen
          .filter((end) => end.ev === 'end' && end.n === n)
          .map(({ type }) => type)
          .join(),
      ]);
      const by = [`sse-${name}`, `client-${name}`];
      const tool = 'tools/call';
      const wanted = [
        ['server', 'initialize', '1', undefined, ...by, 'result'],
        ['server', 'notifications/initialized', undefined, undefined, ...by, 'delivered'],
        ['server', 'tools/list', '2', undefined, ...by, 'result'],
        ['server', tool, '3', `of ${name}`, ...by, 'result'],
        ['server', tool, '4', 'ask', ...by, 'result'],
        ['client', 'sampling/createMessage', 'of-server', undefined, undefined, by[1], 'result'],
        ['server', 'bad', '5', undefined, ...by, 'error'],
        ['server', tool, '6', 'never', ...by, 'failed'],
        ['server', tool, '8', 'long', ...by, 'result'],
      ];
      // What the server asks while it answers is told before or after what it answers.
      expect(told.map((row) => JSON.stringify(row)).toSorted()).toEqual(
        wanted.map((row) => JSON.stringify(row)).toSorted(),
      );
    }
    expect(it.seen.filter(({ ev }) => ev === 'closed')).toHaveLength(2);
    expect(it.seen.filter(({ ev }) => ev === 'unread')).toHaveLength(2);
    expect(it.seen.filter(({ ev }) => ev === 'access')).toMatchObject(
      ['a', 'b'].map(() => ({ event: 'bearer_refused', status: 401, path: '/message' })),
    );
  },
);

test('a server of the SDK on HTTP+SSE is recorded by the seam alone', () => {
  const it = run('sse-sdk.mjs');
  expect(it.stderr).toBe('');
  const begun = it.seen.filter(({ ev, side }) => ev === 'begin' && side === 'server');
  expect(begun.map(({ method, agoMs }) => [method, agoMs])).toEqual(
    ['initialize', 'notifications/initialized', 'tools/call', 'tools/call', 'tools/call'].map(
      (method) => [method, undefined],
    ),
  );
});

test('a program with an event stream of its own is no MCP server', () => {
  const plain = run('sse-by-hand.mjs', { env: { TICKS: '1' }, preload: false });
  const it = run('sse-by-hand.mjs', { env: { TICKS: '1' } });
  expect([it.stdout, it.stderr, it.status]).toEqual([plain.stdout, plain.stderr, 0]);
  expect(it.seen).toEqual([{ ev: 'recognised', recognised: 0 }]);
});
