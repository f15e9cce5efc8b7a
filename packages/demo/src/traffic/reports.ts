/**
 * A server with the troubles of real ones: slow answers, answers that say they failed, handlers that throw, results of
 * a quarter megabyte, progress, questions to the client's model, a tool that changes under its users. All of it on demand, so that a seed decides.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { hostOverIpc } from '../hosting.ts';

/** Sessions so far. The server tries five layouts on its users: each that is new to a log is a changed definition. */
let sessions = 0;
const layout = (): number => {
  sessions += 1;
  return sessions % 5;
};

const ROW = 'region=north;quarter=3;units=1240;returned=17;';

function reportsServer(): McpServer {
  const server = new McpServer({ name: 'demo-reports', version: '2.1.0' });
  server.registerTool(
    'run_report',
    {
      description: 'Gathers a report; takes as long as it takes',
      inputSchema: { name: z.string(), waitMs: z.number().int().min(0).max(10_000) },
      annotations: { readOnlyHint: true },
    },
    async ({ name, waitMs }, extra) => {
      const token = extra._meta?.progressToken;
      for (let step = 1; step <= 4; step += 1) {
        await sleep(waitMs / 4, undefined, { signal: extra.signal });
        if (token === undefined) continue;
        await extra.sendNotification({
          method: 'notifications/progress',
          params: { progressToken: token, progress: step, total: 4 },
        });
      }
      return { content: [{ type: 'text', text: `${name}: ${ROW}` }] };
    },
  );
  server.registerTool(
    'export_rows',
    {
      description: `All rows as text, in layout ${layout()}`,
      inputSchema: { rows: z.number().int().min(1).max(10_000) },
      annotations: { readOnlyHint: true },
    },
    ({ rows }) => ({ content: [{ type: 'text', text: ROW.repeat(rows) }] }),
  );
  server.registerTool(
    'refresh_cache',
    {
      description: 'Fails when the source is away',
      inputSchema: { source: z.string() },
      annotations: { readOnlyHint: false, destructiveHint: false },
    },
    ({ source }) =>
      source === 'archive'
        ? { isError: true, content: [{ type: 'text', text: `${source} does not answer` }] }
        : { content: [{ type: 'text', text: `${source} is fresh` }] },
  );
  server.registerTool(
    'drop_report',
    {
      description: 'Deletes a report for good; throws when there is none',
      inputSchema: { name: z.string() },
      annotations: { readOnlyHint: false, destructiveHint: true },
    },
    ({ name }) => {
      if (name === 'missing') throw new RangeError(`no report named ${name}`);
      return { content: [{ type: 'text', text: `${name} is gone` }] };
    },
  );
  server.registerTool(
    'summarise',
    { description: "Asks the client's model", inputSchema: { name: z.string() } },
    async ({ name }) => {
      const answer = await server.server.createMessage({
        messages: [{ role: 'user', content: { type: 'text', text: `Summarise ${name}` } }],
        maxTokens: 30,
      });
      const text = answer.content.type === 'text' ? answer.content.text : 'no text';
      return { content: [{ type: 'text', text }] };
    },
  );
  server.registerResource('latest', 'report://latest', { title: 'The latest report' }, (uri) => ({
    contents: [{ uri: uri.href, text: ROW }],
  }));
  server.registerPrompt('explain', { argsSchema: { name: z.string() } }, ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Explain ${name}` } }],
  }));
  return server;
}

hostOverIpc(reportsServer, 'reports');
