import { createSecretKey, hash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Encoder } from '../src/encoder.ts';
import { leafHeadOf } from '../src/entry.ts';
import { leafHash } from '../src/hash.ts';
import { parseLeaf } from '../src/leaf.ts';
import { blankSeal, encodeSeal, openSeal, parseSeal, sealDigest } from '../src/seal.ts';
import { anEntry } from './sample-log.ts';

const key = createSecretKey(randomBytes(32));
const head = leafHeadOf(anEntry(), {
  time: '2026-11-25T23:59:59.000001Z',
  service: 'svc',
  actor: undefined,
  class: 'default',
  stream: 'svc/01234567',
  seq: 1,
});

function encoded(...payloads: string[]): { lines: string[]; encoder: Encoder } {
  const encoder = new Encoder();
  for (const payload of payloads) encoder.add(head, payload, key);
  return { lines: encoder.batch.toString().split('\n').slice(0, -1), encoder };
}

function textOf(line: string): string {
  const seal = parseSeal(line);
  if (!('text' in seal)) throw new Error('erased');
  return seal.text;
}

function rawOf(text: string): Buffer {
  const seal = parseSeal(encodeSeal(text));
  if (seal.form !== 'sealed') throw new Error('not sealed');
  return seal.raw;
}

test('what the encoder seals opens with its key and its leaf, whatever the payload', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { minLength: 1, maxLength: 5 }),
      (payloads) => {
        const { lines, encoder } = encoded(...payloads);
        expect(lines).toHaveLength(payloads.length * 2);
        for (const [at, payload] of payloads.entries()) {
          const [leaf = '', seal = ''] = lines.slice(at * 2);
          const { size, pc } = parseLeaf(leaf);
          expect(openSeal(key, rawOf(textOf(seal)), Buffer.from(leaf), pc).payload.toString()).toBe(
            payload,
          );
          expect(size).toBe(Buffer.byteLength(payload));
          expect(encoder.leafHashes[at]).toEqual(leafHash(Buffer.from(leaf)));
          expect(encoder.sealHashes.slice(at * 64, at * 64 + 64)).toBe(
            hash('sha256', textOf(seal)),
          );
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('payloads beyond the first buffer are whole', () => {
  const payload = JSON.stringify('é'.repeat(100_000));
  const [leaf = '', seal = ''] = encoded('{}', payload).lines.slice(2);
  expect(
    openSeal(key, rawOf(textOf(seal)), Buffer.from(leaf), parseLeaf(leaf).pc).payload.toString(),
  ).toBe(payload);
});

test('a seal does not open with another key, leaf, commitment or a flipped bit', () => {
  const [leaf = '', seal = ''] = encoded('{"a":1}').lines;
  const { pc } = parseLeaf(leaf);
  const text = textOf(seal);
  const flipped = (text[30] === 'A' ? 'B' : 'A') + text.slice(31);
  const refused = expect.objectContaining({ code: 'ERR_LOGBOOK_SEAL' });
  expect(() =>
    openSeal(createSecretKey(randomBytes(32)), rawOf(text), Buffer.from(leaf), pc),
  ).toThrow(refused);
  expect(() =>
    openSeal(key, rawOf(text), Buffer.from(leaf.replace('"seq":1', '"seq":2')), pc),
  ).toThrow(refused);
  expect(() => openSeal(key, rawOf(text), Buffer.from(leaf), 'A'.repeat(43))).toThrow(refused);
  expect(() => openSeal(key, rawOf(text.slice(0, 30) + flipped), Buffer.from(leaf), pc)).toThrow(
    refused,
  );
});

test('nonces and salts do not repeat', () => {
  const { lines } = encoded(...Array.from({ length: 2000 }, () => '{}'));
  const seals = lines.filter((_, at) => at % 2 === 1).map(textOf);
  expect(new Set(seals.map((text) => text.slice(0, 16))).size).toBe(2000);
  expect(
    new Set(lines.filter((_, at) => at % 2 === 0).map((leaf) => parseLeaf(leaf).pc)).size,
  ).toBe(2000);
});

test('a blanked seal has the same length and counts the same', () => {
  for (const payload of ['', '{}', 'x'.repeat(1000)]) {
    const seal = encoded(payload).lines[1] ?? '';
    const blank = blankSeal(seal);
    expect(blank).toHaveLength(seal.length);
    expect(JSON.parse(blank).seal).toBeNull();
    expect(sealDigest(parseSeal(blank))).toEqual(sealDigest(parseSeal(seal)));
    expect(blankSeal(blank)).toBe(blank);
  }
});

test('of all texts that decode to the bytes of a seal only the canonical one is taken, whatever its length', () => {
  for (let size = 44; size < 52; size += 1) {
    // 0xff makes `_`, 0xfb `-`: the two letters that have a second spelling.
    const raw = Buffer.alloc(size, Buffer.from([0xff, 0xfb, 0xfe]));
    const text = raw.toString('base64url');
    expect(rawOf(text)).toEqual(raw);
    const others = [
      text.replace('_', '/'),
      text.replace('-', '+'),
      `${text}=`,
      `${text}A`,
      `${text}\u0100`,
      `\n${text}`,
      `${text.slice(0, 9)} ${text.slice(9)}`,
      `${text.slice(0, 9)}.${text.slice(9)}`,
      `${text.slice(0, 9)}*${text.slice(10)}`,
    ];
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const other = text.slice(0, -1) + letter;
      if (other !== text && Buffer.from(other, 'base64url').equals(raw)) others.push(other);
    }
    // Spare bits of the last letter: 0, 2 or 4.
    expect(others).toHaveLength(9 + 2 ** ((text.length * 6) % 8) - 1);
    for (const other of others.filter((each) => each !== text)) {
      if (Buffer.from(other, 'base64url').toString('base64url') === other) continue;
      expect(() => parseSeal(encodeSeal(other)), other).toThrow(
        expect.objectContaining({ code: 'ERR_LOGBOOK_FORMAT' }),
      );
    }
  }
});

test('a second spelling of a seal is refused', () => {
  const text = textOf(encoded('{}').lines[1] ?? '');
  for (const other of [`${text}=`, `${text} `, text.slice(0, -1), text.slice(0, 20), '']) {
    expect(() => parseSeal(encodeSeal(other))).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_FORMAT' }),
    );
  }
});
