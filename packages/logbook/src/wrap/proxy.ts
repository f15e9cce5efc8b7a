/**
 * A reverse proxy in front of a Streamable HTTP server that cannot be preloaded: bodies stream both ways at the pace of the
 * slower side, messages are looked at on their way (http-tap.ts). Either side gone ends the other.
 *
 * A connection for each request: a kept one may be closed by the server in the moment it is used again, and a POST must
 * not be sent twice.
 */
import { createServer, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, Server, ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable, Writable } from 'node:stream';
import { answerHeaders, requestHeaders } from './http-headers.ts';
import { type HttpExchangeTap, type HttpTap, REFUSED } from './http-tap.ts';
import { TOO_LONG, UNAVAILABLE } from '@mcp-logbook/instrumentation/seam';
import { MAX_LINE_BYTES } from '@mcp-logbook/instrumentation/lines';
import type { Passage } from './pump.ts';
import { events } from './sse.ts';

/** Starts nothing by itself: the caller listens. @param tap undefined = nothing is recorded */
export function createProxy(target: URL, tap: HttpTap | undefined): Server {
  const server = createServer((request, response) => {
    new Exchange(request, response, target, tap).start();
  });
  // Streams live as long as their session.
  server.requestTimeout = 0;
  return server;
}

const JSON_TYPE = /^application\/json\b/i;
const EVENTS_TYPE = /^text\/event-stream\b/i;

/** One request and its answer. */
class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #target: URL;
  readonly #tap: HttpTap | undefined;
  readonly #seen: HttpExchangeTap | undefined;
  #upstream: ClientRequest | undefined;
  #status: number | undefined;
  #isEnded = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    target: URL,
    tap: HttpTap | undefined,
  ) {
    this.#request = request;
    this.#response = response;
    this.#target = target;
    this.#tap = tap;
    const session = request.headers['mcp-session-id'];
    this.#seen = tap?.exchange(
      typeof session === 'string' ? session : undefined,
      request.url ?? '/',
    );
  }

  start(): void {
    const { headers, method } = this.#request;
    this.#response.on('close', () => {
      this.#upstream?.destroy();
      this.#end();
    });
    this.#request.on('error', () => this.#upstream?.destroy());
    const options = this.#tap?.options;
    const isMessage = method === 'POST' && JSON_TYPE.test(headers['content-type'] ?? '');
    if (!isMessage || options === undefined || this.#seen === undefined) {
      stream(this.#request, this.#send(), unseen);
      return;
    }
    const seen = this.#seen;
    const isStrict = options.mode === 'strict';
    const isPacked = isEncoded(this.#request);
    if (isPacked) options.unread('compressed');
    if (isStrict || options.propagate) {
      if (isPacked && isStrict) this.#refuse(415, { ...UNAVAILABLE, message: COMPRESSED });
      else if (isPacked) stream(this.#request, this.#send(), unseen);
      else gather(this.#request, (body) => this.#held(seen, body, isStrict));
      return;
    }
    const looked = isPacked
      ? unseen
      : whole('after', (body) => {
          if (body.text === undefined) seen.receivedLong(body.ends);
          else seen.received(body.text);
          return undefined;
        });
    stream(this.#request, this.#send(), looked);
  }

  /** A whole body that was held: changed, refused, or sent on as it is. */
  #held(seen: HttpExchangeTap, body: Body, isStrict: boolean): void {
    if (body.text === undefined) {
      if (isStrict) {
        this.#tap?.options.unread('too_long');
        this.#refuse(413, TOO_LONG);
      } else {
        seen.receivedLong(body.ends);
        const upstream = this.#send();
        for (const bytes of body.bytes) upstream.write(bytes);
        stream(this.#request, upstream, unseen);
      }
      return;
    }
    const onward = seen.received(body.text);
    // The answer to a message posted to an endpoint would be looked for on the stream: only a status is seen at once.
    if (onward === REFUSED) this.#refuse(seen.isPosted ? 503 : 200, UNAVAILABLE);
    else if (onward === null && isStrict)
      this.#refuse(400, { code: -32_700, message: 'Parse error' });
    else {
      const bytes = typeof onward === 'string' ? Buffer.from(onward) : Buffer.concat(body.bytes);
      this.#send(bytes.length).end(bytes);
    }
  }

  #send(length?: number): ClientRequest {
    const { protocol, hostname, port } = this.#target;
    const start = protocol === 'https:' ? httpsRequest : httpRequest;
    const upstream = start({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      agent: false,
      method: this.#request.method,
      path: this.#request.url,
      headers: requestHeaders(this.#request, this.#target, length),
    });
    this.#upstream = upstream;
    upstream.on('response', (answer) => this.#answer(answer));
    upstream.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    return upstream;
  }

  #answer(answer: IncomingMessage): void {
    const status = answer.statusCode ?? 502;
    this.#status = status;
    const session = answer.headers['mcp-session-id'];
    this.#seen?.answered(status, typeof session === 'string' ? session : undefined);
    const response = this.#response;
    const type = answer.headers['content-type'] ?? '';
    const head = (length?: number): void => {
      response.writeHead(status, answer.statusMessage, answerHeaders(answer, length));
      response.flushHeaders();
    };
    const seen = this.#seen;
    const options = this.#tap?.options;
    const isJson = JSON_TYPE.test(type);
    if (seen === undefined || options === undefined || !(isJson || EVENTS_TYPE.test(type))) {
      head();
      stream(answer, response, unseen);
      return;
    }
    if (isEncoded(answer)) {
      seen.sentUnread('compressed');
      head();
      stream(answer, response, unseen);
      return;
    }
    const isStrict = options.mode === 'strict';
    if (isJson && isStrict) {
      gather(answer, (body) => {
        const text = this.#strictAnswer(seen, body);
        const bytes = text === undefined ? Buffer.concat(body.bytes) : Buffer.from(text);
        head(bytes.length);
        response.end(bytes);
        if (body.text === undefined) answer.destroy();
      });
      answer.on(
        'close',
        () => void (answer.complete || response.writableEnded || response.destroy()),
      );
      return;
    }
    head();
    const look = isStrict ? 'held' : options.mode === 'blocking' ? 'before' : 'after';
    const looked = isJson
      ? whole(look === 'before' ? 'before' : 'after', (body) => {
          if (body.text === undefined) seen.sentUnread('too_long');
          else seen.sent(body.text);
          return undefined;
        })
      : events(
          { data: (text, event) => seen.event(text, event), long: (line) => seen.sentLong(line) },
          look,
        );
    stream(answer, response, looked);
  }

  #strictAnswer(seen: HttpExchangeTap, body: Body): string | undefined {
    if (body.text !== undefined) return seen.sent(body.text);
    const [id] = seen.openIds;
    this.#tap?.options.unread('too_long');
    const instead = JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error: TOO_LONG });
    return seen.sent(instead) ?? instead;
  }

  /** An answer of ours, in place of the server's. */
  #refuse(status: number, error: object): void {
    this.#request.resume();
    const ids = this.#seen?.openIds ?? [];
    const answers = (ids.length === 0 ? [null] : ids).map((id) => ({ jsonrpc: '2.0', id, error }));
    const text = JSON.stringify(answers.length === 1 ? answers[0] : answers);
    this.#status = status;
    this.#response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#response.headersSent) {
      this.#response.destroy();
      return;
    }
    this.#status = 502;
    const text = `mcp-logbook: the server at ${this.#target.host} does not answer (${error.code ?? 'unknown error'})\n`;
    this.#response.writeHead(502, { 'content-type': 'text/plain' }).end(text);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#seen?.end(
      this.#response.writableFinished ? this.#status : undefined,
      this.#request.method,
    );
  }
}

const COMPRESSED = 'audit log unavailable: mode "strict" cannot read a compressed body';

/** A body, and its text unless it was too long; then its first bytes and its ends. */
interface Body {
  readonly bytes: readonly Buffer[];
  readonly text: string | undefined;
  readonly ends: { readonly head: string; readonly tail: string };
}

/** Bytes pass; nobody looks. */
const unseen: Passage = { take: (chunk, forward) => forward(chunk), end: () => {} };

/** Keeps up to the bound of a body beside passing it; the last piece goes on `before` or `after` a look at all of it. */
function whole(look: 'before' | 'after', take: (body: Body) => undefined): Passage {
  const body = new Gathered();
  let last: Buffer | undefined;
  return {
    take(chunk, forward) {
      body.push(chunk);
      if (look === 'after') {
        forward(chunk);
        return;
      }
      if (last !== undefined) forward(last);
      last = chunk;
    },
    end(forward) {
      if (look === 'after') {
        queueMicrotask(() => take(body.done()));
        return;
      }
      take(body.done());
      if (last !== undefined) forward(last);
    },
  };
}

/** Calls once, with the whole body or when it is too long; then the source is paused. */
function gather(source: Readable, done: (body: Body) => void): void {
  const body = new Gathered();
  const take = (chunk: Buffer): void => {
    body.push(chunk);
    if (!body.isLong) return;
    source.pause();
    source.removeListener('data', take);
    source.removeListener('end', end);
    done(body.done());
  };
  const end = (): void => done(body.done());
  source.on('data', take);
  source.on('end', end);
}

class Gathered {
  #parts: Buffer[] = [];
  #size = 0;
  #head: string | undefined;
  #tail: Buffer = Buffer.alloc(0);

  get isLong(): boolean {
    return this.#size > MAX_LINE_BYTES;
  }

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#head === undefined) this.#parts.push(chunk);
    if (!this.isLong) return;
    this.#head ??= Buffer.concat(this.#parts).subarray(0, 512).toString('utf8');
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-512)]).subarray(-512);
  }

  done(): Body {
    const text = this.isLong ? undefined : Buffer.concat(this.#parts).toString('utf8');
    const ends = { head: this.#head ?? '', tail: this.#tail.toString('utf8') };
    return { bytes: this.#parts, text, ends };
  }
}

/** Moves a body; one that is cut off on its way in is cut off on its way out. */
function stream(source: IncomingMessage, sink: Writable, passage: Passage): void {
  const forward = (bytes: Buffer): void => {
    if (bytes.length > 0 && !sink.write(bytes)) source.pause();
  };
  sink.on('drain', () => source.resume());
  source.on('data', (chunk: Buffer) => passage.take(chunk, forward));
  source.on('end', () => {
    passage.end(forward);
    sink.end();
  });
  source.on('error', () => sink.destroy());
  source.on('close', () => void (source.complete || sink.destroy()));
  source.resume();
}

function isEncoded({ headers }: IncomingMessage): boolean {
  return !/^(?:identity)?$/i.test(headers['content-encoding'] ?? '');
}
