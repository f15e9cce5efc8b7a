/**
 * What a handler threw, read without trusting it: a thrown value can be a Proxy, have getters that throw, or be no
 * error at all.
 */
import { textOf } from '../values.ts';

/** Raw texts of an exception; the recorder redacts them. */
export interface Thrown {
  /** A class name: low cardinality, but still the program's text. */
  readonly type: string;
  readonly message: string | undefined;
  readonly stack: string | undefined;
}

/** Reads an exception; `undefined` when nothing was thrown. */
export function describeThrown(thrown: unknown): Thrown | undefined {
  if (thrown === undefined) return undefined;
  if (typeof thrown !== 'object' || thrown === null)
    return {
      type: typeof thrown,
      message: typeof thrown === 'string' ? thrown : undefined,
      stack: undefined,
    };
  const name = read(thrown, 'name');
  const constructorName = read(read(thrown, 'constructor'), 'name');
  return {
    type: textOf(name) ?? textOf(constructorName) ?? 'Error',
    message: textOf(read(thrown, 'message')),
    stack: textOf(read(thrown, 'stack')),
  };
}

/** A property of anything, or `undefined` when reading it throws. */
export function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return undefined;
  try {
    // A border: the value is whatever the program threw or sent.
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
