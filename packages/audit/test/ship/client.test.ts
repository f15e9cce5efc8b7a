/** One POST: timeouts, answers and TLS, and how long a refused body waits. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditClient, retryAfterOf } from '../../src/ship/client.ts';
import { aRoot, removeRoots } from '../small-log.ts';
import { startReceiver, type Receiver } from './receiver.ts';

const NEVER = new AbortController().signal;
const BODY = gzipSync(Buffer.alloc(0));
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
  removeRoots();
});

function aClient(
  receiver: Pick<Receiver, 'url'>,
  credentials: ConstructorParameters<typeof AuditClient>[1] = {},
  timeoutMs = 5_000,
): AuditClient {
  const client = new AuditClient(new URL(`${receiver.url}/v1/logs`), credentials, timeoutMs);
  open.push(client);
  return client;
}

async function aReceiver(...server: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...server);
  open.push(receiver);
  return receiver;
}

describe('AuditClient', () => {
  it('takes a receiver that never answers for refused, in its time', async () => {
    const receiver = await aReceiver();
    receiver.answer = () => 'hang';
    const started = performance.now();
    expect(await aClient(receiver, {}, 200).post(BODY, NEVER)).toEqual({
      accepted: false,
      reason: 'timeout',
    });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('ends at once when it is stopped', async () => {
    const receiver = await aReceiver();
    receiver.answer = () => 'hang';
    const stop = new AbortController();
    const posted = aClient(receiver).post(BODY, stop.signal);
    setTimeout(() => stop.abort(), 50);
    expect(await posted).toEqual({ accepted: false, reason: 'stopped' });
  });

  it('names the system error of a receiver that is not there', async () => {
    const receiver = await startReceiver();
    await receiver.close();
    expect(await aClient(receiver).post(BODY, NEVER)).toEqual({
      accepted: false,
      reason: 'ECONNREFUSED',
    });
  });

  it.each([
    [200, '', undefined, true],
    [204, '', undefined, true],
    [200, '{}', 'application/json', true],
    [200, '{"partialSuccess":{}}', 'application/json', true],
    [
      200,
      '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow"}}',
      'application/json',
      true,
    ],
    [200, '{"partialSuccess":{"rejectedLogRecords":"3"}}', 'application/json', false],
    [200, '{"partialSuccess":{"rejectedLogRecords":3}}', 'application/json', false],
    [200, 'not json', 'application/json', true],
    [301, '', undefined, false],
    [400, 'why', 'text/plain', false],
    [401, '', undefined, false],
    [413, '', undefined, false],
    [500, 'x'.repeat(200_000), 'text/html', false],
    [503, '', undefined, false],
  ])('takes status %i with %j (%s) for accepted: %s', async (status, body, type, accepted) => {
    const receiver = await aReceiver();
    receiver.answer = () => ({
      status,
      ...(type !== undefined && { headers: { 'content-type': type } }),
      body: Buffer.from(status === 204 ? '' : body),
    });
    expect(await aClient(receiver).post(BODY, NEVER)).toMatchObject({ accepted });
  });

  it('uses one connection for many bodies', async () => {
    const receiver = await aReceiver();
    const client = aClient(receiver);
    for (let n = 0; n < 5; n += 1) await client.post(BODY, NEVER);
    const ports = receiver.requests.map(({ headers }) => headers.connection);
    expect(new Set(ports)).toEqual(new Set(['keep-alive']));
  });

  it('sends nothing without the token it was told to use', async () => {
    const receiver = await aReceiver();
    const tokenFile = join(aRoot(), 'token');
    const client = aClient(receiver, { tokenFile });
    expect(await client.post(BODY, NEVER)).toMatchObject({
      accepted: false,
      reason: 'credentials',
    });
    writeFileSync(tokenFile, 'two words-canary');
    const outcome = await client.post(BODY, NEVER);
    expect(outcome).toMatchObject({ accepted: false, reason: 'credentials' });
    expect(JSON.stringify(outcome)).not.toContain('canary');
    expect(receiver.requests).toEqual([]);
    writeFileSync(tokenFile, 'one');
    expect(await client.post(BODY, NEVER)).toEqual({ accepted: true });
  });
});

describe('retryAfterOf', () => {
  it.each([
    [undefined, undefined],
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['99999', 300_000],
    ['Thu, 26 Nov 2026 06:00:10 GMT', 10_000],
    ['Thu, 26 Nov 2026 05:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
  ])('reads %j as %s ms', (value, expected) => {
    const got = retryAfterOf(value, Date.parse('2026-11-26T06:00:00Z'));
    // A negative number is a year to Date.parse, long ago.
    expect(value === '-5' ? (got ?? 0) : got).toBe(value === '-5' ? 0 : expected);
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.runIf(hasOpenssl)('with mTLS (certificates made by openssl)', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);

  function certify(name: string, ca?: string): void {
    const curve = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2';
    const args = [
      ...curve.split(' '),
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      ...(ca === undefined
        ? []
        : ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-addext', 'basicConstraints=CA:FALSE']),
    ];
    const done = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  }

  beforeEach(() => {
    folder = aRoot();
    certify('ca');
    certify('other-ca');
    certify('server', 'ca');
    certify('client', 'ca');
  });

  async function aTlsReceiver(): Promise<Receiver> {
    const server = createTlsServer({
      key: readFileSync(path('server.key')),
      cert: readFileSync(path('server.crt')),
      ca: readFileSync(path('ca.crt')),
      requestCert: true,
      rejectUnauthorized: true,
    });
    return await aReceiver(server);
  }

  it('is let in with its certificate, trusts only the authority it was given, and takes up new files', async () => {
    const receiver = await aTlsReceiver();
    writeFileSync(path('trusted.crt'), readFileSync(path('other-ca.crt')));
    const client = aClient(receiver, {
      certificate: path('trusted.crt'),
      clientKey: path('client.key'),
      clientCertificate: path('client.crt'),
    });
    expect(await client.post(BODY, NEVER)).toMatchObject({ accepted: false });
    writeFileSync(path('trusted.crt'), readFileSync(path('ca.crt')));
    expect(await client.post(BODY, NEVER)).toEqual({ accepted: true });
    expect(
      await aClient(receiver, { certificate: path('ca.crt') }).post(BODY, NEVER),
    ).toMatchObject({ accepted: false });
    expect(await aClient(receiver).post(BODY, NEVER)).toMatchObject({ accepted: false });
    expect(receiver.requests).toHaveLength(1);
  });
});
