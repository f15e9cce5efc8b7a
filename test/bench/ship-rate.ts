/**
 * How fast a shipper catches up after an outage, and what a server feels of it. Sealed to a recipient, gzipped, over HTTP to another
 * process on loopback. Making the log is outside the clock.
 */
import { createShipper, openLogbook, uuidV7 } from '@mcp-logbook/audit';
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stdioFixture } from '../harness/fixture-session.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { WireClient } from '../harness/wire-client.ts';
import { startBlackHole } from './black-hole.ts';
import type { BenchRow } from './report.ts';

/** Entries between two commits of the backlog, as a busy server makes them. */
const COMMIT_EVERY = 200;
const PEOPLE = 40;
const SELF = fileURLToPath(import.meta.url);

interface ShipRate {
  readonly entries: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** CPU of the shipping process, microseconds an entry. */
  readonly cpuMicros: number;
  /** Highest resident set of the shipping process, MiB. */
  readonly rssMiB: number;
}

/** Where to ship to, and the key to seal to. */
interface ShipTarget {
  readonly endpoint: string;
  readonly recipient: string;
  readonly tokenFile?: string;
}

/** Makes a log of that many entries and ships it all. */
async function shipRate(entries: number, target: ShipTarget): Promise<ShipRate> {
  const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-ship-rate-'));
  let rss = 0;
  const watch = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, 200);
  try {
    makeLog(root, entries);
    const shipper = await createShipper({
      root,
      ...target,
      observer: { problem: ({ message }) => process.stderr.write(`${message}\n`) },
    });
    const before = process.cpuUsage();
    const started = performance.now();
    const { complete } = await shipper.shipNow();
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(before);
    await shipper.close();
    if (!complete) throw new Error('the log was not shipped to its end');
    return {
      entries,
      seconds,
      perSecond: entries / seconds,
      cpuMicros: (user + system) / entries,
      rssMiB: rss / 2 ** 20,
    };
  } finally {
    clearInterval(watch);
    rmSync(root, { recursive: true, force: true });
  }
}

/** A backlog under a root: calls of some people, 500 bytes of payload each. */
function makeLog(root: string, entries: number): string {
  const log = openLogbook({ root, service: 'bench' });
  const payload = JSON.stringify({
    method: 'tools/call',
    request: { name: 'find', arguments: { text: 'lorem ipsum dolor '.repeat(24) } },
  });
  for (let n = 1; n <= entries; n += 1) {
    const timeMicros = Date.now() * 1_000;
    log.append({
      id: uuidV7(timeMicros / 1_000),
      timeMicros,
      kind: 'tool.call',
      action: 'execute',
      outcome: 'success',
      target: 'find',
      side: 'server',
      durationMicros: 500,
      person: `https://issuer.example|user-${n % PEOPLE}`,
      payload: payload.replace('{', `{"person":"https://issuer.example|user-${n % PEOPLE}",`),
    });
    if (n % COMMIT_EVERY === 0) log.commit();
  }
  log.close();
  return log.folder;
}

interface LatencyBesideShipping {
  /** Milliseconds of a call, median and p95: nothing to ship, and a backlog on its way. */
  readonly idle: { readonly p50: number; readonly p95: number };
  readonly shipping: { readonly p50: number; readonly p95: number };
  /** The backlog was still on its way at the end: the figures are what they say. */
  readonly stillShipping: boolean;
}

/** Latency of a server's calls, 200 a second, with and without a backlog that its worker ships meanwhile. */
async function latencyBesideShipping(
  backlog: number,
  target: ShipTarget,
): Promise<LatencyBesideShipping> {
  const roots = [0, backlog].map((entries) => {
    const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-ship-rate-'));
    if (entries > 0) makeLog(root, entries);
    return root;
  });
  const servers = roots.map((root) => {
    const child = spawnNode({
      script: stdioFixture,
      env: {
        PATH: process.env['PATH'] ?? '',
        MCP_LOGBOOK_DIR: root,
        MCP_LOGBOOK_AUDIT_ENDPOINT: target.endpoint,
        MCP_LOGBOOK_AUDIT_RECIPIENT: target.recipient,
      },
      instrumented: true,
    });
    return { child, client: new WireClient(child), times: [] as number[] };
  });
  try {
    for (const { client } of servers) {
      await client.handshake();
      for (let n = 0; n < 200; n += 1) await client.call('echo', { text: 'warm' });
    }
    // Shipping begins with the first call, a moment later.
    await sleep(1_500);
    for (let round = 0; round < 20; round += 1) {
      for (const { client, times } of servers) {
        for (let n = 0; n < 50; n += 1) {
          const started = performance.now();
          await client.call('echo', { text: `call ${n}` });
          times.push(performance.now() - started);
          await sleep(5);
        }
      }
    }
    const shipped = JSON.parse(readFileSync(join(roots[1] ?? '', 'bench', 'ship.json'), 'utf8'));
    const [idle, shipping] = servers.map(({ times }) => {
      const sorted = times.toSorted((a, b) => a - b);
      const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
      return { p50: at(0.5), p95: at(0.95) };
    });
    if (idle === undefined || shipping === undefined) throw new Error('two servers were started');
    return { idle, shipping, stillShipping: shipped.index < backlog };
  } finally {
    await stopProcesses();
    for (const root of roots) rmSync(root, { recursive: true, force: true });
  }
}

/** A receiver in a process of its own, that answers and keeps nothing. */
async function aReceiver(): Promise<{ endpoint: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [SELF, '--receive'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { endpoint: String(line).trim(), process: child };
}

/** Rows of the shipper. */
export async function shipRows(quick: boolean): Promise<BenchRow[]> {
  const entries = quick ? 20_000 : 1_000_000;
  const receiver = await aReceiver();
  try {
    const der = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' });
    const target = {
      endpoint: receiver.endpoint,
      recipient: der.subarray(-32).toString('base64url'),
    };
    const rate = await shipRate(entries, target);
    const { idle, shipping, stillShipping } = await latencyBesideShipping(entries, target);
    return [
      {
        what: `shipper catching up ${entries.toLocaleString('en')} entries`,
        aim: '>= 10,000/s',
        measured: `${Math.round(rate.perSecond).toLocaleString('en')}/s (${rate.cpuMicros.toFixed(1)} us CPU an entry, RSS ${Math.round(rate.rssMiB)} MiB)`,
        values: { ...rate },
      },
      {
        what: `latency of a server beside a catch-up${stillShipping ? '' : ' (that ended meanwhile)'}`,
        aim: 'within 10 %',
        measured: `p50 ${idle.p50.toFixed(2)} ms without, ${shipping.p50.toFixed(2)} ms beside; p95 ${idle.p95.toFixed(2)} and ${shipping.p95.toFixed(2)} ms`,
        values: { idleP50: idle.p50, shippingP50: shipping.p50 },
      },
    ];
  } finally {
    receiver.process.kill();
  }
}

// The receiver is this file again, in a process of its own.
if (process.argv[1] === SELF && process.argv[2] === '--receive') {
  process.stdout.write(`${(await startBlackHole()).url}\n`);
}
