/** Shipper and sink, the two ends of audit.md 5, against each other: what was written is what is stored. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogbookError } from '../../src/errors.ts';
import { createSink, verifyLog, type Sink } from '../../src/index.ts';
import { blankSeal } from '../../src/seal.ts';
import { createShipper } from '../../src/ship/create.ts';
import type { Shipper } from '../../src/ship/shipper.ts';
import { aLog, aRoot, removeRoots, type SmallLog } from '../small-log.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
  removeRoots();
});

interface Central {
  readonly sink: Sink;
  readonly folder: string;
  /** How many records came to what. */
  readonly counts: Record<string, number>;
}

async function aSink(tokenFile?: string): Promise<Central> {
  const root = aRoot();
  const counts: Record<string, number> = {};
  const sink = await createSink({
    root,
    host: '127.0.0.1',
    port: 0,
    tokenFile,
    observer: {
      records: (result, count) => {
        counts[result] = (counts[result] ?? 0) + count;
      },
    },
  });
  open.push(sink);
  return { sink, folder: join(root, sink.origin.slice(0, sink.origin.lastIndexOf('/'))), counts };
}

async function aShipper(
  log: SmallLog,
  { sink }: Central,
  more: { recipient?: string; tokenFile?: string } = {},
  problems: LogbookError[] = [],
): Promise<Shipper> {
  const shipper = await createShipper({
    root: log.root,
    endpoint: sink.url,
    observer: { problem: (error) => problems.push(error) },
    ...more,
  });
  open.push(shipper);
  return shipper;
}

/** Leaf lines of another log's entries in the central log's file, in order. */
function leavesOf(folder: string, service: string): string[] {
  return readFileSync(join(folder, 'segments', '000000000000.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"leaf"') && line.includes(`"service":"${service}"`));
}

const leafLines = (log: SmallLog): string[] =>
  log.lines.filter((line) => line.startsWith('{"leaf"'));

describe('shipper and sink', () => {
  it.each(['sealed', 'clear'])(
    'store every entry once, its leaf byte for byte, its payload opening (%s)',
    async (form) => {
      const log = aLog({ entries: 2_000, commitEvery: 100 });
      const central = await aSink();
      const recipient = form === 'sealed' ? { recipient: central.sink.recipient } : {};
      const shipper = await aShipper(log, central, recipient);
      expect(await shipper.shipNow()).toEqual({ complete: true, busy: [] });
      expect(leavesOf(central.folder, 'small')).toEqual(leafLines(log));
      expect(central.counts['quarantined'] ?? 0).toBe(0);
      expect(central.counts['conflict'] ?? 0).toBe(0);
      // A re-send of all is stored no second time.
      rmSync(join(log.folder, 'ship.json'));
      await shipper.shipNow();
      await shipper.reship(log.folder, 1);
      expect(leavesOf(central.folder, 'small')).toEqual(leafLines(log));
      expect(central.counts['duplicate']).toBeGreaterThanOrEqual(2 * leafLines(log).length);
      await central.sink.close();
      expect(verifyLog(central.folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
    },
  );

  it('store an erased entry without its payload, and the central log verifies (I6)', async () => {
    const log = aLog({ entries: 4, commitEvery: 2 });
    const at = log.lines.findLastIndex((line) => line.startsWith('{"seal"'));
    const lines = log.lines.map((line, n) => (n === at ? blankSeal(line) : line));
    writeFileSync(log.segment, `${lines.join('\n')}\n`);
    const central = await aSink();
    const shipper = await aShipper(log, central, { recipient: central.sink.recipient });
    await shipper.shipNow();
    expect(leavesOf(central.folder, 'small')).toEqual(leafLines(log));
    await central.sink.close();
    expect(verifyLog(central.folder, { deep: true })).toMatchObject({ ok: true });
  });

  it('lose nothing to a token that is rotated at the sink first', async () => {
    const log = aLog({ entries: 10, commitEvery: 5 });
    const theirs = join(aRoot(), 'tokens');
    const ours = join(log.root, 'token');
    writeFileSync(theirs, 'token-two-000000000000000000000000\n', { mode: 0o600 });
    writeFileSync(ours, 'token-one-000000000000000000000000\n', { mode: 0o600 });
    const central = await aSink(theirs);
    const problems: LogbookError[] = [];
    const shipper = await aShipper(log, central, { tokenFile: ours }, problems);
    const shipping = shipper.shipNow();
    while (problems.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(leavesOf(central.folder, 'small')).toEqual([]);
    // The sink asks for a long pause; who comes back later has the new token.
    await shipper.close();
    expect(await shipping).toMatchObject({ complete: false });
    writeFileSync(ours, 'token-two-000000000000000000000000\n');
    await (await aShipper(log, central, { tokenFile: ours })).shipNow();
    expect(leavesOf(central.folder, 'small')).toEqual(leafLines(log));
  });
});
