/** Local alerts of a server under the flag, at a real webhook; a webhook that hangs or is away costs the server nothing. */
import { once } from 'node:events';
import { statSync, truncateSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openLogbook } from '@mcp-logbook/audit';
import { afterAll, expect, test } from 'vitest';
import { callLeaves, segmentFiles } from '../harness/logbook.ts';
import { spawnNode, stopProcesses, testFolder } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { eventually } from '../harness/wait.ts';
import { WireClient } from '../harness/wire-client.ts';

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** Bodies it got; with `answers` false it never answers. */
async function aWebhook(answers: boolean) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(body);
      if (answers) response.end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, bodies, close };
}

/** Calls a tool that fails `failures` times, and ends the server. */
async function session(alertUrl: string, failures: number, expected: () => boolean) {
  const sandbox = aSandbox();
  const server = spawnNode({
    script: join(testFolder, 'harness', 'fixtures', 'stdio-server.mjs'),
    env: {
      ...sandbox.env,
      MCP_LOGBOOK_ALERT_URL: alertUrl,
      MCP_LOGBOOK_ALERT_RULES: 'failures=3/10m',
    },
    instrumented: true,
  });
  const client = new WireClient(server);
  await client.handshake();
  for (let n = 0; n < failures; n += 1)
    await client.request('tools/call', { name: 'boom', arguments: { text: 'canary-argument' } });
  await eventually(expected, 30_000, () => `no alert came: ${server.stderr}`);
  server.closeStdin();
  const { code } = await server.gone();
  return { code, stderr: server.stderr, leaves: callLeaves(sandbox.logs).length };
}

test('the third failure is one alert, with no word of what was called with', async () => {
  const hook = await aWebhook(true);
  const run = await session(hook.url, 5, () => hook.bodies.length > 0);
  hook.close();
  expect(run).toMatchObject({ code: 0, leaves: 5 });
  expect(hook.bodies).toHaveLength(1);
  expect(JSON.parse(hook.bodies[0] ?? '')).toMatchObject({
    text: expect.stringContaining('3 failures of p_'),
    rule: 'failures',
    count: 3,
  });
  expect(hook.bodies.join()).not.toContain('canary');
});

test('one that comes just before the end is still sent, where half a second is enough for it', async () => {
  const hook = await aWebhook(true);
  // On a busy machine it may not be.
  for (let tries = 0; tries < 10 && hook.bodies.length === 0; tries += 1) {
    const { code } = await session(hook.url, 3, () => true);
    expect(code).toBe(0);
  }
  hook.close();
  expect(hook.bodies).toHaveLength(1);
});

test('a webhook that never answers, or is not there, changes no answer and no exit', async () => {
  const hook = await aWebhook(false);
  const hung = await session(hook.url, 4, () => hook.bodies.length > 0);
  hook.close();
  expect(hung).toMatchObject({ code: 0, leaves: 4 });
  // Closed: nobody listens there now.
  const away = await session(hook.url, 4, () => true);
  expect(away).toMatchObject({ code: 0, leaves: 4 });
});

test('a sink that finds its log shorter than it was says so before it ends', async () => {
  const hook = await aWebhook(true);
  const sandbox = aSandbox();
  const log = openLogbook({ root: sandbox.logs, service: 'central' });
  log.record({ kind: 'tool.call', target: 'canary-tool' });
  log.close();
  const segment = segmentFiles(log.folder)[0] ?? '';
  truncateSync(segment, statSync(segment).size - 600);
  const sink = spawnNode({
    script: join(testFolder, '..', 'packages', 'logbook', 'bin', 'mcp-logbook.js'),
    args: ['serve', '--listen', '127.0.0.1:0'],
    env: { ...sandbox.env, MCP_LOGBOOK_ALERT_URL: hook.url },
    instrumented: false,
  });
  expect((await sink.gone()).code).toBe(3);
  await eventually(
    () => hook.bodies.length > 0,
    30_000,
    () => `no alert came: ${sink.stderr}`,
  );
  hook.close();
  expect(JSON.parse(hook.bodies[0] ?? '')).toMatchObject({ rule: 'integrity', service: 'sink' });
});
