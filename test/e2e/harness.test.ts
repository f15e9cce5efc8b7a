/**
 * The harness itself: a receiver that loses or misreads data would make every other test worthless.
 */
import { appendFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { openLogbook } from '@mcp-logbook/audit';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findCanaries, recognisableCanaries } from '../harness/canaries.ts';
import { readLeaves, segmentFiles } from '../harness/logbook.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { deadEndpoint, Receiver } from '../harness/receiver.ts';
import { treeHash } from '../harness/outsider.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { stdioFixture } from '../harness/fixture-session.ts';
import { WireClient } from '../harness/wire-client.ts';

const span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'tools/call echo',
  kind: 2,
  startTimeUnixNano: '1700000000000000001',
  endTimeUnixNano: '1700000000000000002',
  attributes: [
    { key: 'text', value: { stringValue: 'a' } },
    { key: 'number', value: { intValue: '7' } },
    { key: 'list', value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 0.5 }] } } },
    {
      key: 'map',
      value: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } },
    },
  ],
  status: { code: 2, message: 'failed' },
};

const traces = (item: unknown) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 's' } }] },
      scopeSpans: [{ scope: { name: 'scope' }, spans: [item] }],
    },
  ],
});

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(async () => {
  await receiver.stop();
});
afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await fetch(`${receiver.endpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

describe('the receiver', () => {
  test('decodes every kind of attribute, plain and gzip', async () => {
    const text = JSON.stringify(traces(span));
    expect((await post(text)).status).toBe(200);
    const zipped = await post(new Uint8Array(gzipSync(text)), { 'content-encoding': 'gzip' });
    expect(zipped.status).toBe(200);
    expect(receiver.spans).toHaveLength(2);
    expect(receiver.spans[0]).toMatchObject({
      name: 'tools/call echo',
      kind: 'server',
      scope: 'scope',
      resource: { 'service.name': 's' },
      attributes: { text: 'a', number: 7, list: [true, 0.5], map: { k: 'v' } },
      status: { code: 'error', message: 'failed' },
    });
    expect(receiver.wire).toContain('tools/call echo');
  });

  test('refuses protobuf with the variable to set, and an id of the wrong length', async () => {
    const protobuf = await post('x', { 'content-type': 'application/x-protobuf' });
    expect(protobuf.status).toBe(415);
    expect(await protobuf.text()).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=http/json');
    expect((await post(JSON.stringify(traces({ ...span, spanId: 'b7' })))).status).toBe(400);
    expect(receiver.rejected).toHaveLength(2);
    expect(receiver.spans).toEqual([]);
  });

  test.each(['500', '404'] as const)('answers %s and keeps nothing when told to', async (fault) => {
    receiver.fault = fault;
    expect((await post(JSON.stringify(traces(span)))).status).toBe(Number(fault));
    expect([receiver.spans.length, receiver.requests]).toEqual([0, 1]);
  });

  test('a dead endpoint refuses connections', async () => {
    await expect(fetch(await deadEndpoint())).rejects.toThrow('fetch failed');
  });
});

test('leaves are read up to a line that a kill cut short, not beyond', () => {
  const sandbox = aSandbox();
  const log = openLogbook({ root: sandbox.logs, service: 'torn' });
  log.record({ kind: 'tool.call' });
  log.close();
  const [file = ''] = segmentFiles(log.folder);
  const whole = readLeaves(sandbox.logs).length;
  appendFileSync(file, '{"leaf":{"v":1,"id":"0');
  expect(readLeaves(sandbox.logs)).toHaveLength(whole);
  appendFileSync(file, '\n');
  expect(() => readLeaves(sandbox.logs)).toThrow(SyntaxError);
});

test('the wire client throws on a line that is not JSON-RPC', async () => {
  const child = spawnNode({
    script: '-e',
    args: [`console.log('{"jsonrpc":"2.0","method":"m"}'); console.log('hello')`],
    env: aSandbox().env,
    instrumented: false,
  });
  const client = new WireClient(child);
  await child.gone();
  expect(() => client.assertOnlyMessages()).toThrow('not JSON: hello');
});

test('the fixture server answers, fails and throws as the tests expect', async () => {
  const child = spawnNode({ script: stdioFixture, env: aSandbox().env, instrumented: false });
  const client = new WireClient(child);
  await client.handshake();
  expect((await client.call('boom', { text: 'why' }))['result']).toMatchObject({ isError: true });
  const failed = await client.request('prompts/get', {
    name: 'greet',
    arguments: { name: 'throw:x' },
  });
  expect(failed['error']).toMatchObject({ message: 'throw:x' });
  client.send({ jsonrpc: '2.0', id: 99, method: 'tools/call', params: { name: 'crash' } });
  expect((await child.gone()).code).toBe(1);
  expect(child.stderr).toContain('the fixture crashed on purpose');
});

test('a canary is found whole, cut and in base64', () => {
  const canaries = recognisableCanaries();
  const [one] = canaries;
  if (one === undefined) throw new Error('no canaries');
  expect(findCanaries(canaries, 'nothing here', 'a text')).toEqual([]);
  expect(findCanaries(canaries, `x${one.secret}x`, 'a text')).toHaveLength(2);
  expect(findCanaries(canaries, one.secret.slice(3, -3), 'a text')).toHaveLength(1);
  expect(findCanaries(canaries, Buffer.from(one.secret).toString('base64'), 't')).toHaveLength(1);
});

test("the outsider's tree hash is that of RFC 6962 for known trees", () => {
  // Roots of the certificate-transparency reference trees over the leaves "", 00, 10.
  const leaf = (hex: string) => Buffer.from(hex, 'hex');
  const empty = leaf('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  const zero = leaf('96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7');
  const root = 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125';
  expect(treeHash([empty, zero]).toString('hex')).toBe(root);
  expect(treeHash([]).toString('hex')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});
