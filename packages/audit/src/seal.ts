/**
 * The seal: the half of an entry that is personal, encrypted, outside the tree, directly after its leaf (audit.md 1).
 *
 * Line: `{"seal":"<text>"}`, text = base64url(nonce12 || ciphertext || tag16) of AES-256-GCM over salt16 || payload,
 * additional data = the leaf line without newline. Erased, it is overwritten in place at the same length:
 * `{"seal":null,"was":"<base64url SHA-256 of the old text>"   }`, padded with spaces before the brace. The leaf's
 * commitment `pc` binds the payload whoever re-encrypts it and makes the cipher key-committing.
 *
 * Whose key it is: a plain seal is for the leaf's own `actor`. A leaf that came from another log (central logs) names
 * its producer's pseudonym there, so its seal names this log's subject itself: text = `<subject>.<sealed>`, subject =
 * `a_...` or `system`, and erased `"was":"<subject>.<base64url SHA-256 of sealed>"`: the subject stays, for `verify` to
 * ask for that person's erasure. `{"seal":"absent"}`: the leaf came without its payload (erased by its producer, or
 * not sent). What a seal adds to `seals` of the commit covers all of that:
 *   plain      SHA-256(text), erased: its `was`      absent   SHA-256("absent")
 *   addressed  SHA-256(subject "." base64url(SHA-256(sealed))), erased: SHA-256(its `was`)
 */
import { createDecipheriv, hash, type KeyObject } from 'node:crypto';
import { LogbookError } from './errors.ts';
import { sha256, sha256Latin1 } from './hash.ts';

export const NONCE_BYTES = 12;
export const SALT_BYTES = 16;
export const TAG_BYTES = 16;

/** First byte of the commitment's input: separates it from tree hashes (0x00, 0x01). */
export const COMMITMENT_PREFIX = 0x02;

/** Most bytes of a payload. */
export const MAX_PAYLOAD_BYTES: number = 256 * 1024;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LINE_START = '{"seal":"';
const LINE_END = '"}';
const ABSENT = 'absent';
const SUBJECT = /^(a_[a-z2-7]{16}|system)\./;
const ERASED =
  /^\{"seal":null,"was":"(?:(a_[a-z2-7]{16}|system)\.)?([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])" *\}$/;

/** A seal line as read. `subject`: whose key it is, where that is not the leaf's `actor`. */
export type Seal =
  /** `text` without the subject, and its bytes: what `openSeal` takes. */
  | {
      readonly form: 'sealed';
      readonly text: string;
      readonly raw: Buffer;
      readonly subject: string | undefined;
    }
  /** Digest of what was sealed. */
  | { readonly form: 'erased'; readonly was: string; readonly subject: string | undefined }
  | { readonly form: 'absent' };

/** The line of a leaf whose payload did not come. */
export const ABSENT_SEAL: string = LINE_START + ABSENT + LINE_END;

/** The line of a seal text, for a subject that is not the leaf's `actor` if given. */
export function encodeSeal(text: string, subject?: string): string {
  return subject === undefined
    ? LINE_START + text + LINE_END
    : `${LINE_START}${subject}.${text}${LINE_END}`;
}

/**
 * The seal of one line, strict.
 * @throws LogbookError `ERR_LOGBOOK_FORMAT`
 */
export function parseSeal(line: string): Seal {
  if (line === ABSENT_SEAL) return { form: 'absent' };
  if (line.startsWith(LINE_START) && line.endsWith(LINE_END)) {
    const whole = line.slice(LINE_START.length, -LINE_END.length);
    const subject = SUBJECT.exec(whole)?.[1];
    const text = subject === undefined ? whole : whole.slice(subject.length + 1);
    return { form: 'sealed', text, raw: decodeText(text), subject };
  }
  const [, subject, was] = ERASED.exec(line) ?? [];
  if (was === undefined) throw new LogbookError('ERR_LOGBOOK_FORMAT', 'malformed seal line');
  return { form: 'erased', was, subject };
}

/** The erased form of a seal line, of the same length. An erased or absent one stays as it is. */
export function blankSeal(line: string): string {
  const seal = parseSeal(line);
  if (seal.form !== 'sealed') return line;
  const start = `{"seal":null,"was":"${addressed(hash('sha256', seal.text, 'base64url'), seal.subject)}"`;
  return `${start.padEnd(line.length - 1)}}`;
}

/** What one seal adds to the `seals` digest of a commit, 32 bytes. */
export function sealDigest(seal: Seal): Buffer {
  if (seal.form === 'absent') return sha256(ABSENT);
  const was = seal.form === 'sealed' ? hash('sha256', seal.text, 'base64url') : seal.was;
  return seal.subject === undefined
    ? Buffer.from(was, 'base64url')
    : sha256(addressed(was, seal.subject));
}

/**
 * The same (latin1, 32 characters) of a line in a buffer that begins and ends as a seal does, without reading it as
 * text: `start` and `end` enclose the text between its quotes.
 */
export function sealDigestAt(buffer: Buffer, start: number, end: number): string {
  const length = subjectLengthAt(buffer, start, end);
  if (length === 0) return sha256Latin1(buffer.subarray(start, end));
  const was = hash('sha256', buffer.subarray(start + length + 1, end), 'base64url');
  return sha256Latin1(`${buffer.toString('latin1', start, start + length)}.${was}`);
}

/** Characters before the dot: a plain text has none, since base64url has no dot. */
function subjectLengthAt(buffer: Buffer, start: number, end: number): number {
  for (const length of [18, 6]) {
    if (start + length < end && buffer[start + length] === 0x2e) return length;
  }
  return 0;
}

function addressed(was: string, subject: string | undefined): string {
  return subject === undefined ? was : `${subject}.${was}`;
}

/** Base64url of SHA-256(0x02 || salt || payload). */
export function commitment(salt: Uint8Array, payload: Uint8Array): string {
  return commitmentOf(Buffer.concat([salt, payload]));
}

let committed = Buffer.alloc(8 * 1024);

/** The same of salt || payload in one: copied behind the prefix, since one hash costs a third of three updates. */
export function commitmentOf(plain: Uint8Array): string {
  if (committed.length <= plain.length) committed = Buffer.alloc(2 * plain.length + 1);
  committed[0] = COMMITMENT_PREFIX;
  committed.set(plain, 1);
  return hash('sha256', committed.subarray(0, 1 + plain.length), 'base64url');
}

/**
 * Opens a seal and checks it against its leaf.
 *
 * @param raw bytes of the seal's text
 * @param leafLine the leaf's line without newline
 * @param pc the leaf's commitment
 * @throws LogbookError `ERR_LOGBOOK_SEAL` when it does not open with this key or does not match
 */
export function openSeal(
  key: KeyObject,
  raw: Buffer,
  leafLine: Uint8Array,
  pc: string,
): { readonly salt: Buffer; readonly payload: Buffer } {
  let plain: Buffer;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, NONCE_BYTES));
    decipher.setAAD(leafLine);
    // All 16 bytes of it: `decodeText` gives no shorter `raw`.
    const tagAt = raw.length - TAG_BYTES;
    decipher.setAuthTag(raw.subarray(tagAt));
    plain = decipher.update(raw.subarray(NONCE_BYTES, tagAt));
    // GCM has no padding: it gives nothing more, and throws when the tag is wrong.
    decipher.final();
  } catch (cause) {
    throw new LogbookError('ERR_LOGBOOK_SEAL', 'seal does not open with its key', { cause });
  }
  if (commitmentOf(plain) !== pc) {
    throw new LogbookError('ERR_LOGBOOK_SEAL', 'payload does not match the commitment of its leaf');
  }
  return { salt: plain.subarray(0, SALT_BYTES), payload: plain.subarray(SALT_BYTES) };
}

/**
 * Canonical base64url only: a second spelling of the same bytes is an error. Node's decoder skips what is no character
 * of base64, which makes the result shorter, and takes `+` and `/` and any last bits: looked at one by one (encoding
 * it again costs four times as much).
 */
function decodeText(text: string): Buffer {
  const raw = Buffer.from(text, 'base64url');
  const spare = (text.length * 6) % 8;
  const last = ALPHABET.indexOf(text.charAt(text.length - 1));
  if (
    raw.length < NONCE_BYTES + SALT_BYTES + TAG_BYTES ||
    spare === 6 ||
    raw.length !== Math.floor((text.length * 3) / 4) ||
    text.includes('+') ||
    text.includes('/') ||
    last % (1 << spare) !== 0
  ) {
    throw new LogbookError('ERR_LOGBOOK_FORMAT', 'malformed seal text');
  }
  return raw;
}
