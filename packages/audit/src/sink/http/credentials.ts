/**
 * Who may use the sink: a bearer token, a client certificate, or (only on loopback) any local program.
 *
 * What is configured must be right: with a token file and a client CA, both. Without either, a request that a browser
 * sent is refused: a web page must not be able to write to, or read from, a sink on the visitor's machine.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TokenFile } from './tokens.ts';

export class Credentials {
  readonly #tokens: TokenFile | undefined;
  readonly #clientCertificates: boolean;

  constructor(tokens: TokenFile | undefined, clientCertificates: boolean) {
    this.#tokens = tokens;
    this.#clientCertificates = clientCertificates;
  }

  /** A name for the caller that rate limits can go by, or undefined: send it away. */
  caller(request: IncomingMessage): string | undefined {
    const address = request.socket.remoteAddress ?? '';
    if (this.#clientCertificates) {
      const { socket } = request;
      if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
    }
    if (this.#tokens !== undefined) {
      const token = this.#tokens.match(request.headers.authorization);
      return token === undefined ? undefined : `${token} ${address}`;
    }
    if (!this.#clientCertificates && isFromBrowser(request)) return undefined;
    return address;
  }
}

/** Whether a listen address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1';
}

function isFromBrowser(request: IncomingMessage): boolean {
  return request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined;
}
