/**
 * Entries a second with an fdatasync before each acknowledgement, 64 callers at a time: the group commit of the central
 * log (audit.md 3), without HTTP. Each caller hands over one entry, waits until it is on disk, and hands over the next.
 */
import { randomBytes } from 'node:crypto';
import { uuidV7 } from '@mcp-logbook/audit';
import { openSinkStore } from '../../packages/audit/src/sink/store/open.ts';
import type { WireRecord } from '../../packages/audit/src/sink/types.ts';
import { encodeLeaf, formatTime } from '../../packages/audit/src/leaf.ts';
import { commitment } from '../../packages/audit/src/seal.ts';
import { anEntry } from './logbook-entries.ts';

const CALLERS = 64;

/** @returns of the second half, when compiler and keys are warm */
export async function groupCommit(
  root: string,
  count: number,
): Promise<{ readonly perSecond: number; readonly p50: number; readonly p99: number }> {
  const store = openSinkStore({ root });
  await run(take, records('warm/00000000', Math.ceil(count / 2)));
  const measured = await run(take, records('bench/00000000', count));
  await store.close();
  return measured;

  async function take(record: WireRecord): Promise<void> {
    const { stored } = await store.takeRecords([record]);
    if (stored !== 1) throw new Error('an entry was not stored');
  }
}

async function run(
  take: (record: WireRecord) => Promise<void>,
  queue: readonly WireRecord[],
): ReturnType<typeof groupCommit> {
  const times: number[] = [];
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let record = queue[next++]; record !== undefined; record = queue[next++]) {
        const from = performance.now();
        await take(record);
        times.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * sorted.length)] ?? 0;
  return { perSecond: queue.length / seconds, p50: at(0.5), p99: at(0.99) };
}

/** What a producer without a recipient key sends over loopback: leaf, salt, payload. */
function records(stream: string, count: number): WireRecord[] {
  return Array.from({ length: count }, (_, n) => {
    const entry = anEntry(n);
    const salt = randomBytes(16);
    const head = {
      v: 1 as const,
      id: uuidV7(entry.timeMicros / 1000),
      time: formatTime(entry.timeMicros),
      kind: entry.kind,
      action: entry.action,
      outcome: entry.outcome,
      target: entry.target,
      side: entry.side,
      us: entry.durationMicros,
      service: 'bench',
      class: 'default',
      stream,
      seq: n + 1,
      trace: entry.trace,
      span: entry.span,
      rules: entry.rules,
    };
    const payload = Buffer.from(entry.payload);
    return {
      eventName: 'mcp_logbook.audit',
      timeUnixNano: BigInt(entry.timeMicros) * 1000n,
      body: encodeLeaf(head, payload.length, commitment(salt, payload)),
      kind: entry.kind,
      sealed: undefined,
      clear: `${salt.toString('base64url')}.${entry.payload}`,
    };
  });
}
