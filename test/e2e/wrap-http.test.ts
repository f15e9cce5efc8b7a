/**
 * `mcp-logbook wrap --http-listen ... --http-target ...`: a proxy in front of a Streamable HTTP server. Clients see what
 * they see without it (I8), each request is recorded once, and streams stream.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_ERROR_TYPE,
  ATTR_MCP_SESSION_ID,
  ATTR_NETWORK_PROTOCOL_NAME,
  ATTR_NETWORK_TRANSPORT,
} from '@mcp-logbook/semconv';
import { mcpLogbook } from '../harness/cli.ts';
import { expectSession, requestSpans } from '../harness/expect-run.ts';
import { freePorts } from '../harness/free-ports.ts';
import { httpSteps, runHttpScript } from '../harness/http-script.ts';
import { present } from '../harness/json.ts';
import { callLeaves, readLeaves } from '../harness/logbook.ts';
import { BIN, spawnCommand, stopProcesses, type Watched } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { MAX_RSS_MIB, maxRssMiB } from '../harness/wrapped.ts';
import { strictProblems } from '../harness/strict.ts';
import { eventually } from '../harness/wait.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

test.each(['streamableHttp', 'sse'] as const)(
  'server-everything by %s behind the proxy: SDK clients see what they see without it, each request is recorded once',
  async (mode) => {
    const [front, behind] = await freePorts(2);
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
    const plain = await runHttpScript(mode, sandbox, {
      instrumented: false,
      port: behind,
      clients: 2,
      // The server prints its environment.
      env: { ...env, MCP_LOGBOOK_WRAPPED: '1' },
    });
    const wrapped = await runHttpScript(mode, sandbox, {
      instrumented: 'wrap',
      port: front,
      behind,
      clients: 2,
      env,
    });
    await receiver.stop();

    // After an answer that is an error the SDK's client asks for what it missed, a second later: on a slow machine lines come
    // twice, with or without us.
    const linesOf = ({ clients }: typeof plain): string[][] =>
      clients.map(({ lines }) => [...new Set(lines)].filter((line) => line !== '{}'));
    expect(linesOf(wrapped)).toEqual(linesOf(plain));
    expect([wrapped.exit.code, wrapped.exit.signal]).toEqual([plain.exit.code, plain.exit.signal]);
    const requests = [...httpSteps.map(([method]) => method), 'initialize'];
    const asked = ['sampling/createMessage', 'elicitation/create'];
    expectSession(receiver, sandbox.logs, [...requests, ...requests], [...asked, ...asked]);
    expect(strictProblems(receiver)).toEqual([]);
    const spans = requestSpans(receiver);
    expect(new Set(spans.flatMap((span) => span.attributes[ATTR_MCP_SESSION_ID] ?? [])).size).toBe(
      2,
    );
    for (const span of spans)
      expect(span.attributes).toMatchObject({
        [ATTR_NETWORK_TRANSPORT]: 'tcp',
        [ATTR_NETWORK_PROTOCOL_NAME]: 'http',
        [ATTR_CLIENT_ADDRESS]: '127.0.0.1',
      });
  },
);

/** A server of our own behind the proxy. */
async function behindProxy(
  listener: RequestListener,
  env: Readonly<Record<string, string>> = {},
  wrapArgs: readonly string[] = [],
): Promise<{ readonly url: string; readonly wrapper: Watched; readonly sandbox: Sandbox }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sandbox = aSandbox();
  const target = ['--http-listen', '0', '--http-target', `http://127.0.0.1:${port}`];
  const wrapper = spawnCommand([process.execPath, BIN, 'wrap', ...target, ...wrapArgs], {
    env: { ...sandbox.env, ...env },
    wrapped: false,
  });
  await wrapper.printed(' -> ');
  const url = /http:\/\/127\.0\.0\.1:\d+(?= ->)/.exec(wrapper.stderr)?.[0] ?? '';
  return { url, wrapper, sandbox };
}

const JSON_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};
const post = (url: string, message: unknown, headers: object = {}): Promise<Response> =>
  fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify(message),
  });
const toolCall = (id: number): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'x' },
});
const ANSWER = { content: [{ type: 'text', text: 'done' }] };

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

/** Answers each call in JSON, whole. */
const answering: RequestListener = (request, response) => {
  void bodyOf(request).then((text) => {
    const { id } = JSON.parse(text) as { id: number };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: ANSWER }));
  });
};

async function stopped(wrapper: Watched): Promise<void> {
  wrapper.kill('SIGTERM');
  expect(await wrapper.gone()).toMatchObject({ signal: 'SIGTERM' });
}

describe('the proxy of wrap', () => {
  test('passes an event at once, and a client that leaves ends the request behind it', async () => {
    let isLeft = false;
    const { url, wrapper } = await behindProxy((request, response) => {
      response.on('close', () => {
        isLeft = true;
      });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n');
      request.resume();
    });
    const abort = new AbortController();
    const answer = await fetch(`${url}/mcp`, { headers: JSON_HEADERS, signal: abort.signal });
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toContain('notifications/message');
    abort.abort();
    await eventually(
      () => isLeft,
      10_000,
      () => 'the request behind the proxy goes on',
    );
    await stopped(wrapper);
  });

  test('100 MB pass unchanged through it both ways, and a reader that stops stops the sender', async () => {
    const { url, wrapper } = await behindProxy((request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      request.pipe(response);
    });
    const piece = Buffer.alloc(65_536, 'abcdefghijklm');
    const [sentDigest, readDigest] = [createHash('sha256'), createHash('sha256')];
    let [sent, read, underway] = [0, 0, 0];
    const outgoing = httpRequest(`${url}/mcp`, { method: 'POST', headers: JSON_HEADERS });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    const sending = (async () => {
      while (sent < 100_000_000) {
        sentDigest.update(piece);
        sent += piece.length;
        underway = Math.max(underway, sent - read);
        if (!outgoing.write(piece)) await once(outgoing, 'drain');
      }
      outgoing.end();
    })();
    const [answer] = await answered;
    // Nobody reads: the sender must come to a stop before it has sent everything.
    for (let before = -1; before !== sent; await new Promise((done) => setTimeout(done, 500)))
      before = sent;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      readDigest.update(chunk);
      read += chunk.length;
    }
    await sending;
    expect(read).toBe(sent);
    expect(readDigest.digest('hex')).toBe(sentDigest.digest('hex'));
    // Four TCP connections' buffers in the kernel, which grow to 6 MiB each and more; the wrapper's own memory is below.
    expect(underway).toBeLessThan(64 * 1024 * 1024);
    const rss = maxRssMiB(wrapper.pid);
    if (rss !== undefined) expect(rss).toBeLessThan(MAX_RSS_MIB);
    const most = `at most ${underway >> 20} MiB underway, ${rss?.toFixed(0)} MiB of memory`;
    process.stdout.write(`100 MB through the proxy: ${most}\n`);
    await stopped(wrapper);
  });

  test('ends calls that HTTP refuses or fails with the status; 401 and 403 are refusals as well', async () => {
    const receiver = await Receiver.start();
    const { url, wrapper, sandbox } = await behindProxy(
      (request, response) => {
        void bodyOf(request).then((text) => {
          const status = { 1: 401, 2: 403, 3: 500 }[(JSON.parse(text) as { id: 1 }).id];
          const challenge = { 'www-authenticate': 'Bearer error="insufficient_scope"' };
          response.writeHead(status, status === 403 ? challenge : {}).end('no');
        });
      },
      { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    );
    const statuses = [];
    for (const id of [1, 2, 3]) statuses.push((await post(url, toolCall(id))).status);
    expect(statuses).toEqual([401, 403, 500]);
    await receiver.until(() => requestSpans(receiver).length === 3);
    await stopped(wrapper);
    await receiver.stop();
    expect(requestSpans(receiver).map((span) => span.attributes[ATTR_ERROR_TYPE])).toEqual([
      '401',
      '403',
      '500',
    ]);
    const leaves = readLeaves(sandbox.logs).map(({ leaf }) => [leaf['kind'], leaf['outcome']]);
    const calls = leaves.filter(([kind]) => kind === 'tool.call');
    expect(calls.map(([, outcome]) => outcome)).toEqual(['denied', 'denied', 'failure']);
    expect(
      leaves.filter(([kind, outcome]) => kind !== 'tool.call' && outcome === 'denied'),
    ).toHaveLength(2);
  });

  test('a server that is not there is 502, and the call is recorded as failed', async () => {
    const [port] = await freePorts(1);
    const sandbox = aSandbox();
    const args = ['--http-listen', '0', '--http-target', `http://127.0.0.1:${port}`];
    const wrapper = spawnCommand([process.execPath, BIN, 'wrap', ...args], {
      env: sandbox.env,
      wrapped: false,
    });
    await wrapper.printed(' -> ');
    const url = /http:\/\/127\.0\.0\.1:\d+(?= ->)/.exec(wrapper.stderr)?.[0] ?? '';
    const answer = await post(url, toolCall(1));
    expect([answer.status, await answer.text()]).toEqual([
      502,
      expect.stringContaining('does not answer (ECONNREFUSED)'),
    ]);
    await stopped(wrapper);
    expect(callLeaves(sandbox.logs).map(({ leaf }) => [leaf['outcome'], leaf['error']])).toEqual([
      ['failure', '502'],
    ]);
  });

  test('blocking: when the answer is there the entry is on disk, even if the wrapper dies at once (I3)', async () => {
    const { url, wrapper, sandbox } = await behindProxy(answering);
    expect(await (await post(url, toolCall(1))).json()).toMatchObject({ result: ANSWER });
    wrapper.kill('SIGKILL');
    await wrapper.gone();
    expect(callLeaves(sandbox.logs).map(({ leaf }) => leaf['outcome'])).toEqual(['success']);
  });

  test('with the flag in NODE_OPTIONS as well, each call is recorded once', async () => {
    const { url, wrapper, sandbox } = await behindProxy(answering, {
      NODE_OPTIONS: '--require mcp-logbook/register',
    });
    for (const id of [1, 2, 3])
      expect(await (await post(url, toolCall(id))).json()).toMatchObject({ id });
    await stopped(wrapper);
    expect(callLeaves(sandbox.logs)).toHaveLength(3);
  });

  test('compressed bodies pass unread: the call is recorded once, as answered', async () => {
    const { url, wrapper, sandbox } = await behindProxy((request, response) => {
      request.resume();
      expect(request.headers['accept-encoding']).toBeUndefined();
      const body = gzipSync(JSON.stringify({ jsonrpc: '2.0', id: 1, result: ANSWER }));
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(body);
    });
    expect(await (await post(url, toolCall(1))).json()).toMatchObject({ result: ANSWER });
    await stopped(wrapper);
    expect(callLeaves(sandbox.logs).map(({ leaf }) => leaf['outcome'])).toEqual(['success']);
    expect(wrapper.stderr).toContain('a compressed body was not read');
  });

  test('headers of one connection stay on it, all others pass, and the server learns who asked', async () => {
    let seen: IncomingMessage | undefined;
    const { url, wrapper } = await behindProxy((request, response) => {
      seen = request;
      response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], 'keep-alive': 'timeout=99' }).end();
    });
    const { hostname, port } = new URL(url);
    const outgoing = httpRequest({
      hostname,
      port,
      path: '/mcp?q=1',
      method: 'DELETE',
      headers: {
        connection: 'close, x-hop',
        'x-hop': '1',
        te: 'trailers',
        'x-kept': ['1', '2'],
        'proxy-authorization': 'Basic eA==',
        authorization: 'Bearer t',
        'user-agent': 'a test',
      },
    });
    outgoing.end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.resume();
    const { headers, url: path, method } = present(seen, 'a request');
    expect([method, path]).toEqual(['DELETE', '/mcp?q=1']);
    expect(headers).toMatchObject({
      'x-kept': '1, 2',
      authorization: 'Bearer t',
      'user-agent': 'a test',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `${hostname}:${port}`,
    });
    for (const name of ['x-hop', 'te', 'proxy-authorization', 'transfer-encoding'])
      expect(headers[name]).toBeUndefined();
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.headers['keep-alive']).not.toBe('timeout=99');
    await stopped(wrapper);
  });

  test('an answer that is cut off behind it is cut off before it', async () => {
    const { url, wrapper } = await behindProxy((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"jsonrpc"', () => setTimeout(() => response.destroy(), 50));
    });
    const answer = await post(url, toolCall(1));
    await expect(answer.text()).rejects.toThrow(/terminated|aborted/);
    await stopped(wrapper);
  });

  test('strict: a call that cannot be entered is refused and never gets to the server', async () => {
    let calls = 0;
    const { url, wrapper } = await behindProxy(
      (request, response) => {
        calls += 1;
        answering(request, response);
      },
      { MCP_LOGBOOK_MODE: 'strict', MCP_LOGBOOK_DIR: '/dev/null/logs' },
    );
    expect(await (await post(url, toolCall(7))).json()).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32603, message: 'audit log unavailable' },
    });
    expect(calls).toBe(0);
    expect(await (await post(url, { ...toolCall(8), method: 'ping' })).json()).toMatchObject({
      id: 8,
    });
    await stopped(wrapper);
  });

  test('strict: the same of a call that is posted for an event stream, by a status, which the client sees at once', async () => {
    const methods: (string | undefined)[] = [];
    const { url, wrapper } = await behindProxy(
      (request, response) => {
        methods.push(request.method);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('event: endpoint\ndata: /messages?sessionId=s1\n\n');
      },
      { MCP_LOGBOOK_MODE: 'strict', MCP_LOGBOOK_DIR: '/dev/null/logs' },
    );
    const stream = await fetch(`${url}/sse`);
    const reader = present(stream.body, 'a stream').getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain('endpoint');
    const answer = await fetch(`${url}/messages?sessionId=s1`, {
      method: 'POST',
      headers: JSON_HEADERS,
      body: JSON.stringify(toolCall(7)),
    });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ id: 7, error: { code: -32603 } });
    expect(methods).toEqual(['GET']);
    await reader.cancel();
    await stopped(wrapper);
  });

  test('strict with a sound log enters request and result; --propagate tells the server of our span', async () => {
    const bodies: string[] = [];
    const receiver = await Receiver.start();
    const { url, wrapper, sandbox } = await behindProxy(
      (request, response) => {
        void bodyOf(request).then((text) => {
          bodies.push(text);
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end(`id: 1\ndata: ${JSON.stringify({ id: 1, result: ANSWER })}\n\n`);
        });
      },
      { MCP_LOGBOOK_MODE: 'strict', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
      ['--propagate'],
    );
    const text = await (await post(url, toolCall(1))).text();
    expect(text).toBe(`id: 1\ndata: ${JSON.stringify({ id: 1, result: ANSWER })}\n\n`);
    expect(bodies).toEqual([
      expect.stringMatching(/"_meta":\{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-01"\}/),
    ]);
    await stopped(wrapper);
    await receiver.stop();
    expect(callLeaves(sandbox.logs).map(({ leaf }) => leaf['phase'])).toEqual([
      'request',
      'result',
    ]);
  });
});

test('wrong usage of the proxy is code 2 and says what to give', () => {
  for (const args of [
    ['--http-listen', '8080'],
    ['--http-listen', 'x:y', '--http-target', 'http://127.0.0.1:1'],
    ['--http-listen', '8080', '--http-target', 'http://127.0.0.1:1/mcp'],
    ['--http-listen', '8080', '--http-target', 'ftp://127.0.0.1'],
  ]) {
    const run = mcpLogbook(['wrap', ...args]);
    expect([run.code, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toMatch(/^mcp-logbook: error: --http-.*\nmcp-logbook: hint: /);
  }
});
