/** `erase`, `hold` and `retain` with `--sink`: the commands reach a running sink, by token and by certificate. Runs the build. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeBatch } from './otlp-batch.ts';

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const BUILT = existsSync(join(import.meta.dirname, '..', 'dist', 'cli', 'main.js'));
const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;
const USER = 'https://issuer.example|user-1';

const folder = mkdtempSync(join(tmpdir(), 'logbook-cli-sink-'));
const path = (name: string): string => join(folder, name);
let child: ChildProcess | undefined;
let url = '';

/** Makes `<name>.key` and `<name>.crt`, signed by `<ca>` or by itself. */
function certify(name: string, ca?: string): void {
  const args = [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' '),
    '-subj',
    `/CN=${name}`,
    '-keyout',
    path(`${name}.key`),
    '-out',
    path(`${name}.crt`),
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    ...(ca === undefined
      ? []
      : ['-CA', path(`${ca}.crt`), '-CAkey', path(`${ca}.key`)].concat(
          '-addext',
          'basicConstraints=CA:FALSE',
        )),
  ];
  const done = spawnSync('openssl', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
}

function tlsFiles(client: string): string[] {
  return [
    '--tls-ca',
    path('ca.crt'),
    '--tls-cert',
    path(`${client}.crt`),
    '--tls-key',
    path(`${client}.key`),
  ];
}

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { ...process.env, NODE_OPTIONS: '', MCP_LOGBOOK_DIR: path('elsewhere') };
  const done = spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', env });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** A command to the sink with all that it wants. */
function ask(...args: readonly string[]): ReturnType<typeof run> {
  return run(...args, '--sink', url, '--token-file', path('admin'), ...tlsFiles('client'));
}

async function send(body: Buffer): Promise<number> {
  const sent = request(`${url}/v1/logs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      authorization: 'Bearer sender-0123456789',
    },
    ca: readFileSync(path('ca.crt')),
    cert: readFileSync(path('client.crt')),
    key: readFileSync(path('client.key')),
    agent: false,
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

describe.runIf(BUILT && HAS_OPENSSL)('a sink behind certificates and tokens', () => {
  beforeAll(async () => {
    certify('ca');
    certify('server', 'ca');
    certify('client', 'ca');
    certify('stranger');
    writeFileSync(path('tokens'), 'sender-0123456789\n', { mode: 0o600 });
    writeFileSync(path('admin'), 'admin-0123456789\n', { mode: 0o600 });
    const files = ['--tls-cert', path('server.crt'), '--tls-key', path('server.key')];
    child = spawn(
      process.execPath,
      [
        BIN,
        'serve',
        '--json',
        '--listen',
        '127.0.0.1:0',
        '--dir',
        path('central-root'),
        '--token-file',
        path('tokens'),
        '--admin-token-file',
        path('admin'),
        ...files,
        '--client-ca',
        path('ca.crt'),
      ],
      { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const [line] = await once(child.stderr ?? child, 'data');
    const started = JSON.parse(String(line).split('\n')[0] ?? '');
    ({ url } = started);
    expect(await send(makeBatch('svc/01234567', 1, 10, started.recipient).body)).toBe(200);
  }, 60_000);
  afterAll(async () => {
    child?.kill('SIGTERM');
    if (child?.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['no certificate', () => ['--token-file', path('admin'), '--tls-ca', path('ca.crt')]],
    ["a stranger's certificate", () => ['--token-file', path('admin'), ...tlsFiles('stranger')]],
    ["a sender's token", () => ['--token-file', path('tokens'), ...tlsFiles('client')]],
  ])(
    'does nothing for %s, and the command says so with code 2 or more, no token in it',
    (_, access) => {
      const { code, out, err } = run('erase', '--user', USER, '--sink', url, ...access());
      expect(code).toBeGreaterThan(1);
      expect(err.length).toBeGreaterThan(20);
      expect(out + err).not.toMatch(/(admin|sender)-0123456789/);
    },
  );

  test('a hold forbids the erasure until it is lifted; then the person goes', () => {
    const user = ['--user', USER];
    const authority = ['--authority', 'court 17'];
    expect(ask('hold', 'set', ...user, ...authority).code).toBe(0);
    const denied = ask('erase', ...user);
    expect(denied.code).not.toBe(0);
    expect(denied.out + denied.err).toMatch(/hold/);
    expect(ask('hold', 'lift', ...user, ...authority).code).toBe(0);
    expect(ask('erase', ...user)).toMatchObject({ code: 0 });
    const verified = run('verify', '--deep', '--dir', path('central-root'));
    expect(verified.code).toBe(0);
  }, 60_000);

  test('retain is done by the sink and answers', () => {
    expect(ask('retain')).toMatchObject({ code: 0 });
  });
});
