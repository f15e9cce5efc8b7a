/**
 * A client that speaks MCP over HTTP by hand: Streamable HTTP (JSON or event stream) or the older HTTP + SSE, with no
 * SDK between the test and the bytes. Keeps each JSON-RPC message as the server wrote it.
 */
import { setTimeout as later } from 'node:timers/promises';
import { within } from '../harness/wait.ts';

export class HttpTalk {
  readonly messages: string[] = [];
  /** Status of each answer to a POST, in order. */
  readonly statuses: number[] = [];
  readonly #base: string;
  readonly #kind: 'sse' | 'http';
  readonly #end = new AbortController();
  #endpoint = '/mcp';
  #session: string | undefined;
  #nextId = 1;

  constructor(port: number, kind: 'sse' | 'http') {
    this.#base = `http://127.0.0.1:${port}`;
    this.#kind = kind;
  }

  /** HTTP + SSE opens the stream and learns where to post; Streamable HTTP needs nothing. */
  async open(): Promise<void> {
    if (this.#kind === 'http') return;
    const response = await fetch(`${this.#base}/sse`, {
      headers: { accept: 'text/event-stream' },
      signal: this.#end.signal,
    });
    const opened = new Promise<void>((resolve) => {
      void this.#read(response, (event, data) => {
        if (event === 'endpoint') {
          this.#endpoint = data;
          resolve();
        } else this.messages.push(data);
      });
    });
    await within(opened, 10_000, () => 'no endpoint event');
  }

  /** Sends one request and waits for its answer. */
  async request(method: string, params?: Readonly<Record<string, unknown>>): Promise<void> {
    const id = this.#nextId++;
    const before = this.messages.length;
    await this.#post(
      { jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) },
      params,
    );
    await within(this.#more(before), 10_000, () => `no answer to ${method}`);
  }

  async notify(method: string): Promise<void> {
    await this.#post({ jsonrpc: '2.0', method }, undefined);
  }

  close(): void {
    this.#end.abort();
  }

  async #more(before: number): Promise<void> {
    while (this.messages.length === before) await later(1);
  }

  async #post(
    message: {
      readonly jsonrpc: string;
      readonly id?: number;
      readonly method: string;
      readonly params?: unknown;
    },
    params: Readonly<Record<string, unknown>> | undefined,
  ): Promise<void> {
    const version = (params?.['_meta'] as Record<string, unknown> | undefined)?.[
      'io.modelcontextprotocol/protocolVersion'
    ];
    const name = params?.['name'];
    const response = await fetch(`${this.#base}${this.#endpoint}`, {
      method: 'POST',
      signal: this.#end.signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(this.#session !== undefined && { 'mcp-session-id': this.#session }),
        ...(typeof version === 'string' && {
          'mcp-protocol-version': version,
          'mcp-method': message.method,
          ...(typeof name === 'string' && { 'mcp-name': name }),
        }),
      },
      body: JSON.stringify(message),
    });
    this.statuses.push(response.status);
    this.#session ??= response.headers.get('mcp-session-id') ?? undefined;
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/event-stream'))
      // Not awaited: SDK 1.10 leaves the stream of a request open when its answer is an error.
      void this.#read(response, (_, data) => this.messages.push(data));
    else {
      const text = await response.text();
      if (type.startsWith('application/json')) this.messages.push(text);
    }
  }

  async #read(response: Response, take: (event: string, data: string) => void): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = /^data: ?(.*)$/m.exec(block)?.[1];
          if (data !== undefined && data !== '')
            take(/^event: ?(.*)$/m.exec(block)?.[1] ?? 'message', data);
        }
      }
    } catch {
      // We closed the stream.
    }
  }
}
