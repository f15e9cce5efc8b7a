/**
 * `quarantine/`: what the sink could not enter, kept as it came, never deleted by code (audit.md 5).
 *
 * What is in there may be personal, so it is encrypted like a seal without a person. File name = first 32 hex digits of
 * the SHA-256 of the content, `.sealed`; bytes = nonce12 || ciphertext || tag16, AES-256-GCM under the system subject's
 * key of class `default` and the month in the name of the folder it is in, additional data = folder and file name:
 *   quarantine/2026-11/0123456789abcdef0123456789abcdef.sealed
 * Content: a body as it was received; or JSON Lines, a record each, as `WireRecord` with texts only. The same content
 * has the same name, so what is sent again after a failure is not kept twice. An entry `record.quarantined` with target
 * `sha256:<hex of the content>` follows each file.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, type Hash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FILE_MODE, makeFolder, syncFolder } from '../../durable.ts';
import { DEFAULT_CLASS } from '../../entry.ts';
import { SYSTEM } from '../../keyring-file.ts';
import type { Keyring } from '../../keyring.ts';
import { NONCE_BYTES, TAG_BYTES } from '../../seal.ts';
import type { WireRecord } from '../types.ts';

/** A kept file. */
export interface Kept {
  /** Name within `quarantine/`. */
  readonly file: string;
  /** SHA-256 of the content. */
  readonly digest: Buffer;
  readonly bytes: number;
}

const NAME_BYTES = 16;

let parts = 0;

/** Keeps what comes in pieces. On an exception nothing of it stays. */
export async function keepStream(
  folder: string,
  keyring: Keyring,
  month: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Kept> {
  const writer = new SealedFile(folder, keyring, month);
  try {
    for await (const piece of pieces) writer.add(piece);
    return writer.end();
  } finally {
    writer.close();
  }
}

/** Keeps one piece. */
export function keep(folder: string, keyring: Keyring, month: string, content: Uint8Array): Kept {
  const writer = new SealedFile(folder, keyring, month);
  try {
    writer.add(content);
    return writer.end();
  } finally {
    writer.close();
  }
}

/** One record as a line, for `keep`. */
export function recordLine(record: WireRecord): string {
  const { eventName, body, kind, sealed, clear } = record;
  const timeUnixNano = String(record.timeUnixNano);
  return `${JSON.stringify({ eventName, timeUnixNano, body, kind, sealed, clear })}\n`;
}

/**
 * The content of a kept file; undefined when its key is gone.
 * @throws when the file was changed
 */
export function readKept(path: string, keyring: Keyring): Buffer | undefined {
  const month = basename(dirname(path));
  const key = keyring.findSealingKey(SYSTEM, DEFAULT_CLASS, month);
  if (key === undefined) return undefined;
  const bytes = readFileSync(path);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(month));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const content = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
  decipher.final();
  return content;
}

class SealedFile {
  readonly #folder: string;
  readonly #month: string;
  readonly #part: string;
  readonly #cipher: ReturnType<typeof newCipher>;
  readonly #digest: Hash = createHash('sha256');
  #fd: number | undefined;
  #bytes = 0;

  constructor(folder: string, keyring: Keyring, month: string) {
    this.#folder = join(folder, 'quarantine', month);
    this.#month = month;
    const key = keyring.sealingKey(SYSTEM, DEFAULT_CLASS, month);
    const nonce = randomBytes(NONCE_BYTES);
    this.#cipher = newCipher(key, nonce, month);
    makeFolder(this.#folder);
    parts += 1;
    this.#part = join(this.#folder, `${process.pid}.${parts}.part`);
    this.#fd = openSync(this.#part, 'w', FILE_MODE);
    this.#write(nonce);
  }

  add(piece: Uint8Array): void {
    this.#digest.update(piece);
    this.#bytes += piece.length;
    this.#write(this.#cipher.update(piece));
  }

  /** Durable on return. */
  end(): Kept {
    this.#write(this.#cipher.final());
    this.#write(this.#cipher.getAuthTag());
    const digest = this.#digest.digest();
    const name = `${digest.toString('hex', 0, NAME_BYTES)}.sealed`;
    if (this.#fd !== undefined) {
      fsyncSync(this.#fd);
      closeSync(this.#fd);
      this.#fd = undefined;
    }
    const path = join(this.#folder, name);
    renameSync(this.#part, path);
    syncFolder(this.#folder);
    syncFolder(dirname(this.#folder));
    return { file: `${this.#month}/${name}`, digest, bytes: this.#bytes };
  }

  /** Gives up what was not ended. */
  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
    rmSync(this.#part, { force: true });
  }

  #write(bytes: Uint8Array): void {
    if (this.#fd === undefined) return;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at, bytes.length - at);
  }
}

function newCipher(key: Parameters<typeof createCipheriv>[1], nonce: Buffer, month: string) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(month));
  return cipher;
}
