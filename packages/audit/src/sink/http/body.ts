/**
 * Reads and decompresses a body within bounds.
 *
 * Compressed bytes are bounded before they are decompressed and the output while it is made: zlib stops at
 * `maxOutputLength`, so a bomb costs its limit and no more. A small body is decompressed at once: handing it to another
 * thread costs more than the work. Larger ones go off the main thread.
 */
import { promisify } from 'node:util';
import {
  constants,
  gunzip,
  gunzipSync,
  inflate,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { Turnstile } from './budget.ts';

/** zstd window: 32 MiB is what the strongest setting of the Go encoders uses; a frame may not ask for more. */
const ZSTD_WINDOW_LOG = 25;

/** Output is made in pieces of about this much for one body: few copies for a usual one, few small pieces of a bomb. */
const LEAST_CHUNK = 2 ** 14;
const MOST_CHUNK = 2 ** 20;
/** Protobuf of audit records shrinks to a fifth or so; what is above this ratio is looked at as a possible bomb. */
const USUAL_RATIO = 8;
/** Compressed bytes of a body that is decompressed at once: 0.2 ms. */
const SMALL_BYTES = 2 ** 15;

interface Options {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

/** One content encoding. Both fail when the output would be longer than `maxOutputLength`, see `isTooLarge`. */
interface Decoding {
  readonly now: (body: Uint8Array, options: Options) => Buffer;
  readonly later: (body: Uint8Array, options: Options) => Promise<Buffer>;
}

const ZSTD = { params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } };
const GZIP: Decoding = { now: gunzipSync, later: promisify(gunzip) as Decoding['later'] };

const DECODINGS: ReadonlyMap<string, Decoding> = new Map<string, Decoding>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  ['deflate', { now: inflateSync, later: promisify(inflate) as Decoding['later'] }],
  [
    'zstd',
    {
      now: (body, options) => zstdDecompressSync(body, { ...options, ...ZSTD }),
      later: (body, options) => promisify(zstdDecompress)(body, { ...options, ...ZSTD }),
    },
  ],
]);

/** Decompresses bodies, at most `most` bytes of output each and together. */
export class Decompressor {
  readonly #most: number;
  readonly #turnstile: Turnstile;

  constructor(most: number) {
    this.#most = most;
    this.#turnstile = new Turnstile(most);
  }

  /** Rejects when the body is broken or would be larger than `most` (`isTooLarge`). */
  async run({ now, later }: Decoding, body: Buffer): Promise<Buffer> {
    const usual = Math.min(this.#most, Math.max(LEAST_CHUNK, body.length * USUAL_RATIO));
    const options = { maxOutputLength: usual, chunkSize: Math.min(MOST_CHUNK, usual) };
    try {
      if (body.length <= SMALL_BYTES) return now(body, options);
      return await this.#turnstile.run(usual, () => later(body, options));
    } catch (error) {
      if (!isTooLarge(error) || usual === this.#most) throw error;
    }
    // More than usual: alone, since only the limit says how much it will be.
    const whole = { ...options, maxOutputLength: this.#most };
    return await this.#turnstile.run(this.#most, () => later(body, whole));
  }
}

/** How a `Content-Encoding` is undone: `identity`, a decoding, or undefined when we do not know it. */
export function decodingOf(header: string | undefined): 'identity' | Decoding | undefined {
  const name = header?.trim().toLowerCase() ?? '';
  return name === '' || name === 'identity' ? 'identity' : DECODINGS.get(name);
}

/** Whether decompression failed because the output would have been too large. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

/** A body that is read: all of it, or its first part and the way to the rest. */
export type ReadBody =
  | { whole: Buffer }
  | { readonly first: Buffer[]; readonly rest: AsyncIterator<Buffer> };

/**
 * Reads up to `limit` bytes.
 * @param announced of `Content-Length`: then the body is read into one piece of memory, instead of being there twice
 * @param more called before bytes are kept; false stops the reading
 * @returns undefined when `more` said no
 * @throws when the sender goes away or a timeout ends the connection: then nothing may be stored
 */
export async function readBody(
  request: AsyncIterable<Buffer>,
  limit: number,
  announced: number | undefined,
  more: (bytes: number) => boolean,
): Promise<ReadBody | undefined> {
  const rest = request[Symbol.asyncIterator]();
  const whole =
    announced === undefined || announced > limit ? undefined : Buffer.allocUnsafeSlow(announced);
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await rest.next();
    if (done === true) break;
    if (!more(value.length)) return undefined;
    if (whole === undefined) chunks.push(value);
    else value.copy(whole, size);
    size += value.length;
    if (size > limit) return { first: chunks, rest };
  }
  // Node ends a body at its announced length, and one that is shorter with an error.
  return { whole: whole ?? Buffer.concat(chunks) };
}
