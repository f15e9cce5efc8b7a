/**
 * CPU added to one in-memory `tools/call`: plain and instrumented processes take turns, round by round; one of them has a
 * redactor that looks at nothing: the first less that one is what redaction adds.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchRow } from './report.ts';
import { median, signed } from './median.ts';

const CALLS = 3_000;
const WARM_UP = 6_000;

interface Cost {
  readonly main: number;
  readonly process: number;
}

interface Variant {
  readonly what: string;
  readonly aim: string;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const FLAG = ['--require', 'mcp-logbook/register'];
const BARE = [...FLAG, '--import', new URL('no-redaction.mjs', import.meta.url).href];
const OWN = ['--import', new URL('own-sdk.mjs', import.meta.url).href];

/** Rows of SDK 1, by every way, then those of SDK 2 by the flag. */
export async function callCosts(endpoint: string, rounds: number): Promise<BenchRow[]> {
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const off = { ...otlp, MCP_LOGBOOK_MODE: 'off' };
  const byFlag: Variant[] = [
    {
      what: 'CPU added to one in-memory call: span, event, metrics, redaction',
      aim: '<= 12 us main, <= 30 us process',
      execArgv: FLAG,
      env: off,
    },
    {
      what: 'the same with the signed log, `blocking`',
      aim: '<= 30 us main, <= 50 us process',
      execArgv: FLAG,
      env: otlp,
    },
  ];
  const own: Variant[] = [
    {
      what: 'through a user’s own SDK, no-op exporters',
      aim: '<= 20 us process',
      execArgv: OWN,
      env: {},
    },
    {
      what: 'the same with the log',
      aim: '<= 45 us process',
      execArgv: OWN,
      env: { BENCH_LOG: '1' },
    },
  ];
  const bare: Variant = { what: '', aim: '', execArgv: BARE, env: off };
  const variants = [...byFlag, ...own, bare];
  const costs = await costsOf(variants, {}, rounds);
  const [first, ...rest] = rowsOf(variants.slice(0, -1), costs);
  const modern = await costsOf(byFlag, { BENCH_SDK: '2' }, rounds);
  const [before, after] = [mainOf(costs.at(-1)), mainOf(costs[1])];
  return [
    ...(first === undefined ? [] : [first]),
    {
      what: 'of it redaction: arguments, answer and names of one call',
      aim: '<= 5 us main',
      measured: `${signed(after - before)} us main (the call ${before.toFixed(1)} us before, ${after.toFixed(1)} us after)`,
      values: { before, after, added: after - before },
    },
    ...rest,
    ...rowsOf(byFlag, modern).map((row) => ({ ...row, what: `SDK 2: ${row.what}` })),
  ];
}

function mainOf(costs: readonly Cost[] = []): number {
  return median(costs.map(({ main }) => main));
}

/** What each variant adds to the first of `costs`, the plain one. */
function rowsOf(variants: readonly Variant[], costs: readonly (readonly Cost[])[]): BenchRow[] {
  const [plain = []] = costs;
  return variants.map(({ what, aim }, n) => {
    const of = (part: keyof Cost): number =>
      median((costs[n + 1] ?? []).map((cost, round) => cost[part] - (plain[round]?.[part] ?? 0)));
    const [main, all] = [of('main'), of('process')];
    return {
      what,
      aim,
      measured: `${signed(main)} us main, ${signed(all)} us process`,
      values: { main, process: all, plain: mainOf(plain) },
    };
  });
}

/** Costs of a plain process and of each variant, round by round. */
async function costsOf(
  variants: readonly Variant[],
  common: Readonly<Record<string, string>>,
  rounds: number,
): Promise<Cost[][]> {
  const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-bench-'));
  const children: Runner[] = [];
  try {
    const plain = { execArgv: [], env: {} };
    for (const [n, { execArgv, env }] of [plain, ...variants].entries())
      children.push(await Runner.start(execArgv, { ...common, ...env }, join(root, String(n))));
    for (const child of children) await child.run(WARM_UP);
    const costs = children.map((): Cost[] => []);
    for (let round = 0; round < rounds; round += 1)
      for (const [n, child] of children.entries()) costs[n]?.push(await child.run(CALLS));
    return costs;
  } finally {
    for (const child of children) child.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

class Runner {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(
    execArgv: readonly string[],
    env: Readonly<Record<string, string>>,
    dir: string,
  ): Promise<Runner> {
    const child = fork(fileURLToPath(new URL('memory-child.mjs', import.meta.url)), {
      execArgv: [...execArgv],
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { PATH: process.env.PATH, ...env, MCP_LOGBOOK_DIR: dir },
    });
    const runner = new Runner(child);
    await runner.#next();
    return runner;
  }

  async run(calls: number): Promise<Cost> {
    this.#child.send({ calls });
    return (await this.#next()) as Cost;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const gone = (code: number | null): void =>
        reject(new Error(`a bench process ended with ${code}`));
      this.#child.once('exit', gone);
      this.#child.once('message', (message) => {
        this.#child.off('exit', gone);
        resolve(message);
      });
    });
  }
}
