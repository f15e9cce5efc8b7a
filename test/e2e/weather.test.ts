/**
 * Bad input and bad weather: folders, keys, endpoints and values that misbehave; the server must not notice.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { METRIC_MCP_LOGBOOK_LOG_DROPPED } from '@mcp-logbook/semconv';
import { verifyRoot } from '../harness/cli.ts';
import { extraLines, fixtureSession, stdioFixture } from '../harness/fixture-session.ts';
import { asRecord, present } from '../harness/json.ts';
import {
  callLeaves,
  filesUnder,
  logFolders,
  readLeaves,
  segmentFiles,
} from '../harness/logbook.ts';
import { spawnNode, stopProcesses, testFolder } from '../harness/process.ts';
import { deadEndpoint, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { WireClient } from '../harness/wire-client.ts';
import { verifies } from '../requirements.ts';

verifies('W3.1', 'W3.2', 'W3.3', 'W3.4', 'W3.5', 'W3.6', 'W3.7', 'W3.8');

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** A logbook root that cannot be made: its parent is a file. Works for the superuser too. */
function unwritable(sandbox: Sandbox): string {
  writeFileSync(join(sandbox.root, 'a-file'), '');
  return join(sandbox.root, 'a-file', 'logs');
}

function rootKey(sandbox: Sandbox): string {
  return join(sandbox.logs, 'keys', 'root.key');
}

function onlySegment(sandbox: Sandbox): string {
  return present(segmentFiles(present(logFolders(sandbox.logs)[0], 'a log')).at(-1), 'a segment');
}

describe('a logbook folder that cannot be written', () => {
  test('lets the server run on, with one line on stderr and a counter', async () => {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const plain = await fixtureSession(sandbox, { instrumented: false, calls: 3 });
    const watched = await fixtureSession(sandbox, {
      calls: 3,
      env: {
        MCP_LOGBOOK_DIR: unwritable(sandbox),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      },
    });
    await receiver.stop();

    expect(watched.stdout).toBe(plain.stdout);
    expect(watched.exit.code).toBe(plain.exit.code);
    const extra = extraLines(watched.stderr, plain.stderr);
    expect(extra).toHaveLength(1);
    expect(extra[0]).toMatch(/^mcp-logbook: /);
    const dropped = receiver.latest(METRIC_MCP_LOGBOOK_LOG_DROPPED);
    expect(dropped.reduce((sum, point) => sum + point.value, 0)).toBeGreaterThanOrEqual(3);
  });

  test('fails calls in strict mode with a JSON-RPC error, and the handler never runs', async () => {
    const sandbox = aSandbox();
    const touchFile = join(sandbox.work, 'touched');
    const watched = await fixtureSession(sandbox, {
      tool: 'touch',
      env: {
        MCP_LOGBOOK_DIR: unwritable(sandbox),
        MCP_LOGBOOK_MODE: 'strict',
        TOUCH_FILE: touchFile,
      },
    });
    expect(watched.answers).toEqual([
      { jsonrpc: '2.0', id: 2, error: { code: -32603, message: 'audit log unavailable' } },
    ]);
    expect(existsSync(touchFile)).toBe(false);
    expect(watched.exit.code).toBe(0);
  });

  test('strict mode with a sound folder runs the handler between a request and a result entry', async () => {
    const sandbox = aSandbox();
    const touchFile = join(sandbox.work, 'touched');
    const env = { MCP_LOGBOOK_MODE: 'strict', TOUCH_FILE: touchFile };
    const watched = await fixtureSession(sandbox, { tool: 'touch', calls: 2, env });
    expect(watched.answers.map((answer) => answer['error'])).toEqual([undefined, undefined]);
    expect(readFileSync(touchFile, 'utf8')).toBe('xx');
    const leaves = callLeaves(sandbox.logs).map(({ leaf }) => leaf);
    expect(leaves.map((leaf) => leaf['phase'])).toEqual(['request', 'result', 'request', 'result']);
    expect(leaves[1]?.['ref']).toBe(leaves[0]?.['id']);
    expect(leaves[3]?.['ref']).toBe(leaves[2]?.['id']);
    expect(verifyRoot(sandbox.logs).code).toBe(0);
  });
});

test('two processes at once write to two folders, and a third start goes on in the first', async () => {
  const sandbox = aSandbox();
  const children = [0, 1].map(() =>
    spawnNode({ script: stdioFixture, env: sandbox.env, instrumented: true }),
  );
  const clients = children.map((child) => new WireClient(child));
  for (const client of clients) {
    await client.handshake();
    await client.call('echo', { text: 'x' });
  }
  for (const child of children) child.closeStdin();
  for (const child of children) expect((await child.gone()).code).toBe(0);
  expect(logFolders(sandbox.logs)).toHaveLength(2);
  expect(callLeaves(sandbox.logs)).toHaveLength(2);

  await fixtureSession(sandbox);
  expect(logFolders(sandbox.logs)).toHaveLength(2);
  expect(callLeaves(sandbox.logs)).toHaveLength(3);
  const run = verifyRoot(sandbox.logs);
  expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
});

describe('a key that does not fit', () => {
  test.each([
    ['missing', (path: string) => rmSync(path)],
    ['wrong', (path: string) => writeFileSync(path, Buffer.alloc(32, 7).toString('base64url'))],
    ['not a key', (path: string) => writeFileSync(path, 'hello\n')],
  ])('%s: refused with what to do, no new key, log untouched, server runs on', async (_, spoil) => {
    const sandbox = aSandbox();
    const plain = await fixtureSession(sandbox, { instrumented: false });
    await fixtureSession(sandbox);
    spoil(rootKey(sandbox));
    const keyBefore = existsSync(rootKey(sandbox)) ? readFileSync(rootKey(sandbox)) : undefined;
    const logBefore = readFileSync(onlySegment(sandbox));

    const watched = await fixtureSession(sandbox);

    expect(watched.stdout).toBe(plain.stdout);
    const extra = extraLines(watched.stderr, plain.stderr);
    expect(extra).toHaveLength(1);
    expect(extra[0]).toMatch(/key/);
    expect(existsSync(rootKey(sandbox)) ? readFileSync(rootKey(sandbox)) : undefined).toEqual(
      keyBefore,
    );
    expect(readFileSync(onlySegment(sandbox))).toEqual(logBefore);
    expect(logFolders(sandbox.logs)).toHaveLength(1);
  });
});

describe('a log that did not end cleanly', () => {
  test('a killed server loses no answered call, and the next start says what it recovered', async () => {
    const sandbox = aSandbox();
    const killed = await fixtureSession(sandbox, { calls: 5, signal: 'SIGKILL' });
    expect(killed.answers).toHaveLength(5);
    expect(callLeaves(sandbox.logs)).toHaveLength(5);

    await fixtureSession(sandbox);
    expect(logFolders(sandbox.logs)).toHaveLength(1);
    expect(readLeaves(sandbox.logs).map(({ leaf }) => leaf['kind'])).toContain('log.recovered');
    expect(callLeaves(sandbox.logs)).toHaveLength(6);
    expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
  });

  test('a torn last line goes to quarantine, and the log goes on', async () => {
    const sandbox = aSandbox();
    await fixtureSession(sandbox, { calls: 2, signal: 'SIGKILL' });
    appendFileSync(onlySegment(sandbox), '{"leaf":{"v":1,"id":"0199');
    await fixtureSession(sandbox);
    const [folder] = logFolders(sandbox.logs);
    expect(readdirSync(join(present(folder), 'quarantine')).length).toBeGreaterThan(0);
    expect(callLeaves(sandbox.logs)).toHaveLength(3);
    expect(readLeaves(sandbox.logs).map(({ leaf }) => leaf['kind'])).toContain('log.recovered');
    expect(verifyRoot(sandbox.logs).code).toBe(0);
  });

  test.each([
    ['a frontier that disagrees with the last commit', spoilFrontier],
    ['a log shorter than its published checkpoint', cutToHalf],
  ])('%s: nothing is appended, one line on stderr, the server runs on', async (_, spoil) => {
    const sandbox = aSandbox();
    const plain = await fixtureSession(sandbox, { instrumented: false });
    await fixtureSession(sandbox, { calls: 3 });
    spoil(sandbox);
    const before = readFileSync(onlySegment(sandbox));

    const watched = await fixtureSession(sandbox);

    expect(watched.stdout).toBe(plain.stdout);
    expect(extraLines(watched.stderr, plain.stderr)).toHaveLength(1);
    expect(readFileSync(onlySegment(sandbox))).toEqual(before);
  });
});

function spoilFrontier(sandbox: Sandbox): void {
  const path = join(present(logFolders(sandbox.logs)[0]), 'frontier');
  const text = readFileSync(path, 'latin1');
  // Another byte of the same class in the middle: the file still parses, its hashes are others.
  const at = Math.floor(text.length / 2);
  const other = text[at] === 'a' ? 'b' : 'a';
  writeFileSync(path, text.slice(0, at) + other + text.slice(at + 1), 'latin1');
}

function cutToHalf(sandbox: Sandbox): void {
  const path = onlySegment(sandbox);
  const lines = readFileSync(path, 'utf8').split('\n');
  const kept = lines.slice(0, 4).join('\n').length + 1;
  truncateSync(path, kept);
}

describe('an endpoint that misbehaves', () => {
  test.each(['down', '500', '404', 'slow', 'hang'] as const)(
    '%s: the server feels nothing, the log is complete, one warning at most',
    async (fault) => {
      const receiver = await Receiver.start();
      receiver.fault = fault === 'down' ? 'none' : fault;
      const endpoint = fault === 'down' ? await deadEndpoint() : receiver.endpoint;
      const sandbox = aSandbox();
      const plain = await fixtureSession(sandbox, { instrumented: false, calls: 20 });
      const startMs = performance.now();
      const watched = await fixtureSession(sandbox, {
        calls: 20,
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
      });
      const tookMs = performance.now() - startMs;
      await receiver.stop();

      expect(watched.stdout).toBe(plain.stdout);
      expect([watched.exit.code, watched.exit.signal]).toEqual([0, null]);
      expect(extraLines(watched.stderr, plain.stderr).length).toBeLessThanOrEqual(1);
      expect(callLeaves(sandbox.logs)).toHaveLength(20);
      expect(verifyRoot(sandbox.logs).code).toBe(0);
      expect(tookMs).toBeLessThan(6_000);
    },
  );
});

test('hostile arguments and results pass untouched, and something safe is recorded of each', () => {
  const script = fileURLToPath(new URL('../harness/fixtures/hostile-values.mjs', import.meta.url));
  const sandbox = aSandbox();
  const run = (flag: readonly string[]) =>
    spawnSync(process.execPath, [...flag, script], {
      cwd: testFolder,
      env: sandbox.env,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
  const plain = run([]);
  const watched = run(['--require', 'mcp-logbook/register']);
  expect([watched.status, watched.signal]).toEqual([plain.status, plain.signal]);
  expect(watched.stdout.split('\n')).toEqual(plain.stdout.split('\n'));
  expect(watched.stderr).toBe(plain.stderr);
  const cases = plain.stdout.trim().split('\n').length - 1;
  expect(cases).toBeGreaterThan(10);
  expect(callLeaves(sandbox.logs)).toHaveLength(cases);
  for (const { leaf } of callLeaves(sandbox.logs)) expect(Number(leaf['size'])).toBeGreaterThan(0);
  expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
});

test('a program without MCP under the flag prints, loads, starts and writes nothing', () => {
  const script = fileURLToPath(new URL('../harness/fixtures/no-mcp.mjs', import.meta.url));
  const sandbox = aSandbox();
  const env = { ...sandbox.env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  const run = (flag: readonly string[]) =>
    spawnSync(process.execPath, [...flag, script], { cwd: testFolder, env, encoding: 'utf8' });
  const plain = run([]);
  const watched = run(['--require', 'mcp-logbook/register']);
  expect(asRecord(JSON.parse(watched.stdout))).toEqual(asRecord(JSON.parse(plain.stdout)));
  expect([watched.status, watched.stderr]).toEqual([plain.status, plain.stderr]);
  expect(filesUnder(sandbox.root)).toEqual([]);
});
