/**
 * C2SP cosignatures (c2sp.org/tlog-cosignature), Ed25519: what a witness signs once it has seen that a log only grew.
 *
 * Signature = 8 bytes POSIX seconds, big-endian || Ed25519 over "cosignature/v1\ntime <seconds>\n" || note text.
 * Verifier key: `name+<key id>+<base64(0x04 || public key)>`, key id = first 4 bytes of SHA-256(name || "\n" || 0x04 || key).
 */
import { createPublicKey, verify } from 'node:crypto';
import { LogbookError } from './errors.ts';
import { sha256 } from './hash.ts';
import { decodeBase64, type Verifier } from './note.ts';

const ALGORITHM_COSIGNATURE = 4;
const KEY_BYTES = 32;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/**
 * Reads a witness's verifier key; `openNote` takes it like any other.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED`
 */
export function parseWitnessVkey(vkey: string): Verifier {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey);
  const data = decodeBase64(match?.[3] ?? '');
  const name = match?.[1] ?? '';
  const encoded = Buffer.concat([Buffer.from(`${name}\n`), data ?? Buffer.of()]);
  const keyId = sha256(encoded).toString('hex', 0, 4);
  if (data?.length !== 1 + KEY_BYTES || data[0] !== ALGORITHM_COSIGNATURE || keyId !== match?.[2])
    throw new LogbookError(
      'ERR_LOGBOOK_KEY_MALFORMED',
      `not a C2SP witness key (name+id+base64, type 0x04): "${vkey.slice(0, 200)}"`,
    );
  const publicKey = data.subarray(1);
  const x = publicKey.toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return {
    name,
    keyId,
    vkey,
    publicKey,
    verify: (text, signature) =>
      signature.length === TIME_BYTES + SIGNATURE_BYTES &&
      verify(null, cosignedText(text, signature), key, signature.subarray(TIME_BYTES)),
  };
}

function cosignedText(text: Uint8Array, signature: Uint8Array): Buffer {
  const seconds = Buffer.from(signature).readBigUInt64BE(0);
  return Buffer.concat([Buffer.from(`cosignature/v1\ntime ${seconds}\n`), text]);
}
