/**
 * The HTTP tap: an MCP server on `node:http` or `node:http2` that has no SDK we know (by hand, on Express, Fastify, Hono's
 * adapter).
 *
 * A POST of JSON whose body is MCP's is kept until its answer passes. Only then is it recorded, from when it came: by then
 * the seam of an SDK has it (`isMcp`), or nobody else will. So each request is recorded once, and where a seam took the
 * first request of a path, the others of that path are not looked at any more.
 *
 * Bodies are seen at `request.push` as the parser gives them, answers at `response.write` and `end` (answer.ts); all pass on
 * as they are (I8). Kept are at most 8 MiB of either (I10). Answers on another response (HTTP+SSE of 2024-11-05) are not seen.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { current, mcpPaths, type HttpExchange } from '../http/store.ts';
import { watchRequest } from '../http/watch.ts';
import type { RecorderPort } from '../ports.ts';
import { Wire } from '../seam/wire.ts';
import { Answer, type Unread } from './answer.ts';
import { isMcpRequest, messagesIn, type Message } from './message.ts';
import { around } from './streams.ts';
import { namesMcp, pathOf, seamPaths } from './doors.ts';

/** What the tap asks of its user. */
export interface HttpTapOptions {
  /** Asked at the first request of MCP. */
  readonly recorder: () => RecorderPort | undefined;
  /** Begins to watch the HTTP servers of this process, for addresses and refusals. */
  readonly watch: () => void;
  /** Called for each message or answer that was not read. */
  readonly unread: (reason: Unread) => void;
}

const MAX_PATHS = 100;
const MAX_SESSIONS = 1_000;

/** By session id; the oldest is let go of when there are too many (I10). */
const sessions = new Map<string, Wire>();
/** What the server behind a path said of itself: without sessions each request is a connection of its own. */
const serverInfos = new Map<string, object>();

/** Takes a POST whose body is MCP's; any other is left alone. */
export function takePost(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  options: HttpTapOptions,
): void {
  const messages = messagesIn(body.toString('utf8'));
  if (messages === undefined) return;
  if (messages.some(isMcpRequest) || namesMcp(request) || mcpPaths.has(pathOf(request)))
    new Exchange(request, response, messages, options).begin();
}

/** One POST and its answer. */
class Exchange {
  readonly #options: HttpTapOptions;
  readonly #http: HttpExchange;
  readonly #messages: readonly Message[];
  readonly #at = performance.now();
  #undo: (() => void)[] = [];
  /** Ids that have no answer yet. */
  readonly #open = new Set<unknown>();
  #wire: Wire | undefined;
  #isOver = false;
  /** Why it ended, where it did not get to its end. */
  #errorType: string | undefined;
  /** A part of the answer was not read: who is left without one was answered by that. */
  #isUnread = false;
  readonly #answer: Answer;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    messages: readonly Message[],
    options: HttpTapOptions,
  ) {
    this.#options = options;
    options.watch();
    this.#http = watchRequest(request, response);
    this.#messages = messages;
    this.#answer = new Answer({
      text: (text) =>
        this.#safely(() => {
          for (const message of messagesIn(text) ?? []) this.#sent(message);
        }),
      unread: (reason) => {
        this.#isUnread = true;
        options.unread(reason);
      },
      over: () => this.#safely(() => this.#over()),
    });
  }

  /** Watches the answer. */
  begin(): void {
    const { response } = this.#http;
    this.#undo = [
      around(response, 'write', (write, args) => {
        this.#safely(() => this.#wrote(args[0], args[1]));
        return write(...args);
      }),
      around(response, 'end', (end, args) => {
        this.#safely(() => {
          this.#wrote(args[0], args[1]);
          this.#ended(undefined);
        });
        return end(...args);
      }),
    ];
    const closed = (): void => this.#safely(() => this.#ended('connection_closed'));
    response.once('close', closed);
    this.#undo.push(() => response.off('close', closed));
  }

  #safely(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch {
      this.#letGo();
    }
  }

  #letGo(): void {
    this.#isOver = true;
    this.#unwatch();
  }

  #unwatch(): void {
    for (const undo of this.#undo) undo();
    this.#undo = [];
  }

  /** Whether the seam of an SDK has this request. */
  #isSeams(): boolean {
    if (this.#wire !== undefined || this.#http.isMcp !== true) return false;
    // A subscription is told of by http/listen.ts, whoever answers it.
    if (this.#http.isListen !== true && seamPaths.size < MAX_PATHS) seamPaths.add(this.#http.path);
    this.#letGo();
    return true;
  }

  #wrote(chunk: unknown, encoding: unknown): void {
    if (this.#isSeams()) return;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : chunk instanceof Uint8Array
          ? Buffer.from(chunk) // a copy: the program may use its buffer again
          : undefined;
    if (bytes !== undefined) this.#answer.write(bytes, () => this.#encoding());
  }

  #encoding(): string | undefined {
    const { sentHeaders, response } = this.#http;
    const encoding = sentHeaders?.['content-encoding'] ?? response.getHeader('content-encoding');
    return typeof encoding === 'string' ? encoding : undefined;
  }

  #sent(message: Message): void {
    const wire = this.#begun();
    if (message.method === undefined) this.#open.delete(message.id);
    current.run(this.#http, () => {
      const sent = wire?.send(message, () => undefined);
      if (sent instanceof Promise) sent.catch(() => {});
    });
    const info = (message as { result?: { serverInfo?: unknown } }).result?.serverInfo;
    if (typeof info === 'object' && info !== null && serverInfos.size < MAX_PATHS)
      serverInfos.set(this.#http.path, info);
  }

  #ended(errorType: string | undefined): void {
    if (this.#isSeams()) return;
    this.#unwatch();
    this.#errorType = errorType;
    this.#answer.end();
  }

  /** All that the answer holds is read. */
  #over(): void {
    const { statusCode } = this.#http.response;
    const hasRequest = this.#messages.some(
      ({ id, method }) => id !== undefined && method !== undefined,
    );
    const isRefusal = statusCode >= 400 && statusCode < 500;
    // A refusal is told of as such (http/access.ts); an answer that comes another way is not ours to wait for.
    if (this.#wire === undefined && (isRefusal || (statusCode === 202 && hasRequest))) {
      this.#letGo();
      return;
    }
    const wire = this.#begun();
    const errorType = this.#errorType ?? (statusCode >= 400 ? String(statusCode) : undefined);
    for (const id of this.#open)
      if (errorType === undefined && this.#isUnread) this.#sent({ jsonrpc: '2.0', id });
      else wire?.lost(id, errorType ?? 'no_answer');
    this.#letGo();
  }

  /** The first sign that nobody else has it: recorded from when it came. */
  #begun(): Wire | undefined {
    if (this.#wire !== undefined) return this.#wire;
    const recorder = this.#options.recorder();
    if (recorder === undefined) return undefined;
    const wire = this.#wireOf(recorder);
    this.#wire = wire;
    const ago = performance.now() - this.#at;
    const session = this.#http.request.headers['mcp-session-id'];
    const extra = typeof session === 'string' ? { sessionId: session } : {};
    current.run(this.#http, () => {
      for (const message of this.#messages) {
        if (message.method !== undefined && message.id !== undefined) this.#open.add(message.id);
        // Too late to refuse it: in `strict` its answer leaves all the same.
        wire.receive(message, extra, () => {}, ago);
      }
    });
    return wire;
  }

  #wireOf(recorder: RecorderPort): Wire {
    const { request, response, path } = this.#http;
    const asked = request.headers['mcp-session-id'];
    const given =
      this.#http.sentHeaders?.['mcp-session-id'] ?? response.getHeader('mcp-session-id');
    const id = typeof asked === 'string' ? asked : typeof given === 'string' ? given : undefined;
    const known = id === undefined ? undefined : sessions.get(id);
    if (known !== undefined) return known;
    const server = serverInfos.get(path);
    const wire = new Wire(
      server === undefined ? {} : { _serverInfo: server },
      { handleRequest: true, ...(id !== undefined && { sessionId: id }) } as object,
      recorder,
    );
    if (id !== undefined) {
      const oldest = sessions.size >= MAX_SESSIONS ? sessions.keys().next().value : undefined;
      if (oldest !== undefined) sessions.delete(oldest);
      sessions.set(id, wire);
    }
    return wire;
  }
}
