/** Producers for tests of the central log: real logs, and what a shipper would send of them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openKeyringForReading, openKeysForReading, sealingKeyOf } from '../../src/access.ts';
import { LOG_START, scanEntries } from '../../src/entries.ts';
import { PAYLOAD_INFO, Sealer } from '../../src/hpke.ts';
import { uuidV7 } from '../../src/id.ts';
import { encodeLeaf, formatTime, parseLeaf, type Leaf, type LeafHead } from '../../src/leaf.ts';
import { openLogbook, type Logbook } from '../../src/logbook.ts';
import { commitment, openSeal, parseSeal, SALT_BYTES } from '../../src/seal.ts';
import type { WireRecord } from '../../src/sink/types.ts';

export interface Sent {
  readonly leaf: Leaf;
  readonly line: string;
  readonly record: WireRecord;
}

/** A log with calls of three people. */
export function aProducer(root: string, calls: number, service = 'shop'): Logbook {
  const log = openLogbook({ root, service });
  for (let n = 0; n < calls; n += 1) call(log, n);
  return log;
}

export function call(log: Logbook, n: number): void {
  log.record({
    kind: 'tool.call',
    target: `tool-${n % 5}`,
    person: `https://issuer.example|user-${n % 3}`,
    payload: { request: { n, text: 'canary '.repeat(n % 7) }, name: 'Zoë' },
  });
}

/** Every entry of a log as a record: sealed to the recipient, or in clear without one. */
export function recordsOf(root: string, log: Logbook, recipient?: string): Sent[] {
  const keyring = openKeyringForReading(log.folder, log.origin, openKeysForReading(root, {}));
  const sealer = recipient === undefined ? undefined : new Sealer(recipient, PAYLOAD_INFO);
  const sent: Sent[] = [];
  scanEntries(log.folder, LOG_START, (_, line, sealLine) => {
    const leaf = parseLeaf(line);
    const seal = parseSeal(sealLine);
    const key = sealingKeyOf(keyring, leaf, undefined);
    if (seal.form !== 'sealed' || key === undefined) throw new Error('a producer has its payloads');
    const { salt, payload } = openSeal(key, seal.raw, Buffer.from(line), leaf.pc);
    const plain = Buffer.concat([salt, payload]);
    const carried =
      sealer === undefined
        ? { sealed: undefined, clear: `${salt.toString('base64url')}.${payload.toString()}` }
        : { sealed: sealer.seal(plain, Buffer.from(line)), clear: undefined };
    sent.push({ leaf, line, record: aRecord({ body: line, kind: leaf.kind, ...carried }) });
    return true;
  });
  keyring.close();
  return sent;
}

export function aRecord(record: Partial<WireRecord>): WireRecord {
  return {
    eventName: 'mcp_logbook.audit',
    timeUnixNano: 0n,
    body: undefined,
    kind: undefined,
    sealed: undefined,
    clear: undefined,
    ...record,
  };
}

/** The published notes of a log as records. */
export function checkpointsOf(log: Logbook): WireRecord[] {
  return readFileSync(join(log.folder, 'checkpoints.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => aRecord({ kind: 'checkpoint.observed', body: JSON.parse(line).checkpoint }));
}

/** The notes of all commits of a log as records, as its shipper sends them. */
export function commitsOf(log: Logbook): WireRecord[] {
  return readdirSync(join(log.folder, 'segments'))
    .toSorted()
    .flatMap((name) => readFileSync(join(log.folder, 'segments', name), 'utf8').split('\n'))
    .filter((line) => line.startsWith('{"commit":'))
    .map((line) => aRecord({ kind: 'checkpoint.observed', body: JSON.parse(line).commit }));
}

/** Leaf lines of a log, read without the product's own reader. */
export function leafLinesOf(folder: string): string[] {
  return readdirSync(join(folder, 'segments'))
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, 'segments', name), 'utf8').split('\n'))
    .filter((line) => line.startsWith('{"leaf":'));
}

const START_MICROS = Date.UTC(2026, 10, 26) * 1000;
let made = 0;

/** A record of a leaf that no log wrote: any field, any payload; null = none comes with it. */
export function forged(leaf: Partial<Leaf> = {}, payload: string | null = '{"n":1}'): Sent {
  made += 1;
  const timeMicros = START_MICROS + made * 1000;
  const salt = createHash('sha256').update(String(made)).digest().subarray(0, SALT_BYTES);
  const body = Buffer.from(payload ?? '{}');
  const whole: LeafHead = {
    v: 1,
    id: uuidV7(timeMicros / 1000),
    time: formatTime(timeMicros),
    kind: 'tool.call',
    action: 'execute',
    outcome: 'success',
    service: 'forge',
    class: 'default',
    stream: 'forge/0a1b2c3d',
    seq: 1,
    ...leaf,
  };
  const line = encodeLeaf(whole, leaf.size ?? body.length, leaf.pc ?? commitment(salt, body));
  const clear = payload === null ? undefined : `${salt.toString('base64url')}.${payload}`;
  return {
    leaf: { ...whole, size: body.length, pc: commitment(salt, body), ...leaf },
    line,
    record: aRecord({ body: line, kind: whole.kind, clear }),
  };
}

/** Leaves of a folder, parsed. */
export function leavesOf(folder: string): Leaf[] {
  return leafLinesOf(folder).map((line) => parseLeaf(line));
}

/** Removes what the central log can make again. */
export function loseIndex(folder: string): void {
  for (const name of ['sink.db', 'sink.db-wal', 'sink.db-shm', 'leaf-hashes'])
    rmSync(join(folder, name), { force: true });
}
