/**
 * What only an anchor shows (audit.md 7 and 8): a cut tail, an old snapshot put back, and what a thief of the signing key
 * can make of a log, the three attacks on journald's seal among them (CVE-2023-31437 to 31439: entries hidden, cut off,
 * edited, each sealed again). Without an anchor all of them verify, and the note says that nobody could tell.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { readAnchors, type Anchor } from '../src/anchors.ts';
import { parseCheckpoint, parseCommitExtensions } from '../src/checkpoint.ts';
import { LogbookError } from '../src/errors.ts';
import { openLogbook } from '../src/logbook.ts';
import { generateSigner, openNote, parseNote, parseVkey, signNote } from '../src/note.ts';
import { verifyLog } from '../src/verify.ts';
import { commitsOf, sealedAgain, withLines } from './resealed.ts';
import { aLog, aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

const RISK = 'nobody can detect that the newest entries were cut off';
const log = aLog({ entries: 12, commitEvery: 3 });
const { origin, vkey } = JSON.parse(readFileSync(join(log.folder, 'log.json'), 'utf8'));
const commits = commitsOf(log.lines);
/** All that somebody else kept: every commit. */
const anchors: Anchor[] = commits.map((note, n) => ({ note, source: 'kept', line: n + 1 }));

function expectFoundByAnchorAlone(folder: string): void {
  const blind = verifyLog(folder, { vkey });
  expect(blind).toMatchObject({ ok: true, anchor: undefined });
  expect(blind.notes.join()).toContain(RISK);
  const report = verifyLog(folder, { vkey, anchors });
  expect(report.ok).toBe(false);
  expect(report.problems[0]).toMatchObject({ code: 'checkpoint' });
}

const leafAt = (n: number): number =>
  log.lines.flatMap((line, at) => (line.startsWith('{"leaf":') ? [at] : []))[n] ?? -1;

describe('with anchors', () => {
  test('a sound log says up to where it is anchored, how old that is, and what is open', () => {
    const last = parseCommitExtensions(
      parseCheckpoint(parseNote(commits.at(-1) ?? '').text).extensions,
    );
    const nowMs = Number(last.unixNanos / 1_000_000n) + 90_000;
    const whole = verifyLog(log.folder, { vkey, anchors, nowMs });
    expect(whole).toMatchObject({ ok: true, anchor: { source: 'kept', ageSeconds: 90 } });
    expect(whole.anchor?.size).toBe(whole.size);
    expect(whole.counts.anchors).toBe(anchors.length);
    expect(whole.notes.at(-1)).toContain('every entry is under it');
    const older = verifyLog(log.folder, { vkey, anchors: anchors.slice(0, 2), nowMs });
    expect(older).toMatchObject({ ok: true, anchor: { source: 'kept' } });
    expect(older.anchor?.size).toBeLessThan(older.size);
    expect(older.notes.at(-1)).toContain(`entries after it ${RISK}`);
  });

  test('the tail cut off behind any commit is found; without one nobody could tell', () => {
    const ends = log.lines.flatMap((line, at) => (line.startsWith('{"commit":') ? [at + 1] : []));
    for (const end of ends.slice(0, -1))
      expectFoundByAnchorAlone(withLines(log, log.lines.slice(0, end)));
  });

  test('an old snapshot put back is found', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'snap' });
    const kept: Anchor[] = [];
    for (let n = 0; n < 6; n += 1) {
      logbook.record({ kind: 'tool.call', target: 'x', payload: { n } });
      logbook.commit();
      if (n === 2) cpSync(logbook.folder, join(root, 'snapshot'), { recursive: true });
    }
    logbook.close();
    const note = readFileSync(join(logbook.folder, 'checkpoint'), 'utf8');
    kept.push({ note, source: 'kept', line: 1 });
    const own = { vkey: logbook.vkey };
    expect(verifyLog(logbook.folder, { ...own, anchors: kept }).ok).toBe(true);
    const blind = verifyLog(join(root, 'snapshot'), own);
    expect([blind.ok, blind.notes.join().includes(RISK)]).toEqual([true, true]);
    const report = verifyLog(join(root, 'snapshot'), { ...own, anchors: kept });
    expect(report.problems[0]?.message).toContain('the end is missing');
  });

  test('an entry hidden by the key holder, all sealed again, is found (CVE-2023-31437)', () => {
    const at = leafAt(5);
    // Its number is hidden with it: the numbers behind it move up.
    const lines = log.lines.toSpliced(at, 2).map((line, n) => (n < at ? line : renumbered(line)));
    expectFoundByAnchorAlone(withLines(log, sealedAgain(log, lines)));
  });

  test('a tail cut off by the key holder, all sealed again, is found (CVE-2023-31438)', () => {
    const at = leafAt(7);
    const end = log.lines.findIndex((line, n) => n > at && line.startsWith('{"commit":'));
    const lines = [...log.lines.slice(0, at), log.lines[end] ?? ''];
    expectFoundByAnchorAlone(withLines(log, sealedAgain(log, lines)));
  });

  test('an entry edited by the key holder, all sealed again, is found (CVE-2023-31439)', () => {
    const at = leafAt(5);
    const lines = log.lines.with(
      at,
      (log.lines[at] ?? '').replace(/"outcome":"\w+"/, '"outcome":"denied"'),
    );
    expect(lines).not.toEqual(log.lines);
    expectFoundByAnchorAlone(withLines(log, sealedAgain(log, lines)));
  });

  test('sealing again what was not changed raises no alarm', () => {
    const folder = withLines(log, sealedAgain(log, log.lines));
    expect(verifyLog(folder, { vkey, anchors })).toMatchObject({ ok: true, problems: [] });
  });

  test('an anchor that the key of the log did not sign is a problem of its own', () => {
    const text = parseNote(commits[0] ?? '').text;
    const forged = signNote(text, generateSigner(origin));
    const bad = [{ note: forged, source: 'kept', line: 7 }];
    expect(verifyLog(log.folder, { vkey, anchors: bad }).problems).toMatchObject([
      { code: 'checkpoint', file: 'kept', line: 7 },
    ]);
  });

  test('none of this log is said, not failed', () => {
    const report = verifyLog(log.folder, { vkey, anchors: [] });
    expect(report).toMatchObject({ ok: true, anchor: undefined });
    expect(report.notes.at(-1)).toContain('no anchor of this log was found');
  });

  test('further signatures on an anchor do not matter', () => {
    const witness = generateSigner('witness.example');
    const [line] = parseNote(signNote(parseNote(commits[1] ?? '').text, witness)).signatures;
    expect(line).toBeDefined();
    const whole =
      signNote(parseNote(commits[1] ?? '').text, witness)
        .split('\n\n')
        .at(-1) ?? '';
    const cosigned = [{ note: `${commits[1]}${whole}`, source: 'kept', line: 1 }];
    expect(openNote(cosigned[0]?.note ?? '', [parseVkey(vkey)]).signatures).toHaveLength(2);
    expect(verifyLog(log.folder, { vkey, anchors: cosigned })).toMatchObject({
      ok: true,
      counts: { anchors: 1 },
    });
  });
});

describe('anchors are read', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function serving(
    answer: (url: URL, token: string | undefined) => [status: number, body: string],
  ): Promise<string> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      const [status, body] = answer(url, request.headers.authorization);
      response.writeHead(status).end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  function aFile(text: string): string {
    const path = join(aRoot(), 'anchors');
    writeFileSync(path, text);
    return path;
  }

  const lines = commits.map((checkpoint) => `${JSON.stringify({ checkpoint })}\n`).join('');
  const other = signNote(
    'other/12345678\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    generateSigner('other/12345678'),
  );

  test('from a file: one note, or one a line, those of other logs left out', async () => {
    const one = await readAnchors(aFile(commits[0] ?? ''), origin);
    expect(one.map(({ note }) => note)).toEqual([commits[0]]);
    const all = await readAnchors(
      aFile(`${JSON.stringify({ checkpoint: other })}\n${lines}`),
      origin,
    );
    expect(all.map(({ note, line }) => [note, line])).toEqual(
      commits.map((note, n) => [note, n + 2]),
    );
    expect(await readAnchors(aFile(''), origin)).toEqual([]);
    expect(await readAnchors(join(log.folder, 'checkpoints.jsonl'), origin)).not.toEqual([]);
  });

  test('what is no anchor is refused, never passed over', async () => {
    const codeOf = async (source: string): Promise<unknown> =>
      await readAnchors(source, origin).catch((error: unknown) =>
        error instanceof LogbookError ? error.code : error,
      );
    expect(await codeOf(aFile('hello'))).toBe('ERR_LOGBOOK_FORMAT');
    expect(await codeOf(aFile(`${lines}{"checkpoint":1}\n`))).toBe('ERR_LOGBOOK_FORMAT');
    expect(await codeOf(join(aRoot(), 'none'))).toBe('ERR_LOGBOOK_ANCHOR');
    expect(await codeOf('http://127.0.0.1:9')).toBe('ERR_LOGBOOK_ANCHOR');
    expect(await codeOf(await serving(() => [401, '']))).toBe('ERR_LOGBOOK_ANCHOR');
    expect(await codeOf(await serving(() => [404, '']))).toBe('ERR_LOGBOOK_ANCHOR');
    expect(
      await codeOf(
        await serving(({ pathname }) => [pathname.startsWith('/loki') ? 200 : 404, 'no']),
      ),
    ).toBe('ERR_LOGBOOK_ANCHOR');
  });

  test('from a sink, with a token', async () => {
    const tokenFile = aFile('the-token-of-this-test\n');
    const url = await serving(({ pathname }, token) =>
      token !== 'Bearer the-token-of-this-test'
        ? [401, '']
        : pathname === `/checkpoints/${origin}`
          ? [200, lines]
          : [404, ''],
    );
    expect(await readAnchors(url, origin, { tokenFile })).toHaveLength(commits.length);
    await expect(readAnchors(url, origin)).rejects.toThrow('answers 401');
  });

  test('from a Loki, page by page and month by month', async () => {
    const now = Date.now();
    // One record a day for 70 days; the newest 5,000 of the first page are all of one hour.
    const records = [
      ...Array.from({ length: 5500 }, (_, n): [bigint, string] => [
        BigInt(now - n * 600) * 1_000_000n,
        `${n % 2 === 0 ? commits[0] : other}`,
      ]),
      ...Array.from({ length: 70 }, (_, n): [bigint, string] => [
        BigInt(now - (n + 1) * 86_400_000) * 1_000_000n,
        commits[n % commits.length] ?? '',
      ]),
    ];
    let asked = 0;
    const url = await serving(({ pathname, searchParams }) => {
      if (pathname !== '/loki/api/v1/query_range') return [404, ''];
      asked += 1;
      const [start, end] = ['start', 'end'].map((name) => BigInt(searchParams.get(name) ?? 0));
      if (start === undefined || end === undefined) return [400, ''];
      if (end - start > 721n * 3_600_000_000_000n)
        return [400, 'query time range exceeds the limit'];
      const values = records
        .filter(([time]) => time >= start && time < end)
        .toSorted(([a], [b]) => Number(b - a))
        .slice(0, Number(searchParams.get('limit')))
        .map(([time, line]) => [String(time), line]);
      return [200, JSON.stringify({ data: { result: [{ values }] } })];
    });
    const since = new Date(now - 75 * 86_400_000);
    const found = await readAnchors(url, origin, { since });
    expect(new Set(found.map(({ note }) => note))).toEqual(new Set(commits));
    expect(asked).toBeGreaterThan(3);
    expect(verifyLog(log.folder, { vkey, anchors: found }).ok).toBe(true);
  });
});

/** A leaf line with the number before its own. */
function renumbered(line: string): string {
  return line.replace(/^(\{"leaf":.*,"seq":)(\d+)/, (_, head, seq) => `${head}${Number(seq) - 1}`);
}

test('the test has a log to work on', () => {
  expect(existsSync(log.segment)).toBe(true);
  expect(commits.length).toBeGreaterThan(3);
});
