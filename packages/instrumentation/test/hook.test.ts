/** The hook in processes of their own, against real SDKs: ES module, CommonJS, 1.0.1, over stdio, memory and HTTP. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { call, HELLO, LIST, run, type Run, type Seen } from './fixture-run.ts';

const MODULES = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
const SDK_1_0 = join(
  MODULES,
  '@modelcontextprotocol/server-github/node_modules/@modelcontextprotocol/sdk',
);

const lines = (...all: readonly string[]): string => all.join('');
const begun = (of: Run, method: string, side = 'server') =>
  of.seen.filter((x) => x.ev === 'begin' && x.method === method && x.side === side);
const ended = (of: Run, begin: Seen | undefined) =>
  of.seen.filter((x) => x.ev === 'end' && x.n === begin?.n);

describe('a server on stdio', () => {
  const input = lines(
    ...HELLO,
    call(1, 'echo', { text: 'hi' }),
    call(2, 'broken'),
    call(3, 'unheard'),
  );

  test('as an ES module gives each call once, with who, what and how it ended', () => {
    const it = run('server.mjs', { input });
    expect(it.stderr).toBe('');
    expect(it.seen[0]).toEqual({ ev: 'recognised', recognised: 1 });
    const [echo, broken, unheard] = begun(it, 'tools/call');
    expect(begun(it, 'tools/call')).toHaveLength(3);
    expect(echo).toMatchObject({
      requestId: '1',
      registered: true,
      annotations: { readOnlyHint: true },
      person: { source: 'os_user' },
      connection: {
        role: 'server',
        clientName: 'tester',
        clientVersion: '9',
        serverName: 'shop',
        serverVersion: '1.2.3',
        protocolVersion: '2025-06-18',
        networkTransport: 'pipe',
      },
    });
    expect(ended(it, echo)).toMatchObject([
      { type: 'result', result: { content: [{ text: 'hi' }] } },
    ]);
    expect(ended(it, broken)).toMatchObject([
      { type: 'result', result: { isError: true }, thrown: 'RangeError: out of stock' },
    ]);
    expect(unheard).toMatchObject({ registered: false });
    expect(it.seen.filter((x) => x.ev === 'opened')).toHaveLength(1);
  });

  test('a stack that a handler prints is the one it has without us', () => {
    const input = [...HELLO, call(1, 'at-once'), call(2, 'in-a-promise')].join('');
    const [watched, plain] = (['preload.ts', false] as const).map((preload) =>
      run('stacks.mjs', { input, preload }),
    );
    expect(plain?.stderr.split('\n').length).toBeGreaterThan(8);
    expect(watched?.stderr).toBe(plain?.stderr);
    const thrown = watched?.seen.map((one) => one['thrown']).filter((one) => one !== undefined);
    expect(thrown).toEqual(['RangeError: at once', 'RangeError: in a promise']);
  });

  test('answers byte for byte what it answers without us', () => {
    const [with_, without] = (['preload.ts', false] as const).map((hook) =>
      run('server.mjs', { input, preload: hook }),
    );
    expect(with_?.stdout).toBe(without?.stdout);
    expect(with_?.status).toBe(without?.status);
    expect(with_?.stdout.split('\n')).toHaveLength(5);
  });

  test.each([
    ['as CommonJS with the low-level class', 'server.cjs'],
    ['behind a loader that compiles every file its own way', 'loader.cjs'],
  ])('%s is seen the same', (_, script) => {
    const it = run(script, {
      input: lines(...HELLO, LIST, call(2, 'echo', { text: 'hi' })),
    });
    expect(it.stderr).toBe('');
    const [echo] = begun(it, 'tools/call');
    expect(ended(it, echo)).toMatchObject([{ type: 'result' }]);
    expect(echo).toMatchObject({ connection: { serverName: 'shop', networkTransport: 'pipe' } });
  });

  test('pinned to SDK 1.0.1 is seen too', () => {
    const it = run(join(MODULES, '@modelcontextprotocol/server-github/dist/index.js'), {
      input: lines(...HELLO, LIST, call(2, 'no_such_tool')),
    });
    expect(begun(it, 'tools/list')).toHaveLength(1);
    expect(ended(it, begun(it, 'tools/call')[0])).toHaveLength(1);
  });

  test('in strict never runs a handler whose request could not be entered', () => {
    const it = run('server.mjs', {
      input: lines(...HELLO, call(1, 'echo', { text: 'hi' })),
      env: { STRICT: 'begin' },
    });
    const answers = it.stdout.trimEnd().split('\n');
    expect(answers.map((line) => JSON.parse(line) as unknown)).toContainEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32603, message: 'audit log unavailable' },
    });
    expect(it.stdout).not.toContain('hi');
  });

  test('in strict gives no answer whose entry could not be written', () => {
    const it = run('server.mjs', {
      input: lines(...HELLO, call(1, 'echo', { text: 'hi' })),
      env: { STRICT: 'end' },
    });
    expect(it.stdout).toContain('audit log unavailable');
    expect(it.stdout).not.toContain('"hi"');
  });

  test('is left alone when the recorder stands down', () => {
    const it = run('server.mjs', { input, env: { STAND_DOWN: '1' } });
    expect(it.seen).toHaveLength(1);
    expect(it.stdout.split('\n')).toHaveLength(5);
  });
});

describe('both ends in one process', () => {
  test.each([
    ['1.32.2 as ES modules', {}],
    ['1.0.1', { SDK: pathToFileURL(join(SDK_1_0, 'dist')).href }],
  ])(
    'SDK %s: what is sent is received once, and what a handler asks is inside its call',
    (_name, env) => {
      const it = run('pair.mjs', { env: env as Record<string, string> });
      expect(it.stderr).toBe('');
      expect(it.status).toBe(0);
      const [sent] = begun(it, 'tools/call', 'client');
      const [received] = begun(it, 'tools/call', 'server');
      expect(received?.meta).toEqual({ traceparent: `of-${sent?.n}` });
      expect(begun(it, 'roots/list', 'client')).toMatchObject([{ inside: received?.n }]);
      expect(ended(it, sent)).toMatchObject([{ type: 'result' }]);
      const outcomes = (side: string) =>
        begun(it, 'tools/call', side).map((x) =>
          ended(it, x).map((end) => end.errorType ?? end.type),
        );
      const timeout = 'SDK' in env ? [] : [['timeout']];
      // The server of 1.0.1 does not understand the cancellation its own client sends: its handler goes on.
      const cancelled = 'SDK' in env ? [['connection_closed']] : [['cancelled'], ['cancelled']];
      expect(outcomes('client')).toEqual([
        ['result'],
        ['cancelled'],
        ...timeout,
        ['connection_closed'],
      ]);
      expect(outcomes('server')).toEqual([['result'], ...cancelled, ['connection_closed']]);
      expect(begun(it, 'notifications/initialized', 'client')).toHaveLength(1);
      expect(begun(it, 'notifications/initialized', 'server')).toHaveLength(1);
      expect(it.seen.filter((x) => x.ev === 'opened')).toHaveLength(2);
      expect(it.seen.filter((x) => x.ev === 'closed')).toHaveLength(2);
    },
  );
});

describe('over HTTP', () => {
  const it = run('http.mjs');

  test('a call names its person, its peer and its session, never the token', () => {
    expect(it.stderr).toBe('');
    const [received] = begun(it, 'tools/call');
    expect(received).toMatchObject({
      person: {
        key: 'https://id.example|ada',
        source: 'token',
        clientId: 'app',
        claims: { scopes: ['read'] },
      },
      peer: { address: '127.0.0.1' },
      connection: {
        networkTransport: 'tcp',
        networkProtocolName: 'http',
        networkProtocolVersion: '1.1',
      },
    });
    expect(received?.connection).toMatchObject({
      sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    const own = { ...received, params: undefined };
    expect(JSON.stringify(own)).not.toContain('eyJhbGciOiJub25lIn0');
    const [sent] = begun(it, 'tools/call', 'client');
    expect(sent).toMatchObject({
      connection: { role: 'client', serverAddress: '127.0.0.1', networkTransport: 'tcp' },
    });
  });

  test('a refused request is one refusal, a 401 that has nothing to do with MCP is none; a session is one login', () => {
    const peer = {
      address: '127.0.0.1',
      port: expect.any(Number) as number,
      userAgent: expect.any(String) as string,
    };
    expect(it.seen.filter((x) => x.ev === 'access')).toEqual([
      {
        ev: 'access',
        event: 'bearer_refused',
        side: 'server',
        status: 401,
        reason: 'invalid_token',
        description: 'who are you',
        method: 'POST',
        path: '/mcp',
        isKnownPath: false,
        peer: { ...peer, userAgent: 'spy/1' },
      },
      {
        ev: 'access',
        event: 'login',
        side: 'server',
        status: 200,
        method: 'POST',
        path: '/mcp',
        isKnownPath: true,
        peer,
        person: expect.objectContaining({ key: 'https://id.example|ada' }) as object,
        clientId: 'app',
        sessionId: expect.any(String) as string,
      },
    ]);
  });
});

test('a program without MCP finds no global, no handle and no output of ours', () => {
  const it = run('plain.cjs');
  expect(it.stdout).toBe('{"seen":true,"handles":[]}');
  expect(it.stderr).toBe('');
  expect(it.seen).toEqual([{ ev: 'recognised', recognised: 0 }]);
});

describe("McpInstrumentation beside the program's own SDK", () => {
  const own = (env: Record<string, string> = {}) =>
    run('pair.mjs', { env, preload: 'own-sdk.mjs' });

  test('gives its provider client and server spans of one trace, and the log its entries', () => {
    const it = own();
    expect(it.stderr).toBe('');
    const spans = it.seen.filter((x) => x.ev === 'span' && x.name === 'tools/call ask');
    expect(spans.map((span) => span.kind)).toEqual([1, 2]); // the server's ends first
    const [received, sent] = spans;
    expect(received).toMatchObject({ parent: sent?.id, trace: sent?.trace });
    const [asked] = it.seen.filter((x) => x.name === 'roots/list' && x.kind === 2);
    expect(asked).toMatchObject({ parent: received?.id, scope: '@mcp-logbook/instrumentation' });
    expect(it.seen.filter((x) => x.ev === 'entry' && x.span === received?.id)).toHaveLength(1);
  });

  test('disabled sees nothing', () => {
    const it = own({ DISABLE: 'true' });
    expect(it.stderr).toBe('');
    expect(it.seen.filter((x) => x.ev === 'span' || x.ev === 'entry')).toEqual([]);
  });
});
