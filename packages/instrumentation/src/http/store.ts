/**
 * The HTTP request in whose context we run: who is calling, from where, and on which paths MCP is spoken. Filled by
 * `watch.ts`, read at the seam. Nothing here reads a header besides `user-agent`, the MCP ones and, if told to, those
 * that forward an address.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpPeer, Person } from '../exchange.ts';
import type { EndpointRole } from './endpoints.ts';
import { clientAddress } from './forwarded.ts';

/** One HTTP request being served. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The other end of its connection; read as it came, since a socket that is closed does not know it any more. */
  readonly direct: { readonly address: string | undefined; readonly port: number | undefined };
  /** Path of the request as it came: frameworks rewrite `request.url`. */
  readonly path: string;
  /** What the path looks like, or was learned to be. */
  readonly role: EndpointRole | undefined;
  /** The query, only where it is an authorization request. */
  readonly query?: URLSearchParams;
  /** Headers as they were sent; `getHeader` misses what went through `writeHead(status, headers)`. */
  sentHeaders?: Readonly<Record<string, string>>;
  /** The first bytes of an answer that explains itself: a refusal, or one of an OAuth endpoint. */
  body?: Buffer[];
  bodyBytes?: number;
  /** The same of a request to an OAuth endpoint. */
  sent?: Buffer[];
  /** OAuth error code the SDK made an answer of. */
  oauthCode?: string;
  oauthMessage?: string;
  /** It says that it is `subscriptions/listen`, which may never reach the seam. */
  isListen?: boolean;
  /** An MCP message of this request reached the seam. */
  isMcp?: boolean;
  /** Who the seam found behind it, and the session it is part of. */
  who?: { readonly person?: Person; readonly clientId?: string };
  sessionId?: string;
  /** Its event was told. */
  isTold?: boolean;
}

export const current: AsyncLocalStorage<HttpExchange> = new AsyncLocalStorage();
/** Paths on which MCP was spoken; bounded, since a server may mount MCP under a parameter. */
export const mcpPaths: Set<string> = new Set<string>();
const MAX_PATHS = 100;

let trusted: ((address: string) => boolean) | undefined;

/** Whose forwarded addresses are believed. */
export function trustForwarded(by: ((address: string) => boolean) | undefined): void {
  trusted = by;
}

/** The HTTP request in whose context we run. */
export function currentHttp(): HttpExchange | undefined {
  return current.getStore();
}

/** An MCP message came with the current HTTP request: its path is an MCP path from now on. */
export function markMcp(): void {
  const exchange = current.getStore();
  if (exchange === undefined || exchange.isMcp === true) return;
  exchange.isMcp = true;
  if (mcpPaths.size < MAX_PATHS) mcpPaths.add(exchange.path);
}

/** Version of HTTP of a request, as the conventions write it: `1.1`, `2`. */
export function versionOf({ httpVersion }: IncomingMessage): string {
  return httpVersion === '2.0' ? '2' : httpVersion;
}

/** Address, port and program of the peer of the current request. */
export function httpPeer(exchange: HttpExchange): HttpPeer {
  const { direct, request } = exchange;
  const { headers } = request;
  const userAgent = headers['user-agent'];
  const believed =
    trusted === undefined ? undefined : clientAddress(direct.address, headers, trusted);
  const address = believed ?? direct.address;
  const port = believed === undefined ? direct.port : undefined;
  return {
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port }),
    ...(userAgent !== undefined && { userAgent }),
  };
}
