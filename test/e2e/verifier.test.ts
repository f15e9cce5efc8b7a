/**
 * Our logs before verifiers that are not ours (audit.md 10.5): the Go program of test/verifier, on the Merkle tree and
 * notes of golang.org/x/mod/sumdb, accepts what the product writes (I1, I2) and refuses what was changed behind it;
 * openssl agrees on the signatures.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createShipper, createSink, openLogbook, retain, rotateKeys } from '@mcp-logbook/audit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asRecord, present } from '../harness/json.ts';
import { logFolders, segmentFiles, unpackArchives } from '../harness/logbook.ts';
import { missingPrograms, requireProgram } from '../harness/programs.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';

const skipped = missingPrograms('verifier');
const DAY_MICROS = 86_400_000_000;

interface SampleLog {
  readonly folder: string;
  readonly vkey: string;
}

/** A closed log of `entries` entries, a commit after every `commitEvery`, a new segment for each of `days`. */
function aLog(entries: number, commitEvery: number, days = 1): SampleLog {
  let today = 0;
  const log = openLogbook({
    root: aSandbox().logs,
    service: 'verified',
    now: () => Date.now() * 1000 + today * DAY_MICROS,
  });
  for (let n = 0; n < entries; n += 1) {
    today = Math.floor((n * days) / entries);
    log.record({
      kind: 'tool.call',
      target: `tool-${n % 3}`,
      ...(n % 4 > 0 && { person: `|user-${n % 4}` }),
      payload: { n, text: 'é ✓ <&> \u2028' },
    });
    if ((n + 1) % commitEvery === 0) log.commit();
  }
  log.close();
  return { folder: log.folder, vkey: log.vkey };
}

/** Exit code and what it said. */
function goVerify(folder: string, ...vkeys: readonly string[]): { code: number; said: string } {
  const run = spawnSync(requireProgram('verifier'), [folder, ...vkeys], { encoding: 'utf8' });
  return { code: run.status ?? -1, said: run.stdout + run.stderr };
}

afterAll(removeSandboxes);

describe.skipIf(skipped !== undefined)(`the Go verifier ${skipped ?? ''}`, () => {
  test.each([
    ['one commit for each entry', 40, 1, 1],
    ['groups of 64', 500, 64, 1],
    ['five segments', 100, 7, 5],
    ['a single entry', 1, 1, 1],
  ])('accepts a log with %s', (_name, entries, commitEvery, days) => {
    const { folder, vkey } = aLog(entries, commitEvery, days);
    expect(segmentFiles(folder)).toHaveLength(days);
    const { code, said } = goVerify(folder, vkey);
    expect(said).toMatch(/^sound: verified\/[0-9a-f]{8}, \d+ leaves/);
    expect(code).toBe(0);
    const [, leaves, signed] = /(\d+) leaves, (\d+) of them signed/.exec(said) ?? [];
    expect(Number(leaves)).toBeGreaterThanOrEqual(entries);
    expect(signed).toBe(leaves);
  });

  test('accepts a central log, whose seals name the person of another log', async () => {
    const { root, work } = aSandbox();
    const tokenFile = join(work, 'token');
    writeFileSync(tokenFile, 'verifier-test-token-0123456789');
    const central = join(root, 'central');
    const sink = await createSink({ root: central, host: '127.0.0.1', port: 0, tokenFile });
    const producer = aLog(30, 10);
    const shipper = await createShipper({
      root: dirname(producer.folder),
      endpoint: sink.url,
      recipient: sink.recipient,
      tokenFile,
    });
    expect((await shipper.shipNow()).complete).toBe(true);
    await shipper.close();
    const { vkey } = sink;
    await sink.close();
    const folder = present(logFolders(central)[0]);
    const text = readFileSync(present(segmentFiles(folder)[0]), 'utf8');
    expect(text).toMatch(/^\{"seal":"(?:a_[a-z2-7]{16}|system)\./m);
    const { code, said } = goVerify(folder, vkey);
    expect([code, said]).toEqual([0, expect.stringMatching(/^sound: /)]);
  });

  test('accepts a log that rotated its key by both keys, and refuses it by either alone', async () => {
    const { folder, vkey } = aLog(20, 5);
    await rotateKeys({ root: dirname(folder) });
    const log = openLogbook({ root: dirname(folder), service: 'verified' });
    const now = log.vkey;
    log.record({ kind: 'tool.call', payload: {} });
    log.close();
    expect(goVerify(folder, vkey, now)).toMatchObject({ code: 0 });
    expect(goVerify(folder, vkey).code).toBe(1);
    expect(goVerify(folder, now).code).toBe(1);
  });

  test('refuses a log by the key of another, and a folder without one', () => {
    const log = aLog(3, 1);
    expect(goVerify(log.folder, aLog(3, 1).vkey).code).toBe(1);
    expect(goVerify(aSandbox().work, log.vkey)).toMatchObject({ code: 1 });
  });

  describe('of a log whose old segments were removed', () => {
    let log: SampleLog;

    beforeAll(async () => {
      const root = aSandbox().logs;
      const month = (n: number) => (): number => Date.UTC(2026, n, 10) * 1000;
      for (let n = 0; n < 6; n += 1) {
        const logbook = openLogbook({ root, service: 'verified', now: month(n) });
        for (let at = 0; at < 5; at += 1) logbook.record({ kind: 'tool.call', payload: { at } });
        // The digest of the segment before is entered between other work.
        for (let turn = 0; turn < 50; turn += 1)
          await new Promise((resolve) => setImmediate(resolve));
        logbook.close();
        log = { folder: logbook.folder, vkey: logbook.vkey };
      }
      await retain({ root, days: 70, now: month(5) });
      unpackArchives(log.folder);
    });

    /** What it says once a copy of the folder was changed. */
    function goVerifyAfter(change: (folder: string) => void): { code: number; said: string } {
      const copy = `${log.folder}-changed`;
      cpSync(log.folder, copy, { recursive: true });
      change(copy);
      const result = goVerify(copy, log.vkey);
      rmSync(copy, { recursive: true });
      return result;
    }

    /** A text in a file, replaced by another. */
    const replaced = (name: string, text: RegExp, by: string) => (folder: string) => {
      const before = readFileSync(join(folder, name), 'utf8');
      const after = before.replace(text, by);
      expect(after).not.toBe(before);
      writeFileSync(join(folder, name), after);
    };

    test('accepts what is left, and says of how many it cannot know what they said', () => {
      const { code, said } = goVerifyAfter(() => {});
      expect([code, said]).toEqual([
        0,
        expect.stringMatching(/^sound: .*\nthe first \d+ were removed/),
      ]);
      expect(Number(/the first (\d+)/.exec(said)?.[1])).toBe(
        Number(segmentFiles(log.folder)[0]?.slice(-18, -6)),
      );
    });

    test.each([
      ['another edge', replaced('pruned', /"edge":\["./, '"edge":["_')],
      ['another hash of the edge', replaced('pruned', /"edge":\["../, '"edge":["AA')],
      ['another size', replaced('pruned', /"size":(\d+)/, '"size":1$1')],
      ['another commit', replaced('pruned', /(verified\/[0-9a-f]{8}\\n)\d/, '$19')],
      ['a record that no leaf names', replaced('pruned', /"seq":/, '"seq": ')],
      ['no record', (folder: string) => rmSync(join(folder, 'pruned'))],
      [
        'one more segment removed by hand',
        (folder: string) => rmSync(present(segmentFiles(folder)[0])),
      ],
      [
        'a changed leaf behind it',
        (folder: string) => {
          const first = present(segmentFiles(folder)[0]);
          writeFileSync(first, readFileSync(first, 'utf8').replace('"success"', '"failure"'));
        },
      ],
    ])('refuses %s', (_name, change) => {
      expect(goVerifyAfter(change)).toMatchObject({
        code: 1,
        said: expect.stringContaining('not sound'),
      });
    });
  });

  describe('refuses a log', () => {
    let log: SampleLog;
    let lines: string[] = [];
    let segment = '';

    beforeAll(() => {
      log = aLog(40, 5, 2);
      segment = present(segmentFiles(log.folder)[0]);
      lines = readFileSync(segment, 'utf8').split('\n').slice(0, -1);
    });

    /** What it says of the log with other lines in its first segment. */
    function goVerifyWith(change: (lines: string[]) => void): { code: number; said: string } {
      const copy = `${log.folder}-changed`;
      cpSync(log.folder, copy, { recursive: true });
      const changed = [...lines];
      change(changed);
      writeFileSync(join(copy, 'segments', '000000000000.jsonl'), `${changed.join('\n')}\n`);
      const result = goVerify(copy, log.vkey);
      rmSync(copy, { recursive: true });
      return result;
    }

    /** Index of the n-th line of a kind. */
    function nth(kind: string, n: number): number {
      const found = lines.flatMap((line, index) => (line.startsWith(`{"${kind}":`) ? [index] : []));
      return present(found[n]);
    }

    function flip(kind: string, n: number, at: (line: string) => number): (l: string[]) => void {
      return (changed) => {
        const index = nth(kind, n);
        const bytes = Buffer.from(present(changed[index]));
        const position = at(present(changed[index]));
        bytes[position] = (bytes[position] ?? 0) ^ 1;
        changed[index] = bytes.toString();
      };
    }

    const middle = (line: string): number => line.length >> 1;

    test('never when nothing was changed', () => {
      expect(goVerifyWith(() => {}).code).toBe(0);
    });

    test.each([
      ['a flipped bit in the first leaf', () => flip('leaf', 0, middle)],
      ['a flipped bit in a later leaf', () => flip('leaf', 11, middle)],
      ['a flipped bit in a seal', () => flip('seal', 7, middle)],
      ['a flipped bit in the tree size of a commit', () => flip('commit', 2, sizeAt)],
      [
        'a flipped bit in the root of a commit',
        () => flip('commit', 2, (line) => sizeAt(line) + 9),
      ],
      [
        'a flipped bit in the signature of a commit',
        () => flip('commit', 2, (line) => line.length - 9),
      ],
      ['a removed leaf with its seal', () => (l: string[]) => void l.splice(nth('leaf', 6), 2)],
      ['a removed leaf', () => (l: string[]) => void l.splice(nth('leaf', 6), 1)],
      ['a removed seal', () => (l: string[]) => void l.splice(nth('seal', 6), 1)],
      ['the end of a segment cut off', () => (l: string[]) => void l.splice(nth('commit', 2))],
      [
        'two entries swapped',
        () => (l: string[]) => {
          const at = nth('leaf', 6);
          l.splice(at, 4, ...l.slice(at + 2, at + 4), ...l.slice(at, at + 2));
        },
      ],
      [
        'an entry twice',
        () => (l: string[]) => {
          const at = nth('leaf', 6);
          l.splice(at, 0, ...l.slice(at, at + 2));
        },
      ],
      [
        'a second spelling of a commit',
        () => (l: string[]) => {
          const at = nth('commit', 2);
          l[at] = present(l[at]).replace('\u2014', '\\u2014');
        },
      ],
    ])('with %s', (_name, change) => {
      const { code, said } = goVerifyWith(change());
      expect([code, said]).toEqual([1, expect.stringMatching(/^not sound: .*line \d+|should be/)]);
    });

    test('that is shorter than what it published', () => {
      const copy = `${log.folder}-short`;
      cpSync(log.folder, copy, { recursive: true });
      const last = present(segmentFiles(copy).at(-1));
      const kept = readFileSync(last, 'utf8').split('\n').slice(0, -1);
      const end = kept.findLastIndex(
        (line, at) => line.startsWith('{"commit"') && at < kept.length - 1,
      );
      writeFileSync(last, `${kept.slice(0, end + 1).join('\n')}\n`);
      const { code, said } = goVerify(copy, log.vkey);
      expect([code, said]).toEqual([1, expect.stringContaining('signed: ')]);
    });
  });
});

/** Offset of the last digit of the size in a commit's line: behind the origin and an escaped newline. */
function sizeAt(line: string): number {
  const second = line.indexOf('\\n') + 2;
  return line.indexOf('\\n', second) - 1;
}

const noOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'skipped: no openssl';

describe.skipIf(noOpenssl !== undefined)(`openssl ${noOpenssl ?? ''}`, () => {
  /** Runs `openssl pkeyutl -verify` on the last commit, its text changed by `change`. */
  function opensslVerify(change: (text: string) => string): number | null {
    const { folder, vkey } = aLog(5, 2);
    const { work } = aSandbox();
    const lines = readFileSync(present(segmentFiles(folder).at(-1)), 'utf8').split('\n');
    const last = present(lines.findLast((line) => line.startsWith('{"commit":')));
    const note = String(asRecord(JSON.parse(last))['commit']);
    const [text = '', signature = ''] = note.split('\n\n');
    const raw = Buffer.from(present(signature.trim().split(' ')[2]), 'base64').subarray(4);
    const publicKey = Buffer.from(present(/^[^+]+\+[^+]+\+(.*)$/.exec(vkey)?.[1]), 'base64');
    const files = {
      text: join(work, 'text'),
      signature: join(work, 'sig'),
      key: join(work, 'key'),
    };
    writeFileSync(files.text, change(`${text}\n`));
    writeFileSync(files.signature, raw);
    // RFC 8410: the DER head of an Ed25519 public key.
    const head = Buffer.from('302a300506032b6570032100', 'hex');
    writeFileSync(files.key, Buffer.concat([head, publicKey.subarray(1)]));
    const args = ['-verify', '-pubin', '-keyform', 'DER', '-inkey', files.key, '-rawin'];
    const inputs = ['-in', files.text, '-sigfile', files.signature];
    return spawnSync('openssl', ['pkeyutl', ...args, ...inputs]).status;
  }

  test('accepts the signature of a commit', () => {
    expect(opensslVerify((text) => text)).toBe(0);
  });

  test('refuses it for another tree size', () => {
    expect(opensslVerify((text) => text.replace(/\n\d+\n/, '\n1000\n'))).toBe(1);
  });
});
