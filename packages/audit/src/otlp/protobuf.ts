/**
 * A bounded reader of the protobuf wire format (protobuf.dev/programming-guides/encoding), for untrusted bytes.
 *
 * It walks ranges of one buffer and copies nothing; messages inside messages are ranges too, so nothing recurses and
 * there is no depth to bound but that of groups (long deprecated, skipped). Everything that is not in its form is one
 * `ERR_LOGBOOK_OTLP` with the offset. Fields follow the last-one-wins rule.
 */
import { isUtf8 } from 'node:buffer';
import { LogbookError } from '../errors.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;
const GROUP_START = 3;
const GROUP_END = 4;

/** Deepest group that is skipped. */
const MAX_GROUPS = 32;

/** Where a range of bytes begins and ends. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The malformed-body error of this folder. */
export function malformed(what: string, cause?: unknown): LogbookError {
  return new LogbookError('ERR_LOGBOOK_OTLP', `malformed OTLP body: ${what}`, { cause });
}

/**
 * Walks the fields of one message: `next()`, then look at `field` and `wire`, then exactly one of the reading methods
 * or `skip()`. Move to a message inside by `enter`, back by `leave`.
 */
export class ProtoReader {
  readonly #bytes: Buffer;
  #at: number;
  #end: number;
  field = 0;
  wire = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** Reads the next tag; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint32();
    this.field = tag >>> 3;
    this.wire = tag & 7;
    if (this.field === 0) throw this.#bad('field number 0');
    return true;
  }

  /** Goes to the next field of this number, past all others; false when there is none. */
  seek(field: number): boolean {
    while (this.next()) {
      if (this.field === field) return true;
      this.skip();
    }
    return false;
  }

  /** Goes into the message at hand; gives the end of the one outside, for `leave`. */
  enter(): number {
    const outside = this.#end;
    this.#end = this.#lengthEnd();
    return outside;
  }

  /** Goes on behind the message that `enter` went into. */
  leave(outside: number): void {
    this.#at = this.#end;
    this.#end = outside;
  }

  /** Goes to a range seen before; gives where to `resume`. */
  jump(range: Range): Range {
    const back = { start: this.#at, end: this.#end };
    this.#at = range.start;
    this.#end = range.end;
    return back;
  }

  resume(back: Range): void {
    this.#at = back.start;
    this.#end = back.end;
  }

  /** The bytes at hand as a range, passed over. */
  range(): Range {
    const end = this.#lengthEnd();
    const start = this.#at;
    this.#at = end;
    return { start, end };
  }

  /** The text at hand. */
  text(): string {
    const { start, end } = this.range();
    return this.textOf(start, end);
  }

  /** The text of a range. */
  textOf(start: number, end: number): string {
    if (!isUtf8(this.#bytes.subarray(start, end))) throw this.#bad('text is not UTF-8');
    return this.#bytes.toString('utf8', start, end);
  }

  /** The bytes of a range as lower-case hex. */
  hexOf(start: number, end: number): string {
    return this.#bytes.toString('hex', start, end);
  }

  /** True if a range holds exactly these bytes. */
  equals(start: number, end: number, expected: Uint8Array): boolean {
    return (
      end - start === expected.length &&
      this.#bytes.compare(expected, 0, expected.length, start, end) === 0
    );
  }

  fixed64(): bigint {
    const at = this.#take(FIXED64, 8);
    return this.#bytes.readBigUInt64LE(at);
  }

  double(): number {
    const at = this.#take(FIXED64, 8);
    return this.#bytes.readDoubleLE(at);
  }

  /** A varint as a signed 64-bit number. */
  int64(): bigint {
    this.#expect(VARINT);
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.#at >= this.#end) throw this.#bad('number is cut off');
      const byte = this.#bytes[this.#at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw this.#bad('number is over 64 bits');
  }

  /** A varint of which the low 32 bits count: enumerations. */
  int32(): number {
    return Number(BigInt.asIntN(32, this.int64()));
  }

  bool(): boolean {
    return this.int64() !== 0n;
  }

  /** Passes over the field at hand, whatever it is. */
  skip(): void {
    if (this.wire === GROUP_START) this.#skipGroup();
    else this.#skipValue();
  }

  #skipValue(): void {
    switch (this.wire) {
      case VARINT:
        this.#skipVarint();
        break;
      case FIXED64:
        this.#take(FIXED64, 8);
        break;
      case LENGTH:
        this.#at = this.#lengthEnd();
        break;
      case FIXED32:
        this.#take(FIXED32, 4);
        break;
      default:
        throw this.#bad(`wire type ${this.wire}`);
    }
  }

  #skipGroup(): void {
    const open = [this.field];
    while (open.length > 0) {
      if (!this.next()) throw this.#bad('group without end');
      if (this.wire === GROUP_START) {
        if (open.length >= MAX_GROUPS) throw this.#bad(`groups over ${MAX_GROUPS} deep`);
        open.push(this.field);
      } else if (this.wire === GROUP_END) {
        if (open.pop() !== this.field) throw this.#bad('group ends as another');
      } else this.#skipValue();
    }
  }

  #skipVarint(): void {
    for (let n = 0; n < 10; n += 1) {
      if (this.#at >= this.#end) throw this.#bad('number is cut off');
      if ((this.#bytes[this.#at++] ?? 0) < 0x80) return;
    }
    throw this.#bad('number is over 64 bits');
  }

  /** Tags and lengths: at most 5 bytes and 32 bits. */
  #varint32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#end) throw this.#bad('number is cut off');
      const byte = this.#bytes[this.#at++] ?? 0;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw this.#bad('tag or length is over 32 bits');
  }

  #lengthEnd(): number {
    this.#expect(LENGTH);
    const length = this.#varint32();
    if (length > this.#end - this.#at) throw this.#bad(`length ${length} goes beyond the message`);
    return this.#at + length;
  }

  #take(wire: number, size: number): number {
    this.#expect(wire);
    const at = this.#at;
    if (size > this.#end - at) throw this.#bad('number is cut off');
    this.#at = at + size;
    return at;
  }

  #expect(wire: number): void {
    if (this.wire !== wire) throw this.#bad(`field ${this.field} has wire type ${this.wire}`);
  }

  #bad(what: string): LogbookError {
    return malformed(`${what}, at offset ${this.#at}`);
  }
}
