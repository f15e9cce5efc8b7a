/**
 * Servers with the SDKs of other languages by `mcp-logbook wrap`, over stdio and behind the proxy: Python's, which comes
 * from PyPI into the cache by `npm run test:wrap` (also by `npm run test:servers`), and Go's, which `npm run programs`
 * builds. What is not there is skipped, and says so.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ATTR_MCP_SESSION_ID } from '@mcp-logbook/semconv';
import { verifyRoot } from '../harness/cli.ts';
import { expectSession, requestSpans } from '../harness/expect-run.ts';
import { freePorts } from '../harness/free-ports.ts';
import { callLeaves } from '../harness/logbook.ts';
import { spawnCommand, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { full } from '../harness/tried.ts';
import { eventually } from '../harness/wait.ts';
import { findProgram, missingPrograms } from '../harness/programs.ts';
import { finishWrapped, hasPython, startWrapped } from '../harness/wrapped.ts';
import { hasPythonOf, pinOf, pythonOf } from '../servers/program.ts';

const PIN = pinOf('python-time');
const PYTHON = fileURLToPath(new URL('../harness/fixtures/python-sdk-server.py', import.meta.url));
const GO = findProgram('go-server');

/** Both take `stdio`, or `http` and a port, and have the same tools, resource and prompt. */
const SERVERS: readonly {
  readonly sdk: string;
  /** Empty where it is not there. */
  readonly command: readonly string[];
  /** What it prints when it listens. */
  readonly ready: string;
}[] = [
  {
    sdk: 'Python',
    command: hasPython && (full || hasPythonOf(PIN)) ? [pythonOf(PIN), PYTHON] : [],
    ready: 'Uvicorn running',
  },
  { sdk: 'Go', command: GO === undefined ? [] : [GO], ready: 'listening' },
];
if (SERVERS[0]?.command.length === 0)
  process.stdout.write('skipped: no Python with the MCP SDK in the cache (npm run test:wrap)\n');
if (GO === undefined) process.stdout.write(`${missingPrograms('go-server')}\n`);

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

const CALLED = [
  ['add', 'success'],
  ['fail', 'failure'],
];

describe.each(SERVERS)('a server with the $sdk SDK', ({ command, ready }) => {
  const testIt = test.skipIf(command.length === 0);

  testIt('by wrap over stdio: each request is recorded once', async () => {
    const receiver = await Receiver.start();
    const run = await startWrapped([...command, 'stdio'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    });
    const added = await run.client.call('add', { a: 1, b: 2 });
    expect(JSON.stringify(added['result'])).toContain('"3"');
    await run.client.call('fail');
    await run.client.request('resources/read', { uri: 'note://one' });
    await run.client.request('prompts/get', { name: 'greet', arguments: { name: 'Ada' } });
    await finishWrapped(run, receiver);
    await receiver.stop();
    const requests = ['tools/call', 'tools/call', 'resources/read', 'prompts/get'];
    expectSession(receiver, run.sandbox.logs, ['initialize', 'tools/list', ...requests], []);
    const tools = callLeaves(run.sandbox.logs).map(({ leaf }) => [leaf['target'], leaf['outcome']]);
    expect(tools.slice(0, 2)).toEqual(CALLED);
    expect(verifyRoot(run.sandbox.logs).code).toBe(0);
  });

  testIt(
    'behind the proxy over Streamable HTTP: each request is recorded once, with its session',
    async () => {
      const receiver = await Receiver.start();
      const sandbox = aSandbox();
      const [front, behind] = await freePorts(2);
      const ports = [`${front}`, '--http-target', `http://127.0.0.1:${behind}`];
      const server = spawnCommand([...command, 'http', String(behind)], {
        env: { ...sandbox.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
        wrapped: true,
        wrapArgs: ['--http-listen', ...ports],
      });
      await server.printed(ready, 60_000);
      const url = new URL(`http://127.0.0.1:${front}/mcp`);
      const transport = new StreamableHTTPClientTransport(url);
      const client = new Client({ name: 'of-http', version: '1' });
      await client.connect(transport);
      await client.listTools();
      const added = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
      expect(added.content).toEqual([{ type: 'text', text: '3' }]);
      expect((await client.callTool({ name: 'fail' })).isError).toBe(true);
      await transport.terminateSession();
      await client.close();
      await eventually(
        () => receiver.spans.length > 0,
        20_000,
        () => 'no spans',
      );
      server.kill('SIGTERM');
      await server.gone();
      await receiver.stop();
      expectSession(
        receiver,
        sandbox.logs,
        ['initialize', 'tools/list', 'tools/call', 'tools/call'],
        [],
      );
      const sessions = requestSpans(receiver).map((span) => span.attributes[ATTR_MCP_SESSION_ID]);
      expect(new Set(sessions).size).toBe(1);
      const tools = callLeaves(sandbox.logs).map(({ leaf }) => [leaf['target'], leaf['outcome']]);
      expect(tools).toEqual(CALLED);
    },
  );
});
