/**
 * Bad input of the logbook as its users meet it: the commands' exit codes, one error with what to do on stderr, nothing on
 * stdout, and a server that runs on. What happens inside is in packages/audit/test/bad-input.test.ts.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogbook, query } from '@mcp-logbook/audit';
import { afterAll, describe, expect, test } from 'vitest';
import { mcpLogbook } from '../harness/cli.ts';
import { spawnNode, stopProcesses, testFolder } from '../harness/process.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { WireClient } from '../harness/wire-client.ts';
import { verifies } from '../requirements.ts';

verifies('W6.1');

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** A sandbox with a log of one call, and the log's folder. */
function aLog(): { sandbox: Sandbox; folder: string } {
  const sandbox = aSandbox();
  const log = openLogbook({ root: sandbox.logs, service: 'shop' });
  log.record({ kind: 'tool.call', target: 'buy', person: '|ada', payload: { n: 1 } });
  log.close();
  return { sandbox, folder: log.folder };
}

const erase = ['erase', '--user', '|ada'];

describe('the commands', () => {
  test.each([
    ['a root key that is gone', 'keys/root.key', undefined],
    ['a root key that is another', 'keys/root.key', Buffer.alloc(32, 9).toString('base64url')],
    ['a keyring that is empty', 'shop/keys.db', ''],
    ['a keyring that is gone', 'shop/keys.db', undefined],
  ])('over %s: code 3 and what to do; what needs no key works', (_, name, content) => {
    const { sandbox } = aLog();
    const path = join(sandbox.logs, name);
    if (content === undefined) rmSync(path);
    else writeFileSync(path, content);
    for (const command of [erase, ['verify', '--deep'], ['keys', 'show'], ['keys', 'rotate']]) {
      const { code, stdout, stderr } = mcpLogbook(command, sandbox.env);
      expect([command[0], code]).toEqual([command[0], 3]);
      expect(stderr).toMatch(/^mcp-logbook: error: .*(?:root\.key|master|keys\.db)/m);
      expect(stderr).toMatch(/restore|give the key/);
      if (command[0] === 'erase') expect(stdout).toBe('');
    }
    expect(mcpLogbook(['verify'], sandbox.env).code).toBe(0);
  });

  test('over a log of a newer format: verify is code 1, what writes code 3, and each says so', () => {
    const { sandbox, folder } = aLog();
    const path = join(folder, 'log.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"format":1', '"format":2'));
    for (const [command, wanted] of [
      [['verify'], 1],
      [erase, 3],
      [['keys', 'show'], 3],
    ] as const) {
      const { code, stdout, stderr } = mcpLogbook(command, sandbox.env);
      expect([command[0], code]).toEqual([command[0], wanted]);
      expect(stdout + stderr).toContain('is of format 2');
    }
  });

  test('beside a folder of another program: erase names it, code 3, and works once it is away', () => {
    const { sandbox } = aLog();
    const other = join(sandbox.logs, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'log.json'), '{"level":"info"}');
    const refused = mcpLogbook(erase, sandbox.env);
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toContain('move it out of the root folder');
    rmSync(other, { recursive: true });
    expect(mcpLogbook(erase, sandbox.env).code).toBe(0);
  });

  test('with a key command that fails: code 3, its name and nothing it was given', () => {
    const { sandbox } = aLog();
    const env = { ...sandbox.env, MCP_LOGBOOK_KEY_COMMAND: 'false canary-token' };
    const { code, stderr } = mcpLogbook(['keys', 'show'], env);
    expect(code).toBe(3);
    expect(stderr).toContain('key command "false" ended with code 1');
    expect(stderr).not.toContain('canary');
  });
});

describe('a server under the flag', () => {
  async function callEcho(env: Readonly<Record<string, string>>): Promise<string> {
    const script = join(testFolder, 'harness', 'fixtures', 'stdio-server.mjs');
    const server = spawnNode({
      script,
      env: { ...env, OTEL_SERVICE_NAME: 'shop' },
      instrumented: true,
    });
    const client = new WireClient(server);
    await client.handshake();
    const answer = await client.request('tools/call', {
      name: 'echo',
      arguments: { text: 'hello' },
    });
    expect(JSON.stringify(answer)).toContain('hello');
    server.closeStdin();
    await server.gone();
    return server.stderr;
  }

  test.each([
    ['an empty keyring', (folder: string) => writeFileSync(join(folder, 'keys.db'), ''), 'keys.db'],
    [
      "another log's signing key",
      (folder: string) => cpSync(join(aLog().folder, 'signing.key'), join(folder, 'signing.key')),
      'signing.key',
    ],
  ])(
    'over %s answers as ever, says why it enters nothing, and changes nothing',
    async (_, damage, named) => {
      const { sandbox, folder } = aLog();
      damage(folder);
      const segment = join(folder, 'segments', '000000000000.jsonl');
      const before = readFileSync(segment);
      const stderr = await callEcho(sandbox.env);
      expect(stderr.split('\n').filter((line) => line.includes(named))).toHaveLength(1);
      expect(readFileSync(segment)).toEqual(before);
    },
  );

  test('with its root secret from a command enters calls that only the command opens', async () => {
    const sandbox = aSandbox();
    const secret = Buffer.alloc(32, 7).toString('base64');
    const keyCommand = `/bin/echo ${secret}`;
    const env = { ...sandbox.env, MCP_LOGBOOK_KEY_COMMAND: keyCommand };
    expect(await callEcho(env)).not.toContain('mcp-logbook');
    expect(query(sandbox.logs, { kind: 'tool.call' }, { keyCommand })).toMatchObject([
      { sealed: 'opened' },
    ]);
    expect(query(sandbox.logs, { kind: 'tool.call' })).toMatchObject([{ sealed: 'no-key' }]);
    expect(mcpLogbook(['verify', '--deep'], env).code).toBe(0);
  });
});
