/**
 * Objects that are more than plain data (bytes, dates, maps, errors, headers ...) as the plain data they hold. Built-in
 * classes are told by their internal slots where there are any. May throw whatever a getter or `toJSON` throws.
 */
import { types } from 'node:util';

/** What an object holds. */
type Unwrapped =
  | { readonly as: 'bytes'; readonly bytes: Uint8Array }
  | { readonly as: 'list'; readonly list: readonly unknown[] }
  | { readonly as: 'record'; readonly record: Record<string, unknown> }
  /** Stands in place of the object. */
  | { readonly as: 'value'; readonly value: unknown };

/**
 * The plain data of an object; `undefined` for one that is walked as a record. Lists and records have at most
 * `limit` + 1 members. `nameOf`: the name of a member of a map whose key is no text.
 */
export function unwrapped(
  value: object,
  limit: number,
  nameOf: (key: unknown) => string,
): Unwrapped | undefined {
  if (types.isProxy(value)) return undefined;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return { as: 'bytes', bytes: new Uint8Array(buffer, byteOffset, byteLength) };
  }
  if (types.isAnyArrayBuffer(value)) return { as: 'bytes', bytes: new Uint8Array(value) };
  if (types.isDate(value))
    return { as: 'value', value: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (types.isBoxedPrimitive(value)) return { as: 'value', value: value.valueOf() };
  if (types.isRegExp(value)) return { as: 'value', value: String(value) };
  if (types.isSet(value)) return { as: 'list', list: [...bounded(value.values(), limit)] };
  if (types.isMap(value)) return entries(value.entries(), limit, nameOf);
  if (value instanceof URL) return { as: 'value', value: value.href };
  if (types.isNativeError(value) || value instanceof Error) return members(value);
  if (value instanceof Headers || value instanceof URLSearchParams || value instanceof FormData)
    return entries(value.entries(), limit, nameOf);
  const { toJSON } = value as { toJSON?: unknown }; // one read of a property that may not be there
  return typeof toJSON === 'function'
    ? { as: 'value', value: Reflect.apply(toJSON, value, []) }
    : undefined;
}

function entries(
  all: Iterable<readonly [unknown, unknown]>,
  limit: number,
  nameOf: (key: unknown) => string,
): Unwrapped {
  const record = Object.create(null) as Record<string, unknown>; // no prototype: keys are a peer's
  for (const [key, item] of bounded(all, limit))
    put(record, typeof key === 'string' ? key : nameOf(key), item);
  return { as: 'record', record };
}

function members(error: Error): Unwrapped {
  const { name, message, stack, cause } = error;
  const record: Record<string, unknown> = { name, message, stack };
  if (cause !== undefined) record['cause'] = cause;
  for (const key of Object.keys(error))
    put(record, key, (error as unknown as Record<string, unknown>)[key]); // own keys
  return { as: 'record', record };
}

function* bounded<T>(items: Iterable<T>, limit: number): Generator<T> {
  let left = limit;
  for (const item of items) {
    yield item;
    if (left-- <= 0) return;
  }
}

/** Sets a member, whatever it is called; a second one of that name gets a number. */
export function put(out: Record<string, unknown>, key: string, value: unknown): void {
  if (!(key in out)) {
    out[key] = value;
    return;
  }
  let free = key;
  for (let n = 2; Object.hasOwn(out, free) && n < 1_000; n++) free = `${key}#${n}`;
  if (free !== '__proto__') out[free] = value;
  else
    Object.defineProperty(out, free, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}
