/**
 * The two paths that take evidence in: `POST /v1/logs` and `POST /v1/traces` (audit.md 5).
 *
 * A collector drops a body for ever on any answer but 2xx, 429, 502, 503 and 504, so here there are three answers only:
 *   200  everything in it is durable, or kept in quarantine; the empty export response, never `partial_success`
 *   429  this caller is too fast; Retry-After
 *   503  anything else that stands in the way, wrong credentials included; Retry-After
 * What can never be read (garbage, unknown type or encoding, too large) is quarantined and answered 200: a 400 would lose
 * it and a 503 would block the head of the sender's queue for ever. A body that its sender did not finish is nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SinkBusy, type SinkStore, type Taken } from '../types.ts';
import { decodingOf, Decompressor, isTooLarge, readBody, type ReadBody } from './body.ts';
import { ByteBudget, RateLimit, Turnstile } from './budget.ts';
import type { Credentials } from './credentials.ts';
import type { SinkDecoders, SinkHttpObserver, SinkLimits, WireEncoding } from './types.ts';

export type IntakePath = '/v1/logs' | '/v1/traces';

/** Bytes of bodies that are records at once: as records they take about three times as much (I10). */
const STORING_BYTES = 4 * 2 ** 20;
/** A refused body larger than this is not read to its end: the connection is closed instead. */
const DRAIN_BYTES = 2 ** 20;

const NOTHING = Buffer.alloc(0);

/** A body as it came and decompressed; both are let go once they are records. */
interface Bytes {
  whole: Buffer;
  plain: Buffer;
}

/** What the intake works with. */
export interface IntakeParts {
  readonly store: SinkStore;
  readonly decoders: SinkDecoders;
  readonly observer: SinkHttpObserver;
  readonly credentials: Credentials;
  readonly limits: SinkLimits;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #budget: ByteBudget;
  readonly #rate: RateLimit;
  readonly #decompressor: Decompressor;
  readonly #storing = new Turnstile(STORING_BYTES);
  #underWay = 0;
  #closing = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#budget = new ByteBudget(parts.limits.inFlightBytes);
    this.#decompressor = new Decompressor(parts.limits.bodyBytes);
    this.#rate = new RateLimit(parts.limits.requestsPerSecond);
  }

  /** Requests that are being answered. */
  get underWay(): number {
    return this.#underWay;
  }

  /** From now on everything is sent away with 503; what is under way goes on. */
  close(): void {
    this.#closing = true;
  }

  /** Answers one request; never throws. `begin` tells a waiting sender to go on (Expect: 100-continue). */
  async handle(
    path: IntakePath,
    request: IncomingMessage,
    response: ServerResponse,
    begin: () => void,
  ): Promise<void> {
    this.#underWay += 1;
    const held = new Held(this.#budget);
    try {
      await this.#take(path, request, response, begin, held);
    } catch (error) {
      // The sender went away: nothing was stored and nobody is there to be told.
      if (!response.destroyed) this.#failed(request, response, error);
    } finally {
      held.release();
      this.#underWay -= 1;
    }
  }

  async #take(
    path: IntakePath,
    request: IncomingMessage,
    response: ServerResponse,
    begin: () => void,
    held: Held,
  ): Promise<void> {
    const { credentials, limits, observer, store } = this.#parts;
    if (this.#closing) return refuse(request, response, 503, 1, 'closing');
    const caller = credentials.caller(request);
    if (caller === undefined) {
      observer.unauthorized(path);
      return refuse(request, response, 503, 30, 'wrong or missing credentials');
    }
    if (!this.#rate.allow(caller)) {
      observer.records('refused', 1);
      return refuse(request, response, 429, 1, 'too many requests');
    }
    const { ready, reason } = store.readiness();
    const declared = Math.min(contentLength(request) ?? 0, limits.bodyBytes);
    if (!ready || !held.reserve(declared)) {
      observer.records('refused', 1);
      return refuse(request, response, 503, 2, ready ? 'overload' : (reason ?? 'not ready'));
    }
    begin();
    const announced = contentLength(request);
    const body = await readBody(request, limits.bodyBytes, announced, (bytes) => held.seen(bytes));
    if (body === undefined) {
      observer.records('refused', 1);
      return refuse(request, response, 503, 2, 'overload');
    }
    const readAt = performance.now();
    await this.#store(path, request, body, held);
    observer.heartbeat(Date.now() / 1000);
    accept(response, encodingOf(request), this.#closing);
    observer.acknowledged((performance.now() - readAt) / 1000);
  }

  /** Makes the body durable: as records, or as it is in quarantine. */
  async #store(
    path: IntakePath,
    request: IncomingMessage,
    body: ReadBody,
    held: Held,
  ): Promise<void> {
    if ('rest' in body) return this.#oversize(request, body.first, body.rest);
    // Nothing was sent, so there is nothing to keep, whatever the method and the type.
    if (body.whole.length === 0) return;
    const encoding = encodingOf(request);
    const decoding = decodingOf(request.headers['content-encoding']);
    if (request.method !== 'POST') return this.#quarantine(body.whole, 'method is not POST');
    if (encoding === undefined) return this.#quarantine(body.whole, 'content type is not OTLP');
    if (decoding === undefined)
      return this.#quarantine(body.whole, 'content encoding is not known');
    const bytes: Bytes = { whole: body.whole, plain: body.whole };
    body.whole = NOTHING;
    if (decoding !== 'identity') {
      const { bodyBytes } = this.#parts.limits;
      try {
        bytes.plain = await this.#decompressor.run(decoding, bytes.whole);
      } catch (error) {
        if (isTooLarge(error))
          return this.#quarantine(bytes.whole, `larger than ${bodyBytes} bytes decompressed`);
        return this.#quarantine(bytes.whole, 'content encoding is broken');
      }
      held.charge(bytes.plain.length);
    }
    await this.#storing.run(bytes.plain.length, () => this.#enter(path, bytes, encoding));
  }

  /** Decodes and stores. */
  async #enter(path: IntakePath, bytes: Bytes, encoding: WireEncoding): Promise<void> {
    const { store, decoders, observer } = this.#parts;
    let take: () => Promise<Taken>;
    try {
      if (path === '/v1/logs') {
        const records = decoders.logs(bytes.plain, encoding);
        take = () => store.takeRecords(records);
      } else {
        const spans = decoders.spans(bytes.plain, encoding);
        take = () => store.takeSpans(spans);
      }
    } catch {
      return this.#quarantine(bytes.whole, `cannot be decoded as ${encoding}`);
    }
    // The records are copies: while they wait for the disk the bytes need not be there too.
    bytes.whole = bytes.plain = NOTHING;
    const taken = await take();
    for (const result of ['stored', 'duplicate', 'conflict', 'quarantined'] as const)
      if (taken[result] > 0) observer.records(result, taken[result]);
  }

  /** Keeps the beginning of a body that is too large; its announced size is in the reason, its true one is told. */
  async #oversize(
    request: IncomingMessage,
    first: Buffer[],
    rest: AsyncIterator<Buffer>,
  ): Promise<void> {
    const { bodyBytes, quarantineBytes } = this.#parts.limits;
    const declared = contentLength(request);
    const size = declared === undefined ? '' : `, ${declared} bytes were announced`;
    let bytes = 0;
    const pieces = upTo(first, rest, quarantineBytes, (sent) => {
      bytes = sent;
    });
    await this.#quarantine(pieces, `larger than ${bodyBytes} bytes${size}`);
    if (bytes > quarantineBytes)
      this.#parts.observer.problem(
        new Error(`a body of ${bytes} bytes was put into quarantine, cut at ${quarantineBytes}`),
      );
  }

  async #quarantine(body: AsyncIterable<Uint8Array> | Uint8Array, reason: string): Promise<void> {
    await this.#parts.store.quarantineBody(body, reason);
    this.#parts.observer.records('quarantined', 1);
  }

  #failed(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { observer } = this.#parts;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    observer.records('refused', 1);
    if (error instanceof SinkBusy)
      return refuse(request, response, 503, error.retryAfterSeconds, error.reason);
    // Not foreseen: still never a 500.
    observer.problem(error instanceof Error ? error : new Error('unknown failure'));
    refuse(request, response, 503, 5, 'failure');
  }
}

/** What one request holds of the budget. */
class Held {
  readonly #budget: ByteBudget;
  #held = 0;
  #seen = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  reserve(bytes: number): boolean {
    if (!this.#budget.reserve(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  /** Counts bytes that arrive; false when they were not announced and no longer fit. */
  seen(bytes: number): boolean {
    this.#seen += bytes;
    return this.#seen <= this.#held || this.reserve(bytes);
  }

  charge(bytes: number): void {
    this.#budget.charge(bytes);
    this.#held += bytes;
  }

  release(): void {
    this.#budget.release(this.#held);
    this.#held = 0;
  }
}

/** The first `most` bytes; the rest is read and forgotten, so that the sender can finish. `done` hears the true size. */
async function* upTo(
  first: Buffer[],
  rest: AsyncIterator<Buffer>,
  most: number,
  done: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for (let next = await take(first, rest); next !== undefined; next = await take(first, rest)) {
    if (bytes < most) yield next.subarray(0, most - bytes);
    bytes += next.length;
  }
  done(bytes);
}

async function take(first: Buffer[], rest: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  const kept = first.shift();
  if (kept !== undefined) return kept;
  const next = await rest.next();
  return next.done === true ? undefined : next.value;
}

function encodingOf(request: IncomingMessage): WireEncoding | undefined {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf') return 'proto';
  return type === 'application/json' ? 'json' : undefined;
}

function contentLength(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
}

/** The empty `Export...ServiceResponse`: no bytes in protobuf, `{}` in JSON. */
function accept(
  response: ServerResponse,
  encoding: WireEncoding | undefined,
  closing: boolean,
): void {
  const body = encoding === 'proto' ? '' : '{}';
  response.writeHead(200, {
    'content-type': encoding === 'proto' ? 'application/x-protobuf' : 'application/json',
    'content-length': body.length,
    ...(closing && { connection: 'close' }),
  });
  response.end(body);
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: 429 | 503,
  retryAfterSeconds: number,
  why: string,
): void {
  const small = (contentLength(request) ?? Number.POSITIVE_INFINITY) <= DRAIN_BYTES;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))),
    // A small rest is read and thrown away, so that the sender sees the answer instead of a broken connection.
    ...((why === 'closing' || !small) && { connection: 'close' }),
  });
  response.end(`${why}\n`);
}
