/**
 * The HTTP tap: an MCP server on `node:http` or `node:http2` that has no SDK we know (by hand, on Express, Fastify, Hono's
 * adapter).
 *
 * A POST of JSON whose body is MCP's is kept until its answer passes. Only then is it recorded, from when it came: by then
 * the seam of an SDK has it (`isMcp`), or nobody else will. So each request is recorded once, and where a seam took the
 * first request of a path, the others of that path are not looked at any more.
 *
 * Bodies are seen at `request.push` as the parser gives them, answers at `response.write` and `end` (answer.ts); all pass on
 * as they are (I8). Kept are at most 8 MiB of either (I10). What is posted to the endpoint of a stream is answered there
 * (endpoint-stream.ts).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { current, mcpPaths, type HttpExchange } from '../http/store.ts';
import { watchRequest } from '../http/watch.ts';
import type { RecorderPort } from '../ports.ts';
import type { Wire } from '../seam/wire.ts';
import { Answer, type Unread } from './answer.ts';
import { connectionOf, learnServer } from './connections.ts';
import { EndpointStream, streamAt } from './endpoint-stream.ts';
import { isMcpRequest, messagesIn, type Message } from './message.ts';
import { watchAnswer } from './watch-answer.ts';
import { learn, namesMcp, pathOf } from './doors.ts';

/** What the tap asks of its user. */
export interface HttpTapOptions {
  /** Asked at the first request of MCP. */
  readonly recorder: () => RecorderPort | undefined;
  /** Begins to watch the HTTP servers of this process, for addresses and refusals. */
  readonly watch: () => void;
  /** Called for each message or answer that was not read. */
  readonly unread: (reason: Unread) => void;
}

/** Takes a POST whose body is MCP's; any other is left alone. */
export function takePost(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  options: HttpTapOptions,
): void {
  const messages = messagesIn(body.toString('utf8'));
  if (messages === undefined) return;
  const stream = streamAt(request.url);
  if (
    stream !== undefined ||
    messages.some(isMcpRequest) ||
    namesMcp(request) ||
    mcpPaths.has(pathOf(request))
  )
    new Exchange(request, response, messages, options, stream).begin();
}

/** Takes an event stream that names an endpoint to post to; `head` of it has left. */
export function takeStream(response: ServerResponse, head: Buffer, options: HttpTapOptions): void {
  new EndpointStream(response, head, options.unread).begin();
}

/** One POST and its answer. */
class Exchange {
  readonly #options: HttpTapOptions;
  readonly #http: HttpExchange;
  readonly #messages: readonly Message[];
  /** Where it is answered, if not here. */
  readonly #stream: EndpointStream | undefined;
  readonly #at = performance.now();
  #unwatch: () => void = () => {};
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
    stream: EndpointStream | undefined,
  ) {
    this.#options = options;
    this.#stream = stream;
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
    this.#unwatch = watchAnswer(this.#http.response, {
      wrote: (bytes) => this.#safely(() => this.#wrote(bytes)),
      over: (errorType) => this.#safely(() => this.#ended(errorType)),
    });
    for (const { id, method } of this.#messages)
      if (id !== undefined && method !== undefined) this.#stream?.expect(id, this);
    // Answered before its body was read, and nothing was there to see it.
    if (this.#http.response.writableEnded) this.#safely(() => this.#ended(undefined));
  }

  /** The answer to a request of it is about to be told of, as it leaves on the stream. @returns whether it is ours */
  answeredElsewhere(): boolean {
    return !this.#isSeams() && this.#begun() !== undefined;
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

  /** Whether the seam of an SDK has this request. */
  #isSeams(): boolean {
    if (this.#wire !== undefined || this.#http.isMcp !== true) return false;
    // A subscription is told of by http/listen.ts, whoever answers it.
    if (this.#http.isListen !== true) learn(this.#http.path);
    this.#letGo();
    this.#stream?.letGo();
    return true;
  }

  #wrote(bytes: Buffer): void {
    if (!this.#isSeams()) this.#answer.write(bytes, () => this.#encoding());
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
    learnServer(this.#http.path, message);
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
    const isElsewhere = statusCode === 202 && hasRequest;
    // A refusal is told of as such (http/access.ts); an answer that comes another way is not ours to wait for.
    if (this.#wire === undefined && (isRefusal || (isElsewhere && this.#stream === undefined))) {
      for (const { id } of this.#messages) this.#stream?.forget(id);
      this.#letGo();
      return;
    }
    const wire = this.#begun();
    const errorType = this.#errorType ?? (statusCode >= 400 ? String(statusCode) : undefined);
    // On a stream they are answered later.
    if (this.#stream === undefined || errorType !== undefined)
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
    const asked = this.#http.request.headers['mcp-session-id'];
    const session = this.#stream?.sessionId ?? (typeof asked === 'string' ? asked : undefined);
    const extra = session === undefined ? {} : { sessionId: session };
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
    if (this.#stream !== undefined) return this.#stream.wireOf(recorder);
    const { request, response, path, sentHeaders } = this.#http;
    const asked = request.headers['mcp-session-id'];
    const given = sentHeaders?.['mcp-session-id'] ?? response.getHeader('mcp-session-id');
    const id = typeof asked === 'string' ? asked : typeof given === 'string' ? given : undefined;
    return connectionOf(path, id, recorder);
  }
}
