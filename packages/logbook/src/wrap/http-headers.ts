/** Header lists of a proxy, as `rawHeaders` has them: names and values in turn, order and case kept (RFC 9110 7.6.1). */
import type { IncomingMessage } from 'node:http';

/** Of one connection only; `Connection` names more. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Headers for the server: its own `Host`, who the client is in `X-Forwarded-*`, and no compression, so that answers can
 * be read. `Expect` was answered by us.
 * @param length of a body that was changed
 */
export function requestHeaders(request: IncomingMessage, target: URL, length?: number): string[] {
  const own = new Set(['host', 'accept-encoding', 'expect', 'x-forwarded-for']);
  if (length !== undefined) own.add('content-length');
  const headers = passing(request, own);
  const { headers: sent, socket } = request;
  const chain = [sent['x-forwarded-for'], socket.remoteAddress].flat().filter((part) => part);
  headers.push('Host', target.host, 'X-Forwarded-For', chain.join(', '));
  if (sent['x-forwarded-host'] === undefined && sent.host !== undefined)
    headers.push('X-Forwarded-Host', sent.host);
  if (sent['x-forwarded-proto'] === undefined) headers.push('X-Forwarded-Proto', 'http');
  if (length !== undefined) headers.push('Content-Length', String(length));
  // Node.js frames the body of these methods only if it is told to.
  else if (
    sent['transfer-encoding'] !== undefined &&
    /^(?:GET|HEAD|DELETE|OPTIONS)$/.test(request.method ?? '')
  )
    headers.push('Transfer-Encoding', 'chunked');
  return headers;
}

/** Headers for the client. @param length of a body that was changed */
export function answerHeaders(answer: IncomingMessage, length?: number): string[] {
  if (length === undefined) return passing(answer, new Set());
  return [...passing(answer, new Set(['content-length'])), 'Content-Length', String(length)];
}

function passing(message: IncomingMessage, but: ReadonlySet<string>): string[] {
  const named = (message.headers.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named, ...but]);
  const { rawHeaders } = message;
  const headers: string[] = [];
  for (let n = 0; n + 1 < rawHeaders.length; n += 2) {
    const [name, value] = [rawHeaders[n] ?? '', rawHeaders[n + 1] ?? ''];
    if (!dropped.has(name.toLowerCase())) headers.push(name, value);
  }
  return headers;
}
