/**
 * The seal: the half of an entry that is personal, encrypted, outside the tree, directly after its leaf (audit.md 1).
 *
 * Line: `{"seal":"<text>"}`, text = base64url(nonce12 || ciphertext || tag16) of AES-256-GCM over salt16 || payload,
 * additional data = the leaf line without newline. Erased, it is overwritten in place at the same length:
 * `{"seal":null,"was":"<base64url SHA-256 of the old text>"   }`, padded with spaces before the brace. The leaf's
 * commitment `pc` binds the payload whoever re-encrypts it and makes the cipher key-committing.
 */
import { createDecipheriv, createHash, hash, type KeyObject } from 'node:crypto';
import { LogbookError } from './errors.ts';

export const NONCE_BYTES = 12;
export const SALT_BYTES = 16;
export const TAG_BYTES = 16;

/** First byte of the commitment's input: separates it from tree hashes (0x00, 0x01). */
export const COMMITMENT_PREFIX = 0x02;

/** Most bytes of a payload. */
export const MAX_PAYLOAD_BYTES: number = 256 * 1024;

const LINE_START = '{"seal":"';
const LINE_END = '"}';
const ERASED = /^\{"seal":null,"was":"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])" *\}$/;

/** A seal line as read: its text, or the digest of what it was. */
export type Seal = { readonly text: string } | { readonly was: string };

/** The line of a seal text. */
export function encodeSeal(text: string): string {
  return LINE_START + text + LINE_END;
}

/**
 * The seal of one line, strict.
 * @throws LogbookError `ERR_LOGBOOK_FORMAT`
 */
export function parseSeal(line: string): Seal {
  if (line.startsWith(LINE_START) && line.endsWith(LINE_END)) {
    const text = line.slice(LINE_START.length, -LINE_END.length);
    decodeText(text);
    return { text };
  }
  const was = ERASED.exec(line)?.[1];
  if (was === undefined) throw new LogbookError('ERR_LOGBOOK_FORMAT', 'malformed seal line');
  return { was };
}

/** The erased form of a seal line, of the same length. An erased line stays as it is. */
export function blankSeal(line: string): string {
  const seal = parseSeal(line);
  if ('was' in seal) return line;
  const start = `{"seal":null,"was":"${hash('sha256', seal.text, 'base64url')}"`;
  return `${start.padEnd(line.length - 1)}}`;
}

/** What one seal adds to the `seals` digest of a commit: SHA-256 of its text, or its `was`, 32 bytes. */
export function sealDigest(seal: Seal): Buffer {
  return 'text' in seal
    ? createHash('sha256').update(seal.text).digest()
    : Buffer.from(seal.was, 'base64url');
}

/** Base64url of SHA-256(0x02 || salt || payload). */
export function commitment(salt: Uint8Array, payload: Uint8Array): string {
  return createHash('sha256')
    .update(Uint8Array.of(COMMITMENT_PREFIX))
    .update(salt)
    .update(payload)
    .digest('base64url');
}

/**
 * Opens a seal and checks it against its leaf.
 *
 * @param leafLine the leaf's line without newline
 * @param pc the leaf's commitment
 * @throws LogbookError `ERR_LOGBOOK_SEAL` when it does not open with this key or does not match
 */
export function openSeal(
  key: KeyObject,
  text: string,
  leafLine: Uint8Array,
  pc: string,
): { readonly salt: Buffer; readonly payload: Buffer } {
  const raw = decodeText(text);
  let plain: Buffer;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(leafLine);
    decipher.setAuthTag(raw.subarray(raw.length - TAG_BYTES));
    plain = Buffer.concat([
      decipher.update(raw.subarray(NONCE_BYTES, raw.length - TAG_BYTES)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw new LogbookError('ERR_LOGBOOK_SEAL', 'seal does not open with its key', { cause });
  }
  const salt = plain.subarray(0, SALT_BYTES);
  const payload = plain.subarray(SALT_BYTES);
  if (commitment(salt, payload) !== pc) {
    throw new LogbookError('ERR_LOGBOOK_SEAL', 'payload does not match the commitment of its leaf');
  }
  return { salt, payload };
}

/** Canonical base64url only: a second spelling of the same bytes is an error. */
function decodeText(text: string): Buffer {
  const raw = Buffer.from(text, 'base64url');
  if (raw.length < NONCE_BYTES + SALT_BYTES + TAG_BYTES || raw.toString('base64url') !== text) {
    throw new LogbookError('ERR_LOGBOOK_FORMAT', 'malformed seal text');
  }
  return raw;
}
