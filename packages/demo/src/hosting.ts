/**
 * An MCP server on Streamable HTTP, stateful, behind the SDK's own bearer middleware, for people with tokens. Shared by
 * the demo's own servers; it knows nothing of mcp-logbook. The plan arrives over IPC; the port it listens on goes back
 * the same way. A second message, or the end of the channel, ends it by itself, as a server that closes in good order.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { ShopPlan } from './plan.ts';

/** The little of express that is used here; express brings no types of its own. */
interface App {
  all(path: string, ...handlers: unknown[]): void;
  listen(port: number, host: string, listening: () => void): Server;
}
type Request = IncomingMessage & { body?: unknown };

const TOKEN_SECONDS = 3_600;
export const ISSUER = 'https://login.example';

/**
 * Serves what `newServer` makes, one for each session, once the plan has come.
 * @param scope whoever lacks it is answered 403
 */
export function hostOverIpc(newServer: () => McpServer, scope: string): void {
  process.once('message', (plan) => {
    // The parent is our own program and sends nothing else first.
    const server = open(newServer, scope, plan as ShopPlan, (port) => process.send?.({ port }));
    const end = (): void => {
      server.close();
      server.closeAllConnections();
      if (process.connected) process.disconnect();
    };
    process.once('message', end);
    process.once('disconnect', end);
  });
}

function open(
  newServer: () => McpServer,
  scope: string,
  plan: ShopPlan,
  listening: (port: number) => void,
): Server {
  const people = new Map(plan.shoppers.map((shopper) => [shopper.token, shopper]));
  const verifier = {
    verifyAccessToken: (token: string) => {
      const person = people.get(token);
      if (person === undefined) return Promise.reject(new InvalidTokenError('unknown token'));
      return Promise.resolve({
        token,
        clientId: person.clientId ?? 'demo-app',
        scopes: [...(person.scopes ?? [scope])],
        expiresAt: Math.floor(Date.now() / 1_000) + TOKEN_SECONDS,
        extra: { iss: ISSUER, sub: person.name },
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
      onsessionclosed: (session) => {
        sessions.delete(session);
      },
    });
    // The SDK declares `onclose` as optional on one side and as `| undefined` on the other.
    await newServer().connect(transport as Parameters<McpServer['connect']>[0]);
    return transport.handleRequest(request, response, request.body);
  };
  const app = createMcpExpressApp() as unknown as App;
  app.all(
    '/mcp',
    requireBearerAuth({ verifier, requiredScopes: [scope] }),
    (request: Request, response: ServerResponse) => handle(request, response),
  );
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address();
    listening(typeof address === 'object' && address !== null ? address.port : 0);
  });
  return server;
}
