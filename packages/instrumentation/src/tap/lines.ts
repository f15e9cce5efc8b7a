/**
 * Cuts a stream of bytes into lines, as the stdio transport of MCP frames its messages: UTF-8, ended by LF.
 *
 * A line of up to `MAX_LINE_BYTES` is kept until it is complete. A longer one is let go of as it comes (`piece`), and at
 * its end only its first and last bytes are left to tell what it was (`long`), so memory stays bounded (I10).
 */

/** Lines up to this size are read; a tool result with a picture in base64 has 1 to 5 MB. */
export const MAX_LINE_BYTES: number = 8 * 1024 * 1024;

/** Kept of either end of a longer line: enough for the few members before or after the big one. */
const KEPT_BYTES = 512;

const LF = 10;

/** What is left of a line that was too long. */
export interface LongLine {
  /** Its first 512 bytes, as text. */
  readonly head: string;
  /** Its last 512 bytes, as text. */
  readonly tail: string;
}

/** Who gets the lines. Bytes are views of what was pushed, with their LF. */
export interface LineTaker {
  line(bytes: Buffer): void;
  /** A part of a line that is too long, in order, as soon as this is known. */
  piece(bytes: Buffer): void;
  /** The end of a line that was too long. */
  long(line: LongLine): void;
}

/** See the file's header. */
export class Lines {
  readonly #taker: LineTaker;
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #head: Buffer | undefined;
  #tail: Buffer = Buffer.alloc(0);

  constructor(taker: LineTaker, maxBytes: number = MAX_LINE_BYTES) {
    this.#taker = taker;
    this.#maxBytes = maxBytes;
  }

  /** Whether no line is begun. */
  get isEmpty(): boolean {
    return this.#bytes === 0 && this.#head === undefined;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LF, from);
      if (end < 0) break;
      this.#part(from === 0 && end === chunk.length - 1 ? chunk : chunk.subarray(from, end + 1));
      this.#complete();
      from = end + 1;
    }
    if (from < chunk.length) this.#part(from === 0 ? chunk : chunk.subarray(from));
  }

  /** The stream ended; what is left is a line without LF. */
  end(): void {
    if (this.#bytes > 0 || this.#head !== undefined) this.#complete();
  }

  #part(bytes: Buffer): void {
    if (this.#head !== undefined) {
      this.#let(bytes);
      return;
    }
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes <= this.#maxBytes) return;
    const whole = this.#taken();
    this.#head = Buffer.from(whole.subarray(0, KEPT_BYTES));
    this.#let(whole);
  }

  #let(bytes: Buffer): void {
    const end = Buffer.concat([this.#tail, bytes.subarray(-KEPT_BYTES)]);
    this.#tail = Buffer.from(end.subarray(-KEPT_BYTES));
    this.#taker.piece(bytes);
  }

  #complete(): void {
    const head = this.#head;
    if (head === undefined) {
      this.#taker.line(this.#taken());
      return;
    }
    const tail = this.#tail;
    this.#head = undefined;
    this.#tail = Buffer.alloc(0);
    this.#taker.long({ head: head.toString('utf8'), tail: tail.toString('utf8') });
  }

  #taken(): Buffer {
    const [only] = this.#parts;
    const whole =
      this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return whole;
  }
}

const TEXT = String.raw`"(?:[^"\\]|\\.){0,256}"`;
const NUMBER = String.raw`-?\d{1,20}`;
/** Members with short values that stand before the first big one. */
const LEADING = new RegExp(
  String.raw`^\s*\{(?:\s*"(?:jsonrpc|id|method)"\s*:\s*(?:${TEXT}|${NUMBER})\s*,)*`,
);
const LEADING_MEMBER = new RegExp(
  String.raw`"(jsonrpc|id|method)"\s*:\s*(${TEXT}|${NUMBER})\s*,`,
  'g',
);
const NEXT_KEY = /^\s*"(params|result|error)"\s*:/;
/** In valid JSON a member right before the last brace of all is a member of the outermost object. */
const LAST_MEMBER = new RegExp(String.raw`[{,]\s*"id"\s*:\s*(${TEXT}|${NUMBER})\s*\}\s*$`);

/** What can be told of a message from its two ends alone. */
export interface Glimpse {
  readonly id: unknown;
  readonly method: string | undefined;
  readonly isError: boolean;
}

/** Id and method of a JSON-RPC message whose big member was not read; `undefined` members where they are not at an end. */
export function glimpse({ head, tail }: LongLine): Glimpse {
  const leading = LEADING.exec(head)?.[0] ?? '';
  const found: Record<string, unknown> = {};
  for (const [, key, value] of leading.matchAll(LEADING_MEMBER))
    if (key !== undefined && value !== undefined) found[key] = parsed(value);
  const next = leading === '' ? undefined : NEXT_KEY.exec(head.slice(leading.length))?.[1];
  const last = LAST_MEMBER.exec(tail)?.[1];
  const { id = last === undefined ? undefined : parsed(last), method } = found;
  return { id, method: typeof method === 'string' ? method : undefined, isError: next === 'error' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
