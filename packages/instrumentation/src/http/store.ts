/**
 * The HTTP request in whose context we run: who is calling, from where, and on which paths MCP is spoken. Filled by
 * `watch.ts`, read at the seam. Nothing here reads a header besides `user-agent` and, if told to, `x-forwarded-for`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpPeer } from '../exchange.ts';

/** One HTTP request being served. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path of the request as it came: frameworks rewrite `request.url`. */
  readonly path: string;
  /** `WWW-Authenticate` as it was sent; `getHeader` misses what went through `writeHead(status, headers)`. */
  challenge?: string;
  /** OAuth error code the SDK made an answer of. */
  oauthCode?: string;
  oauthMessage?: string;
  /** An MCP message of this request reached the seam. */
  isMcp?: boolean;
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

/** Address, port and program of the peer of the current request. */
export function httpPeer(exchange: HttpExchange): HttpPeer {
  const { socket, headers } = exchange.request;
  const userAgent = headers['user-agent'];
  const forwarded = headers['x-forwarded-for'];
  const direct = socket.remoteAddress;
  const believed =
    direct !== undefined && typeof forwarded === 'string' && trusted?.(direct) === true
      ? forwarded.split(',', 1)[0]?.trim()
      : undefined;
  const address = believed ?? direct;
  const port = believed === undefined ? socket.remotePort : undefined;
  return {
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port }),
    ...(userAgent !== undefined && { userAgent }),
  };
}
