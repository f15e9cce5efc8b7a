/** `scripts/init-secrets.ts`: what it makes, that it never overwrites, and that its certificates hold in a handshake. */
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyFile } from '../harness/compose/read.ts';
import { repositoryFile } from '../programs/recipes.ts';

let folder: string;
const read = (name: string): string => readFileSync(join(folder, 'secrets', name), 'utf8');
const make = (): { status: number | null; stderr: string } =>
  spawnSync(
    process.execPath,
    [repositoryFile('scripts/init-secrets.ts'), join(folder, 'secrets')],
    { encoding: 'utf8' },
  );

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-logbook-secrets-'));
  const { status, stderr } = make();
  expect(status, stderr).toBe(process.getuid?.() === 0 ? 0 : 1);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('files are 0600 and folders 0700', () => {
  const files = everyFile(join(folder, 'secrets'));
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    expect(statSync(file).mode & 0o777, file).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777, file).toBe(0o700);
  }
});

test('a second run changes nothing and prints no secret; what was removed is made again', () => {
  const contents = (): string[] =>
    everyFile(join(folder, 'secrets')).map((file) => readFileSync(file, 'utf8'));
  const before = contents();
  const { stderr } = make();
  expect(contents()).toEqual(before);
  expect(before.some((content) => stderr.includes(content.trim()))).toBe(false);
  const old = read('otelcol/tls/server.crt');
  rmSync(join(folder, 'secrets/otelcol/tls/server.crt'));
  make();
  expect(read('otelcol/tls/server.crt')).not.toBe(old);
  const key = createPrivateKey(read('otelcol/tls/server.key'));
  expect(new X509Certificate(read('otelcol/tls/server.crt')).checkPrivateKey(key)).toBe(true);
});

test("each token is where both sides look for it, and the sink's key is 32 bytes", () => {
  const sink = read('sink/tokens').split('\n');
  for (const name of ['otelcol/sink_token', 'prometheus/sink_token', 'servers/reader_token'])
    expect(sink).toContain(read(name).trim());
  for (const name of ['servers/intake_token', 'demo/intake_token', 'filelogs/gateway_token'])
    expect(read('otelcol/intake_token').split('\n')).toContain(read(name).trim());
  expect(Buffer.from(read('sink/root_key').trim(), 'base64url')).toHaveLength(32);
});

test('certificates: right host and CA are accepted, a client without one and a wrong name are not', async () => {
  const server = createServer({
    cert: read('otelcol/tls/server.crt'),
    key: read('otelcol/tls/server.key'),
    ca: read('otelcol/tls/ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket: TLSSocket) => socket.on('error', () => {}).end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const talk = (servername: string, withClient: boolean): Promise<string> =>
    new Promise((resolve) => {
      const client = withClient
        ? { cert: read('servers/tls/client.crt'), key: read('servers/tls/client.key') }
        : {};
      const socket = connect({
        port,
        host: '127.0.0.1',
        servername,
        ca: read('ca/ca.crt'),
        ...client,
      });
      let text = '';
      socket.on('data', (part) => (text += part.toString()));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.once('end', () => resolve(text));
    });
  try {
    expect(await talk('otelcol', true)).toBe('hello');
    expect(await talk('otelcol-audit', true)).toBe('hello');
    expect(await talk('sink', true)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await talk('otelcol', false)).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET/);
  } finally {
    server.close();
  }
  const authority = new X509Certificate(read('ca/ca.crt'));
  for (const name of ['otelcol/tls/server', 'otelcol/tls/client', 'sink/tls/server']) {
    const certificate = new X509Certificate(read(`${name}.crt`));
    expect(certificate.verify(authority.publicKey), name).toBe(true);
    expect(certificate.ca, name).toBe(false);
  }
  expect(authority.ca).toBe(true);
});
