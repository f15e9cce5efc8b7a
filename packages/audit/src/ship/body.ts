/**
 * Makes the request body of a batch: seals opened with the log's keys and closed again for the central log, in the wire
 * form of otlp/encode.ts, gzipped.
 *
 * An erased entry travels without payload, as does one whose seal is damaged (and that is told): its leaf is evidence.
 * A line that is no leaf travels as it is, for the sink to quarantine.
 */
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LogbookError } from '../errors.ts';
import { PAYLOAD_INFO, Sealer } from '../hpke.ts';
import { parseLeaf, parseTime } from '../leaf.ts';
import { checkpointRecord, encodeLogs, entryRecord, type AuditRecord } from '../otlp/encode.ts';
import type { ShipItem } from './batch.ts';
import type { SealReader } from './seals.ts';

/** How payloads travel. */
export interface Wrapping {
  /** Public key of the sink; without it payloads go in clear. */
  readonly recipient: string | undefined;
  /** Key of `enduser.pseudo.id`; without it records name nobody. */
  readonly fleetKey: KeyObject | undefined;
}

/** A body and what the caller wants to know of it. */
export interface Body {
  readonly records: readonly AuditRecord[];
  /** Unix microseconds of the first entry; undefined when there is none. */
  readonly firstMicros: number | undefined;
  /** Producer number of the last entry. */
  readonly lastSeq: number | undefined;
  /** Seals that did not open though their keys are there. */
  readonly damaged: number;
}

/** Level 1: sealed payloads are base64 of noise, and the shipper shares its cores with a server. */
const GZIP = { level: 1 };

/** The records of a batch of the log `origin`. */
export function recordsOf(
  items: readonly ShipItem[],
  origin: string,
  seals: SealReader,
  wrapping: Wrapping,
): Body {
  // One encapsulation a batch (hpke.ts).
  const sealer =
    wrapping.recipient === undefined ? undefined : new Sealer(wrapping.recipient, PAYLOAD_INFO);
  const records: AuditRecord[] = [];
  let firstMicros: number | undefined;
  let lastSeq: number | undefined;
  let damaged = 0;
  // Commits carry no service: they go with the entries they are among.
  let service = origin.slice(0, Math.max(0, origin.lastIndexOf('/')));
  for (const item of items) {
    if (item.type === 'commit') {
      records.push(checkpointRecord(item.note, origin, service, timeOfNote(item.note)));
      continue;
    }
    const line = item.leaf.toString();
    let leaf;
    try {
      leaf = parseLeaf(line);
    } catch {
      damaged += 1;
      records.push({ service, timeUnixNano: 0n, body: line, attributes: [] });
      continue;
    }
    ({ service } = leaf);
    firstMicros ??= parseTime(leaf.time);
    lastSeq = leaf.seq;
    let opened;
    try {
      opened = seals.open(leaf, item.leaf, item.seal);
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      if (error.code !== 'ERR_LOGBOOK_SEAL' && error.code !== 'ERR_LOGBOOK_FORMAT') throw error;
      damaged += 1;
    }
    if (opened === undefined) {
      records.push(entryRecord(line, leaf, {}));
      continue;
    }
    const { salt, payload } = opened;
    const pseudonym =
      wrapping.fleetKey === undefined
        ? undefined
        : seals.pseudonym(wrapping.fleetKey, leaf, payload);
    records.push(
      entryRecord(line, leaf, {
        pseudonym,
        sealed: sealer?.seal(Buffer.concat([salt, payload]), item.leaf),
        clear:
          sealer === undefined ? `${salt.toString('base64url')}.${payload.toString()}` : undefined,
      }),
    );
  }
  return { records, firstMicros, lastSeq, damaged };
}

/** The bytes that go over the wire. */
export function bodyOf(records: readonly AuditRecord[]): Promise<Buffer> {
  return promisify(gzip)(encodeLogs(records), GZIP);
}

/** Unix nanoseconds of a commit's `time` line; 0 without one. */
function timeOfNote(note: string): bigint {
  return BigInt(/\ntime (\d{1,19}) /.exec(note)?.[1] ?? 0);
}
