/**
 * Narrowing of JSON that came from outside: each function returns its argument with a type, or throws with what it
 * found. Tests read wire data through these, so a surprise fails with words instead of `undefined`.
 */

/** The value as an object with string keys. */
export function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`expected an object, got ${describe(value)}`);
  }
  return { ...value };
}

/** The value as an array. */
export function asArray(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`expected an array, got ${describe(value)}`);
  return value;
}

/** The value, which must not be `undefined` or `null`. */
export function present<T>(value: T | undefined | null, what = 'a value'): T {
  if (value === undefined || value === null) throw new TypeError(`expected ${what}, got nothing`);
  return value;
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
