/** Which texts are worth the JSON parser. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';
import { jsonPart, startsLikeJson } from '../src/json-text.ts';

test('every object and list is seen, however it is indented and whatever blanks are around it', () => {
  const blanks = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 80 });
  fc.assert(
    fc.property(
      fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
      fc.constantFrom(undefined, 1, '\t'),
      blanks,
      blanks,
      (value, indent, before, after) =>
        startsLikeJson(`${before}${JSON.stringify(value, undefined, indent)}${after}`),
    ),
  );
});

test.each([
  '{}',
  '[]',
  '[ ]',
  '[-1]',
  '[true]',
  '[null]',
  '[[1]]',
  '[{}]',
  '"a text"',
  '"\\"x\\""',
])('%j may be JSON', (text) => expect(startsLikeJson(text)).toBe(true));

test.each([
  ['the heading of a file', '[default]\nregion = eu'],
  ['a log line', '[INFO] started {x}'],
  ['a list that is cut', '[{"a": 1}, {"a"'],
  ['an object that is cut', '{"a": "b'],
  ['a template', '{{ name }}'],
  ['code', '{ return 1; }'],
  ['our own mark', '[REDACTED:keyed-secret]'],
  ['a quote that is not closed', '"a text'],
  ['a quoted line of a file', '"a text"\n'],
  ['nothing', ''],
  ['blanks', ' \n '],
])('%s is none', (_, text) => expect(startsLikeJson(text)).toBe(false));

test('records of as many members under other names are judged by their own names', () => {
  const redactor = createRedactor();
  const secret = ['rK', '7vQ', 'm2Zp'].join('');
  const { value } = redactor.redact([
    { id: 1, colour: secret },
    { id: 2, password: secret },
    { id: 3, colour: secret },
    { password: secret, id: 4 },
  ]);
  expect(value).toEqual([
    { id: 1, colour: secret },
    { id: 2, password: '[REDACTED:keyed-secret]' },
    { id: 3, colour: secret },
    { password: '[REDACTED:keyed-secret]', id: 4 },
  ]);
});

test.each([
  ['{"a":1}', '{"a":1}'],
  ['$ show\n{"a":[1,2,3,4,5,67]}\n', '{"a":[1,2,3,4,5,67]}'],
  ['Rows:\n\n```json\n[1, 2, 3, 4, 5, 6, 7]\n```\n', '[1, 2, 3, 4, 5, 6, 7]'],
  ['{"a":1}\n{"b":2}', '{"a":1}\n{"b":2}'],
])('of %j the JSON is %j', (text, expected) => {
  const part = jsonPart(text);
  expect(text.slice(part?.start, part?.end)).toBe(expected);
});

test.each([
  'if (x) {\n  y();\n}',
  'a {"b":1}',
  'a\n{"b":1} c',
  '```\n```',
  'a\n[b]',
  '',
  '$ show\n{"a":[1,2,3,4,5,6]}',
])('in %j is none', (text) => expect(jsonPart(text)).toBeUndefined());
