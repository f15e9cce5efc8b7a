/**
 * The stdio tap: a server on this process's own stdin and stdout that has no SDK we know (hand-written, tmcp, bundled with
 * mangled names, a single executable), or whose SDK forwards messages without its Protocol (a raw proxy).
 *
 *   listening  the door (doors.ts) saw `"jsonrpc"`; the first line that is not JSON-RPC ends it all
 *   waiting    a request of MCP came and an SDK was loaded, or a thread started that may load one: who records is known
 *              when that request is answered, or when an SDK's seam gets a message of this connection. Nothing is recorded before; then it is, from when it came
 *   on         everything is recorded here, until the seam gets a message: then what is open is the seam's
 *   off        everything is as we found it
 *
 * So each request is recorded once, however late an SDK is loaded or connected. Bytes pass unchanged and at once; mode
 * `strict` holds lines back until they are complete and entered, drops those that are refused and answers them -32603.
 */
import type { Writable } from 'node:stream';
import type { RecorderPort } from '../ports.ts';
import { TOO_LONG, UNAVAILABLE, type Transport } from '../seam/message.ts';
import { Wire } from '../seam/wire.ts';
import { glimpse, Lines, type LongLine } from './lines.ts';
import { BRACE, BRACKET, bufferOf, firstByte, type Tap } from './doors.ts';
import { isMcpRequest, messagesIn, type Message } from './message.ts';
import { around } from './streams.ts';
import { listenToThreads, type OtherThreads } from './threads.ts';

/** What the tap asks of its user. */
export interface StdioTapOptions {
  /** Asked at the first request of MCP. */
  readonly recorder: () => RecorderPort | undefined;
  /** Whether the source of an SDK was loaded, or a thread was started that may load one. */
  readonly isSdkLoaded: () => boolean;
  /** Called for each message that was too long to read. */
  readonly unread: () => void;
  /** Gives the program a line as if it came. */
  readonly push: (line: Buffer) => void;
}

/** Lines of another JSON-RPC, or answers, that are looked at before we give up. */
const MAX_FOREIGN = 16;
/** Requests that wait for the first answer (I10). */
const MAX_WAITING = 1_000;

interface Waiting {
  readonly message: Message;
  readonly at: number;
}

type State = 'listening' | 'waiting' | 'on' | 'off';

/** See the file's header. */
export class StdioTap implements Tap {
  readonly #options: StdioTapOptions;
  #state: State = 'listening';
  #undo: (() => void)[] = [];
  #wire: Wire | undefined;
  #strict = false;
  #foreign = 0;
  #waiting: Waiting[] = [];
  #stdout: Writable | undefined;
  #threads: OtherThreads | undefined;
  /** What became complete in the chunk at hand. */
  #lines: (Buffer | LongLine)[] = [];
  #incoming: Lines;
  readonly #outgoing: Lines;
  #sentLines: (Buffer | LongLine)[] = [];
  /** Whether the last write ended a line. */
  #sentWhole = true;

  constructor(options: StdioTapOptions) {
    this.#options = options;
    this.#incoming = new Lines(collect(() => this.#lines));
    this.#outgoing = new Lines(collect(() => this.#sentLines));
  }

  get isOff(): boolean {
    return this.#state === 'off';
  }

  /** See `Tap`. */
  watchStdout(stdout: Writable): void {
    this.#stdout = stdout;
    if (this.#state === 'waiting' || this.#state === 'on') this.#watchOutput();
  }

  /** The seam of an SDK got a message of this process's stdio: from now on it records. */
  standDown(): void {
    if (this.#state === 'off') return;
    this.#state = 'off';
    this.#wire?.abandon();
    this.#wire = undefined;
    this.#waiting = [];
    this.#incoming = new Lines(collect(() => this.#lines));
    for (const undo of this.#undo) undo();
    this.#undo = [];
    this.#threads?.close();
  }

  /** One chunk of stdin; `undefined` = it goes on as it came. */
  came(chunk: unknown): Onward {
    if (this.#state === 'off') return undefined;
    if (chunk === null || chunk === undefined) return this.#ended();
    if (!(chunk instanceof Uint8Array)) return undefined;
    const bytes = bufferOf(chunk);
    this.#lines = [];
    const isWhole = this.#incoming.isEmpty;
    this.#incoming.push(bytes);
    const lines = this.#lines;
    this.#lines = [];
    if (this.#state === 'listening') this.#judge(lines);
    if (this.#state === 'waiting') this.#keep(lines);
    if (this.#state !== 'on') return undefined;
    return this.#strict
      ? this.#held(lines)
      : this.#watched(lines, isWhole && this.#incoming.isEmpty);
  }

  /** Whether these first lines are MCP's. */
  #judge(lines: readonly (Buffer | LongLine)[]): void {
    for (const line of lines) {
      if (isLong(line)) return this.standDown();
      const first = firstByte(line);
      if (first === undefined) continue;
      const messages = line.includes('"jsonrpc"') ? messagesIn(line.toString('utf8')) : undefined;
      if (messages === undefined) return this.standDown();
      if (messages.some(isMcpRequest)) return this.#recognise();
      if (++this.#foreign >= MAX_FOREIGN) return this.standDown();
    }
  }

  #recognise(): void {
    const recorder = this.#options.recorder();
    if (recorder === undefined) return this.standDown();
    this.#strict = recorder.strict === true;
    const transport: Transport & { readonly _stdin: true } = {
      _stdin: true,
      send: (refusal: object) => this.#answer(refusal),
    };
    this.#wire = new Wire({}, transport, recorder);
    this.#state = this.#options.isSdkLoaded() ? 'waiting' : 'on';
    this.#threads = listenToThreads(() => this.standDown());
    if (this.#stdout !== undefined) this.#watchOutput();
  }

  #keep(lines: readonly (Buffer | LongLine)[]): void {
    const at = performance.now();
    for (const message of lines.flatMap((line) => this.#read(line)))
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ message, at });
  }

  /** The request that waits for `answer` was not the seam's: all of this connection is ours. */
  #confirm(): void {
    if (this.#threads?.hasHeard() === true) return this.standDown();
    this.#state = 'on';
    const now = performance.now();
    for (const { message, at } of this.#waiting)
      this.#wire?.receive(message, undefined, () => {}, now - at);
    this.#waiting = [];
  }

  /** As it came, in the context of its call when it is one whole message. */
  #watched(lines: readonly (Buffer | LongLine)[], isWhole: boolean): Onward {
    const messages = lines.flatMap((line) => this.#read(line));
    const wire = this.#wire;
    if (wire === undefined) return undefined;
    const [only] = messages;
    if (messages.length === 1 && isWhole)
      return (push, args) => wire.receive(only, undefined, () => push(...args));
    for (const message of messages) wire.receive(message, undefined, () => {});
    return undefined;
  }

  /** Whole lines that were admitted. */
  #held(lines: readonly (Buffer | LongLine)[]): Onward {
    const wire = this.#wire;
    if (wire === undefined) return undefined;
    return (push) => {
      let more: unknown = true;
      for (const line of lines) {
        if (isLong(line)) {
          const { id, method } = this.#glimpsed(line);
          if (method !== undefined && id !== undefined)
            this.#answer({ jsonrpc: '2.0', id, error: TOO_LONG });
          continue;
        }
        const messages = this.#read(line);
        const [only] = messages;
        if (messages.length <= 1) {
          if (only === undefined) more = push(line);
          else wire.receive(only, undefined, () => (more = push(line)));
          continue;
        }
        const admitted = messages.filter((message) => {
          let isAdmitted = false;
          wire.receive(message, undefined, () => (isAdmitted = true));
          return isAdmitted;
        });
        if (admitted.length === messages.length) more = push(line);
        else if (admitted.length > 0) more = push(lineOf(admitted));
      }
      return more;
    };
  }

  /** stdin is over: a last line without LF counts. */
  #ended(): Onward {
    this.#lines = [];
    if (this.#incoming.isEmpty) {
      if (this.#state === 'listening') this.standDown();
      return undefined;
    }
    this.#incoming.end();
    const lines = this.#lines;
    this.#lines = [];
    if (this.#state === 'listening') {
      this.#judge(lines);
      if (this.#state === 'listening') this.standDown();
    }
    if (this.#state === 'waiting') this.#keep(lines);
    if (this.#state !== 'on') return undefined;
    const onward = this.#strict ? this.#held(lines) : this.#watched(lines, false);
    return this.#strict && onward !== undefined
      ? (push, args) => {
          onward(push, []);
          return push(...args);
        }
      : undefined;
  }

  #watchOutput(): void {
    const stdout = this.#stdout;
    if (stdout === undefined) return;
    this.#undo.push(
      around(stdout, '_write', (write, args) => {
        const [chunk, encoding] = args;
        const instead = this.#leaves(chunk, encoding);
        return instead === undefined ? write(...args) : write(instead, 'buffer', args[2]);
      }),
      around(stdout, '_writev', (writev, args) => {
        const chunks = args[0] as { chunk: unknown; encoding: unknown }[];
        for (const one of chunks) {
          const instead = this.#leaves(one.chunk, one.encoding);
          if (instead !== undefined) Object.assign(one, { chunk: instead, encoding: 'buffer' });
        }
        return writev(...args);
      }),
    );
  }

  /** One write to stdout; what goes on in its place. Never throws. */
  #leaves(chunk: unknown, encoding: unknown): Buffer | undefined {
    try {
      if (this.#state !== 'on' && this.#state !== 'waiting') return undefined;
      const bytes =
        typeof chunk === 'string'
          ? Buffer.from(chunk, encoding as BufferEncoding)
          : chunk instanceof Uint8Array
            ? bufferOf(chunk)
            : undefined;
      if (bytes === undefined) return undefined;
      this.#sentLines = [];
      const isWhole = this.#sentWhole;
      this.#outgoing.push(bytes);
      this.#sentWhole = this.#outgoing.isEmpty;
      const lines = this.#sentLines;
      this.#sentLines = [];
      const onward = lines.map((line) => this.#sent(line));
      // What was written before cannot be taken back: only a write of whole lines can be refused.
      if (!isWhole || onward.every((line) => line === undefined)) return undefined;
      const rest = this.#sentWhole ? [] : [bytes.subarray(bytes.lastIndexOf(10) + 1)];
      return Buffer.concat([
        ...lines.map((line, n) => onward[n] ?? (isLong(line) ? EMPTY : line)),
        ...rest,
      ]);
    } catch {
      return undefined;
    }
  }

  #sent(line: Buffer | LongLine): Buffer | undefined {
    const messages = this.#read(line);
    if (this.#state === 'waiting' && messages.some((message) => this.#isAwaited(message)))
      this.#confirm();
    const wire = this.#wire;
    if (this.#state !== 'on' || wire === undefined || messages.length === 0) return undefined;
    const onward = messages.map((message) => this.#sentOne(wire, message));
    if (!this.#strict || onward.every((one, n) => one === messages[n])) return undefined;
    const left = onward.filter((one) => one !== null);
    if (left.length === 0) return EMPTY;
    return lineOf(messages.length === 1 ? left[0] : left);
  }

  /** What goes on of one message; `null` = nothing. Requests are never changed: no context is written into them. */
  #sentOne(wire: Wire, message: Message): object | null {
    let onward: object | null = null;
    const sent = wire.send(message, (outgoing) => {
      onward = typeof message.method === 'string' ? message : (outgoing as object);
    });
    if (sent instanceof Promise) {
      sent.catch(() => {});
      if (message.id !== undefined)
        this.#options.push(lineOf({ jsonrpc: '2.0', id: message.id, error: UNAVAILABLE }));
    }
    return onward;
  }

  #isAwaited({ id, method }: Message): boolean {
    return (
      method === undefined &&
      id !== undefined &&
      this.#waiting.some(({ message }) => message.method !== undefined && message.id === id)
    );
  }

  #read(line: Buffer | LongLine): readonly Message[] {
    if (isLong(line)) return [this.#glimpsed(line)];
    const first = firstByte(line);
    if (first !== BRACE && first !== BRACKET) return [];
    return messagesIn(line.toString('utf8')) ?? [];
  }

  /** What its two ends tell of a message that was too long. */
  #glimpsed(line: LongLine): Message {
    this.#options.unread();
    const { id, method, isError } = glimpse(line);
    return {
      jsonrpc: '2.0',
      ...(id !== undefined && { id }),
      ...(method !== undefined && { method }),
      ...(method === undefined && isError && { error: { code: UNAVAILABLE.code, message: '' } }),
    };
  }

  #answer(refusal: object): void {
    (this.#stdout ?? process.stdout).write(lineOf(refusal));
  }
}

type Push = (...args: unknown[]) => unknown;
/** How a chunk goes on; `undefined` = as it came. */
type Onward = ((push: Push, args: readonly unknown[]) => unknown) | undefined;

const EMPTY = Buffer.alloc(0);

function collect(into: () => (Buffer | LongLine)[]): ConstructorParameters<typeof Lines>[0] {
  return {
    line: (bytes) => void into().push(bytes),
    piece: () => {},
    long: (line) => void into().push(line),
  };
}

function isLong(line: Buffer | LongLine): line is LongLine {
  return 'head' in line;
}

function lineOf(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
