/** A log's checkpoints given to others: a file, a witness (c2sp.org/tlog-witness), a time-stamp authority (`openssl ts`). */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { anchorLog } from '../src/anchor-log.ts';
import { readAnchors } from '../src/anchors.ts';
import { parseWitnessVkey } from '../src/cosignature.ts';
import { LogbookError } from '../src/errors.ts';
import { type Logbook, openLogbook } from '../src/logbook.ts';
import { checkProof, prove } from '../src/prove.ts';
import { timeStamp } from '../src/timestamp.ts';
import { verifyLog } from '../src/verify.ts';
import { aLog, aRoot, removeRoots } from './small-log.ts';
import { aWitness, type SmallWitness } from './small-witness.ts';

afterAll(removeRoots);
const open: (SmallWitness | Server)[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function witnessOf(vkey: string, name?: string): Promise<SmallWitness> {
  const witness = await aWitness(vkey, name);
  open.push(witness);
  return witness;
}

const vkeyOf = (folder: string): string =>
  JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8')).vkey;

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => (error instanceof LogbookError ? error.code : error),
  );
}

/** Adds entries to a log by a short run of its writer. */
function grow(root: string, entries: number): Logbook {
  const logbook = openLogbook({ root, service: 'small' });
  for (let n = 0; n < entries; n += 1)
    logbook.record({ kind: 'tool.call', target: 'x', payload: { n } });
  logbook.close();
  return logbook;
}

describe('a witness', () => {
  test('cosigns a log again and again while it grows, and verify, proofs and a second writer take it', async () => {
    const root = aRoot();
    const { folder, vkey } = grow(root, 1);
    const witness = await witnessOf(vkey);
    const sizes: number[] = [];
    for (const entries of [1, 0, 5, 9, 17]) {
      if (entries > 0) grow(root, entries);
      const report = await anchorLog(folder, { witnesses: [witness] });
      expect(report.cosignedBy).toEqual([witness.name]);
      sizes.push(report.size);
      expect(witness.last.size).toBe(report.size);
    }
    expect(new Set(witness.answers)).toEqual(new Set([200]));
    expect(sizes.at(-1)).toBeGreaterThan(32);
    expect(verifyLog(folder, { vkey })).toMatchObject({ ok: true, problems: [] });
    const id = /"id":"([^"]+)"/.exec(
      readFileSync(join(folder, 'segments', '000000000000.jsonl'), 'utf8'),
    )?.[1];
    const proof = prove(folder, id ?? '') ?? '';
    const checked = checkProof(proof, vkey, [witness.vkey]);
    expect(checked).toMatchObject({ ok: true, signedBy: [vkey.split('+')[0], witness.name] });
    const stranger = await witnessOf(vkey, 'witness.example/w2');
    expect(checkProof(proof, vkey, [stranger.vkey])).toMatchObject({
      ok: false,
      problem: 'the checkpoint has no signature of "witness.example/w2"',
    });
  });

  test('that is ahead of what we remember tells its size, and is asked again', async () => {
    const root = aRoot();
    const { folder, vkey } = grow(root, 3);
    const witness = await witnessOf(vkey);
    await anchorLog(folder, { witnesses: [witness] });
    rmSync(join(folder, 'checkpoints.jsonl'));
    grow(root, 4);
    await anchorLog(folder, { witnesses: [witness] });
    expect(witness.answers).toEqual([200, 409, 200]);
  });

  test('refuses a snapshot put back, and a fork of the same or another size: an integrity failure', async () => {
    const root = aRoot();
    const { folder, vkey } = grow(root, 3);
    const witness = await witnessOf(vkey);
    await anchorLog(folder, { witnesses: [witness] });
    const snapshot = join(aRoot(), 'small');
    cpSync(folder, snapshot, { recursive: true });
    grow(root, 6);
    const { size } = await anchorLog(folder, { witnesses: [witness] });
    expect(await codeOf(anchorLog(snapshot, { witnesses: [witness] }))).toBe(
      'ERR_LOGBOOK_INTEGRITY',
    );

    // The thief of the key goes on from the snapshot: other entries under the same name.
    const forkRoot = aRoot();
    cpSync(root, forkRoot, { recursive: true });
    rmSync(join(forkRoot, 'small'), { recursive: true });
    cpSync(snapshot, join(forkRoot, 'small'), { recursive: true });
    const fork = grow(forkRoot, 6);
    expect(fork.vkey).toBe(vkey);
    expect(verifyLog(fork.folder, { vkey })).toMatchObject({ ok: true, size });
    expect(await codeOf(anchorLog(fork.folder, { witnesses: [witness] }))).toBe(
      'ERR_LOGBOOK_INTEGRITY',
    );
    grow(forkRoot, 2);
    expect(await codeOf(anchorLog(fork.folder, { witnesses: [witness] }))).toBe(
      'ERR_LOGBOOK_INTEGRITY',
    );
    expect(witness.answers.slice(-2)).toEqual([409, 422]);
    expect(witness.last.size).toBe(size);
  });

  test('that does not know the log, is not there, or answers with a foreign or wrong signature is a failed anchor', async () => {
    const { folder, vkey } = grow(aRoot(), 2);
    const other = await witnessOf(vkeyOf(aLog({ entries: 1, commitEvery: 1 }).folder));
    expect(await codeOf(anchorLog(folder, { witnesses: [other] }))).toBe('ERR_LOGBOOK_ANCHOR');
    const [one, two] = [await witnessOf(vkey), await witnessOf(vkey, 'witness.example/w2')];
    const swapped = { url: one.url, vkey: two.vkey };
    expect(await codeOf(anchorLog(folder, { witnesses: [swapped] }))).toBe('ERR_LOGBOOK_ANCHOR');
    const gone = { url: 'http://127.0.0.1:9', vkey: one.vkey };
    expect(await codeOf(anchorLog(folder, { witnesses: [gone] }))).toBe('ERR_LOGBOOK_ANCHOR');
    expect(await codeOf(anchorLog(folder, { witnesses: [{ url: one.url, vkey }] }))).toBe(
      'ERR_LOGBOOK_KEY_MALFORMED',
    );
    expect(readFileSync(join(folder, 'checkpoints.jsonl'), 'utf8')).not.toContain('witness');
  });

  test('adds lines of others too: only its own right one is kept', async () => {
    const { folder, vkey } = grow(aRoot(), 2);
    const witness = await witnessOf(vkey);
    witness.before = `\u2014 stranger.example ${Buffer.alloc(76).toString('base64')}\n\u2014 ${witness.name} ${Buffer.alloc(76).toString('base64')}\n`;
    await anchorLog(folder, { witnesses: [witness] });
    const last = readFileSync(join(folder, 'checkpoints.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .at(-1);
    expect(last).not.toContain('stranger');
    expect(verifyLog(folder, { vkey }).ok).toBe(true);
  });

  test('keys of another type, id or form are refused', () => {
    const key = Buffer.concat([Buffer.of(4), Buffer.alloc(32)]).toString('base64');
    for (const bad of [
      '',
      'w',
      `w+00000000+${key}`,
      'w+00000000+AA==',
      vkeyOf(aLog({ entries: 1, commitEvery: 1 }).folder),
    ])
      expect(() => parseWitnessVkey(bad)).toThrow('not a C2SP witness key');
  });
});

test('a copy of the checkpoint is an anchor of every log in it', async () => {
  const copy = join(aRoot(), 'kept.jsonl');
  const logs = [grow(aRoot(), 2), grow(aRoot(), 5)];
  for (const { folder } of logs) await anchorLog(folder, { copy });
  for (const { folder, origin, vkey } of logs) {
    const anchors = await readAnchors(copy, origin);
    const report = verifyLog(folder, { vkey, anchors });
    expect(report).toMatchObject({ ok: true, counts: { anchors: 1 } });
    expect(report.anchor?.size).toBe(report.size);
  }
});

test('a writer copies every published checkpoint by itself; a copy that fails is told and stops nothing', () => {
  const root = aRoot();
  const copy = join(root, 'kept.jsonl');
  const problems: string[] = [];
  const observer = { problem: ({ code }: LogbookError) => void problems.push(code) };
  const logbook = openLogbook({ root, service: 'small', checkpointCopy: copy, observer });
  logbook.record({ kind: 'tool.call', target: 'x', payload: {} });
  logbook.close();
  expect(readFileSync(copy, 'utf8')).toBe(
    readFileSync(join(logbook.folder, 'checkpoints.jsonl'), 'utf8'),
  );
  expect(problems).toEqual([]);
  const absent = join(root, 'absent', 'kept.jsonl');
  const second = openLogbook({ root, service: 'small', checkpointCopy: absent, observer });
  second.record({ kind: 'tool.call', target: 'x', payload: {} });
  second.close();
  expect(problems).toEqual(['ERR_LOGBOOK_IO']);
  expect(verifyLog(second.folder).ok).toBe(true);
});

test('a log that published nothing yet has nothing to keep', async () => {
  const { folder } = grow(aRoot(), 1);
  rmSync(join(folder, 'checkpoint'));
  expect(await codeOf(anchorLog(folder, { copy: join(aRoot(), 'x') }))).toBe(
    'ERR_LOGBOOK_UNPROVABLE',
  );
  expect(await codeOf(anchorLog(aRoot(), { copy: 'x' }))).toBe('ERR_LOGBOOK_NOT_A_LOG');
});

const noOpenssl =
  spawnSync('openssl', ['ts', '-help']).status === 0 ? undefined : 'skipped: no openssl';

describe.skipIf(noOpenssl !== undefined)(`RFC 3161 by openssl ts ${noOpenssl ?? ''}`, () => {
  /** An authority: openssl behind HTTP. `change` falsifies its answers. */
  async function anAuthority(
    change: (answer: Buffer) => Buffer = (answer) => answer,
  ): Promise<{ url: string; certificate: string }> {
    const folder = aRoot();
    const at = (name: string): string => join(folder, name);
    writeFileSync(
      at('tsa.cnf'),
      `[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=ext\n[dn]\nCN=test authority\n` +
        `[ext]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n` +
        `[tsa]\ndefault_tsa=t\n[t]\nserial=${at('serial')}\nsigner_cert=${at('cert.pem')}\nsigner_key=${at('key.pem')}\n` +
        `signer_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\nordering=yes\n`,
    );
    writeFileSync(at('serial'), '01\n');
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', at('key.pem'), '-out', at('cert.pem'), '-config', at('tsa.cnf')];
    execFileSync('openssl', ['req', '-x509', ...key, ...files, '-days', '2'], { stdio: 'pipe' });
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request
        .on('data', (part: Buffer) => parts.push(part))
        .on('end', () => {
          writeFileSync(at('query'), Buffer.concat(parts));
          const args = [
            'ts',
            '-reply',
            '-queryfile',
            at('query'),
            '-out',
            at('reply'),
            '-config',
            at('tsa.cnf'),
          ];
          execFileSync('openssl', args, { stdio: 'pipe' });
          response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
          response.end(change(readFileSync(at('reply'))));
        });
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      certificate: at('cert.pem'),
    };
  }

  test('a stamped checkpoint is verified by openssl, and a changed one is not', async () => {
    const { folder } = grow(aRoot(), 4);
    const authority = await anAuthority();
    const { stamped, size } = await anchorLog(folder, { timeStampUrl: authority.url });
    expect(Math.abs(Date.now() - Date.parse(stamped?.time ?? ''))).toBeLessThan(3_600_000);
    const note = join(folder, 'receipts', `${size}.note`);
    const verify = (): number | null =>
      spawnSync('openssl', [
        'ts',
        '-verify',
        '-data',
        note,
        '-in',
        stamped?.file ?? '',
        '-CAfile',
        authority.certificate,
      ]).status;
    expect(verify()).toBe(0);
    expect(readFileSync(note, 'utf8')).toBe(readFileSync(join(folder, 'checkpoint'), 'utf8'));
    writeFileSync(note, readFileSync(note, 'utf8').replace(/\n\d+\n/, '\n999\n'));
    expect(verify()).not.toBe(0);
  });

  test('an answer to another request or of another digest is no stamp', async () => {
    let first: Buffer | undefined;
    const replay = await anAuthority((answer) => (first ??= answer));
    await timeStamp(replay.url, Buffer.from('a'));
    await expect(timeStamp(replay.url, Buffer.from('a'))).rejects.toThrow('another request');
    await expect(timeStamp(replay.url, Buffer.from('b'))).rejects.toThrow('another digest');
  });

  test('a refusal or garbage is no stamp', async () => {
    let answer = Buffer.from('30053003020102', 'hex');
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end(answer));
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(timeStamp(url, Buffer.from('a'))).rejects.toThrow('refuses (status 02)');
    for (const bad of ['', '30', '3082ffff', '3003020100', '6869', '30053003020100']) {
      answer = Buffer.from(bad, 'hex');
      expect(await codeOf(timeStamp(url, Buffer.from('a')))).toBe('ERR_LOGBOOK_ANCHOR');
    }
    expect(await codeOf(timeStamp('http://127.0.0.1:9', Buffer.from('a')))).toBe(
      'ERR_LOGBOOK_ANCHOR',
    );
  });
});
