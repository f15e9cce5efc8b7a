/**
 * Pseudonyms: `#k3f9a2c1`, the first 8 characters of base32 (extended hex alphabet, lower case) of an HMAC-SHA-256.
 *
 * The key is random and lives as long as the process, so that nobody can try all phone numbers later; a configured key
 * makes the marks of a fleet comparable and puts its id in front: `#f1.k3f9a2c1`. Values that are few enough to be
 * tried by somebody who can ask for pseudonyms (PIN, CVV, one-time codes, social security numbers, dates, short
 * passwords) never get one.
 */
import { hash, randomBytes } from 'node:crypto';

const BLOCK = 64;
const MAX_CACHED = 4_096;
const ALPHABET = '0123456789abcdefghijklmnopqrstuv';

/** HMAC-SHA-256 (RFC 2104) as two one-shot hashes with kept pads: a fifth of the price of `createHmac`. */
export class Hmac {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  constructor(key: Uint8Array) {
    const block = Buffer.alloc(BLOCK);
    block.set(key.length > BLOCK ? hash('sha256', key, 'buffer') : key);
    this.#inner = block.map((byte) => byte ^ 0x36) as Buffer;
    this.#outer = block.map((byte) => byte ^ 0x5c) as Buffer;
  }

  digest(text: string): Buffer {
    const inner = hash('sha256', Buffer.concat([this.#inner, Buffer.from(text)]), 'buffer');
    return hash('sha256', Buffer.concat([this.#outer, inner]), 'buffer');
  }
}

let processHmac: Hmac | undefined;

/** Makes pseudonyms and keeps the latest. */
export class Pseudonyms {
  readonly #hmac: Hmac;
  readonly #prefix: string;
  /** Values are secrets: a private field, so that printing the object prints none. */
  readonly #known = new Map<string, string>();

  constructor(key?: { readonly id: string; readonly key: Uint8Array }) {
    this.#hmac =
      key === undefined ? (processHmac ??= new Hmac(randomBytes(32))) : new Hmac(key.key);
    this.#prefix = key === undefined ? '#' : `#${key.id}.`;
  }

  /** `#k3f9a2c1`, or the empty text for a value that must have none. */
  of(value: string): string {
    if (isFew(value)) return '';
    let known = this.#known.get(value);
    if (known === undefined) {
      known = this.#prefix + base32(this.#hmac.digest(`pseudonym\0${value}`));
      if (value.length <= 1_024) {
        if (this.#known.size >= MAX_CACHED) this.#known.clear();
        this.#known.set(value, known);
      }
    }
    return known;
  }

  /** HMAC of a value for an allow-list entry, in hex. */
  allowed(value: string): string {
    return this.#hmac.digest(`allow\0${value}`).toString('hex');
  }
}

/** Rules whose values are few by nature. */
export function isFewRule(rule: string): boolean {
  return /(?:^|-)(?:pin|cvv|cvc|otp|totp|ssn|birth|dob|date|password|passphrase)(?:-|$)/.test(rule);
}

/** Fewest characters of a value that has a sensitive name and may have a pseudonym. */
export const MIN_SECRET = 16;

/** PINs, codes, social security numbers, dates, short words. */
function isFew(value: string): boolean {
  if (value.length < 6) return true;
  if (!/[^\d\s./:T+Z-]/.test(value)) {
    // Digits and signs only: dates and numbers of nine digits and fewer.
    const digits = value.replace(/\D/g, '').length;
    return (
      digits < 10 ||
      /^\s*\d{4}[-./]\d\d?[-./]\d\d?/.test(value) ||
      /^\s*\d\d?[-./]\d\d?[-./]\d{4}\b/.test(value)
    );
  }
  return false;
}

/** First 40 bits as 8 characters. */
function base32(digest: Buffer): string {
  let text = '';
  let bits = digest.readUIntBE(0, 5);
  for (let i = 0; i < 8; i++) {
    text = (ALPHABET[bits % 32] ?? '') + text;
    bits = Math.floor(bits / 32);
  }
  return text;
}
