/** The shapes that pass a seam, and what they say. */
import type { Outcome } from '../exchange.ts';

/** A transport's public contract. */
export interface Transport {
  start?: unknown;
  send?: unknown;
  onmessage?: unknown;
  onclose?: unknown;
  sessionId?: unknown;
}

/** A JSON-RPC message of any kind. */
export interface Message {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What a call is answered that cannot be entered (audit.md 3, `strict`). */
export const UNAVAILABLE = { code: -32_603, message: 'audit log unavailable' } as const;

/** The same of a message that nobody reads. */
export const TOO_LONG = {
  code: -32_603,
  message: 'audit log unavailable: the message is over 8 MiB, which mode "strict" cannot enter',
} as const;

/** What an answer says. */
export function outcomeOf(
  message: Message,
  thrown: { readonly error: unknown } | undefined,
): Outcome {
  const extra = thrown === undefined ? {} : { thrown: thrown.error };
  if (typeof message.error === 'object' && message.error !== null) {
    const {
      code,
      message: text,
      data,
    } = message.error as { code?: unknown; message?: unknown; data?: unknown };
    return {
      type: 'error',
      code: Number(code),
      message: typeof text === 'string' ? text : '',
      data,
      ...extra,
    };
  }
  return { type: 'result', result: message.result, ...extra };
}

/** `params._meta`, when it is an object. */
export function metaOf(params: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  const meta = (params as { _meta?: unknown })._meta;
  return typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>) : undefined;
}

/** Class name of what was thrown: low-cardinality, never its text. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { name } = error;
  return /^[A-Za-z_$][\w$.]{0,63}$/.test(name) ? name : '_OTHER';
}
