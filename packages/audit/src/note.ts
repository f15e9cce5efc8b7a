/**
 * C2SP signed notes (c2sp.org/signed-note), Ed25519: what `golang.org/x/mod/sumdb/note` writes and reads.
 *
 *   <text, one or more lines, each ending in a newline>
 *   <empty line>
 *   — <key name> <base64(4-byte key id || 64-byte signature)>      one or more
 *
 * Key id = first 4 bytes of SHA-256(name || "\n" || 0x01 || public key). Verifier key ("vkey") =
 * `name+<key id, 8 hex digits>+<base64(0x01 || public key)>`; signer key = `PRIVATE+KEY+name+id+base64(0x01 || seed)`.
 * Everything read here is attacker-controlled: base64 must be canonical, so one note has one spelling (I1).
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { LogbookError } from './errors.ts';
import { sha256 } from './hash.ts';

const ALGORITHM_ED25519 = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
/** Limits of Go's reader: a longer note is refused there, so it is here. */
const MAX_NOTE_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;
/** Fixed DER heads of an Ed25519 key (RFC 8410): PKCS #8 with a 32-byte seed, SPKI with a 32-byte public key. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
/** C2SP: no ASCII control character but the newline. */
// oxlint-disable-next-line no-control-regex -- that is the rule
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
/** With the `u` flag a paired surrogate is one code point, so this matches lone ones only. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const SIGNATURE_START = '\u2014 ';

/** Checks signatures of one key. */
export interface Verifier {
  readonly name: string;
  /** The 4-byte key id as 8 lower-case hex digits. */
  readonly keyId: string;
  /** The C2SP verifier key, one line of text. */
  readonly vkey: string;
  readonly publicKey: Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** A note whose form was checked; its signatures may not have been. */
export interface ParsedNote {
  /** The signed text, with its last newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A note with at least one good signature of a known key. */
export interface OpenedNote extends ParsedNote {
  readonly verified: readonly Verifier[];
}

/** Signs notes with one Ed25519 key, which never leaves it but through `formatSkey`. */
export class Signer {
  readonly name: string;
  readonly verifier: Verifier;
  readonly #key: KeyObject;

  constructor(name: string, key: KeyObject) {
    this.name = name;
    this.#key = key;
    this.verifier = verifierFor(name, publicKeyOf(key));
  }

  /** The C2SP verifier key of this signer. */
  get vkey(): string {
    return this.verifier.vkey;
  }

  /** Gives the 64-byte signature. */
  sign(message: Uint8Array): Buffer {
    return sign(null, message, this.#key);
  }

  /** Gives the secret as one line of text, for a 0600 file. Inverse of `parseSkey`. */
  formatSkey(): string {
    const der = this.#key.export({ type: 'pkcs8', format: 'der' });
    const seed = der.subarray(PKCS8_HEAD.length);
    const secret = Buffer.concat([Buffer.of(ALGORITHM_ED25519), seed]).toString('base64');
    return `PRIVATE+KEY+${this.name}+${this.verifier.keyId}+${secret}`;
  }
}

/**
 * Makes a new Ed25519 key.
 * @param name the key's name, or a function that makes it from the 32-byte public key
 */
export function generateSigner(name: string | ((publicKey: Uint8Array) => string)): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return new Signer(typeof name === 'string' ? name : name(publicKeyOf(privateKey)), privateKey);
}

/**
 * Gives the origin of a log, which is its key's name too: service slug, slash, first 8 hex digits of the SHA-256 of the
 * 32-byte public key (audit.md 1). (Not of the C2SP key id: that depends on the name.)
 */
export function originOf(slug: string, publicKey: Uint8Array): string {
  return `${slug}/${sha256(publicKey).toString('hex', 0, 4)}`;
}

/**
 * Reads a signer key (`PRIVATE+KEY+...`).
 * @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED`; the message never holds the key
 */
export function parseSkey(skey: string): Signer {
  const match = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(skey);
  const data = decodeBase64(match?.[3] ?? '');
  if (match?.[1] === undefined || data?.length !== 1 + KEY_BYTES || data[0] !== ALGORITHM_ED25519) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      'signing key is not a C2SP Ed25519 signer key',
    );
  }
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, data.subarray(1)]),
    format: 'der',
    type: 'pkcs8',
  });
  const signer = new Signer(match[1], key);
  if (signer.verifier.keyId !== match[2]) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      'signing key and its key id do not belong together',
    );
  }
  return signer;
}

/** Gives the C2SP verifier key of a name and a 32-byte Ed25519 public key. Inverse of `parseVkey`. */
export function formatVkey(name: string, publicKey: Uint8Array): string {
  return verifierFor(name, publicKey).vkey;
}

/**
 * Reads a C2SP verifier key.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED` on any other text, another algorithm, or an id that does not fit
 */
export function parseVkey(vkey: string): Verifier {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey);
  const data = decodeBase64(match?.[3] ?? '');
  if (match?.[1] === undefined || data === undefined) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      `verifier key is not name+id+base64: "${vkey.slice(0, 200)}"`,
    );
  }
  if (data.length !== 1 + KEY_BYTES || data[0] !== ALGORITHM_ED25519) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      `verifier key "${match[1]}" is not an Ed25519 key`,
    );
  }
  const verifier = verifierFor(match[1], data.subarray(1));
  if (verifier.keyId !== match[2]) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      `verifier key "${match[1]}" has id ${match[2]}, its bytes give ${verifier.keyId}`,
    );
  }
  return verifier;
}

/**
 * Signs a text: gives the whole note.
 * @param text one or more lines; must end in a newline
 * @throws LogbookError `ERR_LOGBOOK_NOTE_MALFORMED` on a text that no reader would take
 */
export function signNote(text: string, signer: Signer | readonly Signer[]): string {
  if (!isNoteText(text)) {
    throw new LogbookError(
      'ERR_LOGBOOK_NOTE_MALFORMED',
      'note text must be lines without control characters',
    );
  }
  const message = Buffer.from(text);
  let note = `${text}\n`;
  for (const each of signer instanceof Signer ? [signer] : signer) {
    const blob = Buffer.concat([Buffer.from(each.verifier.keyId, 'hex'), each.sign(message)]);
    note += `${SIGNATURE_START}${each.name} ${blob.toString('base64')}\n`;
  }
  return note;
}

/**
 * Splits a note into text and signatures, without checking any signature.
 * @throws LogbookError `ERR_LOGBOOK_NOTE_MALFORMED`
 */
export function parseNote(note: string): ParsedNote {
  // The last empty line parts text and signatures: the text itself may hold empty lines.
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const block = note.slice(split + 2);
  if (note.length > MAX_NOTE_BYTES || split < 0 || !isNoteText(text) || !block.endsWith('\n')) {
    throw new LogbookError(
      'ERR_LOGBOOK_NOTE_MALFORMED',
      'note is not text, empty line, signature lines',
    );
  }
  const lines = block.slice(0, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) {
    throw new LogbookError(
      'ERR_LOGBOOK_NOTE_MALFORMED',
      `note has over ${MAX_SIGNATURES} signatures`,
    );
  }
  return { text, signatures: lines.map(parseSignatureLine) };
}

/**
 * Opens a note: its form, and every signature made by a key among `verifiers`.
 * Signatures of other keys are left alone, as C2SP demands; one bad signature of a known key refuses the note.
 * @throws LogbookError `ERR_LOGBOOK_NOTE_MALFORMED`, `ERR_LOGBOOK_NOTE_SIGNATURE` (a known key, a wrong signature),
 * `ERR_LOGBOOK_NOTE_UNVERIFIED` (no signature of a known key)
 */
export function openNote(note: string, verifiers: readonly Verifier[]): OpenedNote {
  const parsed = parseNote(note);
  const message = Buffer.from(parsed.text);
  const verified: Verifier[] = [];
  for (const { name, keyId, signature } of parsed.signatures) {
    const verifier = verifiers.find((each) => each.name === name && each.keyId === keyId);
    if (verifier === undefined || verified.includes(verifier)) continue;
    if (!verifier.verify(message, signature)) {
      throw new LogbookError(
        'ERR_LOGBOOK_NOTE_SIGNATURE',
        `signature of key "${name}" (${keyId}) is wrong`,
      );
    }
    verified.push(verifier);
  }
  if (verified.length === 0) {
    const found = parsed.signatures.map((each) => `${each.name}+${each.keyId}`).join(', ');
    throw new LogbookError(
      'ERR_LOGBOOK_NOTE_UNVERIFIED',
      `no signature of an expected key, instead got ${found}`,
    );
  }
  return { ...parsed, verified };
}

/** Decodes base64 with padding; undefined unless it is the one canonical spelling of its bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  const data = Buffer.from(text, 'base64');
  return data.toString('base64') === text ? data : undefined;
}

/** Decodes base64url without padding; undefined unless it is the one canonical spelling of its bytes. */
export function decodeBase64Url(text: string): Buffer | undefined {
  const data = Buffer.from(text, 'base64url');
  return data.toString('base64url') === text ? data : undefined;
}

function parseSignatureLine(line: string): NoteSignature {
  const match = /^\u2014 ([^+\s]+) ([A-Za-z0-9+/=]+)$/.exec(line);
  const blob = decodeBase64(match?.[2] ?? '');
  if (match?.[1] === undefined || blob === undefined || blob.length <= KEY_ID_BYTES) {
    throw new LogbookError('ERR_LOGBOOK_NOTE_MALFORMED', 'signature line is not "— name base64"');
  }
  return {
    name: match[1],
    keyId: blob.toString('hex', 0, KEY_ID_BYTES),
    signature: blob.subarray(KEY_ID_BYTES),
  };
}

function isNoteText(text: string): boolean {
  return text.endsWith('\n') && !LONE_SURROGATE.test(text) && !CONTROL.test(text);
}

function isKeyName(name: string): boolean {
  return name !== '' && !LONE_SURROGATE.test(name) && !/[+\s\p{White_Space}]/u.test(name);
}

function publicKeyOf(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      `key must be Ed25519, instead got ${key.asymmetricKeyType}`,
    );
  }
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(SPKI_HEAD.length);
}

function verifierFor(name: string, publicKey: Uint8Array): Verifier {
  if (!isKeyName(name) || publicKey.length !== KEY_BYTES) {
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      `no key name (no spaces, no plus) or no key: "${name}"`,
    );
  }
  const key = createPublicKey({
    key: Buffer.concat([SPKI_HEAD, publicKey]),
    format: 'der',
    type: 'spki',
  });
  const encoded = Buffer.concat([Buffer.of(ALGORITHM_ED25519), publicKey]);
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), encoded])).toString(
    'hex',
    0,
    KEY_ID_BYTES,
  );
  return {
    name,
    keyId: id,
    vkey: `${name}+${id}+${encoded.toString('base64')}`,
    publicKey,
    verify: (message, signature) =>
      signature.length === SIGNATURE_BYTES && verify(null, message, key, signature),
  };
}
