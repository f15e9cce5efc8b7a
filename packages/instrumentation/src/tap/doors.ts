/**
 * What stands at the doors of a program that may be no MCP server: one look at the first bytes of its stdin, and at each
 * POST of JSON to its HTTP servers. Imports nothing of weight; the taps are loaded when `"jsonrpc"` was seen.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { isOtherwiseRecorded } from './otherwise.ts';
import { isOwn } from './own-thread.ts';
import { around, atFirstUse } from './streams.ts';

/** Bytes that are kept until `"jsonrpc"` shows. */
const HEAD_BYTES = 64 * 1024;
/** A body up to this size is read. */
const MAX_BODY = 8 * 1024 * 1024;
/** A server may mount MCP under a parameter. */
const MAX_PATHS = 100;
/** `{` and `[` may begin a message. */
export const BRACE = 0x7b;
export const BRACKET = 0x5b;

/** A tap on stdin, once there is one. */
export interface Tap {
  /** One chunk; how it goes on, or `undefined` = as it came. */
  came(chunk: unknown): ((push: Push, args: readonly unknown[]) => unknown) | undefined;
  /** The program looked at its stdout. */
  watchStdout(stdout: Writable): void;
  readonly isOff: boolean;
}

type Push = (...args: unknown[]) => unknown;

/** The door of stdin and stdout. */
export class StdioDoor {
  readonly #open: (push: (line: Buffer) => void) => Tap;
  #undo: (() => void)[] = [];
  #kept: Buffer[] = [];
  #tap: Tap | undefined;
  #stdout: Writable | undefined;
  #hasThreads = false;

  /** `open` loads the tap; `push` gives the program a line as if it came. */
  constructor(open: (push: (line: Buffer) => void) => Tap) {
    this.#open = open;
    const started = (): void => {
      this.#hasThreads ||= !isOwn();
    };
    subscribe('worker_threads', started);
    this.#undo.push(
      () => unsubscribe('worker_threads', started),
      atFirstUse('stdin', (stream) => this.#listen(stream as Readable)),
      atFirstUse('stdout', (stream) => {
        this.#stdout = stream as Writable;
        this.#tap?.watchStdout(this.#stdout);
      }),
    );
  }

  /** Whether the program started a thread while the door was open. */
  get hasThreads(): boolean {
    return this.#hasThreads;
  }

  /** Everything is as it was found. */
  close(): void {
    for (const undo of this.#undo) undo();
    this.#undo = [];
    this.#kept = [];
  }

  #listen(stdin: Readable): void {
    // At a terminal sits a person.
    if ((stdin as { isTTY?: boolean }).isTTY === true || isOtherwiseRecorded()) {
      this.close();
      return;
    }
    this.#undo.push(
      around(stdin, 'push', (push, args) => {
        let onward: ((push: Push, args: readonly unknown[]) => unknown) | undefined;
        try {
          onward = this.#came(args[0], push);
        } catch {
          this.close();
        }
        return onward === undefined ? push(...args) : onward(push, args);
      }),
    );
  }

  #came(chunk: unknown, push: Push): ReturnType<Tap['came']> {
    if (this.#tap !== undefined) return this.#told(this.#tap, chunk);
    if (!(chunk instanceof Uint8Array)) {
      this.close();
      return undefined;
    }
    const piece = bufferOf(chunk);
    const kept = this.#kept;
    const head = kept.length === 0 ? piece : Buffer.concat([...kept, piece]);
    const first = firstByte(head);
    const isJson = first === undefined || first === BRACE || first === BRACKET;
    // A worker's stdin is fed by its parent, and that one is watched.
    if (isJson && head.includes('"jsonrpc"') && !isWorker()) {
      this.#kept = [];
      const tap = this.#open((line) => void push(line));
      this.#tap = tap;
      if (this.#stdout !== undefined) tap.watchStdout(this.#stdout);
      // Parts of a first line, which are with the program already.
      for (const part of kept) tap.came(part);
      return this.#told(tap, chunk);
    }
    const isOver = first !== undefined && head.includes(10, head.indexOf(first));
    if (!isJson || isOver || head.length > HEAD_BYTES) this.close();
    else this.#kept = [...kept, piece];
    return undefined;
  }

  #told(tap: Tap, chunk: unknown): ReturnType<Tap['came']> {
    const onward = tap.came(chunk);
    if (tap.isOff) this.close();
    return onward;
  }
}

/** Whether this is a thread of its own. Loads the module that knows it: asked only where MCP is spoken. */
function isWorker(): boolean {
  return !process.getBuiltinModule('node:worker_threads').isMainThread;
}

/** The first byte that is no white space; `undefined` = only white space. */
export function firstByte(bytes: Buffer): number | undefined {
  return bytes.find((byte) => byte > 0x20);
}

/** The same bytes, not a copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Channel on which requests over HTTP/2 are told (http2.ts), in the form of `http.server.request.start`. */
export const HTTP2_REQUEST = 'mcp-logbook.http2.request.start';

/** Has `watch` called once with each HTTP/2 server of this process, at its first connection. */
export function watchHttp2(watch: (server: object) => void): void {
  const seen = new WeakSet<object>();
  const look = (server: object | undefined): void => {
    try {
      // Only these servers have it; to look at their class would load node:http2 into every program.
      if (typeof (server as { updateSettings?: unknown })?.updateSettings !== 'function') return;
      if (server === undefined || seen.has(server)) return;
      seen.add(server);
      watch(server);
    } catch {
      // Telemetry never breaks a server (I8).
    }
  };
  subscribe('net.server.socket', (published) => {
    look((published as { socket: { server?: object } }).socket.server);
  });
  // A connection that somebody else accepted and handed over; said from Node.js 24 on.
  subscribe('http2.server.stream.created', (published) => {
    look((published as { stream: { session?: { server?: object } } }).stream.session?.server);
  });
}

/** Paths whose requests the seam of an SDK takes; filled by the HTTP tap. */
export const seamPaths: Set<string> = new Set();
/** How often a request of such a path failed before the seam had it. */
const failedPaths: Map<string, number> = new Map();
const MAX_FAILED = 3;

/** A request of that path failed before any seam had it: the next ones are looked at. */
export function unlearn(path: string): void {
  if (seamPaths.delete(path)) failedPaths.set(path, (failedPaths.get(path) ?? 0) + 1);
}

/** A request of that path was the seam's: others are not looked at, unless too many failed. */
export function learn(path: string): void {
  if (seamPaths.size < MAX_PATHS && (failedPaths.get(path) ?? 0) < MAX_FAILED) seamPaths.add(path);
}

/** Has `take` called with the whole body of each POST that may be MCP's, before the program knows that it is whole. */
export function watchPosts(
  take: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
  named: (request: IncomingMessage, response: ServerResponse) => void,
  unread: () => void,
): void {
  const started = (published: unknown): void => {
    try {
      const { request, response } = published as {
        request: IncomingMessage;
        response: ServerResponse;
      };
      if (request.method !== 'POST' || seamPaths.has(pathOf(request))) return;
      if (isOtherwiseRecorded()) return;
      if (request.headers['content-type']?.includes('json') !== true) return;
      // Before the body is here, so that a refusal of the first request is seen as well.
      if (namesMcp(request)) named(request, response);
      keepBody(request, unread, (body) => take(request, response, body));
    } catch {
      // Telemetry never breaks a server (I8).
    }
  };
  subscribe('http.server.request.start', started);
  subscribe(HTTP2_REQUEST, started);
}

/** Of an event stream of HTTP+SSE (2024-11-05) the first event; a program may have streams of another kind. */
const ENDPOINT = /(?:^|\n)event: ?endpoint\r?\n/;
const OTHER_EVENT = /(?:^|\n)data:[^]*\n\r?\n/;
const STREAM_HEAD = 1_024;

/** Has `take` called with each event stream that names an endpoint to post to; `head` of it is about to leave. */
export function watchStreams(take: (response: ServerResponse, head: Buffer) => void): void {
  const started = (published: unknown): void => {
    try {
      const { request, response } = published as {
        request: IncomingMessage;
        response: ServerResponse;
      };
      if (request.method !== 'GET' || isOtherwiseRecorded()) return;
      if (request.headers.accept?.includes('text/event-stream') === true)
        lookAtHead(response, (head) => take(response, head));
    } catch {
      // Telemetry never breaks a server (I8).
    }
  };
  subscribe('http.server.request.start', started);
  subscribe(HTTP2_REQUEST, started);
}

function lookAtHead(response: ServerResponse, use: (head: Buffer) => void): void {
  let head: string | undefined = '';
  const undo = around(response, 'write', (write, args) => {
    try {
      if (head !== undefined) look(args[0]);
    } catch {
      head = undefined;
    }
    return write(...args);
  });
  function look(chunk: unknown): void {
    head += chunk instanceof Uint8Array ? bufferOf(chunk).toString('utf8') : String(chunk);
    const known = head ?? '';
    const isOne = ENDPOINT.test(known);
    if (!isOne && known.length <= STREAM_HEAD && !OTHER_EVENT.test(known)) return;
    head = undefined;
    undo();
    if (isOne) use(Buffer.from(known));
  }
}

/** Path of a request, without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
}

/** Headers that only MCP clients send. */
export function namesMcp({ headers }: IncomingMessage): boolean {
  return (
    'mcp-protocol-version' in headers || 'mcp-session-id' in headers || 'mcp-method' in headers
  );
}

function keepBody(request: IncomingMessage, unread: () => void, use: (body: Buffer) => void): void {
  let kept: Buffer[] | undefined = [];
  let bytes = 0;
  let isRpc = false;
  const undo = around(request, 'push', (push, args) => {
    try {
      look(args[0]);
    } catch {
      kept = undefined;
    }
    if (kept === undefined) undo();
    return push(...args);
  });
  function look(chunk: unknown): void {
    if (kept === undefined) return;
    if (chunk instanceof Uint8Array) {
      const piece = bufferOf(chunk);
      kept.push(piece);
      bytes += piece.length;
      const first = kept.length === 1 ? firstByte(piece) : BRACE;
      isRpc ||= piece.includes('"jsonrpc"');
      const isLong = bytes > MAX_BODY;
      if (isLong && isRpc) unread();
      if (isLong || (first !== BRACE && first !== BRACKET) || (!isRpc && bytes > HEAD_BYTES))
        kept = undefined;
      return;
    }
    const all = kept;
    kept = undefined;
    if (chunk === null && isRpc) use(Buffer.concat(all));
  }
}
