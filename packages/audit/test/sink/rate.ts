/**
 * How fast the central log takes records, in this process: `node packages/audit/test/sink/rate.ts [records] [senders]`.
 * Decoding and HTTP are not in it. Batches of 512 sealed records, as shippers of five servers would send them; what
 * makes them is outside the clock.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAYLOAD_INFO, Sealer } from '../../src/hpke.ts';
import { uuidV7 } from '../../src/id.ts';
import { encodeLeaf, formatTime } from '../../src/leaf.ts';
import { commitment, SALT_BYTES } from '../../src/seal.ts';
import { openSinkStore } from '../../src/sink/store/open.ts';
import type { WireRecord } from '../../src/sink/types.ts';

const BATCH = 512;
const STREAMS = 5;
const PEOPLE = 40;

export interface SinkRate {
  readonly records: number;
  readonly perSecond: number;
  /** CPU of the whole process, microseconds a record. */
  readonly cpuMicros: number;
  /** Highest resident set, MiB. */
  readonly rssMiB: number;
}

/** @param senders batches under way at once */
export async function sinkRate(records: number, senders: number): Promise<SinkRate> {
  const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-rate-'));
  const store = openSinkStore({ root });
  let seconds = 0;
  let cpu = 0;
  let rss = 0;
  try {
    const seqs = Array.from({ length: STREAMS }, () => 0);
    for (let done = 0; done < records;) {
      // Made in portions: the batches of a million records are not the sink's memory.
      const batches: WireRecord[][] = [];
      while (batches.length < 40 && done < records) {
        batches.push(aBatch(store.recipient, seqs, batches.length % STREAMS));
        done += BATCH;
      }
      const before = process.cpuUsage();
      const started = performance.now();
      const send = async (): Promise<void> => {
        for (let next = batches.shift(); next !== undefined; next = batches.shift())
          await store.takeRecords(next);
      };
      await Promise.all(Array.from({ length: senders }, send));
      seconds += (performance.now() - started) / 1000;
      const { user, system } = process.cpuUsage(before);
      cpu += user + system;
      rss = Math.max(rss, process.memoryUsage.rss());
    }
  } finally {
    await store.close();
    rmSync(root, { recursive: true, force: true });
  }
  return { records, perSecond: records / seconds, cpuMicros: cpu / records, rssMiB: rss / 2 ** 20 };
}

function aBatch(recipient: string, seqs: number[], stream: number): WireRecord[] {
  const sealer = new Sealer(recipient, PAYLOAD_INFO);
  return Array.from({ length: BATCH }, (_, n) => {
    const timeMicros = Date.now() * 1000;
    const seq = (seqs[stream] ?? 0) + 1;
    seqs[stream] = seq;
    const payload = Buffer.from(
      JSON.stringify({
        person: `https://issuer.example|user-${n % PEOPLE}`,
        identity: { source: 'token', clientId: 'client' },
        client: { name: 'bench', version: '1.0.0' },
        session: '0190a000-0000-7000-8000-000000000000',
        method: 'tools/call',
        request: { name: 'find', arguments: { text: 'x'.repeat(250) } },
        result: { content: [{ type: 'text', text: 'y'.repeat(150) }] },
      }),
    );
    const salt = randomBytes(SALT_BYTES);
    const body = encodeLeaf(
      {
        v: 1,
        id: uuidV7(timeMicros / 1000),
        time: formatTime(timeMicros),
        kind: 'tool.call',
        action: 'execute',
        outcome: 'success',
        target: 'find',
        side: 'server',
        us: 1200,
        service: 'bench',
        actor: 'a_abcdefghijklmnop',
        class: 'default',
        stream: `bench-${stream}/0a1b2c3d`,
        seq,
        trace: randomBytes(16).toString('hex'),
        span: randomBytes(8).toString('hex'),
        rules: '2026-11-01',
      },
      payload.length,
      commitment(salt, payload),
    );
    const sealed = sealer.seal(Buffer.concat([salt, payload]), Buffer.from(body));
    const eventName = 'mcp_logbook.audit';
    return { eventName, timeUnixNano: 0n, body, kind: 'tool.call', sealed, clear: undefined };
  });
}

if (process.argv[1] === import.meta.filename) {
  const [records = '100000', senders = '4'] = process.argv.slice(2);
  const rate = await sinkRate(Number(records), Number(senders));
  const figures = Object.entries(rate).map(
    ([name, value]) => `${name} ${Math.round(value * 10) / 10}`,
  );
  process.stdout.write(`${figures.join(', ')}\n`);
}
