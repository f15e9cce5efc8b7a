/**
 * The one seam: `Protocol#connect(transport)`, the same in SDK 0.6 to 2.x, for servers and clients, on all transports.
 *
 * The prototype that owns `_onrequest` gets its `connect` patched once. At each connect the transport's `start` is
 * replaced for one call: by then Protocol has set its callbacks, so ours go around them **through the transport's own
 * setter** (v1 >= 1.25 and v2 Node transports forward `onmessage` to an inner object), and around what is set later
 * (follow.ts). A transport that cannot be changed (sealed, Proxy) is left alone.
 */
import type { RecorderPort } from '../ports.ts';
import { watchProvider } from './client-auth.ts';
import { hearOnStdio } from './delivered.ts';
import { isOwnStdio, isStdio } from './facts.ts';
import { type Callback, followCallback } from './follow.ts';
import type { Transport } from './message.ts';
import { patchClass, quietly } from './patch.ts';
import { Wire, type Protocol } from './wire.ts';

const PATCHED = Symbol.for('mcp-logbook.connect');

/** One wire for each transport object, so that a transport used again is wrapped once. */
const wires = new WeakMap<object, Wire>();

/** Called with each new Protocol instance, while its constructor runs. Patches its class once. */
export function patchProtocol(instance: unknown, recorder: () => RecorderPort | undefined): void {
  const where = { member: '_onrequest', method: 'connect', mark: PATCHED };
  patchClass(instance, where, (connect) => {
    return function (transport, ...rest) {
      quietly(() => {
        const port = recorder();
        // Cast: Protocol and its transports are what calls and is called here.
        if (port !== undefined) interceptStart(this as Protocol, transport as Transport, port);
      });
      return Reflect.apply(connect, this, [transport, ...rest]);
    };
  });
}

function interceptStart(protocol: Protocol, transport: Transport, recorder: RecorderPort): void {
  const start = transport.start;
  if (typeof start !== 'function') return;
  const own = Object.getOwnPropertyDescriptor(transport, 'start');
  transport.start = function (this: Transport, ...args: unknown[]): unknown {
    quietly(() => {
      if (own === undefined) delete (transport as { start?: unknown }).start;
      else Object.defineProperty(transport, 'start', own);
      attach(protocol, transport, recorder);
    });
    return Reflect.apply(start, this, args);
  };
}

function attach(protocol: Protocol, transport: Transport, recorder: RecorderPort): void {
  const known = wires.get(transport);
  const wire = new Wire(protocol, transport, recorder);
  wires.set(transport, wire);

  watchProvider(transport, recorder);
  const current = (): Wire => wires.get(transport) ?? wire;
  const mayBeStdio = isOwnStdio(protocol, transport);
  let isHeard = false;
  const received = (callback: Callback): Callback =>
    function (this: unknown, message, ...rest) {
      if (!isHeard) {
        isHeard = true;
        if (mayBeStdio) hearOnStdio();
      }
      return current().receive(message, rest[0], () =>
        Reflect.apply(callback, this, [message, ...rest]),
      );
    };
  if (!isStdio(transport)) {
    if (known === undefined) followCallback(transport, 'onmessage', received);
  } else if (typeof transport.onmessage === 'function')
    // Not followed: what takes stdio over from the SDK may answer past the transport, and the tap sees both ways.
    transport.onmessage = received(transport.onmessage as Callback);
  if (known !== undefined) return; // the rest is in place already and asks `wires` for the wire of the day
  followCallback(
    transport,
    'onclose',
    (callback) =>
      function (this: unknown, ...args) {
        current().close();
        return Reflect.apply(callback, this, args);
      },
  );
  const send = transport.send;
  if (typeof send !== 'function') return;
  transport.send = function (this: unknown, message: unknown, ...rest: unknown[]): unknown {
    return current().send(message, (outgoing) => Reflect.apply(send, this, [outgoing, ...rest]));
  };
}
