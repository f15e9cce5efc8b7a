/**
 * Reads an answer of HTTP from its bytes as they pass: JSON, or an event stream (WHATWG HTML 9.2), compressed or not. What is
 * compressed is decompressed aside, by streams of `node:zlib` in their own threads, after the bytes went on (I8). Kept of one
 * message are at most 8 MiB (I10).
 */
import type { Transform } from 'node:stream';
import { BRACE, BRACKET, firstByte } from './doors.ts';
import { isText, unpacker } from './encoding.ts';
import { Lines, type LongLine, MAX_LINE_BYTES } from './lines.ts';

/** Why something is not read: over 8 MiB, or compressed in a way that we do not know, or wrongly. */
export type Unread = 'too_long' | 'compressed';

/** Who gets what an answer holds. */
export interface AnswerTaker {
  /** Text of one JSON value. @param event its type in an event stream */
  text(text: string, event: string): void;
  /** Something passed unread. @param line the ends of an event that was too long */
  unread(reason: Unread, line?: LongLine): void;
  /** Nothing more comes; called once, later than `end` where the answer is compressed. */
  over(): void;
}

/** See the file's header. */
export class Answer {
  readonly #taker: AnswerTaker;
  readonly #lines: Lines;
  #form: 'json' | 'stream' | undefined;
  #json: Buffer[] = [];
  #bytes = 0;
  #data: string[] = [];
  #event = '';
  /** `undefined` = nothing came yet. */
  #unpacker: Transform | 'none' | 'unreadable' | undefined;
  #isEnding = false;

  constructor(taker: AnswerTaker) {
    this.#taker = taker;
    this.#lines = new Lines({
      line: (bytes) => this.#line(bytes.toString('utf8').replace(/\r?\n$/, '')),
      piece: () => {},
      long: ({ head, tail }) =>
        taker.unread('too_long', { head: head.replace(/^data: ?/, ''), tail }),
    });
  }

  /**
   * A part of it; kept, so the program may not use the bytes again.
   * @param encoding asked at the first part: the header `content-encoding`
   */
  write(bytes: Buffer, encoding: () => string | undefined): void {
    if (bytes.length === 0) return;
    this.#unpacker ??= this.#unpackerOf(bytes, encoding());
    if (this.#unpacker === 'none') this.#plain(bytes);
    else if (this.#unpacker !== 'unreadable') {
      this.#unpacker.write(bytes);
      // What is compressed faster than we read is not kept.
      if (this.#unpacker.writableLength > MAX_LINE_BYTES) this.#giveUp('too_long');
    }
  }

  end(): void {
    this.#isEnding = true;
    if (typeof this.#unpacker === 'object') this.#unpacker.end();
    else this.#end();
  }

  #unpackerOf(bytes: Buffer, encoding: string | undefined): Transform | 'none' | 'unreadable' {
    // A middleware that compresses below us says so in the header as well.
    if (encoding === undefined || encoding === 'identity' || isText(bytes)) return 'none';
    const unpacks = unpacker(encoding);
    if (unpacks === undefined) {
      this.#taker.unread('compressed');
      return 'unreadable';
    }
    unpacks.on('data', (plain: Buffer) => this.#plain(plain));
    unpacks.on('error', () => this.#giveUp('compressed'));
    unpacks.once('end', () => this.#end());
    return unpacks;
  }

  #giveUp(why: Unread): void {
    if (typeof this.#unpacker !== 'object') return;
    this.#unpacker.destroy();
    this.#unpacker = 'unreadable';
    this.#taker.unread(why);
    if (this.#isEnding) this.#end();
  }

  #plain(bytes: Buffer): void {
    if (this.#form === undefined) {
      const first = firstByte(bytes);
      if (first === undefined) return;
      this.#form = first === BRACE || first === BRACKET ? 'json' : 'stream';
    }
    if (this.#form === 'stream') {
      this.#lines.push(bytes);
      return;
    }
    this.#bytes += bytes.length;
    if (this.#bytes <= MAX_LINE_BYTES) this.#json.push(bytes);
    else this.#json = [];
  }

  /** A line of an event stream: an event is over at an empty one. */
  #line(line: string): void {
    if (line.startsWith('data:')) this.#data.push(valueOf(line, 5));
    else if (line.startsWith('event:')) this.#event = valueOf(line, 6);
    else if (line === '') {
      const [data, event] = [this.#data, this.#event];
      this.#data = [];
      this.#event = '';
      if (data.length > 0) this.#taker.text(data.join('\n'), event === '' ? 'message' : event);
    }
  }

  #end(): void {
    if (this.#bytes > MAX_LINE_BYTES) this.#taker.unread('too_long');
    else if (this.#form === 'json')
      this.#taker.text(Buffer.concat(this.#json).toString('utf8'), 'message');
    this.#json = [];
    this.#lines.end();
    this.#line('');
    this.#taker.over();
  }
}

/** Behind the name of a field; one space after the colon is not part of it. */
function valueOf(line: string, colonEnd: number): string {
  return line.slice(line[colonEnd] === ' ' ? colonEnd + 1 : colonEnd);
}
