/** The opaque value beside a word that speaks of a secret. */
import { beforeEach, describe, expect, test } from 'vitest';
import { contextValues, forgetContext } from '../src/context.ts';
import { cut, lookAt } from './cut.ts';

const RANDOM = 'q7Zk2Xw9LmTpR4sDbV';
const HASH = '9f86d081884c7d659a2feaa0c55ad015';
const at = (text: string, word = 'api key'): string => lookAt(text, word, contextValues);

beforeEach(forgetContext);

describe('goes', () => {
  test.each([
    ['behind the word', `Use this api key for it: ${RANDOM}.`, 'Use this api key for it: <cut>.'],
    [
      'before the word',
      `paste ${RANDOM} into the api key field`,
      'paste <cut> into the api key field',
    ],
    ['87 characters behind', `api key${' '.repeat(87)}${RANDOM}`, `api key${' '.repeat(87)}<cut>`],
    ['of 16 characters', 'the api key is q7Zk2Xw9LmTpR4sD', 'the api key is <cut>'],
    ['64 characters before', `${RANDOM}${' '.repeat(46)}api key`, `<cut>${' '.repeat(46)}api key`],
    ['of letters alone', 'the api key is qZkXwLmTpRsDbVqYxK', 'the api key is <cut>'],
    [
      'a hash with a provider behind it',
      `the api key was rotated; we then saw ${HASH} at Datadog`,
      'the api key was rotated; we then saw <cut> at Datadog',
    ],
    ['all of several', `api key ${RANDOM} or ${RANDOM.toLowerCase()}9`, 'api key <cut> or <cut>'],
    ['without the name that is tied to it', `api key (x=${RANDOM})`, 'api key (x=<cut>)'],
    ['without hyphens around it', `api key --${RANDOM}--`, 'api key --<cut>--'],
    ['a hash right behind the word', `the api key is ${HASH}`, 'the api key is <cut>'],
    [
      'a hash where a provider is named',
      `the api key of our team, see the wiki on Datadog about it: ${HASH}`,
      'the api key of our team, see the wiki on Datadog about it: <cut>',
    ],
  ])('%s', (_, text, expected) => {
    expect(at(text)).toBe(expected);
  });
});

describe('stays', () => {
  test.each([
    ['15 characters', 'the api key is q7Zk2Xw9LmTpR4s'],
    ['88 characters behind', `api key${' '.repeat(88)}${RANDOM}`],
    ['65 characters before', `${RANDOM}${' '.repeat(47)}api key`],
    ['a hash five words behind', `the api key was rotated; we then saw ${HASH}`],
    [
      'hexadecimal digits five words behind',
      `the api key was rotated; we then saw ${HASH.slice(0, 21)}`,
    ],
    ['what people name things with', 'the api key is my-service-account-name'],
    ['a long word', 'the api key is internationalization'],
    ['what another word takes', `the api key has request id ${RANDOM}`],
    ['what another name takes', `api key, trace_id=${RANDOM}`],
    ['a part of a URL', `api key at https://x.example/${RANDOM}`],
    ['a part of a longer name', `api key ${RANDOM}.example`],
    ['a digest that says what it is', `api key sha256:${HASH}${HASH}`],
    [
      'a hash that is far from the word',
      `the api key was changed by somebody of the team, and then it was ${HASH}`,
    ],
    ['a hash of a commit', `api key of commit ${HASH}`],
    ['a value of 512 characters', `api key ${RANDOM.repeat(29).slice(0, 512)}`],
  ])('%s', (_, text) => {
    expect(at(text)).toBe(text);
  });

  test.each(['public key', 'primary key', 'cache key', 'page token'])('what a %s has', (name) => {
    const text = `the ${name} is ${RANDOM}`;
    expect(at(text, name.split(' ')[1])).toBe(text);
  });

  test('what a harmless name has', () => {
    expect(at(`token_type ${RANDOM}`, 'token')).toBe(`token_type ${RANDOM}`);
  });
});

test('of one text each value is looked at once, and found from every word near it', () => {
  const text = `api key and secret: ${RANDOM}`;
  const first = contextValues(text, 0, 7);
  const second = contextValues(text, 12, 18);
  expect(cut(text, first)).toBe('api key and secret: <cut>');
  expect(second).toEqual(first);
  forgetContext();
  expect(contextValues('api key: none', 0, 7)).toBeUndefined();
});
