/** Long runs: where the pass says that one stands, what is encoded in it is found; wherever in the text, in any script (I5). */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redactor = createRedactor();
const redact = (text: string): string => redactor.redactText(text).value;

/** 18 bytes: 24 characters, the shortest run that is looked at. */
const RUN = Buffer.from('password=hunter2ab').toString('base64');
const MARK = '[REDACTED:encoded-secret]';

describe('an encoded secret is found', () => {
  test.each([
    ['alone', '', ''],
    ['at the start', '', ' and more'],
    ['at the end', 'here ', ''],
    ['between words', 'here is ', ' and more'],
    ['between lines', 'one\n', '\ntwo'],
    ['beside letters of another script', 'hier — ', ' 世界'],
    ['far into a long text', 'word '.repeat(300), ' word'.repeat(300)],
    ['far into a long text of another script', '世界 '.repeat(300), ' 世界'.repeat(300)],
    ['where one piece of the pass ends', 'word '.repeat(408), ' word'],
    ['behind digits alone, in a text that leaves no place free', `${'1'.repeat(999)} `, ''],
    ['behind many digits', '1 2 3 4 5 6 7 8 9 0 '.repeat(30), ''],
  ])('%s', (_, before, after) => {
    expect(redact(before + RUN + after)).toBe(before + MARK + after);
  });

  test('each of several, though what one stands for is scanned before the next is judged', () => {
    expect(redact(`${RUN} then ${RUN}, last ${RUN}`)).toBe(`${MARK} then ${MARK}, last ${MARK}`);
  });
});

test('a run of one character less is not looked at', () => {
  const short = Buffer.from('password=hunter2').toString('base64').replace('==', '').slice(0, 23);
  expect(short.length).toBeLessThan(24);
  expect(redact(`here ${short} more`)).toBe(`here ${short} more`);
});

test('a short text behind a long one is judged by itself', () => {
  redact(`${'word '.repeat(2_000)}${RUN}`);
  expect(redact('nothing here')).toBe('nothing here');
  expect(redact(`a ${RUN}`)).toBe(`a ${MARK}`);
});
