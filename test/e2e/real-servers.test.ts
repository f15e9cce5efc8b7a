/**
 * Unmodified servers from npm: the same script plain and under the flag, over stdio, Streamable HTTP and SSE.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { ATTR_MCP_SESSION_ID } from '@mcp-logbook/semconv';
import { expectSession, requestSpans } from '../harness/expect-run.ts';
import { httpSteps, runHttpScript } from '../harness/http-script.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { stopProcesses } from '../harness/process.ts';
import { freePort, Receiver } from '../harness/receiver.ts';
import { realServers } from '../harness/servers.ts';
import { runScript } from '../harness/run-script.ts';
import { strictProblems } from '../harness/strict.ts';
import { verifies } from '../requirements.ts';

verifies('M3.2', 'M3.3');

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

describe.each(realServers)('$name over stdio', (server) => {
  test('answers as without us, and leaves span, event, point and entry of each call', async () => {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    // The plain run gets the same environment: one of the tools prints it.
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
    const plain = await runScript(server, sandbox, { instrumented: false, env });
    expect(receiver.requests).toBe(0);

    const watched = await runScript(server, sandbox, { instrumented: true, env });
    await receiver.stop();

    expect(watched.lines).toEqual(plain.lines);
    expect(watched.stderr).toBe(plain.stderr);
    expect([watched.exit.code, watched.exit.signal]).toEqual([plain.exit.code, plain.exit.signal]);
    expect(plain.lines.length).toBeGreaterThanOrEqual(plain.requests.length);
    expectSession(receiver, sandbox.logs, watched.requests, watched.asked);
    expect(strictProblems(receiver)).toEqual([]);
  });
});

describe.each(['streamableHttp', 'sse'] as const)('server-everything over %s', (mode) => {
  test('serves two clients at once as without us, each call recorded once, per session', async () => {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const port = await freePort();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
    const plain = await runHttpScript(mode, sandbox, {
      instrumented: false,
      port,
      clients: 2,
      env,
    });
    const watched = await runHttpScript(mode, sandbox, {
      instrumented: true,
      port,
      clients: 2,
      env,
    });
    await receiver.stop();

    expect(watched.clients).toEqual(plain.clients);
    expect(plain.clients[0]?.lines.length).toBeGreaterThan(httpSteps.length);
    expect([watched.exit.code, watched.exit.signal]).toEqual([plain.exit.code, plain.exit.signal]);

    const requests = [...httpSteps.map(([method]) => method), 'initialize'];
    const asked = ['sampling/createMessage', 'elicitation/create'];
    expectSession(receiver, sandbox.logs, [...requests, ...requests], [...asked, ...asked]);
    expect(strictProblems(receiver)).toEqual([]);

    const sessions = new Set(
      requestSpans(receiver).flatMap((span) => span.attributes[ATTR_MCP_SESSION_ID] ?? []),
    );
    expect(sessions.size).toBe(2);
  });
});
