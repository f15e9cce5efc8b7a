/**
 * The sensitive part of an entry (audit.md 1), assembled from texts that are JSON already:
 *
 *   { "person"?, "identity"?: {source, clientId, claims}, "client"?: {name, version}, "server"?: {name, version},
 *     "session"?, "protocol"?, "peer"?: {address, port, userAgent}, "method", "requestId"?, "uri"?,
 *     "round"?: {id, number}, "request"?, "requestSize"?, "argumentCount"?, "contentTypes"?, "isError"?, "result"?, "resultSize"?, "resultDigest"?, "error"?: {code?, type?, message?}, "reason"? }
 *
 * Every part is redacted before it comes here (I5). A result longer than 8 KiB is kept as the text of its first 8 KiB,
 * with size and SHA-256 of the whole redacted JSON, so that the whole can be recognised.
 */
import { hash } from 'node:crypto';
import type { CaptureLevel } from './capture.ts';
import type { Round } from './rounds.ts';
import type { Content } from './scrub.ts';
import { read } from './thrown.ts';
import { cut } from './scrub.ts';

/** Longest result kept whole, in characters of its JSON. */
export const MAX_RESULT = 8_192;
/** Longest request kept whole; the log itself cuts a payload at 256 KiB. */
const MAX_REQUEST = 131_072;
/** Items of a result whose kind is told at level `metadata`. */
const MAX_CONTENT = 64;

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
  readonly round: Round | undefined;
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
  if (p.round !== undefined) json += `,"round":${JSON.stringify(p.round)}`;
  if (p.level === 'none') return `${json}}`;
  if (p.uri !== undefined) json += `,"uri":${JSON.stringify(p.uri)}`;
  if (p.level === 'metadata') json += metadataMembers(p.request, p.result);
  else if (p.request !== undefined) json += `,"request":${cutJson(p.request.json, MAX_REQUEST)}`;
  if (p.result !== undefined) json += resultMembers(p.result, p.level);
  if (p.errorJson !== undefined) json += `,"error":${p.errorJson}`;
  if (p.reason !== undefined) json += `,"reason":${JSON.stringify(p.reason)}`;
  return `${json}}`;
}

/** Level `metadata`: bytes of the request, how many arguments, kinds of content, whether the tool failed. */
function metadataMembers(request: Content | undefined, result: Content | undefined): string {
  let members = '';
  if (request !== undefined) {
    members += `,"requestSize":${request.sizeBytes ?? Buffer.byteLength(request.json)}`;
    const given = read(request.value, 'arguments');
    if (typeof given === 'object' && given !== null)
      members += `,"argumentCount":${Object.keys(given).length}`;
  }
  const content = read(result?.value, 'content');
  if (Array.isArray(content)) {
    const types = content.slice(0, MAX_CONTENT).map((item: unknown) => read(item, 'type'));
    const known = types.filter((type) => typeof type === 'string' && /^[\w/.+-]{1,32}$/.test(type));
    members += `,"contentTypes":${JSON.stringify([...new Set(known)])}`;
  }
  if (read(result?.value, 'isError') === true) members += ',"isError":true';
  return members;
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
