/** Encodings of HTTP bodies (`content-encoding`), for those who only read what passes. */
import type { Transform } from 'node:stream';

/** Most that is unpacked at once. */
const MAX_UNPACKED = 65_536;

/** Whether bytes begin JSON, or an event stream; packed ones begin so once in a million. */
export function isText(bytes: Buffer): boolean {
  return /^\s*(?:\{\s*"|\[\s*[{"]|(?:data|event|id|retry)?:)/.test(bytes.toString('latin1', 0, 64));
}

/** What unpacks an encoding in a thread of its own, as far as what comes goes; `undefined` = unknown here. */
export function unpacker(encoding: string): Transform | undefined {
  const zlib = process.getBuiltinModule('node:zlib');
  switch (nameOf(encoding)) {
    case 'gzip':
      return zlib.createUnzip(unzip());
    case 'br':
      return zlib.createBrotliDecompress(unbrotli());
    case 'zstd':
      return zlib.createZstdDecompress();
    default:
      return undefined;
  }
}

/** The beginning of a body, unpacked where it is packed. @throws Error where it cannot be */
export function unpacked(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || isText(bytes)) return bytes;
  const zlib = process.getBuiltinModule('node:zlib');
  const limit = { maxOutputLength: MAX_UNPACKED };
  switch (nameOf(encoding)) {
    case 'gzip':
      return zlib.unzipSync(bytes, { ...unzip(), ...limit });
    case 'br':
      return zlib.brotliDecompressSync(bytes, { ...unbrotli(), ...limit });
    case 'zstd':
      return zlib.zstdDecompressSync(bytes, limit);
    default:
      return bytes;
  }
}

function nameOf(encoding: string): string {
  const name = encoding.trim().toLowerCase();
  return name === 'x-gzip' || name === 'deflate' ? 'gzip' : name;
}

/** What was cut off is read as far as it came. */
function unzip(): { finishFlush: number } {
  return { finishFlush: process.getBuiltinModule('node:zlib').constants.Z_SYNC_FLUSH };
}

function unbrotli(): { finishFlush: number } {
  return { finishFlush: process.getBuiltinModule('node:zlib').constants.BROTLI_OPERATION_FLUSH };
}
