/**
 * What SDK 2 does outside Protocol, and calls of several rounds (MCP 2026-07-28): each message is seen once, nothing is
 * made up where there was none, and the rounds of one call hang together.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { query } from '@mcp-logbook/audit';
import {
  ATTR_ERROR_TYPE,
  ATTR_JSONRPC_REQUEST_ID,
  ATTR_MCP_LOGBOOK_CLIENT_NAME,
  ATTR_MCP_LOGBOOK_OUTCOME,
  ATTR_MCP_LOGBOOK_ROUND_ID,
  ATTR_MCP_LOGBOOK_ROUND_NUMBER,
  ATTR_MCP_METHOD_NAME,
  ATTR_RPC_RESPONSE_STATUS_CODE,
} from '@mcp-logbook/semconv';
import { asRecord } from '../harness/json.ts';
import { spawnNode, spawnPair, stopProcesses } from '../harness/process.ts';
import { freePort, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { WireClient } from '../harness/wire-client.ts';
import { type Answer, send, sendByHttp2 } from '../auth/send.ts';

const SERVER = fileURLToPath(new URL('../harness/fixtures/modern-server.mjs', import.meta.url));
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'by-hand', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
};

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** One POST of revision 2026-07-28; reads the whole answer, or the first `until` of it. */
type Ask = (method: string, id: number | string, params: object, until?: RegExp) => Promise<Answer>;

/** Has `work` ask a server over HTTP under the flag, which then ends; waits for three spans. */
async function overHttp(
  work: (ask: Ask) => Promise<void>,
  over: 'http' | 'http2' = 'http',
): Promise<{ readonly receiver: Receiver; readonly sandbox: Sandbox }> {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const port = await freePort();
  const server = spawnNode({
    script: SERVER,
    args: [over, String(port)],
    env: { ...sandbox.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    instrumented: true,
  });
  await server.printed('listening');
  await work((method, id, params, until) => {
    const name = (params as { name?: string }).name;
    const headers = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': name }),
    };
    const message = { jsonrpc: '2.0', id, method, params: { _meta: META, ...params } };
    return (over === 'http2' ? sendByHttp2 : send)(
      port,
      { path: '/mcp', headers, body: JSON.stringify(message) },
      until,
    );
  });
  // What is missing, the comparisons say.
  await receiver.until(({ spans }) => spans.length >= 3, 20_000).catch(() => {});
  server.kill('SIGTERM');
  await server.gone();
  await receiver.stop();
  return { receiver, sandbox };
}

interface Round {
  readonly status: string;
  readonly outcome: unknown;
  readonly number: unknown;
}

/** Spans of one tool, oldest first, and the round ids on them. */
function roundsOf(
  receiver: Receiver,
  kind: 'client' | 'server',
  tool: string,
): { readonly rounds: Round[]; readonly ids: unknown[] } {
  const spans = receiver.spans
    .filter((span) => span.kind === kind && span.name === `tools/call ${tool}`)
    .toSorted((a, b) => Number(a.startUnixNano - b.startUnixNano));
  return {
    rounds: spans.map(({ status, attributes }) => ({
      status: status.code,
      outcome: attributes[ATTR_MCP_LOGBOOK_OUTCOME],
      number: attributes[ATTR_MCP_LOGBOOK_ROUND_NUMBER],
    })),
    ids: spans.map(({ attributes }) => attributes[ATTR_MCP_LOGBOOK_ROUND_ID]),
  };
}

const TWO_ROUNDS: readonly Round[] = [
  { status: 'unset', outcome: 'unknown', number: 1 },
  { status: 'unset', outcome: 'success', number: 2 },
];

/** Entries of calls and of what was asked within them, oldest first, each with its round. */
function entriesOf(sandbox: Sandbox): unknown[] {
  return query(sandbox.logs, { limit: 100 })
    .filter(({ leaf }) => /^(?:tool\.call|elicitation)$/.test(leaf.kind))
    .toReversed()
    .map(({ leaf, payload }) => ({
      kind: leaf.kind,
      outcome: leaf.outcome,
      error: leaf.error,
      target: leaf.target,
      round: asRecord(asRecord(payload)['round'] ?? {})['number'],
    }));
}

const ENTRIES = (tool: string): unknown[] => [
  { kind: 'tool.call', outcome: 'unknown', error: 'input_required', target: tool, round: 1 },
  { kind: 'elicitation', outcome: 'success', error: undefined, target: undefined, round: 2 },
  { kind: 'tool.call', outcome: 'success', error: undefined, target: tool, round: 2 },
];

describe('a call of several rounds', () => {
  test('on both sides over stdio: one round id, the first is not completed, the answer has an entry', async () => {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const env = {
      ...sandbox.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
    const client = spawnPair('modern-client', SERVER, env);
    await receiver
      .until(
        ({ spans }) =>
          spans.filter(({ name }) => name.startsWith('tools/call')).length >= 4 &&
          spans.some(({ name }) => name === 'server/discover'),
        30_000,
      )
      .catch(() => {}); // what is missing, the comparisons below say
    client.closeStdin();
    expect((await client.gone()).code, client.stderr).toBe(0);
    expect(client.stdout).toContain('done:');
    await receiver.stop();
    const served = roundsOf(receiver, 'server', 'deploy');
    const sent = roundsOf(receiver, 'client', 'deploy');
    expect(served.rounds).toEqual(TWO_ROUNDS);
    expect(sent.rounds).toEqual(TWO_ROUNDS);
    expect(new Set(served.ids).size).toBe(1);
    expect(new Set(sent.ids).size).toBe(1);
    expect(entriesOf(sandbox)).toEqual(ENTRIES('deploy'));
    // The probe that the client sends before any Protocol is there. It goes to a process of its own, which the client
    // stops at once: what that one says of it may be lost.
    const probes = receiver.spans.filter(({ name }) => name === 'server/discover');
    const asked = probes.filter(({ kind }) => kind === 'client');
    const answered = probes.filter(({ kind }) => kind === 'server');
    expect(asked.map(({ status }) => status.code)).toEqual(['unset']);
    for (const span of answered)
      expect(asked.map(({ spanId }) => spanId)).toContain(span.parentSpanId);
    expect(strictProblems(receiver)).toEqual([]);
  });

  test('over HTTP without a request state: a new server object for each request knows the call', async () => {
    const { receiver, sandbox } = await overHttp(async (ask) => {
      const call = (id: number, more: object) =>
        ask('tools/call', id, { name: 'name', arguments: {}, ...more });
      expect((await call(1, {})).body).toContain('input_required');
      const answer = { confirm: { action: 'accept', content: { confirm: true } } };
      expect((await call(2, { inputResponses: answer })).body).toContain('done:');
      // Nobody asked for this one: a call by itself.
      expect((await call(3, { inputResponses: answer })).body).toContain('done:');
    });
    const { rounds, ids } = roundsOf(receiver, 'server', 'name');
    expect(rounds).toEqual([
      ...TWO_ROUNDS,
      { status: 'unset', outcome: 'success', number: undefined },
    ]);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).toBeUndefined();
    expect(entriesOf(sandbox).slice(0, 3)).toEqual(ENTRIES('name'));
    expect(strictProblems(receiver)).toEqual([]);
  });
});

describe('what the entries of SDK 2 answer themselves', () => {
  /** Spans as method, id, code and error. */
  const seen = (receiver: Receiver): unknown[] =>
    receiver.spans
      .toSorted((a, b) => Number(a.startUnixNano - b.startUnixNano))
      .map(({ kind, attributes }) => [
        kind,
        attributes[ATTR_MCP_METHOD_NAME],
        attributes[ATTR_JSONRPC_REQUEST_ID],
        attributes[ATTR_RPC_RESPONSE_STATUS_CODE],
        attributes[ATTR_ERROR_TYPE],
      ]);

  /** One stdio session, plain or watched. */
  async function talk(
    sandbox: Sandbox,
    env: Readonly<Record<string, string>>,
    instrumented: boolean,
    until: () => Promise<void>,
  ): Promise<readonly string[]> {
    const server = spawnNode({
      script: SERVER,
      args: ['stdio', 'reject'],
      env: { ...sandbox.env, ...env },
      instrumented,
    });
    const client = new WireClient(server);
    await client.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    });
    await client.request('tools/list', {
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
    });
    await client.request('tools/list', {
      _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': '2027-01-01' },
    });
    await client.request('tools/list', { _meta: META });
    const acknowledged = client.next(
      ({ method }) => method === 'notifications/subscriptions/acknowledged',
    );
    client.send({
      jsonrpc: '2.0',
      id: 'listen-1',
      method: 'subscriptions/listen',
      params: { _meta: META, notifications: { toolsListChanged: true } },
    });
    await acknowledged;
    await client.request('subscriptions/listen', { _meta: META });
    client.notify('notifications/cancelled', { requestId: 'listen-1', _meta: META });
    await client.request('tools/list', { _meta: META });
    await until();
    server.closeStdin();
    await server.gone();
    return client.lines;
  }

  test('on stdio: bad envelope, unknown revision, handshake of the wrong era and listening are seen once each', async () => {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '100' };
    const plain = await talk(sandbox, env, false, async () => {});
    const watched = await talk(sandbox, env, true, () =>
      receiver.until(({ spans }) => spans.length >= 7, 20_000).catch(() => {}),
    );
    await receiver.stop();
    expect(watched).toEqual(plain);
    expect(seen(receiver)).toEqual([
      ['server', 'initialize', '1', '-32022', '-32022'],
      ['server', 'tools/list', '2', '-32602', undefined],
      ['server', 'tools/list', '3', '-32022', '-32022'],
      ['server', 'tools/list', '4', undefined, undefined],
      ['server', 'subscriptions/listen', 'listen-1', undefined, undefined],
      ['server', 'subscriptions/listen', '5', '-32602', undefined],
      ['server', 'tools/list', '6', undefined, undefined],
    ]);
    expect(strictProblems(receiver)).toEqual([]);
  });

  test.each(['http', 'http2'] as const)(
    'over %s a subscription is one call that lasts as long as its stream',
    async (over) => {
      const { receiver } = await overHttp(async (ask) => {
        const listen = (id: string, params: object, until?: RegExp) =>
          ask('subscriptions/listen', id, params, until);
        // Closed by the client once it was acknowledged; ended by the server, since nothing was asked for; refused.
        await listen('open', { notifications: { toolsListChanged: true } }, /acknowledged/);
        await listen('empty', { notifications: {} });
        await listen('bad', {});
      }, over);
      const calls = receiver.spans.map(({ attributes }) => [
        attributes[ATTR_MCP_METHOD_NAME],
        attributes[ATTR_JSONRPC_REQUEST_ID],
        attributes[ATTR_MCP_LOGBOOK_CLIENT_NAME],
        attributes[ATTR_MCP_LOGBOOK_OUTCOME],
        attributes[ATTR_RPC_RESPONSE_STATUS_CODE],
      ]);
      expect(calls).toHaveLength(3);
      expect(new Set(calls.map((call) => JSON.stringify(call)))).toEqual(
        new Set(
          [
            ['subscriptions/listen', 'bad', 'by-hand', 'failure', '-32602'],
            ['subscriptions/listen', 'empty', 'by-hand', 'success', null],
            ['subscriptions/listen', 'open', 'by-hand', 'failure', null],
          ].map((call) => JSON.stringify(call)),
        ),
      );
      expect(strictProblems(receiver)).toEqual([]);
    },
  );
});
