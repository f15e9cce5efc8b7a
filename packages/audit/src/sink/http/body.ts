/**
 * Reads and decompresses a body within bounds.
 *
 * Compressed bytes are bounded before they are decompressed and the output while it is made: zlib stops at
 * `maxOutputLength`, so a bomb costs its limit and no more. Decompression runs off the main thread.
 */
import { promisify } from 'node:util';
import { constants, gunzip, inflate, zstdDecompress } from 'node:zlib';

/** zstd window: 32 MiB is what the strongest setting of the Go encoders uses; a frame may not ask for more. */
const ZSTD_WINDOW_LOG = 25;

/** Output is made in pieces of about this much for one body: few copies for a usual one, few small pieces of a bomb. */
const LEAST_CHUNK = 2 ** 14;
const MOST_CHUNK = 2 ** 20;
/** Protobuf of audit records shrinks to a fifth or so. */
const USUAL_RATIO = 8;

type Unpack = (
  body: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
) => Promise<Buffer>;

/** Undoes a content encoding; rejects when the output would be longer than `most`, see `isTooLarge`. */
type Decompress = (body: Uint8Array, most: number) => Promise<Buffer>;

const zstd: Unpack = (body, options) =>
  promisify(zstdDecompress)(body, {
    ...options,
    params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
  });

const DECODINGS: ReadonlyMap<string, Decompress> = new Map([
  ['gzip', bounded(promisify(gunzip) as Unpack)],
  ['x-gzip', bounded(promisify(gunzip) as Unpack)],
  ['deflate', bounded(promisify(inflate) as Unpack)],
  ['zstd', bounded(zstd)],
]);

function bounded(unpack: Unpack): Decompress {
  return (body, most) => {
    const chunkSize = Math.min(MOST_CHUNK, Math.max(LEAST_CHUNK, body.length * USUAL_RATIO));
    return unpack(body, { maxOutputLength: most, chunkSize });
  };
}

/** How a `Content-Encoding` is undone: `identity`, a function, or undefined when we do not know it. */
export function decodingOf(header: string | undefined): 'identity' | Decompress | undefined {
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
