/** The door of the admin endpoint: its own token, small bodies, honest statuses, a bound on what waits. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { AdminCommand } from '../../src/sink/admin/command.ts';
import type { AdminOutcome, AdminPort } from '../../src/sink/admin/runner.ts';
import { startSink } from '../../src/sink/http/sink.ts';
import { TokenFile } from '../../src/sink/http/tokens.ts';
import { aFolder, removeFolders } from '../sample-log.ts';
import { FakeStore } from './fake-store.ts';
import { openDoor, type Door, type Reply, send } from './harness.ts';

afterAll(removeFolders);

const ADMIN = 'admin-token-0123456789';
const INTAKE = 'intake-token-0123456789';

class FakePort implements AdminPort {
  readonly commands: AdminCommand[] = [];
  outcome: AdminOutcome = { answer: { ends: [] } };

  run(command: AdminCommand): Promise<AdminOutcome> {
    this.commands.push(command);
    return Promise.resolve(this.outcome);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function tokens(...values: string[]): TokenFile {
  const path = join(aFolder(), 'tokens');
  writeFileSync(path, values.join('\n'));
  return new TokenFile(path, () => undefined);
}

let door: Door | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

async function open(port = new FakePort()): Promise<FakePort> {
  door = await openDoor({ tokens: tokens(INTAKE), admin: { port, tokens: tokens(ADMIN) } });
  return port;
}

async function ask(path: string, body: string, token: string | undefined = ADMIN): Promise<Reply> {
  return await send(door?.port ?? 0, {
    path,
    body,
    headers: {
      'content-type': 'application/json',
      ...(token !== '' && { authorization: `Bearer ${token}` }),
    },
  });
}

describe('credentials', () => {
  test('no token, a wrong one and the token of the audit port are sent away and counted, and nothing is done', async () => {
    const port = await open();
    for (const token of ['', 'wrong-token-0123456789', INTAKE, `${ADMIN}x`]) {
      const { status, headers, text } = await ask('/admin/erase', '{"user":"i|s"}', token);
      expect([status, headers['www-authenticate']]).toEqual([
        401,
        'Bearer realm="mcp-logbook admin"',
      ]);
      expect(text).toContain('wrong or missing admin token');
      expect(text).not.toContain(ADMIN);
    }
    expect(port.commands).toEqual([]);
    expect(door?.heard.counts).toEqual({ 'unauthorized admin': 4 });
  });

  test('the admin token opens nothing else', async () => {
    await open();
    const headers = { authorization: `Bearer ${ADMIN}` };
    expect((await send(door?.port ?? 0, { body: 'x', headers })).status).toBe(503);
    const read = await send(door?.port ?? 0, { method: 'GET', path: '/checkpoint', headers });
    expect(read.status).toBe(401);
  });

  test('without a token file the endpoint is off and says so', async () => {
    door = await openDoor();
    const { status, text } = await ask('/admin/erase', '{"user":"i|s"}');
    expect([status, text]).toEqual([404, expect.stringContaining('is off')]);
  });

  test('a sink whose two token files share a token does not start', async () => {
    const [tokenFile, adminTokenFile] = [join(aFolder(), 'a'), join(aFolder(), 'b')];
    writeFileSync(tokenFile, `${INTAKE}\n${ADMIN}\n`);
    writeFileSync(adminTokenFile, `${ADMIN}\n`);
    const options = { host: '127.0.0.1', port: 0, tokenFile, adminTokenFile };
    await expect(startSink(options, () => new FakeStore(), new FakePort())).rejects.toMatchObject({
      code: 'ERR_LOGBOOK_USAGE',
      message: expect.stringContaining('have a token in common'),
    });
  });
});

describe('commands', () => {
  test('each command comes through as it was sent', async () => {
    const port = await open();
    for (const [path, body] of [
      ['/admin/erase', '{"user":"i|s","reason":"letter 7"}'],
      ['/admin/erase/', '{"user":"i|s"}'],
      ['/admin/hold', '{"user":"i|s","authority":"court"}'],
      ['/admin/lift', '{"user":"i|s","authority":"court"}'],
      ['/admin/retain', ''],
    ] as const)
      expect((await ask(path, body)).status).toBe(200);
    expect(port.commands).toEqual([
      { op: 'erase', user: 'i|s', reason: 'letter 7' },
      { op: 'erase', user: 'i|s', reason: undefined },
      { op: 'hold', user: 'i|s', authority: 'court' },
      { op: 'lift', user: 'i|s', authority: 'court' },
      { op: 'retain' },
    ]);
  });

  test.each([
    ['/admin/erase', '{', 'not a JSON object'],
    ['/admin/erase', '[]', 'not a JSON object'],
    ['/admin/erase', '{}', 'needs "user"'],
    ['/admin/erase', '{"user":7}', 'needs "user"'],
    ['/admin/erase', '{"user":" "}', 'needs "user"'],
    ['/admin/erase', '{"user":"i|s","authority":"x"}', 'no field "authority"'],
    ['/admin/hold', '{"user":"i|s"}', 'needs "authority"'],
    ['/admin/retain', '{"user":"i|s"}', 'no field "user"'],
  ])('%s with %s is refused with the reason, 400', async (path, body, reason) => {
    const port = await open();
    const { status, text } = await ask(path, body);
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({
      code: 'ERR_LOGBOOK_USAGE',
      message: expect.stringContaining(reason),
    });
    expect(port.commands).toEqual([]);
  });

  test('other methods and other paths are refused', async () => {
    await open();
    const headers = { authorization: `Bearer ${ADMIN}` };
    const got = await send(door?.port ?? 0, { method: 'GET', path: '/admin/erase', headers });
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
    expect((await ask('/admin/constructor', '{}')).status).toBe(404);
  });

  test('a body too large is refused, announced or not, and the door goes on', async () => {
    const port = await open();
    const large = JSON.stringify({ user: 'u'.repeat(1_000_000) });
    expect((await ask('/admin/erase', large)).status).toBe(413);
    const chunked = httpRequest({
      port: door?.port,
      method: 'POST',
      path: '/admin/erase',
      headers: { authorization: `Bearer ${ADMIN}`, 'transfer-encoding': 'chunked' },
    });
    chunked.on('error', () => undefined);
    for (let n = 0; n < 20; n += 1) chunked.write('x'.repeat(1_000));
    const [response] = (await once(chunked, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(413);
    chunked.destroy();
    expect((await ask('/admin/retain', '{}')).status).toBe(200);
    expect(port.commands).toHaveLength(1);
    expect(door?.heard.problems).toEqual([]);
  });

  test.each([
    ['ERR_LOGBOOK_UNKNOWN_PERSON', 'failed', 404],
    ['ERR_LOGBOOK_USAGE', 'failed', 400],
    ['ERR_LOGBOOK_IO', 'failed', 500],
    [undefined, 'busy', 429],
    [undefined, 'closing', 503],
  ] as const)(
    'what failed with %s, %s, is answered %i with its words',
    async (code, reason, status) => {
      const port = await open();
      const error = { message: 'so it is', ...(code !== undefined && { code }) };
      port.outcome = { reason, error };
      const reply = await ask('/admin/retain', '{}');
      expect([reply.status, JSON.parse(reply.text)]).toEqual([status, { error }]);
    },
  );
});
