/**
 * The probe with which a client of SDK 2 finds out what a server speaks: `server/discover`, sent before any Protocol is
 * attached to the transport. One client call for each, with our context in a copy of its message.
 */
import type { Connection, Exchange, Outcome } from '../exchange.ts';
import type { OpenCall, RecorderPort } from '../ports.ts';
import { watchProvider } from './client-auth.ts';
import { Facts } from './facts.ts';
import { errorTypeOf, metaOf, outcomeOf, type Message, type Transport } from './message.ts';
import { patchClass, quietly } from './patch.ts';

const PATCHED = Symbol.for('mcp-logbook.probe');

interface Window {
  readonly _transport?: Transport;
}

/** Called with each new probe window. Patches its class once. */
export function watchProbe(instance: unknown, recorder: () => RecorderPort | undefined): void {
  patchClass(instance, { member: 'exchange', mark: PATCHED }, (exchange) => {
    return function (...args) {
      const build = args[0];
      const port = quietly(recorder);
      if (port === undefined || typeof build !== 'function')
        return Reflect.apply(exchange, this, args);
      const { _transport: transport = {} } = this as Window;
      let call: OpenCall | undefined;
      const building = (...ids: unknown[]): unknown => {
        const message = Reflect.apply(build, undefined, ids) as Message;
        const begun = quietly(() => begin(port, transport, message));
        call = begun?.call;
        return begun?.outgoing ?? message;
      };
      const reply: unknown = Reflect.apply(exchange, this, [building, ...args.slice(1)]);
      if (reply instanceof Promise)
        reply.then(
          (said: unknown) =>
            quietly(() => call !== undefined && port.end(call, outcomeOfReply(said))),
          () => undefined,
        );
      return reply;
    };
  });
}

function begin(
  recorder: RecorderPort,
  transport: Transport,
  message: Message,
): { readonly call: OpenCall; readonly outgoing: Message } {
  const { id, method, params } = message;
  watchProvider(transport, recorder);
  const facts = new Facts({ _clientInfo: undefined }, transport);
  const connection: Connection = facts.see(String(method), params, undefined);
  const exchange: Exchange = {
    side: 'client',
    method: String(method),
    requestId: typeof id === 'string' ? id : undefined,
    params,
    meta: metaOf(params),
    connection,
  };
  const call = recorder.begin(exchange);
  const meta = recorder.inject(call, metaOf(params));
  return { call, outgoing: { ...message, params: { ...(params as object), _meta: meta } } };
}

function outcomeOfReply(reply: unknown): Outcome {
  const { kind, error } = reply as { kind?: unknown; error?: unknown };
  if (kind === 'response') return outcomeOf(reply as Message, undefined);
  if (kind === 'timeout') return { type: 'failed', errorType: 'timeout' };
  if (kind === 'closed') return { type: 'failed', errorType: 'connection_closed' };
  return { type: 'failed', errorType: errorTypeOf(error), error };
}
