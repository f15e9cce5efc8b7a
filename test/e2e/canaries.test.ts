/**
 * Secrets put everywhere a peer can put them; then every byte that left the process or was written is searched.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { query } from '@mcp-logbook/audit';
import { ATTR_MCP_LOGBOOK_AUTH_EVENT } from '@mcp-logbook/semconv';
import {
  type Canary,
  familyCanaries,
  findCanaries,
  keyedCanaries,
  letters,
  recognisableCanaries,
} from '../harness/canaries.ts';
import { callLeaves, filesUnder } from '../harness/logbook.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { freePort, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { WireClient } from '../harness/wire-client.ts';
import { eventually } from '../harness/wait.ts';
import { verifies } from '../requirements.ts';

verifies('M3.5', 'M5.4');

const stdioServer = fileURLToPath(new URL('../harness/fixtures/stdio-server.mjs', import.meta.url));
const httpServer = fileURLToPath(new URL('../harness/fixtures/http-server.mjs', import.meta.url));

/** Harmless text that must get through: without it an empty capture would pass every search. */
const MARKER = 'plainly-visible-marker';

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** How many families go into one call. */
const AT_ONCE = 64;

/** Everything that was written or sent, searched. */
function leaks(
  canaries: readonly Canary[],
  receiver: Receiver,
  sandbox: Sandbox,
  stderr: string,
): string[] {
  const found = [
    ...findCanaries(canaries, receiver.wire, 'OTLP'),
    ...findCanaries(canaries, stderr, 'stderr'),
    ...filesUnder(sandbox.logs).flatMap((path) => [
      ...findCanaries(canaries, readFileSync(path), path.slice(sandbox.logs.length)),
      ...findCanaries(canaries, path, 'a file name'),
    ]),
    // Sealed on disk is not enough: what the key opens must be redacted as well.
    ...findCanaries(canaries, JSON.stringify(query(sandbox.logs, { limit: 10_000 })), 'payloads'),
  ];
  return found;
}

async function talk(
  sandbox: Sandbox,
  env: Readonly<Record<string, string>>,
  instrumented: boolean,
  canaries: readonly Canary[],
  keyed: Readonly<Record<string, unknown>>,
  families: readonly Canary[],
): Promise<{ stdout: string; stderr: string }> {
  const child = spawnNode({ script: stdioServer, env: { ...sandbox.env, ...env }, instrumented });
  const client = new WireClient(child);
  const [first] = canaries;
  if (first === undefined) throw new Error('no canaries');
  await client.handshake({ clientInfo: { name: `agent ${first.secret}`, version: first.secret } });
  await client.call('echo', { text: MARKER });
  await client.call('structured', { value: keyed });
  await client.call('structured', { value: { [first.secret]: 'a secret as a key' } });
  for (const { carrier } of canaries) {
    await client.call('echo', { text: `before ${carrier} after` });
    await client.call('structured', { value: { inner: [{ note: carrier }] } });
    await client.call('boom', { text: `failed with ${carrier}` });
    await client.call('tool-error', { text: `cannot use ${carrier}` });
    await client.call(`tool-${carrier}`, {});
    await client.request('resources/read', { uri: `note://x/?token=${carrier}` });
    await client.request('prompts/get', { name: 'greet', arguments: { name: carrier } });
    await client.request('prompts/get', { name: 'greet', arguments: { name: `throw:${carrier}` } });
    await client.request(`method/${carrier}`, { carrier });
    client.notify('notifications/cancelled', { requestId: 999, reason: carrier });
    client.send({ jsonrpc: '2.0', id: carrier, method: 'ping', params: { _meta: { x: carrier } } });
  }
  // Texts well below the length at which the rest of one is cut off unread.
  for (let i = 0; i < families.length; i += AT_ONCE) {
    const carriers = families.slice(i, i + AT_ONCE).map(({ carrier }) => carrier);
    const text = carriers.join('\n');
    await client.call('echo', { text });
    await client.call('structured', { value: { list: carriers, json: JSON.stringify(carriers) } });
    await client.call('boom', { text });
    await client.call('tool-error', { text });
  }
  await client.request('ping');
  child.closeStdin();
  await child.gone();
  client.assertOnlyMessages();
  return { stdout: child.stdout, stderr: child.stderr };
}

const SETTINGS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['defaults', {}],
  [
    'content in spans and everything in the log',
    { MCP_LOGBOOK_CAPTURE_SPANS: 'full', MCP_LOGBOOK_CAPTURE: 'full' },
  ],
  ['debug diagnostics', { OTEL_LOG_LEVEL: 'DEBUG' }],
];

describe.each(SETTINGS)('over stdio with %s', (name, settings) => {
  test('no secret is sent, written or printed, one of every token family among them, and the streams are those of the plain run', async () => {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const keyed = keyedCanaries();
    const canaries = recognisableCanaries();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...settings };
    const families = familyCanaries();
    const plain = await talk(sandbox, env, false, canaries, keyed.value, families);
    const watched = await talk(sandbox, env, true, canaries, keyed.value, families);
    await receiver.stop();

    expect(watched.stdout).toBe(plain.stdout);
    if (settings['OTEL_LOG_LEVEL'] === undefined) expect(watched.stderr).toBe(plain.stderr);
    // The secrets did pass through the server, and the calls were recorded.
    for (const { secret } of [...canaries, ...keyed.all, ...families])
      expect(plain.stdout).toContain(secret);
    expect(callLeaves(sandbox.logs).length).toBeGreaterThan(canaries.length * 7);
    const all = [...canaries, ...keyed.all, ...families];
    expect(leaks(all, receiver, sandbox, watched.stderr)).toEqual([]);
    expect(strictProblems(receiver)).toEqual([]);
    // What is harmless is there.
    expect(JSON.stringify(query(sandbox.logs, { limit: 10_000 }))).toContain(MARKER);
    expect(receiver.wire.includes(MARKER)).toBe(name.startsWith('content in spans'));
  });
});

test('what a server tells of its own environment is not sent, written or printed', async () => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const token = letters(30);
  const password = letters(12);
  const phrase = `${letters(7)} "${letters(7)}/ö`;
  const own = {
    ACME_API_TOKEN: token,
    DATABASE_URL: `postgres://app:${password}@db.example/shop`,
    DB_PASSWORD: phrase,
    APP_NAME: MARKER,
  };
  const env = {
    ...sandbox.env,
    ...own,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    MCP_LOGBOOK_CAPTURE_SPANS: 'full',
    MCP_LOGBOOK_CAPTURE: 'full',
  };
  const child = spawnNode({ script: stdioServer, env, instrumented: true });
  const client = new WireClient(child);
  await client.handshake();
  for (const name of Object.keys(own))
    for (const fails of [false, true]) await client.call('tell', { name, fails });
  child.closeStdin();
  await child.gone();
  await receiver.stop();

  const canaries: Canary[] = [token, password, phrase].flatMap((secret) => [
    { family: 'as it is', carrier: secret, secret },
    { family: 'as JSON', carrier: secret, secret: JSON.stringify(secret).slice(1, -1) },
    { family: 'percent-encoded', carrier: secret, secret: encodeURIComponent(secret) },
    ...['', 'x', 'xx'].map((before) => ({
      family: `base64 after ${before.length}`,
      carrier: secret,
      // Without the characters that depend on what stands around.
      secret: Buffer.from(`${before}${secret}`).toString('base64').slice(4, -4),
    })),
  ]);
  // Nobody sent them: the server alone knew them, and its client saw them.
  for (const { secret } of canaries.filter(({ family }) => family !== 'as JSON'))
    expect(child.stdout.replaceAll('\\"', '"')).toContain(secret);
  expect(leaks(canaries, receiver, sandbox, child.stderr)).toEqual([]);
  const kept = JSON.stringify(query(sandbox.logs, { limit: 10_000 }));
  expect(kept).toContain('[REDACTED:environment-secret]');
  expect(kept).toContain(`started with ${MARKER}`);
});

test('over HTTP no token, cookie or header secret is sent, written or printed', async () => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const port = await freePort();
  const token = letters(32);
  const wrongToken = letters(32);
  const headerSecret = `gh${'p_'}${letters(36)}`;
  const canaries: Canary[] = [
    { family: 'valid token', carrier: token, secret: token },
    { family: 'refused token', carrier: wrongToken, secret: wrongToken },
    { family: 'header', carrier: headerSecret, secret: headerSecret },
  ];
  const child = spawnNode({
    script: httpServer,
    env: {
      ...sandbox.env,
      PORT: String(port),
      TOKENS: `ada=${token}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      MCP_LOGBOOK_CAPTURE_SPANS: 'full',
      MCP_LOGBOOK_IDENTITY: 'plain',
    },
    instrumented: true,
  });
  await child.printed('listening');
  const post = async (path: string, bearer: string, body: unknown, session?: string) =>
    await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${bearer}`,
        cookie: `session=${headerSecret}`,
        'x-api-key': headerSecret,
        'user-agent': `agent/${headerSecret}`,
        ...(session === undefined ? {} : { 'mcp-session-id': session }),
      },
      body: JSON.stringify(body),
    });
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: `agent ${headerSecret}`, version: '1' },
    },
  };
  const opened = await post('/mcp', token, initialize);
  await opened.text();
  const session = opened.headers.get('mcp-session-id') ?? undefined;
  expect(session).toBeDefined();
  const call = (id: number, name: string) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: {} },
  });
  const headers = await (await post('/mcp', token, call(2, 'headers'), session)).text();
  const who = await (await post('/mcp', token, call(3, 'who'), session)).text();
  const refused = await post(`/mcp?access_token=${wrongToken}`, wrongToken, initialize);
  await refused.text();
  const denied = await post('/admin', token, {});
  await denied.text();
  const told = (): unknown[] =>
    receiver.logs
      .filter((log) => log.eventName === 'mcp_logbook.auth')
      .map(({ attributes }) => attributes[ATTR_MCP_LOGBOOK_AUTH_EVENT]);
  // What a busy machine cannot send within the exit's second is the matter of another test.
  await eventually(
    () => told().length === 3,
    30_000,
    () => `${told().length} events of authentication arrived`,
  );
  child.kill('SIGTERM');
  await child.gone();
  await receiver.stop();

  expect([opened.status, refused.status, denied.status]).toEqual([200, 401, 403]);
  expect(headers).toContain(headerSecret);
  expect(who).toContain('ada');
  expect(leaks(canaries, receiver, sandbox, child.stderr)).toEqual([]);
  expect(strictProblems(receiver)).toEqual([]);
  // Login, refusals and the person are recorded all the same.
  expect(told()).toEqual(['login', 'bearer_refused', 'scope_refused']);
  const rows = JSON.stringify(query(sandbox.logs, { limit: 100 }));
  expect(rows).toContain('auth.failure');
  expect(rows).toContain('authz.denied');
  expect(rows).toContain('ada');
});
