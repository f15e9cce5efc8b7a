/**
 * `npm run bench:logbook [-- --quick | --full] [-- --write]`: what the logbook costs, grown and read through its API.
 * Prints a table, writes `.bench/bench-logbook.json`, and with `--write` puts the table into docs/logbook.md.
 *
 * A log of 1 million entries in about four minutes, of 10 million with `--full` (16 GB of disk, most of an hour), of
 * 10,000 with `--quick`. Each job runs in a process of its own (logbook-jobs.ts). Rows and aims are those of issue 6,
 * "Speed and memory". A figure beyond its aim is printed as it is.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.ts';
import { report, type BenchRow } from './report.ts';

const quick = process.argv.includes('--quick');
const full = process.argv.includes('--full');
const sizes = quick ? [10_000] : full ? [1_000_000, 10_000_000] : [1_000_000];
const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-bench-'));

try {
  report(benchRows(), {
    name: 'bench-logbook',
    how: `${quick ? ' (--quick)' : ''}: entries of about 1 kB as JSON, 1,000 people; CPU is that of all threads. The machine was shared.`,
    document: process.argv.includes('--write') ? 'docs/logbook.md' : undefined,
  });
} finally {
  rmSync(root, { recursive: true, force: true });
}

function benchRows(): BenchRow[] {
  const before = of(job('machine'), 'micros');
  const group = job('group', quick ? 1_000 : 40_000);
  const strict = job('strict', quick ? 100 : 2_000);
  const oneByOne = job('size-strict');
  const appended: string[] = [];
  const verified: string[] = [];
  const deep: string[] = [];
  const asked: string[] = [];
  const opened: string[] = [];
  const cost: string[] = [];
  const values = new Map<string, Record<string, number>>();
  const small: number[] = [];
  let groups: Figures = {};
  for (const size of sizes) {
    const name = millions(size);
    note(`a log of ${name} entries`);
    const append = job('append', size);
    const micros = of(append, 'cpuMicros') / of(append, 'count');
    const rate = of(append, 'count') / of(append, 'seconds');
    const window = job('windows', quick ? 1 : 15);
    small.push(of(window, 'small'));
    const keyless = job('verify');
    const opening = job('deep');
    const query = job('queries', size);
    const openMs = median(Array.from({ length: quick ? 1 : 5 }, () => of(job('open'), 'ms')));
    groups = job('size');
    appended.push(`${whole(rate)}/s, ${micros.toFixed(1)} us CPU each`);
    verified.push(verifyText(keyless));
    deep.push(verifyText(opening));
    asked.push(
      `p50 ${of(query, 'p50').toFixed(1)} ms, p99 ${of(query, 'p99').toFixed(1)} ms, ${of(query, 'cpuMs').toFixed(1)} ms CPU`,
    );
    opened.push(`${openMs.toFixed(0)} ms`);
    cost.push(`${of(window, 'large').toFixed(1)} us at ${name}`);
    values.set(name, {
      appendPerSecond: rate,
      appendMicros: micros,
      verifyPerSecond: perCpuSecond(keyless),
      verifyPeakMb: of(keyless, 'peakMb'),
      deepPerSecond: perCpuSecond(opening),
      deepPeakMb: of(opening, 'peakMb'),
      queryMs: of(query, 'p50'),
      firstQueryMs: of(query, 'coldMs'),
      openMs,
      costMicros: of(window, 'large'),
    });
  }
  const bySize = (texts: readonly string[]): string =>
    texts
      .map((text, n) => `${text}${texts.length > 1 ? ` (${millions(sizes[n] ?? 0)})` : ''}`)
      .join('; ');
  const all = (key: string): Record<string, number> =>
    Object.fromEntries([...values].map(([name, each]) => [name, each[key] ?? Number.NaN]));
  const largest = millions(sizes.at(-1) ?? 0);
  const archive = job('archive');
  const after = of(job('machine'), 'micros');
  return [
    {
      what: 'append through the API, sealed, `best-effort`, one process',
      aim: '>= 25,000 entries/s, <= 40 us CPU each',
      measured: bySize(appended),
      values: all('appendMicros'),
    },
    {
      what: 'fdatasync before each acknowledgement, 64 concurrent callers (group commit of the sink)',
      aim: '>= 10,000 entries/s, p99 < 50 ms',
      measured: `${whole(of(group, 'perSecond'))}/s, p50 ${of(group, 'p50').toFixed(1)} ms, p99 ${of(group, 'p99').toFixed(1)} ms`,
      values: { perSecond: of(group, 'perSecond'), p99: of(group, 'p99') },
    },
    {
      what: 'the same one by one: `strict`, one caller, a commit each',
      aim: 'print it',
      measured: `${whole(of(strict, 'count') / of(strict, 'seconds'))}/s`,
      values: { perSecond: of(strict, 'count') / of(strict, 'seconds') },
    },
    {
      what: '`verify`, keyless',
      aim: '>= 300,000 entries/s per core, <= 150 MB',
      measured: bySize(verified),
      values: all('verifyPerSecond'),
    },
    {
      what: '`verify --deep`',
      aim: '>= 60,000 entries/s per core, <= 150 MB',
      measured: bySize(deep),
      values: all('deepPerSecond'),
    },
    {
      what: `query by user and time, newest 100 of ${largest}, in-process and warm`,
      aim: '<= 5 ms',
      measured: bySize(asked),
      values: all('queryMs'),
    },
    {
      what: 'size on disk against the JSON of the entry: in groups, one by one',
      aim: '<= 1.35x, <= 1.65x',
      measured: `${of(groups, 'ratio').toFixed(2)}x, ${of(oneByOne, 'ratio').toFixed(2)}x`,
      values: { groups: of(groups, 'ratio'), oneByOne: of(oneByOne, 'ratio') },
    },
    {
      what: 'archive against hot',
      aim: '<= 0.75x',
      measured: `${of(archive, 'ratio').toFixed(2)}x (${((of(archive, 'megabytes') / of(archive, 'cpuMicros')) * 1e6).toFixed(0)} MB per CPU second)`,
      values: { ratio: of(archive, 'ratio') },
    },
    {
      what: `open a log of ${largest} entries for writing`,
      aim: '<= 200 ms',
      measured: bySize(opened),
      values: all('openMs'),
    },
    {
      what: 'cost of an entry as the log grows (CPU)',
      aim: 'flat within 20 %',
      measured: `${median(small).toFixed(1)} us at 1 thousand, ${cost.join(', ')}`,
      values: { thousand: median(small), ...all('costMicros') },
    },
    {
      what: 'the machine meanwhile: AES-256-GCM over 700 bytes, which every entry needs once',
      aim: '4.4 us where the aims were set',
      measured: `${before.toFixed(1)} us before, ${after.toFixed(1)} us after`,
      values: { before, after },
    },
  ];
}

type Figures = Readonly<Record<string, unknown>>;

/** Runs one job of logbook-jobs.ts on the log. */
function job(name: string, argument = 0): Figures {
  const script = join(import.meta.dirname, 'logbook-jobs.ts');
  const run = spawnSync(process.execPath, [script, name, root, String(argument)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (run.status !== 0) throw new Error(`bench job ${name} failed`);
  note(`  ${name} ${run.stdout.trim()}`);
  return Object(JSON.parse(run.stdout));
}

function of(figures: Figures, name: string): number {
  const value = figures[name];
  if (typeof value !== 'number') throw new Error(`a bench job gave no ${name}`);
  return value;
}

function perCpuSecond(figures: Figures): number {
  return (of(figures, 'leaves') / of(figures, 'cpuMicros')) * 1e6;
}

function verifyText(figures: Figures): string {
  return `${whole(perCpuSecond(figures))} per CPU second, peak ${of(figures, 'peakMb').toFixed(0)} MB`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function millions(size: number): string {
  return size >= 1e6 ? `${size / 1e6} million` : whole(size);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
