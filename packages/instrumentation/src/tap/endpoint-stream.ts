/**
 * HTTP+SSE of 2024-11-05 without an SDK: a GET is answered by an event stream, whose first event names the endpoint to which
 * this client posts; what it posts there is answered on the stream. A session is such a stream.
 *
 * Whose it is shows at the first POST: where the seam of an SDK takes that, the stream is let go of.
 */
import type { ServerResponse } from 'node:http';
import type { RecorderPort } from '../ports.ts';
import { UNAVAILABLE } from '../seam/message.ts';
import type { Wire } from '../seam/wire.ts';
import { Answer, type Unread } from './answer.ts';
import { learnServer, newConnection } from './connections.ts';
import { glimpse, type LongLine } from './lines.ts';
import { messagesIn, type Message } from './message.ts';
import { watchAnswer } from './watch-answer.ts';

const MAX_STREAMS = 1_000;
/** Requests of one stream that wait for their answer. */
const MAX_PENDING = 1_000;
/** Streams, by the path and query that they named; the oldest is let go of when there are too many (I10). */
const streams = new Map<string, EndpointStream>();

/** A POST whose answer comes on the stream. */
interface Posted {
  /** The answer is about to be told. @returns whether the POST is recorded by us */
  answeredElsewhere(): boolean;
}

/** The stream that named an endpoint. @param url path and query of a POST */
export function streamAt(url: string | undefined): EndpointStream | undefined {
  return url === undefined ? undefined : streams.get(url);
}

/** See the file's header. */
export class EndpointStream {
  readonly #answer: Answer;
  readonly #pending = new Map<unknown, Posted>();
  readonly #response: ServerResponse;
  readonly #head: Buffer;
  #unwatch: () => void = () => {};
  #endpoint: string | undefined;
  #path = '';
  #wire: Wire | undefined;
  sessionId: string | undefined;

  /** @param head what of it has left already */
  constructor(response: ServerResponse, head: Buffer, unread: (reason: Unread) => void) {
    this.#response = response;
    this.#head = head;
    this.#answer = new Answer({
      text: (text, event) => this.#event(text, event),
      unread: (reason, line) => {
        unread(reason);
        if (line !== undefined) this.#sent(glimpsed(line));
      },
      over: () => {},
    });
  }

  /** Reads what has left and watches the rest. */
  begin(): void {
    const wrote = (bytes: Buffer): void => this.#answer.write(bytes, () => undefined);
    wrote(this.#head);
    this.#unwatch = watchAnswer(this.#response, { wrote, over: () => this.#close() });
  }

  /** The connection that it is. */
  wireOf(recorder: RecorderPort): Wire {
    return (this.#wire ??= newConnection(this.#path, this.sessionId, recorder));
  }

  /** A request was posted. */
  expect(id: unknown, posted: Posted): void {
    if (this.#pending.size < MAX_PENDING) this.#pending.set(id, posted);
  }

  /** It was refused. */
  forget(id: unknown): void {
    this.#pending.delete(id);
  }

  /** Somebody else records it. */
  letGo(): void {
    this.#unwatch();
    this.#pending.clear();
    if (this.#endpoint !== undefined) streams.delete(this.#endpoint);
  }

  #event(text: string, event: string): void {
    if (event === 'endpoint' && this.#endpoint === undefined) this.#named(text);
    else for (const message of messagesIn(text) ?? []) this.#sent(message);
  }

  #named(endpoint: string): void {
    const url = URL.parse(endpoint, 'http://_');
    if (url === null) return;
    const { pathname, search, searchParams } = url;
    this.#path = pathname;
    this.#endpoint = `${pathname}${search}`;
    this.sessionId = searchParams.get('sessionId') ?? searchParams.get('session_id') ?? undefined;
    const oldest = streams.size >= MAX_STREAMS ? streams.values().next().value : undefined;
    oldest?.letGo();
    streams.set(this.#endpoint, this);
  }

  #sent(message: Message): void {
    if (message.method === undefined) {
      const posted = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (posted?.answeredElsewhere() !== true) return;
      learnServer(this.#path, message);
    }
    // What the server asks before anything was posted, nobody can tell whose it is.
    const sent = this.#wire?.send(message, () => undefined);
    if (sent instanceof Promise) sent.catch(() => {});
  }

  #close(): void {
    this.letGo();
    this.#wire?.close();
  }
}

/** What its two ends tell of a message that was too long. */
function glimpsed(line: LongLine): Message {
  const { id, method, isError } = glimpse(line);
  const error = { code: UNAVAILABLE.code, message: '' };
  return method === undefined ? { id, ...(isError && { error }) } : { id, method };
}
