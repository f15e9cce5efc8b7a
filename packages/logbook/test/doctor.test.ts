/** `doctor` without a command: every reason it knows is made for real, and a sound set-up has none. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSink, openLogbook, type Sink } from '@mcp-logbook/audit';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { checkAuditPort, checkEndpoints } from '../src/doctor/endpoints.ts';
import type { Finding, Setup } from '../src/doctor/finding.ts';
import {
  checkClock,
  checkFolder,
  checkKeys,
  checkPrivacy,
  checkWriters,
} from '../src/doctor/folder.ts';
import { checkHosts } from '../src/doctor/hosts.ts';
import { checkSwitches, checkVariables } from '../src/doctor/program.ts';

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const WRITER = join(import.meta.dirname, '..', '..', 'audit', 'dist', 'index.js');

const folder = mkdtempSync(join(tmpdir(), 'logbook-doctor-'));
let root = '';
let count = 0;
const servers: Server[] = [];
const children: ChildProcess[] = [];
const mounted: string[] = [];
beforeEach(() => {
  root = join(folder, String(count++), 'logs');
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) {
    server.closeAllConnections?.();
    server.close();
  }
  for (const path of mounted) spawnSync('/bin/umount', [path]);
  rmSync(folder, { recursive: true });
});

type Env = Record<string, string>;

function setup(env: Env = {}): Setup {
  const warnings: string[] = [];
  const config = readConfig(env, (_, message) => warnings.push(message));
  return { env, config, warnings, root };
}

/** What is wrong, as text and remedy. */
async function wrongOf(found: readonly Finding[] | Promise<readonly Finding[]>): Promise<string[]> {
  // A collector of the machine itself may run on the usual port.
  return (await found)
    .filter(({ level, check }) => level === 'wrong' && check !== 'collector')
    .map(({ text, remedy }) => `${text} -> ${remedy}`);
}

const has = (...parts: readonly string[]): unknown => [
  expect.stringMatching(
    parts.map((part) => part.replaceAll(/[.*+?()[\]]/g, String.raw`\$&`)).join('.*'),
  ),
];

function log(options: { at?: number } = {}): void {
  const made = openLogbook({
    root,
    service: 'shop',
    ...(options.at !== undefined && { now: () => (options.at ?? 0) * 1000 }),
  });
  made.record({ kind: 'tool.call', target: 'buy', person: '|ada', payload: { n: 1 } });
  made.close();
}

async function listening(
  listener: RequestListener,
  server: Server = createServer(listener),
): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering =
  (status: number, text = '', date = new Date()): RequestListener =>
  (request, response) => {
    request.resume();
    response.sendDate = false;
    response
      .writeHead(request.url === '/readyz' ? 404 : status, { date: date.toUTCString() })
      .end(text);
  };

describe('the command', () => {
  function run(
    args: readonly string[],
    env: Env = {},
    node: readonly string[] = [process.execPath],
  ) {
    const [program = '', ...options] = node;
    const done = spawnSync(program, [...options, BIN, 'doctor', ...args], {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, MCP_LOGBOOK_DIR: root, ...env },
    });
    return { code: done.status, out: done.stdout, err: done.stderr };
  }

  test('says that a sound set-up is sound, code 0; what is wrong comes first, code 1; usage is code 2', () => {
    log();
    const sound = run([]);
    expect(sound).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/nothing is wrong\n$/),
    });
    expect(sound.out).not.toContain('wrong ');
    const bad = run([], { MCP_LOGBOOK_MODE: 'of', MCP_LOGBOOK_DRI: '/x' });
    expect([bad.code, bad.err]).toEqual([1, '']);
    expect(bad.out).toMatch(/^wrong variables: MCP_LOGBOOK_MODE is not one of off.*\n {6}-> /);
    expect(bad.out).toMatch(
      /MCP_LOGBOOK_DRI is not read by anything\n {6}-> is MCP_LOGBOOK_DIR meant\?/,
    );
    expect(bad.out).toMatch(/2 to put right\n$/);
    const lines = run(['--json'], { MCP_LOGBOOK_MODE: 'of' }).out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      check: 'variables',
      level: 'wrong',
      text: expect.stringContaining('keeping blocking'),
      remedy: expect.any(String),
    });
    expect(run(['--']).code).toBe(2);
    expect(run(['--timeout', 'x']).code).toBe(2);
    expect(run(['--nonsense']).code).toBe(2);
  }, 60_000);

  test('whose reader goes away ends without a word: code 3, as for any command', () => {
    const script = `"${process.execPath}" "${BIN}" doctor --json; echo "code $?" >&2`;
    const done = spawnSync('sh', ['-c', `(${script}) | true`], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, MCP_LOGBOOK_DIR: root },
    });
    expect(done.stderr).toBe('code 3\n');
  }, 30_000);

  test('under a Node.js without load hooks, Bun or Deno says so, code 1, and any other command code 3', () => {
    const without = (what: string): string[] => [
      process.execPath,
      '--import',
      `data:text/javascript,${what}`,
    ];
    const noHooks = without('import m from "module"; delete m.registerHooks');
    expect(run([], {}, noHooks)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('Node.js 22.15 or newer is needed, this is Node.js v'),
    });
    expect(run([], {}, without('globalThis.Bun = {}')).out).toContain('this is Bun');
    expect(run([], {}, without('globalThis.Deno = {}')).out).toContain('this is Deno');
    const other = spawnSync(process.execPath, [...noHooks.slice(1), BIN, 'query'], {
      encoding: 'utf8',
    });
    expect(other.status).toBe(3);
  }, 60_000);

  const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? '';
    return /^v(1\d|20|21|22\.(\d|1[0-4])\.)/.test(version);
  });
  test.skipIf(old === undefined)('under a real old Node.js says so', () => {
    expect(run([], {}, [old ?? ''])).toMatchObject({
      code: 1,
      err: expect.stringContaining('22.15'),
    });
  });
});

describe('switches', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  test.each<[string, Env, string]>([
    ['an inherited MCP_LOGBOOK_WRAPPED', { MCP_LOGBOOK_WRAPPED: '1' }, 'stands down'],
    ['mode off', { MCP_LOGBOOK_MODE: 'off' }, 'nothing is entered'],
    ['a disabled SDK', { ...endpoint, OTEL_SDK_DISABLED: 'true' }, 'switches telemetry off'],
    [
      'no exporter',
      {
        ...endpoint,
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
      },
      'no signal is exported',
    ],
  ])('%s is named', async (_, env, text) => {
    expect(await wrongOf(checkSwitches(setup(env)))).toEqual(has(text, ' -> unset'));
  });

  test('of a sound set-up are silent', async () => {
    expect(await wrongOf(checkSwitches(setup(endpoint)))).toEqual([]);
    expect(checkSwitches(setup({ OTEL_SDK_DISABLED: 'true' }))).toMatchObject([{ level: 'note' }]);
  });

  test('every variable that the sources read is known, and one of another version is a note', () => {
    const sources = join(import.meta.dirname, '..', 'src');
    const names = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith('doctor'))
      .flatMap(
        (name) =>
          readFileSync(join(sources, name), 'utf8').match(
            /env\.MCP_LOGBOOK_\w+|'MCP_LOGBOOK_\w+'/g,
          ) ?? [],
      )
      .map((text) => text.replaceAll(/env\.|'/g, ''));
    expect(names).toContain('MCP_LOGBOOK_DIR');
    const env = Object.fromEntries(names.map((name) => [name, '']));
    expect(checkVariables(setup(env))).toMatchObject([{ level: 'ok' }]);
    expect(checkVariables(setup({ MCP_LOGBOOK_TIME_MACHINE: '1' }))).toMatchObject([
      { level: 'note' },
    ]);
  });
});

describe('hosts', () => {
  test('that start servers without the flag, with a register that is gone, or not at all', async () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, '.cursor'), { recursive: true });
    const file = join(home, '.cursor', 'mcp.json');
    const found = (text: string, options = ''): Finding[] => {
      writeFileSync(file, text);
      const script = `import { checkHosts } from ${JSON.stringify(join(import.meta.dirname, '..', 'src', 'doctor', 'hosts.ts'))};
        console.log(JSON.stringify(checkHosts({ env: { NODE_OPTIONS: ${JSON.stringify(options)} } })))`;
      const done = spawnSync(
        process.execPath,
        ['--conditions=@mcp-logbook/source', '--input-type=module', '-e', script],
        {
          encoding: 'utf8',
          cwd: folder,
          env: { HOME: home },
        },
      );
      return JSON.parse(done.stdout) as Finding[];
    };
    const bare =
      '{"mcpServers":{"a":{"command":"npx"},"b":{"url":"https://x"},"c":{"command":"uvx"}}}';
    expect(found(bare)).toMatchObject([
      { level: 'note', text: expect.stringMatching(/Cursor starts without the flag.*: a, c$/) },
    ]);
    expect(found(bare, '--require mcp-logbook/register')).toMatchObject([
      {
        level: 'wrong',
        text: expect.stringContaining('Cursor does not pass it on'),
        remedy: expect.stringContaining('init cursor --write'),
      },
    ]);
    const gone = '--require /gone/logbook/dist/register.js';
    expect(
      found(`{"mcpServers":{"a":{"command":"node","env":{"NODE_OPTIONS":"${gone}"}}}}`),
    ).toMatchObject([{ level: 'wrong', text: expect.stringContaining('cannot start') }]);
    expect(found('{"mcpServers":')).toMatchObject([
      { level: 'wrong', text: expect.stringContaining('starts none of its servers') },
    ]);
    expect(checkHosts).toBeTypeOf('function');
  });
});

describe('the folder', () => {
  test('that cannot be made or is a file', async () => {
    mkdirSync(join(folder, 'x'));
    writeFileSync(join(folder, 'x', 'file'), '');
    root = join(folder, 'x', 'file', 'logs');
    expect(await wrongOf(checkFolder(setup()))).toEqual(has('is not a folder', 'MCP_LOGBOOK_DIR'));
    root = '/proc/mcp-logbook';
    expect(await wrongOf(checkFolder(setup()))).toEqual(
      has('cannot be written', 'MCP_LOGBOOK_DIR'),
    );
  });

  test('that can be made is left as it was: not there', () => {
    mkdirSync(join(root, '..'));
    expect(checkFolder(setup()).map(({ level }) => level)).not.toContain('wrong');
    expect(existsSync(root)).toBe(false);
    expect(readdirSync(join(root, '..'))).toEqual([]);
  });

  test('that others can write to is a note', () => {
    mkdirSync(root, { recursive: true });
    expect(checkPrivacy(setup())).toEqual([]);
    chmodSync(root, 0o777);
    expect(checkPrivacy(setup())).toMatchObject([{ level: 'note', remedy: `chmod 700 "${root}"` }]);
  });

  const canMount = process.getuid?.() === 0 && existsSync('/bin/mount');
  test.skipIf(!canMount)(
    'on a disk that is full, and on one that soon will be (needs root)',
    async (context) => {
      mkdirSync(root, { recursive: true });
      const done = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root]);
      if (done.status !== 0) return context.skip();
      mounted.push(root);
      expect(await wrongOf(checkFolder(setup()))).toEqual([]);
      writeFileSync(join(root, 'filler'), Buffer.alloc(3_800_000));
      expect(await wrongOf(checkFolder(setup()))).toEqual(
        has('% (', 'free on the disk', 'free space'),
      );
      expect(() => writeFileSync(join(root, 'more'), Buffer.alloc(4_000_000))).toThrow('ENOSPC');
      expect(await wrongOf(checkFolder(setup()))).toEqual(
        has('no space left', 'ENOSPC', 'free space'),
      );
    },
  );
});

describe('keys', () => {
  test('that are sound, open to others, missing over a log, of another log, or named and not there', async () => {
    log();
    const key = join(root, 'keys', 'root.key');
    expect(checkKeys(setup())).toMatchObject([{ level: 'ok' }]);
    chmodSync(key, 0o644);
    expect(await wrongOf(checkKeys(setup()))).toEqual(
      has('read by others (mode 0644)', 'chmod 600'),
    );
    rmSync(key);
    expect(await wrongOf(checkKeys(setup()))).toEqual(has('is missing though there are logs'));
    writeFileSync(key, Buffer.alloc(32, 7).toString('base64url'), { mode: 0o600 });
    expect(await wrongOf(checkKeys(setup()))).toEqual(has('does not open'));
    writeFileSync(key, 'short', { mode: 0o600 });
    expect(await wrongOf(checkKeys(setup()))).toEqual(has('expected 32'));
    root = join(folder, 'none');
    const env = {
      MCP_LOGBOOK_PASSPHRASE_FILE: join(folder, 'gone'),
      MCP_LOGBOOK_PSEUDONYM_KEY_FILE: '/gone',
    };
    expect(await wrongOf(checkKeys(setup(env)))).toHaveLength(2);
    expect(await wrongOf(checkKeys(setup({ MCP_LOGBOOK_KEY_FILE: '/made/later' })))).toEqual([]);
  });
});

describe('the endpoint', () => {
  const at = (url: string, more: Env = {}): Setup =>
    setup({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...more });

  test('that takes what is sent, with its headers, is found sound', async () => {
    const seen: string[] = [];
    const url = await listening((request, response) => {
      seen.push(
        `${request.url} ${request.headers['authorization']} ${request.headers['content-type']}`,
      );
      request.resume();
      response.end('{}');
    });
    const found = await checkEndpoints(
      at(url, {
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20abc',
        OTEL_TRACES_EXPORTER: 'otlp',
      }),
    );
    const own = found.filter(({ check }) => check !== 'collector');
    expect(own.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
    expect(seen.filter((line) => line.startsWith('/v1'))).toEqual(
      ['traces', 'logs', 'metrics'].map((signal) => `/v1/${signal} Bearer abc application/json`),
    );
    expect(JSON.stringify(found)).not.toContain('abc');
    expect(await checkEndpoints(setup())).toMatchObject([{ level: 'note' }]);
  });

  test('that is down is told once for all signals; a URL that is none, for each', async () => {
    const url = await listening(answering(200));
    servers.at(-1)?.close();
    expect(await wrongOf(checkEndpoints(at(url)))).toEqual(
      has('nothing listens there', 'start it'),
    );
    expect(await wrongOf(checkEndpoints(at('collector:4318')))).toHaveLength(3);
  });

  test('that is a gRPC port is told from one that is broken', async () => {
    const url = await listening(() => {}, createHttp2() as unknown as Server);
    expect(await wrongOf(checkEndpoints(at(url)))).toEqual(
      expect.arrayContaining(has('speaks gRPC, not HTTP', '4318') as string[]),
    );
  });

  test.each<[number, string, string, string]>([
    [401, '', 'wants credentials', 'OTEL_EXPORTER_OTLP_HEADERS'],
    [403, '', 'wants credentials', 'OTEL_EXPORTER_OTLP_HEADERS'],
    [404, '', 'nothing takes OTLP', 'base URL'],
    [503, 'full', 'takes nothing now', 'its own log'],
  ])('that answers %i', async (status, text, what, remedy) => {
    const url = await listening(answering(status, text));
    const found = await wrongOf(checkEndpoints(at(url)));
    expect(found).toHaveLength(3);
    expect(found.slice(0, 1)).toEqual(has(what, remedy));
  });

  test('that has no TLS where https is asked for, or a certificate that nobody knows', async () => {
    const url = await listening(answering(200));
    expect(await wrongOf(checkEndpoints(at(url.replace('http:', 'https:'))))).toEqual(
      has('TLS', 'http://'),
    );
    const [keyFile, ca] = [join(folder, 'tls.key'), join(folder, 'ca.pem')];
    const request =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x';
    const args = [...request.split(' '), '-keyout', keyFile, '-out', ca];
    const made = spawnSync('openssl', [...args, '-addext', 'subjectAltName=IP:127.0.0.1']);
    if (made.status !== 0) return;
    const [key, cert] = [readFileSync(keyFile), readFileSync(ca)];
    const tls = await listening(
      () => {},
      createHttps({ key, cert }, answering(200)) as unknown as Server,
    );
    const secure = tls.replace('http:', 'https:');
    expect(await wrongOf(checkEndpoints(at(secure)))).toEqual(has('SELF_SIGNED', '_CERTIFICATE'));
    const trusting = { OTEL_EXPORTER_OTLP_CERTIFICATE: ca };
    expect(await wrongOf(checkEndpoints(at(secure, trusting)))).toEqual([]);
  });

  test('whose clock is another is told once', async () => {
    const url = await listening(answering(200, '{}', new Date(Date.now() + 3_600_900)));
    expect(await wrongOf(checkEndpoints(at(url)))).toEqual(has('s ahead of this one', 'NTP'));
  });
});

describe('the audit port', () => {
  let sink: Sink | undefined;
  const at = (url: string, more: Env = {}): Setup =>
    setup({ MCP_LOGBOOK_AUDIT_ENDPOINT: url, ...more });

  test('of a sink: sound with its token, refused without, and the look leaves nothing in it', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'token-0123456789abcdef\n');
    const store = join(folder, 'sink');
    sink = await createSink({ root: store, host: '127.0.0.1', port: 0, tokenFile: file });
    try {
      const found = await checkAuditPort(at(sink.url, { MCP_LOGBOOK_AUDIT_TOKEN_FILE: file }));
      expect(found).toMatchObject([
        { level: 'ok', text: expect.stringContaining('takes what is sent') },
        { level: 'ok', text: expect.stringContaining('is a sink, and ready') },
      ]);
      expect(await wrongOf(checkAuditPort(at(sink.url)))).toEqual(
        has('wants credentials', 'TOKEN_FILE'),
      );
      const other = join(folder, 'other');
      writeFileSync(other, 'other-0123456789abcdef\n');
      const refused = await wrongOf(
        checkAuditPort(at(sink.url, { MCP_LOGBOOK_AUDIT_TOKEN_FILE: other })),
      );
      expect(refused).toEqual(has('wants credentials', 'TOKEN_FILE'));
      expect(readdirSync(sink.folder).filter((name) => name.includes('quarantine'))).toEqual([]);
    } finally {
      await sink.close();
    }
    expect(
      await wrongOf(checkAuditPort(at(sink.url, { MCP_LOGBOOK_AUDIT_TOKEN_FILE: file }))),
    ).toEqual(has('nothing listens there'));
  }, 60_000);

  test('whose token file is missing or empty, or that would take payloads in clear', async () => {
    const url = 'http://127.0.0.1:9';
    const file = { MCP_LOGBOOK_AUDIT_TOKEN_FILE: join(folder, 'no-token') };
    expect(await wrongOf(checkAuditPort(at(url, file)))).toEqual(
      has('cannot be read (ENOENT)', 'nothing is lost'),
    );
    writeFileSync(file.MCP_LOGBOOK_AUDIT_TOKEN_FILE, '\n');
    expect(await wrongOf(checkAuditPort(at(url, file)))).toEqual(has('which is empty'));
    expect(await wrongOf(checkAuditPort(at('http://10.0.0.1:4320')))).toEqual(
      has('in clear', 'AUDIT_RECIPIENT'),
    );
    expect(
      await wrongOf(checkAuditPort(at(url, { MCP_LOGBOOK_AUDIT_RECIPIENT: 'x' }))),
    ).toHaveLength(1);
    expect(await checkAuditPort(setup())).toEqual([]);
  });

  test('of a sink that is not ready', async () => {
    const url = await listening((request, response) => {
      request.resume();
      response.writeHead(request.url === '/readyz' ? 503 : 200).end('read-only: the disk is full');
    });
    expect(await wrongOf(checkAuditPort(at(url)))).toEqual(
      has('not ready: read-only', 'its own log'),
    );
  });
});

describe.skipIf(process.platform !== 'linux' || !existsSync(WRITER))('writers', () => {
  test('one that runs is named, one that is stopped is wrong: it keeps its log', async () => {
    const script = `import { openLogbook } from ${JSON.stringify(WRITER)};
      openLogbook({ root: ${JSON.stringify(root)}, service: 'shop' }).record({ kind: 'config.changed', target: 'x' });
      console.log('open'); setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ['--conditions=@mcp-logbook/source', '--input-type=module', '-e', script],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.push(child);
    await once(child.stdout, 'data');
    expect(checkWriters(setup())).toMatchObject([
      { level: 'ok', text: expect.stringContaining(`process ${child.pid}`) },
    ]);
    child.kill('SIGSTOP');
    await expect
      .poll(() => checkWriters(setup()))
      .toMatchObject([
        { level: 'wrong', remedy: expect.stringContaining(`kill -CONT ${child.pid}`) },
      ]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(checkWriters(setup())).toEqual([]);
  }, 30_000);
});

test('an entry from the future says that the clock was set back; a damaged log is named', async () => {
  log({ at: Date.now() });
  expect(checkClock(setup())).toEqual([]);
  root = join(folder, 'future', 'logs');
  log({ at: Date.now() + 86_400_000 });
  expect(await wrongOf(checkClock(setup()))).toEqual(has('s ahead of this clock', 'NTP'));
});
