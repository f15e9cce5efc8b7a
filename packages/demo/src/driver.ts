/**
 * The client: the real SDK's `Client` against the three servers, a few hundred calls, itself under the flag, so that
 * client and server spans meet in one trace. Reports what it saw, so that the story can compare it with what was
 * recorded. Order and number of calls are fixed; only tokens and secrets differ between runs.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { join } from 'node:path';
import { increment, type Plan, type Report } from './plan.ts';

/** `Report` while it is being written. */
type Notes = { -readonly [Key in keyof Report]: Report[Key] } & {
  requests: Record<string, number>;
  asked: Record<string, number>;
};

type Arguments = Readonly<Record<string, unknown>>;

/** A client that counts what it sends. */
class CountingClient extends Client {
  readonly notes: Notes;

  constructor(name: string, notes: Notes) {
    super({ name, version: '1.0.0' }, { capabilities: { sampling: {} } });
    this.notes = notes;
    this.setRequestHandler(CreateMessageRequestSchema, () => {
      increment(notes.asked, 'sampling/createMessage');
      return {
        model: 'demo-model',
        role: 'assistant',
        content: { type: 'text', text: 'Signed logs keep everyone honest.' },
      };
    });
  }

  override request: Client['request'] = (request, schema, options) => {
    increment(this.notes.requests, request.method);
    return super.request(request, schema, options);
  };

  /** Calls a tool; the text of its answer, or the error's message. */
  async text(name: string, args: Arguments): Promise<string> {
    try {
      const { content } = await this.callTool({ name, arguments: { ...args } });
      const first: unknown = Array.isArray(content) ? content[0] : undefined;
      const text =
        typeof first === 'object' && first !== null && 'text' in first ? first.text : undefined;
      return typeof text === 'string' ? text : '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

async function drive(plan: Plan): Promise<Report> {
  const notes: Notes = {
    requests: {},
    asked: {},
    failure: '',
    denied: '',
    refusedStatus: 0,
    secretsEchoed: false,
    stderr: '',
  };
  await useEverything(plan, notes);
  await useFilesystem(plan, notes);
  for (const { name, token } of plan.shoppers) await shopAs(plan, notes, name, token);
  await knockWithWrongToken(plan, notes);
  return notes;
}

async function useEverything(plan: Plan, notes: Notes): Promise<void> {
  const client = await startServer(plan, notes, plan.everything, ['stdio'], 'server-everything');
  await client.ping();
  const { tools } = await client.listTools();
  for (let round = 0; round < 40; round += 1) {
    await client.text('echo', { message: `hello ${round}` });
    await client.text('get-sum', { a: round, b: 2 });
  }
  for (const city of ['New York', 'Chicago', 'Los Angeles'])
    await client.text('get-structured-content', { location: city });
  await client.getPrompt({ name: 'simple-prompt' });
  await client.readResource({ uri: 'demo://resource/dynamic/text/7' });
  // The server asks the client's model in the middle of this call: four spans, one trace.
  await client.text('trigger-sampling-request', { prompt: 'Why keep a logbook?', maxTokens: 20 });
  // The error: a sum of words.
  notes.failure = await client.text('get-sum', { a: 'two', b: 'three' });
  // The secrets, as a careless agent would send them: JSON within a text, and the server says them back.
  const { password, token, card } = plan.secrets;
  const message = JSON.stringify({ user: 'ada', password, api_token: token, card_number: card });
  const answer = await client.text('echo', { message });
  notes.secretsEchoed = tools.length > 0 && answer.includes(message);
  await client.close();
}

async function useFilesystem(plan: Plan, notes: Notes): Promise<void> {
  const client = await startServer(plan, notes, plan.filesystem, [plan.work], 'server-filesystem');
  await client.listTools();
  for (let round = 0; round < 20; round += 1) {
    const path = join(plan.work, `note-${round}.txt`);
    await client.text('write_file', { path, content: `note ${round}` });
    await client.text('read_text_file', { path });
  }
  await client.text('list_directory', { path: plan.work });
  await client.text('search_files', { path: plan.work, pattern: '*7*' });
  // The denied path.
  notes.denied = await client.text('read_text_file', { path: plan.forbidden });
  await client.close();
}

async function shopAs(plan: Plan, notes: Notes, name: string, token: string): Promise<void> {
  const client = new CountingClient('demo-app', notes);
  const transport = new StreamableHTTPClientTransport(new URL(plan.shopUrl), bearer(token));
  await client.connect(transport as Parameters<Client['connect']>[0]);
  await client.listTools();
  for (let round = 0; round < 20; round += 1)
    await client.text('check_stock', { item: round % 2 === 0 ? 'anvil' : 'kettle' });
  for (let round = 1; round <= 5; round += 1)
    await client.text('place_order', { item: 'lantern', count: round });
  await client.text('cancel_order', { order: `${name}-1` });
  await transport.terminateSession();
  await client.close();
}

async function knockWithWrongToken(plan: Plan, notes: Notes): Promise<void> {
  // Counted apart: a request that is refused before any MCP message is no call.
  const client = new CountingClient('demo-app', { ...notes, requests: {}, asked: {} });
  const transport = new StreamableHTTPClientTransport(
    new URL(plan.shopUrl),
    bearer(plan.wrongToken),
  );
  try {
    await client.connect(transport as Parameters<Client['connect']>[0]);
  } catch (error) {
    notes.refusedStatus = error instanceof StreamableHTTPError ? (error.code ?? 0) : -1;
  }
  await client.close();
}

async function startServer(
  plan: Plan,
  notes: Notes,
  program: string,
  args: readonly string[],
  service: string,
): Promise<CountingClient> {
  const client = new CountingClient('demo-app', notes);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['--require', plan.registerFile, program, ...args],
    env: { ...plan.env, OTEL_SERVICE_NAME: service },
    stderr: 'pipe',
  });
  transport.stderr?.on('data', (chunk) => {
    notes.stderr += String(chunk);
  });
  await client.connect(transport);
  return client;
}

function bearer(token: string): { requestInit: RequestInit } {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

process.once('message', (plan) => {
  // The parent is our own story and sends a `Plan`.
  drive(plan as Plan).then(
    (report) => {
      process.send?.({ report }, () => process.disconnect());
    },
    (error: unknown) => {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.send?.({ problem }, () => process.disconnect());
    },
  );
});
