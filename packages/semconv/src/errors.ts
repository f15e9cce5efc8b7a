/** What counts as an error of whom (semconv 1.4). */

/** JSON-RPC codes that are the caller's mistake: no error of a server span (semconv 1.4). */
export const CALLER_ERROR_CODES: ReadonlySet<string> = new Set([
  '-32700',
  '-32600',
  '-32601',
  '-32602',
  '-32002',
]);
