/**
 * JSON-RPC as it stands on a wire: which messages there are in a text, and whether they are MCP's. A program that speaks
 * another JSON-RPC (a language server, a debugger) must not be taken for an MCP server.
 */
import { MCP_METHODS } from '@mcp-logbook/semconv/names';

/** As much of a message as taps look at. */
export interface Message {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

/** The messages of one JSON text, a batch being several (2025-03-26); `undefined` = none of JSON-RPC. */
export function messagesIn(text: string): readonly Message[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const all = (Array.isArray(value) ? value : [value]).filter(isMessage);
  return all.length === 0 ? undefined : all;
}

/** A request that only an MCP client sends; `initialize` is also a method of the Language Server Protocol. */
export function isMcpRequest(message: Message): boolean {
  const { id, method, params } = message;
  if (typeof method !== 'string' || id === undefined || method === 'ping') return false;
  if (!MCP_METHODS.has(method)) return false;
  return (
    method !== 'initialize' ||
    typeof (params as { protocolVersion?: unknown } | null | undefined)?.protocolVersion ===
      'string'
  );
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && (value as Message).jsonrpc === '2.0';
}
