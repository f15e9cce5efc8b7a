/**
 * A running server verifies its own log in idle time (audit.md 7): a byte flipped in it while it runs is told by metric,
 * FATAL event and webhook, and nothing changes for its client. Nothing of it outlives the server or is there for a short one.
 */
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { verifyLog } from '@mcp-logbook/audit';
import { fixtureSession, stdioFixture } from '../harness/fixture-session.ts';
import { present } from '../harness/json.ts';
import { callLeaves, logFolders, segmentFiles } from '../harness/logbook.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { eventually } from '../harness/wait.ts';
import { WireClient } from '../harness/wire-client.ts';

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** Under load a thread takes seconds to start. */
const WAIT_MS = 60_000;
const VERIFY_AGE = 'mcp_logbook.verify.age';
const FAILURES = 'mcp_logbook.verify.failures';

test('a byte flipped in the log of a running server is told by metric, event and webhook; its answers stay', async () => {
  const receiver = await Receiver.start();
  const alerts: string[] = [];
  const hook = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      alerts.push(body);
      response.end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const sandbox = aSandbox();
  const server = spawnNode({
    script: stdioFixture,
    env: {
      ...sandbox.env,
      MCP_LOGBOOK_VERIFY_EVERY: '0.3',
      MCP_LOGBOOK_ALERT_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    },
    instrumented: true,
  });
  const client = new WireClient(server);
  await client.handshake();
  const answers: unknown[] = [];
  const call = async (): Promise<void> => {
    answers.push(await client.call('echo', { text: `call ${answers.length}` }));
  };
  for (let n = 0; n < 10; n += 1) await call();
  const integrity = (): typeof receiver.logs =>
    receiver.logs.filter(({ eventName }) => eventName === 'mcp_logbook.integrity');

  // The log is signed and found sound first.
  await receiver.until((got) => got.latest(VERIFY_AGE).some(({ value }) => value === 0), WAIT_MS);
  const folder = present(logFolders(sandbox.logs)[0]);
  const segment = present(segmentFiles(folder)[0]);
  await eventually(
    () => verifyLog(folder).counts.uncommitted === 0,
    WAIT_MS,
    () => 'not signed',
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect([integrity(), alerts]).toEqual([[], []]);
  expect(receiver.latest(FAILURES).map(({ value }) => value)).toEqual([0]);

  const bytes = readFileSync(segment);
  const at = bytes.indexOf('"target":"echo"') + '"target":"'.length;
  const file = openSync(segment, 'r+');
  writeSync(file, Uint8Array.of((bytes[at] ?? 0) ^ 1), 0, 1, at);
  closeSync(file);
  await receiver.until(() => integrity().length > 0, WAIT_MS);
  await eventually(
    () => alerts.length > 0,
    WAIT_MS,
    () => `no alert came: ${server.stderr}`,
  );
  await receiver.until((got) => got.latest(FAILURES).some(({ value }) => value > 1), WAIT_MS);
  for (let n = 0; n < 10; n += 1) await call();

  server.closeStdin();
  const { code } = await server.gone();
  hook.closeAllConnections();
  hook.close();
  await receiver.stop();
  expect(code).toBe(0);
  const [event] = integrity();
  expect(event).toMatchObject({
    severityNumber: 21,
    attributes: {
      'mcp_logbook.integrity.check': 'root',
      'mcp_logbook.integrity.file': 'segments/000000000000.jsonl',
    },
  });
  // One event and one alert, however often it was seen.
  expect(integrity()).toHaveLength(1);
  expect(alerts.map((text) => JSON.parse(text))).toMatchObject([
    { rule: 'integrity', text: expect.stringContaining('the log is not what was signed') },
  ]);
  expect(strictProblems(receiver)).toEqual([]);
  expect(
    server.stderr.split('\n').filter((line) => line.includes('not what was signed')),
  ).toHaveLength(1);
  // As without the flag.
  const plain = await fixtureSession(aSandbox(), { instrumented: false, calls: 20 });
  expect(answers).toEqual(plain.answers);
  client.assertOnlyMessages();
  expect(callLeaves(sandbox.logs)).toHaveLength(20);
});
