/**
 * Runs server-everything over Streamable HTTP or SSE with several real SDK clients at once and keeps what each got.
 *
 * Requests of the script go straight into the transport, under ids of ours; the SDK does the handshake and answers
 * what the server asks. What is compared are the `data:` lines of the event streams as the server sent them, taken
 * under the SDK's feet by a recording `fetch`. Streams have no order among each other, so lines are sorted.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  type JSONRPCMessage,
} from '@modelcontextprotocol/sdk/types.js';
import { call, everything, normalise, type Step } from './servers.ts';
import { type ExitState, spawnNode } from './process.ts';
import type { Sandbox } from './sandbox.ts';
import { within } from './wait.ts';

export type HttpMode = 'streamableHttp' | 'sse';

/** What one client saw. */
export interface ClientRun {
  /**
   * JSON-RPC lines, sorted. Volatile besides what the server lists: session ids, and `list_changed` notifications,
   * which get lost or not depending on when the client's standing stream opens.
   */
  readonly lines: readonly string[];
}

export interface HttpRun {
  readonly clients: readonly ClientRun[];
  readonly stderr: string;
  readonly exit: ExitState;
}

/** Ids of script requests start here, above all that the SDK client uses. */
const FIRST_ID = 1_000;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Requests each client sends, one after the other. */
export const httpSteps: readonly Step[] = [
  ['ping'],
  ['tools/list'],
  ['prompts/list'],
  ['resources/list'],
  call('echo', { message: 'over http' }),
  call('echo', {}),
  call('get-sum', { a: 2, b: 3 }),
  call('get-structured-content', { location: 'Chicago' }),
  call('get-env'),
  call('get-resource-reference', { resourceType: 'Text', resourceId: 1 }),
  call('trigger-sampling-request', { prompt: 'complete this', maxTokens: 5 }),
  call('trigger-elicitation-request'),
  call('no-such-tool', { a: 1 }),
  ['prompts/get', { name: 'args-prompt', arguments: { city: 'Paris' } }],
  ['prompts/get', { name: 'no-such-prompt' }],
  ['resources/read', { uri: 'demo://resource/static/document/features.md' }],
  ['resources/read', { uri: 'demo://nowhere' }],
  ['resources/subscribe', { uri: 'demo://resource/dynamic/text/1' }],
  ['no/such/method', { x: 1 }],
];

/** Starts the server, runs the script with `clients` clients at once, ends the server with SIGTERM. */
export async function runHttpScript(
  mode: HttpMode,
  sandbox: Sandbox,
  options: {
    /** `wrap`: behind the proxy of `mcp-logbook wrap`, which starts it on `behind`. */
    readonly instrumented: boolean | 'wrap';
    readonly port: number;
    readonly behind?: number;
    readonly clients: number;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<HttpRun> {
  const { port, behind = port } = options;
  const wrapArgs = [
    '--http-listen',
    `127.0.0.1:${port}`,
    '--http-target',
    `http://127.0.0.1:${behind}`,
  ];
  const child = spawnNode({
    script: everything.script,
    args: [mode],
    env: { ...sandbox.env, PORT: String(behind), ...options.env },
    instrumented: options.instrumented,
    wrapArgs,
  });
  await child.printed(mode === 'sse' ? 'Server is running on port' : 'Server listening on port');
  const base = `http://127.0.0.1:${options.port}`;
  const clients = await Promise.all(
    Array.from({ length: options.clients }, (_, index) =>
      runClient(
        (fetch) =>
          mode === 'sse'
            ? new SSEClientTransport(new URL(`${base}/sse`), { fetch })
            : new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { fetch }),
        `http-client-${index}`,
      ),
    ),
  );
  child.kill('SIGTERM');
  const exit = await child.gone();
  return { clients, stderr: child.stderr, exit };
}

async function runClient(
  connectWith: (recordingFetch: typeof fetch) => Transport,
  name: string,
): Promise<ClientRun> {
  const lines: string[] = [];
  const waiting = new Map<unknown, () => void>();
  const transport = connectWith(recordingFetch(lines));
  // The SDK calls a handler that was there before `connect`, so every message passes here first.
  transport.onmessage = (message: JSONRPCMessage): void => {
    if ('id' in message && !('method' in message)) waiting.get(message.id)?.();
  };
  const client = new Client(
    { name, version: '1.0.0' },
    { capabilities: { sampling: {}, elicitation: {} } },
  );
  client.onerror = () => {};
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: 'assistant',
    content: { type: 'text', text: 'a fixed completion' },
    model: 'fixed-model',
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
  await client.connect(transport);
  for (const [index, [method, params]] of httpSteps.entries()) {
    const id = FIRST_ID + index;
    const answered = new Promise<void>((resolve) => waiting.set(id, resolve));
    await transport.send({
      jsonrpc: '2.0',
      id,
      method,
      ...(params === undefined ? {} : { params }),
    });
    await within(answered, 20_000, () => `no answer to ${method}`);
  }
  await client.close();
  return {
    lines: lines
      .filter((line) => line.startsWith('{') && !line.includes('list_changed"'))
      .map((line) => normalise(everything, line).replace(UUID, 'SESSION'))
      .toSorted(),
  };
}

/** A `fetch` that keeps the data of every event stream it opens, line by line. */
function recordingFetch(lines: string[]): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
      return response;
    }
    const [ours, theirs] = response.body?.tee() ?? [];
    if (ours === undefined) return response;
    void readLines(ours, lines);
    return new Response(theirs ?? null, {
      status: response.status,
      headers: response.headers,
    });
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of stream) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) if (part.startsWith('data: ')) lines.push(part.slice(6));
    }
  } catch {
    // The client closed the stream.
  }
}
