/**
 * RFC 3161 time stamps of checkpoints: a third party's word that the note existed at a time.
 *
 * The request holds SHA-256 of the note's bytes and a nonce; the answer is kept as it came. Its signature is for
 * `openssl ts -verify -data <note> -in <answer> -CAfile <authority>` to check, since which authority to trust is the
 * reader's choice; what is checked here is that the answer grants, and speaks of this digest and this nonce.
 */
import { randomBytes } from 'node:crypto';
import { LogbookError } from './errors.ts';
import { sha256 } from './hash.ts';

/** A granted time stamp. */
export interface TimeStamp {
  /** DER of the TimeStampResp: a `.tsr` file. */
  readonly response: Buffer;
  /** What the authority says the time was, RFC 3339. */
  readonly time: string;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1024 * 1024;
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const GENERALIZED_TIME = 0x18;
/** AlgorithmIdentifier of SHA-256, without parameters (RFC 5754 2). */
const SHA256 = Buffer.from('300b0609608648016503040201', 'hex');
const TRUE = Buffer.from('0101ff', 'hex');

/**
 * Asks an authority for a time stamp over some bytes.
 * @throws LogbookError `ERR_LOGBOOK_ANCHOR` when it cannot be reached, refuses, or answers something else
 */
export async function timeStamp(url: string, data: Uint8Array): Promise<TimeStamp> {
  const digest = sha256(data);
  // Positive, and without a leading zero byte: its one DER form.
  const nonce = randomBytes(16);
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  const response = await post(url, timeStampRequest(digest, nonce));
  const found = readResponse(response, digest, nonce);
  if (found.problem !== undefined) throw failed(url, found.problem);
  return { response, time: found.time };
}

/** TimeStampReq (RFC 3161 2.4.1): version 1, the digest, a nonce, and the wish for the certificate. */
function timeStampRequest(digest: Uint8Array, nonce: Uint8Array): Buffer {
  const imprint = der(SEQUENCE, SHA256, der(OCTETS, digest));
  return der(SEQUENCE, der(INTEGER, Uint8Array.of(1)), imprint, der(INTEGER, nonce), TRUE);
}

/** One DER value with a definite length. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Uint8Array.of(tag, ...head), content]);
}

/** One value of a DER text: its content, and where the next one begins. */
interface Value {
  readonly tag: number;
  readonly content: Buffer;
  readonly end: number;
}

/** @throws RangeError on a length beyond the bytes */
function valueAt(bytes: Buffer, at: number): Value {
  const tag = bytes.readUInt8(at);
  const first = bytes.readUInt8(at + 1);
  const lengthBytes = first < 128 ? 0 : first - 128;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, Math.min(lengthBytes, 6));
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start + length > bytes.length) throw new RangeError('length');
  return { tag, content: bytes.subarray(start, start + length), end: start + length };
}

/** The values side by side in a text. */
function valuesOf(bytes: Buffer): Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length;) {
    const value = valueAt(bytes, at);
    values.push(value);
    at = value.end;
  }
  return values;
}

type Read =
  | { readonly problem: string; readonly time?: undefined }
  | { readonly problem?: undefined; readonly time: string };

/** TimeStampResp: status, then a SignedData whose content is a TSTInfo (RFC 3161 2.4.2). */
function readResponse(response: Buffer, digest: Buffer, nonce: Buffer): Read {
  try {
    const [status, token] = valuesOf(valueAt(response, 0).content);
    const granted = valuesOf(status?.content ?? Buffer.of())[0]?.content;
    if (
      granted === undefined ||
      granted.length !== 1 ||
      (granted[0] ?? 9) > 1 ||
      token === undefined
    )
      return { problem: `refuses (status ${granted?.toString('hex') ?? 'missing'})` };
    const signedData = valueAt(valuesOf(token.content)[1]?.content ?? Buffer.of(), 0);
    const encapsulated = valuesOf(signedData.content)[2];
    const explicit = valuesOf(encapsulated?.content ?? Buffer.of())[1];
    const info = valueAt(valueAt(explicit?.content ?? Buffer.of(), 0).content, 0);
    const fields = valuesOf(info.content);
    const imprint = valuesOf(fields[2]?.content ?? Buffer.of())[1];
    const time = fields.find(({ tag }) => tag === GENERALIZED_TIME)?.content.toString('latin1');
    if (imprint?.content.equals(digest) !== true) return { problem: 'stamps another digest' };
    const isOurs = fields.slice(4).some((f) => f.tag === INTEGER && f.content.equals(nonce));
    if (!isOurs) return { problem: 'answers another request' };
    const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(time ?? '');
    if (parts === null) return { problem: 'gives no time' };
    const [, year, month, day, hour, minute, second, fraction = ''] = parts;
    return { time: `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z` };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problem: 'answers no time stamp' };
  }
}

async function post(url: string, body: Buffer): Promise<Buffer> {
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query' },
      body: new Uint8Array(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.ok && bytes.length <= MAX_BYTES) return bytes;
  } catch (cause) {
    throw failed(url, 'does not answer', cause);
  }
  throw failed(url, `answers ${response.status}`);
}

function failed(url: string, what: string, cause?: unknown): LogbookError {
  return new LogbookError('ERR_LOGBOOK_ANCHOR', `time-stamp authority "${url}": it ${what}`, {
    cause,
    hint: 'see that the URL takes RFC 3161 requests over HTTP',
  });
}
