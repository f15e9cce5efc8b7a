/**
 * The hot path: entries become leaf and seal lines in one preallocated buffer, ready for one write (hotpath.md 2.3).
 *
 * Byte 0 of the buffer is 0x00 and lines begin at byte 1: the byte before a leaf line is set to 0x00 for the moment of
 * hashing, so the leaf hash needs no copy. Nonce = 8 random bytes per encoder + 4-byte counter, a new prefix before it
 * wraps: sealing keys outlive a process, so a bare counter would repeat nonces. Salts come from a pool of random bytes,
 * each used once.
 */
import { createCipheriv, hash, randomBytes, type KeyObject } from 'node:crypto';
import { sha256 } from './hash.ts';
import { encodeLeaf, type LeafHead } from './leaf.ts';
import {
  ABSENT_SEAL,
  COMMITMENT_PREFIX,
  encodeSeal,
  NONCE_BYTES,
  SALT_BYTES,
  sealDigest,
  TAG_BYTES,
} from './seal.ts';

const FIRST = 1;
const INITIAL_BYTES = 64 * 1024;
const SALT_POOL_BYTES = 4096;
const MAX_COUNTER = 0xffff_ffff;
const NEWLINE = 0x0a;
const ROOM = Buffer.alloc(1);

/** Collects one batch of lines. */
export class Encoder {
  readonly #randomBytes: (size: number) => Uint8Array;
  #bytes: Buffer = Buffer.alloc(INITIAL_BYTES);
  #end = FIRST;
  #leafHashes: Buffer[] = [];
  #starts: number[] = [];
  #sealHashes = '';
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  #counter = MAX_COUNTER;
  #salts: Uint8Array = new Uint8Array();
  #saltAt = 0;
  /** 0x02 || salt || payload, then the parts of the seal. */
  #plain: Buffer = Buffer.alloc(INITIAL_BYTES);
  #sealed: Buffer = Buffer.alloc(INITIAL_BYTES);

  constructor(random: (size: number) => Uint8Array = randomBytes) {
    this.#randomBytes = random;
    this.#bytes[0] = 0;
  }

  /** Begins a new batch. */
  reset(): void {
    this.#end = FIRST;
    this.#leafHashes = [];
    this.#starts = [];
    this.#sealHashes = '';
  }

  /** Adds leaf and seal of one entry. On an exception the batch is as before. */
  add(head: LeafHead, payload: string, key: KeyObject): void {
    const size = this.#preparePlain(payload);
    const plain = this.#plain.subarray(1, 1 + SALT_BYTES + size);
    const pc = hash('sha256', this.#plain.subarray(0, 1 + plain.length), 'base64url');
    const line = encodeLeaf(head, size, pc);
    const sealChars = Math.ceil(((NONCE_BYTES + plain.length + TAG_BYTES) * 4) / 3);
    this.#reserve(line.length * 3 + sealChars + 32);

    const bytes = this.#bytes;
    const start = this.#end;
    let at = start + bytes.write(line, start);
    const leaf = bytes.subarray(start, at);
    const before = bytes[start - 1] ?? 0;
    bytes[start - 1] = 0;
    const leafHash = sha256(bytes.subarray(start - 1, at));
    bytes[start - 1] = before;
    bytes[at] = NEWLINE;
    at += 1;

    const text = this.#seal(plain, leaf, key);
    at += bytes.write(encodeSeal(text), at, 'latin1');
    bytes[at] = NEWLINE;
    this.#leafHashes.push(leafHash);
    this.#starts.push(this.#end);
    this.#sealHashes += hash('sha256', text);
    this.#end = at + 1;
  }

  /**
   * Adds a leaf of another log as it is, with its salt || payload sealed for a subject of this log; without them it gets
   * the seal that says so.
   * @param hash its RFC 6962 hash
   */
  addForeign(
    line: Buffer,
    leafHash: Buffer,
    sealed:
      | { readonly plain: Buffer; readonly subject: string; readonly key: KeyObject }
      | undefined,
  ): void {
    const chars = sealed === undefined ? 0 : Math.ceil((sealed.plain.length * 4) / 3);
    this.#reserve(line.length + chars + 128);
    const bytes = this.#bytes;
    bytes.set(line, this.#end);
    let at = this.#end + line.length;
    bytes[at] = NEWLINE;
    at += 1;
    if (sealed === undefined) {
      at += bytes.write(ABSENT_SEAL, at, 'latin1');
      this.#sealHashes += sealDigest({ form: 'absent' }).toString('hex');
    } else {
      const { plain, subject, key } = sealed;
      if (this.#sealed.length < plain.length + NONCE_BYTES + TAG_BYTES)
        this.#sealed = Buffer.alloc(plain.length + NONCE_BYTES + TAG_BYTES);
      const text = this.#seal(plain, line, key);
      at += bytes.write(encodeSeal(text, subject), at, 'latin1');
      this.#sealHashes += hash('sha256', `${subject}.${hash('sha256', text, 'base64url')}`);
    }
    bytes[at] = NEWLINE;
    this.#leafHashes.push(leafHash);
    this.#starts.push(this.#end);
    this.#end = at + 1;
  }

  /** Adds a line that is neither leaf nor seal. */
  addLine(line: string): void {
    this.#reserve(line.length * 3 + 1);
    this.#end += this.#bytes.write(line, this.#end);
    this.#bytes[this.#end] = NEWLINE;
    this.#end += 1;
  }

  /** The batch as it goes to the file. Valid until the next `reset` or `add`. */
  get batch(): Buffer {
    return this.#bytes.subarray(FIRST, this.#end);
  }

  /** Where in the batch its nth entry begins. */
  offsetOf(n: number): number {
    return (this.#starts[n] ?? this.#end) - FIRST;
  }

  get leafHashes(): readonly Buffer[] {
    return this.#leafHashes;
  }

  /** The same behind each other with a byte before them, as `Frontier.appendAll` takes them: half the cost in a group. */
  flatHashes(): Buffer {
    return Buffer.concat([ROOM, ...this.#leafHashes]);
  }

  /** Hex of what each seal adds to the digest of the commit (seal.ts), concatenated. */
  get sealHashes(): string {
    return this.#sealHashes;
  }

  #preparePlain(payload: string): number {
    const need = 1 + SALT_BYTES + payload.length * 3;
    if (this.#plain.length < need) {
      this.#plain = Buffer.alloc(need);
      this.#sealed = Buffer.alloc(need + NONCE_BYTES + TAG_BYTES);
    }
    if (this.#saltAt + SALT_BYTES > this.#salts.length) {
      this.#salts = this.#randomBytes(SALT_POOL_BYTES);
      this.#saltAt = 0;
    }
    this.#plain[0] = COMMITMENT_PREFIX;
    this.#plain.set(this.#salts.subarray(this.#saltAt, this.#saltAt + SALT_BYTES), 1);
    this.#saltAt += SALT_BYTES;
    return this.#plain.write(payload, 1 + SALT_BYTES);
  }

  #seal(plain: Buffer, leaf: Buffer, key: KeyObject): string {
    if (this.#counter === MAX_COUNTER) {
      this.#nonce.set(this.#randomBytes(NONCE_BYTES - 4));
      this.#counter = 0;
    }
    this.#counter += 1;
    this.#nonce.writeUInt32BE(this.#counter, NONCE_BYTES - 4);
    const cipher = createCipheriv('aes-256-gcm', key, this.#nonce);
    cipher.setAAD(leaf);
    const sealed = this.#sealed;
    sealed.set(this.#nonce);
    const body = cipher.update(plain);
    sealed.set(body, NONCE_BYTES);
    cipher.final();
    sealed.set(cipher.getAuthTag(), NONCE_BYTES + body.length);
    return sealed.toString('base64url', 0, NONCE_BYTES + body.length + TAG_BYTES);
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#end + more));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
