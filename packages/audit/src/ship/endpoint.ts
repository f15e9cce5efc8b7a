/**
 * Where and how audit records are sent, checked before anything is: an URL without credentials in it, and payloads in
 * clear only inside TLS or on this machine (audit.md 5).
 */
import { LogbookError } from '../errors.ts';

/**
 * The URL of the logs of an OTLP/HTTP base URL.
 * @throws LogbookError `ERR_LOGBOOK_USAGE`
 */
export function logsUrl(endpoint: string): URL {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw refused('audit endpoint is not a URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused(`audit endpoint "${url.host}" is neither http nor https`);
  if (url.username !== '' || url.password !== '')
    throw refused(`audit endpoint "${url.host}" holds credentials`, 'put a token into a file');
  url.hash = '';
  url.search = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/logs`;
  return url;
}

/**
 * Refuses payloads in clear over a network without TLS.
 * @throws LogbookError `ERR_LOGBOOK_USAGE`
 */
export function requireCover(url: URL, hasRecipient: boolean): void {
  if (hasRecipient || url.protocol === 'https:' || isLoopback(url.hostname)) return;
  throw refused(
    `audit endpoint "${url.host}" is neither https nor on this machine, and no recipient key is set: payloads would travel in clear`,
    "set MCP_LOGBOOK_AUDIT_RECIPIENT (ship: --recipient) to the sink's public key, or use https",
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function refused(
  message: string,
  hint = 'give a base URL such as https://collector:4320',
): LogbookError {
  return new LogbookError('ERR_LOGBOOK_USAGE', message, { hint });
}
