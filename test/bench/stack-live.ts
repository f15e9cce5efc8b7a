/**
 * The stack under demo traffic: how soon an event is found in each store, and what the stack's own programs cost.
 *
 * One leaf in `ONE_IN` of the servers' local logs is a probe. Each store is asked for the open probes every `POLL_MS`
 * by its own query language; the age of a probe when it is first found is its freshness, so a figure is up to one
 * round of polling too high. The event's time is the leaf's, set when the answer leaves. Costs are those of the
 * stack's programs alone, read from /proc: the traffic's servers and this program are not counted.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asRecord } from '../harness/json.ts';
import { logFolders, segmentFiles } from '../harness/logbook.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { logLines, traceSpanIds } from '../harness/stack/query.ts';
import { PARTS, startStack, type Stack } from '../harness/stack/stack.ts';
import type { BenchRow } from './report.ts';

const RATE = 200;
const ONE_IN = 20;
const POLL_MS = 250;
const IDLE_SECONDS = 20;
/** After the last call: what is not found by then counts as never. */
const PATIENCE_MS = 30_000;
const CLOCK_TICKS = 100;

/** One sampled call and when each store first showed it, in milliseconds of age. */
interface Probe {
  readonly id: string;
  readonly trace: string;
  readonly atMs: number;
  readonly found: Partial<Record<Store, number>>;
}
type Store = 'loki' | 'tempo' | 'central';

/** Rows of issue 4, "Speed and memory", that need the whole stack. @param seconds of traffic */
export async function stackLive(seconds: number): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-logbook-bench-'));
  const logs = join(folder, 'logs');
  const stack = await startStack({ folder: join(folder, 'stack'), parts: PARTS });
  for (const words of stack.missing) process.stderr.write(`bench: left out: ${words}\n`);
  try {
    await sleep(IDLE_SECONDS * 1_000);
    const idle = memoryOf(stack);
    const cpuBefore = cpuSecondsOf(stack);
    const started = performance.now();
    const traffic = spawn(
      process.execPath,
      [
        join(ROOT, 'packages/demo/dist/traffic/main.js'),
        '--rate',
        String(RATE),
        '--seconds',
        String(seconds),
      ],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { PATH: process.env['PATH'] ?? '', ...stack.senderEnv, MCP_LOGBOOK_DIR: logs },
      },
    );
    const ended = once(traffic, 'exit');
    const watched = watch(stack, logs, ended);
    await ended;
    const lasted = (performance.now() - started) / 1_000;
    const cpu = cpuSecondsOf(stack) - cpuBefore;
    const busy = memoryOf(stack);
    const { probes, leaves } = await watched;
    const cores = cpu / lasted;
    return [
      freshness('event to searchable in Loki', '<= 5 s', probes, 'loki'),
      ...(stack.parts.has('tempo')
        ? [freshness('event to found in Tempo by trace id', '<= 5 s', probes, 'tempo')]
        : []),
      freshness('event to entered in the central log', '<= 2 s', probes, 'central'),
      {
        what: `the whole stack idle (${[...stack.parts].join(', ')})`,
        aim: '<= 1.2 GB',
        measured: `${idle.toFixed(2)} GB, after the traffic ${busy.toFixed(2)} GB`,
        values: { idleGb: idle, busyGb: busy },
      },
      {
        what: `the whole stack at ${RATE} calls/s asked, ${(leaves / lasted).toFixed(0)} entries/s made`,
        aim: '<= 1 core besides the servers',
        measured: `${cores.toFixed(2)} cores`,
        values: { cores, entriesPerSecond: leaves / lasted },
      },
    ];
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Follows the local logs and asks the stores until every probe is found or patience ends. Each store by itself: one that
 * is slow to answer adds nothing to the age of what another has.
 */
async function watch(
  stack: Stack,
  logs: string,
  ended: Promise<unknown>,
): Promise<{ probes: Probe[]; leaves: number }> {
  const probes: Probe[] = [];
  const tails = new Map<string, number>();
  let leaves = 0;
  let deadline = Infinity;
  void ended.then(() => (deadline = performance.now() + PATIENCE_MS));
  const open = (store: Store): Probe[] => probes.filter(({ found }) => found[store] === undefined);
  const isOver = (stores: readonly Store[]): boolean =>
    performance.now() > deadline ||
    (deadline < Infinity && stores.every((store) => open(store).length === 0));
  const looks: [Store, typeof lookInLoki][] = [
    ['loki', lookInLoki],
    ['central', lookInCentral],
  ];
  if (stack.parts.has('tempo')) looks.push(['tempo', lookInTempo]);
  const stores = looks.map(([store]) => store);
  const follow = async (): Promise<void> => {
    do {
      for (const text of newLines(logs, tails)) {
        if (!text.startsWith('{"leaf":')) continue;
        const { id, trace, time, kind } = asRecord(asRecord(JSON.parse(text))['leaf']);
        leaves += 1;
        if (kind !== 'tool.call' || leaves % ONE_IN !== 0) continue;
        const atMs = Date.parse(String(time));
        probes.push({ id: String(id), trace: String(trace), atMs, found: {} });
      }
      await sleep(POLL_MS);
    } while (!isOver(stores));
  };
  const ask = async (store: Store, look: typeof lookInLoki): Promise<void> => {
    while (!isOver(stores)) {
      await look(stack, open(store));
      await sleep(POLL_MS);
    }
  };
  await Promise.all([follow(), ...looks.map(([store, look]) => ask(store, look))]);
  return { probes, leaves };
}

async function lookInLoki(stack: Stack, open: readonly Probe[]): Promise<void> {
  const fromMs = Math.min(...open.map(({ atMs }) => atMs)) - 1_000;
  if (open.length === 0) return;
  const lines = await logLines(stack.urls.loki, '{mcp_logbook_log_class="call"}', {
    fromMs,
    toMs: Date.now() + 1_000,
  });
  const ids = new Set(lines.map(({ labels }) => labels.get('mcp_logbook_entry_id')));
  const nowMs = Date.now();
  for (const probe of open) if (ids.has(probe.id)) probe.found.loki = nowMs - probe.atMs;
}

async function lookInTempo(stack: Stack, open: readonly Probe[]): Promise<void> {
  await Promise.all(
    open.map(async (probe) => {
      const spans = await traceSpanIds(stack.urls.tempo, probe.trace).catch(() => []);
      if (spans.length > 0) probe.found.tempo = Date.now() - probe.atMs;
    }),
  );
}

async function lookInCentral(stack: Stack, open: readonly Probe[]): Promise<void> {
  const token = readFileSync(stack.folder.secrets.sink_token, 'utf8').trim();
  await Promise.all(
    open.map(async (probe) => {
      const response = await fetch(`${stack.urls.sink}/entries/${probe.id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await response.arrayBuffer();
      if (response.ok) probe.found.central = Date.now() - probe.atMs;
    }),
  );
}

/** Whole lines added to any segment since the last time. */
function newLines(logs: string, tails: Map<string, number>): string[] {
  return logFolders(logs)
    .flatMap(segmentFiles)
    .flatMap((file) => {
      const from = tails.get(file) ?? 0;
      const handle = openSync(file, 'r');
      const parts: Buffer[] = [];
      try {
        for (let at = from; ;) {
          const part = Buffer.alloc(256 * 1024);
          const size = readSync(handle, part, 0, part.length, at);
          if (size === 0) break;
          parts.push(part.subarray(0, size));
          at += size;
        }
      } finally {
        closeSync(handle);
      }
      const bytes = Buffer.concat(parts);
      const end = bytes.lastIndexOf(0x0a) + 1;
      tails.set(file, from + end);
      return bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
    });
}

function freshness(what: string, aim: string, probes: readonly Probe[], store: Store): BenchRow {
  const ages = probes.map(({ found }) => found[store] ?? Infinity).toSorted((a, b) => a - b);
  const p95 = (ages[Math.ceil(ages.length * 0.95) - 1] ?? Infinity) / 1_000;
  const p50 = (ages[Math.ceil(ages.length * 0.5) - 1] ?? Infinity) / 1_000;
  const never = ages.filter((age) => age === Infinity).length;
  const missing = never === 0 ? '' : `, ${never} never`;
  return {
    what: `${what}, p95 at ${RATE} calls/s`,
    aim,
    measured: `${p95.toFixed(2)} s (p50 ${p50.toFixed(2)} s, ${ages.length} probes${missing})`,
    values: { p95, p50, probes: ages.length, never },
  };
}

function pidsOf(stack: Stack): number[] {
  return [...stack.parts].flatMap((part) => stack.service(part).pid ?? []);
}

/** Resident memory of the stack's programs, GB. */
function memoryOf(stack: Stack): number {
  const kib = pidsOf(stack).map((pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0),
  );
  return kib.reduce((sum, one) => sum + one, 0) / 2 ** 20;
}

/** User and system time of the stack's programs, seconds. */
function cpuSecondsOf(stack: Stack): number {
  const ticks = pidsOf(stack).map((pid) => {
    // Fields 14 and 15, counted behind the name, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / CLOCK_TICKS;
}
