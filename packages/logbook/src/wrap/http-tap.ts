/**
 * Looks at the messages of a Streamable HTTP server from a proxy in front of it. A session is one `Wire`, found by
 * `Mcp-Session-Id`; without a session each HTTP request is one of its own, as its ids are. With HTTP+SSE of 2024-11-05 a
 * session is an event stream: its first event names the endpoint to which the client posts, and all answers come on it.
 *
 * When is a message looked at: as tap.ts says. A request that HTTP refuses or fails ends with the status as its error.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RecorderPort } from '@mcp-logbook/instrumentation/ports';
import { type Message, metaOf, type Transport, Wire } from '@mcp-logbook/instrumentation/seam';
import { glimpse, type LongLine } from '@mcp-logbook/instrumentation/lines';
import { withMeta } from './with-meta.ts';

/** Sessions at once; the oldest is given up beyond it (I10). */
const MAX_SESSIONS = 10_000;

/** A body that must not reach the server. */
export const REFUSED: unique symbol = Symbol('refused');

export interface HttpTapOptions {
  readonly mode: 'off' | 'best-effort' | 'blocking' | 'strict';
  readonly propagate: boolean;
  /** Called for each body or event that passes unread. */
  readonly unread: (reason: 'too_long' | 'compressed') => void;
}

interface Session {
  readonly wire: Wire;
  readonly transport: Transport & { sessionId?: string };
}

/** A session that is an event stream, by the path and query to which its client posts. */
type Endpoints = Map<string, Session>;

/** All sessions of one server. */
export class HttpTap {
  readonly options: HttpTapOptions;
  readonly recorder: RecorderPort;
  readonly #sessions = new Map<string, Session>();
  readonly #endpoints: Endpoints = new Map();
  /** What the server says of itself, so that what one session listed is known in the others. */
  #serverInfo: unknown;

  constructor(recorder: RecorderPort, options: HttpTapOptions) {
    this.recorder = recorder;
    this.options = options;
  }

  /**
   * One HTTP request, in whose asynchronous context this is called.
   * @param url path and query
   */
  exchange(sessionId: string | undefined, url: string): HttpExchangeTap {
    const posted = this.#endpoints.get(url);
    if (posted !== undefined)
      return new HttpExchangeTap(this, url, posted.transport.sessionId, posted, true);
    const known = sessionId === undefined ? undefined : this.#sessions.get(sessionId);
    return new HttpExchangeTap(this, url, sessionId, known ?? this.#made(), false);
  }

  /** A stream named its endpoint: those that are posted there belong to its session. */
  keepEndpoint(endpoint: string, session: Session): void {
    this.#endpoints.set(endpoint, session);
    const [oldest] = this.#endpoints.keys();
    if (this.#endpoints.size > MAX_SESSIONS && oldest !== undefined) this.dropEndpoint(oldest);
  }

  dropEndpoint(endpoint: string): void {
    this.#endpoints.get(endpoint)?.wire.close();
    this.#endpoints.delete(endpoint);
  }

  keep(sessionId: string, session: Session): void {
    if (this.#sessions.has(sessionId)) return;
    session.transport.sessionId = sessionId;
    this.#sessions.set(sessionId, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.drop(oldest);
  }

  has(sessionId: string | undefined): boolean {
    return sessionId !== undefined && this.#sessions.has(sessionId);
  }

  drop(sessionId: string): void {
    this.#sessions.get(sessionId)?.wire.close();
    this.#sessions.delete(sessionId);
  }

  learn(result: unknown): void {
    if (isObject(result) && 'serverInfo' in result) this.#serverInfo ??= result.serverInfo;
  }

  close(): void {
    for (const sessionId of this.#sessions.keys()) this.drop(sessionId);
    for (const endpoint of this.#endpoints.keys()) this.dropEndpoint(endpoint);
  }

  #made(): Session {
    // By `handleRequest` the facts of a connection know a server's transport on HTTP.
    const transport = { handleRequest: true, send: () => {} };
    const protocol = this.#serverInfo === undefined ? {} : { _serverInfo: this.#serverInfo };
    return { transport, wire: new Wire(protocol, transport, this.recorder) };
  }
}

/** One HTTP request and its answer. */
export class HttpExchangeTap {
  readonly #tap: HttpTap;
  readonly #session: Session;
  readonly #url: string;
  readonly #sessionId: string | undefined;
  /** It was posted to the endpoint of an event stream. */
  readonly isPosted: boolean;
  /** The endpoint that this answer, an event stream, named. */
  #endpoint: string | undefined;
  readonly #inContext = AsyncLocalStorage.snapshot();
  /** Ids of requests that this HTTP request brought and that have no answer yet. */
  readonly #open = new Set<unknown>();
  #isOver = false;

  constructor(
    tap: HttpTap,
    url: string,
    sessionId: string | undefined,
    session: Session,
    isPosted: boolean,
  ) {
    this.#tap = tap;
    this.#url = url;
    this.#sessionId = sessionId;
    this.#session = session;
    this.isPosted = isPosted;
  }

  /**
   * The body of a POST.
   * @returns `undefined` = it goes on as it is, a text = goes on in its place, `null` = no JSON
   */
  received(text: string): string | undefined | null | typeof REFUSED {
    // Answered before it was read, e.g. 401: the call never reached anybody.
    if (this.#isOver) return undefined;
    const parsed = parse(text);
    if (parsed === undefined) return null;
    const { propagate } = this.#tap.options;
    let changed: string | undefined;
    let isRefused = false;
    const messages = Array.isArray(parsed) ? parsed : [parsed];
    const onward = messages.map((message) => {
      let meta: Record<string, unknown> | undefined;
      let isAdmitted = false;
      this.#receive(message, () => {
        isAdmitted = true;
        const call =
          propagate && typeof message.method === 'string'
            ? this.#tap.recorder.current()
            : undefined;
        if (call !== undefined) meta = this.#tap.recorder.inject(call, metaOf(message.params));
      });
      isRefused ||= !isAdmitted;
      if (meta === undefined || Object.keys(meta).length === 0) return JSON.stringify(message);
      changed = withMeta(messages === parsed ? JSON.stringify(message) : text, meta);
      return changed;
    });
    if (isRefused) {
      // A batch goes on as a whole or not at all.
      for (const id of this.#open) this.#session.wire.lost(id, 'refused');
      return REFUSED;
    }
    if (changed === undefined) return undefined;
    return messages === parsed ? `[${onward.join(',')}]` : changed;
  }

  /** Ids that a refusal must answer. */
  get openIds(): unknown[] {
    return [...this.#open];
  }

  /** A body that was too long to read, by its ends. */
  receivedLong(line: LongLine): void {
    this.#tap.options.unread('too_long');
    const { id, method } = glimpse(line);
    if (!this.#isOver && method !== undefined) this.#receive({ id, method }, () => {});
  }

  /** The head of the answer came. */
  answered(status: number, sessionId: string | undefined): void {
    if (status >= 400) this.#isOver = true;
    const named = sessionId ?? this.#sessionId;
    if (status < 300 && named !== undefined) this.#tap.keep(named, this.#session);
  }

  /** One event of an answer. @returns as `sent` */
  event(text: string, event: string): string | undefined {
    if (event !== 'endpoint') return this.sent(text);
    const url = URL.parse(text, `http://_${this.#url}`);
    if (url === null || this.#endpoint !== undefined) return undefined;
    const sessionId = url.searchParams.get('sessionId') ?? url.searchParams.get('session_id');
    if (sessionId !== null) this.#session.transport.sessionId = sessionId;
    this.#endpoint = `${url.pathname}${url.search}`;
    this.#tap.keepEndpoint(this.#endpoint, this.#session);
    return undefined;
  }

  /** @returns what goes on in its place; `undefined` = the message itself */
  sent(text: string): string | undefined {
    const parsed = parse(text);
    if (parsed === undefined) return undefined;
    if (!Array.isArray(parsed)) return this.#send(parsed);
    const onward = parsed.map((message) => this.#send(message) ?? JSON.stringify(message));
    return this.#tap.options.mode === 'strict' ? `[${onward.join(',')}]` : undefined;
  }

  sentLong(line: LongLine): void {
    this.#tap.options.unread('too_long');
    const { id, method } = glimpse(line);
    if (method !== undefined || id !== undefined)
      this.#send(method === undefined ? { id } : { id, method });
  }

  /** The answer passed unread: its requests are answered, with what is not known. */
  sentUnread(reason: 'too_long' | 'compressed'): void {
    this.#tap.options.unread(reason);
    for (const id of this.#open) this.#send({ id });
  }

  /** The answer is over. @param status undefined = it did not get to its end */
  end(status: number | undefined, method: string | undefined): void {
    this.#isOver = true;
    const { wire, transport } = this.#session;
    if (status === undefined || status >= 400)
      for (const id of this.#open)
        wire.lost(id, status === undefined ? 'connection_closed' : String(status));
    const id = this.#sessionId ?? transport.sessionId;
    this.#inContext(() => {
      if (this.isPosted) return; // what it brought is answered on the stream
      if (this.#endpoint !== undefined) return this.#tap.dropEndpoint(this.#endpoint);
      // In a session an answer may still come on another stream; without one it cannot.
      if (id === undefined || !this.#tap.has(id)) wire.close();
      else if (status === 404 || (method === 'DELETE' && status !== undefined && status < 300))
        this.#tap.drop(id);
    });
  }

  #receive(message: Message, deliver: () => void): void {
    if (typeof message.method === 'string' && message.id !== undefined) this.#open.add(message.id);
    const extra = {
      requestInfo: {},
      ...(this.#sessionId !== undefined && { sessionId: this.#sessionId }),
    };
    this.#inContext(() => this.#session.wire.receive(message, extra, deliver));
  }

  #send(message: Message): string | undefined {
    let onward: string | undefined;
    this.#tap.learn(message.result);
    this.#inContext(() => {
      const sent = this.#session.wire.send(message, (outgoing) => {
        if (outgoing !== message && typeof message.method !== 'string')
          onward = JSON.stringify(outgoing);
      });
      if (sent instanceof Promise) sent.catch(() => {});
    });
    if (typeof message.method !== 'string') this.#open.delete(message.id);
    return onward;
  }
}

function parse(text: string): Message | Message[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.filter(isObject);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
