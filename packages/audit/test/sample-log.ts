/** Builders and a naive reader for tests of the write side. The reader shares no code with the product. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '../src/entry.ts';
import { uuidV7 } from '../src/id.ts';

const made: string[] = [];

/** A new empty folder, removed by `removeFolders`. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'logbook-audit-'));
  made.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function copyOf(folder: string): string {
  const copy = join(aFolder(), 'copy');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

export function anEntry(entry: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: uuidV7(Date.now()),
    timeMicros: Date.now() * 1000,
    kind: 'tool.call',
    action: 'execute',
    outcome: 'success',
    target: 'echo',
    side: 'server',
    durationMicros: 1200,
    person: 'https://issuer.example|alice',
    payload: JSON.stringify({ arguments: { text: 'hello' } }),
    ...entry,
  };
}

export interface ReadLog {
  readonly leaves: readonly Record<string, unknown>[];
  readonly commits: number;
  readonly uncommitted: number;
  readonly problems: readonly string[];
}

/** Reads and checks a log: leaf and seal alternate, every commit's signature, size, root and seals fit. */
export function readLog(folder: string): ReadLog {
  const identity = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8'));
  const raw = Buffer.from(String(identity.vkey).split('+').slice(2).join('+'), 'base64');
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  const leaves: Record<string, unknown>[] = [];
  const hashes: Buffer[] = [];
  const problems: string[] = [];
  let seals: Buffer[] = [];
  let commits = 0;
  let committed = 0;
  let sealDue = false;
  for (const name of readdirSync(join(folder, 'segments')).toSorted()) {
    const text = readFileSync(join(folder, 'segments', name), 'utf8');
    if (text !== '' && !text.endsWith('\n')) problems.push(`${name}: torn`);
    if (text !== '' && Number(name.slice(0, 12)) !== leaves.length)
      problems.push(`${name}: wrong name`);
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const value = JSON.parse(line);
      if (sealDue !== 'seal' in value) problems.push(`${name}: order`);
      sealDue = 'leaf' in value;
      if ('leaf' in value) {
        leaves.push(value.leaf);
        hashes.push(sha(Buffer.from([0]), Buffer.from(line)));
      } else if ('seal' in value) {
        seals.push(
          value.seal === null ? Buffer.from(value.was, 'base64url') : sha(Buffer.from(value.seal)),
        );
      } else {
        commits += 1;
        committed = leaves.length;
        const [body = '', signature = ''] = String(value.commit).split('\n\n');
        const [origin, size, root, , sealsLine] = body.split('\n');
        const signed = Buffer.from(signature.trim().split(' ')[2] ?? '', 'base64').subarray(4);
        if (!verify(null, Buffer.from(`${body}\n`), key, signed))
          problems.push(`${name}: signature`);
        if (origin !== identity.origin || size !== String(leaves.length))
          problems.push(`${name}: size`);
        if (root !== rootOf(hashes).toString('base64')) problems.push(`${name}: root`);
        if (sealsLine !== `seals ${sha(...seals).toString('base64')}`)
          problems.push(`${name}: seals`);
        seals = [];
      }
    }
  }
  return { leaves, commits, uncommitted: leaves.length - committed, problems };
}

/** Numbers of a log must be consecutive, or a `producer.gap` names the missing ones. */
export function sequenceProblems(leaves: readonly Record<string, unknown>[]): string[] {
  const named = new Set<number>();
  for (const leaf of leaves) {
    if (leaf['kind'] !== 'producer.gap') continue;
    const [first = 0, last = -1] = String(leaf['target']).split('-').map(Number);
    for (let n = first; n <= last; n += 1) named.add(n);
  }
  const present = new Set(leaves.map((leaf) => Number(leaf['seq'])));
  const problems: string[] = [];
  if (present.size !== leaves.length) problems.push('a number twice');
  for (let n = 1; n <= Math.max(0, ...present); n += 1) {
    if (present.has(n) === named.has(n)) problems.push(`number ${n}`);
  }
  return problems;
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length < 2) return hashes[0] ?? sha();
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return sha(Buffer.from([1]), rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

function sha(...parts: readonly Buffer[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}
