/**
 * A second verifier, written from audit.md 1, RFC 6962 2.1 and C2SP (signed-note, tlog-checkpoint) and from nothing of
 * ours: naive, recursive, slow. It reads a log's folder and says what does not fit. When it and the product disagree,
 * one of them has the format wrong.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asRecord, present } from './json.ts';
import { segmentFiles } from './logbook.ts';

/** DER header of an Ed25519 public key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** What the outsider found out. `problems` is empty for a sound log. */
export interface OutsiderReport {
  readonly leaves: number;
  readonly commits: number;
  /** Leaves after the last commit. */
  readonly uncommitted: number;
  readonly problems: readonly string[];
}

/** Verifies one log without any key but the one in `log.json`. */
export function outsiderVerify(folder: string): OutsiderReport {
  const key = parseVkey(readVkey(folder));
  const leafHashes: Buffer[] = [];
  const problems: string[] = [];
  let sealHashes: Buffer[] = [];
  let sealDue = false;
  let commits = 0;
  let committed = 0;
  for (const file of segmentFiles(folder)) {
    for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
      if (line === '') continue;
      const where = `${file}:${index + 1}`;
      const [kind, value] = present(Object.entries(asRecord(JSON.parse(line)))[0]);
      if (sealDue !== (kind === 'seal')) problems.push(`${where}: leaf and seal do not alternate`);
      sealDue = kind === 'leaf';
      if (kind === 'leaf') {
        leafHashes.push(sha256(Buffer.from([0]), Buffer.from(line)));
      } else if (kind === 'seal') {
        const erased = value === null ? asRecord(JSON.parse(line))['was'] : undefined;
        sealHashes.push(
          erased === undefined
            ? sha256(Buffer.from(String(value)))
            : present(decodeHash(JSON.stringify(erased).slice(1, -1))),
        );
      } else if (kind === 'commit') {
        commits += 1;
        committed = leafHashes.length;
        problems.push(
          ...checkCommit(String(value), key, leafHashes, sealHashes).map(
            (problem) => `${where}: ${problem}`,
          ),
        );
        sealHashes = [];
      } else {
        problems.push(`${where}: unknown line "${kind}"`);
      }
    }
  }
  return {
    leaves: leafHashes.length,
    commits,
    uncommitted: leafHashes.length - committed,
    problems,
  };
}

interface VerifierKey {
  readonly name: string;
  readonly id: Buffer;
  readonly key: Buffer;
}

function checkCommit(
  note: string,
  key: VerifierKey,
  leafHashes: readonly Buffer[],
  sealHashes: readonly Buffer[],
): string[] {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const lines = text.split('\n');
  const problems: string[] = [];
  const signed = note
    .slice(end + 2)
    .split('\n')
    .some((line) => {
      const [dash, name, signature] = line.split(' ');
      if (dash !== '\u2014' || name !== key.name || signature === undefined) return false;
      const raw = Buffer.from(signature, 'base64');
      const publicKey = createPublicKey({
        key: Buffer.concat([SPKI_PREFIX, key.key]),
        format: 'der',
        type: 'spki',
      });
      return (
        raw.subarray(0, 4).equals(key.id) &&
        verify(null, Buffer.from(text), publicKey, raw.subarray(4))
      );
    });
  if (!signed) problems.push('no valid signature');
  if (lines[0] !== key.name) problems.push(`origin is "${lines[0]}", key is "${key.name}"`);
  if (lines[1] !== String(leafHashes.length)) {
    problems.push(`size is ${lines[1]}, there are ${leafHashes.length} leaves`);
  }
  if (lines[2] !== treeHash(leafHashes).toString('base64')) problems.push('root differs');
  const seals = lines.find((line) => line.startsWith('seals '))?.slice(6) ?? '';
  if (!present(decodeHash(seals), 'a seals line').equals(sha256(...sealHashes))) {
    problems.push('seals differ');
  }
  if (!lines.some((line) => /^time \d+ \d+ \S+$/.test(line))) problems.push('no time line');
  return problems;
}

/** RFC 6962 2.1: the tree hash, by its recursive definition. */
export function treeHash(leafHashes: readonly Buffer[]): Buffer {
  if (leafHashes.length === 0) return sha256();
  if (leafHashes.length === 1) return present(leafHashes[0]);
  let split = 1;
  while (split * 2 < leafHashes.length) split *= 2;
  return sha256(
    Buffer.from([1]),
    treeHash(leafHashes.slice(0, split)),
    treeHash(leafHashes.slice(split)),
  );
}

function readVkey(folder: string): string {
  const log = asRecord(JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8')));
  return String(
    present(
      Object.values(log).find((value) => /^\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(String(value))),
      'a vkey in log.json',
    ),
  );
}

function parseVkey(vkey: string): VerifierKey {
  const [name = '', id = '', ...rest] = vkey.split('+');
  const raw = Buffer.from(rest.join('+'), 'base64');
  const key = raw.subarray(1);
  if (raw[0] !== 1 || key.length !== 32) throw new Error('not an Ed25519 vkey');
  const expected = sha256(Buffer.from(`${name}\n`), raw).subarray(0, 4);
  if (expected.toString('hex') !== id) throw new Error('vkey hash does not fit');
  return { name, id: expected, key };
}

/** 32 bytes in hex, base64 or base64url. */
function decodeHash(text: string): Buffer | undefined {
  const raw = /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return raw.length === 32 ? raw : undefined;
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
