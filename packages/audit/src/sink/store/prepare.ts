/**
 * From a record of the wire to what can be entered, or why it cannot: strict, without looking at what the log holds.
 *
 * Everything here is attacker-controlled. A leaf is taken if it is one that a writer of ours would have written, of a
 * stream that is not the central log's own, and its payload, if one came, is the one it commits to. The rest goes to
 * quarantine with a reason: fixed texts, so that a reason never carries anything of a record.
 */
import { EVENT_MCP_LOGBOOK_AUDIT } from '@mcp-logbook/semconv/names';
import { parseCheckpoint } from '../../checkpoint.ts';
import { LogbookError } from '../../errors.ts';
import { sha256 } from '../../hash.ts';
import type { Opener } from '../../hpke.ts';
import { parseLeaf, parseTime, type Leaf } from '../../leaf.ts';
import { decodeBase64Url, parseNote } from '../../note.ts';
import { KIND_CHECKPOINT } from '../../otlp/encode.ts';
import { commitmentOf, MAX_PAYLOAD_BYTES, SALT_BYTES } from '../../seal.ts';
import type { WireRecord } from '../types.ts';

/** A leaf that may be entered. */
export interface LeafItem {
  readonly type: 'leaf';
  readonly leaf: Leaf;
  readonly id: Uint8Array;
  readonly line: Buffer;
  readonly hash: Buffer;
  readonly month: string;
  /** `iss|sub` of the payload. */
  readonly person: string | undefined;
  /** salt16 || payload; undefined when none came. */
  readonly plain: Buffer | undefined;
  /** Unix microseconds. */
  readonly timeMicros: number;
  /** To keep it as it came, should it turn out not to be welcome. */
  readonly record: WireRecord;
}

/** A producer's commit note whose form is right; nobody looked at its signature. */
export interface CheckpointItem {
  readonly type: 'checkpoint';
  readonly note: string;
  readonly origin: string;
  readonly size: number;
  readonly record: WireRecord;
}

/** A record for the quarantine. */
export interface RefusedItem {
  readonly type: 'refused';
  readonly reason: string;
  readonly record: WireRecord;
}

export type RecordItem = LeafItem | CheckpointItem | RefusedItem;

/** What a writer of ours writes is below: nine fields of 512 characters, escaped (entry.ts). */
const MAX_LEAF_BYTES = 32 * 1024;
const MAX_NOTE_CHARACTERS = 16 * 1024;
/** Names of people are kept in memory by the thousands. */
const MAX_PERSON = 2048;
/** Slug of a service, slash, first 8 hex digits of the key's hash (note.ts). */
const ORIGIN = /^[a-z0-9][a-z0-9.-]{0,63}\/[0-9a-f]{8}$/;
/** A class is part of a key's name. */
const CLASS = /^[\w.-]{1,64}$/;
/** How our recorder begins a payload: then only the name need be read. */
const PERSON_FIRST = /^\{"person":("(?:[^"\\]|\\.)*")/;

/** Room for most names. */
const NAME_BYTES = 256;

/**
 * Reads one record.
 * @param own origin of the central log
 */
export function prepareRecord(record: WireRecord, own: string, opener: Opener): RecordItem {
  const refused = (reason: string): RefusedItem => ({ type: 'refused', reason, record });
  const { body } = record;
  if (record.eventName !== EVENT_MCP_LOGBOOK_AUDIT) return refused('not an audit record');
  if (body === undefined) return refused('no body');
  // The kind attribute is for routing only: what it is, the body says.
  if (record.kind === KIND_CHECKPOINT && !body.startsWith('{')) return prepareNote(record, body);
  if (body.length > MAX_LEAF_BYTES) return refused('leaf is too long');
  // One byte of room before the line: what is hashed is 0x00 || line, and nothing is copied.
  const hashed = Buffer.from(`\0${body}`);
  const line = hashed.subarray(1);
  if (line.length > MAX_LEAF_BYTES) return refused('leaf is too long');
  let leaf;
  try {
    leaf = parseLeaf(body);
  } catch {
    return refused('malformed leaf');
  }
  const timeMicros = parseTime(leaf.time);
  if (!Number.isSafeInteger(timeMicros)) return refused('no such time');
  if (!ORIGIN.test(leaf.stream)) return refused('malformed stream');
  if (leaf.stream === own) return refused("this log's own stream");
  if (leaf.seq < 1) return refused('numbers begin at 1');
  if (!CLASS.test(leaf.class)) return refused('malformed class');
  let plain;
  try {
    plain = plainOf(record, line, opener);
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    return refused('payload cannot be opened');
  }
  if (plain !== undefined) {
    const size = plain.length - SALT_BYTES;
    if (size !== leaf.size || size > MAX_PAYLOAD_BYTES) return refused('payload of another size');
    if (commitmentOf(plain) !== leaf.pc) return refused('payload does not match its leaf');
  }
  const person = plain === undefined ? undefined : personOf(plain);
  if (person !== undefined && person.length > MAX_PERSON) return refused('name is too long');
  return {
    type: 'leaf',
    leaf,
    id: idBytes(leaf.id),
    line,
    hash: sha256(hashed),
    month: leaf.time.slice(0, 7),
    person,
    plain,
    timeMicros,
    record,
  };
}

/** The 16 bytes of a UUID. */
export function idBytes(id: string): Uint8Array {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function prepareNote(record: WireRecord, note: string): CheckpointItem | RefusedItem {
  try {
    if (note.length <= MAX_NOTE_CHARACTERS) {
      const { origin, size } = parseCheckpoint(parseNote(note).text);
      if (ORIGIN.test(origin)) return { type: 'checkpoint', note, origin, size, record };
    }
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
  }
  return { type: 'refused', reason: 'malformed checkpoint', record };
}

/**
 * salt16 || payload; undefined when the record carries none.
 * @throws LogbookError when what it carries cannot be read
 */
function plainOf({ sealed, clear }: WireRecord, line: Buffer, opener: Opener): Buffer | undefined {
  let plain;
  if (sealed !== undefined) {
    plain = opener.open(sealed, line);
  } else if (clear !== undefined) {
    const dot = clear.indexOf('.');
    const salt = decodeBase64Url(clear.slice(0, dot));
    if (dot > 0 && salt?.length === SALT_BYTES)
      plain = Buffer.concat([salt, Buffer.from(clear.slice(dot + 1))]);
  } else {
    return undefined;
  }
  if (plain === undefined || plain.length < SALT_BYTES)
    throw new LogbookError('ERR_LOGBOOK_SEAL', 'payload is not salt and text');
  return plain;
}

/** Who a payload is about. One that is no JSON object names nobody: its producer sealed it so. */
function personOf(plain: Buffer): string | undefined {
  try {
    const name = PERSON_FIRST.exec(
      plain.toString('utf8', SALT_BYTES, SALT_BYTES + NAME_BYTES),
    )?.[1];
    const person: unknown =
      name === undefined
        ? Object(JSON.parse(plain.toString('utf8', SALT_BYTES)))['person']
        : JSON.parse(name);
    return typeof person === 'string' && person !== '' ? person : undefined;
  } catch {
    return undefined;
  }
}
