/**
 * Looks at what passes between a client and a wrapped server and hands it to the recorder, by the same `Wire` as under
 * the flag. How far a byte may go before it was looked at (audit.md 3):
 *
 *   requests         are forwarded first and looked at while the server works
 *   answers          `blocking` promises that an entry is written before the answer leaves: they are looked at first, which
 *                    takes the time of one entry; in `best-effort` and `off` they are forwarded first
 *   `strict`         whole lines, both ways: a call that cannot be entered is answered -32603 and does not reach the
 *                    server, an answer that cannot be entered is replaced by the same. What cannot be read cannot be
 *                    entered: a message that is too long is refused as well, and so is a line to the server that is no JSON
 *   with `propagate` whole lines, both ways, since `_meta.traceparent` is written into requests
 *
 * But for the last two every byte passes unchanged, whatever it is: lines that are no JSON are not looked at, messages
 * that are too long are counted, and told by their two ends.
 */
import type { RecorderPort } from '@mcp-logbook/instrumentation/ports';
import {
  type Message,
  metaOf,
  TOO_LONG,
  type Transport,
  UNAVAILABLE,
  Wire,
} from '@mcp-logbook/instrumentation/seam';
import { glimpse, type LongLine } from '@mcp-logbook/instrumentation/lines';
import { held, type Looker, watched } from './passage.ts';
import type { Passage } from './pump.ts';
import { withMeta } from './with-meta.ts';

/** Ways back, for refusals: called between whole lines only. */
export interface TapEnds {
  toClient(line: Buffer): void;
  toServer(line: Buffer): void;
}

export interface TapOptions {
  readonly mode: 'off' | 'best-effort' | 'blocking' | 'strict';
  readonly propagate: boolean;
  /** Called for each message that was too long to read. */
  readonly unread: () => void;
}

/** What goes on of one message: `undefined` = itself, `null` = nothing. */
type Onward = object | null | undefined;

const NOTHING = Buffer.alloc(0);
const NO_JSON = { code: -32_700, message: 'Parse error' };

/** One connection. */
export class Tap {
  readonly fromClient: Passage;
  readonly fromServer: Passage;
  readonly #recorder: RecorderPort;
  readonly #options: TapOptions;
  readonly #ends: TapEnds;
  readonly #wire: Wire;
  /** True once a message has passed, in either direction. */
  hasSpoken = false;

  constructor(recorder: RecorderPort, ends: TapEnds, options: TapOptions) {
    this.#recorder = recorder;
    this.#options = options;
    this.#ends = ends;
    this.#wire = new Wire({}, stdioTransport(ends), recorder);
    const { mode, propagate } = options;
    const isStrict = mode === 'strict';
    const received: Looker = {
      line: (bytes) => this.#line(bytes, (message) => this.#received(message), isStrict),
      long: (line) => this.#longReceived(line, isStrict),
    };
    const sent: Looker = {
      line: (bytes) => this.#line(bytes, (message) => this.#sent(message), false),
      long: (line) => this.#longSent(line, isStrict),
    };
    const holds = isStrict || propagate;
    this.fromClient = holds ? held(received, isStrict) : watched(received, 'after');
    this.fromServer = holds
      ? held(sent, isStrict)
      : watched(sent, mode === 'blocking' ? 'before' : 'after');
  }

  /** The connection is over: what is still open gets no answer any more. */
  close(): void {
    this.#wire.close();
  }

  #line(
    bytes: Buffer,
    look: (message: Message) => Onward,
    refusesNonsense: boolean,
  ): Buffer | undefined {
    const message = parsed(bytes);
    if (message === undefined) {
      if (!refusesNonsense || bytes.toString('latin1').trim() === '') return undefined;
      this.#ends.toClient(lineOf({ jsonrpc: '2.0', id: null, error: NO_JSON }));
      return NOTHING;
    }
    // Revision 2025-03-26 has batches: each of its messages is one of its own.
    if (Array.isArray(message)) return batchOf(message, message.map(look));
    const onward = look(message);
    if (onward === undefined) return undefined;
    if (onward === null) return NOTHING;
    const meta = metaOf((onward as Message).params);
    return meta === undefined || !('method' in onward)
      ? lineOf(onward)
      : Buffer.from(withMeta(bytes.toString('utf8'), meta));
  }

  /** Client to server. */
  #received(message: Message): Onward {
    this.hasSpoken = true;
    let onward: Onward = null;
    this.#wire.receive(message, undefined, () => {
      onward = this.#options.propagate ? this.#injected(message) : undefined;
    });
    return onward;
  }

  /** A request or notification with the context of our span in it. */
  #injected(message: Message): Onward {
    const call = typeof message.method === 'string' ? this.#recorder.current() : undefined;
    if (call === undefined) return undefined;
    const params = isObject(message.params) ? message.params : {};
    const meta = this.#recorder.inject(call, metaOf(message.params));
    return Object.keys(meta).length === 0
      ? undefined
      : { ...message, params: { ...params, _meta: meta } };
  }

  /** Server to client. */
  #sent(message: Message): Onward {
    this.hasSpoken = true;
    let onward: Onward = null;
    const sent = this.#wire.send(message, (outgoing) => {
      if (outgoing === message) onward = undefined;
      // What `Wire` puts into requests is for `propagate` only; an answer it replaced is the refusal of `strict`.
      else if (typeof message.method !== 'string' || this.#options.propagate)
        onward = outgoing as object;
      else onward = undefined;
    });
    if (sent instanceof Promise) {
      sent.catch(() => {});
      if (message.id !== undefined) this.#refuseServer(message.id, UNAVAILABLE);
    }
    return onward;
  }

  #longReceived(line: LongLine, isStrict: boolean): Buffer | undefined {
    this.#options.unread();
    const { id, method } = glimpse(line);
    if (!isStrict) {
      if (method !== undefined || id !== undefined)
        this.#received(method === undefined ? { id } : { id, method });
      return undefined;
    }
    if (method === undefined && id !== undefined) {
      // An answer to the server, which must not wait for it for ever.
      const instead = { jsonrpc: '2.0', id, error: TOO_LONG };
      this.#received(instead);
      return lineOf(instead);
    }
    this.#ends.toClient(lineOf({ jsonrpc: '2.0', id: id ?? null, error: TOO_LONG }));
    return undefined;
  }

  #longSent(line: LongLine, isStrict: boolean): Buffer | undefined {
    this.#options.unread();
    const { id, method, isError } = glimpse(line);
    if (id === undefined && method === undefined) return undefined;
    if (!isStrict) {
      const error = { code: UNAVAILABLE.code, message: '' };
      this.#sent(method !== undefined ? { id, method } : { id, ...(isError && { error }) });
      return undefined;
    }
    if (method === undefined) {
      const instead = { jsonrpc: '2.0', id, error: TOO_LONG };
      return lineOf(this.#sent(instead) ?? instead);
    }
    if (id !== undefined) this.#refuseServer(id, TOO_LONG);
    return undefined;
  }

  #refuseServer(id: unknown, error: object): void {
    this.#ends.toServer(lineOf({ jsonrpc: '2.0', id, error }));
  }
}

/** As much of a transport as `Wire` looks at: by `_stdin` it knows that this is stdio. */
function stdioTransport(ends: TapEnds): Transport & { readonly _stdin: true } {
  return { _stdin: true, send: (refusal: object) => ends.toClient(lineOf(refusal)) };
}

/** What goes on of a batch. */
function batchOf(messages: readonly object[], onward: readonly Onward[]): Buffer | undefined {
  if (onward.every((one) => one === undefined)) return undefined;
  const rest = messages.map((message, n) => (onward[n] === undefined ? message : onward[n]));
  const left = rest.filter((one) => one !== null);
  return left.length === 0 ? NOTHING : lineOf(left);
}

/** An object, or an array of objects; `undefined` = no JSON, or none of ours. */
function parsed(bytes: Buffer): Message | Message[] | undefined {
  const first = bytes.find((byte) => byte > 0x20);
  if (first !== 0x7b && first !== 0x5b) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return Array.isArray(value) ? value.filter(isObject) : isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function lineOf(message: object): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\n`);
}
