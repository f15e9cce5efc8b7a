/**
 * The sensitive part of an entry (audit.md 1), assembled from texts that are JSON already:
 *
 *   { "person"?, "identity"?: {source, clientId, claims}, "client"?: {name, version}, "server"?: {name, version},
 *     "session"?, "protocol"?, "peer"?: {address, port, userAgent}, "method", "requestId"?, "uri"?,
 *     "request"?, "result"?, "resultSize"?, "resultDigest"?, "error"?: {code?, type?, message?}, "reason"? }
 *
 * Every part is redacted before it comes here (I5). A result longer than 8 KiB is kept as the text of its first 8 KiB,
 * with size and SHA-256 of the whole redacted JSON, so that the whole can be recognised.
 */
import { hash } from 'node:crypto';
import type { CaptureLevel } from './capture.ts';
import type { Content } from './scrub.ts';
import { cut } from './scrub.ts';

/** Longest result kept whole, in characters of its JSON. */
export const MAX_RESULT = 8_192;
/** Longest request kept whole; the log itself cuts a payload at 256 KiB. */
const MAX_REQUEST = 131_072;

/** What goes into one payload; texts ending in `Json` are JSON, the rest is plain. */
export interface PayloadParts {
  readonly person: string | undefined;
  readonly identityJson: string | undefined;
  /** Members of the connection, without a comma at either end. */
  readonly connectionMembers: string;
  readonly peerJson: string | undefined;
  readonly method: string;
  readonly requestId: string | undefined;
  readonly uri: string | undefined;
  readonly level: CaptureLevel;
  readonly request: Content | undefined;
  readonly result: Content | undefined;
  readonly errorJson: string | undefined;
  readonly reason: string | undefined;
}

/** JSON text of a payload. */
export function payloadJson(p: PayloadParts): string {
  let json = '{';
  if (p.person !== undefined) json += `"person":${JSON.stringify(p.person)},`;
  if (p.identityJson !== undefined) json += `"identity":${p.identityJson},`;
  if (p.connectionMembers !== '') json += `${p.connectionMembers},`;
  if (p.peerJson !== undefined) json += `"peer":${p.peerJson},`;
  json += `"method":${JSON.stringify(p.method)}`;
  if (p.requestId !== undefined) json += `,"requestId":${JSON.stringify(p.requestId)}`;
  if (p.level === 'none') return `${json}}`;
  if (p.uri !== undefined) json += `,"uri":${JSON.stringify(p.uri)}`;
  if (p.request !== undefined && p.level !== 'metadata')
    json += `,"request":${cutJson(p.request.json, MAX_REQUEST)}`;
  if (p.result !== undefined) json += resultMembers(p.result, p.level);
  if (p.errorJson !== undefined) json += `,"error":${p.errorJson}`;
  if (p.reason !== undefined) json += `,"reason":${JSON.stringify(p.reason)}`;
  return `${json}}`;
}

function resultMembers(result: Content, level: CaptureLevel): string {
  const { json } = result;
  let members = level === 'full' ? `,"result":${cutJson(json, MAX_RESULT)}` : '';
  if (level !== 'full' || json.length > MAX_RESULT)
    members += `,"resultSize":${Buffer.byteLength(json)}`;
  if (level === 'full' && json.length > MAX_RESULT)
    members += `,"resultDigest":"${hash('sha256', json)}"`;
  return members;
}

/** The JSON itself, or its beginning as a JSON string. */
function cutJson(json: string, maxLength: number): string {
  return json.length <= maxLength ? json : JSON.stringify(cut(json, maxLength));
}
