/** How fast a log is verified without keys: commits every 256 entries, and after every entry. */
import { openLogbook, uuidV7, verifyLog } from '@mcp-logbook/audit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchRow } from './report.ts';
import { median } from './median.ts';

export function verifyRate(entries: number): BenchRow[] {
  const grouped = rateOf(entries, 256);
  const single = rateOf(Math.min(entries, 5_000), 1);
  const perSecond = (rate: number): string =>
    `${Math.round(rate).toLocaleString('en-US')} leaves per CPU second`;
  return [
    {
      what: '`verify`, keyless, a commit every 256 entries',
      aim: '>= 200,000 leaves/s per core',
      measured: perSecond(grouped),
      values: { rate: grouped },
    },
    {
      what: 'the same, a commit after every entry',
      aim: 'print it',
      measured: perSecond(single),
      values: { rate: single },
    },
  ];
}

function rateOf(entries: number, every: number): number {
  const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-bench-'));
  try {
    const log = openLogbook({ root, service: 'bench' });
    const payload = JSON.stringify({
      method: 'tools/call',
      request: { name: 'find', arguments: { text: 'x'.repeat(300) } },
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
        payload,
      });
      if (n % every === 0) log.commit();
    }
    const { folder } = log;
    log.close();
    const rates: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const before = process.cpuUsage();
      const report = verifyLog(folder);
      if (!report.ok) throw new Error('the bench log does not verify');
      const { user, system } = process.cpuUsage(before);
      rates.push((report.counts.leaves / (user + system)) * 1e6);
    }
    return median(rates);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
