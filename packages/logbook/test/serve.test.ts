/** `mcp-logbook serve` as a process: start, health, stop, kill, floods. Runs the build. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeBatch, type Batch } from './otlp-batch.ts';

const BIN = join(import.meta.dirname, '..', 'bin', 'mcp-logbook.js');
const BUILT = existsSync(join(import.meta.dirname, '..', 'dist', 'cli', 'main.js'));
const TOKEN = 'a-secret-token-0123456789';

let root = '';
const children: ChildProcess[] = [];
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'logbook-serve-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, maxRetries: 5 });
});

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  MCP_LOGBOOK_DIR: root,
  NODE_OPTIONS: '',
});

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const options = { encoding: 'utf8', env: environment() } as const;
  const done = spawnSync(process.execPath, [BIN, 'serve', ...args], options);
  return { code: done.status, out: done.stdout, err: done.stderr };
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly recipient: string;
  /** JSON lines of stderr so far. */
  readonly lines: () => { event: string; message: string }[];
  readonly out: () => string;
  readonly ended: Promise<number | null>;
}

async function start(...args: readonly string[]): Promise<Running> {
  const all = [BIN, 'serve', '--json', '--listen', '127.0.0.1:0', ...args];
  const child = spawn(process.execPath, all, { env: environment(), stdio: 'pipe' });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  const lines = (): { event: string; message: string }[] =>
    err
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const started = await new Promise<{ url: string; recipient: string }>((resolve, reject) => {
    child.stderr.on('data', (part: Buffer) => {
      err += part.toString();
      const line = lines().find(({ event }) => event === 'started');
      if (line !== undefined) resolve(line as unknown as { url: string; recipient: string });
    });
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${err}`)));
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return { child, ...started, lines, out: () => out, ended };
}

/** Status of one POST; `gone` when the connection broke. */
async function post(
  url: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | 'gone'> {
  const request = httpRequest(`${url}/v1/logs`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/x-protobuf', ...headers },
  });
  // A refusal may come, and the connection go, while the body is still being written.
  request.on('error', () => undefined);
  request.end(body);
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode ?? 0;
  } catch {
    return 'gone';
  }
}

/** Ids of the leaves in the central log, of other streams than its own. */
function storedIds(): string[] {
  const segments = join(root, 'central', 'segments');
  return readdirSync(segments)
    .toSorted()
    .flatMap((name) => readFileSync(join(segments, name), 'utf8').split('\n'))
    .filter((line) => line.startsWith('{"leaf":') && !line.includes('"stream":"central/'))
    .map((line) => (JSON.parse(line) as { leaf: { id: string } }).leaf.id);
}

function verifies(): boolean {
  const options = { env: environment(), encoding: 'utf8' } as const;
  return spawnSync(process.execPath, [BIN, 'verify', '--deep'], options).status === 0;
}

describe.runIf(BUILT)('mcp-logbook serve', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['an unknown option', ['--nothing'], /nothing/],
    ['a stray word', ['127.0.0.1:1'], /not an option/],
    ['an address without a port', ['--listen', '127.0.0.1'], /not an address/],
    ['a port above 65535', ['--listen', ':70000'], /not an address/],
    ['a certificate without its key', ['--tls-cert', 'x'], /belong together/],
    ['a client CA alone', ['--client-ca', 'x'], /needs --tls-cert/],
    ['an open door', ['--listen', '0.0.0.0:0'], /let everybody in/],
    ['a token file that is not there', ['--token-file', '/none'], /cannot be read/],
    ['a health address that is none', ['--health', 'ftp://x'], /not an address/],
  ])('%s is wrong usage: code 2, said with a hint, and no log is made', (_name, args, message) => {
    const { code, out, err } = run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(existsSync(join(root, 'central'))).toBe(false);
  });

  test('--recipient makes the key once and prints it, also beside a running sink; the sink has the same', async () => {
    const first = run('--recipient');
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^[\w-]{43}\n$/), err: '' });
    const sink = await start();
    expect(sink.recipient).toBe(first.out.trim());
    expect(JSON.parse(run('--recipient', '--json').out)).toEqual({ recipient: sink.recipient });
  });

  test('start, health, refused credentials, stop: one line each, nothing on stdout, no secret, code 0', async () => {
    const tokenFile = join(root, 'token');
    writeFileSync(tokenFile, `${TOKEN}\n`);
    const sink = await start('--token-file', tokenFile);
    expect(run('--health', sink.url)).toMatchObject({ code: 0, out: 'ready\n' });
    expect(run('--health', '--listen', new URL(sink.url).host).code).toBe(0);
    const { ids, body } = makeBatch('shop/01234567', 1, 10, sink.recipient);
    expect(await post(sink.url, body)).toBe(503);
    expect(await post(sink.url, body, { authorization: `Bearer ${TOKEN}` })).toBe(200);
    const metrics = await fetch(`${sink.url}/metrics`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const text = await metrics.text();
    expect(text).toMatch(
      /^mcp_logbook_sink_records_total\{mcp_logbook_sink_result="stored".*\} 10$/m,
    );
    expect(text).toMatch(/^mcp_logbook_sink_unauthorized_total\{.*"\/v1\/logs".*\} 1$/m);
    expect(text).toMatch(/^mcp_logbook_sink_delay_seconds_count\{.*\} 10$/m);
    const beat = /^mcp_logbook_sink_heartbeat_seconds\{.*\} ([\d.e+]+)$/m.exec(text);
    expect(Date.now() / 1000 - Number(beat?.[1])).toBeLessThan(30);
    sink.child.kill('SIGTERM');
    expect(await sink.ended).toBe(0);
    expect(sink.lines().map(({ event }) => event)).toEqual(['started', 'stopping', 'stopped']);
    expect([sink.out(), JSON.stringify(sink.lines()).includes(TOKEN)]).toEqual(['', false]);
    expect(storedIds()).toEqual(ids);
    expect(verifies()).toBe(true);
    expect(run('--health', sink.url)).toMatchObject({ code: 1, out: '' });
  });

  test('a second sink on the same log is refused: code 3, and the first works on', async () => {
    const sink = await start();
    const second = run('--listen', '127.0.0.1:0');
    expect(second.code).toBe(3);
    expect(second.err).toContain('has a writer already');
    expect(await post(sink.url, makeBatch('shop/01234567', 1, 5).body)).toBe(200);
  });

  test('an entry is found by its id with a proof under the published checkpoint', async () => {
    const sink = await start();
    const { ids, body } = makeBatch('shop/01234567', 1, 300, sink.recipient);
    expect(await post(sink.url, gzipSync(body), { 'content-encoding': 'gzip' })).toBe(200);
    const deadline = Date.now() + 10_000;
    let found: Response;
    do {
      found = await fetch(`${sink.url}/entries/${ids[123]}`);
      if (found.status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
    } while (found.status !== 200 && Date.now() < deadline);
    const entry = (await found.json()) as { leaf: string; proof: string[]; checkpoint: string };
    expect(entry.leaf).toContain(ids[123]);
    expect(entry.proof.length).toBeGreaterThanOrEqual(8);
    expect(entry.checkpoint).toMatch(/^central\/[0-9a-f]{8}\n\d+\n/);
    expect(JSON.stringify(entry)).not.toContain('issuer.example');
  });

  test('kill -9 under load, twice: what was acknowledged is stored, and after sending all again everything once (I3)', async () => {
    const batches = Array.from({ length: 60 }, (_, n) =>
      makeBatch(`client-${n % 4}/0000000${n % 4}`, 1 + Math.floor(n / 4) * 50, 50),
    );
    const acknowledged = new Set<string>();
    for (const round of [0, 1]) {
      const sink = await start();
      let sent = 0;
      const client = async (mine: readonly Batch[]): Promise<void> => {
        for (const { ids, body } of mine) {
          const status = await post(sink.url, body);
          if (status === 200) for (const id of ids) acknowledged.add(id);
          sent += 1;
          if (sent === 15 + round * 15) sink.child.kill('SIGKILL');
        }
      };
      await Promise.all([0, 1, 2, 3].map((c) => client(batches.filter((_, n) => n % 4 === c))));
      await sink.ended;
      const stored = new Set(storedIds());
      expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(500);
    expect(acknowledged.size).toBeLessThan(3_000);
    const sink = await start();
    for (const { body } of batches) expect(await post(sink.url, body)).toBe(200);
    sink.child.kill('SIGTERM');
    expect(await sink.ended).toBe(0);
    const ids = storedIds();
    expect(ids.length).toBe(3_000);
    expect(new Set(ids)).toEqual(new Set(batches.flatMap((batch) => batch.ids)));
    expect(verifies()).toBe(true);
  }, 60_000);

  test('SIGTERM under load: every 200 is stored, the rest is refused or never connected, code 0', async () => {
    const sink = await start();
    const acknowledged: string[] = [];
    const statuses = new Set<number | 'gone'>();
    let over = false;
    const clients = [0, 1, 2, 3].map(async (c) => {
      for (let n = 0; !over; n += 1) {
        const { ids, body } = makeBatch(`client-${c}/0000000${c}`, 1 + n * 20, 20);
        const status = await post(sink.url, body);
        statuses.add(status);
        if (status === 200) acknowledged.push(...ids);
        if (status === 'gone') await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(100), { timeout: 20_000 });
    sink.child.kill('SIGTERM');
    expect(await sink.ended).toBe(0);
    over = true;
    await Promise.all(clients);
    const stored = new Set(storedIds());
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect([...statuses].filter((status) => ![200, 503, 'gone'].includes(status))).toEqual([]);
    expect(verifies()).toBe(true);
  }, 40_000);

  test.runIf(process.platform === 'linux')(
    'a flood of large bodies, bombs and garbage: 200, 429 or 503, at most 256 MB of memory, and it works on',
    async () => {
      const sink = await start();
      const mib = 2 ** 20;
      const large = makeBatch('flood/01234567', 1, 6_000, sink.recipient).body;
      const bomb = gzipSync(Buffer.alloc(200 * mib));
      const garbage = Buffer.alloc(12 * mib, 0xff);
      const zip = { 'content-encoding': 'gzip' };
      const statuses = await Promise.all(
        Array.from({ length: 60 }, (_, n) => [
          post(sink.url, large),
          post(sink.url, bomb, zip),
          ...(n % 5 === 0 ? [post(sink.url, garbage)] : []),
        ]).flat(),
      );
      expect(
        [...new Set(statuses)].filter((status) => ![200, 429, 503, 'gone'].includes(status)),
      ).toEqual([]);
      expect(statuses).toContain(200);
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(
        readFileSync(`/proc/${sink.child.pid}/status`, 'utf8'),
      );
      expect(Number(peak?.[1]) / 1024).toBeLessThanOrEqual(256);
      expect(await post(sink.url, makeBatch('after/01234567', 1, 5).body)).toBe(200);
      expect(run('--health', sink.url).code).toBe(0);
    },
    60_000,
  );
});
