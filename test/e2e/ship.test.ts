/**
 * A server with an audit endpoint ships its log: nothing of it is lost, whatever happens to server and receiver, and
 * the server feels nothing of it (audit.md 5; issue 4, item 2).
 */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { verifyLog } from '@mcp-logbook/audit';
import {
  METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE,
  METRIC_MCP_LOGBOOK_SHIP_PENDING,
} from '@mcp-logbook/semconv';
import { AuditReceiver } from '../harness/audit-receiver.ts';
import { fixtureSession, stdioFixture } from '../harness/fixture-session.ts';
import { logFolders, readLeaves } from '../harness/logbook.ts';
import { spawnNode, stopProcesses, testFolder } from '../harness/process.ts';
import { deadEndpoint, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { eventually } from '../harness/wait.ts';
import { WireClient } from '../harness/wire-client.ts';

const receivers: { stop(): Promise<void> }[] = [];

async function aReceiver(): Promise<AuditReceiver> {
  const receiver = await AuditReceiver.start();
  receivers.push(receiver);
  return receiver;
}

afterEach(async () => {
  await stopProcesses();
  await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()));
});
afterAll(removeSandboxes);

const idsOf = (sandbox: Sandbox): string[] =>
  readLeaves(sandbox.logs).map(({ leaf }) => String(leaf['id']));

/** Exit drain of the product, and what a busy machine may add. */
const DRAIN_CAP_MS = 1_000;
const SLACK_MS = 1_500;

describe('a server with an audit endpoint', () => {
  test.each([undefined, 'SIGTERM'] as const)(
    'ships a session that ends at once (%s) before it is gone: all of it, once, in order',
    // The exit waits a second: on a machine with many times its work the worker may not have started by then.
    { retry: 5 },
    async (signal) => {
      const receiver = await aReceiver();
      const sandbox = aSandbox();
      const run = await fixtureSession(sandbox, {
        env: { MCP_LOGBOOK_AUDIT_ENDPOINT: receiver.endpoint },
        calls: 3,
        ...(signal !== undefined && { signal }),
      });
      expect(run.stderr).not.toContain('mcp-logbook');
      const [folder = ''] = logFolders(sandbox.logs);
      expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true });
      expect(receiver.ids).toEqual(idsOf(sandbox));
      expect(receiver.ids.length).toBeGreaterThanOrEqual(6);
      // Payloads went in clear to loopback, and they are the redacted ones.
      expect(receiver.bodies.join('')).toContain('call 2');
    },
  );

  test('ships while it runs, within two seconds of a call', async () => {
    const receiver = await aReceiver();
    const sandbox = aSandbox();
    const child = spawnNode({
      script: stdioFixture,
      env: { ...sandbox.env, MCP_LOGBOOK_AUDIT_ENDPOINT: receiver.endpoint },
      instrumented: true,
    });
    const client = new WireClient(child);
    await client.handshake();
    await client.call('echo', { text: 'first' });
    await eventually(
      () => receiver.ids.length > 0,
      10_000,
      () => child.stderr,
    );
    for (let n = 0; n < 5; n += 1) {
      await client.call('echo', { text: `call ${n}` });
      const calledMs = performance.now();
      const id = idsOf(sandbox).at(-1) ?? '';
      await eventually(
        () => receiver.ids.includes(id),
        10_000,
        () => child.stderr,
      );
      // A commit a second at most, a look every quarter of one; a busy machine may add to it.
      expect(performance.now() - calledMs).toBeLessThan(2_000 + SLACK_MS);
    }
    child.closeStdin();
    await child.gone();
    client.assertOnlyMessages();
  });

  test('that is killed in the middle of shipping loses nothing: the next start ships the rest', async () => {
    const receiver = await aReceiver();
    const sandbox = aSandbox();
    const env = { MCP_LOGBOOK_AUDIT_ENDPOINT: receiver.endpoint };
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      receiver.delayMs = 150;
      const child = spawnNode({
        script: stdioFixture,
        env: { ...sandbox.env, ...env },
        instrumented: true,
      });
      const client = new WireClient(child);
      await client.handshake();
      const before = receiver.requests;
      for (let n = 0; n < 40; n += 1) await client.call('echo', { text: `call ${n}` });
      await eventually(
        () => receiver.requests > before,
        10_000,
        () => child.stderr,
      );
      for (let n = 0; n < 40; n += 1) await client.call('echo', { text: `more ${n}` });
      acknowledged.push(...idsOf(sandbox));
      child.kill('SIGKILL');
      await child.gone();
    }
    receiver.delayMs = 0;
    const last = spawnNode({
      script: stdioFixture,
      env: { ...sandbox.env, ...env },
      instrumented: true,
    });
    const client = new WireClient(last);
    await client.handshake();
    await client.call('echo', { text: 'last' });
    await eventually(
      () => idsOf(sandbox).every((id) => receiver.ids.includes(id)),
      30_000,
      () => `${receiver.ids.length} of ${acknowledged.length} came: ${last.stderr}`,
    );
    expect(acknowledged.every((id) => receiver.ids.includes(id))).toBe(true);
    // Exactly the log's entries, and in its order once the repeated ones are taken away.
    expect([...new Set(receiver.ids)]).toEqual(idsOf(sandbox));
    last.closeStdin();
    await last.gone();
    const [folder = ''] = logFolders(sandbox.logs);
    expect(verifyLog(folder)).toMatchObject({ ok: true });
  });

  test('whose receiver is away ends within the cap, says one line, and ships it all at the next start', async () => {
    const sandbox = aSandbox();
    for (const endpoint of [await deadEndpoint(), (await aReceiver()).endpoint]) {
      const receiver = receivers.at(0);
      if (receiver instanceof AuditReceiver) receiver.status = 401;
      const child = spawnNode({
        script: stdioFixture,
        env: { ...sandbox.env, MCP_LOGBOOK_AUDIT_ENDPOINT: endpoint },
        instrumented: true,
      });
      const client = new WireClient(child);
      await client.handshake();
      for (let n = 0; n < 5; n += 1) await client.call('echo', { text: `call ${n}` });
      await eventually(
        () => child.stderr.includes('nothing is lost'),
        15_000,
        () => child.stderr,
      );
      const startMs = performance.now();
      child.closeStdin();
      const exit = await child.gone();
      expect(exit.atMs - startMs).toBeLessThan(DRAIN_CAP_MS + SLACK_MS);
      const lines = child.stderr.split('\n').filter((line) => line.startsWith('mcp-logbook'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('nothing is lost');
    }
    const receiver = await aReceiver();
    const child = spawnNode({
      script: stdioFixture,
      env: { ...sandbox.env, MCP_LOGBOOK_AUDIT_ENDPOINT: receiver.endpoint },
      instrumented: true,
    });
    const client = new WireClient(child);
    await client.handshake();
    await client.call('echo', { text: 'again' });
    await eventually(
      () => receiver.ids.includes(idsOf(sandbox).at(-1) ?? ''),
      10_000,
      () => child.stderr,
    );
    expect(receiver.ids).toEqual(idsOf(sandbox).slice(0, receiver.ids.length));
    child.closeStdin();
    await child.gone();
  });

  test('adopts what a process without an endpoint left behind', async () => {
    const sandbox = aSandbox();
    await fixtureSession(sandbox, { calls: 4, env: { OTEL_SERVICE_NAME: 'other' } });
    const receiver = await aReceiver();
    const child = spawnNode({
      script: stdioFixture,
      env: { ...sandbox.env, MCP_LOGBOOK_AUDIT_ENDPOINT: receiver.endpoint },
      instrumented: true,
    });
    const client = new WireClient(child);
    await client.handshake();
    await client.call('echo', { text: 'mine' });
    await eventually(
      () => idsOf(sandbox).every((id) => receiver.ids.includes(id)),
      10_000,
      () => child.stderr,
    );
    child.closeStdin();
    await child.gone();
  });

  test('tells pending entries and their age as metrics, labelled with the origin', async () => {
    const audit = await aReceiver();
    const telemetry = await Receiver.start();
    receivers.push(telemetry);
    audit.status = 503;
    const sandbox = aSandbox();
    const child = spawnNode({
      script: stdioFixture,
      env: {
        ...sandbox.env,
        MCP_LOGBOOK_AUDIT_ENDPOINT: audit.endpoint,
        OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.endpoint,
        OTEL_METRIC_EXPORT_INTERVAL: '200',
      },
      instrumented: true,
    });
    const client = new WireClient(child);
    await client.handshake();
    await client.call('echo', { text: 'x' });
    const latest = (metric: string): number => telemetry.latest(metric)[0]?.value ?? -1;
    await telemetry.until(() => latest(METRIC_MCP_LOGBOOK_SHIP_PENDING) > 0);
    await telemetry.until(() => latest(METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE) > 0);
    expect(telemetry.latest(METRIC_MCP_LOGBOOK_SHIP_PENDING)[0]?.attributes).toEqual({
      'mcp_logbook.log.origin': expect.stringMatching(/^fixture\/[0-9a-f]{8}$/),
    });
    audit.status = 200;
    await telemetry.until(() => latest(METRIC_MCP_LOGBOOK_SHIP_PENDING) === 0, 20_000);
    expect(latest(METRIC_MCP_LOGBOOK_SHIP_OLDEST_AGE)).toBe(0);
    child.closeStdin();
    await child.gone();
  });

  test.each([
    ['telemetry switched off', { OTEL_SDK_DISABLED: 'true' }],
    // Then the whole SDK runs in the server, and the worker ships and does nothing else.
    ['the full SDK', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_METRICS_EXPORTER: 'none' }],
  ])('with %s ships all the same', { retry: 5 }, async (_, env) => {
    const receiver = await aReceiver();
    const sandbox = aSandbox();
    await fixtureSession(sandbox, {
      env: {
        MCP_LOGBOOK_AUDIT_ENDPOINT: receiver.endpoint,
        OTEL_EXPORTER_OTLP_ENDPOINT: await deadEndpoint(),
        ...env,
      },
    });
    expect(receiver.ids.length).toBeGreaterThan(3);
    expect(receiver.ids).toEqual(idsOf(sandbox));
  });

  test('that would send payloads in clear over a network says so and ships nothing', async () => {
    const sandbox = aSandbox();
    const run = await fixtureSession(sandbox, {
      env: { MCP_LOGBOOK_AUDIT_ENDPOINT: 'http://192.0.2.1:4320' },
    });
    const lines = run.stderr.split('\n').filter((line) => line.startsWith('mcp-logbook'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('payloads would travel in clear');
    expect(lines[0]).toContain('MCP_LOGBOOK_AUDIT_RECIPIENT');
  });
});

test('a program that loads the logbook loads nothing of shipper and sink, nor HTTP and compression for them', () => {
  const program = `
    await import('@mcp-logbook/audit');
    console.log(JSON.stringify(process.moduleLoadList.filter((name) => / (http|https|tls|zlib|http2)$/.test(name))));
  `;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: testFolder,
    encoding: 'utf8',
  });
  expect([run.stderr, run.stdout]).toEqual(['', '[]\n']);
});
