/**
 * A fault at every system call that touches the logbook's folder, while it appends, rotates, recovers, erases and archives
 * (audit.md 10.1): the call fails with EIO or ENOSPC, or the process is killed at it, by strace's `inject`.
 *
 * A first run is recorded; each of its calls is then tried in a run of its own on a fresh copy. After it: every entry
 * that was acknowledged is in the log (I3), a refusal was one of ours and said so by its code, the next process appends,
 * `verify --deep`, an outsider and the Go verifier (where it is built) accept the log, and an erasure ends.
 * A call before the last run's calls may come in another order: then strace says that the fault hit something else,
 * which is counted apart. A sample by default, all with MCP_LOGBOOK_FULL=1 (`npm run test:faults:full`).
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { erase, openLogbook, query, retain, verifyLog } from '@mcp-logbook/audit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { full, publish, sampleOf } from '../harness/tried.ts';
import { present } from '../harness/json.ts';
import { logFolders, readLeaves, segmentFiles, unpackArchives } from '../harness/logbook.ts';
import { outsiderVerify } from '../harness/outsider.ts';
import { findProgram } from '../harness/programs.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { parallel } from '../harness/wait.ts';

/** Calls that read or change files; `?` = not on every machine. */
const CALLS =
  'openat,read,pread64,readv,write,pwrite64,writev,fsync,fdatasync,ftruncate,?truncate,?rename,?renameat,renameat2,?unlink,unlinkat,?link,linkat,?mkdir,mkdirat,close,fstat,?newfstatat,?stat,?lstat,statx,lseek,fcntl,getdents64,?access,faccessat,faccessat2,statfs';
/** Of them, those that change a file or its name, or make it durable. */
const CHANGES =
  /^(?:p?write(?:64|v)?|fsync|fdatasync|f?truncate|rename(?:at2?)?|unlink(?:at)?|link(?:at)?|mkdir(?:at)?)$/;
const TAKES_SPACE =
  /^(?:p?write(?:64|v)?|fsync|fdatasync|rename(?:at2?)?|link(?:at)?|mkdir(?:at)?|openat)$/;
const JOBS = ['append', 'strict', 'rotate', 'recover', 'erase', 'archive'] as const;
const FAULTS = ['EIO', 'ENOSPC', 'SIGKILL'] as const;
type Job = (typeof JOBS)[number];
type Fault = (typeof FAULTS)[number];
/** Runs of each job and fault. */
const SAMPLE = 3;
const TIMEOUT_MS = 30_000;
const DAY_MICROS = 86_400_000_000;

const ERASED = 'https://issuer.example|user-1';
const child = fileURLToPath(new URL('../harness/fixtures/fault-child.mjs', import.meta.url));
const strace = spawnSync('strace', ['-e', 'trace=?openat', 'true']).status === 0;
const verifier = findProgram('verifier');

/** One call of a recorded run: `inject` counts those of a name in a thread. */
interface Call {
  readonly name: string;
  readonly when: number;
}

interface Run {
  /** Ids that were acknowledged. */
  readonly acknowledged: readonly string[];
  readonly code: number | null;
  readonly stderr: string;
  /** What strace wrote. */
  readonly trace: string;
  readonly timedOut: boolean;
}

interface Count {
  readonly calls: number;
  tried: number;
  hit: number;
  elsewhere: number;
  refused: number;
  acknowledged: number;
  lost: number;
}

const counts = new Map<string, Count>();

/** A root for a job: a closed log with eleven people's entries; to be recovered, one with a tail and a torn line. */
function aTemplate(job: Job): string {
  const { logs, work } = aSandbox();
  const log = openLogbook({
    root: logs,
    service: 'faults',
    // Yesterday's segment is due to be closed.
    ...(job === 'rotate' && { now: () => Date.now() * 1000 - DAY_MICROS }),
    // Due to be archived.
    ...(job === 'archive' && { now: () => Date.now() * 1000 - 60 * DAY_MICROS }),
  });
  for (let n = 0; n < 20; n += 1) {
    const person = `https://issuer.example|user-${n % 4}`;
    log.record({ kind: 'tool.call', target: 'echo', person, payload: { n } });
    if (n === 12) log.commit();
  }
  if (job !== 'recover') {
    log.close();
    return logs;
  }
  // As a kill leaves it: the copy has no lock, the last line is cut.
  const copy = join(work, 'killed');
  cpSync(logs, copy, { recursive: true });
  log.close();
  appendFileSync(
    present(segmentFiles(present(logFolders(copy)[0])).at(-1)),
    '{"leaf":{"v":1,"id":"0',
  );
  return copy;
}

async function traced(root: string, job: Job, inject: readonly string[]): Promise<Run> {
  const out = `${root}.trace`;
  const args = ['-f', '-qq', '-y', '-s', '0', '-o', out, '-e', `trace=${CALLS}`, ...inject];
  const started = spawn('strace', [...args, process.execPath, child, root, job], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  let [stdout, stderr, timedOut] = ['', '', false];
  started.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  started.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const timer = setTimeout(() => {
    timedOut = true;
    started.kill('SIGKILL');
  }, TIMEOUT_MS);
  await once(started, 'close');
  clearTimeout(timer);
  const trace = readFileSync(out, 'utf8');
  rmSync(out);
  const acknowledged = stdout.split('\n').slice(0, -1);
  return { acknowledged, code: started.exitCode, stderr, trace, timedOut };
}

/** Calls of the main thread that touch a file under the root, with their number among its calls of that name. */
function callsUnder(root: string, trace: string): Call[] {
  const lines = trace.split('\n');
  const main = lines[0]?.split(' ', 1)[0];
  const seen = new Map<string, number>();
  return lines.flatMap((line) => {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread !== main || name === undefined) return [];
    const when = (seen.get(name) ?? 0) + 1;
    seen.set(name, when);
    return line.includes(`${root}/`) ? [{ name, when }] : [];
  });
}

/** The call that was hit: the one strace marks, or the last one before the kill. */
function hitLine(run: Run, { name }: Call, fault: Fault): string | undefined {
  const lines = run.trace.split('\n');
  if (fault !== 'SIGKILL') return lines.find((line) => line.includes('(INJECTED)'));
  return run.trace.includes('+++ killed by SIGKILL') || run.code !== 0
    ? lines.findLast((line) => line.includes(` ${name}(`))
    : undefined;
}

/** What is wrong after a run; the log goes on by it. */
async function problemsAfter(root: string, job: Job, run: Run): Promise<string[]> {
  const problems: string[] = [];
  const folder = present(logFolders(root)[0]);
  const missing = (when: string): void => {
    const written = new Set(readLeaves(root).map(({ leaf }) => leaf['id']));
    const lost = run.acknowledged.filter((id) => !written.has(id));
    if (lost.length > 0) problems.push(`${lost.length} acknowledged entries lost ${when}`);
  };
  if (run.timedOut) problems.push('did not end');
  if (run.stderr.includes('NOT OURS')) problems.push(run.stderr.slice(0, 2000));
  missing('before recovery');
  // A rotation was told that it is two days later.
  const now = (): number => Date.now() * 1000 + (job === 'rotate' ? 3 * DAY_MICROS : 0);
  const log = openLogbook({ root, service: 'faults', now });
  const id = log.record({ kind: 'tool.call', target: 'next', payload: {} });
  log.close();
  if (log.folder !== folder) problems.push('the log did not go on');
  missing('in recovery');
  if (job === 'erase') {
    await erase({ root, user: ERASED }).catch((error: unknown) => {
      if (Object(error).code !== 'ERR_LOGBOOK_UNKNOWN_PERSON') throw error;
    });
    if (query(root, { user: ERASED }).length > 0) problems.push('the person is still there');
    if (verifyLog(folder).counts.erased !== 5) problems.push('not all seals are blank');
  }
  if (job === 'archive') {
    const before = query(root, { kind: 'tool.call', limit: 99 }).length;
    for (const end of await retain({ root })) if ('failed' in end) throw end.failed;
    const names = (of: string): string[] => (existsSync(of) ? readdirSync(of) : []);
    if (names(join(folder, 'archive')).join() !== '000000000000.jsonl.zst')
      problems.push(`in archive/: ${names(join(folder, 'archive')).join()}`);
    if (existsSync(join(folder, 'segments', '000000000000.jsonl')))
      problems.push('still a segment');
    if (before !== 21 || query(root, { kind: 'tool.call', limit: 99 }).length !== 21)
      problems.push('not every call is found');
  }
  const others = query(root, { user: 'https://issuer.example|user-3', limit: 99 });
  if (others.length !== 5 || others.some(({ sealed }) => sealed !== 'opened'))
    problems.push('another person lost something');
  if (!readLeaves(root).some(({ leaf }) => leaf['id'] === id)) problems.push('does not append');
  const { problems: found, counts: of } = verifyLog(folder, { deep: true });
  problems.push(...found.map(({ message }) => message));
  if (of.uncommitted > 0) problems.push('unsigned entries after close');
  if (job === 'archive') unpackArchives(folder);
  problems.push(...outsiderVerify(folder).problems);
  if (verifier !== undefined) {
    const { status, stdout, stderr } = spawnSync(verifier, [folder, log.vkey], {
      encoding: 'utf8',
    });
    if (status !== 0) problems.push(`Go verifier: ${stdout}${stderr}`);
  }
  return problems;
}

describe.skipIf(!strace)(
  `a fault at each system call ${strace ? '' : 'skipped: no strace, or it may not trace here'}`,
  () => {
    const templates = new Map<Job, string>();
    const recorded = new Map<Job, readonly Call[]>();

    beforeAll(async () => {
      for (const job of JOBS) {
        const template = aTemplate(job);
        templates.set(job, template);
        const copy = `${template}-recorded`;
        cpSync(template, copy, { recursive: true });
        const run = await traced(copy, job, []);
        expect([run.stderr, run.code]).toEqual(['', 0]);
        expect(run.acknowledged).toHaveLength({ erase: 1, archive: 0 }[job as string] ?? 4);
        recorded.set(job, callsUnder(copy, run.trace));
        rmSync(copy, { recursive: true });
      }
    }, 120_000);

    afterAll(() => {
      const rows = [...counts].map(
        ([what, { calls, tried, hit, elsewhere, refused, acknowledged, lost }]) => [
          what,
          calls,
          tried,
          hit,
          elsewhere,
          refused,
          acknowledged,
          lost,
        ],
      );
      publish(
        'faults',
        [
          'job and fault',
          'calls',
          'runs',
          'hit',
          'hit another call',
          'refused with a code',
          'acknowledged',
          'lost',
        ],
        rows,
        `Faults by strace; verified by us, an outsider${verifier === undefined ? '' : ' and the Go verifier'}.`,
      );
      removeSandboxes();
    });

    test.each(JOBS.flatMap((job) => FAULTS.map((fault) => [job, fault] as const)))(
      '%s with %s loses nothing, verifies, and goes on',
      async (job, fault) => {
        const template = present(templates.get(job));
        const calls = present(recorded.get(job)).filter(({ name }) =>
          fault === 'EIO' ? true : fault === 'ENOSPC' ? TAKES_SPACE.test(name) : CHANGES.test(name),
        );
        expect(calls.length).toBeGreaterThan(10);
        const count: Count = {
          calls: calls.length,
          tried: 0,
          hit: 0,
          elsewhere: 0,
          refused: 0,
          acknowledged: 0,
          lost: 0,
        };
        counts.set(`${job}, ${fault}`, count);
        const sample = sampleOf(calls, SAMPLE);
        const failures: string[] = [];
        await parallel(sample.length, 2, async (at) => {
          const call = present(sample[at]);
          const root = `${template}-${fault}-${at}`;
          cpSync(template, root, { recursive: true });
          const how = fault === 'SIGKILL' ? 'signal=KILL' : `error=${fault}`;
          const inject = ['-e', `inject=${call.name}:${how}:when=${call.when}`];
          const run = await traced(root, job, inject);
          const line = hitLine(run, call, fault);
          count.tried += 1;
          if (line?.includes(`${root}/`) === true) count.hit += 1;
          else count.elsewhere += 1;
          if (/^ERR_LOGBOOK_/m.test(run.stderr)) count.refused += 1;
          count.acknowledged += run.acknowledged.length;
          const problems = await problemsAfter(root, job, run).catch((error: unknown) => [
            `cannot go on: ${String(error)}`,
          ]);
          if (problems.some((problem) => problem.includes('acknowledged'))) count.lost += 1;
          if (problems.length > 0)
            failures.push(`${call.name} ${call.when}: ${problems.join('; ')}\n  ${line}`);
          else rmSync(root, { recursive: true });
        });
        expect(failures.slice(0, 5).join('\n')).toBe('');
      },
      full ? 3_600_000 : 300_000,
    );
  },
);
