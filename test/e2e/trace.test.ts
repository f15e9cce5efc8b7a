/**
 * Client and server are two processes under the flag: their spans are one trace, and every record points at its span.
 */
import { afterAll, expect, test } from 'vitest';
import { ATTR_MCP_METHOD_NAME, EVENT_MCP_LOGBOOK_CALL } from '@mcp-logbook/semconv';
import { callLeaves } from '../harness/logbook.ts';
import { spawnPair, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { everything } from '../harness/servers.ts';
import { strictProblems } from '../harness/strict.ts';
import { WireClient } from '../harness/wire-client.ts';
import { verifies } from '../requirements.ts';

verifies('M3.3');

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

test('the server span is the child of the client span, and one call is entered once', async () => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const env = { ...sandbox.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const client = spawnPair('sdk-client', everything.script, env);
  expect((await client.gone()).code, client.stderr).toBe(0);
  await receiver.until(
    ({ spans }) =>
      spans.filter((span) => span.attributes[ATTR_MCP_METHOD_NAME] === 'tools/call').length >= 4,
  );
  await receiver.stop();

  const calls = receiver.spans.filter(
    (span) => span.attributes[ATTR_MCP_METHOD_NAME] === 'tools/call',
  );
  const clients = calls.filter((span) => span.kind === 'client');
  const servers = calls.filter((span) => span.kind === 'server');
  expect([clients.length, servers.length]).toEqual([2, 2]);
  for (const server of servers) {
    const parent = clients.find((span) => span.spanId === server.parentSpanId);
    expect(parent?.traceId).toBe(server.traceId);
    expect(server.startUnixNano).toBeLessThanOrEqual(server.endUnixNano);
    const [record, ...more] = receiver.logs.filter(
      (log) => log.eventName === EVENT_MCP_LOGBOOK_CALL && log.spanId === server.spanId,
    );
    expect(more).toEqual([]);
    expect(record?.traceId).toBe(server.traceId);
  }
  // The two calls do not hang together by accident.
  expect(new Set(servers.map((span) => span.traceId)).size).toBe(2);
  expect(callLeaves(sandbox.logs)).toHaveLength(2);
  expect(strictProblems(receiver)).toEqual([]);
});

test('a gateway that passes messages on with the traceparent it got does not cut the trace, and sends its own in its place', async () => {
  const receiver = await Receiver.start();
  const sandbox = aSandbox();
  const env = {
    ...sandbox.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
  const gateway = spawnPair('gateway', everything.script, env);
  const client = new WireClient(gateway);
  await client.handshake();
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const answer = await client.request('tools/call', {
    name: 'echo',
    arguments: { message: 'through' },
    _meta: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
  });
  expect(JSON.stringify(answer)).toContain('through');
  const calls = () =>
    receiver.spans.filter((span) => span.attributes[ATTR_MCP_METHOD_NAME] === 'tools/call');
  await receiver.until(() => calls().length >= 3, 30_000).catch(() => {});
  gateway.closeStdin();
  await gateway.gone();
  await receiver.stop();
  expect(calls().map(({ traceId }) => traceId)).toEqual([TRACE, TRACE, TRACE]);
  const [sent] = calls().filter(({ kind }) => kind === 'client');
  const parents = calls()
    .filter(({ kind }) => kind === 'server')
    .map(({ parentSpanId }) => parentSpanId);
  // The gateway's server span and what it sends on continue the caller; the server behind continues the gateway.
  expect(sent?.parentSpanId).toBe('00f067aa0ba902b7');
  expect(new Set(parents)).toEqual(new Set(['00f067aa0ba902b7', sent?.spanId]));
});
