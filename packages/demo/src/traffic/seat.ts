/**
 * One client at one server: connects, asks, reconnects, and notes how each request ended. The trace id is read off the
 * message as it goes out, after the flag has put its trace context into it; nothing is added here.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ErrorCode,
  McpError,
  ResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Shopper } from '../plan.ts';
import type { Action, Asking } from './actions.ts';
import type { Note, Outcome, ServerKey, TrafficPlan } from './plan.ts';

/** Who sits where. */
export interface SeatSpec {
  readonly weight: number;
  readonly server: ServerKey;
  readonly client: { readonly name: string; readonly version: string };
  /** Of the servers that ask for a token. */
  readonly person?: Shopper;
  /** Requests before it reconnects. */
  readonly stay: number;
}

type Takes = (note: Note) => void;
type AnyTransport = Parameters<Client['connect']>[0];

/** What every client asks as soon as it is connected. */
const LIST_TOOLS: Asking = { method: 'tools/list' };

/** The request that is being sent just now. */
const sending = new AsyncLocalStorage<{ traceId?: string }>();

class WatchedStdio extends StdioClientTransport {
  override send(...args: Parameters<StdioClientTransport['send']>): Promise<void> {
    noteTrace(args[0]);
    return super.send(...args);
  }
}

class WatchedHttp extends StreamableHTTPClientTransport {
  override send(...args: Parameters<StreamableHTTPClientTransport['send']>): Promise<void> {
    noteTrace(args[0]);
    return super.send(...args);
  }
}

/** See the file's header. */
export class Seat {
  readonly spec: SeatSpec;
  readonly #plan: TrafficPlan;
  readonly #take: Takes;
  #client: Client | undefined;
  #transport: WatchedHttp | WatchedStdio | undefined;
  #asked = 0;
  readonly #open = new Set<Promise<void>>();
  #connecting: Promise<void> | undefined;

  constructor(spec: SeatSpec, plan: TrafficPlan, take: Takes) {
    this.spec = spec;
    this.#plan = plan;
    this.#take = take;
  }

  /** Asks; resolves when the answer, or what there was instead, is noted. Never rejects. */
  async ask(action: Action, params: Record<string, unknown>): Promise<void> {
    this.#connecting ??= this.#reconnect();
    await this.#connecting;
    const client = this.#client;
    if (client === undefined) return; // noted as refused or lost
    this.#asked += 1;
    if (this.#asked >= this.spec.stay) this.#connecting = undefined;
    const job = this.#request(client, action, params);
    this.#open.add(job);
    await job;
    this.#open.delete(job);
  }

  /** Waits for what is open, then leaves. */
  async close(): Promise<void> {
    await Promise.all(this.#open);
    const [client, transport] = [this.#client, this.#transport];
    this.#client = undefined;
    this.#transport = undefined;
    try {
      if (transport instanceof WatchedHttp) await transport.terminateSession();
    } catch {
      // The server went first.
    }
    await client?.close().catch(() => {});
  }

  async #reconnect(): Promise<void> {
    await this.close();
    this.#asked = 0;
    const { client: info } = this.spec;
    const client = new Client(info, { capabilities: { sampling: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, (request) => {
      const traceId = traceIdOf(request.params._meta);
      this.#note(
        { method: request.method, direction: 'to_client', outcome: 'success', ms: 0 },
        traceId,
      );
      return {
        model: 'demo-model',
        role: 'assistant',
        content: { type: 'text', text: 'Signed logs keep everyone honest.' },
      };
    });
    const transport = this.#newTransport();
    const sent: { traceId?: string } = {};
    const started = performance.now();
    let outcome: Outcome = 'success';
    let status: number | undefined;
    try {
      await sending.run(sent, () => client.connect(transport as AnyTransport));
      this.#client = client;
      this.#transport = transport;
    } catch (error) {
      status = error instanceof StreamableHTTPError ? error.code : undefined;
      outcome = status === 401 || status === 403 ? 'refused' : 'lost';
      this.#connecting = undefined;
    }
    this.#note(
      {
        method: 'initialize',
        direction: 'to_server',
        outcome,
        ms: performance.now() - started,
        ...(status !== undefined && { status }),
      },
      sent.traceId,
    );
    if (outcome === 'success') await this.#request(client, LIST_TOOLS, {});
  }

  async #request(
    client: Client,
    { method, progress, cancelAfterMs, timeoutMs }: Asking,
    params: Record<string, unknown>,
  ): Promise<void> {
    const abort = new AbortController();
    const timer =
      cancelAfterMs === undefined ? undefined : setTimeout(() => abort.abort(), cancelAfterMs);
    const sent: { traceId?: string } = {};
    const started = performance.now();
    let outcome: Outcome;
    try {
      const result = await sending.run(sent, () =>
        client.request({ method, params }, ResultSchema, {
          signal: abort.signal,
          ...(progress && { onprogress: () => {} }),
          ...(timeoutMs !== undefined && { timeout: timeoutMs }),
        }),
      );
      outcome = result['isError'] === true ? 'tool_error' : 'success';
    } catch (error) {
      outcome = abort.signal.aborted ? 'cancelled' : outcomeOf(error);
      // The next call gets a new connection.
      if (outcome === 'lost') this.#connecting = undefined;
    }
    clearTimeout(timer);
    const target = params['name'] ?? params['uri'];
    this.#note(
      {
        method,
        direction: 'to_server',
        outcome,
        ms: performance.now() - started,
        ...(typeof target === 'string' && { target }),
      },
      sent.traceId,
    );
  }

  #note(
    part: Pick<Note, 'method' | 'target' | 'direction' | 'outcome' | 'status' | 'ms'>,
    traceId: string | undefined,
  ): void {
    const { client, server, person } = this.spec;
    this.#take({
      atMs: Date.now(),
      server: `demo-${server}`,
      client: client.name,
      clientVersion: client.version,
      ...(person !== undefined && { person: person.name }),
      ...part,
      ms: Math.round(part.ms * 1_000) / 1_000,
      ...(traceId !== undefined && { traceId }),
    });
  }

  #newTransport(): WatchedHttp | WatchedStdio {
    const { server, person } = this.spec;
    const { urls, programs, registerFile, env, work } = this.#plan;
    if (server === 'shop' || server === 'reports')
      return new WatchedHttp(new URL(urls[server]), {
        requestInit: { headers: { authorization: `Bearer ${person?.token ?? ''}` } },
      });
    const args = { everything: ['stdio'], filesystem: [work], memory: [] }[server];
    return new WatchedStdio({
      command: process.execPath,
      args: ['--require', registerFile, programs[server], ...args],
      env: { ...env, OTEL_SERVICE_NAME: `demo-${server}` },
      stderr: 'ignore',
    });
  }
}

function noteTrace(message: unknown): void {
  const store = sending.getStore();
  if (store === undefined || store.traceId !== undefined) return;
  if (typeof message !== 'object' || message === null || !('params' in message)) return;
  const traceId = traceIdOf((message.params as { _meta?: unknown } | undefined)?._meta);
  if (traceId !== undefined) store.traceId = traceId;
}

/** From `_meta.traceparent`. */
function traceIdOf(meta: unknown): string | undefined {
  if (typeof meta !== 'object' || meta === null || !('traceparent' in meta)) return undefined;
  return /^00-([0-9a-f]{32})-/.exec(String(meta.traceparent))?.[1];
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof McpError) {
    if (error.code === ErrorCode.RequestTimeout) return 'timeout';
    return error.code === ErrorCode.ConnectionClosed ? 'lost' : 'protocol_error';
  }
  return 'lost';
}
