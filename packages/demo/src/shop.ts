/**
 * The demo's own server: a shop for three people (`hosting.ts` has the HTTP side). Its tools read, write and delete, as
 * their annotations say.
 */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { hostOverIpc } from './hosting.ts';

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

hostOverIpc(shopServer, 'shop');
