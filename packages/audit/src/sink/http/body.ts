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

type Decompress = (
  body: Uint8Array,
  options: { readonly maxOutputLength: number },
) => Promise<Buffer>;

const zstd: Decompress = (body, options) =>
  promisify(zstdDecompress)(body, {
    ...options,
    params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
  });

const DECODINGS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', promisify(gunzip) as Decompress],
  ['x-gzip', promisify(gunzip) as Decompress],
  ['deflate', promisify(inflate) as Decompress],
  ['zstd', zstd],
]);

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
  | { readonly whole: Buffer }
  | { readonly first: Buffer[]; readonly rest: AsyncIterator<Buffer> };

/**
 * Reads up to `limit` bytes.
 * @param more called before bytes are kept; false stops the reading
 * @returns undefined when `more` said no
 * @throws when the sender goes away or a timeout ends the connection: then nothing may be stored
 */
export async function readBody(
  request: AsyncIterable<Buffer>,
  limit: number,
  more: (bytes: number) => boolean,
): Promise<ReadBody | undefined> {
  const rest = request[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await rest.next();
    if (done === true) break;
    size += value.length;
    if (!more(value.length)) return undefined;
    chunks.push(value);
    if (size > limit) return { first: chunks, rest };
  }
  const [only] = chunks;
  return { whole: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks) };
}
