/**
 * Why a request was refused, as one word of a bounded list: it is a metric label, so nothing that a peer chose passes.
 * OAuth codes stand as they are (RFC 6749, 6750, 7009, 7591, 8707, 9449 and two of the MCP SDK's own); the other words
 * are ours, found from HTTP status and JSON-RPC error (MCP 2025-11-25 and 2026-07-28, transports).
 */
import { OTHER } from '@mcp-logbook/semconv/names';

const OAUTH_CODES: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_token',
  'insufficient_scope',
  'invalid_client',
  'invalid_client_metadata',
  'invalid_redirect_uri',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'unsupported_token_type',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'method_not_allowed',
  'too_many_requests',
]);
const OWN_WORDS: ReadonlySet<string> = new Set([
  'invalid_host',
  'invalid_origin',
  'session_unknown',
  'session_missing',
  'not_found',
  'not_acceptable',
  'unsupported_media_type',
  'body_too_large',
  'parse_error',
  'invalid_params',
  'header_mismatch',
  'missing_capability',
  'unsupported_version',
  'unauthorized',
  'insecure_endpoint',
]);

/** Whether a word is an error code of OAuth. */
export function isOAuthCode(word: string | undefined): boolean {
  return word !== undefined && OAUTH_CODES.has(word);
}

/** `reason` if it is one of the list, else `_OTHER`. */
export function boundedReason(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  return isOAuthCode(reason) || OWN_WORDS.has(reason) ? reason : OTHER;
}

/** What the JSON-RPC error codes of a refusal mean; -32000 means nothing by itself. */
const BY_CODE: ReadonlyMap<number, string> = new Map([
  [-32700, 'parse_error'],
  [-32600, 'invalid_request'],
  [-32602, 'invalid_params'],
  [-32001, 'session_unknown'],
  [-32020, 'header_mismatch'],
  [-32021, 'missing_capability'],
  [-32022, 'unsupported_version'],
]);
const BY_STATUS: ReadonlyMap<number, string> = new Map([
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [406, 'not_acceptable'],
  [413, 'body_too_large'],
  [415, 'unsupported_media_type'],
  [429, 'too_many_requests'],
]);

/** The word for an answer that no OAuth code explains: its status, and the JSON-RPC error in its body, if any. */
export function reasonOf(
  status: number,
  error: { readonly code: number; readonly message: string } | undefined,
): string | undefined {
  const message = error?.message ?? '';
  if (status === 403) {
    if (/\borigin\b/i.test(message)) return 'invalid_origin';
    return /\bhost\b/i.test(message) ? 'invalid_host' : undefined;
  }
  if (BY_STATUS.has(status) && status !== 404) return BY_STATUS.get(status);
  if (/\bsession/i.test(message))
    return /not found|unknown|invalid|expired|terminated/i.test(message) || status === 404
      ? 'session_unknown'
      : 'session_missing';
  if (/not initialized/i.test(message)) return 'session_missing';
  if (/protocol version/i.test(message)) return 'unsupported_version';
  return BY_CODE.get(error?.code ?? 0) ?? BY_STATUS.get(status);
}
