/**
 * One client session over Streamable HTTP by hand: every call is a POST of its own, all at once, each under a parent span
 * of ours, so that what the server recorded can be told apart by ids.
 */
import { Agent, type ClientRequest, request as httpRequest } from 'node:http';
import { asRecord } from '../harness/json.ts';

/** What becomes of a call that the test does not leave alone. */
export type Fate = 'answered' | 'cancelled' | 'dropped';

/** One call as the client knows it. */
export interface Sent {
  readonly id: number;
  /** 16 hex digits: the parent that the server's span must have. */
  readonly parent: string;
  fate: Fate;
  /** Texts of `_meta.traceparent` in what the server asked on the way. */
  readonly asked: string[];
  /** Its answer; `undefined` where none came. */
  answer: Record<string, unknown> | undefined;
}

const PROTOCOL = '2025-06-18';
/** Asks the fixture beside its protocol, over a connection of its own: a busy server drops idle ones. */
export function getJson(port: number, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.once('end', () => resolve(JSON.parse(text)));
    });
    request.once('error', reject).end();
  });
}

/** Parents are told apart over all sessions of a process. */
let parents = 0;

export class Session {
  readonly person: string;
  readonly agentName: string;
  /** 32 hex digits, of this session alone. */
  readonly trace: string;
  readonly calls: Sent[] = [];
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: false });
  readonly #open = new Map<number, ClientRequest>();
  /** Of the first request that failed without being meant to. */
  error: Error | undefined;
  readonly #done: Promise<Error | undefined>[] = [];
  #session: string | undefined;
  #id = 0;

  /** @param index of the session, @param person of who has it */
  constructor(port: number, index: number, person: number) {
    this.#port = port;
    this.person = `person-${person}`;
    this.agentName = `agent-${index}`;
    this.trace = `5e55${index.toString(16).padStart(28, '0')}`;
  }

  async begin(): Promise<void> {
    const clientInfo = { name: this.agentName, version: '1' };
    const capabilities = { sampling: {} };
    await this.#post({
      id: ++this.#id,
      method: 'initialize',
      params: { protocolVersion: PROTOCOL, capabilities, clientInfo },
    });
    await this.#post({ method: 'notifications/initialized' });
  }

  /** Sends a call; it is answered when the gate is opened. */
  call(ask: boolean): void {
    const parent = `ca11${(++parents).toString(16).padStart(12, '0')}`;
    const sent: Sent = { id: ++this.#id, parent, fate: 'answered', asked: [], answer: undefined };
    this.calls.push(sent);
    const params = {
      name: 'hold',
      arguments: { ask, person: this.person },
      _meta: { traceparent: `00-${this.trace}-${parent}-01` },
    };
    this.#later(this.#post({ id: sent.id, method: 'tools/call', params }, sent));
  }

  /** Tells the server that a call is not wanted any more, as clients do. */
  async cancel(sent: Sent): Promise<void> {
    sent.fate = 'cancelled';
    await this.#post({ method: 'notifications/cancelled', params: { requestId: sent.id } });
    this.#open.get(sent.id)?.destroy();
  }

  /** Cuts the connection of a call, without a word. */
  drop(sent: Sent): void {
    sent.fate = 'dropped';
    this.#open.get(sent.id)?.destroy();
  }

  /** Ends the session, whatever is under way. */
  async close(): Promise<void> {
    for (const sent of this.calls) if (sent.answer === undefined) sent.fate = 'dropped';
    await this.#send('DELETE', undefined, undefined);
  }

  /** Every call has its answer or its end. @throws Error of the first that failed */
  async settled(): Promise<void> {
    for (let at = 0; at < this.#done.length; at++) {
      const error = await this.#done[at];
      if (error !== undefined) throw error;
    }
  }

  #later(work: Promise<void>): void {
    this.#done.push(
      work.then(
        () => undefined,
        (error: Error) => (this.error ??= error),
      ),
    );
  }

  async #post(message: Readonly<Record<string, unknown>>, sent?: Sent): Promise<void> {
    await this.#send('POST', JSON.stringify({ jsonrpc: '2.0', ...message }), sent);
  }

  #send(method: string, body: string | undefined, sent: Sent | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        host: '127.0.0.1',
        port: this.#port,
        path: '/mcp',
        method,
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${this.person}`,
          'user-agent': this.agentName,
          accept: 'application/json, text/event-stream',
          ...(body !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
          ...(this.#session !== undefined && { 'mcp-session-id': this.#session }),
        },
      });
      if (sent !== undefined) this.#open.set(sent.id, request);
      const ended = (error?: Error): void => {
        if (sent !== undefined) this.#open.delete(sent.id);
        if (error === undefined || (sent !== undefined && sent.fate !== 'answered')) resolve();
        else reject(error);
      };
      request.once('error', ended);
      request.once('response', (response) => {
        const session = response.headers['mcp-session-id'];
        if (typeof session === 'string') this.#session = session;
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) if (line.startsWith('data: ')) this.#take(line.slice(6), sent);
        });
        response.once('error', ended);
        response.once('close', () => {
          const status = response.statusCode ?? 0;
          ended(status < 300 ? undefined : new Error(`${method} was answered ${status}`));
        });
      });
      request.end(body);
    });
  }

  #take(data: string, sent: Sent | undefined): void {
    if (data.trim() === '') return;
    const message = asRecord(JSON.parse(data));
    if (typeof message['method'] !== 'string') {
      if (sent !== undefined) sent.answer = message;
      return;
    }
    const meta = asRecord(asRecord(message['params'])['_meta'] ?? {});
    sent?.asked.push(String(meta['traceparent']));
    const result = { role: 'assistant', content: { type: 'text', text: 'x' }, model: 'm' };
    this.#later(this.#post({ id: message['id'], result }));
  }
}
