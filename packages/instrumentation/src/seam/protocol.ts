/**
 * The one seam: `Protocol#connect(transport)`, the same in SDK 0.6 to 2.x, for servers and clients, on all transports.
 *
 * The prototype that owns `_onrequest` gets its `connect` patched once. At each connect the transport's `start` is
 * replaced for one call: by then Protocol has set its callbacks, so ours go around them **through the transport's own
 * setter** (v1 >= 1.25 and v2 Node transports forward `onmessage` to an inner object). A transport that cannot be
 * changed (sealed, Proxy) is left alone.
 */
import type { RecorderPort } from '../ports.ts';
import { watchProvider } from './client-auth.ts';
import { hearOnStdio } from './delivered.ts';
import { isOwnStdio } from './facts.ts';
import type { Transport } from './message.ts';
import { Wire, type Protocol } from './wire.ts';

const PATCHED = Symbol.for('mcp-logbook.connect');

/** One wire for each transport object, so that a transport used again is wrapped once. */
const wires = new WeakMap<object, Wire>();

/** Called with each new Protocol instance, while its constructor runs. Patches its class once. */
export function patchProtocol(instance: unknown, recorder: () => RecorderPort | undefined): void {
  let owner: unknown = instance;
  while (typeof owner === 'object' && owner !== null && !Object.hasOwn(owner, '_onrequest'))
    owner = Object.getPrototypeOf(owner);
  if (typeof owner !== 'object' || owner === null) return;
  const prototype = owner as { connect?: unknown; [PATCHED]?: true };
  const connect = prototype.connect;
  if (typeof connect !== 'function' || prototype[PATCHED] === true) return;
  Object.defineProperty(prototype, PATCHED, { value: true });
  prototype.connect = function (this: Protocol, transport: Transport, ...rest: unknown[]): unknown {
    try {
      const port = recorder();
      if (port !== undefined) interceptStart(this, transport, port);
    } catch {
      // Not instrumented, not broken (I8).
    }
    return Reflect.apply(connect, this, [transport, ...rest]);
  };
}

function interceptStart(protocol: Protocol, transport: Transport, recorder: RecorderPort): void {
  const start = transport.start;
  if (typeof start !== 'function') return;
  const own = Object.getOwnPropertyDescriptor(transport, 'start');
  transport.start = function (this: Transport, ...args: unknown[]): unknown {
    try {
      if (own === undefined) delete (transport as { start?: unknown }).start;
      else Object.defineProperty(transport, 'start', own);
      attach(protocol, transport, recorder);
    } catch {
      // See above.
    }
    return Reflect.apply(start, this, args);
  };
}

function attach(protocol: Protocol, transport: Transport, recorder: RecorderPort): void {
  const known = wires.get(transport);
  const wire = new Wire(protocol, transport, recorder);
  wires.set(transport, wire);

  watchProvider(transport, recorder);
  const onmessage = transport.onmessage;
  let isHeard = false;
  if (typeof onmessage === 'function')
    transport.onmessage = function (this: unknown, message: unknown, ...rest: unknown[]): unknown {
      if (!isHeard) {
        isHeard = true;
        if (isOwnStdio(protocol, transport)) hearOnStdio();
      }
      return wire.receive(message, rest[0], () =>
        Reflect.apply(onmessage, this, [message, ...rest]),
      );
    };
  const onclose = transport.onclose;
  transport.onclose = function (this: unknown, ...args: unknown[]): unknown {
    wire.close();
    return typeof onclose === 'function' ? Reflect.apply(onclose, this, args) : undefined;
  };
  if (known !== undefined) return; // `send` is wrapped already and asks `wires` for the wire of the day
  const send = transport.send;
  if (typeof send !== 'function') return;
  transport.send = function (this: unknown, message: unknown, ...rest: unknown[]): unknown {
    const current = wires.get(transport) ?? wire;
    return current.send(message, (outgoing) => Reflect.apply(send, this, [outgoing, ...rest]));
  };
}
