/**
 * A client that speaks MCP over stdio by hand: newline-delimited JSON-RPC, no SDK in the way of the bytes.
 *
 * Requests go out one at a time unless a test wants otherwise; what the server asks in return (sampling, elicitation,
 * roots) gets fixed answers, so two runs of one script see the same conversation. `lines` holds what the server
 * wrote, in order; a line that is not a JSON-RPC object is an error at once, because stdout belongs to the protocol.
 */
import { asRecord } from './json.ts';
import type { Watched } from './process.ts';
import { within } from './wait.ts';

/** Protocol version a client asks for: the newest with a handshake. */
export const PROTOCOL_VERSION = '2025-11-25';

/** Fixed answers to what servers ask of a client. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  'roots/list': { roots: [] },
  'sampling/createMessage': {
    role: 'assistant',
    content: { type: 'text', text: 'a fixed completion' },
    model: 'fixed-model',
    stopReason: 'endTurn',
  },
  'elicitation/create': { action: 'accept', content: { name: 'Ada', check: true } },
  ping: {},
};

export interface HandshakeOptions {
  readonly clientInfo?: { readonly name: string; readonly version: string };
  readonly capabilities?: Readonly<Record<string, unknown>>;
  readonly protocolVersion?: string;
}

/** See the file's header. */
export class WireClient {
  /** Complete lines the server wrote, without their newline. */
  readonly lines: string[] = [];
  readonly server: Watched;
  /** Methods the server asked of us, in order. */
  readonly asked: string[] = [];
  #nextId = 1;
  #consumed = 0;
  readonly #waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  readonly #watchers: ((message: Record<string, unknown>) => void)[] = [];
  #broken: Error | undefined;

  constructor(server: Watched) {
    this.server = server;
    server.onChange(() => {
      try {
        this.#read();
      } catch (error) {
        this.#broken ??= error instanceof Error ? error : new Error(String(error));
      }
    });
  }

  /** `initialize` and `notifications/initialized`; returns the server's result. */
  async handshake(options: HandshakeOptions = {}): Promise<Record<string, unknown>> {
    const answer = await this.request('initialize', {
      protocolVersion: options.protocolVersion ?? PROTOCOL_VERSION,
      capabilities: options.capabilities ?? {},
      clientInfo: options.clientInfo ?? { name: 'wire-client', version: '1.0.0' },
    });
    this.notify('notifications/initialized');
    return asRecord(answer['result']);
  }

  /** Sends one request and resolves with the whole answer, a result or an error. */
  async request(
    method: string,
    params?: unknown,
    timeoutMs = 20_000,
  ): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    const answer = new Promise<Record<string, unknown>>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
    return await within(answer, timeoutMs, () => this.#describe(method));
  }

  /** `tools/call`. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return await this.request('tools/call', { name, arguments: args });
  }

  notify(method: string, params?: unknown): void {
    this.send({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
  }

  send(message: Record<string, unknown>): void {
    this.server.write(`${JSON.stringify(message)}\n`);
  }

  /** Resolves with the next message from the server for which `wanted` holds, answers included. */
  async next(
    wanted: (message: Record<string, unknown>) => boolean,
    timeoutMs = 20_000,
  ): Promise<Record<string, unknown>> {
    return await within(
      new Promise<Record<string, unknown>>((resolve) => {
        this.#watchers.push((message) => {
          if (wanted(message)) resolve(message);
        });
      }),
      timeoutMs,
      () => this.#describe('a message'),
    );
  }

  /** Throws when the server wrote anything but JSON-RPC, or a last line without its newline. */
  assertOnlyMessages(): void {
    if (this.#broken !== undefined) throw this.#broken;
    const rest = this.server.stdout.slice(this.#consumed);
    if (rest !== '') throw new Error(`stdout ends in an incomplete line: ${rest.slice(0, 200)}`);
  }

  #read(): void {
    const output = this.server.stdout;
    for (;;) {
      const end = output.indexOf('\n', this.#consumed);
      if (end === -1) return;
      const line = output.slice(this.#consumed, end);
      this.#consumed = end + 1;
      this.lines.push(line);
      this.#take(parseMessage(line));
    }
  }

  #take(message: Record<string, unknown>): void {
    for (const watcher of this.#watchers) watcher(message);
    if (typeof message['method'] === 'string') {
      if (message['id'] !== undefined) this.#answer(message['method'], message['id']);
      return;
    }
    if (typeof message['id'] === 'number') {
      this.#waiting.get(message['id'])?.(message);
      this.#waiting.delete(message['id']);
    }
  }

  #answer(method: string, id: unknown): void {
    this.asked.push(method);
    const result = ANSWERS[method];
    this.send(
      result === undefined
        ? { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } }
        : { jsonrpc: '2.0', id, result },
    );
  }

  #describe(waitingFor: string): string {
    return (
      `no answer to ${waitingFor}; ${this.#broken?.message ?? 'stdout is sound'}; exit ` +
      `${JSON.stringify(this.server.exit ?? 'running')}; stderr: ${this.server.stderr.slice(-2_000)}`
    );
  }
}

function parseMessage(line: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    throw new Error(`stdout has a line that is not JSON: ${line.slice(0, 200)}`);
  }
  const record = asRecord(message);
  if (record['jsonrpc'] !== '2.0') {
    throw new Error(`stdout has a line that is not JSON-RPC: ${line.slice(0, 200)}`);
  }
  return record;
}
