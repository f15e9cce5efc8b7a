/** What `mcp-logbook wrap` makes of messages: modes of the log, trace context, batches, and what it cannot read. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  ATTR_MCP_LOGBOOK_REASON,
  ATTR_MCP_METHOD_NAME,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
} from '@mcp-logbook/semconv';
import { verifyRoot } from '../harness/cli.ts';
import { expectSession, requestSpans } from '../harness/expect-run.ts';
import { asRecord } from '../harness/json.ts';
import { callLeaves } from '../harness/logbook.ts';
import { textOf } from '../harness/otlp.ts';
import { BIN, spawnCommand, stopProcesses, testFolder } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { WireClient } from '../harness/wire-client.ts';
import { finishWrapped, hasPython, PYTHON_SERVER, startWrapped } from '../harness/wrapped.ts';

const NODE = [process.execPath, join(testFolder, 'harness', 'fixtures', 'stdio-server.mjs')];
const PYTHON = ['python3', PYTHON_SERVER];
const REFUSAL = { code: -32603, message: 'audit log unavailable' };
/** Longer than what is read of a message. */
const TOO_LONG_BYTES = 9_000_000;

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

describe('the mode of the log, by wrap', () => {
  test('blocking: when the answer is there the entry is on disk, even if the wrapper dies at once (I3)', async () => {
    const { sandbox, server, client } = await startWrapped(NODE);
    await client.call('echo', { text: 'x' });
    server.kill('SIGKILL');
    await server.gone();
    expect(callLeaves(sandbox.logs)).toHaveLength(1);
  });

  test('strict, log not to be written: a call is refused and its handler never runs; the rest goes on', async () => {
    const { root, work } = aSandbox();
    writeFileSync(join(root, 'a-file'), '');
    const touchFile = join(work, 'touched');
    const run = await startWrapped(NODE, {
      MCP_LOGBOOK_DIR: join(root, 'a-file', 'logs'),
      MCP_LOGBOOK_MODE: 'strict',
      TOUCH_FILE: touchFile,
    });
    expect((await run.client.call('touch'))['error']).toEqual(REFUSAL);
    run.client.send([ping(100), toolCall(101, 'touch')] as unknown as Record<string, unknown>);
    await run.client.next((message) => message['id'] === 101);
    await run.client.request('ping');
    await finishWrapped(run);
    expect(run.client.lines.map((line) => JSON.parse(line) as object)).toContainEqual({
      jsonrpc: '2.0',
      id: 101,
      error: REFUSAL,
    });
    expect(existsSync(touchFile)).toBe(false);
  });

  test('strict, sound log: a call runs between its request and its result entry', async () => {
    const { work } = aSandbox();
    const run = await startWrapped(NODE, {
      MCP_LOGBOOK_MODE: 'strict',
      TOUCH_FILE: join(work, 'touched'),
    });
    expect((await run.client.call('touch'))['error']).toBeUndefined();
    await finishWrapped(run);
    const leaves = callLeaves(run.sandbox.logs).map(({ leaf }) => leaf);
    expect(leaves.map((leaf) => leaf['phase'])).toEqual(['request', 'result']);
    expect(verifyRoot(run.sandbox.logs).code).toBe(0);
  });

  test.skipIf(!hasPython)('strict: what cannot be read is refused, both ways', async () => {
    const run = await startWrapped(PYTHON, { MCP_LOGBOOK_MODE: 'strict' });
    const { client, server } = run;
    server.write('{"jsonrpc":"2.0","id":50,"method":"tools/call",,}\n');
    expect(await client.next((message) => message['id'] === null)).toMatchObject({
      error: { code: -32700 },
    });
    const long = { text: 'x'.repeat(TOO_LONG_BYTES) };
    const message = expect.stringContaining('over 8 MiB') as unknown;
    const refusal = { error: { code: -32603, message } };
    expect(await client.call('echo', long)).toMatchObject(refusal);
    expect(await client.call('big', { size: TOO_LONG_BYTES })).toMatchObject(refusal);
    expect((await client.call('echo', { text: 'short' }))['error']).toBeUndefined();
    await finishWrapped(run);
    expect(callLeaves(run.sandbox.logs).map(({ leaf }) => leaf['outcome'])).toEqual([
      'unknown',
      'failure',
      'unknown',
      'success',
    ]);
  });
});

describe.skipIf(!hasPython)('of a Python server under wrap', () => {
  test('messages of over 8 MiB pass, are counted, and their calls are recorded once, without content', async () => {
    const receiver = await Receiver.start();
    const run = await startWrapped(PYTHON, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    const { client, server } = run;
    const big = asRecord((await client.call('big', { size: TOO_LONG_BYTES }))['result']);
    expect(JSON.stringify(big).length).toBeGreaterThan(TOO_LONG_BYTES);
    // As the TypeScript SDK writes it: the id behind the big part.
    const params = { name: 'length', arguments: { text: 'x'.repeat(TOO_LONG_BYTES) } };
    const answer = client.next((message) => message['id'] === 77);
    server.write(`${JSON.stringify({ method: 'tools/call', params, jsonrpc: '2.0', id: 77 })}\n`);
    expect(JSON.stringify(await answer)).toContain(String(TOO_LONG_BYTES));
    await finishWrapped(run, receiver);
    await receiver.stop();
    expectSession(
      receiver,
      run.sandbox.logs,
      ['initialize', 'tools/list', 'tools/call', 'tools/call'],
      [],
    );
    const unread = receiver
      .latest(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED)
      .filter((point) => point.attributes[ATTR_MCP_LOGBOOK_REASON] === 'too_long');
    expect(unread.map((point) => point.value)).toEqual([2]);
    expect(server.stderr.match(/^mcp-logbook: /gm)).toHaveLength(1);
  });

  test('each message of a batch is recorded once, and lines that are no JSON pass', async () => {
    const receiver = await Receiver.start();
    const run = await startWrapped(PYTHON, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    const batch = [toolCall(60, 'echo', { text: 'a' }), toolCall(61, 'fail'), ping(62)];
    const last = run.client.next((message) => message['id'] === 62);
    run.server.write('no JSON\n\n{broken\n');
    run.server.write(`${JSON.stringify(batch)}\n`);
    await last;
    await finishWrapped(run, receiver);
    await receiver.stop();
    const methods = ['initialize', 'tools/list', 'tools/call', 'tools/call', 'ping'];
    expectSession(receiver, run.sandbox.logs, methods, []);
  });
});

describe('trace context, by wrap', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';
  const lines = [
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","n":12345678901234567890}}',
    `{"jsonrpc":"2.0","id":2,"method":"ping","params":{"_meta":{"progressToken":5,"traceparent":"00-${TRACE}-b7ad6b7169203331-01"}}}`,
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    '{"jsonrpc":"2.0","id":"s","result":{"a":1.0}}',
    'no JSON',
  ];

  /** What a command gets of `lines`, and the spans of its requests. */
  async function got(wrapArgs: readonly string[]): Promise<{
    readonly text: string;
    readonly parents: readonly string[];
  }> {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const file = join(sandbox.work, 'got');
    const child = spawnCommand(['sh', '-c', 'cat > "$0"', file], {
      env: { ...sandbox.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
      wrapped: true,
      wrapArgs,
    });
    child.write(`${lines.join('\n')}\n`);
    // That of the notification: `cat` answers nothing.
    await receiver.until(() => receiver.spans.length > 0, 30_000);
    child.closeStdin();
    await child.gone();
    await receiver.stop();
    const parents = requestSpans(receiver).map((span) => `00-${span.traceId}-${span.spanId}-01`);
    return { text: readFileSync(file, 'utf8'), parents };
  }

  test('is not touched without --propagate: the server gets the bytes that were sent', async () => {
    const { text, parents } = await got([]);
    expect(text).toBe(`${lines.join('\n')}\n`);
    expect(parents).toHaveLength(2);
  });

  test('with --propagate goes into requests and notifications, and nothing else changes', async () => {
    const { text, parents } = await got(['--propagate']);
    const out = text.split('\n');
    const own = /"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-01)"/;
    const sent = out.map((line) => own.exec(line)?.[1] ?? '');
    expect(new Set(parents)).toEqual(new Set(sent.slice(0, 2)));
    expect(sent[1]).toContain(TRACE);
    expect(out[0]).toBe(
      lines[0]?.replace('{"name"', `{"_meta":{"traceparent":"${sent[0]}"},"name"`),
    );
    expect(out[1]).toBe(lines[1]?.replace(own, `"traceparent":"${sent[1]}"`));
    expect(sent[2]).not.toBe('');
    expect(out.slice(3)).toEqual([...lines.slice(3), '']);
  });
});

test('with the flag in NODE_OPTIONS as well, and a wrapper in a wrapper, each call is recorded once', async () => {
  const receiver = await Receiver.start();
  const run = await startWrapped([process.execPath, BIN, 'wrap', '--', ...NODE], {
    NODE_OPTIONS: '--require mcp-logbook/register',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  });
  await run.client.call('echo', { text: 'once' });
  await finishWrapped(run, receiver);
  await receiver.stop();
  expectSession(receiver, run.sandbox.logs, ['initialize', 'tools/list', 'tools/call'], []);
});

test('a session whose last line has no LF is recorded as well', async () => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const server = spawnCommand(NODE, {
    env: { ...sandbox.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    wrapped: true,
  });
  const client = new WireClient(server);
  await client.handshake();
  await receiver.until(() => receiver.spans.length > 0);
  server.write(JSON.stringify(toolCall(9, 'echo', { text: 'x' })));
  server.closeStdin();
  await server.gone();
  await receiver.stop();
  const spans = requestSpans(receiver).map((span) => textOf(span, ATTR_MCP_METHOD_NAME));
  expect(spans.toSorted()).toEqual(['initialize', 'tools/call']);
});

function toolCall(id: number, name: string, args: object = {}): Record<string, unknown> {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}

function ping(id: number): Record<string, unknown> {
  return { jsonrpc: '2.0', id, method: 'ping' };
}
