/**
 * Made-up tokens of each family, from its record: what the tests of every package look for. Never a real credential,
 * and none stands in a file as text. The same seed gives the same tokens.
 */
import type { TokenRule } from './rule.ts';

/** A made-up token. */
export interface Vector {
  readonly text: string;
  /** The part that must not be seen again: without a literal that stays, for URLs. */
  readonly secret: string;
}

const ALPHABETS: Readonly<Record<string, string>> = {
  hex: '0123456789abcdef',
  HEX: '0123456789ABCDEF',
  dec: '123456789',
  low: 'abcdefghijklmnopqrstuvwxyz0123456789',
  up: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  any: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
};

/** `count` tokens of one family, the literals in turn. */
export function vectorsOf(rule: TokenRule, seed: number, count: number = 3): Vector[] {
  const random = generator(`${rule.id} ${rule.prefixes.join(' ')} ${seed}`);
  return Array.from({ length: count }, (_, number) => {
    const literal = rule.prefixes[number % rule.prefixes.length] ?? '';
    const shape = rule.shape ?? `{${rule.min}}`;
    const whole = shape.includes('*') && rule.before !== undefined ? shape : `*${shape}`;
    const at = whole.indexOf('*');
    const before = fill(whole.slice(0, at), rule.before?.set ?? rule.set, random, false);
    const body = fill(whole.slice(at + 1), rule.set, random, rule.mixed === true);
    const text = before + literal + body;
    return { text, secret: rule.keep === true ? body : text };
  });
}

function fill(shape: string, set: Uint8Array, random: () => number, mixed: boolean): string {
  let isFirst = mixed;
  return shape.replaceAll(/\{(\d+)(?::(\w+))?\}/g, (_, length: string, name?: string) => {
    const alphabet = name === undefined ? lettersOf(set) : (ALPHABETS[name] ?? '');
    const characters = Array.from(
      { length: Number(length) },
      () => alphabet[Math.floor(random() * alphabet.length)] ?? '',
    );
    if (isFirst && name === undefined && characters.length > 3) {
      characters.splice(1, 3, 'a', 'Z', '9');
      isFirst = false;
    }
    return characters.join('');
  });
}

/** Letters and digits of a set: signs at an end are punctuation to a reader. */
function lettersOf(set: Uint8Array): string {
  return Array.from(ALPHABETS['any'] ?? '')
    .filter((character) => set[character.charCodeAt(0)] === 1)
    .join('');
}

/** mulberry32 over a text's FNV-1a: good enough for letters, the same everywhere. */
function generator(text: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mix = Math.imul(state ^ (state >>> 15), 1 | state);
    mix = (mix + Math.imul(mix ^ (mix >>> 7), 61 | mix)) ^ mix;
    return ((mix ^ (mix >>> 14)) >>> 0) / 4_294_967_296;
  };
}
