/**
 * Tampering with a log that ended cleanly is found and named; clean logs raise no alarm; a kill loses nothing that was
 * acknowledged.
 *
 * 60 killed writers and 100 clean runs, 200 of each with MCP_LOGBOOK_FULL=1 (`npm run test:tamper:full`), or as many as
 * KILLS and CLEAN_RUNS say.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogbook, verifyLog } from '@mcp-logbook/audit';
import { verifyRoot } from '../harness/cli.ts';
import { asRecord, present } from '../harness/json.ts';
import { logFolders, readLeaves, segmentFiles } from '../harness/logbook.ts';
import { outsiderVerify } from '../harness/outsider.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { parallel } from '../harness/wait.ts';
import { verifies } from '../requirements.ts';

verifies('M3.7');

const FULL = process.env['MCP_LOGBOOK_FULL'] === '1';
const KILLS = Number(process.env['KILLS'] ?? (FULL ? 200 : 60));
const CLEAN_RUNS = Number(process.env['CLEAN_RUNS'] ?? (FULL ? 200 : 100));
/** Calls in the log whose every byte is flipped: the time of that grows with the square. */
const ENTRIES = FULL ? 8 : 4;

const writer = fileURLToPath(new URL('../harness/fixtures/writer.mjs', import.meta.url));

/** A log that ended cleanly: `entries` calls, a commit after each third. */
function aCleanLog(root: string, entries: number): string {
  const logbook = openLogbook({ root, service: 'tamper' });
  for (let index = 0; index < entries; index += 1) {
    logbook.record({
      kind: 'tool.call',
      action: 'execute',
      outcome: index % 4 === 3 ? 'failure' : 'success',
      target: `tool-${index % 3}`,
      person: `https://issuer.example|user-${index % 2}`,
      payload: { arguments: { index } },
    });
    if (index % 3 === 2) logbook.commit();
  }
  logbook.close();
  return logbook.folder;
}

let folder = '';
let segment = '';
let original: Buffer = Buffer.alloc(0);
/** 1-based numbers of the lines that hold a commit. */
let commitLines: number[] = [];

beforeAll(() => {
  folder = aCleanLog(aSandbox().logs, ENTRIES);
  segment = present(segmentFiles(folder)[0], 'a segment');
  original = readFileSync(segment);
  commitLines = linesOf(original).flatMap((line, index) =>
    line.startsWith('{"commit":') ? [index + 1] : [],
  );
});

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

function linesOf(bytes: Buffer): string[] {
  return bytes.toString('latin1').split('\n').slice(0, -1);
}

/** Verifies the log with other bytes in its segment, and puts the old ones back. */
function verifyWith(bytes: Buffer): ReturnType<typeof verifyLog> {
  writeFileSync(segment, bytes);
  try {
    return verifyLog(folder);
  } finally {
    writeFileSync(segment, original);
  }
}

/** Line (1-based) of a byte. */
function lineOf(offset: number): number {
  return original.subarray(0, offset).toString('latin1').split('\n').length;
}

test('a clean log verifies, for the product and for an outsider', () => {
  expect(verifyLog(folder).ok).toBe(true);
  expect(outsiderVerify(folder)).toMatchObject({ problems: [], uncommitted: 0 });
  expect(commitLines.length).toBeGreaterThan(2);
});

/** Tree size of the first commit at or after a line: the first one that can notice a change there. */
function firstBadCommit(line: number): number {
  const commitLine = present(commitLines.find((candidate) => candidate >= line));
  const commit: unknown = JSON.parse(present(linesOf(original)[commitLine - 1]));
  return Number(String(asRecord(commit)['commit']).split('\n')[1]);
}

test('one flipped bit in any byte of the segment is found, with file, line and first bad commit', () => {
  const missed: string[] = [];
  const misnamed: string[] = [];
  for (let offset = 0; offset < original.length; offset += 1) {
    const bytes = Buffer.from(original);
    const bit = (offset * 5) % 8;
    bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
    const report = verifyWith(bytes);
    const line = lineOf(offset);
    const at = `byte ${offset} bit ${bit} line ${line}`;
    const [problem] = report.problems;
    if (report.ok || problem === undefined) {
      missed.push(at);
      continue;
    }
    // A newline belongs to two lines: without it the next one is gone as well.
    const touched = original[offset] === 0x0a ? [line, line + 1] : [line];
    const named = report.problems.some(({ line: from = 0, lastLine: to = from }) =>
      touched.some((candidate) => from <= candidate && candidate <= to),
    );
    if (
      basename(problem.file ?? '') !== basename(segment) ||
      !named ||
      problem.commit !== firstBadCommit(line)
    ) {
      misnamed.push(`${at}, commit ${firstBadCommit(line)}: ${JSON.stringify(problem)}`);
    }
  }
  expect({ missed, misnamed: misnamed.slice(0, 5) }).toEqual({ missed: [], misnamed: [] });
}, 300_000);

test('every removed line and every swapped pair of lines is found', () => {
  const lines = linesOf(original);
  const missed: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const removed = lines.toSpliced(index, 1);
    if (verifyWith(Buffer.from(`${removed.join('\n')}\n`, 'latin1')).ok) {
      missed.push(`line ${index + 1} removed`);
    }
    if (index + 1 < lines.length) {
      const swapped = lines.toSpliced(index, 2, present(lines[index + 1]), present(lines[index]));
      if (verifyWith(Buffer.from(`${swapped.join('\n')}\n`, 'latin1')).ok) {
        missed.push(`lines ${index + 1} and ${index + 2} swapped`);
      }
    }
  }
  expect(missed).toEqual([]);
});

test('a tail cut anywhere below the last checkpoint is found', () => {
  const missed: number[] = [];
  for (let sizeBytes = 0; sizeBytes < original.length; sizeBytes += 7) {
    if (verifyWith(original.subarray(0, sizeBytes)).ok) missed.push(sizeBytes);
  }
  expect(missed).toEqual([]);
});

describe('the verify command', () => {
  const cases: readonly (readonly [string, (lines: string[]) => string[]])[] = [
    ['a bit in a leaf', (lines) => flipIn(lines, '{"leaf":', 40)],
    ['a bit in a seal', (lines) => flipIn(lines, '{"seal":', 40)],
    ['a bit in a commit', (lines) => flipIn(lines, '{"commit":', 60)],
    ['a removed line', (lines) => lines.toSpliced(2, 1)],
    ['a swapped pair', (lines) => lines.toSpliced(2, 2, present(lines[3]), present(lines[2]))],
    ['a truncated tail', (lines) => lines.slice(0, present(commitLines.at(-2)))],
  ];

  test.each(cases)('exits 1 and names file, line and first bad commit: %s', (_, spoil) => {
    const sandbox = aSandbox();
    cpSync(folder, join(sandbox.logs, basename(folder)), { recursive: true });
    const copy = present(segmentFiles(present(logFolders(sandbox.logs)[0]))[0]);
    writeFileSync(copy, `${spoil(linesOf(original)).join('\n')}\n`, 'latin1');
    const run = verifyRoot(sandbox.logs);
    const output = run.stdout + run.stderr;
    expect(run.code, output).toBe(1);
    expect(output).toContain(basename(copy));
    expect(output).toMatch(/line \d+|:\d+/);
    expect(output).toMatch(/commit/);
  });

  test('exits 0 on the untouched copy, without any key', () => {
    const sandbox = aSandbox();
    cpSync(folder, join(sandbox.logs, basename(folder)), { recursive: true });
    const run = verifyRoot(sandbox.logs);
    expect(run.code, run.stdout + run.stderr).toBe(0);
  });
});

function flipIn(lines: string[], start: string, column: number): string[] {
  const index = lines.findIndex((line) => line.startsWith(start));
  const line = present(lines[index]);
  const flipped = String.fromCodePoint(present(line.codePointAt(column)) ^ 1);
  return lines.toSpliced(index, 1, line.slice(0, column) + flipped + line.slice(column + 1));
}

test(`${CLEAN_RUNS} clean runs raise no alarm`, () => {
  const root = aSandbox().logs;
  const alarms: string[] = [];
  let entries = 0;
  for (let run = 0; run < CLEAN_RUNS; run += 1) {
    const logbook = openLogbook({ root, service: 'clean' });
    for (let index = 0; index < run % 7; index += 1) {
      entries += 1;
      logbook.record({
        kind: 'tool.call',
        action: 'execute',
        outcome: 'success',
        payload: { run, index },
      });
    }
    logbook.close();
    const report = verifyLog(logbook.folder);
    if (!report.ok) alarms.push(`run ${run}: ${JSON.stringify(report.problems)}`);
  }
  expect(alarms).toEqual([]);
  // One log went on all the time, and an outsider agrees.
  const [only, ...others] = logFolders(root);
  expect(others).toEqual([]);
  expect(readLeaves(root).filter(({ leaf }) => leaf['kind'] === 'tool.call')).toHaveLength(entries);
  expect(outsiderVerify(present(only)).problems).toEqual([]);
}, 300_000);

test(`after kill -9 at ${KILLS} random moments every acknowledged entry is there and verify passes`, async () => {
  const failures: string[] = [];
  let acknowledged = 0;
  await parallel(KILLS, 2, async (run) => {
    const sandbox = aSandbox();
    const child = spawnNode({
      script: writer,
      args: [sandbox.logs],
      env: sandbox.env,
      instrumented: false,
    });
    await child.printed('ready');
    const delayMs = (run * 37) % 83;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill('SIGKILL');
    await child.gone();
    // The last line may be cut: an id counts as acknowledged once its newline was written.
    const acks = child.stdout.split('\n').slice(1, -1);
    acknowledged += acks.length;
    const [log] = logFolders(sandbox.logs);
    if (log === undefined) {
      if (acks.length > 0) failures.push(`run ${run}: no log`);
      return;
    }
    const missing = (): string[] => {
      const written = new Set(readLeaves(sandbox.logs).map(({ leaf }) => leaf['id']));
      return acks.filter((id) => !written.has(id));
    };
    if (missing().length > 0) failures.push(`run ${run}: lost ${missing().length} before recovery`);
    const before = verifyLog(log);
    if (!before.ok) failures.push(`run ${run}: ${JSON.stringify(before.problems)}`);

    const next = openLogbook({ root: sandbox.logs, service: 'writer' });
    next.close();
    if (next.folder !== log) failures.push(`run ${run}: the log did not go on`);
    if (missing().length > 0) failures.push(`run ${run}: lost ${missing().length} in recovery`);
    const after = verifyLog(log);
    if (!after.ok) failures.push(`run ${run}: ${JSON.stringify(after.problems)}`);
    const outsider = outsiderVerify(log);
    if (outsider.uncommitted > 0 || outsider.problems.length > 0) {
      failures.push(`run ${run}: outsider says ${JSON.stringify(outsider)}`);
    }
    rmSync(sandbox.root, { recursive: true, force: true });
  });
  expect(failures).toEqual([]);
  expect(acknowledged).toBeGreaterThan(KILLS);
}, 240_000);
