/**
 * One job of `npm run bench:logbook` in a process of its own, so that its CPU time and its peak memory are its own:
 * `node logbook-jobs.ts JOB ROOT [ARGUMENT]`. Prints one JSON object. CPU is that of all threads.
 */
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Logbook, openLogbook, openReader, retain, verifyLog } from '@mcp-logbook/audit';
import { anEntry, personOf, timeOf } from './logbook-entries.ts';
import { groupCommit } from './logbook-group.ts';
import { median } from './median.ts';

const SERVICE = 'bench';
const STRICT = 'one-by-one';
/** Entries handed over before the log is waited for: well under what its queue takes. */
const CHUNK = 1024;
/** Entries of the windows whose cost is compared. */
const WINDOW = 4096;

/** What one stretch of work took. */
interface Cost {
  readonly cpuMicros: number;
  readonly seconds: number;
}

const [job = '', root = '', argument = '0'] = process.argv.slice(2);

/** A bench that loses entries measures nothing: it fails then. */
let lost = 0;
const WATCHED = { dropped: (): void => void (lost += 1) };

/** Lets the log grow to `size` entries through the API, `best-effort`. */
async function append(size: number): Promise<object> {
  await warmUp();
  const log = openLogbook({ root, service: SERVICE, mode: 'best-effort', observer: WATCHED });
  let [cpuMicros, seconds, count] = [0, 0, 0];
  const add = (cost: Cost): void => {
    cpuMicros += cost.cpuMicros;
    seconds += cost.seconds;
  };
  while (log.size < size) {
    const chunk = Math.min(CHUNK, size - log.size);
    add(await appendChunk(log, log.size, chunk));
    count += chunk;
  }
  add(await measured(async () => await log.flush()));
  log.close();
  return { cpuMicros, seconds, count };
}

/** One by one: each entry and a commit fsynced before the next. Few people, whose keys are there before. */
function strict(count: number): object {
  const log = openLogbook({ root, service: STRICT, mode: 'strict', observer: WATCHED });
  const entries = Array.from({ length: count }, (_, n) => ({
    ...anEntry(n),
    person: personOf(n % 5),
  }));
  for (const entry of entries.slice(0, 5)) log.append(entry);
  const started = performance.now();
  for (const entry of entries.slice(5)) log.append(entry);
  const seconds = (performance.now() - started) / 1000;
  log.close();
  return { count: count - 5, seconds };
}

/**
 * Bytes of the segments against the newest entries as one JSON object each: all that the leaf says but its version,
 * size and commitment, and the payload in clear.
 */
function size(service: string): object {
  const reader = openReader(root);
  const rows = reader.query({ server: service, kind: 'tool.call', limit: 1000 });
  let bytes = 0;
  for (const { leaf, payload } of rows) {
    const { v: _, size: __, pc: ___, ...fields } = leaf;
    bytes += Buffer.byteLength(JSON.stringify({ ...fields, payload }));
  }
  reader.close();
  const { onDisk, leaves } = onDiskOf(join(root, service));
  return { ratio: onDisk / leaves / (bytes / rows.length), jsonBytes: bytes / rows.length };
}

function onDiskOf(folder: string): { onDisk: number; leaves: number } {
  let onDisk = 0;
  for (const name of readdirSync(join(folder, 'segments')))
    onDisk += statSync(join(folder, 'segments', name)).size;
  const checkpoint = readFileSync(join(folder, 'checkpoint'), 'utf8');
  return { onDisk, leaves: Number(checkpoint.split('\n')[1]) };
}

/** Cost of an entry in a log of a thousand entries and in the one under `root`, in turn. */
async function windows(rounds: number): Promise<object> {
  await warmUp();
  const small: number[] = [];
  const large: number[] = [];
  const big = openLogbook({ root, service: SERVICE, mode: 'best-effort', observer: WATCHED });
  for (let n = 0; n < rounds; n += 1) {
    await inNewRoot(async (fresh) => {
      const log = openLogbook({ root: fresh, service: SERVICE, mode: 'best-effort' });
      // Both know all people: to make a person's key costs fsyncs, once.
      await appendChunk(log, 0, 1000);
      small.push((await appendChunk(log, 1000, WINDOW)).cpuMicros / WINDOW);
      log.close();
    });
    if (n === 0) await appendChunk(big, big.size, 1000);
    large.push((await appendChunk(big, big.size, WINDOW)).cpuMicros / WINDOW);
  }
  big.close();
  return { small: median(small), large: median(large) };
}

async function verify(deep: boolean): Promise<object> {
  let report;
  const cost = await measured(() => {
    report = verifyLog(folderOf(root), deep ? { deep: true } : {});
    return Promise.resolve();
  });
  const { ok, counts } = Object(report);
  if (ok !== true) throw new Error(`the bench log does not verify: ${JSON.stringify(report)}`);
  return { ...cost, leaves: counts.leaves };
}

/** Newest 100 of one person within a time, of many people, from a reader that is open. */
function queries(size: number): object {
  const reader = openReader(root);
  let started = performance.now();
  reader.query({ limit: 1, server: SERVICE });
  const coldMs = performance.now() - started;
  const times: number[] = [];
  let before = process.cpuUsage();
  for (let n = 0; n < 220; n += 1) {
    const until = timeOf(size - n * Math.floor(size / 400));
    const filter = { server: SERVICE, user: personOf(n * 31), since: timeOf(0), until, limit: 100 };
    if (n === 20) before = process.cpuUsage();
    started = performance.now();
    const rows = reader.query(filter);
    // The first ones warm it up.
    if (n >= 20) times.push(performance.now() - started);
    const expected = Math.min(100, Math.floor(size / 1000 / 3));
    if (rows.length < expected) throw new Error(`only ${rows.length} rows`);
  }
  const { user, system } = process.cpuUsage(before);
  reader.close();
  const sorted = times.toSorted((a, b) => a - b);
  return {
    coldMs,
    cpuMs: (user + system) / 1000 / times.length,
    p50: median(times),
    p99: sorted[Math.floor(sorted.length * 0.99)],
  };
}

/** Opening for writing, up to the moment at which it takes entries. */
function open(): object {
  const started = performance.now();
  const log = openLogbook({ root, service: SERVICE, observer: WATCHED });
  const ms = performance.now() - started;
  log.close();
  return { ms };
}

/** Closes the newest segment and archives all closed ones, as they would be after forty days. */
async function archive(): Promise<object> {
  const day = 86_400_000_000;
  const tomorrow = openLogbook({ root, service: SERVICE, now: () => Date.now() * 1000 + day });
  tomorrow.record({ kind: 'session.opened' });
  tomorrow.close();
  let [bytes, archivedBytes] = [0, 0];
  const cost = await measured(async () => {
    for (const end of await retain({ root, now: () => Date.now() * 1000 + 40 * day })) {
      if (!('done' in end)) throw new Error(`log ${end.origin} was not archived`);
      for (const one of end.done.archived) {
        bytes += one.bytes;
        archivedBytes += one.archivedBytes;
      }
    }
  });
  return { ...cost, ratio: archivedBytes / bytes, megabytes: bytes / 2 ** 20 };
}

/** What the machine gives just now: AES-256-GCM over 700 bytes, the dearest single step of an entry. */
function machine(): object {
  const key = createSecretKey(randomBytes(32));
  const plain = randomBytes(700);
  const nonce = randomBytes(12);
  const seal = (): void => {
    // Always the same nonce: nothing is protected here, and a new one costs half as much again.
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.update(plain);
    cipher.final();
    cipher.getAuthTag();
  };
  for (let n = 0; n < 20_000; n += 1) seal();
  const before = process.cpuUsage();
  for (let n = 0; n < 100_000; n += 1) seal();
  const { user, system } = process.cpuUsage(before);
  return { micros: (user + system) / 100_000 };
}

// --- parts

/** Makes `count` entries untimed, then hands them over and waits until they are written, timed. */
async function appendChunk(log: Logbook, first: number, count: number): Promise<Cost> {
  const entries = Array.from({ length: count }, (_, n) => anEntry(first + n));
  const target = log.size + count;
  return await measured(async () => {
    for (const entry of entries) if (!log.append(entry)) throw new Error('an entry was dropped');
    while (log.size < target && lost === 0) await turn();
  });
}

async function measured(work: () => Promise<unknown>): Promise<Cost> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuMicros: user + system, seconds: (performance.now() - started) / 1000 };
}

/** The compiler's work is no cost of an entry. */
async function warmUp(): Promise<void> {
  await inNewRoot(async (fresh) => {
    const log = openLogbook({ root: fresh, service: SERVICE, mode: 'best-effort' });
    for (let n = 0; n < 16; n += 1) await appendChunk(log, n * CHUNK, CHUNK);
    log.close();
  });
}

async function inNewRoot(work: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = mkdtempSync(join(tmpdir(), 'mcp-logbook-bench-'));
  try {
    await work(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The folder of the one log of the bench. */
function folderOf(logs: string): string {
  const name = readdirSync(logs).find((each) => each === SERVICE);
  if (name === undefined) throw new Error(`no log under ${logs}`);
  return join(logs, name);
}

const jobs: Record<string, (count: number) => unknown> = {
  append,
  strict,
  windows,
  verify: () => verify(false),
  deep: () => verify(true),
  queries,
  open,
  machine,
  archive,
  group: async (count) => await groupCommit(root, count),
  size: () => size(SERVICE),
  'size-strict': () => size(STRICT),
};
const result = await jobs[job]?.(Number(argument));
if (lost > 0) throw new Error(`${lost} entries were dropped`);
const peakMb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ ...Object(result), peakMb })}\n`);
