/**
 * The demo's own server: Streamable HTTP, stateful, behind the SDK's own bearer middleware, for three people. It knows
 * nothing of mcp-logbook. Tokens arrive over IPC; the port it listens on goes back the same way. `stop` ends it by
 * itself, as a server would that closes down in good order.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import type { ShopPlan } from './plan.ts';

/** The little of express that is used here; express brings no types of its own. */
interface App {
  all(path: string, ...handlers: unknown[]): void;
  listen(port: number, host: string, listening: () => void): Server;
}
type Request = IncomingMessage & { body?: unknown };

const TOKEN_SECONDS = 3_600;
const STOCK: ReadonlyMap<string, number> = new Map([
  ['anvil', 12],
  ['kettle', 40],
  ['lantern', 3],
]);

function shopServer(): McpServer {
  const server = new McpServer({ name: 'demo-shop', version: '1.0.0' });
  server.registerTool(
    'check_stock',
    {
      description: 'How many of an item are left',
      inputSchema: { item: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ item }) => ({
      content: [{ type: 'text', text: `${STOCK.get(item) ?? 0} x ${item}` }],
    }),
  );
  server.registerTool(
    'place_order',
    {
      description: 'Orders an item',
      inputSchema: { item: z.string(), count: z.number().int().positive() },
      annotations: { readOnlyHint: false, destructiveHint: false },
    },
    ({ item, count }, extra) => ({
      content: [
        { type: 'text', text: `${count} x ${item} for ${String(extra.authInfo?.extra?.['sub'])}` },
      ],
    }),
  );
  server.registerTool(
    'cancel_order',
    {
      description: 'Cancels an order',
      inputSchema: { order: z.string() },
      annotations: { readOnlyHint: false, destructiveHint: true },
    },
    ({ order }) => ({ content: [{ type: 'text', text: `${order} is cancelled` }] }),
  );
  return server;
}

function open(plan: ShopPlan, listening: (port: number) => void): Server {
  const people = new Map(plan.shoppers.map(({ name, token }) => [token, name]));
  const verifier = {
    verifyAccessToken: (token: string) => {
      const name = people.get(token);
      if (name === undefined) return Promise.reject(new InvalidTokenError('unknown token'));
      return Promise.resolve({
        token,
        clientId: 'demo-app',
        scopes: ['shop'],
        expiresAt: Math.floor(Date.now() / 1_000) + TOKEN_SECONDS,
        extra: { iss: 'https://login.example', sub: name },
      });
    },
  };
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const handle = async (request: Request, response: ServerResponse): Promise<void> => {
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known !== undefined) return known.handleRequest(request, response, request.body);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (session) => {
        sessions.set(session, transport);
      },
    });
    // The SDK declares `onclose` as optional on one side and as `| undefined` on the other.
    await shopServer().connect(transport as Parameters<McpServer['connect']>[0]);
    return transport.handleRequest(request, response, request.body);
  };
  const app = createMcpExpressApp() as unknown as App;
  app.all('/mcp', requireBearerAuth({ verifier }), (request: Request, response: ServerResponse) =>
    handle(request, response),
  );
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address();
    listening(typeof address === 'object' && address !== null ? address.port : 0);
  });
  return server;
}

process.once('message', (plan) => {
  // The parent is our own story and sends nothing else first.
  const server = open(plan as ShopPlan, (port) => process.send?.({ port }));
  process.once('message', () => {
    server.close();
    server.closeAllConnections();
    process.disconnect();
  });
});
