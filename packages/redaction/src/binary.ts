/**
 * Binary content as type, size and the first 12 hex digits of its SHA-256: enough to recognise it, nothing to read.
 */
import { hash } from 'node:crypto';

/** The text that stands for the bytes. `data` is base64 text or bytes; a text's size is that of its decoded form. */
export function describeBinary(type: string, data: string | Uint8Array): string {
  const size =
    typeof data === 'string'
      ? Math.max(
          0,
          Math.floor((data.length * 3) / 4) -
            (data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0),
        )
      : data.byteLength;
  const digest = hash('sha256', data, 'hex').slice(0, 12);
  return `[BINARY ${type} ${size} bytes sha256:${digest}]`;
}

const DESCRIPTION = /^\[BINARY [\w./+-]{1,101} \d{1,15} bytes sha256:[0-9a-f]{12}\]$/;

/** True for what `describeBinary` gives: it is not described again. */
export function isBinaryDescription(text: string): boolean {
  return text.length < 180 && DESCRIPTION.test(text);
}

/** A media type that may be repeated in output: the peer chose it. */
export function safeMediaType(type: unknown, fallback: string): string {
  return typeof type === 'string' && /^[\w.+-]{1,40}\/[\w.+-]{1,60}$/.test(type) ? type : fallback;
}

/** Shorter runs of base64 are texts. */
export const LEAST_BLOB = 1_024;
const SHORT_BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** True for one long base64 run (1 KiB or more), judged by its first and last 512 characters and its length. */
export function isBase64Blob(text: string): boolean {
  if (text.length < LEAST_BLOB || text.length > 64 * 1_024 * 1_024) return false;
  const head = text.slice(0, 512);
  if (!SHORT_BASE64.test(head) || !SHORT_BASE64.test(text.slice(-512))) return false;
  // One letter repeated, or a name of a thousand letters, is no binary.
  return (
    /\d/.test(head) && /[A-Z]/.test(head) && /[a-z]/.test(head) && !/[^A-Za-z0-9+/=_-]/.test(text)
  );
}
