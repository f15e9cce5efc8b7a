/** What a row of the table is, and what the rows share: who asks, in which words, and what comes of it. */
import type { Ask } from './send.ts';

/** What a row must leave behind; `undefined` = nothing. */
export interface Expected {
  readonly event: string;
  readonly reason?: string;
  /** Absent: the event is told and not entered. */
  readonly kind?: string;
  readonly action?: string;
  readonly outcome?: string;
  readonly clientId?: string;
  /** `iss|sub`; absent = anonymous. */
  readonly person?: string;
  /** The session of the table's own `initialize`, or one that nobody knows. */
  readonly session?: 'own' | 'foreign' | 'any';
  /** Absent: loopback. */
  readonly address?: string;
}

/** One row. */
export interface RowSpec {
  readonly title: string;
  readonly status: number;
  readonly ask: Ask;
  readonly expected: Expected | undefined;
}

export const ADA = 'https://id.example|ada';
export const BOB = 'https://id.example|bob';
/** Whose good token it is. */
export const OWN = { clientId: 'app-1', person: ADA } as const;

export const JSON_TYPE = { 'content-type': 'application/json' };
/** What a client of Streamable HTTP says with each POST. */
export const MCP_HEADERS = { accept: 'application/json, text/event-stream', ...JSON_TYPE };

/** The `authorization` header of a token. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** A JSON-RPC request, as the body of a POST. */
export function rpc(method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

export const LOGIN = {
  event: 'login',
  kind: 'auth.login',
  action: 'login',
  outcome: 'success',
} as const;
export const REFUSED = { kind: 'authz.denied', action: 'authorize', outcome: 'denied' } as const;
export const REJECTED = {
  event: 'request_refused',
  kind: 'authz.denied',
  action: 'authorize',
  outcome: 'failure',
} as const;
