/**
 * One process of `calls.ts`: a server of SDK 1, or of SDK 2 with BENCH_SDK=2, behind an in-memory transport, driven by raw JSON-RPC (so that only the
 * server side is instrumented). Each message `{ calls }` runs that many `tools/call` of 215 B arguments and answers
 * with the CPU it took, main thread and whole process, the latter after the export worker has had time to finish.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const text =
  'The answer of the tool is a sentence of ordinary length, as most answers are, with a number: ';
const tools = [{ name: 'find_orders', inputSchema: { type: 'object' } }];
const answer = ({ params }) => ({
  content: [
    {
      type: 'text',
      text: `${text}${String(params.arguments.page)} of ${String(params.arguments.limit)}.`,
    },
  ],
});
const { server, InMemoryTransport } = process.env.BENCH_SDK === '2' ? await sdk2() : await sdk1();

async function sdk1() {
  const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js');
  const { Server } = await import('@modelcontextprotocol/sdk/server/index.js');
  const types = await import('@modelcontextprotocol/sdk/types.js');
  const server = new Server({ name: 'bench', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(types.ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(types.CallToolRequestSchema, answer);
  return { server, InMemoryTransport };
}

async function sdk2() {
  const { InMemoryTransport, Server } = await import('@modelcontextprotocol/server');
  const server = new Server({ name: 'bench', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools }));
  server.setRequestHandler('tools/call', answer);
  return { server, InMemoryTransport };
}

const [ours, theirs] = InMemoryTransport.createLinkedPair();
const waiting = new Map();
ours.onmessage = (message) => {
  waiting.get(message.id)?.(message);
  waiting.delete(message.id);
};
await server.connect(theirs);
await ours.start();
let id = 0;
const ask = (method, params) =>
  new Promise((resolve) => {
    waiting.set(++id, resolve);
    void ours.send({ jsonrpc: '2.0', id, method, params });
  });
await ask('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
});
await ours.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
await ask('tools/list', {});

const call = (page) =>
  ask('tools/call', {
    name: 'find_orders',
    arguments: {
      customer: 'Margarethe Huber',
      city: 'Vienna',
      status: ['open', 'paid'],
      page,
      limit: 50,
      sort: { by: 'date', descending: true },
      note: 'only those of the last quarter, please, and no drafts',
    },
  });

async function run(calls) {
  const process0 = process.cpuUsage();
  const main0 = process.threadCpuUsage();
  for (let n = 0; n < calls; n += 1) await call(n);
  const main = process.threadCpuUsage(main0);
  // The worker's share of these calls: it is done when it has used no CPU for a while.
  for (let before = -1, turn = 0; turn < 20; turn += 1) {
    await sleep(150);
    const { user, system } = process.cpuUsage();
    if (user + system - before < 3_000) break;
    before = user + system;
  }
  const all = process.cpuUsage(process0);
  return { main: (main.user + main.system) / calls, process: (all.user + all.system) / calls };
}

process.on('message', (message) => {
  void run(message.calls).then((result) => process.send(result));
});
process.send('ready');
