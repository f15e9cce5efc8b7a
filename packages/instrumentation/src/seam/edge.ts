/**
 * What SDK 2 says on stdio without a Protocol: `serveStdio` answers bad envelopes, unknown revisions, a handshake of the
 * wrong era and `subscriptions/listen` itself, and gives every other message to a server behind a channel. A message that
 * no server got and that was answered all the same is a call like any other; each is seen here or at the seam, never twice.
 *
 * Found by content (`rewrite.ts`): the entry's listen router is born, then its transport starts, in one turn.
 */
import type { OpenCall, RecorderPort } from '../ports.ts';
import { identify } from '../identity.ts';
import type { Exchange } from '../exchange.ts';
import { Facts } from './facts.ts';
import { hearOnStdio, keepDelivered, wasDelivered } from './delivered.ts';
import { metaOf, outcomeOf, type Message, type Transport } from './message.ts';
import { patchClass, quietly } from './patch.ts';

const PATCHED = Symbol.for('mcp-logbook.edge');
/** Requests without an answer that are remembered (I10). */
const MAX_PENDING = 1_000;
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** An entry is being set up in this turn. */
let isStarting = false;

/** Called with each new listen router of `serveStdio`. */
export function noteStdioEntry(router: unknown): void {
  if (typeof (router as { routeOutbound?: unknown } | null)?.routeOutbound !== 'function') return;
  isStarting = true;
  queueMicrotask(() => (isStarting = false));
}

/** Called with each new stdio transport of SDK 2. Patches its class once. */
export function watchStdioEntry(instance: unknown, recorder: () => RecorderPort | undefined): void {
  patchClass(instance, { member: 'processReadBuffer', method: 'start', mark: PATCHED }, (start) => {
    return function (...args) {
      quietly(() => {
        const port = isStarting ? recorder() : undefined;
        isStarting = false;
        // Cast: the class is that of a transport.
        if (port !== undefined) attach(this as Transport, port);
      });
      return Reflect.apply(start, this, args);
    };
  });
}

function attach(transport: Transport, recorder: RecorderPort): void {
  const { onmessage, onclose, send } = transport;
  if (typeof onmessage !== 'function' || typeof send !== 'function') return;
  const edge = new Edge(transport, recorder);
  keepDelivered();
  transport.onmessage = function (this: unknown, ...args: unknown[]): unknown {
    quietly(() => {
      hearOnStdio();
      edge.receive(args[0] as Message);
    });
    return Reflect.apply(onmessage, this, args);
  };
  transport.send = function (this: unknown, ...args: unknown[]): unknown {
    quietly(() => edge.send(args[0] as Message));
    return Reflect.apply(send, this, args);
  };
  transport.onclose = function (this: unknown, ...args: unknown[]): unknown {
    quietly(() => edge.close());
    return typeof onclose === 'function' ? Reflect.apply(onclose, this, args) : undefined;
  };
}

class Edge {
  readonly #recorder: RecorderPort;
  readonly #facts: Facts;
  readonly #pending = new Map<unknown, Message>();
  readonly #listening = new Map<unknown, OpenCall>();

  constructor(transport: Transport, recorder: RecorderPort) {
    this.#recorder = recorder;
    this.#facts = new Facts({ _serverInfo: undefined }, transport);
  }

  receive(message: Message): void {
    const { id, method, params } = message;
    if (typeof method !== 'string') return;
    if (id !== undefined) {
      if (this.#pending.size >= MAX_PENDING)
        this.#pending.delete(this.#pending.keys().next().value);
      this.#pending.set(id, message);
    } else if (method === 'notifications/cancelled') {
      const { requestId } = (params ?? {}) as { requestId?: unknown };
      this.#endListening(requestId);
    }
  }

  /** An answer leaves: the entry's own, unless a server got the request. */
  send(message: Message): void {
    const { id, method } = message;
    if (method === 'notifications/subscriptions/acknowledged') {
      const subscription = metaOf(message.params)?.[SUBSCRIPTION];
      const request = this.#take(subscription);
      if (request !== undefined) this.#listening.set(subscription, this.#begin(request));
      return;
    }
    if (id === undefined || typeof method === 'string') return;
    const open = this.#listening.get(id);
    this.#listening.delete(id);
    const request = this.#take(id);
    const call = open ?? (request === undefined ? undefined : this.#begin(request));
    if (call !== undefined) this.#recorder.end(call, outcomeOf(message, undefined));
  }

  close(): void {
    for (const id of this.#listening.keys()) this.#endListening(id);
    this.#pending.clear();
  }

  #endListening(id: unknown): void {
    const call = this.#listening.get(id);
    if (call === undefined) return;
    this.#listening.delete(id);
    this.#recorder.end(call, { type: 'cancelled' });
  }

  /** The request of this id, if no server got it. */
  #take(id: unknown): Message | undefined {
    const request = this.#pending.get(id);
    this.#pending.delete(id);
    return request === undefined || wasDelivered(request) ? undefined : request;
  }

  #begin({ id, method, params }: Message): OpenCall {
    const name = String(method);
    const connection = this.#facts.see(name, params, undefined);
    const exchange: Exchange = {
      side: 'server',
      method: name,
      requestId: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
      params,
      meta: metaOf(params),
      connection,
      ...identify(undefined, connection),
    };
    return this.#recorder.begin(exchange);
  }
}
