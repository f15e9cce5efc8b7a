import {
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LogbookError } from '../src/errors.ts';
import { openLogbook } from '../src/logbook.ts';
import { generateSigner } from '../src/note.ts';
import { query } from '../src/query.ts';
import { listSegments } from '../src/segment.ts';
import { blankSeal } from '../src/seal.ts';
import { verifyLog, type VerifyReport } from '../src/verify.ts';
import { rememberSignatures } from './remembered-signatures.ts';
import { aLog, aRoot, removeRoots, type SmallLog } from './small-log.ts';

rememberSignatures();

afterAll(removeRoots);

/** Verifies the log with other bytes in its only segment, and puts the old ones back. */
function verifyWith(log: SmallLog, bytes: Buffer): VerifyReport {
  writeFileSync(log.segment, bytes);
  try {
    return verifyLog(log.folder);
  } finally {
    writeFileSync(log.segment, log.bytes);
  }
}

/** Every whole log under test has commits after entries 3, 6, 9 and at its end. */
const log = aLog({ entries: 8, commitEvery: 3 });
const commitSizes = log.lines.flatMap((line) =>
  line.startsWith('{"commit":') ? [Number(line.split('\\n')[1])] : [],
);

/** Tree size of the commit that covers a line (0-based), or of the last one. */
function commitOf(index: number): number | undefined {
  const before = log.lines.slice(0, index).filter((line) => line.startsWith('{"commit":')).length;
  return commitSizes[before];
}

describe('a clean log', () => {
  test('verifies without any key, and says where the key came from and that nothing anchors it', () => {
    const report = verifyLog(log.folder);
    expect(report.problems).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.counts).toMatchObject({
      segments: 1,
      uncommitted: 0,
      erased: 0,
      commits: commitSizes.length,
    });
    expect(report.counts.leaves).toBe(report.counts.seals);
    expect(report.size).toBe(report.counts.leaves);
    expect(report.notes.join('\n')).toContain('key taken from the log itself');
    expect(report.notes.join('\n')).toContain(
      'without one nobody can detect that the newest entries were cut off',
    );
  });

  test('verifies with its key given, and fails with another', () => {
    const { vkey } = verifyLog(log.folder);
    expect(vkey).toBeDefined();
    expect(verifyLog(log.folder, { vkey })).toMatchObject({ ok: true, keyFrom: 'argument' });
    const other = verifyLog(log.folder, { vkey: generateSigner('other').vkey });
    expect(other.problems[0]).toMatchObject({ code: 'identity' });
    expect(other.problems.some(({ code }) => code === 'signature')).toBe(true);
  });

  test('verifies deep: every seal opens and is what its leaf says', () => {
    const report = verifyLog(log.folder, { deep: true });
    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.counts.opened).toBe(report.counts.leaves);
  });

  test('of any number of entries verifies, open and closed', () => {
    const alarms: string[] = [];
    const root = aRoot();
    for (let entries = 0; entries < 40; entries += 1) {
      const logbook = openLogbook({ root, service: 'clean' });
      for (let at = 0; at < entries % 9; at += 1) {
        logbook.record({ kind: 'tool.call', target: 'echo', payload: { at } });
      }
      const open = verifyLog(logbook.folder);
      logbook.close();
      const closed = verifyLog(logbook.folder, { deep: entries % 10 === 0 });
      if (!open.ok || !closed.ok || closed.counts.uncommitted > 0) {
        alarms.push(JSON.stringify([open.problems, closed.problems]));
      }
    }
    expect(alarms).toEqual([]);
  });

  test('with payloads around the size of one read and of the largest payload verifies, and is found', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'large' });
    const sizes = [190_000, 196_500, 196_600, 196_700, 262_000, 262_120, 262_144, 300_000];
    for (const size of sizes) {
      logbook.record({ kind: 'tool.call', target: 'echo', payload: { text: 'x'.repeat(size) } });
    }
    logbook.close();
    expect(verifyLog(logbook.folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
    expect(query(root, { kind: 'tool.call' }).map(({ sealed }) => sealed)).toEqual(
      sizes.map(() => 'opened'),
    );
  });

  test('of several segments verifies, and their digests are compared', async () => {
    const many = await aSegmentedLog();
    expect(listSegments(many).length).toBeGreaterThan(2);
    expect(verifyLog(many)).toMatchObject({ ok: true, problems: [] });
  });
});

describe('damage is found and named', () => {
  test('each bit of each byte of the segment, with the line or its range and the first bad commit', () => {
    const wrong: string[] = [];
    let line = 0;
    const file = openSync(log.segment, 'r+');
    for (let at = 0; at < log.bytes.length; at += 1) {
      for (const bit of at % 31 === 0 ? [0, 1, 2, 3, 4, 5, 6, 7] : [(at * 5) % 8]) {
        const byte = log.bytes[at] ?? 0;
        writeSync(file, Uint8Array.of(byte ^ (1 << bit)), 0, 1, at);
        const { problems } = verifyLog(log.folder);
        writeSync(file, Uint8Array.of(byte), 0, 1, at);
        const [first] = problems;
        const named =
          first !== undefined &&
          first.file === 'segments/000000000000.jsonl' &&
          first.line !== undefined &&
          first.line <= line + 1 &&
          (first.lastLine ?? first.line + 1) >= line + 1 &&
          first.commit === commitOf(line);
        if (!named) wrong.push(`byte ${at} bit ${bit} line ${line + 1}: ${JSON.stringify(first)}`);
      }
      if (log.bytes[at] === 0x0a) line += 1;
    }
    closeSync(file);
    expect(readFileSync(log.segment)).toEqual(log.bytes);
    expect(wrong.slice(0, 5)).toEqual([]);
  }, 600_000);

  test.each([
    ['removed', (lines: string[], at: number) => lines.toSpliced(at, 1)],
    ['doubled', (lines: string[], at: number) => lines.toSpliced(at, 0, lines[at] ?? '')],
    [
      'swapped with the next',
      (lines: string[], at: number) => lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? ''),
    ],
    [
      'moved to the end',
      (lines: string[], at: number) => [...lines.toSpliced(at, 1), lines[at] ?? ''],
    ],
    ['followed by an empty line', (lines: string[], at: number) => lines.toSpliced(at + 1, 0, '')],
    ['padded with a space', (lines: string[], at: number) => lines.with(at, `${lines[at]} `)],
  ])('a line %s', (_, spoil) => {
    const missed: string[] = [];
    for (let at = 0; at < log.lines.length - 1; at += 1) {
      const report = verifyWith(log, Buffer.from(`${spoil(log.lines, at).join('\n')}\n`));
      const [first] = report.problems;
      if (report.ok || first?.file === undefined || first.commit === undefined)
        missed.push(`line ${at + 1}: ${JSON.stringify(first)}`);
    }
    expect(missed).toEqual([]);
  });

  test('a pair of leaf and seal removed, doubled or swapped with the next pair', () => {
    const missed: number[] = [];
    const isLeaf = (at: number): boolean => log.lines[at]?.startsWith('{"leaf":') === true;
    for (let at = 0; at < log.lines.length; at += 1) {
      if (!isLeaf(at)) continue;
      const pair = log.lines.slice(at, at + 2);
      const spoiled = [log.lines.toSpliced(at, 2), log.lines.toSpliced(at, 0, ...pair)];
      if (isLeaf(at + 2))
        spoiled.push(log.lines.toSpliced(at, 4, ...log.lines.slice(at + 2, at + 4), ...pair));
      for (const lines of spoiled) {
        if (verifyWith(log, Buffer.from(`${lines.join('\n')}\n`)).ok) missed.push(at);
      }
    }
    expect(missed).toEqual([]);
  });

  test('a tail cut at any third byte', () => {
    const missed: number[] = [];
    for (let size = log.bytes.length - 1; size >= 0; size -= 3) {
      truncateSync(log.segment, size);
      if (verifyLog(log.folder).ok) missed.push(size);
    }
    writeFileSync(log.segment, log.bytes);
    expect(missed).toEqual([]);
  }, 300_000);

  test('bytes written behind the end', () => {
    for (const junk of ['x\n', '\n', '{}\n', '{"leaf":{"v":1}}\n']) {
      expect(verifyWith(log, Buffer.concat([log.bytes, Buffer.from(junk)])).ok, junk).toBe(false);
    }
  });

  test('a seal exchanged for the one of another entry, or blanked with another digest', () => {
    const seals = log.lines.flatMap((line, at) => (line.startsWith('{"seal":') ? [at] : []));
    const [one = 0, two = 0] = seals;
    const exchanged = log.lines.with(one, log.lines[two] ?? '').with(two, log.lines[one] ?? '');
    const report = verifyWith(log, Buffer.from(`${exchanged.join('\n')}\n`));
    expect(report.problems[0]).toMatchObject({ code: 'seals', commit: commitSizes[0] });
    const blanked = blankSeal(log.lines[one] ?? '').replace(
      /"was":"./,
      (was) => `${was.slice(0, -1)}${was.endsWith('A') ? 'B' : 'A'}`,
    );
    expect(verifyWith(log, Buffer.from(`${log.lines.with(one, blanked).join('\n')}\n`)).ok).toBe(
      false,
    );
  });

  test('a seal blanked properly keeps the log sound without keys, and is asked about with them', () => {
    const at = log.lines.findLastIndex((line) => line.startsWith('{"seal":'));
    const bytes = Buffer.from(`${log.lines.with(at, blankSeal(log.lines[at] ?? '')).join('\n')}\n`);
    expect(bytes.length).toBe(log.bytes.length);
    expect(verifyWith(log, bytes)).toMatchObject({ ok: true, counts: { erased: 1 } });
    writeFileSync(log.segment, bytes);
    const deep = verifyLog(log.folder, { deep: true });
    writeFileSync(log.segment, log.bytes);
    expect(deep.problems).toMatchObject([{ code: 'unexplained', line: at + 1 }]);
  });

  test('with keys a changed leaf or seal is named by its very line', () => {
    const wrong: string[] = [];
    for (const [at, line] of log.lines.entries()) {
      if (line.startsWith('{"commit":')) continue;
      const isLeaf = line.startsWith('{"leaf":');
      const spoiled = isLeaf
        ? line.replace(/"action":"(.)/, (text) => `${text.slice(0, -1)}Q`)
        : line.replace(
            /.{10}"\}$/,
            (text) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`,
          );
      writeFileSync(log.segment, `${log.lines.with(at, spoiled).join('\n')}\n`);
      const [first] = verifyLog(log.folder, { deep: true }).problems;
      // A leaf is authenticated by its seal, on the line behind it.
      const expected = isLeaf ? at + 2 : at + 1;
      if (first?.line !== expected || first.lastLine !== undefined || first.commit !== commitOf(at))
        wrong.push(`${at + 1}: ${JSON.stringify(first)}`);
    }
    writeFileSync(log.segment, log.bytes);
    expect(wrong).toEqual([]);
  });

  test('a segment that is missing, renamed, or changed after it was closed', async () => {
    const many = await aSegmentedLog();
    const [, second = '', third = ''] = listSegments(many).map((name) =>
      join(many, 'segments', name),
    );
    const bytes = readFileSync(second);
    rmSync(second);
    expect(verifyLog(many).problems[0]).toMatchObject({
      code: 'order',
      file: `segments/${basename(third)}`,
    });
    writeFileSync(second, bytes.subarray(0, bytes.lastIndexOf(0x0a, bytes.length - 2) + 1));
    expect(verifyLog(many).problems.map(({ code }) => code)).toContain('segment');
    writeFileSync(second, bytes);
    expect(verifyLog(many).ok).toBe(true);
  });

  test('a published checkpoint that was changed, or is of a log that was rolled back', () => {
    const path = join(log.folder, 'checkpoint');
    const note = readFileSync(path, 'utf8');
    for (const spoiled of [
      note.replace(/^[^\n]+\n\d+/, (head) => `${head}1`),
      note.replace('time ', 'time 1'),
      'nothing\n',
      `${note} `,
    ]) {
      writeFileSync(path, spoiled);
      expect(verifyLog(log.folder).problems[0], spoiled).toMatchObject({ code: 'checkpoint' });
    }
    writeFileSync(path, note);
    // Rolled back to the second commit, but for what was published.
    const end =
      log.lines.findIndex(
        (line) => line.startsWith('{"commit":') && Number(line.split('\\n')[1]) === commitSizes[1],
      ) + 1;
    const report = verifyWith(log, Buffer.from(`${log.lines.slice(0, end).join('\n')}\n`));
    expect(report.problems[0]).toMatchObject({
      code: 'checkpoint',
      file: 'segments/000000000000.jsonl',
      line: end,
    });
  });

  test('the newline of the last published checkpoint changed; torn off it is what a crash leaves', () => {
    const path = join(log.folder, 'checkpoints.jsonl');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/\n$/, '\v'));
    expect(verifyLog(log.folder).problems).toMatchObject([
      { code: 'checkpoint', file: 'checkpoints.jsonl', line: text.split('\n').length - 1 },
    ]);
    for (let cut = 1; cut < 200; cut += 1) {
      writeFileSync(path, text.slice(0, -cut));
      expect(verifyLog(log.folder).problems).toEqual([]);
    }
    writeFileSync(path, text);
  });

  test('a log.json that is damaged, missing, or of another log', () => {
    const path = join(log.folder, 'log.json');
    const text = readFileSync(path, 'utf8');
    for (const spoiled of [
      '',
      '{}',
      text.replace('/', '/0'),
      text.replace('"vkey":"', '"vkey":"x'),
    ]) {
      writeFileSync(path, spoiled);
      expect(verifyLog(log.folder).problems[0]).toMatchObject({
        code: 'identity',
        file: 'log.json',
      });
    }
    rmSync(path);
    expect(verifyLog(log.folder).problems[0]).toMatchObject({ code: 'identity', file: 'log.json' });
    writeFileSync(path, text);
    expect(() => verifyLog(aRoot())).toThrow(LogbookError);
  });
});

describe('what a crash leaves is reported, not failed', () => {
  test('entries after the last commit, and a line torn at any byte', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'crash' });
    logbook.record({ kind: 'tool.call', target: 'one', payload: {} });
    logbook.commit();
    logbook.record({ kind: 'tool.call', target: 'two', payload: { text: 'x' } });
    const segment = join(logbook.folder, 'segments', '000000000000.jsonl');
    const bytes = readFileSync(segment);
    const committed = bytes.lastIndexOf('{"commit":');
    const from = bytes.indexOf(0x0a, committed) + 1;
    expect(bytes.length).toBeGreaterThan(from);
    const report = verifyLog(logbook.folder);
    expect(report).toMatchObject({ ok: true, counts: { uncommitted: 1 } });
    expect(report.notes.join('\n')).toContain('not signed yet');
    const alarms: string[] = [];
    for (let size = bytes.length; size >= from; size -= 1) {
      truncateSync(segment, size);
      const torn = verifyLog(logbook.folder);
      if (!torn.ok) alarms.push(`${size}: ${JSON.stringify(torn.problems)}`);
    }
    expect(alarms).toEqual([]);
    writeFileSync(segment, bytes);
    logbook.close();
  });
});

async function aSegmentedLog(): Promise<string> {
  const root = aRoot();
  for (let day = 1; day <= 3; day += 1) {
    const logbook = openLogbook({
      root,
      service: 'days',
      now: () => Date.UTC(2026, 0, day, 12) * 1000,
    });
    for (let at = 0; at < 5; at += 1)
      logbook.record({ kind: 'tool.call', target: 'echo', payload: { at } });
    // The digest of the segment before is computed between other work.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    logbook.close();
    if (day === 3) return logbook.folder;
  }
  throw new Error('no log');
}
