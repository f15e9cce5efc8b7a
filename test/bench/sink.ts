/**
 * The sink as a process, fed with protobuf batches as a collector sends them, payloads sealed to it: records a second,
 * acknowledgement at 5,000/s, memory. The sender is this process, so both share the machine's cores.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BenchRow } from './report.ts';

/** The tests' own maker of records; it is of no project, so its type is said here. */
const { makeBatch } = (await import(
  new URL('../../packages/logbook/test/otlp-batch.ts', import.meta.url).href
)) as {
  readonly makeBatch: (
    stream: string,
    firstSeq: number,
    count: number,
    recipient: string,
  ) => { readonly body: Buffer };
};
const BIN = join(import.meta.dirname, '..', '..', 'packages', 'logbook', 'bin', 'mcp-logbook.js');
const BATCH = 300;
const CONNECTIONS = 4;

interface Sink {
  readonly url: string;
  readonly recipient: string;
  /** CPU seconds and peak memory so far. */
  readonly usage: () => { readonly cpu: number; readonly peakMb: number };
  stop(): Promise<void>;
}

async function startSink(): Promise<Sink> {
  const root = mkdtempSync(join(tmpdir(), 'bench-sink-'));
  const args = [
    ...(process.env['SINK_NODE_ARGS']?.split(' ') ?? []),
    BIN,
    'serve',
    '--json',
    '--dir',
    root,
    '--listen',
    '127.0.0.1:0',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [line] = (await once(child.stderr, 'data')) as [Buffer];
  const { url, recipient } = JSON.parse(line.toString()) as { url: string; recipient: string };
  return {
    url,
    recipient,
    usage: () => {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      // Fields 14 and 15 of proc(5), in ticks of 10 ms.
      return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, peakMb: Number(peak) / 1024 };
    },
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(root, { recursive: true });
    },
  };
}

interface Body {
  readonly bytes: Buffer;
  readonly gzip: boolean;
}

/** Refusals with 503, which the sender has to try again. */
let refused = 0;

/** Sends until it is taken, as a collector does. @returns milliseconds from the first try to the acknowledgement */
async function post(url: string, agent: Agent, body: Body): Promise<number> {
  const started = performance.now();
  while ((await answered(url, agent, body)) === 503) {
    refused++;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return performance.now() - started;
}

async function answered(url: string, agent: Agent, { bytes, gzip }: Body): Promise<number> {
  const request = httpRequest(`${url}/v1/logs`, {
    method: 'POST',
    agent,
    headers: {
      'content-type': 'application/x-protobuf',
      'content-length': bytes.length,
      ...(gzip && { 'content-encoding': 'gzip' }),
    },
  });
  request.end(bytes);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  const { statusCode = 0 } = response;
  if (statusCode !== 200 && statusCode !== 503) throw new Error(`the sink said ${statusCode}`);
  return statusCode;
}

function bodies(recipient: string, count: number, records: number, gzip: boolean): Body[] {
  const stream = `bench-${gzip ? 'gzip' : 'plain'}-${records}/01234567`;
  return Array.from({ length: count }, (_, n) => {
    const { body } = makeBatch(stream, 1 + n * records, records, recipient);
    return { bytes: gzip ? gzipSync(body, { level: 1 }) : body, gzip };
  });
}

/** As fast as it goes over a few connections. */
async function throughput(sink: Sink, gzip: boolean, batches: number): Promise<BenchRow> {
  const queue = bodies(sink.recipient, batches, BATCH, gzip);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const before = sink.usage();
  const started = performance.now();
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let body = queue.pop(); body !== undefined; body = queue.pop())
        times.push(await post(sink.url, agent, body));
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  const records = batches * BATCH;
  const cpu = ((sink.usage().cpu - before.cpu) / records) * 1e6;
  const perSecond = Math.round(records / seconds);
  return {
    what: `sink: records/s, ${BATCH} a batch, ${gzip ? 'gzip' : 'uncompressed'}, ${CONNECTIONS} connections`,
    aim: '>= 20,000',
    measured: `${perSecond.toLocaleString('en')} (sink ${cpu.toFixed(1)} us CPU a record; ack p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms)`,
    values: { perSecond, cpuMicros: cpu },
  };
}

/** At a steady rate, sent on time whatever the answers do. */
async function latency(sink: Sink, records: number, seconds: number): Promise<BenchRow> {
  const perSecond = 5_000 / records;
  const queue = bodies(sink.recipient, Math.round(perSecond * seconds), records, true);
  const agent = new Agent({ keepAlive: true });
  refused = 0;
  const started = performance.now();
  const times = await Promise.all(
    queue.map(async (body, n) => {
      const due = started + (n / perSecond) * 1000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, due - performance.now())));
      return await post(sink.url, agent, body);
    }),
  );
  agent.destroy();
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  return {
    what: `sink: acknowledgement at 5,000 records/s, ${records} a batch, gzip`,
    aim: 'p99 < 50 ms',
    measured: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms${refused === 0 ? '' : ` (${refused} of ${times.length} asked to come again)`}`,
    values: { p50, p99, refused },
  };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** Rows of the sink. */
export async function sinkRows(quick: boolean): Promise<BenchRow[]> {
  const sink = await startSink();
  try {
    const batches = quick ? 60 : 300;
    const seconds = quick ? 5 : 20;
    const rows = [
      await throughput(sink, false, batches),
      await throughput(sink, true, batches),
      await latency(sink, BATCH, seconds),
      await latency(sink, 20, seconds),
    ];
    const peakMb = Math.round(sink.usage().peakMb);
    const memory = { what: 'sink: peak memory (RSS)', aim: '<= 256 MB', measured: `${peakMb} MB` };
    return [...rows, { ...memory, values: { peakMb } }];
  } finally {
    await sink.stop();
  }
}
