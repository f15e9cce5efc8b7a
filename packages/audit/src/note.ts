/**
 * C2SP signed notes (c2sp.org/signed-note) with Ed25519 keys.
 *
 *   note      = text "\n" 1*signature            text ends in "\n"
 *   signature = "— " name " " base64(key hash (4) || signature (64)) "\n"
 *   vkey      = name "+" hex(key hash) "+" base64(0x01 || public key (32))
 *   key hash  = first 4 bytes of SHA-256(name || "\n" || 0x01 || public key)
 *
 * A note is read strictly: base64 must be canonical, so that no bit of a note can change unseen.
 */
import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { LogbookError } from './errors.ts';
import { sha256 } from './hash.ts';

const ED25519 = 0x01;
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const SIGNATURE_START = '\n\n\u2014 ';

/** Checks signatures of one key. */
export interface NoteVerifier {
  readonly name: string;
  /** First 4 bytes of the key's hash. */
  readonly keyHash: Buffer;
  /** C2SP vkey. */
  readonly vkey: string;
  readonly publicKey: KeyObject;
}

/** Signs as `verifier.name`. The private key stays in a KeyObject and is never printed. */
export interface NoteSigner {
  readonly verifier: NoteVerifier;
  readonly privateKey: KeyObject;
}

/** A new Ed25519 key pair. The name is often known only from the key: see `originOf`. */
export function generateSigningKey(): {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
} {
  return generateKeyPairSync('ed25519');
}

/** A signer for `name`; the public half is derived. */
export function signerOf(name: string, privateKey: KeyObject): NoteSigner {
  return { privateKey, verifier: verifierOf(name, createPublicKey(privateKey)) };
}

/** A verifier for `name`. */
export function verifierOf(name: string, publicKey: KeyObject): NoteVerifier {
  const raw = rawKey(publicKey);
  const keyHash = keyHashOf(name, raw);
  const vkey = `${name}+${keyHash.toString('hex')}+${Buffer.concat([Buffer.of(ED25519), raw]).toString('base64')}`;
  return { name, keyHash, vkey, publicKey };
}

/**
 * Reads a C2SP vkey.
 * @throws LogbookError `ERR_LOGBOOK_FORMAT` when it is malformed or its hash does not fit its key
 */
export function parseVkey(vkey: string): NoteVerifier {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey);
  const [, name, hash, key] = match ?? [];
  if (name === undefined || hash === undefined || key === undefined)
    throw malformed('verifier key is not name+hash+key');
  const bytes = decodeBase64(key);
  if (bytes === undefined || bytes.length !== 33 || bytes[0] !== ED25519)
    throw malformed('verifier key is not an Ed25519 key');
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, bytes.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  const verifier = verifierOf(name, publicKey);
  if (verifier.keyHash.toString('hex') !== hash)
    throw malformed('verifier key has another hash than it says');
  return verifier;
}

/** The note of `text` (which ends in a newline) with one signature line for each signer. */
export function signNote(text: string, ...signers: readonly NoteSigner[]): string {
  let note = `${text}\n`;
  for (const { verifier, privateKey } of signers) {
    const signature = sign(null, Buffer.from(text, 'utf8'), privateKey);
    note += `\u2014 ${verifier.name} ${Buffer.concat([verifier.keyHash, signature]).toString('base64')}\n`;
  }
  return note;
}

/**
 * Text of a note, once at least one of `verifiers` has signed it. Signatures of unknown keys are ignored, as C2SP says;
 * one of a known key that does not fit is an error.
 * @throws LogbookError `ERR_LOGBOOK_FORMAT` malformed; `ERR_LOGBOOK_INTEGRITY` no or a bad signature
 */
export function openNote(note: string, ...verifiers: readonly NoteVerifier[]): string {
  const split = note.lastIndexOf(SIGNATURE_START);
  if (split < 0 || !note.endsWith('\n')) throw malformed('note has no signature');
  const text = note.slice(0, split + 1);
  let signed = false;
  for (const line of note.slice(split + 2, -1).split('\n')) {
    const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line);
    const bytes = match?.[2] === undefined ? undefined : decodeBase64(match[2]);
    if (match === null || bytes === undefined || bytes.length < 5)
      throw malformed('note has a malformed signature line');
    for (const verifier of verifiers) {
      if (verifier.name !== match[1] || !verifier.keyHash.equals(bytes.subarray(0, 4))) continue;
      if (!verify(null, Buffer.from(text, 'utf8'), verifier.publicKey, bytes.subarray(4)))
        throw new LogbookError(
          'ERR_LOGBOOK_INTEGRITY',
          `signature of "${verifier.name}" does not fit the note`,
        );
      signed = true;
    }
  }
  if (!signed)
    throw new LogbookError('ERR_LOGBOOK_INTEGRITY', 'note is not signed by the expected key');
  return text;
}

/** Origin of a log: service slug, slash, first 8 hex digits of the SHA-256 of its public key (audit.md 1). */
export function originOf(slug: string, publicKey: KeyObject): string {
  return `${slug}/${sha256(rawKey(publicKey)).toString('hex', 0, 4)}`;
}

/** Bytes of canonical standard base64, else `undefined`. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function rawKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function keyHashOf(name: string, raw: Uint8Array): Buffer {
  return sha256(
    Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Buffer.of(ED25519), raw]),
  ).subarray(0, 4);
}

function malformed(message: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_FORMAT', message);
}
