/**
 * zstd of Node (22.15), loaded at the first archive: a server whose log has none starts without it.
 */

/** Compresses at level 3, with a checksum of the content. */
export function compress(content: Uint8Array): Buffer {
  const { constants, zstdCompressSync } = process.getBuiltinModule('node:zlib');
  return zstdCompressSync(content, {
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/**
 * Gives back at most `limit` bytes.
 * @throws Error of node:zlib for damaged or longer content
 */
export function decompress(content: Uint8Array, limit: number): Buffer {
  return process
    .getBuiltinModule('node:zlib')
    .zstdDecompressSync(content, { maxOutputLength: limit });
}
