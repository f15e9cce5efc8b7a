/**
 * One connection's traffic, translated into `Exchange` and `Outcome` and handed to the recorder; nothing else.
 *
 * Ids are unique per connection and direction only, so requests received and requests sent are two maps. A request is
 * in its map from its message to its answer, its cancellation or the close of the transport, at most `MAX_OPEN` of them
 * (I10). `receive` stays synchronous and runs the program's own callback exactly once; `send` calls the program's own
 * `send` exactly once; values, errors and order are the program's (I8).
 */
import { GIVEN_UP } from '../exchange.ts';
import type { Connection, Exchange, Outcome } from '../exchange.ts';
import type { OpenCall, RecorderPort } from '../ports.ts';
import { noteCaller } from '../http/watch.ts';
import { identify, peerOf } from '../identity.ts';
import { refusedBy, refusedStatus } from './client-auth.ts';
import { noteDelivered } from './delivered.ts';
import { Facts } from './facts.ts';
import {
  errorTypeOf,
  metaOf,
  outcomeOf,
  UNAVAILABLE,
  type Message,
  type Transport,
} from './message.ts';
import { quietly } from './patch.ts';
import { takeThrown } from './thrown.ts';

/** As much of an SDK's Protocol as we look at. */
export type Protocol = object;

const MAX_OPEN = 10_000;

/** SDK 1.0 sends its cancellations under this name, which no server listens to: the request is given up here only. */
const LEGACY_CANCELLED = 'cancelled';

const REFUSED: Outcome = { type: 'error', ...UNAVAILABLE };

/** The message whose delivery runs now. */
let delivering: unknown;

export class Wire {
  readonly #recorder: RecorderPort;
  readonly #transport: Transport;
  readonly #facts: Facts;
  readonly #received = new Map<unknown, OpenCall>();
  readonly #sent = new Map<unknown, { readonly call: OpenCall; readonly method: string }>();
  #opened = false;
  #closed = false;

  constructor(protocol: Protocol, transport: Transport, recorder: RecorderPort) {
    this.#recorder = recorder;
    this.#transport = transport;
    this.#facts = new Facts(protocol, transport);
  }

  /** One incoming message. `deliver` is the program's own `onmessage`; `agoMs`: how long ago it came. */
  receive(message: unknown, extra: unknown, deliver: () => unknown, agoMs?: number): unknown {
    // A Protocol connected again calls the callback it found before its own: the same message, counted once.
    if (typeof message !== 'object' || message === null || message === delivering) return deliver();
    noteDelivered(message);
    const outer = delivering;
    delivering = message;
    try {
      return this.#receive(message, extra, deliver, agoMs);
    } finally {
      delivering = outer;
    }
  }

  #receive(message: object, extra: unknown, deliver: () => unknown, agoMs?: number): unknown {
    const { id, method } = message as Message;
    if (typeof method !== 'string') {
      quietly(() => this.#answered(message as Message));
      return deliver();
    }
    const call = quietly(() => this.#begin(message as Message, method, extra, agoMs));
    if (call === undefined) return deliver();
    if (id === undefined) {
      const value = this.#recorder.run(call, deliver);
      quietly(() => {
        this.#recorder.end(call, { type: 'delivered' });
        if (method === 'notifications/cancelled')
          this.#cancelled(message as Message, this.#received);
        if (method === 'notifications/initialized') this.#open();
      });
      return value;
    }
    if (!call.admitted) {
      quietly(() => this.#recorder.end(call, REFUSED));
      this.#refuse(id);
      return undefined;
    }
    return this.#recorder.run(call, deliver);
  }

  /** One outgoing message. `forward` is the program's own `send`. */
  send(message: unknown, forward: (message: unknown) => unknown): unknown {
    if (typeof message !== 'object' || message === null || Array.isArray(message))
      return forward(message);
    const { id, method } = message as Message;
    if (typeof method === 'string') return this.#sendOwn(message as Message, method, id, forward);
    const outgoing = quietly(() => this.#answer(message as Message)) ?? message;
    const sent = forward(outgoing);
    // After the answer to `initialize`, so that opening the logbook is off the way of the first answer (hotpath.md 3).
    if (this.#facts.handshakeDone && !this.#opened && this.#facts.connection.role === 'server')
      setImmediate(() => quietly(() => this.#open()));
    return sent;
  }

  /** A request received will get no answer of the protocol; `errorType` = e.g. the status of an HTTP answer. */
  lost(id: unknown, errorType: string): void {
    quietly(() => {
      const call = this.#received.get(id);
      if (call === undefined) return;
      this.#received.delete(id);
      this.#recorder.end(call, { type: 'failed', errorType });
    });
  }

  /** Somebody else records this connection: what is open is theirs. */
  abandon(): void {
    this.#closed = true;
    quietly(() => {
      for (const call of this.#received.values()) this.#recorder.forget?.(call);
      for (const { call } of this.#sent.values()) this.#recorder.forget?.(call);
      this.#received.clear();
      this.#sent.clear();
    });
  }

  /** The transport closed: what is still open gets no answer any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    quietly(() => {
      const outcome: Outcome = { type: 'failed', errorType: 'connection_closed' };
      for (const call of this.#received.values()) this.#recorder.end(call, outcome);
      for (const { call } of this.#sent.values()) this.#recorder.end(call, outcome);
      this.#received.clear();
      this.#sent.clear();
      if (this.#opened) this.#recorder.session(this.#facts.connection, 'closed');
    });
  }

  #begin(message: Message, method: string, extra: unknown, agoMs?: number): OpenCall {
    const { id, params } = message;
    const connection = quietly(() => this.#facts.see(method, params, extra));
    const call = this.#recorder.begin(
      this.#exchange('server', method, id, params, extra, connection, agoMs),
    );
    if (id !== undefined && call.admitted) {
      this.#makeRoom(this.#received, id, (old) => old);
      this.#received.set(id, call);
      if (method === 'initialize') this.#facts.initializeId = id;
      if (method.endsWith('/list')) this.#facts.expectList('server', id, method, params);
    }
    return call;
  }

  /** An answer of ours is about to leave: ends its call; the refusal instead, when `strict` could not enter it. */
  #answer(message: Message): unknown {
    const call = this.#received.get(message.id);
    if (call === undefined) return message;
    this.#received.delete(message.id);
    this.#facts.seeAnswer(message.id, message.result, this.#transport);
    quietly(() => this.#list('server', message));
    const outcome = outcomeOf(message, takeThrown(call));
    if (this.#recorder.end(call, outcome)) return message;
    return { jsonrpc: '2.0', id: message.id, error: UNAVAILABLE };
  }

  /** An answer that may be the last page of a list. */
  #list(side: 'client' | 'server', { id, result }: Message): void {
    const listed = this.#facts.seeList(side, id, result);
    if (listed !== undefined)
      this.#recorder.listed(this.#facts.connection, listed.item, listed.list);
  }

  /** An answer to a request of ours came in. */
  #answered(message: Message): void {
    const open = this.#sent.get(message.id);
    if (open === undefined) return;
    this.#sent.delete(message.id);
    if (open.method === 'initialize') {
      this.#facts.seeInitialized(message.result, this.#transport);
      this.#open();
    }
    quietly(() => this.#list('client', message));
    this.#recorder.end(open.call, outcomeOf(message, undefined));
  }

  #sendOwn(
    message: Message,
    method: string,
    id: unknown,
    forward: (message: unknown) => unknown,
  ): unknown {
    const prepared = quietly(() => {
      if (method === 'initialize') this.#facts.see(method, message.params, undefined);
      const call = this.#recorder.begin(
        this.#exchange('client', method, id, message.params, undefined),
      );
      if (!call.admitted) {
        quietly(() => this.#recorder.end(call, REFUSED));
        return { call, outgoing: message };
      }
      const outgoing = quietly(() => this.#injected(message, call)) ?? message;
      if (id !== undefined) {
        this.#makeRoom(this.#sent, id, (old) => old.call);
        this.#sent.set(id, { call, method });
        if (method.endsWith('/list')) this.#facts.expectList('client', id, method, message.params);
      }
      return { call, outgoing };
    });
    if (prepared === undefined) return forward(message);
    const { call, outgoing } = prepared;
    if (!call.admitted) return Promise.reject(new Error(UNAVAILABLE.message));
    const failed = (error: unknown): void => {
      quietly(() => {
        if (id !== undefined) this.#sent.delete(id);
        const status = refusedStatus(error);
        const errorType = status === undefined ? errorTypeOf(error) : String(status);
        this.#recorder.end(call, { type: 'failed', errorType, error });
        if (status !== undefined)
          this.#recorder.access(
            refusedBy(this.#transport, status, this.#facts.connection.sessionId),
          );
      });
    };
    const handedOver = (): void => {
      quietly(() => {
        if (id === undefined) this.#recorder.end(call, { type: 'delivered' });
      });
    };
    if (method === 'notifications/cancelled' || method === LEGACY_CANCELLED)
      quietly(() => this.#cancelled(message, undefined));
    let sent: unknown;
    try {
      sent = this.#recorder.run(call, () => forward(outgoing));
    } catch (error) {
      failed(error);
      throw error;
    }
    if (sent instanceof Promise) {
      // A look from the side: the program gets its own promise, so nothing it waits for comes a turn later.
      sent.then(handedOver, failed);
    } else handedOver();
    return sent;
  }

  /** A copy of the message with our context in it; `params` may be frozen or shared. */
  #injected(message: Message, call: OpenCall): Message {
    const params = (message.params ?? {}) as Record<string, unknown>;
    const meta = this.#recorder.inject(call, metaOf(params));
    // Nothing to say: the message stays the one the program made.
    for (const _ in meta) return { ...message, params: { ...params, _meta: meta } };
    return message;
  }

  /** Before `id` is filed: ends a call that a peer's second use of its id would orphan, and the oldest when full. */
  #makeRoom<T>(open: Map<unknown, T>, id: unknown, callOf: (value: T) => OpenCall): void {
    const key = open.has(id) ? id : open.size >= MAX_OPEN ? open.keys().next().value : undefined;
    if (key === undefined) return;
    const old = open.get(key);
    open.delete(key);
    if (old !== undefined) this.#recorder.end(callOf(old), { type: 'failed', errorType: GIVEN_UP });
  }

  /** `notifications/cancelled`, received (`received` given) or sent: the request it names gets no answer. */
  #cancelled(message: Message, received: Map<unknown, OpenCall> | undefined): void {
    const { requestId, reason } = (message.params ?? {}) as {
      requestId?: unknown;
      reason?: unknown;
    };
    const call = received === undefined ? this.#sent.get(requestId)?.call : received.get(requestId);
    if (call === undefined) return;
    (received ?? this.#sent).delete(requestId);
    const text = typeof reason === 'string' ? reason : undefined;
    if (received === undefined && text !== undefined && /request timed out/i.test(text))
      this.#recorder.end(call, { type: 'failed', errorType: 'timeout' });
    else
      this.#recorder.end(call, { type: 'cancelled', ...(text !== undefined && { reason: text }) });
  }

  #exchange(
    side: 'client' | 'server',
    method: string,
    id: unknown,
    params: unknown,
    extra: unknown,
    connection: Connection = this.#facts.connection,
    agoMs?: number,
  ): Exchange {
    const who = side === 'server' ? quietly(() => identify(extra, connection)) : undefined;
    const peer = side === 'server' ? quietly(() => peerOf(extra)) : undefined;
    if (who?.person !== undefined) connection.person = who.person;
    if (peer !== undefined) connection.peer = peer;
    if (who !== undefined && connection.networkTransport === 'tcp')
      quietly(() => noteCaller(who, method, connection.sessionId));
    return {
      side,
      method,
      requestId: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
      params,
      meta: metaOf(params),
      connection,
      ...(agoMs !== undefined && { agoMs }),
      ...(who?.person !== undefined && { person: who.person }),
      ...(who?.clientId !== undefined && { clientId: who.clientId }),
      ...(peer !== undefined && { peer }),
    };
  }

  #open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    if (this.#facts.connection.stateless !== true)
      this.#recorder.session(this.#facts.connection, 'opened');
  }

  #refuse(id: unknown): void {
    const send = this.#transport.send;
    if (typeof send !== 'function') return;
    try {
      const sent: unknown = Reflect.apply(send, this.#transport, [
        { jsonrpc: '2.0', id, error: UNAVAILABLE },
        { relatedRequestId: id },
      ]);
      if (sent instanceof Promise) sent.catch(() => undefined);
    } catch {
      // The peer is gone: nobody waits for the refusal.
    }
  }
}
