/** Whole servers over stdio: latency of a call, time to the first answer, memory at rest. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchRow } from './report.ts';
import { median, signed } from './median.ts';

const require = createRequire(import.meta.url);

/** A server that has a tool `echo`. */
export interface Program {
  readonly script: string;
  /** What its rows are told apart by. */
  readonly name: string;
}

export const EVERYTHING: Program = {
  name: 'server-everything',
  script: join(
    dirname(require.resolve('@modelcontextprotocol/server-everything/package.json')),
    'dist',
    'index.js',
  ),
};

export const SDK_2: Program = {
  name: 'a server of SDK 2',
  script: fileURLToPath(new URL('../harness/fixtures/modern-echo.mjs', import.meta.url)),
};

const CALLS = 400;

const BIN = fileURLToPath(new URL('../../packages/logbook/bin/mcp-logbook.js', import.meta.url));

type Env = Readonly<Record<string, string>>;

/** A server under test and its raw JSON-RPC client. */
class Server {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #startedMs = performance.now();
  readonly #waiting = new Map<number, () => void>();
  #id = 0;

  constructor({ script }: Program, how: boolean | 'wrap', env: Env) {
    const flag = how === true ? ['--require', 'mcp-logbook/register'] : [];
    const wrap = how === 'wrap' ? [BIN, 'wrap', '--', process.execPath] : [];
    this.#child = spawn(process.execPath, [...wrap, ...flag, script], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { PATH: process.env.PATH, ...env },
    });
    this.#child.stderr.resume();
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { id, method } = JSON.parse(line) as { id?: number; method?: string };
      if (id === undefined || method !== undefined) return;
      this.#waiting.get(id)?.();
      this.#waiting.delete(id);
    });
  }

  /** Milliseconds from the request to its answer. */
  async ask(method: string, params: object): Promise<number> {
    const started = performance.now();
    await new Promise<void>((resolve) => {
      this.#waiting.set((this.#id += 1), resolve);
      this.#child.stdin.write(
        `${JSON.stringify({ jsonrpc: '2.0', id: this.#id, method, params })}\n`,
      );
    });
    return performance.now() - started;
  }

  /** Milliseconds from the start of the process to the first answer. */
  async open(): Promise<number> {
    await this.ask('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'bench', version: '1' },
    });
    const ready = performance.now() - this.#startedMs;
    this.#child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return ready;
  }

  echo(n: number): Promise<number> {
    return this.ask('tools/call', { name: 'echo', arguments: { message: `number ${n}` } });
  }

  rssMiB(): number {
    const status = readFileSync(`/proc/${this.#child.pid ?? 0}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await Promise.race([gone, sleep(3_000)]);
    this.#child.kill('SIGKILL');
  }
}

async function withRoot<T>(work: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-bench-'));
  try {
    return await work(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** By the flag, or by the wrapper. */
export async function stdioLatency(
  program: Program,
  endpoint: string,
  rounds: number,
  how: true | 'wrap',
): Promise<BenchRow> {
  return withRoot(async (root) => {
    const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, MCP_LOGBOOK_DIR: root };
    const servers = [
      new Server(program, false, {}),
      new Server(program, how, { ...otlp, MCP_LOGBOOK_MODE: 'off' }),
      new Server(program, how, otlp),
    ];
    const medians = servers.map((): number[] => []);
    try {
      for (const server of servers) {
        await server.open();
        for (let n = 0; n < CALLS; n += 1) await server.echo(n);
      }
      for (let round = 0; round < rounds; round += 1)
        for (const [n, server] of servers.entries()) {
          const times: number[] = [];
          for (let call = 0; call < CALLS; call += 1) times.push(await server.echo(call));
          medians[n]?.push(median(times) * 1_000);
        }
    } finally {
      for (const server of servers) await server.stop();
    }
    const added = (n: number): number =>
      median((medians[n] ?? []).map((value, round) => value - (medians[0]?.[round] ?? 0)));
    const [without, withLog] = [added(1), added(2)];
    return {
      what: `p50 latency added over stdio${how === 'wrap' ? ' by wrap' : ''}${program === SDK_2 ? ', SDK 2' : ''}`,
      aim: how === 'wrap' ? '<= 150 us with the log' : '<= 40 us, <= 70 us with the log',
      measured: `${signed(without)} us, ${signed(withLog)} us with the log`,
      values: { without, withLog, plain: median(medians[0] ?? []) },
    };
  });
}

export async function startUp(program: Program, rounds: number): Promise<BenchRow[]> {
  return withRoot(async (root) => {
    const cached = { MCP_LOGBOOK_DIR: root, MCP_LOGBOOK_COMPILE_CACHE: 'true' };
    const once = async (flag: boolean, env: Env): Promise<number> => {
      const server = new Server(program, flag, env);
      try {
        return await server.open();
      } finally {
        await sleep(400); // a warm cache is written a moment after the start
        await server.stop();
      }
    };
    for (let n = 0; n < 2; n += 1)
      for (const env of [{ MCP_LOGBOOK_DIR: root }, cached]) await once(true, env);
    const added: number[] = [];
    const warm: number[] = [];
    const plain: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const base = await once(false, {});
      plain.push(base);
      added.push((await once(true, { MCP_LOGBOOK_DIR: root })) - base);
      warm.push((await once(true, cached)) - base);
    }
    return [
      {
        what: `start-up to the first answer of ${program.name}`,
        aim: '<= +25 ms',
        measured: `${signed(median(added))} ms (plain ${median(plain).toFixed(0)} ms)`,
        values: { added: median(added), plain: median(plain) },
      },
      {
        what: 'the same with a warm compile cache',
        aim: 'not slower than plain',
        measured: `${signed(median(warm))} ms`,
        values: { added: median(warm) },
      },
    ];
  });
}

/** Medians of `samples` servers each. */
export async function idleMemory(endpoint: string, samples: number): Promise<BenchRow> {
  return withRoot(async (root) => {
    const rest = async (flag: boolean, env: Env): Promise<number> => {
      const seen: number[] = [];
      for (let n = 0; n < samples; n += 1) {
        const server = new Server(EVERYTHING, flag, env);
        await server.open();
        await server.echo(n);
        await sleep(1_500);
        seen.push(server.rssMiB());
        await server.stop();
      }
      return median(seen);
    };
    const plain = await rest(false, {});
    const without = (await rest(true, { MCP_LOGBOOK_DIR: root })) - plain;
    const withEndpoint =
      (await rest(true, { MCP_LOGBOOK_DIR: root, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })) - plain;
    return {
      what: 'memory added to an idle server',
      aim: '<= 15 MB, <= 40 MB with an endpoint',
      measured: `${signed(without)} MiB, ${signed(withEndpoint)} MiB with an endpoint`,
      values: { without, withEndpoint, plain },
    };
  });
}
