import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { glimpse, Lines, type LongLine } from '@mcp-logbook/instrumentation/lines';
import { held, watched } from '../src/wrap/passage.ts';
import { withMeta } from '../src/wrap/with-meta.ts';

interface Taken {
  readonly lines: string[];
  readonly pieces: string[];
  readonly long: LongLine[];
}

/** What comes of chunks, with a bound of `maxBytes`. */
function cut(chunks: readonly Buffer[], maxBytes: number): Taken {
  const taken: Taken = { lines: [], pieces: [], long: [] };
  const lines = new Lines(
    {
      line: (bytes) => taken.lines.push(bytes.toString()),
      piece: (bytes) => taken.pieces.push(bytes.toString()),
      long: (line) => taken.long.push(line),
    },
    maxBytes,
  );
  for (const chunk of chunks) lines.push(chunk);
  lines.end();
  return taken;
}

const aText = fc.stringMatching(/^[ab\n]{0,40}$/);

describe('lines', () => {
  test('are the same however the bytes are cut into chunks, and hold every byte', () => {
    fc.assert(
      fc.property(fc.array(aText), (texts) => {
        const whole = texts.join('');
        const { lines } = cut(
          texts.map((text) => Buffer.from(text)),
          1_000_000,
        );
        expect(lines.join('')).toBe(whole);
        expect(lines).toEqual(whole.match(/[^\n]*\n|[^\n]+$/g) ?? []);
      }),
    );
  });

  test('up to the bound are whole; one byte more and they are let go of at once (I10)', () => {
    const whole = `${'x'.repeat(9)}\n`;
    expect(cut([Buffer.from(whole)], 10).lines).toEqual([whole]);
    const over = cut([Buffer.from('x'.repeat(10)), Buffer.from('y\nz\n')], 10);
    expect(over).toMatchObject({ lines: ['z\n'], pieces: ['xxxxxxxxxxy\n'] });
    expect(over.long).toEqual([{ head: 'xxxxxxxxxxy\n', tail: 'xxxxxxxxxxy\n' }]);
  });
});

describe('the two ends of a long message', () => {
  const big = JSON.stringify('x'.repeat(2_000));
  const endsOf = (text: string): LongLine => ({ head: text.slice(0, 512), tail: text.slice(-512) });

  test.each([
    ['id first', `{"jsonrpc":"2.0","id":7,"result":{"a":${big}}}\n`, { id: 7, isError: false }],
    ['id last', `{"result":{"a":${big}},"jsonrpc":"2.0","id":7}\n`, { id: 7, isError: false }],
    [
      'an error',
      `{"jsonrpc":"2.0","id":"a\\"b","error":{"data":${big}}}`,
      { id: 'a"b', isError: true },
    ],
    [
      'a request',
      `{"method":"tools/call","params":{"a":${big}},"jsonrpc":"2.0","id":7}\n`,
      { id: 7, method: 'tools/call' },
    ],
    ['an id inside only', `{"jsonrpc":"2.0","result":{"a":${big},"id":7}}\n`, { id: undefined }],
    ['no JSON', `${big}${big}`, { id: undefined, method: undefined }],
  ])('tell its id and method: %s', (_, text, expected) => {
    expect(glimpse(endsOf(text))).toMatchObject(expected);
  });

  test('never tell another id than the message has', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(value, fc.constantFrom(1, 'x', '"}'), fc.boolean(), (result, id, isLast) => {
        const inner = { ...result, id: 'inner', result };
        const message = isLast ? { result: inner, id } : { id, result: inner };
        expect([id, undefined]).toContain(glimpse(endsOf(JSON.stringify(message))).id);
      }),
    );
  });
});

describe('passages', () => {
  const anyBytes = fc.array(fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)));

  test.each(['watched', 'held'] as const)(
    '%s lets every byte pass unchanged, JSON or not (I8)',
    (kind) => {
      fc.assert(
        fc.property(anyBytes, (chunks) => {
          const looker = { line: () => undefined, long: () => undefined };
          const passage = kind === 'held' ? held(looker, false) : watched(looker, 'before');
          const out: Buffer[] = [];
          for (const chunk of chunks) passage.take(chunk, (bytes) => out.push(bytes));
          passage.end((bytes) => out.push(bytes));
          expect(Buffer.concat(out).equals(Buffer.concat(chunks))).toBe(true);
        }),
      );
    },
  );

  test('watched forwards before it looks, or after, as told', () => {
    for (const look of ['after', 'before'] as const) {
      const order: string[] = [];
      const looker = { line: () => void order.push('look'), long: () => undefined };
      watched(looker, look).take(Buffer.from('{}\n'), () => order.push('forward'));
      expect(order).toEqual(look === 'after' ? ['forward', 'look'] : ['look', 'forward']);
    }
  });
});

describe('_meta is written into the text of a message', () => {
  test('and nothing else changes, not even numbers that JavaScript cannot hold', () => {
    const text =
      ' {"jsonrpc":"2.0", "params" : {"name":"x","n":12345678901234567890, "_meta":{"a":{"_meta":1}} },"id":1.0}\n';
    expect(withMeta(text, { traceparent: 't' })).toBe(
      text.replace('{"a":{"_meta":1}}', '{"traceparent":"t"}'),
    );
    expect(withMeta('{"id":1}', { a: 1 })).toBe('{"params":{"_meta":{"a":1}},"id":1}');
    expect(withMeta('{"params":{ }}', { a: 1 })).toBe('{"params":{"_meta":{"a":1} }}');
  });

  test('so that the message read again has it and is otherwise equal', () => {
    const params = fc.option(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), {
      nil: undefined,
    });
    fc.assert(
      fc.property(params, fc.dictionary(fc.string(), fc.string()), (inner, meta) => {
        const message = JSON.parse(JSON.stringify({ id: 1, params: inner, method: 'm' })) as object;
        const read: unknown = JSON.parse(withMeta(JSON.stringify(message, undefined, 1), meta));
        expect(read).toEqual(
          JSON.parse(JSON.stringify({ ...message, params: { ...inner, _meta: meta } })),
        );
      }),
    );
  });
});
