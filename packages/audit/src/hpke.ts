/**
 * HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Payloads travel to the central log
 * sealed to its public key, so that the collector in between cannot read them (audit.md 5).
 *
 * One encapsulation (two X25519 operations, 150 us) makes a context; each message of it has a sequence number and the
 * nonce base_nonce XOR number (RFC 9180 5.2). A context is used for one batch, and each message says where it stands in
 * it, so each opens alone, in any order:
 *
 *   base64url(enc, 32 bytes) "." sequence number, decimal "." base64url(ciphertext || tag16)
 *
 * The number needs no protection of its own: another one is another nonce, and the tag fails. A replay is told by the
 * associated data, which is the leaf line. A recipient is the base64url of the 32 bytes of its public key.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { LogbookError } from './errors.ts';
import { decodeBase64Url } from './note.ts';

/** `info` of payloads on their way to the sink: salt16 || payload, associated data = the leaf line. */
export const PAYLOAD_INFO = 'mcp-logbook payload v1';

const KEY_BYTES = 32;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** Far more than a batch holds; its four bytes sit at the end of the nonce. */
const MAX_SEQUENCE = 0xffff_ffff;
/** Contexts kept by one opener: batches of this many producers and tries may be under way. */
const MAX_CONTEXTS = 1024;
/** RFC 8410: SPKI and PKCS #8 heads of an X25519 key. */
const SPKI_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

const VERSION = Buffer.from('HPKE-v1');
/** "KEM" || 0x0020. */
const KEM_SUITE = Buffer.from('4b454d0020', 'hex');
/** "HPKE" || KEM 0x0020 || KDF 0x0001 || AEAD 0x0002. */
const SUITE = Buffer.from('48504b45002000010002', 'hex');
const NOTHING = Buffer.alloc(0);

/** Key and base nonce of one encapsulation. */
interface Context {
  readonly key: KeyObject;
  readonly baseNonce: Buffer;
}

/** Seals the messages of one batch: one encapsulation, made with it. */
export class Sealer {
  readonly #enc: string;
  readonly #context: Context;
  #next = 0;

  /**
   * @param ephemeral for the vectors of tests; a key pair is used for one sealer only
   * @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED` when the recipient is not 32 bytes in base64url or a point that
   * gives no secret
   */
  constructor(
    recipient: string,
    info: string | Uint8Array,
    ephemeral: KeyObject = generateKeyPairSync('x25519').privateKey,
  ) {
    const peer = decodeRecipient(recipient);
    const enc = rawPublicKey(ephemeral);
    const secret = agree(ephemeral, peer);
    if (secret === undefined) throw badRecipient();
    this.#context = keySchedule(secret, Buffer.concat([enc, peer]), Buffer.from(info));
    this.#enc = enc.toString('base64url');
  }

  /** The next message, as text. */
  seal(plaintext: Uint8Array, aad: Uint8Array): string {
    const sequence = this.#next;
    if (sequence > MAX_SEQUENCE) {
      throw new LogbookError('ERR_LOGBOOK_USAGE', 'this sealer has used all its numbers');
    }
    this.#next = sequence + 1;
    const { key, baseNonce } = this.#context;
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(baseNonce, sequence));
    cipher.setAAD(aad);
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return `${this.#enc}.${sequence}.${sealed.toString('base64url')}`;
  }
}

/** Opens messages to one private key; keeps the contexts of recent batches. */
export class Opener {
  readonly #privateKey: KeyObject;
  readonly #publicKey: Buffer;
  readonly #info: Buffer;
  readonly #contexts = new Map<string, Context>();

  constructor(privateKey: KeyObject, info: string | Uint8Array) {
    this.#privateKey = privateKey;
    this.#publicKey = rawPublicKey(privateKey);
    this.#info = Buffer.from(info);
  }

  /**
   * Opens one message.
   * @throws LogbookError `ERR_LOGBOOK_SEAL` when it is not in its form, or not for this key, info and associated data
   */
  open(sealed: string, aad: Uint8Array): Buffer {
    const [encText = '', number = '', sealedText = '', ...rest] = sealed.split('.', 4);
    const raw = decodeBase64Url(sealedText);
    if (
      rest.length > 0 ||
      raw === undefined ||
      raw.length < TAG_BYTES ||
      !/^(?:0|[1-9]\d{0,9})$/.test(number) ||
      Number(number) > MAX_SEQUENCE
    ) {
      throw new LogbookError('ERR_LOGBOOK_SEAL', 'sealed payload is not "enc.number.ciphertext"');
    }
    const { key, baseNonce } = this.#contextOf(encText);
    try {
      const nonce = nonceOf(baseNonce, Number(number));
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(aad);
      decipher.setAuthTag(raw.subarray(raw.length - TAG_BYTES));
      const body = decipher.update(raw.subarray(0, raw.length - TAG_BYTES));
      decipher.final();
      return body;
    } catch (cause) {
      throw new LogbookError('ERR_LOGBOOK_SEAL', 'sealed payload does not open with this key', {
        cause,
      });
    }
  }

  #contextOf(encText: string): Context {
    const known = this.#contexts.get(encText);
    if (known !== undefined) return known;
    const enc = decodeBase64Url(encText);
    const secret = enc?.length === KEY_BYTES ? agree(this.#privateKey, enc) : undefined;
    if (enc === undefined || secret === undefined) {
      throw new LogbookError('ERR_LOGBOOK_SEAL', 'sealed payload has no usable encapsulated key');
    }
    const context = keySchedule(secret, Buffer.concat([enc, this.#publicKey]), this.#info);
    if (this.#contexts.size >= MAX_CONTEXTS) {
      const oldest = this.#contexts.keys().next();
      if (oldest.done !== true) this.#contexts.delete(oldest.value);
    }
    this.#contexts.set(encText, context);
    return context;
  }
}

/** Seals one message with an encapsulation of its own. @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED` */
export function sealTo(
  recipient: string,
  plaintext: Uint8Array,
  aad: Uint8Array,
  info: string | Uint8Array,
): string {
  return new Sealer(recipient, info).seal(plaintext, aad);
}

/** Opens one message; for many use an `Opener`. @throws LogbookError `ERR_LOGBOOK_SEAL` */
export function openWith(
  privateKey: KeyObject,
  sealed: string,
  aad: Uint8Array,
  info: string | Uint8Array,
): Buffer {
  return new Opener(privateKey, info).open(sealed, aad);
}

/** The recipient of a private (or public) X25519 key: base64url of its 32 bytes. */
export function recipientOf(key: KeyObject): string {
  return rawPublicKey(key).toString('base64url');
}

/** The private key of its 32 bytes. */
export function privateKeyOf(raw: Uint8Array): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, raw]),
    format: 'der',
    type: 'pkcs8',
  });
}

/**
 * Checks the text of a recipient.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED`
 */
export function decodeRecipient(recipient: string): Buffer {
  const raw = decodeBase64Url(recipient);
  if (raw?.length !== KEY_BYTES) throw badRecipient();
  return raw;
}

function badRecipient(): LogbookError {
  return new LogbookError(
    'ERR_LOGBOOK_KEY_MALFORMED',
    'recipient is not an X25519 public key: expected 32 bytes in base64url (43 characters)',
  );
}

function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  if (publicKey.asymmetricKeyType !== 'x25519') {
    throw new LogbookError('ERR_LOGBOOK_KEY_MALFORMED', 'key is not an X25519 key');
  }
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_HEAD.length);
}

/** The shared point; undefined for a peer of low order (RFC 9180 7.1.4: an all-zero result is refused, OpenSSL does). */
function agree(privateKey: KeyObject, peer: Uint8Array): Buffer | undefined {
  try {
    const publicKey = createPublicKey({
      key: Buffer.concat([SPKI_HEAD, peer]),
      format: 'der',
      type: 'spki',
    });
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined;
  }
}

/** RFC 9180 4.1 (ExtractAndExpand) and 5.1 (KeySchedule) with an empty pre-shared key. */
function keySchedule(dh: Uint8Array, kemContext: Uint8Array, info: Uint8Array): Context {
  const prk = labeledExtract(KEM_SUITE, NOTHING, 'eae_prk', dh);
  const shared = labeledExpand(KEM_SUITE, prk, 'shared_secret', kemContext, KEY_BYTES);
  const context = Buffer.concat([
    Buffer.of(0),
    labeledExtract(SUITE, NOTHING, 'psk_id_hash', NOTHING),
    labeledExtract(SUITE, NOTHING, 'info_hash', info),
  ]);
  const secret = labeledExtract(SUITE, shared, 'secret', NOTHING);
  return {
    // A raw Buffer key would cost 16 us more a message (audit.md 2).
    key: createSecretKey(labeledExpand(SUITE, secret, 'key', context, KEY_BYTES)),
    baseNonce: labeledExpand(SUITE, secret, 'base_nonce', context, NONCE_BYTES),
  };
}

function labeledExtract(
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
): Buffer {
  return createHmac('sha256', salt)
    .update(VERSION)
    .update(suite)
    .update(label)
    .update(ikm)
    .digest();
}

/** At most 32 bytes, so one block of HKDF-Expand. */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Buffer {
  const lengthBytes = Buffer.of(0, length);
  return createHmac('sha256', prk)
    .update(lengthBytes)
    .update(VERSION)
    .update(suite)
    .update(label)
    .update(info)
    .update(Buffer.of(1))
    .digest()
    .subarray(0, length);
}

function nonceOf(baseNonce: Buffer, sequence: number): Buffer {
  const nonce = Buffer.from(baseNonce);
  // `>>> 0`: XOR gives a signed number.
  nonce.writeUInt32BE((nonce.readUInt32BE(NONCE_BYTES - 4) ^ sequence) >>> 0, NONCE_BYTES - 4);
  return nonce;
}
