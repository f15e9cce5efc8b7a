/** `mcp-logbook ship` as a user runs it, against a receiver on loopback. */
import { decodeRecords, type Received } from './ship-receiver.ts';
import { openLogbook } from '@mcp-logbook/audit';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const BUILT = existsSync(join(import.meta.dirname, '..', 'dist', 'cli', 'main.js'));

let root: string;
let server: Server;
let url: string;
let received: Received[];
let token: string | undefined;
let ids: string[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'logbook-ship-'));
  const log = openLogbook({ root, service: 'shop' });
  ids = [];
  for (let n = 0; n < 10; n += 1) ids.push(log.record({ kind: 'tool.call', payload: { n } }) ?? '');
  log.close();
  received = [];
  token = undefined;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const ok = token === undefined || request.headers.authorization === `Bearer ${token}`;
      if (ok) received.push(...decodeRecords(Buffer.concat(chunks)));
      response.writeHead(ok ? 200 : 401).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(root, { recursive: true });
});

async function run(
  ...args: readonly string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [BIN, 'ship', ...args], {
    env: { PATH: process.env['PATH'] ?? '', MCP_LOGBOOK_DIR: root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

const calls = (): string[] =>
  received.filter(({ kind }) => kind === 'tool.call').map(({ id }) => id);

describe.runIf(BUILT)('mcp-logbook ship', () => {
  test('--once sends every entry once, says how many on stderr: code 0', async () => {
    const first = await run('--to', url, '--once');
    expect([first.code, first.out]).toEqual([0, '']);
    expect(first.err).toMatch(/^\d+ records shipped\n$/);
    expect(calls()).toEqual(ids);
    const again = await run('--to', url, '--once', '--json', 'shop');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toEqual({ complete: true, records: 0, busy: [] });
    expect(calls()).toEqual(ids);
  });

  test('--from sends again from a number on and keeps its place', async () => {
    await run('--to', url, '--once');
    const cursor = readFileSync(join(root, 'shop', 'ship.json'), 'utf8');
    received.length = 0;
    // Numbers 1 and 2 are the log's own first entries.
    expect((await run('--to', url, '--from', '8', join(root, 'shop'))).code).toBe(0);
    expect(calls()).toEqual(ids.slice(5));
    expect(readFileSync(join(root, 'shop', 'ship.json'), 'utf8')).toBe(cursor);
  });

  test('a refused token is told at once without it, and nothing is lost: code 3, later code 0', async () => {
    token = 'right-canary';
    const file = join(root, 'token');
    writeFileSync(file, 'wrong-canary\n', { mode: 0o600 });
    const refused = await run('--to', url, '--once', '--token-file', file);
    expect([refused.code, refused.out]).toEqual([3, '']);
    expect(refused.err).toContain('answered 401');
    expect(refused.err).toContain('MCP_LOGBOOK_AUDIT_TOKEN_FILE');
    expect(refused.err).not.toContain('canary');
    expect(received).toEqual([]);
    writeFileSync(file, 'right-canary\n');
    expect((await run('--to', url, '--once', '--token-file', file)).code).toBe(0);
    expect(calls()).toEqual(ids);
  }, 40_000);

  test('without --once it follows until SIGTERM: code 0', async () => {
    const child = spawn(process.execPath, [BIN, 'ship', '--to', url], {
      env: { PATH: process.env['PATH'] ?? '', MCP_LOGBOOK_DIR: root },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const deadline = Date.now() + 15_000;
    const wait = async (count: number): Promise<void> => {
      while (calls().length < count && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await wait(10);
    const log = openLogbook({ root, service: 'shop' });
    ids.push(log.record({ kind: 'tool.call', payload: { later: true } }) ?? '');
    log.close();
    await wait(11);
    expect(calls()).toEqual(ids);
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
  });

  test.each([
    ['no receiver', []],
    ['a number that is none', ['--to', 'http://127.0.0.1:1', '--from', '0']],
    ['a network without cover', ['--to', 'http://collector:4320', '--once']],
    ['a recipient that is no key', ['--to', 'http://localhost', '--recipient', 'nonsense']],
    ['no such log', ['--to', 'http://localhost', 'nowhere']],
    ['an unknown option', ['--too', 'http://localhost']],
  ])('%s is code 2 and one error on stderr', async (_, args) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^mcp-logbook: error: /);
  });
});
