/** Requests of 2026-07-28: what SDK 2 answers, most of it before a message reaches any server. */
import type { Made } from './program.ts';
import { bearer, LOGIN, MCP_HEADERS, OWN, REFUSED, REJECTED, type RowSpec, rpc } from './rows.ts';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'table', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

export function modernRows(tokens: Made['tokens']): RowSpec[] {
  const modern = (method: string, more: Readonly<Record<string, string>> = {}) => ({
    ...MCP_HEADERS,
    ...bearer(tokens.good),
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...more,
  });
  const body = (method: string, params: object = {}): string =>
    rpc(method, { ...params, _meta: META });
  const path = '/mcp';
  return [
    {
      title: 'first use of a token, 2026-07-28',
      status: 200,
      ask: { path, headers: modern('tools/list'), body: body('tools/list') },
      expected: { ...LOGIN, ...OWN },
    },
    {
      title: 'second use of it, 2026-07-28',
      status: 200,
      ask: {
        path,
        headers: modern('tools/call', { 'mcp-name': 'echo' }),
        body: body('tools/call', { name: 'echo', arguments: {} }),
      },
      expected: undefined,
    },
    {
      title: 'a tool that wants a scope of its own',
      status: 403,
      ask: {
        path,
        headers: modern('tools/call', { 'mcp-name': 'drop' }),
        body: body('tools/call', { name: 'drop', arguments: {} }),
      },
      expected: { event: 'scope_refused', reason: 'insufficient_scope', ...REFUSED, ...OWN },
    },
    {
      title: 'a header that is not the method of the body',
      status: 400,
      ask: { path, headers: modern('tools/list'), body: body('ping') },
      expected: { ...REJECTED, reason: 'header_mismatch', ...OWN },
    },
    {
      title: 'a revision this server does not speak',
      status: 400,
      ask: {
        path,
        headers: { ...modern('tools/list'), 'mcp-protocol-version': '2027-01-01' },
        body: rpc('tools/list', {
          _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': '2027-01-01' },
        }),
      },
      expected: { ...REJECTED, reason: 'unsupported_version', ...OWN },
    },
    {
      title: 'a broken envelope',
      status: 400,
      ask: {
        path,
        headers: modern('tools/list'),
        body: rpc('tools/list', {
          _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
        }),
      },
      expected: { ...REJECTED, reason: 'invalid_params', ...OWN },
    },
  ];
}
