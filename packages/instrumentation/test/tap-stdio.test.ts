/** The stdio tap in processes of their own: servers without an SDK, raw proxies, and programs that are no servers. */
import { expect, test } from 'vitest';
import {
  call,
  HELLO,
  INITIALIZE,
  LIST,
  message,
  talk,
  type Run,
  type Seen,
} from './fixture-run.ts';

const TEXT = 'zwölf Boxkämpfer 🥊 jagen Виктора';
const TALK = [
  ...HELLO,
  LIST,
  call(2, 'echo', { text: TEXT }),
  call(3, 'broken'),
  call(4, 'absent'),
];

const begun = (of: Run): readonly Seen[] => of.seen.filter(({ ev }) => ev === 'begin');
const requests = (of: Run): readonly Seen[] => begun(of).filter((x) => x.requestId !== undefined);
const ends = (of: Run): Map<unknown, readonly Seen[]> =>
  Map.groupBy(
    of.seen.filter(({ ev }) => ev === 'end'),
    ({ n }) => n,
  ) as Map<unknown, readonly Seen[]>;

/** Every request of TALK once, each ended once, by its answer. */
function expectTalk(it: Run): void {
  expect(requests(it).map(({ method }) => method)).toEqual([
    'initialize',
    'tools/list',
    'tools/call',
    'tools/call',
    'tools/call',
  ]);
  const ended = ends(it);
  expect(requests(it).map(({ n }) => ended.get(n)?.map(({ type }) => type))).toEqual(
    Array.from({ length: 5 }, () => ['result']),
  );
  const [, , echo, broken] = requests(it);
  expect(ended.get(echo?.n)?.[0]).toMatchObject({ result: { content: [{ text: TEXT }] } });
  expect(ended.get(broken?.n)?.[0]).toMatchObject({ result: { isError: true } });
  expect(echo).toMatchObject({
    side: 'server',
    person: { source: 'os_user' },
    connection: {
      role: 'server',
      clientName: 'tester',
      protocolVersion: '2025-06-18',
      networkTransport: 'pipe',
    },
  });
}

const READ = ['data', 'readable', 'for-await', 'readline', 'open', 'web', 'pipe', 'named'];
const WRITE = ['buffer', 'bytes', 'latin1', 'base64', 'halves', 'apart', 'corked', 'log'];

const isFull = process.env.MCP_LOGBOOK_FULL === '1';
const HOWS = READ.map((read, n) => ({ READ: read, WRITE: WRITE[n] ?? 'string' }));

test.each(isFull ? HOWS : HOWS.slice(1, 4))(
  'a hand-written server that reads by $READ and writes by $WRITE is seen whole and unchanged (I8, I9)',
  async (env) => {
    const plain = await talk('by-hand.mjs', TALK, { env, preload: false });
    const it = await talk('by-hand.mjs', TALK, { env });
    expect([it.stdout, it.stderr, it.status]).toEqual([plain.stdout, plain.stderr, plain.status]);
    expectTalk(it);
    const [echo] = requests(it).filter(({ method }) => method === 'tools/call');
    expect(echo).toMatchObject({ registered: true, annotations: { readOnlyHint: true } });
    expect(requests(it).at(-1)).toMatchObject({ registered: false });
    expect(begun(it).filter((x) => x.method === 'notifications/initialized')).toHaveLength(1);
    expect(it.seen.filter(({ ev }) => ev === 'opened')).toHaveLength(1);
  },
);

test('all messages in one chunk are each seen once', async () => {
  expectTalk(await talk('by-hand.mjs', [TALK.join('')]));
});

test('messages cut anywhere, also inside a character, are each seen once', async () => {
  const bytes = Buffer.from(TALK.join(''));
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) =>
    Buffer.from(bytes.subarray(n * 7, n * 7 + 7)),
  );
  expectTalk(await talk('by-hand.mjs', pieces, { wait: false }));
});

test('a last line without its end is seen as well', async () => {
  const it = await talk('by-hand.mjs', [...HELLO, LIST.trimEnd()], { env: { READ: 'readline' } });
  expect(requests(it).map(({ method }) => method)).toEqual(['initialize', 'tools/list']);
  expect([...ends(it).values()].flat()).toHaveLength(3);
});

test('a handler runs inside its call when the call came by itself', async () => {
  const it = await talk('by-hand.mjs', [...HELLO, call(1, 'echo', { text: 'a' })]);
  const [echo] = requests(it).filter(({ method }) => method === 'tools/call');
  expect(it.seen.filter(({ ev }) => ev === 'inside')).toEqual([{ ev: 'inside', n: echo?.n }]);
});

test('each message of a batch is a call of its own', async () => {
  const batch = [call('a', 'echo', { text: '1' }), call('b', 'broken')].map(
    (line) => JSON.parse(line) as unknown,
  );
  const it = await talk('by-hand.mjs', [...HELLO, `${JSON.stringify(batch)}\n`]);
  expect(requests(it).map(({ requestId }) => requestId)).toEqual(['0', 'a', 'b']);
  expect([...ends(it).values()].every((all) => all.length === 1)).toBe(true);
  expect(ends(it).size).toBe(4);
});

test('a message that is too long is a call without content, and counted (I10)', async () => {
  const long = 'x'.repeat(9 * 1024 * 1024);
  const it = await talk('by-hand.mjs', [...HELLO, call(1, 'echo', { text: long }), LIST]);
  expect(it.stdout.length).toBeGreaterThan(long.length);
  expect(requests(it).map(({ method }) => method)).toEqual([
    'initialize',
    'tools/call',
    'tools/list',
  ]);
  expect(it.seen.filter(({ ev }) => ev === 'unread')).toHaveLength(2);
  expect(ends(it).size).toBe(4);
});

test('in strict a call that cannot be entered never reaches the program, however it is cut', async () => {
  const line = call(5, 'echo', { text: 'never' });
  const it = await talk('by-hand.mjs', [...HELLO, line.slice(0, 30), line.slice(30), LIST], {
    env: { STRICT: 'begin' },
  });
  expect(it.seen.filter(({ ev }) => ev === 'inside')).toEqual([]);
  expect(it.stdout).not.toContain('never');
  expect(it.stdout).toContain(
    '{"jsonrpc":"2.0","id":5,"error":{"code":-32603,"message":"audit log unavailable"}}\n',
  );
  expect(it.stdout).toContain('inputSchema');
});

test('in strict an answer that cannot be entered does not leave', async () => {
  const it = await talk('by-hand.mjs', [...HELLO, call(5, 'echo', { text: 'never' }), LIST], {
    env: { STRICT: 'end' },
  });
  expect(it.seen.filter(({ ev }) => ev === 'inside')).toHaveLength(1);
  expect(it.stdout).not.toContain('never');
  expect(it.stdout).toContain('audit log unavailable');
});

test.each([{}, { CONNECTED: '1' }])(
  'a proxy that forwards raw messages past the SDK it loaded is seen once: %o',
  async (env) => {
    const calls = [call(1, 'echo', { text: 'a' }), call(2, 'echo', { text: 'b' })];
    const it = await talk('raw-proxy.mjs', [...HELLO, ...calls], { env });
    expect(it.stderr).toBe('');
    expect(requests(it).map(({ method }) => method)).toEqual([
      'initialize',
      'tools/call',
      'tools/call',
    ]);
    expect([...ends(it).values()].map((all) => all.length)).toEqual([1, 1, 1, 1]);
    expect(requests(it)[1]).toMatchObject({ connection: { serverName: 'far' } });
    expect(requests(it)[0]?.agoMs).toBeGreaterThan(0);
  },
);

test.each(['server.mjs', 'server.cjs'])(
  'a server of the SDK (%s) is recorded by its seam alone, and the tap leaves nothing behind',
  async (script) => {
    const it = await talk(script, [...HELLO, LIST, call(2, 'echo', { text: 'a' })]);
    expect(requests(it).map(({ method }) => method)).toEqual([
      'initialize',
      'tools/list',
      'tools/call',
    ]);
    expect(it.seen.filter(({ ev }) => ev === 'forget')).toEqual([]);
    expect([...ends(it).values()].map((all) => all.length)).toEqual([1, 1, 1, 1]);
  },
);

test('an SDK that is loaded after the first answer takes over: each request is recorded once', async () => {
  const it = await talk('late-sdk.mjs', [
    INITIALIZE,
    call(1, 'echo', { text: 'a' }),
    call(2, 'echo'),
  ]);
  expect(it.stderr).toBe('');
  const forgotten = new Set(it.seen.filter(({ ev }) => ev === 'forget').map(({ n }) => n));
  const kept = requests(it).filter(({ n }) => !forgotten.has(n));
  expect(kept.map(({ requestId }) => requestId)).toEqual(['0', '1', '2']);
  expect(kept.map(({ n }) => ends(it).get(n)?.length)).toEqual([1, 1, 1]);
});

const NO_MCP = {
  'a text': 'some text\nand more\n'.repeat(2_000),
  'a JSON document': `${JSON.stringify({ jsonrpc: 1, list: Array.from({ length: 3_000 }, (_, n) => n) }, null, 1)}\n`,
  'a JSON document in one long line': JSON.stringify({
    list: Array.from({ length: 90_000 }, (_, n) => n),
  }),
  'JSON lines': '{"level":"info","id":1}\n'.repeat(500),
  'another JSON-RPC': message({ id: 1, method: 'eth_blockNumber', params: [] }).repeat(40),
  'the Language Server Protocol': `Content-Length: 76\r\n\r\n${INITIALIZE}`,
  "a language server's initialize in a line": message({
    id: 1,
    method: 'initialize',
    params: { processId: 1, capabilities: {} },
  }).repeat(20),
  nothing: '',
};

test.each(Object.entries(NO_MCP).slice(isFull ? 0 : -4))(
  'a program that reads %s stays as it was, with no recorder and no trace on its streams',
  async (_title, input) => {
    const it = await talk('reader.mjs', [input], { wait: false });
    expect(it.stdout).toBe(`${JSON.stringify({ bytes: Buffer.byteLength(input), traces: [] })}\n`);
    expect(it.seen).toEqual([{ ev: 'recognised', recognised: 0 }]);
  },
);

test('a program that never looks at its stdin ends although it stays open', async () => {
  const it = await talk('plain.cjs', []);
  expect(it.status).toBe(0);
});
