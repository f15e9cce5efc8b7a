/** Tokens and client certificates: who is let in, what the others are told, and how both change under load. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isLoopback } from '../../src/sink/http/credentials.ts';
import { TokenFile } from '../../src/sink/http/tokens.ts';
import { openDoor, replyOf, send, type Door } from './harness.ts';

const OLD = 'old-token-0123456789abcdef';
const NEW = 'new-token-0123456789abcdef';
let folder = '';
let door: Door | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sink-credentials-'));
});
afterEach(async () => {
  await door?.close();
  door = undefined;
  rmSync(folder, { recursive: true });
});

function tokenFile(text: string, problems: string[] = []): [TokenFile, string] {
  const path = join(folder, 'token');
  writeFileSync(path, text);
  return [new TokenFile(path, (error) => problems.push(error.message)), path];
}

const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

describe('with a token file', () => {
  test('wrong or missing credentials on the intake: 503 and a metric, never 401; nothing is read or stored', async () => {
    door = await openDoor({ tokens: tokenFile(`${OLD}\n`)[0] });
    for (const headers of [
      {},
      bearer(NEW),
      bearer(`${OLD}x`),
      bearer(''),
      { authorization: OLD },
      { authorization: `Basic ${OLD}` },
    ]) {
      for (const path of ['/v1/logs', '/v1/traces']) {
        const reply = await send(door.port, { path, headers, body: 'gar!bage' });
        expect([reply.status, reply.headers['retry-after']]).toEqual([503, '30']);
        expect(reply.text).not.toContain(OLD);
      }
    }
    expect(door.heard.counts).toEqual({ 'unauthorized /v1/logs': 6, 'unauthorized /v1/traces': 6 });
    expect([door.store.lines, door.store.quarantined]).toEqual([[], []]);
    expect((await send(door.port, { headers: bearer(OLD), body: 'a' })).status).toBe(200);
    expect(
      (await send(door.port, { headers: { authorization: `bearer  ${OLD}` }, body: 'b' })).status,
    ).toBe(200);
  });

  test('reading needs it as well, and there it is 401; health and readiness are open', async () => {
    door = await openDoor({ tokens: tokenFile(OLD)[0], metrics: async () => 'm 1\n' });
    door.store.add('11111111-1111-7111-8111-111111111111 x');
    const paths = [
      '/metrics',
      '/checkpoint',
      '/tile/0/000.p/1',
      '/tile/entries/000.p/1',
      '/entries/11111111-1111-7111-8111-111111111111',
    ];
    for (const path of paths) {
      const refused = await send(door.port, { method: 'GET', path });
      expect([path, refused.status]).toEqual([path, 401]);
      expect(refused.headers['www-authenticate']).toContain('Bearer');
      const allowed = await send(door.port, { method: 'GET', path, headers: bearer(OLD) });
      expect([path, allowed.status]).toEqual([path, 200]);
    }
    expect((await send(door.port, { method: 'GET', path: '/other' })).status).toBe(401);
    expect(door.heard.counts['unauthorized read']).toBe(6);
    for (const path of ['/healthz', '/readyz'])
      expect((await send(door.port, { method: 'GET', path })).status).toBe(200);
  });

  test('a token rotates under load without one refused request: old, both, new', async () => {
    const [tokens, path] = tokenFile(`# ours\n${OLD}\n`);
    door = await openDoor({ tokens });
    const { port } = door;
    let current = OLD;
    let sent = 0;
    let stop = false;
    const statuses = new Set<number>();
    const sender = (async () => {
      while (!stop) {
        sent += 1;
        const body = `id-${sent}`;
        statuses.add((await send(port, { headers: bearer(current), body })).status);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    writeFileSync(`${path}.new`, `${OLD}\n${NEW}\n`);
    renameSync(`${path}.new`, path);
    await vi.waitFor(() => expect(tokens.match(`Bearer ${NEW}`)).toBe(1), { timeout: 5_000 });
    current = NEW;
    // What is under way with the old one is answered before that is taken away.
    const switched = sent;
    await vi.waitFor(() => expect(sent).toBeGreaterThan(switched + 1), { timeout: 5_000 });
    writeFileSync(path, `${NEW}\n`);
    await vi.waitFor(
      async () => expect((await send(port, { headers: bearer(OLD), body: 'x' })).status).toBe(503),
      { timeout: 5_000, interval: 50 },
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    stop = true;
    await sender;
    expect([...statuses]).toEqual([200]);
    expect(door.store.lines.filter((line) => line !== 'x')).toHaveLength(sent);
  });

  test('a file that vanishes or is emptied keeps the last tokens in force and is told once', async () => {
    const problems: string[] = [];
    const [tokens, path] = tokenFile(OLD, problems);
    unlinkSync(path);
    await vi.waitFor(
      () => {
        expect(tokens.match(`Bearer ${OLD}`)).toBe(0);
        expect(problems).toHaveLength(1);
      },
      { timeout: 3_000 },
    );
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(tokens.match(`Bearer ${OLD}`)).toBe(0);
    expect(problems).toHaveLength(1);
    writeFileSync(path, NEW);
    await vi.waitFor(() => expect(tokens.match(`Bearer ${NEW}`)).toBe(0), { timeout: 3_000 });
    expect(tokens.match(`Bearer ${OLD}`)).toBeUndefined();
  });

  test.each([
    ['missing', undefined, /cannot be read/],
    ['empty', '\n# nothing\n', /holds no token/],
    ['a short token', 'changeme\n', /fewer than 16/],
    ['two on a line', `${OLD} ${NEW}\n`, /space/],
    ['a huge one', 'x'.repeat(70_000), /64 KiB/],
  ])('a start with a useless file is refused: %s', (_name, text, message) => {
    const path = join(folder, 'token');
    if (text !== undefined) writeFileSync(path, text);
    const start = (): TokenFile => new TokenFile(path, () => undefined);
    expect(start).toThrow(message);
    // What is wrong is told, never what stands there.
    expect(start).not.toThrow(/changeme|old-token/);
  });
});

test('without credentials, on loopback, a web page in a browser is refused all the same', async () => {
  door = await openDoor();
  const page = { origin: 'https://evil.example' };
  expect((await send(door.port, { headers: page, body: 'a' })).status).toBe(503);
  const read = { method: 'GET', path: '/checkpoint' };
  expect((await send(door.port, { ...read, headers: page })).status).toBe(401);
  expect((await send(door.port, { ...read, headers: { 'sec-fetch-site': 'none' } })).status).toBe(
    401,
  );
  expect((await send(door.port, read)).status).toBe(200);
  expect(door.store.lines).toEqual([]);
});

test('loopback is 127.0.0.0/8, ::1 and localhost, nothing that only looks like it', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost'])
    expect([host, isLoopback(host)]).toEqual([host, true]);
  for (const host of ['0.0.0.0', '::', '', '127.0.0.1.evil.example', '10.0.0.1', 'sink', '127.1'])
    expect([host, isLoopback(host)]).toEqual([host, false]);
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.runIf(hasOpenssl)('with mTLS (certificates made by openssl)', () => {
  function openssl(...args: string[]): void {
    const done = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  }

  /** Makes `<name>.key` and `<name>.crt`, signed by `<ca>` or by itself. */
  function certify(name: string, ca?: string): void {
    const subject = ['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`];
    const signer = [
      '-CA',
      `${ca}.crt`,
      '-CAkey',
      `${ca}.key`,
      '-addext',
      'basicConstraints=CA:FALSE',
    ];
    const curve = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ');
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    openssl(...curve, ...subject, ...names, ...(ca === undefined ? [] : signer));
  }

  const path = (name: string): string => join(folder, name);

  async function post(port: number, client?: string): Promise<number> {
    const { readFileSync } = await import('node:fs');
    const request = httpsRequest({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/v1/logs',
      headers: { 'content-type': 'application/x-protobuf' },
      agent: new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      ca: readFileSync(path('ca.crt')),
      ...(client !== undefined && {
        cert: readFileSync(path(`${client}.crt`)),
        key: readFileSync(path(`${client}.key`)),
      }),
    });
    request.end(`id-${Math.random()}`);
    return (await replyOf(request)).status;
  }

  beforeEach(async () => {
    certify('ca');
    certify('other-ca');
    certify('server', 'ca');
    certify('client', 'ca');
    certify('stranger', 'other-ca');
    const tls = { cert: path('server.crt'), key: path('server.key'), clientCa: path('ca.crt') };
    door = await openDoor({ tls });
  });

  test('a certificate of the CA is let in; none or a foreign one is 503 and counted; health is open', async () => {
    const { port, heard } = door as Door;
    expect(await post(port, 'client')).toBe(200);
    expect(await post(port)).toBe(503);
    expect(await post(port, 'stranger')).toBe(503);
    expect(heard.counts['unauthorized /v1/logs']).toBe(2);
    const health = httpsRequest({ port, path: '/healthz', rejectUnauthorized: false });
    health.end();
    expect((await replyOf(health)).status).toBe(200);
    const metrics = httpsRequest({ port, path: '/metrics', rejectUnauthorized: false });
    metrics.end();
    expect((await replyOf(metrics)).status).toBe(401);
  });

  test('new certificates are taken up without a restart; a set that does not fit leaves the old one in force', async () => {
    const { port, heard } = door as Door;
    // The client CA changes under the same path: the stranger is now the one who may.
    renameSync(path('ca.crt'), path('ca.saved'));
    writeFileSync(path('ca.crt'), 'not a certificate');
    await vi.waitFor(() => expect(heard.problems).toHaveLength(1), { timeout: 5_000 });
    renameSync(path('ca.saved'), path('ca.crt'));
    expect(await post(port, 'client')).toBe(200);
    certify('server2', 'ca');
    renameSync(path('server2.key'), path('server.key'));
    renameSync(path('server2.crt'), path('server.crt'));
    await vi.waitFor(
      async () => {
        const request = httpsRequest({
          port,
          path: '/healthz',
          rejectUnauthorized: false,
          agent: false,
        });
        request.end();
        const [response] = await new Promise<[import('node:http').IncomingMessage]>((resolve) => {
          request.once('response', (message) => resolve([message]));
        });
        const { TLSSocket } = await import('node:tls');
        const socket = response.socket;
        expect(socket instanceof TLSSocket && socket.getPeerCertificate().subject.CN).toBe(
          'server2',
        );
        response.resume();
      },
      { timeout: 8_000, interval: 100 },
    );
    expect(await post(port, 'client')).toBe(200);
  });

  test('a start with a key of another certificate is refused', async () => {
    const tls = { cert: path('server.crt'), key: path('client.key') };
    await expect(openDoor({ tls })).rejects.toThrow(/not a certificate and its key/);
    await expect(openDoor({ tls: { ...tls, key: path('none') } })).rejects.toThrow(
      /cannot be read/,
    );
  });
});
